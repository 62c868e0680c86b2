/* An errand's names held in the whole group (holds.h): all of them at once or none, so that nobody
 * waits for a name while holding another. Of one slot a worker has as many holders as it likes: its
 * own are kept apart by names (errand.c). */
#include <stdlib.h>

#include "base/check.h"
#include "catalog/errand.h"

enum { LOOK_MS = 2 };

#define MS ((uint64_t)1000000)

static bool take_slot(errand *e, uint16_t slot)
{
    vg_catalog *catalog = e->catalog;

    if (catalog->held[slot] == 0 &&
        !vg_holds_take(catalog->parts.holds, catalog->parts.worker, slot))
        return false;
    catalog->held[slot]++;
    e->slots[e->slot_count++] = slot;
    return true;
}

static bool take_slots(errand *e)
{
    vg_slice tenant = e->row.tenant;
    bool has_all = take_slot(e, vg_holds_slot(tenant, e->name));

    for (uint32_t i = 0; has_all && i < e->name_count; i++)
        has_all = take_slot(e, vg_holds_slot(tenant, e->names[i]));
    return has_all;
}

void vg_errand_give_group(errand *e)
{
    vg_catalog *catalog = e->catalog;

    while (e->slot_count > 0) {
        uint16_t slot = e->slots[--e->slot_count];

        if (--catalog->held[slot] == 0)
            vg_holds_give(catalog->parts.holds, slot);
    }
}

/* Who runs for an errand that holds its names does not wait for others: that one would, too. Nor
 * does one that there is no memory for; then it is as between two gateways, where versions decide.
 */
bool vg_errand_take_group(errand *e)
{
    if (!e->catalog->parts.holds)
        return true;
    if (!e->slots)
        e->slots = VG_TAKE_N(e->arena, uint16_t, (size_t)e->name_count + 1);
    if (!e->slots || take_slots(e))
        return true;
    vg_errand_give_group(e);
    return e->master != NULL;
}

static void on_look(vg_timer *timer)
{
    vg_errand_wake(vg_container_of(timer, vg_catalog, look));
}

void vg_catalog_look_soon(vg_catalog *catalog)
{
    vg_loop *loop = catalog->parts.loop;

    if (!catalog->parts.holds || catalog->look.slot != 0)
        return;
    catalog->look.on_timer = on_look;
    vg_timer_start(loop, &catalog->look, vg_loop_now_ns(loop) + LOOK_MS * MS);
}
