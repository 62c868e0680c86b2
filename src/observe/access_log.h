/* One line for each request answered, at info level. */
#ifndef OBSERVE_ACCESS_LOG_H
#define OBSERVE_ACCESS_LOG_H

#include "vecgate/slice.h"

typedef struct vg_access {
    vg_slice method;   /* "PUT" */
    const char *route; /* the row's pattern, never the path: names and ids stay out; NULL: no row */
    int status;        /* as sent */
    uint64_t took_ns;  /* first byte of the request to last byte of the answer handed over */
    uint64_t request_bytes;
    uint64_t answer_bytes;
    uint64_t request_id; /* the number that the answer carries, 16 digits of hex in the line */
} vg_access;

/* Any thread. Costs nothing but a test when info is off. */
void vg_access_log_write(const vg_access *access);

#endif
