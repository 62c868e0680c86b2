/* A request's vectors as they are stored (FACTS 4): normalised for Cosine, cut for uint8. */
#ifndef ADAPTERS_VECTOR_PGVECTOR_NUMBERS_H
#define ADAPTERS_VECTOR_PGVECTOR_NUMBERS_H

#include "vecgate/op.h"

#include "adapters/vector/pgvector/cells.h"

/* The floats of all rows, in the arena, as they are stored; float16 is rounded by PostgreSQL. NULL:
 * INVALID (a number beyond float32, NaN, an index beyond what a sparsevec has) or TOO_LARGE. */
const float *vg_numbers_make(vg_arena *arena, const vg_vector_params *params,
                             const vg_vector *vector, vg_status *status);
/* The same for what is asked with: a query is normalised, but never cut. */
const float *vg_numbers_ask(vg_arena *arena, const vg_vector_params *params,
                            const vg_vector *vector, vg_status *status);

/* As an element of an array, or as one value: of the type that its column has, but vector where
 * the column is halfvec. */
void vg_numbers_put(vg_cells *cells, const vg_vector_params *params, const vg_vector *vector,
                    const float *floats);
/* The rows of a multivector as a vector[]. */
void vg_numbers_put_rows(vg_cells *cells, const vg_vector *vector, const float *floats);
/* The same as text, "{\"[1.0,2.0]\"}": arrays of arrays are none in PostgreSQL. {NULL}: no memory.
 */
vg_slice vg_numbers_rows_text(vg_arena *arena, const vg_vector *vector, const float *floats);
/* The indices of a sparse one, zeros' too, as a bigint[]: "{3,7}". {NULL}: no memory. */
vg_slice vg_numbers_indices_text(vg_arena *arena, const vg_vector *vector);

#endif
