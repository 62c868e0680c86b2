/* See await.h. Who is done in a turn before the loop waits stops it, so that it does not wait. */
#include "cli/await.h"

static void on_done(vg_op *op)
{
    vg_await *await = op->done_arg;

    await->is_done = true;
    uv_stop(await->uv);
}

void vg_await_begin(vg_await *await, uv_loop_t *uv, vg_op *op)
{
    *await = (vg_await){.uv = uv};
    op->done = on_done;
    op->done_arg = await;
}

void vg_await_end(vg_await *await)
{
    while (!await->is_done)
        uv_run(await->uv, UV_RUN_ONCE);
}
