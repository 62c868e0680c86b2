/* A hedge: a second try of the same op beside the first. It is a call of its own, with its own
 * scratch, exchange and timers, that shares only the op, which nobody changes. One of the two wins
 * as a whole; the op goes back when both have ended, for what is under way still reads the op.
 *
 *     lead   ────────(late)──────────── … ──▶ SETTLE ─▶ join ─▶ op->done()
 *     hedge            └─▶ ASK ─▶ DELIVER ─▶ SETTLE ─▶ join
 *
 * Who settles first with an answer of the backend's wins, and the other is stopped; a failure that
 * might be another one's luck waits for the other. Inside src/call only. */
#ifndef CALL_TWIN_H
#define CALL_TWIN_H

#include "call/runner.h"

/* A second try for the lead, ready for its first step. NULL: no memory. */
vg_call *vg_twin_new(vg_call *lead);
/* One has settled. Answers the lead, with the try that won, once both have; till then NULL. */
vg_call *vg_twin_join(vg_call *call);

#endif
