/* What is told of a call that ended without the adapter's word: transport faults and early ends;
 * and what is to be added to the adapter's, of a write that may have been done all the same
 * (status.is_unclear). Inside src/call only. */
#ifndef CALL_STORY_H
#define CALL_STORY_H

#include "call/runner.h"

/* The adapter's failure stands. After a write of which nobody knows what became, it says so, too.
 */
void vg_story_failed(vg_call *call);
/* The exchange under way brought no whole reply. */
void vg_story_fault(vg_call *call, const vg_ending *ending);
/* The call was cancelled, or its deadline has passed. */
void vg_story_cancelled(vg_call *call, vg_code why);
/* The gateway had no room for it. `what` is a literal. */
void vg_story_refused(vg_call *call, vg_code code, vg_slice what);
/* The same, and when it may come again. */
void vg_story_held_back(vg_call *call, vg_code code, uint32_t wait_ms, vg_slice what);
/* The breaker is open, for so long; the last failure was this. */
void vg_story_left_alone(vg_call *call, uint32_t wait_ms, vg_fault fault, vg_code code);

#endif
