/* Between a call and the pure modules. */
#include "call/policy.h"

#include "base/check.h"
#include "base/log.h"
#include "call/story.h"

#define MS ((uint64_t)1000000)

#define USED_UP "the quota of this backend is used up for the moment"

static const vg_resilience *conf_of(const vg_call *c)
{
    return c->runner->parts.resilience;
}

static vg_shared_backend *shared_of(const vg_call *c)
{
    return c->runner->parts.shared;
}

static uint64_t now_ns(const vg_call *c)
{
    return vg_loop_now_ns(c->runner->parts.loop);
}

static uint64_t now_ms(const vg_call *c)
{
    return now_ns(c) / MS;
}

/* Chance is the op's, so that a test that gives none is repeatable; each sending has its own. */
static uint32_t chance_of(const vg_call *c)
{
    uint64_t mix = (c->retries + c->throttled + 1) * 0x9e3779b97f4a7c15u;

    for (size_t i = 0; i < sizeof c->op->chance; i++)
        mix = (mix ^ c->op->chance[i]) * 0x100000001b3u;
    return (uint32_t)(mix >> 32);
}

static vg_cell cell_of(const vg_call *c)
{
    return (vg_cell){.backend = c->runner->label, .operation = (uint8_t)c->op->kind};
}

static void count(const vg_call *c, vg_metric metric)
{
    vg_metrics_add(c->runner->parts.metrics, metric, cell_of(c), 1);
}

static uint32_t bit_of(uint32_t endpoint)
{
    return UINT32_C(1) << endpoint;
}

void vg_policy_init(vg_runner *runner)
{
    const vg_runner_parts *parts = &runner->parts;

    VG_CHECK((parts->resilience == NULL) == (parts->shared == NULL));
    vg_admit_init(&runner->admit, parts->shared != NULL ? &parts->shared->places : NULL,
                  parts->worker);
}

/* --- the breaker ----------------------------------------------------------------------------- */

/* Whoever made the change counts it: the gauge's sum over workers is the state. */
static void note_change(const vg_call *c, uint32_t endpoint, vg_breaker_change change)
{
    const vg_runner_parts *parts = &c->runner->parts;
    vg_cell cell = cell_of(c);

    if (change.from == change.to)
        return;
    cell.endpoint = (uint8_t)endpoint;
    vg_metrics_move(parts->metrics, VG_M_breaker_state, cell,
                    (int64_t)change.to - (int64_t)change.from);
    if (change.to == VG_BREAKER_OPEN)
        vg_metrics_add(parts->metrics, VG_M_breaker_opened_total, cell, 1);
    vg_log(VG_WARN, "the breaker changed", VG_Z("backend", parts->backend->adapter->name),
           VG_N("endpoint", endpoint), VG_Z("from", vg_breaker_word(change.from)),
           VG_Z("to", vg_breaker_word(change.to)));
}

/* Which endpoint is to blame that an exchange may not go, and for how long. */
struct refusal {
    uint32_t endpoint;
    uint32_t wait_ms;
};

/* Of those that op may need, the one that lets it pass first. A change, and a question after
 * health, needs the first; a read may go to any that is for reads. */
static struct refusal look_ahead(const vg_runner *runner, const vg_op *op)
{
    const vg_runner_parts *parts = &runner->parts;
    const vg_breaker_conf *conf = &parts->resilience->breaker;
    bool is_read = op->kind != VG_OP_HEALTH && !vg_op_describe(op->kind)->writes;
    uint32_t mask = 1 | (is_read ? parts->transport->readers : 0);
    uint64_t now = vg_loop_now_ns(parts->loop) / MS;
    struct refusal least = {.wait_ms = UINT32_MAX};

    if (!conf->is_on)
        return (struct refusal){0};
    for (uint32_t at = 0; mask >= bit_of(at) && least.wait_ms > 0; at++) {
        uint32_t wait_ms;

        if ((mask & bit_of(at)) == 0)
            continue;
        wait_ms = vg_breaker_wait_ms(&parts->shared->breakers[at], conf, now);
        if (wait_ms < least.wait_ms)
            least = (struct refusal){at, wait_ms};
    }
    return least;
}

static bool refuse_by_breaker(vg_call *c, struct refusal why)
{
    uint64_t cause = vg_breaker_cause(&shared_of(c)->breakers[why.endpoint]);

    count(c, VG_M_breaker_refused_total);
    vg_story_left_alone(c, why.wait_ms, (vg_fault)(cause >> 8), (vg_code)(cause & 0xff));
    return false;
}

