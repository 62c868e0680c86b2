/* The toys' transport: every exchange is a toy_work. It is done when its turn comes, one turn after
 * it was sent, unless its script says otherwise. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "tests/support/toy_adapter.h"

struct toy_transport {
    vg_transport base; /* first */
    toys *toy;
    vg_loop *loop;
    vg_list jobs;
    uint32_t in_flight;
};

struct job {
    vg_task task;
    vg_list link; /* of its transport's */
    vg_list held; /* of the script's */
    struct toy_transport *transport;
    toy_work *work;
    bool writes;
    vg_ended_fn *ended;
    void *arg;
    toy_rule rule;
    bool is_held;
    bool is_stopped;
    bool is_done;
};

/* ---- the script ---- */

void toy_script(toys *toy, toy_rule rule)
{
    toy_script_state *state = toy_scripted(toy);

    VG_CHECK(state->count < sizeof state->rules / sizeof state->rules[0]);
    state->rules[state->count++] = rule;
}

void toy_unscript(toys *toy)
{
    toy_script_state *state = toy_scripted(toy);

    state->count = state->met = 0;
}

unsigned toy_met(const toys *toy)
{
    return toy_scripted((toys *)(uintptr_t)toy)->met;
}

static bool takes(toy_rule *rule, vg_op_kind kind)
{
    if (rule->times == 0 || (rule->kind != TOY_ANY && rule->kind != (int)kind))
        return false;
    if (rule->skip > 0) {
        rule->skip--;
        return false;
    }
    rule->times--;
    return true;
}

toy_rule toy_judge(toys *toy, vg_op_kind kind)
{
    toy_script_state *state = toy_scripted(toy);
    toy_rule fate = {.fate = TOY_DO};
    size_t used = strlen(state->log);

    snprintf(state->log + used, sizeof state->log - used, "%s%s", used > 0 ? " " : "",
             vg_op_describe(kind)->name);
    for (unsigned i = 0; i < state->count; i++) {
        if (!takes(&state->rules[i], kind))
            continue;
        fate = state->rules[i];
        state->met++;
        break;
    }
    return fate;
}

const char *toy_log(toys *toy)
{
    toy_script_state *state = toy_scripted(toy);

    memcpy(state->told, state->log, sizeof state->told);
    state->log[0] = '\0';
    return state->told;
}

unsigned toy_held(const toys *of)
{
    return toy_scripted((toys *)(uintptr_t)of)->held_count;
}

/* ---- jobs ---- */

static void do_it(struct job *job)
{
    if (!job->is_done)
        job->work->work.run(&job->work->work);
    job->is_done = true;
}

static vg_ending end_of(struct job *job)
{
    if (job->is_stopped)
        return (vg_ending){.fault = VG_FAULT_STOPPED, .was_sent = job->is_done || job->writes};
    if (job->rule.fate == TOY_FAULT_BEFORE)
        return (vg_ending){.fault = VG_FAULT_CONNECT};
    if (job->rule.fate == TOY_REFUSE)
        job->work->refused = job->rule.code;
    else
        do_it(job);
    if (job->rule.fate == TOY_FAULT_AFTER)
        return (vg_ending){.fault = VG_FAULT_RESET, .was_sent = true};
    return (vg_ending){.was_sent = true};
}

static void on_turn(vg_task *task)
{
    static const vg_reply reply = {.via = VG_VIA_LOCAL};
    struct job *job = vg_container_of(task, struct job, task);
    vg_ending ending = end_of(job);

    if (ending.fault == VG_FAULT_NONE)
        ending.reply = &reply;
    vg_list_remove(&job->link);
    job->transport->in_flight--;
    job->ended(job->arg, &ending);
    free(job);
}

static void let_go(struct job *job)
{
    if (job->is_held) {
        job->is_held = false;
        vg_list_remove(&job->held);
        toy_scripted(job->transport->toy)->held_count--;
    }
    job->task.run = on_turn;
    if (!job->task.is_posted)
        vg_loop_post(job->transport->loop, &job->task);
}

static void hold(struct job *job)
{
    toy_script_state *state = toy_scripted(job->transport->toy);

    job->is_held = true;
    vg_list_push(&state->held, &job->held);
    state->held_count++;
    if (job->rule.fate == TOY_HOLD_AFTER)
        do_it(job);
}

void toy_release(toys *toy)
{
    toy_script_state *state = toy_scripted(toy);

    while (!vg_list_is_empty(&state->held))
        let_go(vg_container_of(state->held.next, struct job, held));
}

static void send(vg_transport *self, const vg_exchange *x, vg_ended_fn *ended, void *arg)
{
    struct toy_transport *transport = (struct toy_transport *)self;
    struct job *job = calloc(1, sizeof *job);

    VG_CHECK(job);
    job->transport = transport;
    job->work = vg_container_of(x->as.local.work, toy_work, work);
    job->writes = x->writes;
    job->ended = ended;
    job->arg = arg;
    job->rule = toy_judge(transport->toy, job->work->op->kind);
    vg_list_push(&transport->jobs, &job->link);
    transport->in_flight++;
    if (job->rule.fate == TOY_HOLD_BEFORE || job->rule.fate == TOY_HOLD_AFTER)
        hold(job);
    else
        let_go(job);
}

static void stop(vg_transport *self, void *arg)
{
    struct toy_transport *transport = (struct toy_transport *)self;

    for (vg_list *at = transport->jobs.next; at != &transport->jobs; at = at->next) {
        struct job *job = vg_container_of(at, struct job, link);

        if (job->arg != arg)
            continue;
        job->is_stopped = true;
        let_go(job);
        return;
    }
}

static void close_it(vg_transport *self)
{
    VG_CHECK(((struct toy_transport *)self)->in_flight == 0);
    free(self);
}

static uint32_t in_flight(const vg_transport *self)
{
    return ((const struct toy_transport *)self)->in_flight;
}

vg_transport *toy_transport_new(toys *toy, vg_loop *loop)
{
    struct toy_transport *transport = calloc(1, sizeof *transport);

    VG_CHECK(transport);
    transport->base =
        (vg_transport){.send = send, .stop = stop, .close = close_it, .in_flight = in_flight};
    transport->toy = toy;
    transport->loop = loop;
    vg_list_init(&transport->jobs);
    return &transport->base;
}
