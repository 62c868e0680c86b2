/* Awaits one operation by turning the loop, for commands that do nothing meanwhile: begin, give the
 * op away, end. */
#ifndef CLI_AWAIT_H
#define CLI_AWAIT_H

#include <uv.h>

#include "vecgate/op.h"

typedef struct vg_await {
    uv_loop_t *uv;
    bool is_done;
} vg_await;

/* Sets op->done and what belongs to it. `await` stays where it is until the end. */
void vg_await_begin(vg_await *await, uv_loop_t *uv, vg_op *op);
/* Blocks until the op is done. Something else must keep the loop awake if only threads wake it. */
void vg_await_end(vg_await *await);

#endif
