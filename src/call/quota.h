/* How much may be asked of a backend: a token bucket for all, and one for each tenant. A backend's
 * 429 slows the bucket of all; time and successes bring its pace back (additive increase,
 * multiplicative decrease). Pure: time is given. Several workers share them (base/bucket.h). */
#ifndef CALL_QUOTA_H
#define CALL_QUOTA_H

#include "vecgate/resilience.h"

#include "base/bucket.h"

enum { VG_QUOTA_TENANTS = 256 };

typedef struct vg_quota {
    vg_bucket all;
    vg_bucket_place tenants[VG_QUOTA_TENANTS];
} vg_quota;

/* A token of the tenant's (by vg_bucket_key()) and one of the backend's, or neither. Answers as
 * vg_bucket_take(). */
uint32_t vg_quota_take(vg_quota *quota, const vg_quota_conf *conf, uint64_t tenant,
                       uint64_t now_ns);

#endif