static uint32_t choose(const vg_call *c, uint32_t not_these)
{
    vg_transport *transport = c->runner->parts.transport;

    if (transport->choose != NULL)
        return transport->choose(transport, &c->exchange, not_these);
    return (not_these & 1) == 0 ? 0 : VG_ENDPOINTS;
}

static void go_to(vg_call *c, uint32_t endpoint, const vg_breaker_answer *answer)
{
    c->ticket = answer->ticket;
    c->has_ticket = true;
    c->exchange.endpoint = (uint8_t)(endpoint + 1);
    c->exchange.stays = vg_breaker_look(&shared_of(c)->breakers[0]) != VG_BREAKER_CLOSED;
}

/* The first endpoint whose breaker lets it in. */
static bool passes_breaker(vg_call *c)
{
    struct refusal least = {.wait_ms = UINT32_MAX};
    uint32_t refused = 0, at;

    while ((at = choose(c, refused)) < VG_ENDPOINTS) {
        vg_breaker_answer answer =
            vg_breaker_admit(&shared_of(c)->breakers[at], &conf_of(c)->breaker, now_ms(c));

        note_change(c, at, answer.change);
        if (answer.may_pass) {
            go_to(c, at, &answer);
            return true;
        }
        if (answer.wait_ms < least.wait_ms)
            least = (struct refusal){at, answer.wait_ms};
        refused |= bit_of(at);
    }
    return refuse_by_breaker(c, least);
}

bool vg_policy_may_send(vg_call *c)
{
    const vg_resilience *conf = conf_of(c);

    c->exchange.endpoint = 0;
    c->exchange.stays = false;
    if (conf == NULL)
        return true;
    if (conf->breaker.is_on && !passes_breaker(c))
        return false;
    if (conf->retry.window_ms > 0 && c->retries + c->throttled == 0)
        vg_retry_note_sent(&conf->retry, &shared_of(c)->retries, now_ms(c));
    return true;
}

static bool had_long(const vg_call *c)
{
    return c->replied_ns - c->sent_ns >= conf_of(c)->breaker.slow_ms * MS;
}

static vg_verdict judge_reply(const vg_call *c, vg_code code)
{
    if (code == VG_UNAVAILABLE || code == VG_BACKEND_ERROR)
        return VG_VERDICT_SICK;
    if (code == VG_DEADLINE)
        return had_long(c) ? VG_VERDICT_SICK : VG_VERDICT_NONE;
    return VG_VERDICT_WELL;
}

static vg_verdict judge(const vg_call *c, vg_code code)
{
    switch (c->fault) {
    case VG_FAULT_NONE:
        return judge_reply(c, code);
    case VG_FAULT_DNS:
    case VG_FAULT_CONNECT:
    case VG_FAULT_TLS:
        return VG_VERDICT_NO_CONNECT;
    case VG_FAULT_RESET:
        return VG_VERDICT_SICK;
    case VG_FAULT_STOPPED:
        return c->cancelled == VG_DEADLINE && had_long(c) ? VG_VERDICT_SICK : VG_VERDICT_NONE;
    default:
        return VG_VERDICT_NONE;
    }
}

static void tell(vg_call *c, uint32_t endpoint, vg_breaker_ending ending)
{
    vg_breaker *breaker = &shared_of(c)->breakers[endpoint];

    ending.now_ms = now_ms(c);
    ending.chance = chance_of(c);
    note_change(c, endpoint, vg_breaker_learn(breaker, &conf_of(c)->breaker, &ending));
}

/* Of one that has moved, the endpoint that it was let in to was not reached, and how it ended was
 * the first one's doing. */
static void tell_breaker(vg_call *c, vg_code code)
{
    uint32_t endpoint = c->replied.endpoint - 1u;
    vg_breaker_ending ending = {.verdict = judge(c, code), .cause = (uint64_t)c->fault << 8 | code};

    c->has_ticket = false;
    if (c->has_moved) {
        tell(c, 0, ending);
        ending.verdict = VG_VERDICT_NO_CONNECT;
        ending.cause = (uint64_t)VG_FAULT_CONNECT << 8 | VG_UNAVAILABLE;
    }
    ending.ticket = c->ticket;
    tell(c, endpoint, ending);
}

