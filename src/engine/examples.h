/* The vectors that a query asks with: its own, or those of its examples, each given in the request
 * or stored with a point; and which points are left out for that. */
#ifndef ENGINE_EXAMPLES_H
#define ENGINE_EXAMPLES_H

#include "engine/look.h"

typedef struct vg_examples {
    /* Nearest: one. Average, best score, sum: the positives, then the negatives. Discovery,
     * context: pair by pair; then the target. */
    const vg_vector *at;
    const vg_role *roles;
    uint32_t count, positive_count;
    const vg_point_id *except; /* as vg_nearest has them */
    uint32_t except_count;
} vg_examples;

/* Does it name a point? */
bool vg_examples_need_disk(const vg_search *query);
/* Of a query that vg_search_lacks() nothing, as they are in this state of the collection; what
 * the request gave is not looked at, and stays its own. NOT_FOUND (a point, its vector), TOO_LARGE,
 * BACKEND_ERROR. */
bool vg_examples_find(vg_look *look, const vg_search *query, uint32_t place, vg_examples *out);

#endif
