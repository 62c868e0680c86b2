/* Which trace a request belongs to, as W3C's trace context has it (traceparent and tracestate):
 * what comes with a request, goes on to backends, and stands in log lines. Copied by value; made at
 * the door, read-only from there on. What is recorded of it is observe/trace.h. */
#ifndef VECGATE_TRACE_H
#define VECGATE_TRACE_H

#include "vecgate/slice.h"

enum {
    VG_TRACE_ID = 16, /* bytes */
    VG_SPAN_ID = 8,
};

/* Bits of vg_trace.flags; no others are kept. */
enum {
    VG_TRACE_SAMPLED = 1, /* whoever called records it: so do we, if we record at all */
    VG_TRACE_RANDOM = 2,  /* the last seven bytes of trace_id are of chance */
};

typedef struct vg_trace {
    uint8_t trace_id[VG_TRACE_ID]; /* all zero: there is none, and the rest means nothing */
    uint8_t span_id[VG_SPAN_ID];   /* the span that whatever is done next is a part of */
    uint8_t flags;
    bool is_recorded; /* spans of it are kept here; never without VG_TRACE_SAMPLED */
    /* tracestate as it goes on: well formed, at most VG_TRACESTATE_BYTES; empty: none. Lives as
     * long as the op, or the request, that the trace was made for. */
    vg_slice state;
} vg_trace;

enum { VG_TRACESTATE_BYTES = 512 };

/* An id of zero bytes alone is none: these are never zero in a trace that is one. */
static inline bool vg_trace_is_set(const vg_trace *trace)
{
    static const uint8_t none[VG_TRACE_ID];

    return memcmp(trace->trace_id, none, sizeof none) != 0;
}

#endif
