/* Filters that are made here: one and one more condition. Pure. The answer is in the arena, made of
 * parts of what was given. When the arena is spent the answer matches nothing, so that no filter is
 * ever widened; whoever makes filters looks at vg_arena_is_spent() before using them. */
#ifndef PLAN_NARROW_H
#define PLAN_NARROW_H

#include "vecgate/filter.h"

/* Both; either may be NULL. */
const vg_filter *vg_narrow_by(vg_arena *arena, const vg_filter *filter, const vg_filter *by);
/* Only these points. The list must live as long as the filter, as in what follows. */
const vg_filter *vg_narrow_to_ids(vg_arena *arena, const vg_filter *filter, const vg_point_id *ids,
                                  uint32_t count);
/* None of these; an empty list leaves the filter as it is. */
const vg_filter *vg_narrow_without_ids(vg_arena *arena, const vg_filter *filter,
                                       const vg_point_id *ids, uint32_t count);
/* Only points that have that vector. */
const vg_filter *vg_narrow_to_holders(vg_arena *arena, const vg_filter *filter, vg_slice vector);
/* Only points with something in that field. */
const vg_filter *vg_narrow_to_filled(vg_arena *arena, const vg_filter *filter, vg_slice key);
/* Only points that have one of these keywords and integers there. */
const vg_filter *vg_narrow_to_values(vg_arena *arena, const vg_filter *filter, vg_slice key,
                                     const vg_match_value *values, uint32_t count);

#endif
