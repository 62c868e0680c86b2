/* The runner: one op through an adapter's steps, in phases that read from top to bottom.
 *
 *     vg_call_start() ─▶ ADMIT ─(on_admitted)─▶ ASK ─▶ HEED ─▶ DELIVER ─(on_reply)─▶ ASK …
 *                          │                     │      │           └──(a fault)───▶ RETRY
 *                      (refused)             (much to   ├─▶ REST ─(on_rested)─▶ ASK …
 *                          ▼                  code)     ├─(it failed)─▶ RETRY
 *                        SETTLE               THINK     └─▶ SETTLE ─(a turn)─▶ op->done()
 *                                                └─(on_thought)─▶ HEED
 *     RETRY ─▶ REST ─(on_rested)─▶ DELIVER     or     RETRY ─▶ SETTLE
 *
 * The adapter's step says what comes next; HEED does it. What was cancelled is asked nothing new
 * and sends nothing more, but a reply that came whole is still understood. An exchange that failed,
 * by a fault or by what the adapter read in its reply, goes to RETRY: the same again, or SETTLE. */
#include "call/call.h"

#include "base/check.h"
#include "call/policy.h"
#include "call/story.h"
#include "call/think.h"
#include "call/twin.h"

enum { MOST_RESTARTS = 3 };

typedef enum motion { PARKED, GO_ON } motion;
typedef motion phase_fn(vg_call *c);

static phase_fn admit, ask_adapter, think, heed, deliver, retry, rest, settle; /* in that order */

static phase_fn *const phases[VG_PHASES] = {
    [VG_PHASE_ADMIT] = admit,     /* in, refused, or until on_admitted()    */
    [VG_PHASE_ASK] = ask_adapter, /* here, or it goes on to THINK           */
    [VG_PHASE_THINK] = think,     /* on a pool, until on_thought()          */
    [VG_PHASE_HEED] = heed,       /* to DELIVER, REST, SETTLE or ASK        */
    [VG_PHASE_DELIVER] = deliver, /* with the transport, until on_reply()   */
    [VG_PHASE_RETRY] = retry,     /* to REST and then DELIVER, or SETTLE    */
    [VG_PHASE_REST] = rest,       /* until on_rested()                      */
    [VG_PHASE_SETTLE] = settle,   /* counted; op->done() in a turn to come  */
};

static void run(vg_call *c) /* the last line of whatever moves a call */
{
    do
        vg_runner_note_phase(c);
    while (phases[c->phase](c) == GO_ON);
}

static vg_loop *loop_of(const vg_call *c)
{
    return c->runner->parts.loop;
}

static bool is_late(const vg_call *c)
{
    return vg_loop_now_ns(loop_of(c)) >= c->op->deadline_ns;
}

static motion end(vg_call *c)
{
    c->phase = VG_PHASE_SETTLE;
    return GO_ON;
}

static motion give_up(vg_call *c)
{
    vg_story_cancelled(c, c->cancelled != VG_OK ? c->cancelled : VG_DEADLINE);
    return end(c);
}

static motion mistake(vg_call *c, vg_slice what)
{
    vg_story_refused(c, VG_INTERNAL, what);
    return end(c);
}

/* --- ADMIT ----------------------------------------------------------------------------------- */

/* The second try begins at its first step: it has its place already. */
static void on_hedge(vg_timer *timer)
{
    vg_call *c = vg_container_of(timer, vg_call, hedge), *hedge;

    if (c->cancelled != VG_OK || !vg_policy_may_hedge(c))
        return;
    hedge = vg_twin_new(c);
    if (hedge == NULL) {
        vg_policy_forgo_hedge(c);
        return;
    }
    hedge->phase = VG_PHASE_ASK;
    run(hedge);
}

static motion go_in(vg_call *c)
{
    uint64_t hedge_ns = vg_policy_hedge_due_ns(c);

    c->hedge.on_timer = on_hedge;
    if (hedge_ns > 0)
        vg_timer_start(loop_of(c), &c->hedge, hedge_ns);
    c->phase = VG_PHASE_ASK;
    return GO_ON;
}

/* There is a place now, or none is to be had, or it was cancelled. */
static void on_admitted(vg_task *task)
{
    vg_call *c = vg_container_of(task, vg_call, admitted);

    VG_CHECK(c->magic == VG_CALL_MAGIC && c->phase == VG_PHASE_ADMIT);
    if (c->try.status.code != VG_OK)
        end(c);
    else if (c->cancelled != VG_OK)
        give_up(c);
    else
        go_in(c);
    run(c);
}

