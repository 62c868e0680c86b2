/* A job: work that takes longer than a request, as a row of the metadata store, so that it outlives
 * the gateway that began it. The row's name is "/jobs/<id>", which is no collection's; its spec is
 *
 *     {"kind": "index", "tenant": "acme", "collection": "words", "state": "running",
 *      "holder": "5f0c…", "until": 1700000030000,        who has it, and until when (a lease)
 *      "next": 1700000000000, "attempts": 0, "delays": 0,
 *      "cursor": "…", "done": 10, "total": 100, "error": "…", "cancelling": true}
 *
 * and in the end, of kinds that have one, "receipt": {…}. Times are milliseconds since 1970. What
 * is empty, zero or false is left out. The row's version is the lease's compare-and-swap: who
 * writes the row says which version was read.
 *
 * All rows are the gateway's own, of one tenant, so that they are found by one list; whose
 * collection a job is about it says itself, when that is another one. */
#ifndef JOBS_JOB_H
#define JOBS_JOB_H

#include "vecgate/op.h"

#define VG_JOBS_PREFIX VG_LIT("/jobs/")

/* An id is so many hex digits: when it was made (12 of them), then chance. So names are in the
 * order of making. */
enum { VG_JOB_ID_CHARS = 24, VG_JOB_ERROR_BYTES = 512, VG_JOB_RECEIPT_BYTES = 4096 };

/* WAITING: for its time, or for somebody who takes it. RUNNING: somebody has it. The others have
 * ended. */
typedef enum vg_job_state {
#define JOB_STATE(state, name) VG_JOB_##state,
#include "vecgate/job.def"
    VG_JOB_STATES
} vg_job_state;
const char *vg_job_state_word(vg_job_state state); /* "waiting" */
/* VG_JOB_STATES: it is none. */
vg_job_state vg_job_state_of(vg_slice word);

/* Slices are of the row that it was read from, or of whoever set them. */
struct vg_job {
    vg_slice id;
    vg_slice backend;
    vg_slice kind;
    vg_slice tenant; /* whose */
    vg_slice collection;
    vg_job_state state;
    bool is_damaged;    /* the row cannot be read: FAILED, and `error` says so */
    bool is_cancelling; /* it is to end; who has it learns that from the row */
    vg_slice holder;
    uint64_t until_ms;
    uint64_t next_ms;  /* not before */
    uint32_t attempts; /* that failed, in all */
    uint32_t delays;   /* that failed for whatever reason, one after the other */
    vg_slice cursor;   /* the kind's own; VG_BUILD_CURSOR_BYTES at most, UTF-8 */
    uint64_t done;
    uint64_t total;   /* 0: unknown */
    vg_slice error;   /* of the last attempt that failed; VG_JOB_ERROR_BYTES at most */
    vg_slice receipt; /* what was done, a JSON object; VG_JOB_RECEIPT_BYTES at most */
    uint64_t created_ms;
    uint64_t updated_ms;
    uint64_t version;
};

static inline bool vg_job_is_finished(const vg_job *job)
{
    return job->state > VG_JOB_RUNNING;
}

bool vg_job_is_id(vg_slice text);
/* "/jobs/<id>"; empty when memory is gone. */
vg_slice vg_job_row_name(vg_arena *arena, vg_slice id);
/* Is it a job's row? */
bool vg_job_is_row(const vg_meta_row *row);

/* Never fails: a row that cannot be read becomes a job that is damaged. Slices are the row's, or in
 * the arena. False: no memory. */
bool vg_job_read(vg_arena *arena, const vg_meta_row *row, vg_job *out);
/* Fills what the job decides of a row, whose tenant is set: name, state, spec, times, version.
 * False: no memory. */
bool vg_job_write(vg_arena *arena, const vg_job *job, vg_meta_row *out);

#endif
