/* See keys.h. Keys that ascend already, as most batches do, are not sorted. */
#include "engine/keys.h"

#include <stdlib.h>

vg_slice vg_keys_of(vg_arena *arena, const vg_point_id *id)
{
    uint8_t room[VG_ID_KEY_MAX];
    size_t len = vg_point_id_key(id, room);

    return vg_arena_copy(arena, vg_slice_of((const char *)room, len));
}

static int by_key(const void *a, const void *b, void *arg)
{
    const vg_slice *keys = arg;
    uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
    int order = vg_slice_cmp(keys[i], keys[j]);

    return order != 0 ? order : (i > j) - (i < j);
}

static int by_place(const void *a, const void *b)
{
    uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;

    return (i > j) - (i < j);
}

static bool ascends(const vg_slice *keys, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        if (vg_slice_cmp(keys[i - 1], keys[i]) >= 0)
            return false;
    return true;
}

/* Sorted places: those of equal keys stand together, in their order. */
static uint32_t drop_repeated(const vg_slice *keys, uint32_t *places, uint32_t count, vg_keep keep)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t beside = keep == VG_KEEP_FIRST ? i - 1 : i + 1;

        if (beside >= count || !vg_slice_is(keys[places[i]], keys[places[beside]]))
            places[kept++] = places[i];
    }
    return kept;
}

bool vg_keys_init(vg_arena *arena, vg_keys *keys, uint32_t count)
{
    *keys = (vg_keys){
        .at = VG_TAKE_N(arena, vg_slice, (size_t)count + 1),
        .count = count,
        .once = VG_TAKE_N(arena, uint32_t, (size_t)count + 1),
    };
    return keys->at && keys->once;
}

bool vg_keys_once(vg_arena *arena, vg_keys *keys, vg_keep keep)
{
    if (vg_arena_is_spent(arena))
        return false;
    for (uint32_t i = 0; i < keys->count; i++)
        keys->once[i] = i;
    keys->once_count = keys->count;
    if (ascends(keys->at, keys->count))
        return true;
    qsort_r(keys->once, keys->count, sizeof *keys->once, by_key, keys->at);
    keys->once_count = drop_repeated(keys->at, keys->once, keys->count, keep);
    qsort(keys->once, keys->once_count, sizeof *keys->once, by_place);
    return true;
}