static motion admit(vg_call *c)
{
    if (c->cancelled != VG_OK)
        return give_up(c);
    c->admitted.run = on_admitted;
    switch (vg_policy_enter(c)) {
    case VG_ADMIT_IN:
        return go_in(c);
    case VG_ADMIT_WAITS:
        return PARKED;
    default:
        return end(c);
    }
}

/* --- ASK and THINK --------------------------------------------------------------------------- */

static motion ask_adapter(vg_call *c)
{
    if (c->reply == NULL && c->cancelled != VG_OK)
        return give_up(c);
    if (vg_think_is_long(c)) {
        c->phase = VG_PHASE_THINK;
        return GO_ON;
    }
    vg_think_step(c);
    c->phase = VG_PHASE_HEED;
    return GO_ON;
}

static void on_thought(vg_task *task)
{
    vg_call *c = vg_container_of(task, vg_call, thought);

    VG_CHECK(c->magic == VG_CALL_MAGIC && c->phase == VG_PHASE_THINK);
    vg_think_drop_body(c);
    c->phase = VG_PHASE_HEED;
    run(c);
}

static motion think(vg_call *c)
{
    c->thought = (vg_task){.run = on_thought};
    if (vg_think_post(c))
        return PARKED;
    vg_think_drop_body(c);
    vg_story_refused(
        c, VG_OVERLOADED,
        VG_LIT("too many large requests and answers wait to be coded, try again soon"));
    vg_runner_note_exchange(c, VG_OVERLOADED);
    return end(c);
}

/* --- HEED ------------------------------------------------------------------------------------ */

static bool is_sendable(const vg_call *c)
{
    const vg_exchange *x = &c->exchange;

    if (x->name == NULL || x->via != c->runner->parts.backend->adapter->via)
        return false;
    if (x->via == VG_VIA_HTTP)
        return x->as.http.method != NULL && x->as.http.target.len > 0;
    if (x->via == VG_VIA_PG)
        return x->as.pg.statements != NULL && x->as.pg.count > 0;
    return x->via == VG_VIA_LOCAL && x->as.local.work != NULL;
}

static motion heed_send(vg_call *c)
{
    if (!is_sendable(c))
        return mistake(c, VG_LIT("the adapter asked for an exchange and gave none"));
    c->retries = c->throttled = 0;
    c->phase = VG_PHASE_DELIVER;
    return GO_ON;
}

/* As the adapter says of the last one, if it does. */
static motion lose(vg_call *c)
{
    vg_status *status = &c->try.status;

    if (status->code == VG_OK) {
        vg_story_refused(c, VG_CONFLICT,
                         VG_LIT("the operation was begun again three times and lost each race"));
        return end(c);
    }
    status->what = vg_arena_printf(c->try.scratch, VG_FMT ", each time that it was begun",
                                   VG_ARG(vg_status_what(status)));
    vg_story_failed(c);
    return end(c);
}

/* A scratch of its own again, and nothing remembered: stage 0. */
static motion heed_again(vg_call *c)
{
    vg_arena *scratch;

    if (++c->restarts > MOST_RESTARTS)
        return lose(c);
    scratch = vg_arena_new(c->runner->parts.scratch_bytes);
    if (scratch == NULL) {
        vg_story_refused(c, VG_OVERLOADED, (vg_slice){0});
        return end(c);
    }
    vg_arena_free(c->try.scratch);
    c->try = (vg_try){.scratch = scratch};
    c->reply = NULL;
    c->phase = VG_PHASE_ASK;
    return GO_ON;
}

/* Of a reply, or of the adapter's own: then there is nothing to send again. */
static motion heed_fail(vg_call *c, bool had_reply)
{
    if (c->try.status.code == VG_OK)
        return mistake(c, VG_LIT("the adapter failed without saying why"));
    if (c->try.status.code == VG_CANCELLED && c->cancelled != VG_OK)
        return give_up(c); /* the reason is ours: it was told to stop */
    vg_story_failed(c);
    c->phase = had_reply ? VG_PHASE_RETRY : VG_PHASE_SETTLE;
    return GO_ON;
}

