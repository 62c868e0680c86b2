/* The vector that a recommendation by average searches with (FACTS 9), P and N being the averages
 * of the positive and of the negative examples:
 *
 *     P + (P - N), or P without negatives
 *
 *     sparse    where an example lacks an index it has 0 there
 *     multi     all rows of the positives, and all rows of the negatives with the other sign
 *
 * Pure. */
#ifndef ENGINE_AVERAGE_H
#define ENGINE_AVERAGE_H

#include "vecgate/point.h"

/* Examples of one kind: dense ones of one length, rows of multivectors of one length. */
typedef struct vg_averaged {
    vg_vector_kind kind;
    const vg_vector *at; /* the positives, at least one, then the negatives */
    uint32_t positive_count, count;
} vg_averaged;

/* `out` without a name, in the arena. False: INVALID, a number is beyond float32; TOO_LARGE. */
bool vg_average_make(vg_arena *arena, const vg_averaged *examples, vg_vector *out,
                     vg_status *status);

#endif
