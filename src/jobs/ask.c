/* What clients ask of jobs: a page of them, one, an end to one. A tenant has its own alone; whoever
 * may choose tenants may ask for any.
 *
 * Who works on a job writes its row, and so does who cancels it: the row that was read must still
 * be there, else it is read again, a few times. A job that nobody works on ends at once; one that
 * somebody works on is marked, and its holder ends it when it sees that. */
#include "jobs/inside.h"

enum { MOST_TRIES = 8 };

typedef struct ask {
    vg_jobs *jobs;
    vg_op *parent;
    vg_job *found; /* the answer's; in the parent's arena */
    uint32_t room;
    uint32_t tries;
    vg_task task; /* for an end within the call that asked */
    vg_op *child;
} ask;

/* ---- its end ---- */

static void end(ask *a)
{
    a->jobs->busy--;
    a->parent->done(a->parent);
}

static void on_end(vg_task *task)
{
    end(vg_container_of(task, ask, task));
}

static void end_later(ask *a)
{
    a->task.run = on_end;
    vg_loop_post(a->jobs->parts.loop, &a->task);
}

static void no_memory(ask *a)
{
    vg_status_set(&a->parent->status, VG_TOO_LARGE,
                  VG_LIT("there are more jobs than fit into the memory of one request"),
                  (vg_slice){0});
    end_later(a);
}

static void no_such(ask *a)
{
    vg_status_setf(&a->parent->status, a->parent->arena, VG_NOT_FOUND, VG_LIT("id"),
                   "Job `" VG_FMT "` doesn't exist!", VG_ARG(a->parent->in.jobs.id));
}

static vg_op *child_of(ask *a, vg_op_kind kind, vg_op_done_fn *done)
{
    vg_op *child = vg_jobs_op(a->jobs, kind, done, a);

    if (!child) {
        no_memory(a);
        return NULL;
    }
    child->deadline_ns = a->parent->deadline_ns;
    return child;
}

static void run(const ask *a, vg_op *child)
{
    vg_call_start(a->jobs->parts.metadata, child);
}

/* ---- LIST_JOBS ---- */

static void ask_page(ask *a, vg_slice after);

/* To everybody else it is not there. */
static bool is_his(const vg_op *parent, const vg_job *job)
{
    return parent->in.jobs.any_tenant || vg_slice_is(job->tenant, parent->who->name);
}

static bool is_meant(const vg_op *parent, const vg_job *job)
{
    return is_his(parent, job) &&
           (parent->in.jobs.kind.len == 0 || vg_slice_is(job->kind, parent->in.jobs.kind)) &&
           (parent->in.jobs.state.len == 0 ||
            vg_slice_is_str(parent->in.jobs.state, vg_job_state_word(job->state))) &&
           (parent->in.jobs.collection.len == 0 ||
            vg_slice_is(job->collection, parent->in.jobs.collection));
}

/* In the parent's arena, as a whole. */
static bool read_row(const ask *a, const vg_meta_row *row, vg_job *out)
{
    vg_arena *arena = a->parent->arena;
    vg_meta_row kept = *row;

    kept.tenant = vg_arena_copy(arena, row->tenant);
    kept.name = vg_arena_copy(arena, row->name);
    kept.backend = vg_arena_copy(arena, row->backend);
    return !vg_arena_is_spent(arena) && vg_job_read(arena, &kept, out);
}

/* False: no memory. One more than was asked for tells that there is a next page. */
static bool take_row(ask *a, const vg_meta_row *row)
{
    vg_op *parent = a->parent;
    vg_job job;

    if (!read_row(a, row, &job))
        return false;
    if (!is_meant(parent, &job))
        return true;
    if (parent->out.jobs.count == a->room) {
        parent->out.jobs.next = a->found[a->room - 1].id;
        return true;
    }
    a->found[parent->out.jobs.count++] = job;
    return true;
}

static void on_page(vg_op *child)
{
    ask *a = child->done_arg;
    vg_jobs *jobs = a->jobs;
    const vg_meta_row *rows = child->out.rows.at;
    uint32_t i = 0, n = child->status.code == VG_OK ? child->out.rows.count : 0;
    bool good = true;

    while (good && i < n && vg_job_is_row(&rows[i]) && a->parent->out.jobs.next.len == 0)
        good = take_row(a, &rows[i++]);
    if (!vg_jobs_child_is_ok(a->parent, child))
        end(a);
    else if (!good)
        no_memory(a);
    else if (i == VG_JOBS_PAGE && a->parent->out.jobs.next.len == 0)
        ask_page(a, rows[n - 1].name);
    else
        end(a);
    vg_jobs_op_free(jobs, child);
}

static void ask_page(ask *a, vg_slice after)
{
    vg_op *child = child_of(a, VG_OP_META_LIST, on_page);

    if (!child)
        return;
    child->in.list = (vg_meta_query){.tenant = a->jobs->parts.who->name,
                                     .backend = child->backend,
                                     .after = vg_arena_copy(child->arena, after),
                                     .limit = VG_JOBS_PAGE};
    run(a, child);
}

