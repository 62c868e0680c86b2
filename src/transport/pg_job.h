/* An exchange with a PostgreSQL under way: what pg.c, a pool and a connection hand each other.
 * Inside src/transport only. */
#ifndef TRANSPORT_PG_JOB_H
#define TRANSPORT_PG_JOB_H

#include "base/list.h"
#include "transport/pg_reply.h"
#include "transport/transport.h"

typedef struct vg_pg_job vg_pg_job;

struct vg_pg_job {
    vg_list place; /* in the list of where it is */

    /* pg.c's */
    vg_task ending;
    void *owner;
    const vg_exchange *x;
    vg_ended_fn *ended;
    void *arg;
    void *pool; /* NULL: it has ended */
    bool has_moved;

    /* the pool's */
    void *conn;          /* NULL: it is queued */
    uint64_t queued_ns;  /* on the loop's clock: since when … */
    uint64_t connect_ns; /* … and how long, until it had a connection */
    bool was_resent;
    bool was_lost; /* with a connection, sent or not: nobody knows */

    /* how it ended */
    vg_pg_incoming in;
    bool was_sent;
    vg_fault fault;
    char detail[VG_PG_DETAIL];
};

#endif
