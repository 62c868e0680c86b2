/* The connections to one PostgreSQL, and the queue in front of them.
 *
 *     send() ─▶ queued ─▶ carried, on a connection of its own ─▶ ended()
 *
 * A connection is opened when somebody waits and none is at rest, up to a bound. Those who wait end
 * with its failure if no other is open; the next one is tried after a while that grows, and who
 * comes meanwhile waits. A database that is being woken (Neon's) is waited for: for connect_ms
 * since it first said so. Inside src/transport only. */
#ifndef TRANSPORT_PG_POOL_H
#define TRANSPORT_PG_POOL_H

#include "transport/pg_job.h"

typedef struct vg_pg_pool vg_pg_pool;

typedef struct vg_pg_bounds { /* none is 0 but the first; see vg_pg_endpoint */
    uint32_t min_connections;
    uint32_t max_connections;
    uint32_t max_queue;
    uint64_t connect_ms;
    uint64_t idle_ms;
    uint64_t lifetime_ms;
    uint64_t max_reply_bytes;
} vg_pg_bounds;

typedef struct vg_pg_pool_parts {
    vg_loop *loop;
    struct uv_loop_s *uv;
    vg_pools *pools;      /* for connecting and cancelling; NULL: see pg_link.h, pg_conn.h */
    const vg_pg_url *url; /* outlives the pool */
    vg_pg_bounds bounds;
    bool prepares;
    vg_slice name; /* of the backend, for logs */
    /* A job of it has ended: with a reply in job->in (NONE), or with a fault. May come from within
     * send(), and of others from within stop(). */
    void (*ended)(vg_pg_job *job);
    void (*counted)(void *arg); /* the counts may have changed; not while the pool is made */
    void *arg;
} vg_pg_pool_parts;

typedef struct vg_pg_counts {
    uint32_t open; /* idle ones too */
    uint32_t idle;
    uint32_t connecting;
    uint32_t waiting; /* exchanges */
    uint32_t most;    /* connections that may be open */
} vg_pg_counts;

/* NULL: no memory. */
vg_pg_pool *vg_pg_pool_new(const vg_pg_pool_parts *parts);
/* No job is with it. */
void vg_pg_pool_close(vg_pg_pool *pool);

void vg_pg_pool_send(vg_pg_pool *pool, vg_pg_job *job);
/* Takes the job back at once: its ended() does not come, nothing of `x` is used any more. */
void vg_pg_pool_stop(vg_pg_pool *pool, vg_pg_job *job);
/* Adds the pool's; NULL has none. */
void vg_pg_counts_add(vg_pg_counts *counts, const vg_pg_pool *pool);

#endif
