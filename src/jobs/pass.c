/* One look at all rows of jobs:
 *
 *     META_LIST … ─▶ META_DELETE of what is too old … ─▶ those that are due are taken (run.c)
 *                                                         ─▶ the next pass, when the next one is
 * due
 *
 * A job is due when its time has come and nobody has it, or when its holder's lease is over. Of the
 * jobs of one kind for one tenant's collection only the oldest is; the others wait until it has
 * ended. */
#include <stdlib.h>

#include "base/log.h"
#include "base/map.h"
#include "jobs/inside.h"

enum { MOST_DUE = 64, MOST_DELETES = 32, SOON_MS = 10 };

/* The unfinished jobs of a kind for a tenant's collection. */
struct subject {
    bool is_held; /* somebody else works on one of them */
};

struct due {
    vg_job job;
    struct subject *subject;
};

struct old {
    struct old *next;
    vg_slice id;
    uint64_t version, updated_ms;
};

struct pass {
    vg_jobs *jobs;
    vg_arena *arena; /* the jobs that were read */
    vg_map *subjects;
    vg_slice after;
    uint64_t now_ms;
    uint64_t next_ms; /* when something falls due; UINT64_MAX: nothing does */
    struct due due[MOST_DUE];
    uint32_t due_count;
    struct old *finished, **last_finished; /* oldest first */
    uint32_t finished_count, deleted;
    uint32_t counts[VG_JOB_KINDS][VG_JOB_STATES];
    sight *sights;
    vg_arena *view; /* that they are in */
    vg_op *op;      /* under way */
};

static void ask_page(pass *p), put_away(pass *p);

/* ---- its end ---- */

static void arm(vg_jobs *jobs, uint64_t wait_ms)
{
    vg_loop *loop = jobs->parts.loop;

    if (!jobs->is_stopping)
        vg_timer_start(loop, &jobs->next_pass, vg_loop_now_ns(loop) + wait_ms * VG_JOBS_MS);
}

static void free_pass(pass *p)
{
    p->jobs->pass = NULL;
    vg_map_free(p->subjects);
    vg_arena_free(p->arena);
    vg_arena_free(p->view);
    free(p);
}

static void fail(pass *p, const vg_status *why)
{
    vg_jobs *jobs = p->jobs;

    if (!jobs->is_stopping)
        vg_log(VG_WARN, "the jobs cannot be listed now",
               VG_Z("code", vg_code_describe(why->code)->metric),
               VG_S("what", vg_status_what(why)));
    arm(jobs, vg_jobs_backoff_ms(jobs->delays++));
    free_pass(p);
}

static void no_memory(pass *p)
{
    fail(p, &(vg_status){.code = VG_OVERLOADED});
}

static void tell_metrics(const pass *p)
{
    for (int kind = 0; kind < VG_JOB_KINDS; kind++)
        for (int state = 0; state < VG_JOB_STATES; state++)
            vg_metrics_set(p->jobs->parts.metrics, VG_M_jobs,
                           (vg_cell){.job = (uint8_t)kind, .state = (uint8_t)state},
                           p->counts[kind][state]);
}

static void begin_due(const pass *p)
{
    vg_jobs *jobs = p->jobs;

    for (uint32_t i = 0; i < p->due_count && jobs->run_count < jobs->parts.most; i++)
        if (!p->due[i].subject->is_held)
            vg_run_begin(jobs, &p->due[i].job);
}

static bool is_written_by_others(const vg_jobs *jobs)
{
    return !vg_jobs_is_sole(jobs) || jobs->parts.crew;
}

/* A store that others write is looked at now and then. */
static uint64_t wait_of(const pass *p)
{
    uint64_t wait_ms = p->next_ms == UINT64_MAX ? UINT64_MAX
                       : p->next_ms > p->now_ms ? p->next_ms - p->now_ms
                                                : SOON_MS;

    if (p->jobs->is_poked)
        return SOON_MS;
    return is_written_by_others(p->jobs) && wait_ms > VG_JOBS_POLL_MS ? VG_JOBS_POLL_MS : wait_ms;
}

static void finish(pass *p)
{
    vg_jobs *jobs = p->jobs;
    uint64_t wait_ms = wait_of(p);

    jobs->is_poked = false;
    jobs->delays = 0;
    tell_metrics(p);
    if (wait_ms != UINT64_MAX)
        arm(jobs, wait_ms);
    if (!jobs->is_stopping)
        begin_due(p);
    vg_view_replace(jobs, p->view, p->sights);
    p->view = NULL;
    free_pass(p);
    if (jobs->must_look && !jobs->is_stopping)
        vg_make_look(jobs);
}

