/* Rows on cache lines of their own: taking a place without a bound touches one. */
#include "call/places.h"

#include "base/check.h"

uint64_t vg_places_sum(const vg_places *places)
{
    uint64_t sum = 0;

    for (int i = 0; i < VG_WORKERS_MOST; i++)
        sum += atomic_load(&places->rows[i].taken);
    return sum;
}

bool vg_places_take(vg_places *places, uint32_t worker, uint64_t most)
{
    _Atomic uint32_t *own;

    VG_CHECK(worker < VG_WORKERS_MOST);
    own = &places->rows[worker].taken;
    if (atomic_fetch_add(own, 1) == 0 || most == 0 || vg_places_sum(places) <= most)
        return true;
    atomic_fetch_sub(own, 1);
    return false;
}

void vg_places_give(vg_places *places, uint32_t worker)
{
    VG_CHECK(atomic_fetch_sub(&places->rows[worker].taken, 1) > 0);
}

void vg_places_clear(vg_places *places, uint32_t worker)
{
    VG_CHECK(worker < VG_WORKERS_MOST);
    atomic_store(&places->rows[worker].taken, 0);
}
