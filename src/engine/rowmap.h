/* From SQL rows to the newest slot of each, for readers beside the one thread that puts. Chunks as
 * in dense.h: they double, stay where they are, and are made when a row first needs them. Takes 4
 * bytes for each row up to the greatest. Nothing here fails: without memory the map says that it
 * does not know all, and readers go the long way. */
#ifndef ENGINE_ROWMAP_H
#define ENGINE_ROWMAP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/slotmap.h"

enum { VG_ROWMAP_FIRST = 1024, VG_ROWMAP_CHUNKS = 30 };

/* Zero is an empty one. */
typedef struct vg_rowmap {
    _Atomic(_Atomic uint32_t *) chunks[VG_ROWMAP_CHUNKS]; /* slot + 1; 0: none */
    _Atomic bool is_partial;
} vg_rowmap;

void vg_rowmap_fini(vg_rowmap *map);
/* What was written of the slot by now can be read by whoever finds it. */
void vg_rowmap_put(vg_rowmap *map, uint64_t row, uint32_t slot);
/* Any thread. VG_SLOT_NONE: there is none. */
uint32_t vg_rowmap_find(const vg_rowmap *map, uint64_t row);

#endif
