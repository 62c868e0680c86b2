/* A run's row and lease. The row must have the version that was read: one that somebody else wrote
 * is read again. Was the job only asked to end, or is the lease lost? One that could not be renewed
 * in time is lost, too; then nothing is written any more. */
#include "jobs/run.h"

enum { BEATS = 3, SIXTHS = 6, RETRY_MS = 1000 };

void vg_lease_lose(run *r, const char *phrase)
{
    r->is_lost = true;
    vg_run_say(r, VG_WARN, phrase);
    vg_work_stop(r, VG_UNAVAILABLE);
    if (r->look)
        vg_call_cancel(r->look, VG_UNAVAILABLE);
}

/* ---- the row ---- */

void vg_lease_start_beat(run *r, uint64_t wait_ms)
{
    vg_timer_start(vg_run_loop(r), &r->beat, vg_loop_now_ns(vg_run_loop(r)) + wait_ms * VG_JOBS_MS);
}

/* Somebody wrote it. `row`: as it is now. */
static void take_over(run *r, const vg_op *op)
{
    vg_job now;

    if (!op->out.row.found || !vg_job_read(op->arena, &op->out.row.row, &now) ||
        now.state != VG_JOB_RUNNING || !vg_slice_is(now.holder, vg_jobs_holder(r->jobs))) {
        vg_lease_lose(r, "a job is somebody else's now");
        return;
    }
    r->job.version = now.version;
    r->job.is_cancelling = r->job.is_cancelling || now.is_cancelling;
    r->wants_beat = true; /* the lease is as long as it was */
    if (r->job.is_cancelling)
        vg_work_stop(r, VG_CANCELLED);
}

/* One that is being taken never was ours. A lease is renewed at the next beat; else soon. */
static void could_not_write(run *r)
{
    r->is_waiting = r->phase != RUN_WORK;
    if (r->phase == RUN_TAKE || (r->is_waiting && r->jobs->is_stopping))
        r->is_lost = true;
    if (r->phase == RUN_TAKE)
        vg_jobs_look_in(r->jobs, RETRY_MS);
}

static void on_read(vg_op *op)
{
    run *r = op->done_arg;

    r->row = NULL;
    if (op->status.code == VG_OK)
        take_over(r, op);
    else
        could_not_write(r);
    vg_jobs_op_free(r->jobs, op);
    vg_run_advance(r);
}

static vg_op *row_op(run *r, vg_op_kind kind, vg_op_done_fn *done)
{
    vg_op *op = vg_jobs_op(r->jobs, kind, done, r);

    if (op && vg_jobs_fill_key(r->jobs, op, r->job.id))
        return op;
    if (op)
        vg_jobs_op_free(r->jobs, op);
    return NULL;
}

static void send_row(run *r, vg_op *op)
{
    r->row = op;
    vg_call_start(r->jobs->parts.metadata, op);
}

static void read_again(run *r)
{
    vg_op *op = row_op(r, VG_OP_META_GET, on_read);

    if (op)
        send_row(r, op);
    else
        could_not_write(r);
}

static void on_written(vg_op *op)
{
    run *r = op->done_arg;
    vg_code code = op->status.code;

    r->row = NULL;
    if (code == VG_OK) {
        r->job.version = op->out.row.row.version;
        r->is_written = true;
        r->lease_end_ns = r->sent_ns + r->jobs->parts.lease_ms * VG_JOBS_MS;
    } else if (r->phase != RUN_TAKE && (code == VG_CONFLICT || code == VG_NOT_FOUND)) {
        read_again(r);
    } else {
        could_not_write(r);
    }
    vg_jobs_op_free(r->jobs, op);
    vg_run_advance(r);
}

void vg_lease_write(run *r)
{
    vg_op *op = row_op(r, VG_OP_META_UPDATE, on_written);

    r->job.updated_ms = vg_loop_wall_ms(vg_run_loop(r));
    if (r->job.state == VG_JOB_RUNNING)
        r->job.until_ms = r->job.updated_ms + r->jobs->parts.lease_ms;
    if (op && vg_job_write(op->arena, &r->job, &op->in.row)) {
        r->sent_ns = vg_loop_now_ns(vg_run_loop(r));
        send_row(r, op);
        return;
    }
    if (op)
        vg_jobs_op_free(r->jobs, op);
    could_not_write(r);
}

/* ---- the lease ---- */

uint64_t vg_lease_beat_ms(const run *r)
{
    return r->jobs->parts.lease_ms / BEATS;
}

void vg_lease_on_beat(vg_timer *timer)
{
    run *r = vg_container_of(timer, run, beat);

    r->is_waiting = false;
    r->wants_beat = true;
    vg_run_advance(r);
}

/* A sixth before its end, so that a stop still comes in time. */
bool vg_lease_is_over(const run *r)
{
    uint64_t sixth_ns = r->jobs->parts.lease_ms * VG_JOBS_MS / SIXTHS;

    return r->lease_end_ns > 0 && vg_loop_now_ns(vg_run_loop(r)) + sixth_ns >= r->lease_end_ns;
}
