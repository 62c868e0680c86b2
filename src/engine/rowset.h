/* A set of SQL rows: those that a filter found, asked for every slot of a scan. Two levels:
 *
 *     row = 12345   leaves[12345 / 4096]   bit 12345 % 4096
 *
 * A leaf that no row is in is not there, so that few rows take little and all rows of a table take
 * a bit each. Lives in an arena. Filled by one thread, then read by any. */
#ifndef ENGINE_ROWSET_H
#define ENGINE_ROWSET_H

#include "vecgate/arena.h"

enum { VG_ROWSET_LEAF = 4096, VG_ROWSET_WORDS = VG_ROWSET_LEAF / 64 };

typedef struct vg_rowset {
    vg_arena *arena;
    uint64_t **leaves; /* NULL: none of its rows */
    size_t leaf_count;
    uint64_t count; /* rows */
} vg_rowset;

/* False: the arena is spent. A row that is in already stays so. */
bool vg_rowset_add(vg_rowset *set, uint64_t row);

static inline bool vg_rowset_has(const vg_rowset *set, uint64_t row)
{
    size_t leaf = row / VG_ROWSET_LEAF, bit = row % VG_ROWSET_LEAF;

    return leaf < set->leaf_count && set->leaves[leaf] &&
           (set->leaves[leaf][bit / 64] >> bit % 64 & 1) != 0;
}

/* The first row of the set that is not before *row. False: there is none. */
bool vg_rowset_next(const vg_rowset *set, uint64_t *row);

#endif