static void list(ask *a)
{
    vg_slice after = vg_job_row_name(a->parent->arena, a->parent->in.jobs.after);

    a->room = a->parent->in.jobs.limit;
    a->found = VG_TAKE_N(a->parent->arena, vg_job, a->room);
    a->parent->out.jobs.at = a->found;
    if (a->found && after.len > 0)
        ask_page(a, after);
    else
        no_memory(a);
}

/* ---- GET_JOB, CANCEL_JOB ---- */

static void change(ask *a);

static void ask_row(ask *a, vg_op_done_fn *done)
{
    vg_op *child = child_of(a, VG_OP_META_GET, done);

    if (!child)
        return;
    if (vg_jobs_fill_key(a->jobs, child, a->parent->in.jobs.id)) {
        run(a, child);
        return;
    }
    vg_jobs_op_free(a->jobs, child);
    no_memory(a);
}

/* Was it found, and is it the answer now? */
static bool take_found(ask *a, const vg_op *child)
{
    vg_op *parent = a->parent;

    if (!vg_jobs_child_is_ok(a->parent, child))
        return false;
    if (child->kind == VG_OP_META_GET && !child->out.row.found) {
        no_such(a);
        return false;
    }
    if (!read_row(a, &child->out.row.row, a->found)) {
        vg_status_set(&parent->status, VG_TOO_LARGE, (vg_slice){0}, (vg_slice){0});
        return false;
    }
    if (!is_his(parent, a->found)) {
        no_such(a);
        return false;
    }
    parent->out.jobs.at = a->found;
    parent->out.jobs.count = 1;
    return true;
}

static void on_got(vg_op *child)
{
    ask *a = child->done_arg;
    vg_jobs *jobs = a->jobs;

    take_found(a, child);
    end(a);
    vg_jobs_op_free(jobs, child);
}

static void on_read(vg_op *child)
{
    ask *a = child->done_arg;
    vg_jobs *jobs = a->jobs;

    if (take_found(a, child))
        change(a);
    else
        end(a);
    vg_jobs_op_free(jobs, child);
}

static void on_changed(vg_op *child)
{
    ask *a = child->done_arg;
    vg_jobs *jobs = a->jobs;
    vg_code code = child->status.code;

    if ((code == VG_CONFLICT || code == VG_NOT_FOUND) && ++a->tries < MOST_TRIES) {
        ask_row(a, on_read);
    } else {
        if (take_found(a, child)) {
            vg_run_poke(jobs, a->found->id);
            vg_jobs_poke(jobs);
        }
        end(a);
    }
    vg_jobs_op_free(jobs, child);
}

static void refuse(ask *a)
{
    vg_status_setf(&a->parent->status, a->parent->arena, VG_CONFLICT, VG_LIT("id"),
                   "Job `" VG_FMT "` has ended already: %s", VG_ARG(a->found->id),
                   vg_job_state_word(a->found->state));
    end_later(a);
}

static void write_change(ask *a)
{
    vg_op *child = child_of(a, VG_OP_META_UPDATE, on_changed);

    if (!child)
        return;
    a->found->updated_ms = child->now_ms;
    if (vg_jobs_fill_key(a->jobs, child, a->found->id) &&
        vg_job_write(child->arena, a->found, &child->in.row)) {
        run(a, child);
        return;
    }
    vg_jobs_op_free(a->jobs, child);
    no_memory(a);
}

static void refuse_final(ask *a)
{
    vg_status_setf(&a->parent->status, a->parent->arena, VG_CONFLICT, VG_LIT("id"),
                   "Job `" VG_FMT "` cannot be cancelled: what it erases must not be left in half",
                   VG_ARG(a->found->id));
    end_later(a);
}

static void change(ask *a)
{
    const vg_job_kind *kind = vg_job_kind_of(a->found->kind);

    if (kind && kind->is_final && !vg_job_is_finished(a->found)) {
        refuse_final(a);
        return;
    }
    if (vg_job_is_finished(a->found)) {
        refuse(a);
        return;
    }
    if (a->found->state == VG_JOB_RUNNING)
        a->found->is_cancelling = true;
    else
        a->found->state = VG_JOB_CANCELLED;
    write_change(a);
}

static void one(ask *a)
{
    a->found = VG_TAKE(a->parent->arena, vg_job);
    if (!a->found) {
        no_memory(a);
    } else if (!vg_job_is_id(a->parent->in.jobs.id)) {
        no_such(a);
        end_later(a);
    } else {
        ask_row(a, a->parent->kind == VG_OP_GET_JOB ? on_got : on_read);
    }
}

bool vg_jobs_ask(vg_jobs *jobs, vg_op *op)
{
    ask *a = VG_TAKE(op->arena, ask);

    if (!a)
        return false;
    a->jobs = jobs;
    a->parent = op;
    jobs->busy++;

    op->out.jobs.at = NULL;
    op->out.jobs.count = 0;
    op->out.jobs.next = (vg_slice){0};
    if (op->kind == VG_OP_LIST_JOBS)
        list(a);
    else
        one(a);
    return true;
}