/* ---- one row ---- */

static struct subject *subject_of(pass *p, const vg_job *job, bool *is_first)
{
    vg_slice key = vg_arena_printf(p->arena, VG_FMT "/%zu/" VG_FMT "/" VG_FMT, VG_ARG(job->kind),
                                   job->tenant.len, VG_ARG(job->tenant), VG_ARG(job->collection));
    struct subject *known = vg_map_get(p->subjects, key);

    *is_first = known == NULL;
    if (known)
        return known;
    known = VG_TAKE(p->arena, struct subject);
    return known && vg_map_put(p->subjects, key, known) ? known : NULL;
}

static void note_time(pass *p, uint64_t ms)
{
    if (ms < p->next_ms)
        p->next_ms = ms;
}

/* Nobody else can have the store: who held it is gone. */
static bool is_left_behind(const pass *p, const vg_job *job)
{
    const vg_crew *crew = p->jobs->parts.crew;

    if (!vg_jobs_is_sole(p->jobs))
        return false;
    return crew ? !vg_crew_has(crew, job->holder)
                : !vg_slice_is(job->holder, vg_jobs_holder(p->jobs));
}

static uint64_t due_ms_of(const pass *p, const vg_job *job)
{
    if (job->state == VG_JOB_WAITING)
        return job->next_ms;
    return is_left_behind(p, job) ? 0 : job->until_ms + VG_JOBS_SKEW_MS;
}

static bool note_unfinished(pass *p, const vg_job *job)
{
    uint64_t due_ms = due_ms_of(p, job);
    bool is_first;
    struct subject *subject = subject_of(p, job, &is_first);

    if (!subject)
        return false;
    if (job->state == VG_JOB_RUNNING && due_ms > p->now_ms) {
        subject->is_held = true;
        note_time(p, due_ms);
    }
    p->sights = vg_view_see(p->sights, &p->view, job);
    if (!is_first || !vg_job_kind_of(job->kind) || vg_run_is_here(p->jobs, job->id))
        return true;
    if (due_ms > p->now_ms)
        note_time(p, due_ms);
    else if (p->due_count < MOST_DUE)
        p->due[p->due_count++] = (struct due){*job, subject};
    return true;
}

static bool note_finished(pass *p, const vg_job *job)
{
    struct old *old = VG_TAKE(p->arena, struct old);

    if (!old)
        return false;
    *old = (struct old){.id = job->id, .version = job->version, .updated_ms = job->updated_ms};
    *p->last_finished = old;
    p->last_finished = &old->next;
    p->finished_count++;
    return true;
}

static void count(pass *p, const vg_job *job)
{
    const vg_job_kind *kind = vg_job_kind_of(job->kind);

    if (kind)
        p->counts[kind->place][job->state]++;
}

/* Of a tenant that another gateway erases, or has just erased, nothing is believed any more. */
static void note_erase(const pass *p, const vg_job *job)
{
    bool is_over = vg_job_is_finished(job) && job->updated_ms + VG_JOBS_REST_MS < p->now_ms;

    if (is_written_by_others(p->jobs) && vg_job_kind_of(job->kind) == &vg_job_erase && !is_over)
        vg_catalog_forget_tenant(p->jobs->parts.catalog, job->tenant);
}

static bool note_row(pass *p, const vg_meta_row *row)
{
    vg_meta_row mine = *row;
    vg_job job;

    mine.tenant = vg_arena_copy(p->arena, row->tenant);
    mine.name = vg_arena_copy(p->arena, row->name);
    mine.backend = vg_arena_copy(p->arena, row->backend);
    if (vg_arena_is_spent(p->arena) || !vg_job_read(p->arena, &mine, &job))
        return false;
    note_erase(p, &job);
    if (job.is_damaged)
        vg_log(VG_WARN, "the row of a job is damaged", VG_S("job", job.id));
    count(p, &job);
    return vg_job_is_finished(&job) ? note_finished(p, &job) : note_unfinished(p, &job);
}

/* ---- pages ---- */

/* The first row that is no job's ends the list. */
static void take_page(pass *p, const vg_op *op)
{
    const vg_meta_row *rows = op->out.rows.at;
    uint32_t i = 0, n = op->out.rows.count;
    bool good = true;

    while (good && i < n && vg_job_is_row(&rows[i]))
        good = note_row(p, &rows[i++]);
    if (n > 0)
        p->after = vg_arena_copy(p->arena, rows[n - 1].name);
    if (!good || vg_arena_is_spent(p->arena))
        no_memory(p);
    else if (i == VG_JOBS_PAGE && !p->jobs->is_stopping)
        ask_page(p);
    else
        put_away(p);
}

