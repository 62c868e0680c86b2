/* One line for each request that took long here: which it was, and where its time went. */
#ifndef OBSERVE_SLOW_LOG_H
#define OBSERVE_SLOW_LOG_H

#include "vecgate/timing.h"
#include "vecgate/trace.h"

typedef struct vg_slow {
    vg_slice who;    /* the credential's name; empty: nobody who is known */
    vg_slice tenant; /* empty: the same */
    const char *operation;
    const char *backend;
    vg_slice collection; /* empty: it has none */
    const char *route;   /* the row's pattern */
    int status;
    const char *code;        /* how it ended: a metric name of status.def */
    const vg_timing *timing; /* up to its end */
    uint64_t took_ns;        /* first byte of the request to last byte of the answer handed over */
    vg_slice request_id;     /* as the answer carries it */
    vg_trace trace;
} vg_slow;

/* At warning level. Any thread. */
void vg_slow_log_write(const vg_slow *slow);

#endif
