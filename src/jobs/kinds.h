/* What a job does, by its kind: a step table like an adapter's, without any I/O. The step is called
 * when somebody has taken the job, and then with the answer of each operation that it asked for; it
 * says what comes next. What it wants to remember between them is in the job: cursor, done, total.
 * The row is written before anything else happens, so that whoever takes the job next goes on from
 * there.
 *
 *     take ─▶ step ─▶ RUN: the operation ─▶ step …
 *               ├───▶ WAIT: let go of, not before its time
 *               ├───▶ AGAIN: an attempt failed: WAIT for longer and longer, at last FAIL
 *               └───▶ END, FAIL                                                           */
#ifndef JOBS_KINDS_H
#define JOBS_KINDS_H

#include "jobs/job.h"

typedef enum vg_job_next {
    VG_JOB_RUN,
    VG_JOB_WAIT,
    VG_JOB_AGAIN,
    VG_JOB_END,
    VG_JOB_FAIL,
} vg_job_next;

/* Operations run as the job's tenant, on the job's collection, if op->name is left empty.
 * BUILD_INDEX and COUNT get op->collection; when there is no such collection the step gets
 * NOT_FOUND, with "collection" in status.where. META_… get the backend and, when it is left empty,
 * the tenant of their row: of a job's row that of all jobs' rows. */
typedef struct vg_job_order {
    vg_op *op;          /* comes ready to be filled (kind, in); RUN runs it */
    uint64_t within_ms; /* RUN: how long it may last; 0: as long as a request may */
    uint64_t wait_ms;   /* WAIT */
    bool is_alone;      /* no other gateway has the rows */
    vg_status status;   /* AGAIN, FAIL: why; it may be the answer's */
} vg_job_order;

typedef enum vg_job_place {
#define JOB_KIND(kind, name, doc) VG_JOB_##kind,
#include "vecgate/job.def"
    VG_JOB_KINDS
} vg_job_place;

typedef struct vg_job_kind vg_job_kind;
struct vg_job_kind {
    vg_job_place place;     /* in job.def */
    bool is_final;          /* it cannot be cancelled */
    uint32_t most_attempts; /* that fail; then it has failed */
    /* `answer`: NULL when the job was just taken. The job's texts may be the answer's: they are
     * kept before it goes. */
    vg_job_next (*step)(vg_job *job, const vg_op *answer, vg_job_order *out);
    /* While an operation lasts, now and then: a read that tells how far it is. NULL, or false:
     * nothing is asked. */
    bool (*look)(const vg_job *job, vg_op *op);
    void (*note)(vg_job *job, const vg_op *answer); /* which ended well */
};

extern const vg_job_kind vg_job_repair; /* kinds/repair.c */
extern const vg_job_kind vg_job_index;  /* kinds/index.c */
extern const vg_job_kind vg_job_erase;  /* kinds/erase.c */

const char *vg_job_kind_name(const vg_job_kind *kind); /* "repair" */
/* NULL: this version does not know it. */
const vg_job_kind *vg_job_kind_of(vg_slice name);

/* "<version>.<updated_ms>": a repair's cursor, for the row as it was left. */
vg_slice vg_job_repair_cursor(vg_arena *arena, const vg_meta_row *row);

#endif
