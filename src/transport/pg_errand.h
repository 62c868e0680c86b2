/* What blocks, or computes for long, done for a connection on a pool's thread: asking a server to
 * give up, a step of connecting. Inside src/transport only. */
#ifndef TRANSPORT_PG_ERRAND_H
#define TRANSPORT_PG_ERRAND_H

#include "vecgate/exchange.h"

#include "base/loop.h"

typedef struct vg_pg_errand vg_pg_errand;

typedef struct vg_pg_errand_parts {
    vg_pools *pools;
    vg_pool_name pool;
    vg_loop *loop;
    void *what;              /* the thread's alone, from the start until done() */
    void (*run)(void *what); /* on the thread */
    void (*end)(void *what); /* on any thread, when it was dropped: nobody else frees `what` */
    void (*done)(void *arg); /* once from the loop, later; `what` is the caller's again */
    void *arg;
} vg_pg_errand_parts;

/* NULL: the pool is full, or memory is gone; nothing of `parts` is called then. */
vg_pg_errand *vg_pg_errand_start(const vg_pg_errand_parts *parts);
/* Nobody waits any more: done() does not come, and the loop may end before the thread does. */
void vg_pg_errand_drop(vg_pg_errand *errand);

#endif
