/* Several lists of hits become one (FACTS 9). Pure; any thread. A point of several lists is the
 * first list's, with the merged score; among equal scores the one that was seen first comes first.
 */
#ifndef PLAN_FUSION_H
#define PLAN_FUSION_H

#include "vecgate/op.h"

/* How the merged list is cut: scores below the threshold go (one equal to it stays), then `limit`
 * and `offset` count as they do in a search. */
typedef struct vg_fusion_cut {
    uint32_t limit, offset;
    bool has_threshold;
    float threshold;
} vg_fusion_cut;

/* Σ over lists of 1 / (rank + 2), the first rank being 0. False: the arena is spent. */
bool vg_fusion_rrf(vg_arena *arena, const vg_points *lists, uint32_t count,
                   const vg_fusion_cut *cut, vg_points *out);
/* Each list's scores are spread over three standard deviations on both sides of their mean,
 * (s - (m - 3 sd)) / (6 sd), not clamped, and summed; a list of one, or of equal scores, gives 0.5
 * each. The scores are those that are reported: with a distance the farther ones come first. */
bool vg_fusion_dbsf(vg_arena *arena, const vg_points *lists, uint32_t count,
                    const vg_fusion_cut *cut, vg_points *out);

/* The ids of all lists, each once, ascending. NULL: the arena is spent. */
const vg_point_id *vg_fusion_union(vg_arena *arena, const vg_points *lists, uint32_t count,
                                   uint32_t *id_count);

#endif
