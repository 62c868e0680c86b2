/* What the tests of the plan's checks share: what is said of an op, by a backend with such
 * capabilities. */
#ifndef VG_TESTS_UNIT_PLAN_CHECK_SAY_H
#define VG_TESTS_UNIT_PLAN_CHECK_SAY_H

#include "plan/check.h"

extern const vg_collection check_a4;    /* "a": one unnamed vector of four numbers */
extern const vg_capabilities check_all; /* all but named vectors and order */

/* "ok", or "<code> <where>: <what>". The backend has few kinds of operations: UPSERT, DELETE,
 * DELETE_VECTORS, CREATE_INDEX. Valid until the next call. */
const char *check_say(vg_op *op, const vg_capabilities *can);
/* A vector of so many numbers. */
vg_vector check_of(uint32_t count);

#endif
