/* See rig.h. */
#include "tests/unit/jobs/rig.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "jobs/run.h"

enum { STEP_MS = 100, ARENA_BYTES = 4 << 20 };

static const vg_tenant sole = {.name = VG_LIT_INIT("default"), .is_sole = true};

int rig_set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);

    vg_log_set_level(VG_ERROR);
    rig->toy = toy_new();
    rig->arena = vg_arena_new(ARENA_BYTES);
    rig->now_ms = 1;
    *state = rig;
    return 0;
}

/* ---- gateways ---- */

void rig_group(struct rig *rig)
{
    rig->crew = vg_crew_new(GATES);
    rig->holds = vg_holds_new();
    VG_CHECK(rig->crew && rig->holds);
}

static void on_changed(void *arg, const vg_op *op)
{
    struct rig *rig = arg;
    size_t len = strlen(rig->told);

    snprintf(rig->told + len, sizeof rig->told - len, "%s " VG_FMT ";",
             vg_op_describe(op->kind)->name, VG_ARG(op->who->name));
}

void rig_start(struct rig *rig, int gate)
{
    struct gate *g = &rig->gates[gate];

    VG_CHECK(!g->world);
    *g = (struct gate){.world = toy_world_new(rig->toy), .metrics = vg_metrics_new(1)};
    fake_loop_advance(g->world->fake, rig->now_ms * VG_JOBS_MS);
    g->jobs = vg_jobs_new(&(vg_jobs_parts){.loop = fake_loop_loop(g->world->fake),
                                           .catalog = g->world->catalog,
                                           .backend = g->world->vectors,
                                           .metadata = g->world->metadata,
                                           .metrics = g->metrics,
                                           .who = &sole,
                                           .op_bytes = ARENA_BYTES,
                                           .lease_ms = LEASE_MS,
                                           .keep_ms = KEEP_MS,
                                           .most = RIG_MOST,
                                           .crew = rig->crew,
                                           .holds = rig->holds,
                                           .worker = (uint32_t)gate,
                                           .changed = on_changed,
                                           .changed_arg = rig});
    VG_CHECK(g->jobs);
    vg_jobs_start(g->jobs);
    toy_settle(g->world);
}

static void pass_alone(struct gate *g, uint64_t ms)
{
    fake_loop_advance(g->world->fake, ms * VG_JOBS_MS);
}

void rig_stop(struct rig *rig, int gate)
{
    struct gate *g = &rig->gates[gate];

    vg_jobs_stop(g->jobs);
    toy_settle(g->world);
    toy_unscript(rig->toy);
    toy_release(rig->toy);
    for (int i = 0; i < 100 && (vg_jobs_busy(g->jobs) > 0 || vg_catalog_busy(g->world->catalog));
         i++)
        pass_alone(g, 1000); /* deadlines of what waits */
    vg_jobs_free(g->jobs);
    toy_world_free(g->world);
    vg_metrics_free(g->metrics);
    *g = (struct gate){0};
}

void rig_kill(struct rig *rig, int gate)
{
    rig->gates[gate].stands_still = true;
}

void rig_thaw(struct rig *rig, int gate)
{
    struct gate *g = &rig->gates[gate];

    g->stands_still = false;
    pass_alone(g, g->missed_ms);
    g->missed_ms = 0;
}

int rig_tear_down(void **state)
{
    struct rig *rig = *state;

    for (int i = 0; i < GATES; i++) {
        if (rig->gates[i].stands_still)
            rig_thaw(rig, i);
        if (rig->gates[i].world)
            rig_stop(rig, i);
    }
    toy_free(rig->toy);
    vg_arena_free(rig->arena);
    vg_crew_free(rig->crew);
    vg_holds_free(rig->holds);
    free(rig);
    assert_int_equal(vg_arena_total_bytes(), 0);
    return 0;
}

void rig_pass(struct rig *rig, uint64_t ms)
{
    for (uint64_t passed = 0, step; passed < ms; passed += step) {
        step = ms - passed < STEP_MS ? ms - passed : STEP_MS;
        rig->now_ms += step;
        for (int i = 0; i < GATES; i++) {
            struct gate *g = &rig->gates[i];

            if (g->world && !g->stands_still)
                pass_alone(g, step);
            else
                g->missed_ms += step;
        }
    }
}

/* ---- rows ---- */

/* Where a fake loop's begins. */
#define WALL_MS ((uint64_t)1700000000000)

