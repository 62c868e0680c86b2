/* A connection of a pool: one exchange at a time, and back to rest in a clean state.
 *
 *     CONNECTING ─▶ IDLE ─▶ BUSY ─▶ IDLE
 *                            ├─────▶ TIDYING ─▶ IDLE    it must leave a transaction first
 *                            └─────▶ DRAINING ─▶ TIDYING ─▶ IDLE    its exchange was stopped
 *
 * What was stopped is not waited for by anybody but the connection: it lands, the server has been
 * told to give up, and an empty round trip proves that this will not hit the next exchange. Inside
 * src/transport only. */
#ifndef TRANSPORT_PG_CONN_H
#define TRANSPORT_PG_CONN_H

#include "transport/pg_cancel.h"
#include "transport/pg_copy.h"
#include "transport/pg_job.h"

typedef struct vg_pg_conn vg_pg_conn;

typedef enum vg_pg_conn_state {
    VG_PG_CONNECTING,
    VG_PG_IDLE,
    VG_PG_BUSY,
    VG_PG_DRAINING,
    VG_PG_TIDYING,
} vg_pg_conn_state;

/* All come from the loop, never within a call to the connection. */
typedef struct vg_pg_conn_user {
    void (*failed)(vg_pg_conn *conn, const vg_pg_failure *failure); /* to connect */
    void (*rested)(vg_pg_conn *conn);                               /* it is IDLE now */
    void (*ended)(vg_pg_conn *conn); /* it can only be closed; it has no job */
    /* Its job is over: with a reply (NONE) or a fault. rested() or ended() may follow. */
    void (*done)(vg_pg_conn *conn, vg_pg_job *job, vg_fault fault, const char *detail);
    /* Nothing of its job was done: it wants another connection. ended() follows. */
    void (*missed)(vg_pg_conn *conn, vg_pg_job *job);
    /* The server did not know the names that it should: the job is sent again without. */
    void (*lost_names)(vg_pg_conn *conn);
} vg_pg_conn_user;

typedef struct vg_pg_conn_parts {
    vg_pg_link_parts link; /* but for `user` and `arg`; without pools what is stopped has its
                              connection closed */
    uint64_t max_reply_bytes;
    const vg_pg_conn_user *user;
} vg_pg_conn_parts;

struct vg_pg_conn {
    vg_list place; /* the pool's, as are the next three */
    void *owner;
    uint64_t ends_ns;
    uint64_t rested_ns;

    vg_pg_conn_state state; /* to be read */

    /* pg_conn.c's */
    vg_pg_conn_parts parts;
    vg_pg_link *link;
    vg_pg_job *job;
    vg_pg_flight flight;
    vg_pg_named *named; /* NULL: nothing is prepared */
    vg_pg_cancel *cancel;
    vg_timer drain;
    bool is_copying; /* the flight is pg_copy.c's */
    bool has_landed; /* while DRAINING */
    bool has_rested; /* before its job: it may have died since */
};

/* NULL: no memory. */
vg_pg_conn *vg_pg_conn_new(const vg_pg_conn_parts *parts);
/* It has no job. */
void vg_pg_conn_close(vg_pg_conn *conn);

/* Of an IDLE one: is it still there? */
bool vg_pg_conn_is_alive(vg_pg_conn *conn);
/* Gives an IDLE one a job; done(), missed() or ended() come later, but for false: then the job is
 * over as job->fault says, at once, and when the state is not IDLE the connection can only be
 * closed. */
bool vg_pg_conn_start(vg_pg_conn *conn, vg_pg_job *job, bool prepares);
/* Takes its job away. False: it can only be closed. */
bool vg_pg_conn_stop(vg_pg_conn *conn);

#endif
