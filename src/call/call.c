/* The runner: one op through an adapter's steps, in phases that read from top to bottom.
 *
 *     vg_call_start() ─▶ ASK ─▶ HEED ─▶ DELIVER ─(on_reply)──▶ ASK …
 *                         │      ├────▶ REST ────(on_rested)─▶ ASK …
 *                     (much to   └────▶ SETTLE ─(a turn)─▶ op->done()
 *                      code) THINK ─(on_thought)─▶ HEED
 *
 * The adapter's step says what comes next; HEED does it. What was cancelled is asked nothing new
 * and sends nothing more, but a reply that came whole is still understood. ADMIT (breaker, quota)
 * goes before the first ASK, RETRY between DELIVER and ASK, where a fault leads to SETTLE now. */
#include "call/call.h"

#include "base/check.h"
#include "call/runner.h"
#include "call/story.h"
#include "call/weigh.h"

enum { MOST_RESTARTS = 3 };

typedef enum motion { PARKED, GO_ON } motion;
typedef motion phase_fn(vg_call *c);

static phase_fn ask_adapter, think, heed, deliver, rest, settle; /* below, in the order they run */

static phase_fn *const phases[VG_PHASES] = {
    [VG_PHASE_ASK] = ask_adapter, /* here, or it goes on to THINK           */
    [VG_PHASE_THINK] = think,     /* on a pool, until on_thought()          */
    [VG_PHASE_HEED] = heed,       /* to DELIVER, REST, SETTLE or ASK        */
    [VG_PHASE_DELIVER] = deliver, /* with the transport, until on_reply()   */
    [VG_PHASE_REST] = rest,       /* until on_rested()                      */
    [VG_PHASE_SETTLE] = settle,   /* counted; op->done() in a turn to come  */
};

