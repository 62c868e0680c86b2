/* Buckets of a backend, and of each tenant at it. */
#include "call/quota.h"

#include <stddef.h>

uint32_t vg_quota_take(vg_quota *quota, const vg_quota_conf *conf, uint64_t tenant, uint64_t now_ns)
{
    vg_bucket *own = NULL;
    uint32_t wait_ms = 0;

    if (conf->tenant_rate > 0)
        own = vg_bucket_at(quota->tenants, VG_QUOTA_TENANTS, tenant, now_ns);
    if (own != NULL)
        wait_ms = vg_bucket_take(own, conf->tenant_rate, conf->tenant_burst, now_ns);
    if (wait_ms > 0)
        return wait_ms;
    wait_ms = vg_bucket_take(&quota->all, conf->rate, conf->burst, now_ns);
    if (wait_ms > 0 && own != NULL)
        vg_bucket_give(own, conf->tenant_rate);
    return wait_ms;
}
