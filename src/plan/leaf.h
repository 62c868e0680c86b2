/* Plain queries, those without prefetches, by the primitive reads: all searches among them in one
 * SEARCH, as far as the backend takes several at once; each of the others by a SCROLL.
 *
 *     send ─▶ (the children run) ─▶ take */
#ifndef PLAN_LEAF_H
#define PLAN_LEAF_H

#include "plan/children.h"

typedef struct vg_leaf {
    vg_query query;   /* SCROLL, SEARCH, ORDER_BY or SAMPLE; its prefetches are not looked at */
    vg_points points; /* what it answers, from take() on; offset and limit are applied */
    const vg_explain *explain; /* NULL: not known */
    const vg_op *child;        /* leaf.c's: who answers it, … */
    uint32_t place;            /* … and among the child's searches which one it is */
} vg_leaf;

/* Adds the children; false: a failure is told. */
bool vg_leaf_send(vg_children *children, vg_leaf *leaves, uint32_t count);
/* After they have ended: how many hits came. */
uint64_t vg_leaf_hits(const vg_leaf *leaves, uint32_t count);
/* After they have ended well: the answers. Points that no search found have score and version 0.
 * False: a failure is told. */
bool vg_leaf_take(vg_children *children, vg_leaf *leaves, uint32_t count);

#endif
