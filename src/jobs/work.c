/* The operation that a run's step asked for, on the backend, on the metadata store, in the catalog,
 * of the jobs themselves; and looks beside it. */
#include "jobs/run.h"

void vg_work_stop(run *r, vg_code why)
{
    if (!r->is_out || r->is_back || r->is_told)
        return;
    r->is_told = true;
    if (r->op->call)
        vg_call_cancel(r->op, why);
    else
        vg_catalog_cancel(r->jobs->parts.catalog, r->op, why);
}

/* ---- how far is it? ---- */

static void on_looked(vg_op *op)
{
    run *r = op->done_arg;

    r->look = NULL;
    if (op->status.code == VG_OK && r->phase == RUN_WORK && !r->is_back)
        r->kind->note(&r->job, op);
    vg_run_keep_texts(r);
    vg_jobs_op_free(r->jobs, op);
    vg_run_advance(r);
}

/* The collection is the one that the operation under way has. */
static void fill_collection(vg_op *op)
{
    if (op->kind != VG_OP_BUILD_INDEX)
        return;
    op->in.build.physical = op->collection->physical;
    op->in.build.spec = op->collection->spec;
}

void vg_work_look(run *r)
{
    vg_op *op;

    if (!r->kind->look || r->look || !r->is_out || r->is_back || r->is_told || !r->op->collection)
        return;
    op = vg_jobs_op_of(r->jobs, VG_OP_HEALTH, r->job.tenant, on_looked, r);
    if (!op)
        return;
    op->collection = r->op->collection;
    if (!r->kind->look(&r->job, op)) {
        vg_jobs_op_free(r->jobs, op);
        return;
    }
    fill_collection(op);
    r->look = op;
    vg_call_start(r->jobs->parts.backend, op);
}

/* ---- the operation ---- */

static bool has_changed(const vg_op *op)
{
    return op->status.code == VG_OK &&
           (op->kind == VG_OP_CANCEL_JOB ||
            (op->kind == VG_OP_META_DELETE && vg_slice_is(op->in.row.name, VG_META_ALIASES)));
}

static void on_op_done(vg_op *op)
{
    run *r = op->done_arg;
    const vg_jobs_parts *parts = &r->jobs->parts;

    if (parts->changed && has_changed(op))
        parts->changed(parts->changed_arg, op);
    r->is_back = true;
    vg_run_advance(r);
}

static void on_found(vg_op *op)
{
    run *r = op->done_arg;

    if (op->status.code != VG_OK || r->is_told) {
        if (op->status.code == VG_OK)
            vg_status_set(&op->status, VG_CANCELLED, (vg_slice){0}, (vg_slice){0});
        on_op_done(op);
        return;
    }
    fill_collection(op);
    op->done = on_op_done;
    vg_call_start(r->jobs->parts.backend, op);
}

static void find(run *r)
{
    if (!vg_catalog_find(r->jobs->parts.catalog, r->op, on_found))
        return;
    if (r->op->status.code == VG_OK) {
        on_found(r->op);
    } else {
        r->is_back = true;
    }
}

/* Rows of jobs are all of one tenant. */
static void fill_key(const run *r)
{
    vg_op *op = r->op;
    vg_meta_row *row = &op->in.row;

    if (op->kind == VG_OP_META_LIST)
        return;
    row->backend = op->backend;
    row->tenant = vg_job_is_row(row) ? r->jobs->parts.who->name : op->who->name;
}

/* What was known of a tenant's rows as a whole is not so any more. */
static void on_row_done(vg_op *op)
{
    run *r = op->done_arg;

    if (op->kind == VG_OP_META_DELETE && !vg_job_is_row(&op->in.row))
        vg_catalog_tenant_changed(r->jobs->parts.catalog, op->who->name);
    on_op_done(op);
}

static void start_row(run *r)
{
    fill_key(r);
    r->op->done = on_row_done;
    vg_call_start(r->jobs->parts.metadata, r->op);
}

/* NULL: it is no operation of the catalog, or of the jobs. */
typedef bool start_fn(vg_catalog *catalog, vg_op *op);
static start_fn *start_of(vg_op_kind kind)
{
    switch (kind) {
    case VG_OP_REPAIR:
        return vg_catalog_repair;
    case VG_OP_DROP_COLLECTION:
        return vg_catalog_drop;
    case VG_OP_LIST:
        return vg_catalog_list;
    case VG_OP_LIST_JOBS:
    case VG_OP_CANCEL_JOB:
        return vg_catalog_ask_jobs;
    default:
        return NULL;
    }
}

static void start_in_catalog(run *r, start_fn *start)
{
    if (start(r->jobs->parts.catalog, r->op))
        return;
    if (r->op->status.code == VG_OK)
        vg_status_set(&r->op->status, VG_OVERLOADED, (vg_slice){0}, (vg_slice){0});
    r->is_back = true;
}

/* What ends here at once is seen by the caller's loop. */
void vg_work_start(run *r)
{
    vg_op *op = r->op;

    r->is_out = true;
    r->is_told = false;
    op->done = on_op_done;
    op->done_arg = r;
    if (op->name.len == 0)
        op->name = r->job.collection;
    if (start_of(op->kind))
        start_in_catalog(r, start_of(op->kind));
    else if (op->kind == VG_OP_BUILD_INDEX || op->kind == VG_OP_COUNT)
        find(r);
    else if (op->kind >= VG_OP_META_CREATE)
        start_row(r);
    else
        vg_call_start(r->jobs->parts.backend, op);
}
