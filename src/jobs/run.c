/* One job at work here:
 *
 *     TAKE ─▶ STEP ─▶ WORK: an operation ─▶ STEP ─▶ SAVE ─▶ WORK …
 *      │       └─(it waits, has ended, has failed)─▶ SETTLE ─▶ gone
 *      └─(somebody was faster, the store is down)────────────▶ gone
 *
 * TAKE, SAVE and SETTLE write the row (lease.c). While the operation lasts (work.c) the lease is
 * renewed, at every third of it, and the kind looks how far it is. What is lost is stopped. */
#include "jobs/run.h"

#include <stdio.h>
#include <stdlib.h>

enum { RETRY_MS = 1000 };

vg_loop *vg_run_loop(const run *r)
{
    return r->jobs->parts.loop;
}

/* ---- its texts ---- */

/* The slice in `to`, cut to the room there. */
vg_slice vg_run_keep(char *to, size_t room, vg_slice text)
{
    size_t len = text.len < room ? text.len : room;

    if (len > 0)
        memmove(to, text.at, len);
    return vg_slice_of(to, len);
}

void vg_run_keep_texts(run *r)
{
    r->job.cursor = vg_run_keep(r->cursor, sizeof r->cursor, r->job.cursor);
    r->job.error = vg_run_keep(r->error, sizeof r->error, r->job.error);
    r->job.receipt = vg_run_keep(r->receipt, sizeof r->receipt, r->job.receipt);
}

/* ---- its end ---- */

static void end(run *r)
{
    vg_jobs *jobs = r->jobs;

    vg_timer_stop(vg_run_loop(r), &r->beat);
    if (r->op)
        vg_jobs_op_free(jobs, r->op);
    vg_list_remove(&r->link);
    jobs->run_count--;
    free(r->collection);
    free(r);
}

void vg_run_say(const run *r, vg_log_level level, const char *phrase)
{
    vg_log(level, phrase, VG_S("job", r->job.id), VG_S("kind", r->job.kind),
           VG_S("tenant", r->job.tenant), VG_S("collection", r->job.collection),
           VG_S("what", r->job.error));
}

/* ---- what comes of a step ---- */

static void let_go(run *r, vg_job_state state, uint64_t wait_ms)
{
    r->job.state = state;
    r->job.holder = (vg_slice){0};
    r->job.until_ms = 0;
    r->job.next_ms = state == VG_JOB_WAITING ? vg_loop_wall_ms(vg_run_loop(r)) + wait_ms : 0;
    r->job.is_cancelling = false;
    r->phase = RUN_SETTLE;
}

static bool is_down(const run *r, vg_code code)
{
    return code == VG_UNAVAILABLE || code == VG_OVERLOADED || code == VG_THROTTLED ||
           (code == VG_DEADLINE && !r->is_long);
}

static void tell_error(run *r, const vg_status *why)
{
    char text[VG_JOB_ERROR_BYTES];
    int len = snprintf(text, sizeof text, "%s: " VG_FMT, vg_code_describe(why->code)->metric,
                       VG_ARG(vg_status_what(why)));

    r->job.error =
        vg_run_keep(r->error, sizeof r->error - 1, vg_slice_of(text, (size_t)(len > 0 ? len : 0)));
}

static void count(const run *r, vg_metric metric)
{
    vg_metrics_add(r->jobs->parts.metrics, metric, (vg_cell){.job = (uint8_t)r->kind->place}, 1);
}

static void fail_attempt(run *r, const vg_status *why)
{
    uint64_t wait_ms = vg_jobs_backoff_ms(r->job.delays);

    tell_error(r, why);
    count(r, VG_M_job_failures_total);
    vg_run_say(r, VG_WARN, "a job's attempt failed");
    r->job.delays++;
    if (!is_down(r, why->code))
        r->job.attempts++;
    if (wait_ms < why->retry_after_ms)
        wait_ms = why->retry_after_ms;
    if (r->job.attempts >= r->kind->most_attempts)
        let_go(r, VG_JOB_FAILED, 0);
    else
        let_go(r, VG_JOB_WAITING, wait_ms);
}

/* It was asked to end, or the gateway ends; the step's answer is no longer of use. */
static bool is_interrupted(run *r, vg_job_next next)
{
    if (next == VG_JOB_END || next == VG_JOB_FAIL)
        return false;
    if (r->job.is_cancelling)
        let_go(r, VG_JOB_CANCELLED, 0);
    else if (r->jobs->is_stopping)
        let_go(r, VG_JOB_WAITING, 0);
    else
        return false;
    return true;
}

static void heed(run *r, vg_job_next next, const vg_job_order *order)
{
    if (is_interrupted(r, next))
        return;
    switch (next) {
    case VG_JOB_WAIT:
        r->job.delays = 0;
        let_go(r, VG_JOB_WAITING, order->wait_ms);
        return;
    case VG_JOB_AGAIN:
        fail_attempt(r, &order->status);
        return;
    case VG_JOB_END:
        r->job.error = (vg_slice){0};
        let_go(r, VG_JOB_DONE, 0);
        vg_run_say(r, VG_INFO, "a job is done");
        return;
    default:
        tell_error(r, &order->status);
        count(r, VG_M_job_failures_total);
        let_go(r, VG_JOB_FAILED, 0);
        vg_run_say(r, VG_WARN, "a job has failed");
    }
}

static void no_memory(run *r)
{
    fail_attempt(r, &(vg_status){.code = VG_OVERLOADED});
}

