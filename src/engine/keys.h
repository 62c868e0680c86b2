/* Ids as keys (vg_point_id_key), each once. */
#ifndef ENGINE_KEYS_H
#define ENGINE_KEYS_H

#include "vecgate/point.h"

typedef enum vg_keep { VG_KEEP_FIRST, VG_KEEP_LAST } vg_keep;

/* In the arena; {NULL, 0} when it is spent. */
vg_slice vg_keys_of(vg_arena *arena, const vg_point_id *id);

typedef struct vg_keys {
    vg_slice *at;
    uint32_t count;
    uint32_t *once; /* out: places of the keys without repetitions, ascending */
    uint32_t once_count;
} vg_keys;

/* Room for `count` keys, to be filled. False: the arena is spent. */
bool vg_keys_init(vg_arena *arena, vg_keys *keys, uint32_t count);
/* Finds the places; of equal keys the first or the last stays. False: the arena is spent, perhaps
 * while the keys were made. */
bool vg_keys_once(vg_arena *arena, vg_keys *keys, vg_keep keep);

#endif
