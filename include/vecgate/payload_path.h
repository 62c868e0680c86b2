/* Payload paths (FACTS 7): key(.key | [n] | [])*. A bare key is letters and digits of any script,
 * `_` and `-`; any other key stands in double quotes, without escapes: "a b".c[]. */
#ifndef VECGATE_PAYLOAD_PATH_H
#define VECGATE_PAYLOAD_PATH_H

#include "vecgate/arena.h"
#include "vecgate/slice.h"

typedef struct vg_path_step {
    enum { VG_PATH_KEY, VG_PATH_INDEX, VG_PATH_ALL } kind;
    vg_slice key;   /* KEY: a view of the path's text */
    uint64_t index; /* INDEX */
} vg_path_step;

typedef struct vg_path {
    const vg_path_step *steps; /* the first is a KEY */
    uint32_t count;
} vg_path;

typedef enum vg_path_end { VG_PATH_OK, VG_PATH_WRONG, VG_PATH_NO_MEMORY } vg_path_end;
vg_path_end vg_path_read(vg_arena *arena, vg_slice text, vg_path *out);
/* Is it one? Makes nothing. */
bool vg_path_is(vg_slice text);

#endif
