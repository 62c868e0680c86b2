/* A collection that was left half-made or half-deleted is finished or undone, by the catalog
 * (catalog/repair.c), however often it takes: a backend that is down, or a credential that is wrong
 * today, is no reason to leave it so for ever. The cursor says how the row was left by who gave
 * up; without one it may be another gateway's work under way, and is waited for. */
#include <inttypes.h>

#include "jobs/kinds.h"

vg_slice vg_job_repair_cursor(vg_arena *arena, const vg_meta_row *row)
{
    if (row->version == 0)
        return (vg_slice){0};
    return vg_arena_printf(arena, "%" PRIu64 ".%" PRIu64, row->version, row->updated_ms);
}

static void ask(const vg_job *job, vg_op *op)
{
    size_t dot = vg_slice_find(job->cursor, '.');
    vg_slice version = vg_slice_of(job->cursor.at, dot);
    uint64_t v, updated_ms;

    op->kind = VG_OP_REPAIR;
    if (!vg_slice_u64(version, &v) ||
        !vg_slice_u64(vg_slice_skip(job->cursor, dot + 1), &updated_ms))
        return; /* then nobody knows */
    op->in.repair.version = v;
    op->in.repair.updated_ms = updated_ms;
}

static vg_job_next step(vg_job *job, const vg_op *answer, vg_job_order *out)
{
    if (!answer) {
        ask(job, out->op);
        return VG_JOB_RUN;
    }
    if (answer->status.code != VG_OK) {
        out->status = answer->status;
        return VG_JOB_AGAIN;
    }
    if (answer->out.repair.what != VG_REPAIR_YOUNG)
        return VG_JOB_END;
    if (answer->out.repair.due_ms > out->op->now_ms)
        out->wait_ms = answer->out.repair.due_ms - out->op->now_ms;
    return VG_JOB_WAIT;
}

const vg_job_kind vg_job_repair = {
    .place = VG_JOB_REPAIR,
    .most_attempts = UINT32_MAX,
    .step = step,
};
