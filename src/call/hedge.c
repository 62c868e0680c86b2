/* Places of the histogram are four to each doubling, from a quarter of a millisecond up. */
#include "call/hedge.h"

enum { SLICE_MS = VG_HEDGE_WINDOW_MS / VG_HEDGE_SLICES, STEPS = 4 };

#define FIRST_NS ((uint64_t)250000)

/* The upper bound of a place: FIRST_NS * 2^(place / 4), between the doublings in equal steps. */
static uint64_t bound_ns(int place)
{
    uint64_t base = FIRST_NS << (place / STEPS);

    return base + base / STEPS * (uint64_t)(place % STEPS);
}

static int place_of(uint64_t took_ns)
{
    int place = 0;

    while (place < VG_HEDGE_BOUNDS - 1 && took_ns > bound_ns(place))
        place++;
    return place;
}

static uint32_t number_of(uint64_t now_ms)
{
    return (uint32_t)(now_ms / SLICE_MS + 1);
}

/* How many slices before `number` is the word's? Negative: after it, by a clock that is ahead. */
static int32_t age_of(uint64_t word, uint32_t number)
{
    return (int32_t)(number - (uint32_t)(word >> 32));
}

void vg_latencies_add(vg_latencies *latencies, uint64_t took_ns, uint64_t now_ms)
{
    uint32_t number = number_of(now_ms);
    _Atomic uint64_t *place = &latencies->places[number % VG_HEDGE_SLICES][place_of(took_ns)];
    uint64_t was = atomic_load_explicit(place, memory_order_relaxed), is;

    do {
        if (age_of(was, number) > 0)
            is = (uint64_t)number << 32 | 1;
        else
            is = (uint32_t)was < UINT32_MAX ? was + 1 : was;
    } while (!atomic_compare_exchange_weak_explicit(place, &was, is, memory_order_relaxed,
                                                    memory_order_relaxed));
}

/* Sums up by place; answers how many there are. */
static uint64_t sum_up(const vg_latencies *latencies, uint64_t now_ms, uint64_t *sums)
{
    uint32_t number = number_of(now_ms);
    uint64_t all = 0;

    for (int slice = 0; slice < VG_HEDGE_SLICES; slice++) {
        for (int i = 0; i < VG_HEDGE_BOUNDS; i++) {
            uint64_t word =
                atomic_load_explicit(&latencies->places[slice][i], memory_order_relaxed);

            if (age_of(word, number) >= VG_HEDGE_SLICES)
                continue;
            sums[i] += (uint32_t)word;
            all += (uint32_t)word;
        }
    }
    return all;
}

uint64_t vg_latencies_p95_ns(const vg_latencies *latencies, uint64_t now_ms)
{
    uint64_t sums[VG_HEDGE_BOUNDS] = {0}, seen = 0;
    uint64_t all = sum_up(latencies, now_ms, sums);
    int place = 0;

    if (all < VG_HEDGE_LEAST)
        return 0;
    while ((seen += sums[place]) * 20 < all * 19)
        place++;
    return bound_ns(place);
}

uint64_t vg_hedge_after_ns(vg_hedges *hedges, vg_op_kind kind, uint64_t now_ms)
{
    vg_window_add(&hedges->spent, VG_HEDGE_WINDOW_MS, now_ms, (vg_window_count){.all = 1});
    return vg_latencies_p95_ns(&hedges->kinds[kind], now_ms);
}

bool vg_hedge_take(vg_hedges *hedges, const vg_hedge_conf *conf, uint64_t now_ms)
{
    vg_window_count sum = vg_window_sum(&hedges->spent, VG_HEDGE_WINDOW_MS, now_ms);

    if (((uint64_t)sum.marked + 1) * 100 > conf->percent * sum.all)
        return false;
    vg_window_add(&hedges->spent, VG_HEDGE_WINDOW_MS, now_ms, (vg_window_count){.marked = 1});
    return true;
}
