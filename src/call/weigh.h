/* What an operation weighs: about as many bytes as an adapter has to write for it as JSON, and
 * never fewer, as long as text goes through as it came. For the runner, which lets a pool write
 * what is heavy, and for the plan, which cuts what is more than a backend takes in one call. Pure.
 */
#ifndef CALL_WEIGH_H
#define CALL_WEIGH_H

#include "vecgate/op.h"

/* All of the op's vectors, payloads, ids and filters. Stops counting at `enough`. */
size_t vg_weigh(const vg_op *op, size_t enough);

size_t vg_weigh_id(const vg_point_id *id);
size_t vg_weigh_point(const vg_point *point);
/* What a change weighs beside its points and ids. */
size_t vg_weigh_frame(const vg_update *update);
size_t vg_weigh_update(const vg_update *update, size_t enough);
size_t vg_weigh_search(const vg_search *search);
size_t vg_weigh_query(const vg_query *query);

#endif
