/* Which ids of a list come more than once. Pure; any thread. */
#ifndef PLAN_DISTINCT_H
#define PLAN_DISTINCT_H

#include "vecgate/point.h"

typedef struct vg_placed_id {
    const vg_point_id *id;
    uint32_t place; /* in the list: 0, 1, … */
} vg_placed_id;

/* Marks in `repeats`, a cleared one for each place, all but the first of equal ids (keeps_last: all
 * but the last); answers how many. `at` is in the order of places, and may be sorted here. */
uint32_t vg_distinct_mark(vg_placed_id *at, uint32_t count, bool keeps_last, bool *repeats);

#endif
