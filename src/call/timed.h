/* What op->timing is told of a call; only where there is one. Inside src/call only. */
#ifndef CALL_TIMED_H
#define CALL_TIMED_H

#include "call/runner.h"

/* The call is in another phase, perhaps. */
void vg_timed_phase(vg_call *call);
/* What is known of an exchange only while its ending is there. */
void vg_timed_reply(vg_call *call, const vg_ending *ending);
/* It ended so. */
void vg_timed_exchange(const vg_call *call, vg_code code);

#endif
