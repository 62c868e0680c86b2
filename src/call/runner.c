/* A runner's own life, its calls, and what is counted and told of them. Calls are kept for the next
 * op: an op's arena may be full, and an ending is owed all the same. */
#include "call/runner.h"

#include <stdlib.h>

#include "base/check.h"
#include "call/policy.h"
#include "call/timed.h"

enum { MOST_KEPT = 256 };

static vg_call *call_of(vg_list *link)
{
    return vg_container_of(link, vg_call, link);
}

/* --- what it shows ---------------------------------------------------------------------------- */

/* A counter that appears with its first event has no rate then: these are what alerts are made of.
 */
static void show_from_start(const vg_runner *runner)
{
    static const vg_metric counters[] = {
        VG_M_breaker_opened_total, VG_M_breaker_refused_total, VG_M_retry_budget_refused_total,
        VG_M_hedges_total,         VG_M_hedges_won_total,      VG_M_quota_refused_total,
        VG_M_queue_refused_total,
    };
    vg_metrics *metrics = runner->parts.metrics;
    vg_cell cell = {.backend = runner->label};

    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++)
        vg_metrics_add(metrics, counters[i], cell, 0);
    vg_metrics_move(metrics, VG_M_breaker_state, cell, 0);
    cell.fault = VG_FAULT_FULL;
    vg_metrics_add(metrics, VG_M_transport_faults_total, cell, 0);
}

void vg_runner_show_bounds(const vg_runner *runner)
{
    const vg_resilience *resilience = runner->parts.resilience;
    vg_cell cell = {.backend = runner->label};

    if (resilience == NULL)
        return;
    vg_metrics_set(runner->parts.metrics, VG_M_calls_in_flight_most, cell,
                   (int64_t)resilience->admit.most);
    vg_metrics_set(runner->parts.metrics, VG_M_calls_waiting_most, cell,
                   (int64_t)resilience->admit.waiting);
}

/* --- its life -------------------------------------------------------------------------------- */

vg_runner *vg_runner_new(const vg_runner_parts *parts)
{
    vg_runner *runner = calloc(1, sizeof *runner);

    if (runner == NULL)
        return NULL;
    runner->parts = *parts;
    if (parts->metrics != NULL)
        runner->label =
            vg_metrics_backend(parts->metrics, vg_slice_str(parts->backend->adapter->name));
    vg_list_init(&runner->calls);
    vg_list_init(&runner->kept);
    vg_policy_init(runner);
    if (parts->resilience != NULL)
        show_from_start(runner);
    return runner;
}

void vg_runner_free(vg_runner *runner)
{
    vg_list *link;

    if (runner == NULL)
        return;
    VG_CHECK(runner->call_count == 0);
    while ((link = vg_list_shift(&runner->kept)) != NULL)
        free(call_of(link));
    runner->parts.transport->close(runner->parts.transport);
    free(runner);
}

uint32_t vg_runner_calls(const vg_runner *runner)
{
    return runner->call_count;
}

const vg_backend *vg_runner_backend(const vg_runner *runner)
{
    return runner->parts.backend;
}

void vg_runner_reconsider(vg_runner *runner)
{
    vg_policy_reconsider(runner);
}

void vg_runner_set_hook(vg_runner *runner, vg_call_hook *hook, void *arg)
{
    runner->hook = hook;
    runner->hook_arg = arg;
}

/* Nothing leaves the list within a cancel: calls are given back in a turn of their own. */
void vg_runner_cancel_all(vg_runner *runner, vg_code why)
{
    for (vg_list *at = runner->calls.next; at != &runner->calls; at = at->next)
        vg_call_cancel(call_of(at)->op, why);
}

/* --- its calls ------------------------------------------------------------------------------- */

vg_call *vg_runner_take_call(vg_runner *runner, vg_op *op)
{
    vg_list *link = vg_list_shift(&runner->kept);
    vg_call *call = link != NULL ? call_of(link) : malloc(sizeof *call);

    VG_CHECK(call != NULL); /* done() is owed, and not even this much is left to bring it */
    if (link != NULL)
        runner->kept_count--;
    *call = (vg_call){.magic = VG_CALL_MAGIC,
                      .runner = runner,
                      .op = op,
                      .is_repeatable = true,
                      .time = VG_TIMES};
    vg_list_push(&runner->calls, &call->link);
    runner->call_count++;
    return call;
}

