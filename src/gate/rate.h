/* How fast a tenant may ask: a token bucket for each, in a MAP_SHARED slab that is made before the
 * workers are forked, so that all of them spend from one. Who the tenant is was found out before;
 * a request costs one token, whatever becomes of it. Pure but for the slab: time is given,
 * CLOCK_MONOTONIC, which all processes of a machine share.
 *
 * There are VG_RATED_TENANTS places, and no end of tenants: the place of one that has rested (its
 * bucket is full again) is given to the next (base/bucket.h). Any thread, any process. */
#ifndef GATE_RATE_H
#define GATE_RATE_H

#include "vecgate/arena.h"
#include "vecgate/status.h"

#include "config/config.h"

enum { VG_RATED_TENANTS = 4096 };

typedef struct vg_rates vg_rates;

vg_rates *vg_rates_new(void); /* NULL: no memory */
void vg_rates_free(vg_rates *rates);

/* What answers say in X-RateLimit-Limit, -Remaining and -Reset; all zero where no rate is set. The
 * window that they speak of is the time in which an empty bucket fills. */
typedef struct vg_rate_verdict {
    uint64_t most;    /* requests at once, after a rest */
    uint64_t left;    /* of these, now */
    uint64_t reset_s; /* until all of them are there again, rounded up; from now on, no date */
    uint32_t wait_ms; /* it is refused, and there may be one then; 0: it is let in */
} vg_rate_verdict;

vg_rate_verdict vg_rate_take(vg_rates *rates, const vg_tenant_limits *conf, vg_slice tenant,
                             uint64_t now_ns);
/* Tells a refusal: THROTTLED, with the rate and when to come again. */
void vg_rate_refuse(const vg_rate_verdict *verdict, const vg_tenant_limits *conf, vg_arena *arena,
                    vg_status *status);

#endif
