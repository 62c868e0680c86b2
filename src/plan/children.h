/* The child operations that an op is made of: each has an arena of its own, and the op's tenant,
 * deadline, clock and chance, and what it paid. They run side by side, a few at a time; the first
 * that fails ends the others. What they answer stays until the op's arena is freed, so that the
 * op's answer may be made of it; together they may hold no more than one op may. Loop's thread
 * only, but for what is computed of many hits.
 *
 *     add, add … ─▶ run ─▶ (all have ended, or one has failed) ─▶ then ─▶ add … run … ─▶ end
 *                     ▲                                             │
 *                     └──── then ◀─ compute (codec pool) ◀──────────┘ */
#ifndef PLAN_CHILDREN_H
#define PLAN_CHILDREN_H

#include "base/list.h"
#include "base/loop.h"
#include "plan/plan.h"

typedef void vg_children_fn(void *arg);
/* Sees a child that has ended; `arg` is that of the run. True: all is done that it was for, it is
 * freed with what it answered, and has failed nothing. False: as if nobody had looked. */
typedef bool vg_child_fn(void *arg, vg_op *child);

enum { VG_CHILDREN_AT_ONCE = 8 }; /* of one op, so that it does not fill a pool by itself */

/* Inner to children.c but for `parts`, `op`, `failure`, and what is set between runs. */
typedef struct vg_children {
    const vg_plan_parts *parts;
    vg_op *op;          /* whose children these are */
    vg_status failure;  /* the first that was told; when there is one, nothing more is started */
    uint32_t at_once;   /* VG_CHILDREN_AT_ONCE, unless it is set */
    vg_child_fn *ended; /* NULL, unless it is set */
    vg_code cancelled;
    vg_list waiting, running, done;
    uint32_t running_count;
    size_t held_bytes; /* by those that have ended */
    vg_children_fn *then;
    void *arg;
    vg_task task;
    vg_work work;
    vg_children_fn *compute;
    bool is_lent; /* to a pool, with all that the op's arena holds */
} vg_children;

/* In the op's arena; NULL: it is spent. */
vg_children *vg_children_new(const vg_plan_parts *parts, vg_op *op);

/* One more, on the op's collection, to be filled in before they run; its done_arg is free for
 * whoever adds it. NULL: no memory, and the failure is told. */
vg_op *vg_children_add(vg_children *children, vg_op_kind kind);
/* One that finds a collection by its name, or alias, and does no more: `collection` is set when it
 * has ended. Fails with NOT_FOUND `Collection X not found` at `where`, the field that named it. */
vg_op *vg_children_add_finding(vg_children *children, vg_slice name, const char *where);

/* Runs those that were added. then(arg) follows from a later turn, also when there are none. */
void vg_children_run(vg_children *children, vg_children_fn *then, void *arg);

/* Between two runs: compute(arg), then then(arg) on the loop. A few hits are computed at once, and
 * then(arg) is called before this returns; for more of them both follow from later turns, with
 * compute(arg) on the codec pool, which has the op, its arena and its ended children to itself
 * until then: it may add children, and tell failures. A pool that is full is a failure, OVERLOADED;
 * then, or after another failure, nothing is computed. */
void vg_children_compute(vg_children *children, uint64_t hits, vg_children_fn *compute,
                         vg_children_fn *then, void *arg);
/* Were some added that have not run? */
bool vg_children_wait(const vg_children *children);

bool vg_children_failed(const vg_children *children);
/* The first stands. */
void vg_children_fail(vg_children *children, vg_code code, vg_slice what, vg_slice where);
/* The op's arena is spent, or its children hold as much as one op may. */
void vg_children_no_memory(vg_children *children);

/* What failed is to be tried in another way: those that were not started are not, and the failure
 * is forgotten, unless the op was cancelled. */
void vg_children_forgive(vg_children *children);

/* Ends them early, with that reason; then(arg) still follows. */
void vg_children_cancel(vg_children *children, vg_code why);
/* The op is done, or has failed: op->done(op). */
void vg_children_end(vg_children *children);

#endif
