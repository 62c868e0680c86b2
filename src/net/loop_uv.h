/* Drives a vg_loop (base/loop.h) from a uv_loop_t: turns it before and after each poll, keeps one
 * timer for what is due next, and lets other threads wake it. Its clock is read once between two
 * polls. What one pass of the loop took without the waiting becomes loop_turn_max_seconds, what it
 * had of a CPU meanwhile loop_turn_cpu_max_seconds. */
#ifndef NET_LOOP_UV_H
#define NET_LOOP_UV_H

#include <uv.h>

#include "base/loop.h"
#include "observe/metrics.h"

typedef struct vg_loop_uv vg_loop_uv;

/* NULL when memory or descriptors are gone. `uv` is made (uv_loop_init) after the fork and not
 * running yet; it and `metrics` (NULL: none are kept) outlive this. What is posted keeps uv_run()
 * alive, timers do not. */
vg_loop_uv *vg_loop_uv_open(uv_loop_t *uv, vg_metrics *metrics);
vg_loop *vg_loop_uv_loop(const vg_loop_uv *self);
/* Nothing may be posted or started any more. Freed once `uv` has run the closing of its handles:
 * run it once more before uv_loop_close(). */
void vg_loop_uv_close(vg_loop_uv *self);

#endif
