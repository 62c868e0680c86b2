/* Vectors that are more than a list of numbers, from JSON (FACTS 4). Used by every API and by
 * backends that speak JSON. Any thread. False: told in `status` with the value's path: FORMAT where
 * it is of another type, RANGE where it cannot be a vector, TOO_LARGE. */
#ifndef BASE_VECTOR_JSON_H
#define BASE_VECTOR_JSON_H

#include "vecgate/json.h"
#include "vecgate/point.h"

enum { VG_MULTI_NUMBERS = 1 << 20 }; /* a multivector has fewer */

/* A list of lists: one row at least, all of one length. Stays a view of the text. */
bool vg_vector_read_rows(vg_arena *arena, const vg_json *v, vg_vector *out, vg_status *status);

/* {"indices": […], "values": […]}, perhaps with members that are not looked at: no index twice, as
 * many values. Comes out sorted by index, in the arena. */
bool vg_vector_read_sparse(vg_arena *arena, const vg_json *v, vg_vector *out, vg_status *status);

#endif
