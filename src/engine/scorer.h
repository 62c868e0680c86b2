/* What points are worth by examples (FACTS 9): best score, sum of scores, discovery, context. Works
 * on the similarity s of a point to each example, larger is nearer, and on several points at once;
 * who compares them is exact.c. Pure. */
#ifndef ENGINE_SCORER_H
#define ENGINE_SCORER_H

#include "vecgate/op.h"

enum { VG_LANES = 64 };

/* What an example is for. */
typedef enum vg_role {
    VG_POSITIVE, /* of a pair: the negative one comes next */
    VG_NEGATIVE,
    VG_TARGET, /* the last one */
} vg_role;

/* One for each point that is being scored; `total` is its score in the end. */
typedef struct vg_lanes {
    uint32_t count; /* at most VG_LANES */
    float total[VG_LANES];
    float held[VG_LANES];
} vg_lanes;

/* `scoring`: VG_BY_BEST_SCORE to VG_BY_CONTEXT, the same in all three. Before the first example,
 * with lanes->count set. */
void vg_scorer_begin(vg_scoring scoring, vg_lanes *lanes);
/* One example, in their order: the similarity of each point to it. Never NaN. */
void vg_scorer_fold(vg_scoring scoring, vg_role role, const float *similar, vg_lanes *lanes);
/* After the last one. No total is NaN: what is no number is as bad as can be. */
void vg_scorer_end(vg_scoring scoring, vg_lanes *lanes);

#endif
