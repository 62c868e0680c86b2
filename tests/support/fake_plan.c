/* See fake_plan.h. */
#include "tests/support/fake_plan.h"

#include "base/check.h"

static vg_op *waiting;
static vg_code cancelled;
static uint32_t started;

void vg_plan_start(vg_plan *plan, vg_op *op)
{
    (void)plan;
    VG_CHECK(!waiting && op->magic == VG_OP_MAGIC && op->done);
    waiting = op;
    cancelled = VG_OK;
    started++;
}

void vg_plan_cancel(vg_plan *plan, vg_op *op, vg_code why)
{
    (void)plan;
    VG_CHECK(op == waiting && cancelled == VG_OK);
    cancelled = why;
}

vg_op *fake_plan_op(void)
{
    return waiting;
}

void fake_plan_finish(void)
{
    vg_op *op = waiting;

    waiting = NULL;
    op->done(op);
}

vg_code fake_plan_cancelled(void)
{
    return cancelled;
}

uint32_t fake_plan_started(void)
{
    uint32_t n = started;

    started = 0;
    return n;
}
