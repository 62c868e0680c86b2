/* Examples that are ids of points elsewhere (lookup_from): they become the vectors of these points,
 * before anything else is done with the queries. Elsewhere may also be here, by another vector:
 * such points are left out of the answer as every example is (vg_search.except).
 *
 *     find the collections ─▶ GET the points ─▶ the queries hold vectors */
#ifndef PLAN_LOOKUP_H
#define PLAN_LOOKUP_H

#include "plan/fill.h"

typedef struct vg_lookup {
    vg_children *children;
    const vg_query *queries; /* in: the op's; then copies, that look nowhere any more */
    uint32_t count;
    struct vg_lookup_part *parts; /* lookup.c's, as what follows */
    uint32_t part_count;
    vg_children_fn *then;
    void *arg;
} vg_lookup;

bool vg_lookup_is_needed(const vg_query *queries, uint32_t count);
/* then(arg) follows from a later turn; when it failed the children say so: NOT_FOUND (`Collection X
 * not found`, `No point with id 5 found`, `Vector with name "x" for point not found`), INVALID
 * (`Not existing vector name error: x`, or a vector that is no example for the query). */
void vg_lookup_run(vg_lookup *lookup, vg_children_fn *then, void *arg);

#endif
