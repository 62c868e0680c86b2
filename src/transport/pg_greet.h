/* One step of libpq's connecting, off the loop: once a server was reached, a step may read a file
 * of a hundred authorities, shake hands, hash a password as often as the server says, or ask
 * somebody else for a ticket (Kerberos). On VG_POOL_CONNECT, where it keeps nobody else waiting.
 * Inside src/transport only. */
#ifndef TRANSPORT_PG_GREET_H
#define TRANSPORT_PG_GREET_H

#include "vecgate/exchange.h"

#include "base/loop.h"

struct pg_conn;
typedef struct vg_pg_greet vg_pg_greet;

typedef struct vg_pg_greet_parts {
    struct pg_conn *pg; /* the step's alone until done() */
    vg_pools *pools;
    vg_loop *loop;
    void (*done)(void *arg, int next); /* once from the loop, later: what PQconnectPoll() said */
    void *arg;
} vg_pg_greet_parts;

/* NULL: too many connections are being made, or memory is gone; `pg` is the caller's. */
vg_pg_greet *vg_pg_greet_start(const vg_pg_greet_parts *parts);
/* Nobody wants it any more, nor `pg`, which ends with it; done() does not come. */
void vg_pg_greet_drop(vg_pg_greet *greet);

#endif
