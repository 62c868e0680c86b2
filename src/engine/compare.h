/* How alike a vector is to that of a slot: s of FACTS 9, larger is better, for every kind of vector
 * and every datatype.
 *
 *     Cosine, Dot   the dot product (Cosine over bytes: divided by both lengths)
 *     Euclid        minus the sum of squared differences
 *     Manhattan     minus the sum of differences
 *     multi         over the query's rows: the sum of the best s with any row of the slot
 *     sparse        over the shared indices: the sum of products
 *
 * Never NaN: what overflows is -INFINITY. A vg_compare is read-only once it is made; any thread.
 *
 * The query is brought into the stored form first: against float16 and bytes it is rounded as a
 * stored vector is. */
#ifndef ENGINE_COMPARE_H
#define ENGINE_COMPARE_H

#include "engine/dense.h"
#include "engine/narrow.h"

typedef struct vg_compare {
    const vg_dense *dense; /* borrowed */
    vg_form form;          /* of these */
    const void *query;     /* in the stored form; of a dense one padded as a row is */
    vg_metric metric;      /* of two rows, … */
    union {                /* … as their datatype is: */
        vg_pair_fn *floats;
        vg_half_fn *halves;
        vg_byte_fn *bytes;
    } pair;
} vg_compare;

/* With a vector of a request, or of a point of any collection (VG_VECTOR_F32, already normalised or
 * not). It is checked against the vectors' form: vg_form_make() says what can be wrong. */
bool vg_compare_prepare(vg_arena *arena, const vg_dense *dense, const vg_vector *vector,
                        vg_compare *out, vg_status *status);
/* All but the query: for vg_compare_pair(). */
void vg_compare_begin(const vg_dense *dense, vg_compare *out);
/* With the vector of a slot of the same vectors. Takes no memory. */
void vg_compare_with_slot(const vg_dense *dense, uint32_t slot, vg_compare *out);
/* Multiplies the query's weights by idf (FACTS 9), as the view shows it among `points` points: for
 * a sparse place whose params say has_idf, after one of the above. False: the arena is spent. */
bool vg_compare_weigh(vg_arena *arena, const vg_view *view, uint64_t points, vg_compare *c);

/* s of one slot, of another query: both as these vectors store them, a dense one padded. */
float vg_compare_pair(const vg_compare *c, const void *query, const void *stored);
/* s of one slot. */
float vg_compare_slot(const vg_compare *c, uint32_t slot);
/* s of the slots first … first + count - 1, which are in one chunk; of float32 rows the quick way.
 */
void vg_compare_slots(const vg_compare *c, uint32_t first, uint32_t count, float *out);
/* Is a nearest search to answer it? Not when both are sparse and share no index. */
bool vg_compare_meets(const vg_compare *c, uint32_t slot);

/* What a nearest search reports for s (FACTS 9): the root of its amount for Euclid, the amount for
 * Manhattan, s itself for the others. */
float vg_compare_score(vg_distance distance, float s);

#endif
