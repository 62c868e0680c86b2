/* An op that is more than its backend takes in one call, cut into parts that it takes: changes of
 * points, GET, SEARCH and QUERY. Pure; any thread.
 *
 *     UPSERT of 5 points, 2 at once      [0 1] [2 3] [4]                 side by side
 *     BATCH of updates                   (0 1) | [2: 0 1] [2: 2] | (3)   from | to | in order
 *
 * Of what is cut each id is sent once: of an UPSERT the last point of that id, else the first. Only
 * UPDATE_VECTORS does for a repeated id all that it says: such parts go one after the other. */
#ifndef PLAN_PARTS_H
#define PLAN_PARTS_H

#include "plan/limits.h"

typedef enum vg_part_fate {
    VG_PART_UNSENT,
    VG_PART_APPLIED,
    VG_PART_REFUSED,
    VG_PART_UNCLEAR, /* it failed, and may have been applied all the same */
} vg_part_fate;

typedef struct vg_part {
    uint32_t first, count; /* of a list: the points or ids of an update; the ids or queries of a
                              read; is_whole: of the op's updates, none of which is cut */
    uint32_t update;       /* the one whose list it is; is_whole: the first */
    bool is_whole;
    bool waits;        /* until all parts before it have ended well */
    vg_part_fate fate; /* whoever sends it knows */
} vg_part;

typedef struct vg_parts {
    vg_part *at;
    uint32_t count;
    const vg_update *updates; /* as they are to be sent */
    const vg_point_id *ids;   /* of a GET: the same */
} vg_parts;

/* In the op's arena. False: TOO_LARGE, something that cannot be cut is more than one call takes, or
 * there is no memory. */
bool vg_parts_cut(const vg_op *op, const vg_limits *limits, vg_parts *out, vg_status *status);

/* Is it of the same update as the part before it? */
bool vg_parts_goes_on(const vg_parts *parts, uint32_t i);

#endif
