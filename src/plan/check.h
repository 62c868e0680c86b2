/* What is checked once for every backend: names and dimensions of vectors, and what the backend
 * said that it can do. Pure. A kind of operation that the backend lacks altogether is the runner's
 * to refuse; within a batch it is refused here. Places are told in the words of the native API, the
 * only one that tells them. */
#ifndef PLAN_CHECK_H
#define PLAN_CHECK_H

#include "vecgate/vector_backend.h"

/* A collection about to be made. */
bool vg_check_spec(const vg_op *op, const vg_adapter *adapter, vg_status *status);
/* An op on points, with its collection known. False: the status says what does not fit, and where.
 */
bool vg_check_points(const vg_op *op, const vg_adapter *adapter, vg_status *status);
/* A vector that only now became an example for queries of the op: is it one for the collection's
 * vector of that name? */
bool vg_check_example(const vg_op *op, vg_slice using_name, const vg_vector *vector,
                      vg_status *status);

#endif
