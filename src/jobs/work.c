/* The operation that a run's step asked for, on the backend or in the catalog, and looks beside it.
 */
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
    op = vg_jobs_op(r->jobs, VG_OP_HEALTH, on_looked, r);
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

static void on_op_done(vg_op *op)
{
    run *r = op->done_arg;

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
    r->op->name = r->job.collection;
    if (!vg_catalog_find(r->jobs->parts.catalog, r->op, on_found))
        return;
    if (r->op->status.code == VG_OK) {
        on_found(r->op);
    } else {
        r->is_back = true;
    }
}

/* What ends here at once is seen by the caller's loop. */
void vg_work_start(run *r)
{
    r->is_out = true;
    r->is_told = false;
    r->op->done = on_op_done;
    r->op->done_arg = r;
    if (r->kind->finds) {
        find(r);
    } else if (r->op->kind != VG_OP_REPAIR) {
        vg_call_start(r->jobs->parts.backend, r->op);
    } else {
        r->op->name = r->job.collection;
        if (!vg_catalog_repair(r->jobs->parts.catalog, r->op)) {
            vg_status_set(&r->op->status, VG_OVERLOADED, (vg_slice){0}, (vg_slice){0});
            r->is_back = true;
        }
    }
}
