/* The PostgreSQL transport of one backend on one worker: an exchange is a list of statements in one
 * round trip (vecgate/pg.h), on a connection of a bounded pool.
 *
 *     send() ─▶ queue (max_queue) ─▶ connection (max_connections) ─▶ ended()
 *
 * Names are looked up off the loop, libpq never blocks. There is no deadline here but what the
 * server is told (statement_timeout); whoever sends stops what takes too long: the server is then
 * asked to give it up, and the connection is used again once it has.
 *
 * An exchange that met a connection which had died unnoticed is sent once more on another, if it
 * may be repeated or the server said that it had ended the connection for being idle.
 *
 * A read that may lag goes to the replicas in turn; one that cannot be reached, or is too far
 * behind, is left out until it is back, and the primary stands in.
 *
 * The process must ignore SIGPIPE. */
#ifndef TRANSPORT_PG_H
#define TRANSPORT_PG_H

#include "vecgate/arena.h"
#include "vecgate/pg.h"

#include "observe/metrics.h"
#include "transport/transport.h"

struct uv_loop_s;

typedef struct vg_pg_parts {
    vg_loop *loop;
    struct uv_loop_s *uv; /* drives `loop`; must run on after close() until nothing is left */
    vg_pools *pools;      /* connects, and asks servers to give up; outlives the transport */
    const vg_pg_endpoint *endpoint; /* outlives the transport; a bound that is 0 is its default */
    vg_slice name;                  /* of the backend, for logs */
    vg_arena *arena;                /* for the status of vg_pg_new() */
    vg_metrics *metrics;            /* NULL: not counted */
} vg_pg_parts;

/* Defaults for what an endpoint leaves at 0. Ten seconds to connect: a database that sleeps when it
 * is not used (Neon) needs some to wake; four minutes at rest: it sleeps after five. */
enum {
    VG_PG_CONNECTIONS = 16,
    VG_PG_QUEUE = 1024,
    VG_PG_CONNECT_MS = 10000,
    VG_PG_IDLE_MS = 240000,
    VG_PG_LIFETIME_MS = 3600000,
    VG_PG_REPLY_BYTES = 64 * 1024 * 1024,
};

/* NULL when memory is gone or a URL cannot be used; `status` says why, without a secret. */
vg_transport *vg_pg_new(const vg_pg_parts *parts, vg_status *status);

/* Could vg_pg_new() use the endpoint's URLs? Connects to nothing; of the parts it needs endpoint,
 * name and arena. False: `status` says which it cannot and why, without a secret. */
bool vg_pg_check(const vg_pg_parts *parts, vg_status *status);

#endif