void vg_runner_give_call(vg_call *call)
{
    vg_runner *runner = call->runner;

    call->magic = 0;
    if (call->op->call == call)
        call->op->call = NULL;
    vg_list_remove(&call->link);
    runner->call_count--;
    if (runner->kept_count == MOST_KEPT) {
        free(call);
        return;
    }
    vg_list_push_front(&runner->kept, &call->link);
    runner->kept_count++;
}

/* --- what is counted and told ---------------------------------------------------------------- */

static vg_cell cell_of(const vg_call *call, vg_code code)
{
    return (vg_cell){.backend = call->runner->label,
                     .operation = (uint8_t)call->op->kind,
                     .code = (uint8_t)code};
}

static void tell(const vg_call *call, vg_call_event event)
{
    vg_runner *runner = call->runner;

    event.op = call->op;
    event.attempt = call->attempt;
    event.is_hedge = call->is_hedge;
    if (runner->hook != NULL)
        runner->hook(runner->hook_arg, &event);
}

void vg_runner_note_phase(vg_call *call)
{
    if (call->op->timing != NULL)
        vg_timed_phase(call);
}

void vg_runner_note_started(vg_call *call)
{
    vg_spans_begin(call);
    tell(call, (vg_call_event){.what = VG_CALL_STARTED, .at_ns = call->started_ns});
}

void vg_runner_note_sent(vg_call *call)
{
    call->sent_ns = vg_loop_now_ns(call->runner->parts.loop);
    vg_metrics_move(call->runner->parts.metrics, VG_M_exchanges_in_flight, cell_of(call, VG_OK), 1);
    tell(call, (vg_call_event){
                   .what = VG_EXCHANGE_SENT, .exchange = &call->exchange, .at_ns = call->sent_ns});
}

void vg_runner_note_reply(vg_call *call, const vg_ending *ending)
{
    vg_metrics *metrics = call->runner->parts.metrics;
    vg_cell cell = cell_of(call, VG_OK);

    call->replied_ns = vg_loop_now_ns(call->runner->parts.loop);
    call->has_exchange = true;
    call->replied = call->exchange;
    call->fault = ending->fault;
    call->was_sent = ending->was_sent || ending->reply != NULL;
    call->has_moved = ending->has_moved;
    if (call->op->timing != NULL)
        vg_timed_reply(call, ending);
    if (ending->reply != NULL && ending->reply->via == VG_VIA_HTTP)
        call->spans.http_status = ending->reply->http.status;
    cell.fault = (uint8_t)ending->fault;
    vg_metrics_move(metrics, VG_M_exchanges_in_flight, cell, -1);
    vg_metrics_observe(metrics, VG_M_exchange_duration_seconds, cell,
                       call->replied_ns - call->sent_ns);
    if (ending->fault != VG_FAULT_NONE)
        vg_metrics_add(metrics, VG_M_transport_faults_total, cell, 1);
}

void vg_runner_note_exchange(vg_call *call, vg_code code)
{
    if (!call->has_exchange)
        return;
    call->has_exchange = false;
    vg_policy_learn(call, code);
    if (call->op->timing != NULL)
        vg_timed_exchange(call, code);
    vg_metrics_add(call->runner->parts.metrics, VG_M_exchanges_total, cell_of(call, code), 1);
    vg_spans_end_exchange(call, code);
    tell(call, (vg_call_event){.what = VG_EXCHANGE_ENDED,
                               .exchange = &call->replied,
                               .at_ns = call->replied_ns,
                               .code = code});
}

void vg_runner_note_settled(const vg_call *call)
{
    vg_metrics *metrics = call->runner->parts.metrics;
    uint64_t now_ns = vg_loop_now_ns(call->runner->parts.loop);
    vg_cell cell = cell_of(call, call->op->status.code);

    vg_metrics_add(metrics, VG_M_operations_total, cell, 1);
    vg_metrics_observe(metrics, VG_M_operation_duration_seconds, cell, now_ns - call->started_ns);
    vg_spans_end(call);
    tell(call,
         (vg_call_event){.what = VG_CALL_ENDED, .at_ns = now_ns, .code = call->op->status.code});
}
