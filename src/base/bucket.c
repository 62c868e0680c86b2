/* Buckets, and how fast they fill. */
#include "base/bucket.h"

#include <stdbool.h>
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

vg_bucket_level vg_bucket_look(const vg_bucket *bucket, uint64_t rate, uint64_t burst,
                               uint64_t now_ns)
{
    uint64_t step, owed;

    if (rate == 0)
        return (vg_bucket_level){.tokens = burst};
    step = interval_ns(bucket, rate);
    owed = full_at(read_word(&bucket->full_at_ns), now_ns, step * burst) - now_ns;
    return (vg_bucket_level){.tokens = (step * burst - owed) / step,
                             .full_ms = (owed + MS_NS - 1) / MS_NS};
}

/* ---- a bucket for each of many ---- */

/* FNV-1a. */
uint64_t vg_bucket_key(vg_slice name)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (unsigned char)name.at[i]) * 0x100000001b3u;
    return hash != 0 ? hash : 1;
}

static vg_bucket_place *near(vg_bucket_place *places, uint32_t count, uint64_t key, uint64_t i)
{
    return &places[(key + i) % count];
}

static vg_bucket *find(vg_bucket_place *places, uint32_t count, uint64_t key)
{
    for (uint64_t i = 0; i < NEAR; i++) {
        vg_bucket_place *at = near(places, count, key, i);

        if (read_word(&at->key) == key)
            return &at->bucket;
    }
    return NULL;
}

/* Nobody's, or of one that rests. */
static bool claim(vg_bucket_place *at, uint64_t key, uint64_t now_ns)
{
    uint64_t was = read_word(&at->key);

    if (was != 0 && read_word(&at->bucket.full_at_ns) > now_ns)
        return false;
    return atomic_compare_exchange_strong(&at->key, &was, key) || was == key;
}

vg_bucket *vg_bucket_at(vg_bucket_place *places, uint32_t count, uint64_t key, uint64_t now_ns)
{
    vg_bucket *own = find(places, count, key);

    for (uint64_t i = 0; own == NULL && i < NEAR; i++) {
        vg_bucket_place *at = near(places, count, key, i);

        if (claim(at, key, now_ns))
            own = &at->bucket;
    }
    return own != NULL ? own : &near(places, count, key, 0)->bucket;
}
