/* Buckets, and how fast they fill. */
#include "call/quota.h"

#include <stddef.h>

#define SECOND_NS ((uint64_t)1000000000)
#define MS_NS     ((uint64_t)1000000)

enum { WHOLE = 1000, LEAST = 10, SECOND_MS = 1000, CHANGED_AT = 16, NEAR = 16 };

static uint32_t taken_away(uint64_t pace)
{
    return pace & 0xffff;
}

static uint64_t pace_of(uint32_t permille, uint64_t now_ms)
{
    return (uint64_t)(WHOLE - permille) | now_ms << CHANGED_AT;
}

static uint64_t read_word(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

static bool swap(_Atomic uint64_t *word, uint64_t *was, uint64_t is)
{
    return atomic_compare_exchange_weak_explicit(word, was, is, memory_order_relaxed,
                                                 memory_order_relaxed);
}

uint32_t vg_bucket_permille(const vg_bucket *bucket)
{
    return WHOLE - taken_away(read_word(&bucket->pace));
}

/* Between two tokens. */
static uint64_t interval_ns(const vg_bucket *bucket, uint64_t rate)
{
    return SECOND_NS * WHOLE / (rate * vg_bucket_permille(bucket));
}

/* When it will be full, as of now. No emptier than empty: what was owed at a rate that is no more
 * set, or at a pace that is over, is not paid off at the new one. */
static uint64_t full_at(uint64_t word, uint64_t now_ns, uint64_t empty_ns)
{
    if (word <= now_ns)
        return now_ns;
    return word - now_ns < empty_ns ? word : now_ns + empty_ns;
}

uint32_t vg_bucket_take(vg_bucket *bucket, uint64_t rate, uint64_t burst, uint64_t now_ns)
{
    uint64_t was = read_word(&bucket->full_at_ns), is, step, left;

    if (rate == 0)
        return 0;
    step = interval_ns(bucket, rate);
    do {
        is = full_at(was, now_ns, step * burst);
        left = is - now_ns > step * (burst - 1) ? is - now_ns - step * (burst - 1) : 0;
        if (left > 0 && is == was)
            break;
    } while (!swap(&bucket->full_at_ns, &was, left > 0 ? is : is + step));
    return (uint32_t)((left + MS_NS - 1) / MS_NS);
}

void vg_bucket_give(vg_bucket *bucket, uint64_t rate)
{
    if (rate > 0)
        atomic_fetch_sub_explicit(&bucket->full_at_ns, interval_ns(bucket, rate),
                                  memory_order_relaxed);
}

void vg_bucket_slow(vg_bucket *bucket, uint64_t percent, uint64_t now_ms)
{
    uint64_t was = read_word(&bucket->pace);
    uint32_t left = WHOLE - taken_away(was);

    if (taken_away(was) > 0 && now_ms < (was >> CHANGED_AT) + SECOND_MS)
        return;
    left = (uint32_t)(left * percent / 100);
    swap(&bucket->pace, &was, pace_of(left > LEAST ? left : LEAST, now_ms));
}

void vg_bucket_quicken(vg_bucket *bucket, uint64_t percent, uint64_t now_ms)
{
    uint64_t was = read_word(&bucket->pace), changed_ms = was >> CHANGED_AT, more;

    if (taken_away(was) == 0 || now_ms < changed_ms + SECOND_MS)
        return;
    more = (now_ms - changed_ms) / SECOND_MS * percent * WHOLE / 100;
    if (more >= taken_away(was))
        swap(&bucket->pace, &was, 0);
    else
        swap(&bucket->pace, &was, pace_of(WHOLE - taken_away(was) + (uint32_t)more, now_ms));
}

vg_bucket *vg_quota_tenant(vg_quota *quota, uint64_t tenant)
{
    for (uint64_t i = 0; i < NEAR; i++) {
        vg_tenant_bucket *at = &quota->tenants[(tenant + i) % VG_QUOTA_TENANTS];
        uint64_t was = 0;

        if (read_word(&at->tenant) == tenant ||
            atomic_compare_exchange_strong(&at->tenant, &was, tenant) || was == tenant)
            return &at->bucket;
    }
    return &quota->tenants[tenant % VG_QUOTA_TENANTS].bucket;
}

uint32_t vg_quota_take(vg_quota *quota, const vg_quota_conf *conf, uint64_t tenant, uint64_t now_ns)
{
    vg_bucket *own = conf->tenant_rate > 0 ? vg_quota_tenant(quota, tenant) : NULL;
    uint32_t wait_ms = 0;

    if (own != NULL)
        wait_ms = vg_bucket_take(own, conf->tenant_rate, conf->tenant_burst, now_ns);
    if (wait_ms > 0)
        return wait_ms;
    wait_ms = vg_bucket_take(&quota->all, conf->rate, conf->burst, now_ns);
    if (wait_ms > 0 && own != NULL)
        vg_bucket_give(own, conf->tenant_rate);
    return wait_ms;
}
