/* The trace that a log line belongs to, as its fields say it. */
#ifndef OBSERVE_TRACE_LOG_H
#define OBSERVE_TRACE_LOG_H

#include "vecgate/trace.h"

#include "base/id.h"
#include "base/log.h"

typedef struct vg_trace_hex {
    bool is_set;
    char trace_id[2 * VG_TRACE_ID];
    char span_id[2 * VG_SPAN_ID];
} vg_trace_hex;

static inline vg_trace_hex vg_trace_hex_of(const vg_trace *trace)
{
    vg_trace_hex hex = {.is_set = vg_trace_is_set(trace)};

    if (hex.is_set) {
        vg_hex_write(trace->trace_id, VG_TRACE_ID, hex.trace_id);
        vg_hex_write(trace->span_id, VG_SPAN_ID, hex.span_id);
    }
    return hex;
}

/* Two fields of vg_log(), or none: of a vg_trace_hex that outlives the line. */
#define VG_TRACED(hex)                                                                        \
    VG_IF((hex).is_set, VG_S("trace_id", vg_slice_of((hex).trace_id, sizeof(hex).trace_id))), \
        VG_IF((hex).is_set, VG_S("span_id", vg_slice_of((hex).span_id, sizeof(hex).span_id)))

#endif
