/* A plan that does nothing by itself: it holds the op that was started last until the test ends it.
 */
#ifndef VG_TESTS_SUPPORT_FAKE_PLAN_H
#define VG_TESTS_SUPPORT_FAKE_PLAN_H

#include "plan/plan.h"

/* The op that waits; NULL when none does. */
vg_op *fake_plan_op(void);
/* Ends it as its status says. */
void fake_plan_finish(void);
/* What it was cancelled with; VG_OK: it was not. */
vg_code fake_plan_cancelled(void);
/* Ops started since the last call. */
uint32_t fake_plan_started(void);

#endif
