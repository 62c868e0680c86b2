/* Query parameters and path segments of Qdrant's routes (FACTS 1 and 2). Unknown parameters are no
 * fault; of a repeated one the last counts. What is wrong with a value is 400, in Qdrant's words.
 */
#ifndef FRONT_QDRANT_REST_PARAMS_H
#define FRONT_QDRANT_REST_PARAMS_H

#include "front/front.h"

/* Of writes on points: `wait` (into *wait, which comes false), `ordering`, and `timeout` as of
 * reads, which newer clients send (FACTS 13). On one node all orderings are equal. */
bool vg_params_write(const vg_front_in *in, vg_op *op, bool *wait, vg_status *status);
/* Of reads: `consistency`, and `timeout` in seconds, 1 or more. */
bool vg_params_read(const vg_front_in *in, vg_op *op, vg_status *status);
/* Of operations on collections: `timeout`; 0 is out of range. */
bool vg_params_change(const vg_front_in *in, vg_op *op, vg_status *status);

/* The point id of a path. */
bool vg_params_id(vg_arena *arena, vg_slice text, vg_point_id *out, vg_status *status);

#endif
