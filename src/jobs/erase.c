/* ERASE_TENANT: the job that erases a tenant. One that has not ended yet is the answer, else one is
 * made. Those that ask for one tenant come one after the other here, and one after the other in a
 * group of workers (holds.h), so that two do not make two; should two gateways do so at the same
 * time, the younger job waits for the older one and finds nothing left to do. */
#include "jobs/inside.h"

typedef struct erase {
    vg_list link; /* in jobs->erases */
    vg_jobs *jobs;
    vg_op *parent;
    vg_job *found; /* the answer's; in the parent's arena */
    vg_task task;  /* for an end within the call that asked */
    vg_timer look; /* whether another worker has ended with this tenant */
    bool holds;
} erase;

enum { LOOK_MS = 2 };

static void begin(erase *e);

static vg_slice tenant_of(const erase *e)
{
    return e->parent->in.erase.tenant;
}

static uint16_t slot_of(const erase *e)
{
    return vg_holds_slot(tenant_of(e), VG_META_ERASING);
}

/* ---- one after the other ---- */

static erase *first_of(const vg_jobs *jobs, vg_slice tenant)
{
    for (vg_list *at = jobs->erases.next; at != &jobs->erases; at = at->next) {
        erase *e = vg_container_of(at, erase, link);

        if (vg_slice_is(tenant_of(e), tenant))
            return e;
    }
    return NULL;
}

static void end(erase *e)
{
    vg_jobs *jobs = e->jobs;
    bool was_in_line = !vg_list_is_empty(&e->link);
    erase *next;

    if (e->holds)
        vg_holds_give(jobs->parts.holds, slot_of(e));
    vg_list_remove(&e->link);
    next = was_in_line ? first_of(jobs, tenant_of(e)) : NULL;
    jobs->busy--;
    e->parent->done(e->parent);
    if (next)
        begin(next);
}

static void on_end(vg_task *task)
{
    end(vg_container_of(task, erase, task));
}

static void end_later(erase *e)
{
    e->task.run = on_end;
    vg_loop_post(e->jobs->parts.loop, &e->task);
}

static void no_memory(erase *e)
{
    vg_status_set(&e->parent->status, VG_OVERLOADED,
                  VG_LIT("no memory is left for jobs, try again soon"), (vg_slice){0});
    end_later(e);
}

static vg_op *child_of(erase *e, vg_op_kind kind, vg_op_done_fn *done)
{
    vg_op *child = vg_jobs_op(e->jobs, kind, done, e);

    if (child)
        child->deadline_ns = e->parent->deadline_ns;
    else
        no_memory(e);
    return child;
}

/* ---- is there one? ---- */

static void ask_page(erase *e, vg_slice after);
static void make_one(erase *e);

/* In the parent's arena, as a whole. False: no memory. */
static bool read_row(const erase *e, const vg_meta_row *row)
{
    vg_arena *arena = e->parent->arena;
    vg_meta_row kept = *row;

    kept.tenant = vg_arena_copy(arena, row->tenant);
    kept.name = vg_arena_copy(arena, row->name);
    kept.backend = vg_arena_copy(arena, row->backend);
    return !vg_arena_is_spent(arena) && vg_job_read(arena, &kept, e->found);
}

static void answer(erase *e)
{
    e->parent->out.jobs.at = e->found;
    e->parent->out.jobs.count = 1;
    end(e);
}

/* Of the rows of other jobs no more is kept than a page's. */
static bool is_it(const erase *e, const vg_meta_row *row, vg_arena *arena)
{
    vg_job job;

    return vg_job_read(arena, row, &job) && !vg_job_is_finished(&job) &&
           vg_job_kind_of(job.kind) == &vg_job_erase && vg_slice_is(job.tenant, tenant_of(e));
}

static void take_page(erase *e, const vg_op *child)
{
    const vg_meta_row *rows = child->out.rows.at;
    uint32_t i = 0, n = child->out.rows.count;

    while (i < n && vg_job_is_row(&rows[i]) && !is_it(e, &rows[i], child->arena))
        i++;
    if (vg_arena_is_spent(child->arena))
        no_memory(e);
    else if (i == VG_JOBS_PAGE)
        ask_page(e, rows[n - 1].name);
    else if (i == n || !vg_job_is_row(&rows[i]))
        make_one(e);
    else if (read_row(e, &rows[i]))
        answer(e);
    else
        no_memory(e);
}