const char *rig_put_job(struct rig *rig, vg_job job)
{
    vg_meta_row row = {.tenant = sole.name, .backend = VG_LIT("toy")};
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    static char id[VG_JOB_ID_CHARS + 1];

    if (job.id.len == 0) {
        snprintf(id, sizeof id, "%012llx%012x", (unsigned long long)(WALL_MS + rig->now_ms),
                 rig->made++);
        job.id = vg_slice_str(id);
    }
    if (job.created_ms == 0)
        job.created_ms = job.updated_ms = WALL_MS + rig->now_ms;
    if (job.version == 0)
        job.version = 1;
    VG_CHECK(vg_job_write(arena, &job, &row));
    toy_set_row(rig->toy, &row);
    vg_arena_free(arena);
    return id;
}

void rig_create(struct rig *rig, const char *name)
{
    toy_world *world = toy_world_new(rig->toy);

    if (!toy_row(rig->toy, name))
        VG_CHECK(toy_create(world, name, 4) == VG_OK);
    toy_world_free(world);
}

void rig_keep_id(char to[VG_JOB_ID_CHARS + 1], const char *id)
{
    memcpy(to, id, VG_JOB_ID_CHARS + 1);
}

const char *rig_put(struct rig *rig, const vg_job_kind *kind, const char *collection)
{
    return rig_put_job(rig, (vg_job){.kind = vg_slice_str(vg_job_kind_name(kind)),
                                     .collection = vg_slice_str(collection)});
}

const vg_job *rig_job(struct rig *rig, const char *id)
{
    char name[64];
    const vg_meta_row *row;
    vg_job *job;

    vg_arena_free(rig->arena);
    rig->arena = vg_arena_new(ARENA_BYTES);
    snprintf(name, sizeof name, "/jobs/%s", id);
    row = toy_row(rig->toy, name);
    if (!row)
        return NULL;
    job = VG_TAKE(rig->arena, vg_job);
    VG_CHECK(vg_job_read(rig->arena, row, job));
    return job;
}

const char *rig_state(struct rig *rig, const char *id)
{
    const vg_job *job = rig_job(rig, id);

    return job ? vg_job_state_word(job->state) : "none";
}

/* ---- what clients ask ---- */

toy_ask *rig_ask(struct rig *rig, int gate, vg_op_kind kind, const char *id)
{
    toy_ask *ask = toy_make_ask(rig->gates[gate].world, kind, NULL);

    ask->op.in.jobs.id = id ? vg_arena_copy(ask->op.arena, vg_slice_str(id)) : (vg_slice){0};
    ask->op.in.jobs.limit = 1000;
    toy_start(ask);
    toy_settle(rig->gates[gate].world);
    return ask;
}

vg_code rig_cancel(struct rig *rig, int gate, const char *id)
{
    return toy_end(rig_ask(rig, gate, VG_OP_CANCEL_JOB, id));
}

unsigned rig_jobs(struct rig *rig)
{
    const vg_meta_row *last;

    return toy_rows_under(rig->toy, "/jobs/", &last);
}

const char *rig_last(struct rig *rig)
{
    static char id[VG_JOB_ID_CHARS + 1];
    const vg_meta_row *row;

    if (toy_rows_under(rig->toy, "/jobs/", &row) == 0)
        return NULL;
    snprintf(id, sizeof id, VG_FMT, VG_ARG(vg_slice_skip(row->name, strlen("/jobs/"))));
    return id;
}

/* Who takes one has not got it yet. Who settles it has nothing under way, and may only not know yet
 * that this is written: then it may be another's already. */
static bool is_at_work(const run *r)
{
    return (r->phase != RUN_TAKE && r->phase != RUN_SETTLE) || (r->is_out && !r->is_back);
}

unsigned rig_workers(const struct rig *rig, const char *id)
{
    unsigned n = 0;

    for (int i = 0; i < GATES; i++) {
        const vg_list *head;

        if (!rig->gates[i].world || rig->gates[i].stands_still)
            continue;
        head = &rig->gates[i].jobs->runs;
        for (const vg_list *at = head->next; at != head; at = at->next) {
            const run *r = vg_container_of((vg_list *)(uintptr_t)at, run, link);

            n += memcmp(r->id, id, VG_JOB_ID_CHARS) == 0 && is_at_work(r);
        }
    }
    return n;
}

const char *rig_at_work(const struct rig *rig, int gate, unsigned n)
{
    static char id[VG_JOB_ID_CHARS + 1];
    const vg_list *head = &rig->gates[gate].jobs->runs, *at = head->next;

    while (at != head && n-- > 0)
        at = at->next;
    if (at == head)
        return NULL;
    memcpy(id, vg_container_of((vg_list *)(uintptr_t)at, run, link)->id, VG_JOB_ID_CHARS);
    return id;
}

uint64_t rig_metric(const struct rig *rig, int gate, vg_metric metric, vg_cell cell)
{
    return vg_metrics_read(rig->gates[gate].metrics, metric, cell);
}
