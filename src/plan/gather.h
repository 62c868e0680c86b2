/* Hits into groups by the value of a payload field (FACTS 6): keywords and integers only; a point
 * with several values is in each of their groups, once. Pure; any thread. */
#ifndef PLAN_GATHER_H
#define PLAN_GATHER_H

#include "vecgate/op.h"
#include "vecgate/payload_path.h"

typedef struct vg_gathered {
    vg_match_value value;
    vg_slice key;   /* gather.c's: the value as bytes */
    vg_point *hits; /* best first */
    uint32_t count, room;
    bool is_closed; /* it is as it is to be */
} vg_gathered;

typedef struct vg_gather {
    vg_arena *arena;
    vg_path path;
    uint32_t limit, size; /* so many groups, of so many hits */
    vg_gathered *groups;  /* by their best hit */
    uint32_t count, room;
} vg_gather;

/* Puts hits, best first, into the groups that are open, and into new ones until there are `limit`.
 * Each hit's payload holds the field; what is no JSON object has no value. Beginning anew with a
 * longer list of the same hits: vg_gather_empty_open() first. False: memory is gone. */
bool vg_gather_add(vg_gather *gather, const vg_points *hits);
/* Closes the groups that are full; answers how many are open. */
uint32_t vg_gather_close_full(vg_gather *gather);
/* Empties the open groups, to be filled anew. */
void vg_gather_empty_open(vg_gather *gather);
/* Can nothing change any more: are there `limit` groups, all closed? */
bool vg_gather_is_complete(const vg_gather *gather);

#endif
