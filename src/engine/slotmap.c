/* See slotmap.h. Taking out moves the entries behind back, so there are no tombstones. */
#include "engine/slotmap.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/map.h"

enum { LEAST_ROOM = 64 };

void vg_slotmap_fini(vg_slotmap *map)
{
    free(map->slots);
    map->slots = NULL;
    map->room = map->count = 0;
}

/* The place of the key, or the free place where it would go. */
static size_t place_of(const vg_slotmap *map, vg_slice key)
{
    size_t mask = map->room - 1, at = vg_map_hash(key) & mask;

    while (map->slots[at] != 0 && !map->is(map->owner, map->slots[at] - 1, key))
        at = (at + 1) & mask;
    return at;
}

static void place_again(vg_slotmap *map, uint32_t slot)
{
    size_t mask = map->room - 1, at = map->hash(map->owner, slot) & mask;

    while (map->slots[at] != 0)
        at = (at + 1) & mask;
    map->slots[at] = slot + 1;
}

static bool grow(vg_slotmap *map, size_t room)
{
    vg_slotmap old = *map;
    uint32_t *slots = calloc(room, sizeof *slots);

    if (!slots)
        return false;
    map->slots = slots;
    map->room = room;
    for (size_t i = 0; i < old.room; i++)
        if (old.slots[i] != 0)
            place_again(map, old.slots[i] - 1);
    free(old.slots);
    return true;
}

bool vg_slotmap_reserve(vg_slotmap *map, size_t more)
{
    size_t room = map->room ? map->room : LEAST_ROOM;

    while (room / 4 * 3 < map->count + more)
        room *= 2;
    return room == map->room || grow(map, room);
}

uint32_t vg_slotmap_put(vg_slotmap *map, vg_slice key, uint32_t slot)
{
    size_t at = place_of(map, key);
    uint32_t before = map->slots[at] - 1;

    map->slots[at] = slot + 1;
    if (before == VG_SLOT_NONE)
        map->count++;
    VG_CHECK(map->count < map->room);
    return before;
}

uint32_t vg_slotmap_find(const vg_slotmap *map, vg_slice key)
{
    /* 0, free, becomes VG_SLOT_NONE */
    return map->room == 0 ? VG_SLOT_NONE : map->slots[place_of(map, key)] - 1;
}

/* The hole is filled by the next entry that may stand there, until there is none. */
static void close_hole(vg_slotmap *map, size_t hole)
{
    size_t mask = map->room - 1;

    for (size_t at = (hole + 1) & mask; map->slots[at] != 0; at = (at + 1) & mask) {
        size_t home = map->hash(map->owner, map->slots[at] - 1) & mask;

        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        map->slots[hole] = map->slots[at];
        hole = at;
    }
    map->slots[hole] = 0;
}

uint32_t vg_slotmap_take(vg_slotmap *map, vg_slice key)
{
    size_t at;
    uint32_t slot;

    if (map->room == 0)
        return VG_SLOT_NONE;
    at = place_of(map, key);
    slot = map->slots[at] - 1;
    if (slot == VG_SLOT_NONE)
        return slot;
    close_hole(map, at);
    map->count--;
    return slot;
}
