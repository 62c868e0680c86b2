/* A collection's spec as the JSON that is stored for it: by the catalog in a metadata row, by
 * backends beside their tables. What one version wrote all later ones read. */
#ifndef BASE_SPEC_H
#define BASE_SPEC_H

#include "vecgate/op.h"

/* Empty when memory is gone. */
vg_slice vg_spec_write(vg_arena *arena, const vg_collection_spec *spec);
/* All of it in the arena. False: INTERNAL (it is damaged), OVERLOADED. */
bool vg_spec_read(vg_arena *arena, vg_slice json, vg_collection_spec *out, vg_status *status);

#endif
