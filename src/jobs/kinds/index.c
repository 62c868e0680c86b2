/* The index of a collection's vectors is built, where that takes long (VG_OP_BUILD_INDEX):
 *
 *     look ─▶ done
 *      ▲ ├─(going on)─▶ wait, and look
 *      │ └─(needed)─▶ build, with looks beside it ─▶ done
 *      └────────(going on, needed)─────┘
 *
 * The job is written before the collection is ready, so that none is forgotten: what is not there
 * yet is waited for, and what never came is no failure. */
#include "jobs/kinds.h"

enum {
    LOOK_MS = 5000,             /* between looks, when the backend does not say */
    LONGEST_MS = 60 * 1000,     /* whatever it says */
    NOT_YET_MS = 5000,          /* until a collection that is being made is there … */
    NEVER_MS = 20 * 60 * 1000,  /* … and then it will not come any more */
    BUILD_MS = 24 * 3600 * 1000 /* one build */
};

/* The job's texts may go before the operation does. */
static void ask(const vg_job *job, vg_op *op, bool looks)
{
    op->kind = VG_OP_BUILD_INDEX;
    op->in.build.looks = looks;
    op->in.build.cursor = vg_arena_copy(op->arena, job->cursor);
}

static void note(vg_job *job, const vg_op *answer)
{
    job->done = answer->out.build.done;
    job->total = answer->out.build.total;
}

static vg_job_next wait(const vg_op *answer, vg_job_order *out)
{
    out->wait_ms = answer->out.build.again_ms ? answer->out.build.again_ms : LOOK_MS;
    if (out->wait_ms > LONGEST_MS)
        out->wait_ms = LONGEST_MS;
    return VG_JOB_WAIT;
}

static vg_job_next go_on(vg_job *job, const vg_op *answer, vg_job_order *out)
{
    const vg_index_build *build = &answer->out.build;

    if (build->cursor.len > VG_BUILD_CURSOR_BYTES) {
        out->status = (vg_status){.code = VG_INTERNAL,
                                  .what = VG_LIT("the adapter's cursor is longer than 1024 bytes")};
        return VG_JOB_FAIL;
    }
    note(job, answer);
    job->cursor = build->cursor;
    if (build->state == VG_BUILD_DONE)
        return VG_JOB_END;
    if (build->state == VG_BUILD_GOING_ON || !answer->in.build.looks)
        return wait(answer, out);
    ask(job, out->op, false);
    out->within_ms = BUILD_MS;
    return VG_JOB_RUN;
}

static vg_job_next is_absent(const vg_job *job, vg_job_order *out)
{
    if (out->op->now_ms > job->created_ms + NEVER_MS)
        return VG_JOB_END;
    out->wait_ms = NOT_YET_MS;
    return VG_JOB_WAIT;
}

static vg_job_next step(vg_job *job, const vg_op *answer, vg_job_order *out)
{
    if (!answer) {
        ask(job, out->op, true);
        return VG_JOB_RUN;
    }
    if (answer->status.code == VG_OK)
        return go_on(job, answer, out);
    if (answer->status.code == VG_NOT_FOUND &&
        vg_slice_is(answer->status.where, VG_LIT("collection")))
        return is_absent(job, out);
    out->status = answer->status;
    return answer->status.code == VG_UNSUPPORTED ? VG_JOB_FAIL : VG_JOB_AGAIN;
}

static bool look(const vg_job *job, vg_op *op)
{
    ask(job, op, true);
    return true;
}

const vg_job_kind vg_job_index = {
    .place = VG_JOB_INDEX,
    .most_attempts = 10,
    .step = step,
    .look = look,
    .note = note,
};
