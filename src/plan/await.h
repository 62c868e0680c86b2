/* An index that is waited for: a job builds it (VG_OP_BUILD_INDEX); whoever waits looks on, and
 * hears in time that it goes on. */
#ifndef PLAN_AWAIT_H
#define PLAN_AWAIT_H

#include "plan/children.h"

/* Of an op that has ended well. */
bool vg_await_is_wanted(const vg_op *op, const vg_adapter *adapter);
/* Looks until it is built, or as long as the op may last, and says in op->out.written which it is;
 * then(children) follows. False: without memory nobody waits. */
bool vg_await_index(vg_children *children, vg_children_fn *then);

#endif