void vg_policy_learn(vg_call *c, vg_code code)
{
    const vg_resilience *conf = conf_of(c);

    if (conf == NULL)
        return;
    if (code == VG_THROTTLED && c->fault == VG_FAULT_NONE)
        vg_bucket_slow(&shared_of(c)->quota.all, conf->quota.slow_percent, now_ms(c));
    else if (code == VG_OK)
        vg_bucket_quicken(&shared_of(c)->quota.all, conf->quota.quick_percent, now_ms(c));
    if (c->has_ticket)
        tell_breaker(c, code);
}

/* --- quota and places ------------------------------------------------------------------------ */

static uint64_t tenant_of(const vg_op *op)
{
    return vg_bucket_key(op->who != NULL ? op->who->name : (vg_slice){0});
}

/* In how many ms there may be a token; 0: it was taken. */
static uint32_t take_token(vg_runner *runner, vg_op *op)
{
    const vg_runner_parts *parts = &runner->parts;
    uint32_t wait_ms = vg_quota_take(&parts->shared->quota, &parts->resilience->quota,
                                     tenant_of(op), vg_loop_now_ns(parts->loop));

    op->is_paid = wait_ms == 0;
    if (wait_ms > 0)
        vg_metrics_add(parts->metrics, VG_M_quota_refused_total,
                       (vg_cell){.backend = runner->label, .operation = (uint8_t)op->kind}, 1);
    return wait_ms;
}

static bool pays(vg_call *c)
{
    uint32_t wait_ms = c->op->is_paid ? 0 : take_token(c->runner, c->op);

    if (wait_ms > 0)
        vg_story_held_back(c, VG_THROTTLED, wait_ms, VG_LIT(USED_UP));
    return wait_ms == 0;
}

bool vg_policy_pay(vg_runner *runner, vg_op *op)
{
    const vg_runner_parts *parts = &runner->parts;
    uint32_t wait_ms;

    if (parts->resilience == NULL || op->is_paid || look_ahead(runner, op).wait_ms > 0)
        return true;
    wait_ms = take_token(runner, op);
    if (wait_ms == 0)
        return true;
    vg_status_set(&op->status, VG_THROTTLED, VG_LIT(USED_UP),
                  vg_slice_str(parts->backend->adapter->name));
    op->status.retry_after_ms = wait_ms;
    return false;
}

static void show_places(const vg_call *c)
{
    const vg_runner *runner = c->runner;

    vg_metrics_set(runner->parts.metrics, VG_M_calls_in_flight, cell_of(c),
                   runner->admit.in_flight);
    vg_metrics_set(runner->parts.metrics, VG_M_calls_waiting, cell_of(c), runner->admit.waiting);
}

static vg_admission refuse_place(vg_call *c)
{
    count(c, VG_M_queue_refused_total);
    vg_story_held_back(c, VG_OVERLOADED, 1000,
                       VG_LIT("too many requests wait for this backend, try again soon"));
    return VG_ADMIT_REFUSED;
}

static void resume(vg_call *c)
{
    vg_loop_post(c->runner->parts.loop, &c->admitted);
}

static vg_call *call_of(vg_waiter *waiter)
{
    return vg_container_of(waiter, vg_call, waiter);
}

static vg_admission take_place(vg_call *c)
{
    vg_waiter *ousted;
    vg_admission admission =
        vg_admit_enter(&c->runner->admit, &conf_of(c)->admit, &c->waiter, &ousted);

    if (ousted != NULL) {
        refuse_place(call_of(ousted));
        resume(call_of(ousted));
    }
    c->has_place = admission == VG_ADMIT_IN;
    show_places(c);
    return admission == VG_ADMIT_REFUSED ? refuse_place(c) : admission;
}

/* A question after health needs neither: a backend that is busy is not dead. */
vg_admission vg_policy_enter(vg_call *c)
{
    struct refusal why;

    if (conf_of(c) == NULL)
        return VG_ADMIT_IN;
    why = look_ahead(c->runner, c->op);
    if (why.wait_ms > 0) {
        refuse_by_breaker(c, why);
        return VG_ADMIT_REFUSED;
    }
    if (c->op->kind == VG_OP_HEALTH)
        return VG_ADMIT_IN;
    c->waiter.tenant = tenant_of(c->op);
    return pays(c) ? take_place(c) : VG_ADMIT_REFUSED;
}

void vg_policy_stop_waiting(vg_call *c)
{
    if (!c->waiter.is_waiting)
        return;
    vg_admit_withdraw(&c->runner->admit, &c->waiter);
    show_places(c);
    resume(c);
}

