/* See rowmap.h. calloc() maps what is large, and touches nothing of it. */
#include "engine/rowmap.h"

#include <stdlib.h>

typedef struct where {
    uint32_t chunk;
    uint64_t at; /* within the chunk */
} where;

static size_t chunk_room(uint32_t chunk)
{
    return (size_t)VG_ROWMAP_FIRST << chunk;
}

/* Chunk k begins at row FIRST * (2^k - 1). False: no table has so many rows. */
static bool find_place(uint64_t row, where *out)
{
    uint64_t which = row / VG_ROWMAP_FIRST + 1;
    uint32_t chunk = 63U - (uint32_t)__builtin_clzll(which);

    *out = (where){chunk, row - (chunk_room(chunk) - VG_ROWMAP_FIRST)};
    return chunk < VG_ROWMAP_CHUNKS;
}

void vg_rowmap_fini(vg_rowmap *map)
{
    for (uint32_t i = 0; i < VG_ROWMAP_CHUNKS; i++)
        free((void *)atomic_load_explicit(&map->chunks[i], memory_order_relaxed));
}

static _Atomic uint32_t *reach(vg_rowmap *map, uint32_t i)
{
    _Atomic uint32_t *chunk = atomic_load_explicit(&map->chunks[i], memory_order_relaxed);

    if (!chunk) {
        chunk = calloc(chunk_room(i), sizeof *chunk);
        atomic_store_explicit(&map->chunks[i], chunk, memory_order_release);
    }
    return chunk;
}

void vg_rowmap_put(vg_rowmap *map, uint64_t row, uint32_t slot)
{
    where w;
    _Atomic uint32_t *chunk = find_place(row, &w) ? reach(map, w.chunk) : NULL;

    if (chunk)
        atomic_store_explicit(&chunk[w.at], slot + 1, memory_order_release);
    else
        atomic_store_explicit(&map->is_partial, true, memory_order_release);
}

uint32_t vg_rowmap_find(const vg_rowmap *map, uint64_t row)
{
    _Atomic uint32_t *chunk;
    where w;

    if (!find_place(row, &w))
        return VG_SLOT_NONE;
    chunk = atomic_load_explicit(&map->chunks[w.chunk], memory_order_acquire);
    return chunk ? atomic_load_explicit(&chunk[w.at], memory_order_acquire) - 1
                 : VG_SLOT_NONE; /* 0 becomes NONE too */
}
