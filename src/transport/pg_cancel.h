/* Asks a server to give up what a connection of ours has it do. libpq's way is a connection of its
 * own and blocks for as long as the server lets it, so it is done on VG_POOL_CANCEL, where it keeps
 * nobody else waiting. Inside src/transport only. */
#ifndef TRANSPORT_PG_CANCEL_H
#define TRANSPORT_PG_CANCEL_H

#include "base/loop.h"
#include "transport/pg_link.h"

typedef struct vg_pg_cancel vg_pg_cancel;

/* `done` comes once from the loop, later: the server was told, or could not be. NULL: the pool is
 * full, or memory is gone. */
vg_pg_cancel *vg_pg_cancel_start(const vg_pg_link *link, vg_pools *pools, vg_loop *loop,
                                 void (*done)(void *arg), void *arg);
/* Nobody waits any more: `done` does not come, and the loop may end before the work does. */
void vg_pg_cancel_drop(vg_pg_cancel *cancel);

#endif