void vg_policy_reconsider(vg_runner *runner)
{
    vg_waiter *next;

    if (runner->parts.resilience == NULL)
        return;
    while ((next = vg_admit_next(&runner->admit, &runner->parts.resilience->admit)) != NULL) {
        call_of(next)->has_place = true;
        show_places(call_of(next));
        resume(call_of(next));
    }
}

void vg_policy_leave(vg_call *c)
{
    if (!c->has_place)
        return;
    c->has_place = false;
    vg_admit_leave(&c->runner->admit);
    vg_policy_reconsider(c->runner);
    show_places(c);
}

/* --- again ----------------------------------------------------------------------------------- */

static vg_retry_answer ask_retry(const vg_call *c)
{
    const vg_retry_case failed = {.code = c->try.status.code,
                                  .retry_after_ms = c->try.status.retry_after_ms,
                                  .repeat = c->replied.repeat,
                                  .was_sent = c->was_sent,
                                  .retries = c->retries,
                                  .throttled = c->throttled,
                                  .now_ms = now_ms(c),
                                  .deadline_ms = c->op->deadline_ns / MS,
                                  .chance = chance_of(c)};

    return vg_retry_decide(&conf_of(c)->retry, &shared_of(c)->retries, &failed);
}

/* What the breaker would refuse is not worth the wait; and a hedge is itself a second try. */
static bool may_ask_retry(const vg_call *c)
{
    return conf_of(c) != NULL && conf_of(c)->retry.window_ms > 0 && !c->is_hedge &&
           c->cancelled == VG_OK && look_ahead(c->runner, c->op).wait_ms == 0;
}

bool vg_policy_repeats(vg_call *c, uint32_t *wait_ms)
{
    vg_retry_answer answer;

    if (!may_ask_retry(c))
        return false;
    answer = ask_retry(c);
    if (answer.verdict == VG_RETRY_SPENT)
        count(c, VG_M_retry_budget_refused_total);
    if (answer.verdict != VG_RETRY_AGAIN)
        return false;
    count(c, VG_M_retries_total);
    if (c->try.status.code == VG_THROTTLED)
        c->throttled++;
    else
        c->retries++;
    *wait_ms = answer.wait_ms;
    return true;
}

/* --- a second try ---------------------------------------------------------------------------- */

static bool is_hedgeable(const vg_call *c)
{
    return conf_of(c) != NULL && conf_of(c)->hedge.is_on && c->op->kind != VG_OP_HEALTH &&
           !vg_op_describe(c->op->kind)->writes;
}

uint64_t vg_policy_hedge_due_ns(vg_call *c)
{
    uint64_t after_ns;

    if (!is_hedgeable(c))
        return 0;
    c->began_ns = now_ns(c);
    after_ns = vg_hedge_after_ns(&shared_of(c)->hedges, c->op->kind, now_ms(c));
    return after_ns > 0 ? c->began_ns + after_ns + 1 : 0; /* at the bound is not late yet */
}

/* The endpoint that the first try was last sent to. */
static bool is_left_alone(const vg_call *c)
{
    uint32_t endpoint = c->exchange.endpoint > 0 ? c->exchange.endpoint - 1u : 0;

    return vg_breaker_look(&shared_of(c)->breakers[endpoint]) != VG_BREAKER_CLOSED;
}

bool vg_policy_may_hedge(vg_call *c)
{
    const vg_resilience *conf = conf_of(c);
    vg_runner *runner = c->runner;

    if (conf->breaker.is_on && is_left_alone(c))
        return false;
    if (!vg_admit_try(&runner->admit, &conf->admit))
        return false;
    if (!vg_hedge_take(&shared_of(c)->hedges, &conf->hedge, now_ms(c))) {
        vg_admit_leave(&runner->admit);
        return false;
    }
    show_places(c);
    count(c, VG_M_hedges_total);
    return true;
}

void vg_policy_forgo_hedge(vg_call *c)
{
    vg_admit_leave(&c->runner->admit); /* in the turn in which it was taken */
    show_places(c);
}

void vg_policy_learn_latency(vg_call *c)
{
    if (is_hedgeable(c) && c->began_ns > 0 && c->op->status.code == VG_OK)
        vg_latencies_add(&shared_of(c)->hedges.kinds[c->op->kind], now_ns(c) - c->began_ns,
                         now_ms(c));
}
