/* Ops that are more than the backend takes in one call: sent in parts (parts.h), a few side by
 * side, whose answers become one.
 *
 *     cut ─▶ send some ─▶ (they have ended well) ─▶ send some … ─▶ gather ─▶ done
 *
 * A read fails with the first part that fails. A change that fails ends with the status of the part
 * that failed first; nothing more is sent, what is under way runs to its end, and the text names
 * the points that are not applied. Points that are not there fail no part: as in one call, the
 * others are changed, and then the op ends with NOT_FOUND. */
#ifndef PLAN_SPLIT_H
#define PLAN_SPLIT_H

#include "plan/children.h"
#include "plan/parts.h"

enum { VG_SPLIT_AT_ONCE = 4 };

/* An UPSERT to BATCH, GET, SEARCH or QUERY. One that fits after all goes as it is. */
void vg_split_run(vg_children *children);

/* split_story.c: `what`, and then what became of the parts of a change: which points are not
 * applied, or perhaps, as far as there is room for their ids; and whether others are. In the op's
 * arena; without memory `what` itself. */
vg_slice vg_split_story(const vg_op *op, const vg_parts *parts, vg_slice what);

#endif
