/* Payloads and vectors of points whose ids are known: by GET, as few as the backend takes the ids.
 * A point that is gone meanwhile is left out, so that what is answered was there.
 *
 *     send ─▶ (the children run) ─▶ take */
#ifndef PLAN_FILL_H
#define PLAN_FILL_H

#include "plan/children.h"

typedef struct vg_fill {
    vg_points *lists; /* the points meant; a point may be in several */
    uint32_t list_count;
    vg_payload_selector with_payload;
    vg_vector_selector with_vectors;
    const vg_collection *collection; /* NULL: the op's */
    vg_op **children_of_it;          /* fill.c's, as what follows */
    uint32_t child_count, id_count;
    const vg_point_id *ids;
} vg_fill;

/* Is there anything that a GET would add? */
bool vg_fill_is_needed(const vg_payload_selector *payload, const vg_vector_selector *vectors);
/* Adds the children; false: a failure is told. */
bool vg_fill_send(vg_children *children, vg_fill *fill);
/* After they have ended well. The lists become others; a payload or vectors that were there and are
 * not asked for go. False: a failure is told. */
bool vg_fill_take(vg_children *children, vg_fill *fill);
/* A point of what came; NULL: it is gone, or was not asked for. */
const vg_point *vg_fill_find(const vg_fill *fill, const vg_point_id *id);

#endif
