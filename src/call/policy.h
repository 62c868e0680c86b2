/* The policies of a backend as a call meets them: asks the pure modules (breaker, retry, quota,
 * admit, hedge) with the loop's time and the op's chance, tells the story of a refusal, and counts.
 * A runner without vg_resilience has none: everything passes, nothing is repeated. Inside src/call
 * only. */
#ifndef CALL_POLICY_H
#define CALL_POLICY_H

#include "call/runner.h"

void vg_policy_init(vg_runner *runner);

/* Takes the op's token and marks it; false: there is none, and op->status says so. */
bool vg_policy_pay(vg_runner *runner, vg_op *op);
/* ADMIT: breaker, quota (once for an op), a place in flight. REFUSED: the story is told. WAITS:
 * call->admitted is posted when there is a place, or with the story of why there is none. */
vg_admission vg_policy_enter(vg_call *call);
/* A call that waits does so no longer, and call->admitted is posted; others: no effect. */
void vg_policy_stop_waiting(vg_call *call);
/* Gives the place back, to whoever waits for it. */
void vg_policy_leave(vg_call *call);
/* Lets in who may go in now: there are more places than there were. */
void vg_policy_reconsider(vg_runner *runner);

/* Before each sending. False: the breaker is open, the story is told. */
bool vg_policy_may_send(vg_call *call);
/* An exchange that was sent has ended so: once for each. */
void vg_policy_learn(vg_call *call, vg_code code);
/* The exchange failed, as try.status says: is it to be sent again, after how long? */
bool vg_policy_repeats(vg_call *call, uint32_t *wait_ms);

/* A read begins: when a second try is due; 0: never. */
uint64_t vg_policy_hedge_due_ns(vg_call *call);
/* It is due: may it go? True: it is counted, and has a place in flight. */
bool vg_policy_may_hedge(vg_call *call);
void vg_policy_forgo_hedge(vg_call *call); /* it cannot go after all */
/* A call ended well: so long took what was asked. */
void vg_policy_learn_latency(vg_call *call);

#endif