static void on_page(vg_op *op)
{
    pass *p = op->done_arg;
    vg_jobs *jobs = p->jobs;

    p->op = NULL;
    if (op->status.code == VG_OK)
        take_page(p, op);
    else
        fail(p, &op->status);
    vg_jobs_op_free(jobs, op); /* `p` may be gone by now */
}

static void run(pass *p, vg_op *op)
{
    p->op = op;
    vg_call_start(p->jobs->parts.metadata, op);
}

static void ask_page(pass *p)
{
    vg_op *op = vg_jobs_op(p->jobs, VG_OP_META_LIST, on_page, p);

    if (!op) {
        no_memory(p);
        return;
    }
    op->in.list = (vg_meta_query){.tenant = p->jobs->parts.who->name,
                                  .backend = op->backend,
                                  .after = p->after,
                                  .limit = VG_JOBS_PAGE};
    run(p, op);
}

/* ---- what has ended long ago ---- */

/* Somebody else may have put it away. */
static void on_put_away(vg_op *op)
{
    pass *p = op->done_arg;
    vg_jobs *jobs = p->jobs;
    vg_code code = op->status.code;

    p->op = NULL;
    if (code == VG_OK || code == VG_NOT_FOUND || code == VG_CONFLICT)
        put_away(p);
    else
        fail(p, &op->status);
    vg_jobs_op_free(jobs, op);
}

static bool is_too_old(const pass *p, const struct old *old)
{
    uint64_t end_ms = old->updated_ms + p->jobs->parts.keep_ms;

    return p->finished_count > VG_JOBS_KEPT || end_ms <= p->now_ms;
}

/* The next of them, taken out; NULL: all may stay for now. */
static const struct old *next_to_put_away(pass *p)
{
    for (struct old **at = &p->finished; *at; at = &(*at)->next) {
        struct old *old = *at;

        if (!is_too_old(p, old)) {
            note_time(p, old->updated_ms + p->jobs->parts.keep_ms);
            continue;
        }
        *at = old->next;
        p->finished_count--;
        return old;
    }
    return NULL;
}

static void put_away(pass *p)
{
    const struct old *old = p->jobs->is_stopping ? NULL : next_to_put_away(p);
    vg_op *op;

    if (!old) {
        finish(p);
        return;
    }
    if (p->deleted++ == MOST_DELETES) {
        note_time(p, p->now_ms);
        finish(p);
        return;
    }
    op = vg_jobs_op(p->jobs, VG_OP_META_DELETE, on_put_away, p);
    if (!op || !vg_jobs_fill_key(p->jobs, op, old->id)) {
        if (op)
            vg_jobs_op_free(p->jobs, op);
        no_memory(p);
        return;
    }
    op->in.row.version = old->version;
    run(p, op);
}

/* ---- its beginning ---- */

static void on_pass(vg_timer *timer)
{
    vg_jobs *jobs = vg_container_of(timer, vg_jobs, next_pass);
    pass *p = calloc(1, sizeof *p);

    if (!p) {
        arm(jobs, VG_JOBS_REST_MS);
        return;
    }
    *p = (pass){.jobs = jobs,
                .arena = vg_arena_new(jobs->parts.op_bytes),
                .subjects = vg_map_new(),
                .after = VG_JOBS_PREFIX,
                .now_ms = vg_loop_wall_ms(jobs->parts.loop),
                .next_ms = UINT64_MAX};
    p->last_finished = &p->finished;
    jobs->pass = p;
    vg_view_begin(jobs);
    if (p->arena && p->subjects)
        ask_page(p);
    else
        no_memory(p);
}

void vg_jobs_look_in(vg_jobs *jobs, uint64_t wait_ms)
{
    uint64_t due_ns = vg_loop_now_ns(jobs->parts.loop) + wait_ms * VG_JOBS_MS;

    if (!jobs->is_started || jobs->is_stopping)
        return;
    jobs->next_pass.on_timer = on_pass;
    if (jobs->pass)
        jobs->is_poked = true;
    else if (jobs->next_pass.slot == 0 || jobs->next_pass.due_ns > due_ns)
        vg_timer_start(jobs->parts.loop, &jobs->next_pass, due_ns);
}

void vg_jobs_poke(vg_jobs *jobs)
{
    vg_jobs_look_in(jobs, 0);
}

void vg_pass_stop(vg_jobs *jobs)
{
    if (jobs->pass && jobs->pass->op)
        vg_call_cancel(jobs->pass->op, VG_UNAVAILABLE);
}
