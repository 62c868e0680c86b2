/* Steps that must not run on the loop, for they have much to read or to write, and the bodies that
 * they read. Inside src/call only. */
#ifndef CALL_THINK_H
#define CALL_THINK_H

#include "call/runner.h"

/* Is there so much in this op that its first step belongs on a pool? */
bool vg_think_is_heavy(const vg_runner *runner, const vg_op *op);
/* Is the step that comes one of those? */
bool vg_think_is_long(const vg_call *call);
/* The adapter's next step, here and now; any thread. */
void vg_think_step(vg_call *call);
/* The same on VG_POOL_CODEC, until call->thought runs on the loop. False: its queue is full. */
bool vg_think_post(vg_call *call);
/* Behind such a step, or instead of it. */
void vg_think_drop_body(vg_call *call);

/* The reply is what the next step reads; a large body is taken over for it. False: no memory. */
bool vg_think_receive(vg_call *call, const vg_ending *ending);

#endif
