/* From ids to slots: open addressing with linear steps over 4-byte slots, at most three quarters
 * full. Keys are not stored: the owner says what the key of a slot is. One thread at a time. */
#ifndef ENGINE_SLOTMAP_H
#define ENGINE_SLOTMAP_H

#include "vecgate/slice.h"

#define VG_SLOT_NONE UINT32_MAX

typedef struct vg_slotmap {
    uint32_t *slots; /* slot + 1; 0: free */
    size_t room;     /* a power of two, or 0 */
    size_t count;
    uint64_t (*hash)(const void *owner, uint32_t slot);
    bool (*is)(const void *owner, uint32_t slot, vg_slice key);
    const void *owner;
} vg_slotmap;

void vg_slotmap_fini(vg_slotmap *map);
/* Room for `more` entries, so that the puts that follow cannot fail. False: no memory. */
bool vg_slotmap_reserve(vg_slotmap *map, size_t more);
/* Sets the slot of a key; answers the one that it had, or VG_SLOT_NONE. */
uint32_t vg_slotmap_put(vg_slotmap *map, vg_slice key, uint32_t slot);
/* The slot of a key, or VG_SLOT_NONE. */
uint32_t vg_slotmap_find(const vg_slotmap *map, vg_slice key);
/* Takes a key out; answers its slot, or VG_SLOT_NONE. */
uint32_t vg_slotmap_take(vg_slotmap *map, vg_slice key);

#endif