static motion heed_done(vg_call *c)
{
    c->try.status = (vg_status){0};
    return end(c);
}

static motion heed(vg_call *c)
{
    bool had_reply = c->reply != NULL;

    c->reply = NULL;
    vg_runner_note_exchange(c, c->next == VG_FAIL ? c->try.status.code : VG_OK);
    if (c->next == VG_DONE)
        return heed_done(c);
    if (c->next == VG_FAIL)
        return heed_fail(c, had_reply);
    if (c->cancelled != VG_OK || is_late(c))
        return give_up(c);
    switch (c->next) {
    case VG_SEND:
        return heed_send(c);
    case VG_AGAIN:
        return heed_again(c);
    case VG_WAIT:
        c->after_rest = VG_PHASE_ASK;
        c->phase = VG_PHASE_REST;
        return GO_ON;
    default:
        return mistake(c, VG_LIT("the adapter said something that does not exist"));
    }
}

/* --- DELIVER --------------------------------------------------------------------------------- */

static void receive(vg_call *c, const vg_ending *ending)
{
    c->phase = VG_PHASE_ASK;
    if (vg_think_receive(c, ending))
        return;
    vg_story_refused(c, VG_TOO_LARGE,
                     VG_LIT("the backend's reply does not fit into a try's memory"));
    vg_runner_note_exchange(c, VG_TOO_LARGE);
    end(c);
}

static void remember_write(vg_call *c, const vg_ending *ending)
{
    if (!c->exchange.writes || (ending->reply == NULL && !ending->was_sent))
        return;
    c->wrote = true;
    c->is_unclear = c->is_unclear || ending->reply == NULL;
    c->is_repeatable = c->is_repeatable && c->exchange.repeat == VG_REPEAT_ALWAYS;
}

static void on_reply(void *arg, const vg_ending *ending)
{
    vg_call *c = arg;

    VG_CHECK(c->magic == VG_CALL_MAGIC && c->phase == VG_PHASE_DELIVER);
    remember_write(c, ending);
    vg_runner_note_reply(c, ending);
    if (ending->reply != NULL && ending->fault == VG_FAULT_NONE) {
        receive(c, ending);
    } else {
        vg_story_fault(c, ending);
        vg_runner_note_exchange(c, c->try.status.code);
        c->phase = VG_PHASE_RETRY;
    }
    run(c);
}

static motion deliver(vg_call *c)
{
    vg_transport *transport = c->runner->parts.transport;

    if (c->cancelled != VG_OK) /* while it rested before a retry */
        return give_up(c);
    if (!vg_policy_may_send(c))
        return end(c);
    c->exchange.deadline_ns = c->op->deadline_ns;
    vg_runner_note_sent(c);
    transport->send(transport, vg_spans_send(c), on_reply, c);
    return PARKED;
}

/* --- RETRY ----------------------------------------------------------------------------------- */

/* Stage and scratch are as they were when the exchange was made: it alone is sent again. */
static motion retry(vg_call *c)
{
    uint32_t wait_ms;

    if (!vg_policy_repeats(c, &wait_ms))
        return end(c);
    c->try.status = (vg_status){0};
    c->exchange = c->replied;
    c->exchange.wait_ms = wait_ms;
    c->attempt++;
    c->after_rest = VG_PHASE_DELIVER;
    c->phase = VG_PHASE_REST;
    return GO_ON;
}

/* --- REST ------------------------------------------------------------------------------------ */

static void on_rested(vg_timer *timer)
{
    vg_call *c = vg_container_of(timer, vg_call, rest);

    VG_CHECK(c->magic == VG_CALL_MAGIC && c->phase == VG_PHASE_REST);
    c->phase = c->after_rest;
    run(c);
}

static motion rest(vg_call *c)
{
    uint64_t due_ns = vg_loop_now_ns(loop_of(c)) + (uint64_t)c->exchange.wait_ms * 1000000;

    c->rest.on_timer = on_rested;
    vg_timer_start(loop_of(c), &c->rest, due_ns); /* the deadline cuts it short, as cancel() does */
    return PARKED;
}

/* --- SETTLE ---------------------------------------------------------------------------------- */

static void on_settled(vg_task *task)
{
    vg_call *c = vg_container_of(task, vg_call, settled);
    vg_op *op = c->op;

    vg_runner_give_call(c);
    op->done(op);
}

static void free_scratch(void *scratch)
{
    vg_arena_free(scratch);
}

