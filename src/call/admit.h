/* Who may be in flight at a backend: so many at once, and a bounded queue before it that is fair
 * between tenants. Pure: no clock, no timers; who waits too long withdraws. The places are common
 * to all workers (places.h), the queue is one worker's own: whoever waits is an operation in its
 * memory that only its loop can resume.
 *
 *     enter() ─▶ in, or waits, or refused          leave(), next() ─▶ who is in now instead
 *
 * Places go round over the tenants that wait, first come first served within each. When the queue
 * is full, whoever comes last of the tenant that has most waiting is ousted for one that has fewer.
 */
#ifndef CALL_ADMIT_H
#define CALL_ADMIT_H

#include "vecgate/resilience.h"

#include "base/list.h"
#include "call/places.h"

typedef struct vg_waiter {
    uint64_t tenant;
    vg_list turn;   /* the first of a tenant: in the ring of tenants; else in none */
    vg_list behind; /* of the first: those of its tenant behind it; else a link among these */
    uint32_t count; /* of the first: how many its tenant has waiting */
    bool is_waiting;
} vg_waiter;

typedef struct vg_admit {
    vg_places *places;
    uint32_t worker;
    vg_list turns;      /* the first of each tenant that waits; the front is served next */
    uint32_t in_flight; /* of this worker */
    uint32_t waiting;
} vg_admit;

typedef enum vg_admission { VG_ADMIT_IN, VG_ADMIT_WAITS, VG_ADMIT_REFUSED } vg_admission;

/* `places` outlives it. */
void vg_admit_init(vg_admit *admit, vg_places *places, uint32_t worker);
/* IN: there is a place, in flight until vg_admit_leave(). WAITS: `waiter` stays where it is until
 * it is answered by next(), ousted, or withdraws. `*ousted` is who must go instead, or NULL. */
vg_admission vg_admit_enter(vg_admit *admit, const vg_admit_conf *conf, vg_waiter *waiter,
                            vg_waiter **ousted);
/* A place and no waiting, for what nobody needs. */
bool vg_admit_try(vg_admit *admit, const vg_admit_conf *conf);
/* One in flight has ended. */
void vg_admit_leave(vg_admit *admit);
/* Whoever waited longest in its turn and is in flight from now on; NULL: nobody waits, or there is
 * no place. Asked until then whenever one has left, or `conf` has changed. */
vg_waiter *vg_admit_next(vg_admit *admit, const vg_admit_conf *conf);
/* Waits no longer. No effect on one that does not wait. */
void vg_admit_withdraw(vg_admit *admit, vg_waiter *waiter);

#endif
