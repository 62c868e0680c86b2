/* One job at work here, as the files share it:
 *
 *     run.c    its phases, and what comes of a step
 *     lease.c  its row: written, read again, renewed, lost
 *     work.c   the operation that it asked for, and looks beside it
 *
 * At most one operation on the row, one of the kind's, and one look are under way;
 * vg_run_advance() is the last line of whatever ends one of them, and the only place where a run
 * ends. Inside src/jobs only. */
#ifndef JOBS_RUN_H
#define JOBS_RUN_H

#include "base/log.h"
#include "jobs/inside.h"

typedef enum run_phase {
    RUN_TAKE,   /* the row is written: it is ours */
    RUN_STEP,   /* its kind says what comes next */
    RUN_WORK,   /* an operation lasts */
    RUN_SAVE,   /* the row is written: the next operation may begin */
    RUN_SETTLE, /* the row is written for the last time */
} run_phase;

typedef struct run {
    vg_list link; /* in jobs->runs */
    vg_jobs *jobs;
    const vg_job_kind *kind;
    vg_job job;
    char id[VG_JOB_ID_CHARS], tenant[VG_TENANT_NAME_BYTES];
    char cursor[VG_BUILD_CURSOR_BYTES], error[VG_JOB_ERROR_BYTES], receipt[VG_JOB_RECEIPT_BYTES];
    char *collection;
    run_phase phase;
    bool is_written; /* what TAKE, SAVE or SETTLE wants */
    bool is_waiting; /* … after the write failed, for its timer */
    bool is_lost;
    bool is_told; /* the operation was asked to end */
    bool wants_beat;
    vg_op *op; /* made, or under way, or (with is_back) the answer */
    bool is_out, is_back;
    bool is_long; /* its deadline is its own, and not a sign that the backend is down */
    vg_op *row;   /* under way */
    vg_op *look;  /* under way */
    vg_timer beat;
    uint64_t sent_ns; /* the write under way */
    uint64_t lease_end_ns;
} run;

/* ---- run.c ---- */
void vg_run_advance(run *r);
vg_loop *vg_run_loop(const run *r);
/* The slice in `to`, cut to the room there. */
vg_slice vg_run_keep(char *to, size_t room, vg_slice text);
/* What the job's texts are slices of may go. */
void vg_run_keep_texts(run *r);
void vg_run_say(const run *r, vg_log_level level, const char *phrase);

/* ---- lease.c ---- */
/* Writes the row as the job is now; with a state of RUNNING the lease is longer then. */
void vg_lease_write(run *r);
/* The next beat comes so much later. */
void vg_lease_start_beat(run *r, uint64_t wait_ms);
void vg_lease_on_beat(vg_timer *timer);
uint64_t vg_lease_beat_ms(const run *r);
bool vg_lease_is_over(const run *r);
/* It is somebody else's, or may be: everything stops. */
void vg_lease_lose(run *r, const char *phrase);

/* ---- work.c ---- */
/* Starts r->op. What ends at once is r->is_back. */
void vg_work_start(run *r);
void vg_work_look(run *r);
/* Asks the operation under way to end. */
void vg_work_stop(run *r, vg_code why);

#endif
