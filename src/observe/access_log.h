/* One line for each request answered. */
#ifndef OBSERVE_ACCESS_LOG_H
#define OBSERVE_ACCESS_LOG_H

#include "vecgate/trace.h"

typedef struct vg_access_line {
    vg_slice method;   /* "PUT" */
    const char *route; /* the row's pattern, never the path: names and ids stay out; NULL: no row */
    int status;        /* as sent */
    uint64_t took_ns;  /* first byte of the request to last byte of the answer handed over */
    uint64_t request_bytes;
    uint64_t answer_bytes;
    vg_slice who;          /* the credential's name; empty: nobody who is known */
    vg_slice tenant;       /* empty: the same */
    const char *operation; /* NULL: none was asked for, or it could not be read */
    const char *code;      /* how it ended: a metric name of status.def */
    vg_slice request_id;   /* as the answer carries it */
    vg_trace trace;
    bool is_routine; /* probes and scrapers ask for it every few seconds */
} vg_access_line;

/* At info level, what is routine at debug level. Any thread. Costs nothing but a test when that
 * level is off. */
void vg_access_log_write(const vg_access_line *access);

#endif
