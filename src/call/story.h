/* What is told of a call that ended without the adapter's word: transport faults and early ends.
 * Inside src/call only. */
#ifndef CALL_STORY_H
#define CALL_STORY_H

#include "call/runner.h"

/* The exchange under way brought no whole reply. */
void vg_story_fault(vg_call *call, const vg_ending *ending);
/* The call was cancelled, or its deadline has passed. */
void vg_story_cancelled(vg_call *call, vg_code why);
/* The gateway had no room for it. `what` is a literal. */
void vg_story_refused(vg_call *call, vg_code code, vg_slice what);

#endif
