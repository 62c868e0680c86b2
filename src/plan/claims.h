/* What a credential asks beside the op (vg_claims): what it may see of the collection, and a point
 * that must be there. Both come before anything else that the plan does, so that what is forbidden
 * is so whether the collection exists or not, and no part of an op, made later, has to know.
 *
 *     apply ─▶ (a point must be there:) prove ─▶ the op as any other
 *
 * `only` is ANDed to each filter of the op, those of prefetches too; a deletion by ids becomes one
 * by a filter that has them. What names points without a filter is refused, and so is what would
 * change the payload that `only` is about, or tells of the collection as a whole (FACTS 12). */
#ifndef PLAN_CLAIMS_H
#define PLAN_CLAIMS_H

#include "plan/children.h"

/* op->in becomes another, in the op's arena. False: op->status is FORBIDDEN, or TOO_LARGE. */
bool vg_claims_apply(vg_op *op);

/* Is there a point to be looked for? */
bool vg_claims_must_prove(const vg_op *op);
/* Looks; then(arg) follows from a later turn. When there is none the children have failed with
 * UNAUTHENTICATED; FORBIDDEN: there is no such collection. */
void vg_claims_prove(vg_children *children, const vg_backend *backend, vg_children_fn *then,
                     void *arg);

#endif