/* What did not fit because others hold the memory is not too large. */
static void blame_crowd(vg_call *c)
{
    if (c->try.status.code == VG_TOO_LARGE && c->try.scratch != NULL &&
        vg_arena_is_starved(c->try.scratch))
        c->try.status = (vg_status){.code = VG_OVERLOADED,
                                    .what = VG_LIT(VG_STARVED),
                                    .retry_after_ms = 1000,
                                    .is_unclear = c->try.status.is_unclear};
}

/* Result and status are the op's now, and so is the scratch that they live in. */
static void hand_over(vg_call *c)
{
    vg_op *op = c->op;

    blame_crowd(c);
    op->status = c->try.status;
    if (op->status.code == VG_OK)
        op->out = c->try.result;
    if (c->try.scratch == NULL || vg_arena_defer(op->arena, free_scratch, c->try.scratch))
        return;
    vg_arena_free(c->try.scratch);
    op->out = (vg_op_result){0};
    op->status = (vg_status){.code = VG_TOO_LARGE, .is_unclear = c->wrote};
    op->status.what = VG_LIT("the answer does not fit into the memory of one request");
}

static motion settle(vg_call *c)
{
    vg_policy_leave(c);
    c = vg_twin_join(c);
    if (c == NULL)
        return PARKED; /* for the other of the two tries */
    vg_timer_stop(loop_of(c), &c->deadline);
    vg_timer_stop(loop_of(c), &c->hedge);
    hand_over(c);
    vg_policy_learn_latency(c);
    vg_runner_note_settled(c);
    c->settled = (vg_task){.run = on_settled};
    vg_loop_post(loop_of(c), &c->settled);
    return PARKED;
}

/* --- the way in, and the early way out ------------------------------------------------------- */

void vg_call_stop(vg_call *c, vg_code why)
{
    vg_transport *transport = c->runner->parts.transport;

    if (c->cancelled == VG_OK)
        c->cancelled = why; /* the first reason stands */
    if (c->phase == VG_PHASE_ADMIT)
        vg_policy_stop_waiting(c);
    else if (c->phase == VG_PHASE_DELIVER && (!c->exchange.writes || why == VG_DEADLINE))
        transport->stop(transport, c);
    else if (c->phase == VG_PHASE_REST)
        vg_timer_start(loop_of(c), &c->rest, 0);
}

static void cancel(vg_call *lead, vg_code why)
{
    if (lead->twin != NULL)
        vg_call_stop(lead->twin, why);
    vg_call_stop(lead, why);
}

static void on_deadline(vg_timer *timer)
{
    cancel(vg_container_of(timer, vg_call, deadline), VG_DEADLINE);
}

void vg_call_cancel(vg_op *op, vg_code why)
{
    if (op->call != NULL)
        cancel(op->call, why);
}

static bool open_try(vg_call *c)
{
    const vg_runner_parts *parts = &c->runner->parts;
    const vg_adapter *adapter = parts->backend->adapter;

    if ((unsigned)c->op->kind >= VG_OP_KINDS || adapter->ops[c->op->kind] == NULL) {
        vg_story_refused(c, VG_UNSUPPORTED, VG_LIT("this backend does not have that operation"));
        return false;
    }
    c->try.scratch = vg_arena_new(parts->scratch_bytes);
    if (c->try.scratch == NULL)
        vg_story_refused(c, VG_OVERLOADED, (vg_slice){0});
    return c->try.scratch != NULL;
}

bool vg_call_pay(vg_runner *runner, vg_op *op)
{
    return vg_policy_pay(runner, op);
}

void vg_call_start(vg_runner *runner, vg_op *op)
{
    vg_call *c;

    VG_CHECK(op->magic == VG_OP_MAGIC && op->call == NULL);
    c = vg_runner_take_call(runner, op);
    op->call = c;
    c->started_ns = vg_loop_now_ns(runner->parts.loop);
    vg_runner_note_started(c);
    c->phase = open_try(c) ? VG_PHASE_ADMIT : VG_PHASE_SETTLE;
    c->is_heavy = vg_think_is_heavy(runner, op);
    c->deadline.on_timer = on_deadline;
    if (is_late(c))
        c->cancelled = VG_DEADLINE;
    else
        vg_timer_start(runner->parts.loop, &c->deadline, op->deadline_ns);
    run(c);
}
