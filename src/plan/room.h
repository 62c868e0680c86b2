/* Whether a tenant has room for one more collection, or for more points. Collections of a tenant
 * are created one after another where they are bounded, so that each is judged by all before it;
 * what other workers create at the same time is not seen. What is known of points is in the tally
 * (tally.h). */
#ifndef PLAN_ROOM_H
#define PLAN_ROOM_H

#include "base/list.h"
#include "plan/children.h"
#include "plan/tally.h"

/* A creation's place among those of its tenant. */
typedef struct vg_turn vg_turn;

/* For op->in.create.most, when all that are before it in `turns` have left. then(arg) follows from
 * a later turn; without room the children have failed with QUOTA and Qdrant's text. A name that is
 * there already is for the catalog to refuse. One that was cancelled ends when it would begin.
 * NULL: no memory, and the children have failed. */
vg_turn *vg_room_for_collection(vg_children *children, vg_list *turns, vg_children_fn *then,
                                void *arg);
/* The op has ended, and its arena is still there. */
void vg_room_leave(vg_turn *turn);

/* Points that it may add to a tenant that may have so many only; 0: no bound is to be looked at. */
uint64_t vg_room_points(const vg_op *op);
/* By what is known. FULL: the op's status says so. */
vg_tally_word vg_room_admit(vg_tally *tally, vg_op *op, uint64_t now_ns);
/* By counting all collections of the tenant. then(arg) follows from a later turn; the children have
 * failed, or the op is let through. */
void vg_room_count(vg_children *children, vg_tally *tally, vg_children_fn *then, void *arg);

#endif
