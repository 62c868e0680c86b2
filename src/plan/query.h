/* QUERY, GROUPS and MATRIX: ops that are answered by child operations. Each ends with op->done(op)
 * once, from a later turn; a cancellation goes to the children. */
#ifndef PLAN_QUERY_H
#define PLAN_QUERY_H

#include "plan/children.h"

/* Is it nothing but searches that the backend takes in one call? Then it may go as a SEARCH: the
 * answer is the same. */
bool vg_query_is_search(const vg_op *op, const vg_adapter *adapter);
/* The searches of such a QUERY, side by side. NULL: the arena is spent. */
const vg_search *vg_query_searches(const vg_op *op);

/* All in query.c, group.c, matrix.c. */
void vg_query_run(vg_children *children);
void vg_group_run(vg_children *children);
void vg_matrix_run(vg_children *children);

#endif
