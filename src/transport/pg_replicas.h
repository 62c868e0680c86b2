/* Which replica a read that may lag goes to.
 *
 *     unknown ─(a check goes well)─▶ good ─(a check or an exchange fails, or it lags)─▶ left out
 *                                     ▲                                                  │
 *                                     └──────────────(a check goes well)─────────────────┘
 *
 * Checks are made when somebody asks for a replica, of each at most once a second, later and later
 * while it stays away; nobody waits for them. How far a replica lags is what it knows of it: the
 * time since the newest transaction that it replayed, when it has more to replay, or is sent
 * nothing any more. Inside src/transport only. */
#ifndef TRANSPORT_PG_REPLICAS_H
#define TRANSPORT_PG_REPLICAS_H

#include "transport/pg_target.h"

typedef struct vg_pg_replicas vg_pg_replicas;

/* NULL: `status` says why. `parts` is for each, but for its URL. */
vg_pg_replicas *vg_pg_replicas_new(const vg_pg_target_parts *parts, vg_status *status);
/* No job is with them but our own. */
void vg_pg_replicas_close(vg_pg_replicas *replicas);

/* In turn, but those whose bit is set in `not_these`; VG_PG_REPLICAS: none is good. */
uint32_t vg_pg_replicas_pick(vg_pg_replicas *replicas, uint32_t not_these);
vg_pg_pool *vg_pg_replicas_pool(const vg_pg_replicas *replicas, uint32_t place);
/* A job on this pool met a server that cannot serve; no effect when it is none of theirs. True: it
 * is, and has been left out. */
bool vg_pg_replicas_leave_out(vg_pg_replicas *replicas, const vg_pg_pool *pool);
/* A check has ended: jobs that have no `ended` are ours. */
void vg_pg_replicas_checked(vg_pg_job *job);
uint32_t vg_pg_replicas_count(const vg_pg_replicas *replicas);

#endif
