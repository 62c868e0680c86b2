/* What the workers of one process group decide together, in a MAP_SHARED slab that is made before
 * they are forked: of each backend its breakers, the budget of its retries, its quota, its places
 * in flight, and what hedges go by. Nothing but single-word atomics, no locks; why races do no harm
 * is said where each word is kept (breaker.h, window.h, quota.h, places.h, hedge.h). A worker that
 * dies leaves nothing locked: a probe it had out is given up by time, its places when the
 * supervisor clears them. Only queues are each worker's own (admit.h).
 *
 * Time is CLOCK_MONOTONIC, the same for all processes of a machine. */
#ifndef CALL_SHARED_H
#define CALL_SHARED_H

#include "vecgate/exchange.h"

#include "call/breaker.h"
#include "call/hedge.h"
#include "call/places.h"
#include "call/quota.h"

typedef struct vg_shared vg_shared;

typedef struct vg_shared_backend {
    vg_breaker breakers[VG_ENDPOINTS];
    vg_window retries;
    vg_quota quota;
    vg_hedges hedges;
    vg_places places;
} vg_shared_backend;

/* For so many backends, as of now: closed, full. NULL: no memory. */
vg_shared *vg_shared_new(uint32_t backends);
void vg_shared_free(vg_shared *shared);
/* Lives as long as the slab. */
vg_shared_backend *vg_shared_at(const vg_shared *shared, uint32_t backend);
/* That worker (below VG_WORKERS_MOST) is dead, and not yet replaced: what only it could give back
 * is given back. */
void vg_shared_bury(vg_shared *shared, uint32_t worker);

#endif