static void run(vg_call *c) /* the last line of whatever moves a call */
{
    while (phases[c->phase](c) == GO_ON)
        continue;
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

/* --- ASK and THINK --------------------------------------------------------------------------- */

static void step(vg_call *c)
{
    const vg_backend *backend = c->runner->parts.backend;

    c->exchange = (vg_exchange){0};
    c->next = backend->adapter->ops[c->op->kind](backend, c->op, &c->try, c->reply, &c->exchange);
}

/* Is there so much to read or to write that the loop must not do it? */
static bool takes_long(const vg_call *c)
{
    return c->has_body || (c->is_heavy && c->reply == NULL);
}

static motion ask_adapter(vg_call *c)
{
    if (c->reply == NULL && c->cancelled != VG_OK)
        return give_up(c);
    if (takes_long(c)) {
        c->phase = VG_PHASE_THINK;
        return GO_ON;
    }
    step(c);
    c->phase = VG_PHASE_HEED;
    return GO_ON;
}

static void on_pool(vg_work *work)
{
    step(vg_container_of(work, vg_call, thinking));
}

static void on_pool_finished(vg_work *work)
{
    vg_call *c = vg_container_of(work, vg_call, thinking);

    vg_loop_wake(loop_of(c), &c->thought);
}

static void drop_body(vg_call *c)
{
    if (c->has_body)
        vg_buf_fini(&c->body);
    c->has_body = false;
}

static void count_waiting(const vg_call *c)
{
    const vg_runner_parts *parts = &c->runner->parts;

    vg_metrics_set(parts->metrics, VG_M_pool_waiting, (vg_cell){.pool = VG_POOL_CODEC},
                   vg_pools_waiting(parts->pools, VG_POOL_CODEC));
}

static void on_thought(vg_task *task)
{
    vg_call *c = vg_container_of(task, vg_call, thought);

    VG_CHECK(c->magic == VG_CALL_MAGIC && c->phase == VG_PHASE_THINK);
    count_waiting(c);
    drop_body(c);
    c->phase = VG_PHASE_HEED;
    run(c);
}

static motion refuse_to_think(vg_call *c)
{
    vg_metrics_add(c->runner->parts.metrics, VG_M_pool_refused_total,
                   (vg_cell){.pool = VG_POOL_CODEC}, 1);
    drop_body(c);
    vg_story_refused(
        c, VG_OVERLOADED,
        VG_LIT("too many large requests and answers wait to be coded, try again soon"));
    vg_runner_note_exchange(c, VG_OVERLOADED);
    return end(c);
}

static motion think(vg_call *c)
{
    bool was_taken;

    c->thinking = (vg_work){.run = on_pool, .finished = on_pool_finished};
    c->thought = (vg_task){.run = on_thought};
    was_taken = vg_pools_post(c->runner->parts.pools, VG_POOL_CODEC, &c->thinking);
    count_waiting(c);
    return was_taken ? PARKED : refuse_to_think(c);
}

/* --- HEED ------------------------------------------------------------------------------------ */

static bool is_sendable(const vg_call *c)
{
    const vg_exchange *x = &c->exchange;

    if (x->name == NULL || x->via != c->runner->parts.backend->adapter->via)
        return false;
    if (x->via == VG_VIA_HTTP)
        return x->as.http.method != NULL && x->as.http.target.len > 0;
    return x->via == VG_VIA_LOCAL && x->as.local.work != NULL;
}

static motion heed_send(vg_call *c)
{
    if (!is_sendable(c))
        return mistake(c, VG_LIT("the adapter asked for an exchange and gave none"));
    c->phase = VG_PHASE_DELIVER;
    return GO_ON;
}

/* A scratch of its own again, and nothing remembered: stage 0. */
static motion heed_again(vg_call *c)
{
    vg_arena *scratch;

    if (++c->restarts > MOST_RESTARTS) {
        vg_story_refused(c, VG_CONFLICT,
                         VG_LIT("the operation was begun again three times and lost each race"));
        return end(c);
    }
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

static motion heed_fail(vg_call *c)
{
    if (c->try.status.code == VG_OK)
        return mistake(c, VG_LIT("the adapter failed without saying why"));
    if (c->try.status.code == VG_CANCELLED && c->cancelled != VG_OK)
        return give_up(c); /* the reason is ours: it was told to stop */
    return end(c);
}

static motion heed_done(vg_call *c)
{
    c->try.status = (vg_status){0};
    return end(c);
}

static motion heed(vg_call *c)
{
    c->reply = NULL;
    vg_runner_note_exchange(c, c->next == VG_FAIL ? c->try.status.code : VG_OK);
    if (c->next == VG_DONE)
        return heed_done(c);
    if (c->next == VG_FAIL)
        return heed_fail(c);
    if (c->cancelled != VG_OK || is_late(c))
        return give_up(c);
    switch (c->next) {
    case VG_SEND:
        return heed_send(c);
    case VG_AGAIN:
        return heed_again(c);
    case VG_WAIT:
        c->phase = VG_PHASE_REST;
        return GO_ON;
    default:
        return mistake(c, VG_LIT("the adapter said something that does not exist"));
    }
}

/* --- DELIVER --------------------------------------------------------------------------------- */

static bool copy_header(vg_arena *scratch, vg_header *to, const vg_header *from)
{
    to->name = vg_arena_copy(scratch, from->name);
    to->value = vg_arena_copy(scratch, from->value);
    return !vg_arena_is_spent(scratch);
}

/* Takes a large reply over, so that a pool can read it. False: no memory. */
static bool take_reply(vg_call *c, const vg_ending *ending)
{
    const vg_http_reply *http = &ending->reply->http;
    vg_header *headers = VG_TAKE_N(c->try.scratch, vg_header, (size_t)http->header_count + 1);

    if (headers == NULL)
        return false;
    for (uint32_t i = 0; i < http->header_count; i++) {
        if (!copy_header(c->try.scratch, &headers[i], &http->headers[i]))
            return false;
    }
    c->taken = *ending->reply;
    c->taken.http.headers = headers;
    c->reply = &c->taken;
    c->body = *ending->body;
    vg_buf_init(ending->body, 0);
    c->has_body = true;
    return true;
}

static bool is_for_a_pool(const vg_call *c, const vg_ending *ending)
{
    return c->runner->parts.pools != NULL && ending->body != NULL &&
           ending->reply->via == VG_VIA_HTTP && ending->reply->http.body.len > VG_CALL_LARGE;
}

static void receive(vg_call *c, const vg_ending *ending)
{
    c->phase = VG_PHASE_ASK;
    c->reply = ending->reply;
    if (!is_for_a_pool(c, ending) || take_reply(c, ending))
        return;
    vg_story_refused(c, VG_TOO_LARGE,
                     VG_LIT("the backend's reply does not fit into a try's memory"));
    vg_runner_note_exchange(c, VG_TOO_LARGE);
    c->phase = VG_PHASE_SETTLE;
}

static void remember_write(vg_call *c, const vg_ending *ending)
{
    if (!c->exchange.writes || (ending->reply == NULL && !ending->was_sent))
        return;
    c->wrote = true;
    c->is_repeatable = c->is_repeatable && c->exchange.repeat == VG_REPEAT_ALWAYS;
}

static void on_reply(void *arg, const vg_ending *ending)
{
    vg_call *c = arg;

    VG_CHECK(c->magic == VG_CALL_MAGIC && c->phase == VG_PHASE_DELIVER);
    remember_write(c, ending);
    vg_runner_note_reply(c, ending->fault);
    if (ending->reply != NULL && ending->fault == VG_FAULT_NONE) {
        receive(c, ending);
    } else {
        vg_story_fault(c, ending);
        vg_runner_note_exchange(c, c->try.status.code);
        c->phase = VG_PHASE_SETTLE;
    }
    run(c);
}

static motion deliver(vg_call *c)
{
    vg_transport *transport = c->runner->parts.transport;

    vg_runner_note_sent(c);
    transport->send(transport, &c->exchange, on_reply, c);
    return PARKED;
}

/* --- REST ------------------------------------------------------------------------------------ */

static void on_rested(vg_timer *timer)
{
    vg_call *c = vg_container_of(timer, vg_call, rest);

    VG_CHECK(c->magic == VG_CALL_MAGIC && c->phase == VG_PHASE_REST);
    c->phase = VG_PHASE_ASK;
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
        c->try.status =
            (vg_status){.code = VG_OVERLOADED, .what = VG_LIT(VG_STARVED), .retry_after_ms = 1000};
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
    op->status = (vg_status){.code = VG_TOO_LARGE};
    op->status.what = VG_LIT("the answer does not fit into the memory of one request");
}

static motion settle(vg_call *c)
{
    vg_timer_stop(loop_of(c), &c->deadline);
    hand_over(c);
    vg_runner_note_settled(c);
    c->settled = (vg_task){.run = on_settled};
    vg_loop_post(loop_of(c), &c->settled);
    return PARKED;
}

/* --- the way in, and the early way out ------------------------------------------------------- */

static void cancel(vg_call *c, vg_code why)
{
    vg_transport *transport = c->runner->parts.transport;

    if (c->cancelled == VG_OK)
        c->cancelled = why; /* the first reason stands */
    if (c->phase == VG_PHASE_DELIVER && (!c->exchange.writes || why == VG_DEADLINE))
        transport->stop(transport, c);
    else if (c->phase == VG_PHASE_REST)
        vg_timer_start(loop_of(c), &c->rest, 0);
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

void vg_call_start(vg_runner *runner, vg_op *op)
{
    vg_call *c;

    VG_CHECK(op->magic == VG_OP_MAGIC && op->call == NULL);
    c = vg_runner_take_call(runner, op);
    c->started_ns = vg_loop_now_ns(runner->parts.loop);
    vg_runner_note_started(c);
    c->phase = open_try(c) ? VG_PHASE_ASK : VG_PHASE_SETTLE;
    c->is_heavy = runner->parts.pools != NULL &&
                  runner->parts.backend->adapter->via == VG_VIA_HTTP &&
                  vg_weigh(op, VG_CALL_LARGE + 1) > VG_CALL_LARGE;
    c->deadline.on_timer = on_deadline;
    if (is_late(c))
        c->cancelled = VG_DEADLINE;
    else
        vg_timer_start(runner->parts.loop, &c->deadline, op->deadline_ns);
    run(c);
}
