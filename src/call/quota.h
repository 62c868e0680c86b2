/* How much may be asked of a backend: a token bucket for all, and one for each tenant. A backend's
 * 429 slows the bucket of all; time and successes bring its pace back (additive increase,
 * multiplicative decrease). Pure: time is given. Words are atomics that several workers share; all
 * zero is a full bucket at full pace.
 *
 * A bucket is one word: when it will be full again (the virtual scheduling algorithm of ITU-T
 * I.371, annex A). Taking a token moves that time; what lies further ahead than the burst is
 * refused.
 *
 * Races: each word changes by compare and swap, so no token is given twice. Two workers that are
 * both told 429 slow it once: a pace that was slowed in this second stays. A pace that is read
 * while it changes is the old or the new one. */
#ifndef CALL_QUOTA_H
#define CALL_QUOTA_H

#include <stdatomic.h>

#include "vecgate/resilience.h"

typedef struct vg_bucket {
    _Atomic uint64_t full_at_ns;
    _Atomic uint64_t pace; /* permille taken away : 16, when it changed in ms : 48 */
} vg_bucket;

enum { VG_QUOTA_TENANTS = 256 };

/* One for each tenant by a hash of its name, never 0. When all places near its own are taken by
 * others, it shares one: limits then hold for the two together. Places are never given back:
 * tenants are named by the configuration. */
typedef struct vg_tenant_bucket {
    _Atomic uint64_t tenant;
    vg_bucket bucket;
} vg_tenant_bucket;

typedef struct vg_quota {
    vg_bucket all;
    vg_tenant_bucket tenants[VG_QUOTA_TENANTS];
} vg_quota;

/* One token at `rate` per second (0: always), `burst` (1 at least) at once; both may change between
 * calls. Answers 0 when it is taken, else in how many ms there may be one. */
uint32_t vg_bucket_take(vg_bucket *bucket, uint64_t rate, uint64_t burst, uint64_t now_ns);
/* A token that was taken and not used. */
void vg_bucket_give(vg_bucket *bucket, uint64_t rate);
/* `percent` of the pace stays, 1 % of the rate at least; once in a second. */
void vg_bucket_slow(vg_bucket *bucket, uint64_t percent, uint64_t now_ms);
/* A success: `percent` of the rate comes back for each second since the pace last changed. */
void vg_bucket_quicken(vg_bucket *bucket, uint64_t percent, uint64_t now_ms);
uint32_t vg_bucket_permille(const vg_bucket *bucket); /* of the rate: 10 to 1000 */

/* A token of the tenant's and one of the backend's, or neither. Answers as vg_bucket_take(). */
uint32_t vg_quota_take(vg_quota *quota, const vg_quota_conf *conf, uint64_t tenant,
                       uint64_t now_ns);
vg_bucket *vg_quota_tenant(vg_quota *quota, uint64_t tenant);

#endif