static void step(run *r)
{
    vg_op *answer = r->op;
    vg_job_order order = {.op = vg_jobs_op_of(r->jobs, VG_OP_HEALTH, r->job.tenant, NULL, r)};
    vg_job_next next;

    if (!order.op) {
        no_memory(r);
        return;
    }
    order.is_alone = vg_jobs_is_sole(r->jobs);
    next = r->kind->step(&r->job, answer, &order);
    r->is_out = r->is_back = false;
    if (next == VG_JOB_RUN && !r->job.is_cancelling && !r->jobs->is_stopping) {
        r->is_long = order.within_ms > 0;
        if (r->is_long)
            order.op->deadline_ns = vg_loop_now_ns(vg_run_loop(r)) + order.within_ms * VG_JOBS_MS;
        r->op = order.op;
        r->phase = RUN_SAVE;
        r->is_written = !answer; /* TAKE has just written it */
    } else {
        heed(r, next, &order);
        r->op = NULL;
    }
    vg_run_keep_texts(r); /* they may be in either */
    if (!r->op)
        vg_jobs_op_free(r->jobs, order.op);
    if (answer)
        vg_jobs_op_free(r->jobs, answer);
}

/* ---- the phases ---- */

static void begin_work(run *r)
{
    r->phase = RUN_WORK;
    vg_work_start(r);
}

/* False: it waits for something. */
static bool write_phase(run *r)
{
    if (!r->is_written) {
        if (!r->is_waiting)
            vg_lease_write(r);
        return false;
    }
    r->is_written = r->phase == RUN_SETTLE;
    switch (r->phase) {
    case RUN_TAKE:
        count(r, VG_M_job_attempts_total);
        r->phase = RUN_STEP;
        return true;
    case RUN_SAVE:
        if (!is_interrupted(r, VG_JOB_RUN))
            begin_work(r);
        return true;
    default:
        return false; /* settled: vg_run_advance() ends it */
    }
}

static bool is_over_and_done(const run *r)
{
    return r->phase == RUN_SETTLE && r->is_written;
}

static bool work_phase(run *r)
{
    if (r->is_back && r->look) { /* its collection is the operation's */
        vg_call_cancel(r->look, VG_CANCELLED);
        return false;
    }
    if (r->is_back) {
        r->phase = RUN_STEP;
        r->wants_beat = false;
        return true;
    }
    if (!r->wants_beat)
        return false;
    r->wants_beat = false;
    vg_lease_write(r);
    vg_work_look(r);
    return false;
}

static bool go_on(run *r)
{
    switch (r->phase) {
    case RUN_STEP:
        r->is_written = false;
        step(r);
        return true;
    case RUN_WORK:
        return work_phase(r);
    default:
        return write_phase(r);
    }
}

/* Nothing of it is under way, and nothing will be. */
static bool is_gone(const run *r)
{
    return !r->row && !r->look && (!r->is_out || r->is_back) && (r->is_lost || is_over_and_done(r));
}

void vg_run_advance(run *r)
{
    vg_jobs *jobs = r->jobs;

    if (!r->is_lost && !is_over_and_done(r) && r->phase != RUN_TAKE && vg_lease_is_over(r))
        vg_lease_lose(r, "a job's lease could not be renewed");
    while (!r->row && !r->is_lost && go_on(r))
        continue;
    if (is_gone(r)) {
        bool was_taken = r->phase != RUN_TAKE;

        end(r);
        if (was_taken)
            vg_jobs_poke(jobs);
        return;
    }
    if (!r->is_lost)
        vg_lease_start_beat(r, r->is_waiting ? RETRY_MS : vg_lease_beat_ms(r));
}

/* ---- from outside ---- */

static run *find_run(const vg_jobs *jobs, vg_slice id)
{
    for (vg_list *at = jobs->runs.next; at != &jobs->runs; at = at->next) {
        run *r = vg_container_of(at, run, link);

        if (vg_slice_is(r->job.id, id))
            return r;
    }
    return NULL;
}

bool vg_run_is_here(const vg_jobs *jobs, vg_slice id)
{
    return find_run(jobs, id) != NULL;
}

static void init(run *r, vg_jobs *jobs, const vg_job *job)
{
    r->jobs = jobs;
    r->kind = vg_job_kind_of(job->kind);
    r->job = *job;
    r->job.id = vg_run_keep(r->id, sizeof r->id, job->id);
    r->job.tenant = vg_run_keep(r->tenant, sizeof r->tenant, job->tenant);
    r->job.kind = vg_slice_str(vg_job_kind_name(r->kind));
    memcpy(r->collection, job->collection.at ? job->collection.at : "", job->collection.len);
    r->job.collection = vg_slice_of(r->collection, job->collection.len);
    vg_run_keep_texts(r);
    r->job.state = VG_JOB_RUNNING;
    r->job.holder = vg_jobs_holder(jobs);
    r->beat.on_timer = vg_lease_on_beat;
    vg_list_push(&jobs->runs, &r->link);
    jobs->run_count++;
}

void vg_run_begin(vg_jobs *jobs, const vg_job *job)
{
    run *r = calloc(1, sizeof *r);
    char *collection = r ? malloc(job->collection.len + 1) : NULL;

    if (!collection) {
        free(r);
        vg_jobs_look_in(jobs, RETRY_MS);
        return;
    }
    r->collection = collection;
    init(r, jobs, job);
    vg_run_advance(r);
}

void vg_run_poke(vg_jobs *jobs, vg_slice id)
{
    run *r = find_run(jobs, id);

    if (r)
        vg_lease_start_beat(r, 0);
}

void vg_run_stop_all(vg_jobs *jobs)
{
    for (vg_list *at = jobs->runs.next, *next; at != &jobs->runs; at = next) {
        run *r = vg_container_of(at, run, link);

        next = at->next;
        vg_work_stop(r, VG_UNAVAILABLE);
        if (r->look)
            vg_call_cancel(r->look, VG_UNAVAILABLE);
        if (r->is_waiting)
            vg_lease_start_beat(r, 0);
    }
}
