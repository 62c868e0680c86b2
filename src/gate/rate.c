/* One mapping of places with buckets. */
#include "gate/rate.h"

#include <inttypes.h>
#include <stddef.h>
#include <sys/mman.h>

#include "base/bucket.h"

enum { SECOND_MS = 1000 };

struct vg_rates {
    vg_bucket_place places[VG_RATED_TENANTS];
};

vg_rates *vg_rates_new(void)
{
    void *slab =
        mmap(NULL, sizeof(vg_rates), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return slab != MAP_FAILED ? slab : NULL;
}

void vg_rates_free(vg_rates *rates)
{
    if (rates != NULL)
        munmap(rates, sizeof *rates);
}

static uint64_t seconds(uint64_t ms)
{
    return (ms + SECOND_MS - 1) / SECOND_MS;
}

vg_rate_verdict vg_rate_take(vg_rates *rates, const vg_tenant_limits *conf, vg_slice tenant,
                             uint64_t now_ns)
{
    vg_bucket_level level;
    vg_bucket *bucket;
    uint32_t wait_ms;

    if (conf->rate == 0)
        return (vg_rate_verdict){0};
    bucket = vg_bucket_at(rates->places, VG_RATED_TENANTS, vg_bucket_key(tenant), now_ns);
    wait_ms = vg_bucket_take(bucket, conf->rate, conf->burst, now_ns);
    level = vg_bucket_look(bucket, conf->rate, conf->burst, now_ns);
    return (vg_rate_verdict){.most = conf->burst,
                             .left = level.tokens,
                             .reset_s = seconds(level.full_ms),
                             .wait_ms = wait_ms};
}

void vg_rate_refuse(const vg_rate_verdict *verdict, const vg_tenant_limits *conf, vg_arena *arena,
                    vg_status *status)
{
    vg_status_setf(status, arena, VG_THROTTLED, (vg_slice){0},
                   "Request rate limit exceeded: %" PRIu64 " requests per second, %" PRIu64
                   " at once. Retry after %" PRIu64 "s",
                   conf->rate, conf->burst, seconds(verdict->wait_ms));
    status->retry_after_ms = verdict->wait_ms;
}
