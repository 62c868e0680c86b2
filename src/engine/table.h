/* One collection as the engine holds it: its SQL table, its vectors in memory, and what of them
 * readers may see. Made by the writer or when the store opens, shared by holders, freed by the
 * last.
 *
 * Disk and memory are two copies of one history, numbered by the collection's operations. The
 * writer commits operation n to disk, then publishes it here. A reader that needs both asks the
 * disk first (which operation is its snapshot at?), then takes a view at that operation: the two
 * cannot differ. */
#ifndef ENGINE_TABLE_H
#define ENGINE_TABLE_H

#include <pthread.h>

#include "vecgate/op.h"

#include "engine/exact.h"

typedef struct vg_table {
    _Atomic uint32_t holders;
    uint64_t number; /* the SQL table is points_<number>; never used again */
    vg_slice name;
    vg_collection_spec spec; /* one unnamed vector */
    vg_arena *arena;         /* holds name and spec */

    pthread_mutex_t lock; /* over what readers are shown: */
    pthread_cond_t published;
    vg_dense *dense;
    uint32_t used;
    uint64_t operation; /* the last one published */
    uint64_t points;    /* with and without a vector */
    uint64_t floor;     /* older operations cannot be seen any more: their dead slots are gone */

    /* the writer's own: */
    size_t asked_slots, asked_text; /* by the writes of this group, not yet put */
    vg_dense *fresh; /* being filled with what lives; NULL when no rebuild is under way */
    uint32_t copied; /* slots of `dense` that `fresh` has seen */
    struct vg_table *next_grave; /* upkeep.h */
} vg_table;

/* Copies name and spec. Held once. NULL: no memory. */
vg_table *vg_table_new(uint64_t number, vg_slice name, const vg_collection_spec *spec);
vg_table *vg_table_hold(vg_table *table);
/* NULL is fine. The last one frees all its vectors, which may take long: of what was dropped that
 * is the writer (upkeep.h), of all others the shelf. */
void vg_table_let(vg_table *table);
/* Does nobody hold it but the caller? Once it is off the shelf that stays so. */
bool vg_table_is_last(const vg_table *table);

uint32_t vg_table_dimension(const vg_table *table);
vg_distance vg_table_distance(const vg_table *table);

/* What was published last. Give every view back. */
void vg_table_view(vg_table *table, vg_view *out);
/* As it was after `operation`, which is on disk: waits for the moment between commit and
 * publishing. False: that state is gone (a rebuild came between); take a newer snapshot of the
 * disk. */
bool vg_table_view_at(vg_table *table, uint64_t operation, vg_view *out);
void vg_table_view_give(vg_view *view);
uint64_t vg_table_points(vg_table *table);

/* ---- the writer ---- */

/* Shows readers all that was put up to `operation`, and how many points there are now. */
void vg_table_publish(vg_table *table, uint64_t operation, uint64_t points);
/* Shows them the rebuilt vectors instead. */
void vg_table_replace(vg_table *table, vg_dense *fresh);

#endif
