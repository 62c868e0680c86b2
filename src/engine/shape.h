/* What a collection is, besides its points: vectors, settings, payload indexes. Immutable and
 * counted; a change makes a new one, which the writer swaps in when it is committed (table.h). Any
 * thread. */
#ifndef ENGINE_SHAPE_H
#define ENGINE_SHAPE_H

#include "vecgate/op.h"

#include "engine/field.h"
#include "engine/tuning.h"

typedef struct vg_shape {
    _Atomic uint32_t holders;
    vg_arena *arena;          /* holds all that follows */
    uint64_t number;          /* `collections.shape`: grows with each change */
    vg_collection_spec spec;  /* its indexes are those of `fields`, ready or not */
    const vg_tuning *tunings; /* of each of its vectors, as it says */
    vg_fields fields;         /* in the order in which they were declared */
} vg_shape;

/* Copies both (of the spec all but its indexes). Held once. NULL: no memory. */
vg_shape *vg_shape_new(uint64_t number, const vg_collection_spec *spec, const vg_fields *fields);
vg_shape *vg_shape_hold(vg_shape *shape);
void vg_shape_let(vg_shape *shape); /* NULL is fine */

#endif
