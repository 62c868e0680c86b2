/* The options of traces, and the variables of OpenTelemetry that say the same to any program. */
#ifndef CONFIG_TRACES_H
#define CONFIG_TRACES_H

#include "vecgate/exchange.h"

typedef struct vg_traces_conf {
    bool is_enabled;
    vg_slice endpoint; /* a URL; empty: nothing is recorded */
    int protocol;      /* vg_traces_protocol */
    vg_slice headers;  /* "name=value,…"; secret */
    vg_slice ca_file;
    uint64_t timeout_ms;
    int sampler;    /* place in OpenTelemetry's order, as vg_sampler has it */
    vg_slice ratio; /* vg_traces_ratio() */
    vg_slice service;
    vg_slice attributes; /* "name=value,…" */
    uint64_t batch, delay_ms, queue;
    bool has_sql_comment;
} vg_traces_conf;

typedef enum vg_traces_protocol { VG_TRACES_PROTOBUF, VG_TRACES_JSON } vg_traces_protocol;

enum { VG_TRACES_PAIRS = 32 };

/* A number from 0 to 1. */
bool vg_traces_ratio(vg_slice text, double *out);
/* "name=value,name2=value2" as W3C's baggage has it: blanks around both parts are nothing, the
 * value is percent-decoded, in the arena. False: it is not that, or there are more than
 * VG_TRACES_PAIRS.
 */
bool vg_traces_pairs(vg_slice text, vg_arena *arena, vg_header *pairs, uint32_t *count);

#endif