static void on_page(vg_op *child)
{
    erase *e = child->done_arg;
    vg_jobs *jobs = e->jobs;

    if (vg_jobs_child_is_ok(e->parent, child))
        take_page(e, child);
    else
        end(e);
    vg_jobs_op_free(jobs, child);
}

static void ask_page(erase *e, vg_slice after)
{
    vg_op *child = child_of(e, VG_OP_META_LIST, on_page);

    if (!child)
        return;
    child->in.list = (vg_meta_query){.tenant = e->jobs->parts.who->name,
                                     .backend = child->backend,
                                     .after = vg_arena_copy(child->arena, after),
                                     .limit = VG_JOBS_PAGE};
    vg_call_start(e->jobs->parts.metadata, child);
}

/* ---- one is made ---- */

static void on_made(vg_op *child)
{
    erase *e = child->done_arg;
    vg_jobs *jobs = e->jobs;

    if (!vg_jobs_child_is_ok(e->parent, child)) {
        end(e);
    } else {
        vg_jobs_poke(jobs);
        if (read_row(e, &child->out.row.row))
            answer(e);
        else
            no_memory(e);
    }
    vg_jobs_op_free(jobs, child);
}

static void make_one(erase *e)
{
    vg_op *child = child_of(e, VG_OP_META_CREATE, on_made);

    if (!child)
        return;
    if (vg_jobs_fill_new(e->jobs, child,
                         &(vg_jobs_new_row){.kind = &vg_job_erase, .tenant = tenant_of(e)})) {
        vg_call_start(e->jobs->parts.metadata, child);
        return;
    }
    vg_jobs_op_free(e->jobs, child);
    no_memory(e);
}

/* ---- may it be? ---- */

static bool may(const vg_op *op)
{
    return op->in.erase.any_tenant || vg_slice_is(op->in.erase.tenant, op->who->name);
}

/* False: it has ended. */
static bool check(erase *e)
{
    vg_status *status = &e->parent->status;

    if (!vg_tenant_name_can_be(tenant_of(e)))
        vg_status_set(status, VG_RANGE_PATH, VG_LIT("a tenant's name is " VG_TENANT_NAME_RULE),
                      VG_LIT("tenant"));
    else if (!may(e->parent))
        vg_status_set(status, VG_FORBIDDEN,
                      VG_LIT("this credential may erase no other tenant than its own"),
                      VG_LIT("tenant"));
    return status->code == VG_OK;
}

static void on_look(vg_timer *timer)
{
    begin(vg_container_of(timer, erase, look));
}

static bool is_late(const erase *e)
{
    return vg_loop_now_ns(e->jobs->parts.loop) >= e->parent->deadline_ns;
}

/* Nobody waits for anything while holding the tenant but for the store. */
static void begin(erase *e)
{
    const vg_jobs_parts *parts = &e->jobs->parts;

    e->holds = parts->holds && vg_holds_take(parts->holds, parts->worker, slot_of(e));
    if (e->holds || !parts->holds) {
        ask_page(e, VG_JOBS_PREFIX);
    } else if (is_late(e)) {
        vg_status_set(&e->parent->status, VG_DEADLINE, (vg_slice){0}, (vg_slice){0});
        end_later(e);
    } else {
        e->look.on_timer = on_look;
        vg_timer_start(parts->loop, &e->look, vg_loop_now_ns(parts->loop) + LOOK_MS * VG_JOBS_MS);
    }
}

bool vg_jobs_erase(vg_jobs *jobs, vg_op *op)
{
    erase *e = VG_TAKE(op->arena, erase);
    erase *earlier;

    if (!e || !(e->found = VG_TAKE(op->arena, vg_job)))
        return false;
    e->jobs = jobs;
    e->parent = op;
    op->out.jobs.at = NULL;
    op->out.jobs.count = 0;
    op->out.jobs.next = (vg_slice){0};
    jobs->busy++;
    vg_list_init(&e->link);
    if (!check(e)) {
        end_later(e);
        return true;
    }
    earlier = first_of(jobs, tenant_of(e));
    vg_list_push(&jobs->erases, &e->link);
    if (!earlier)
        begin(e);
    return true;
}
