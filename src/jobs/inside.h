/* What the files of src/jobs share. Inside src/jobs only.
 *
 *     pass.c  lists the rows: what is due, what is too old, what is being built (view.c)
 *     run.c   one job at work here: lease, steps, operations
 *     make.c  rows for what was left half-done
 *     ask.c   LIST_JOBS, GET_JOB, CANCEL_JOB
 *     erase.c ERASE_TENANT                                                                */
#ifndef JOBS_INSIDE_H
#define JOBS_INSIDE_H

#include "base/check.h"
#include "base/list.h"
#include "base/loop.h"
#include "jobs/jobs.h"
#include "jobs/kinds.h"

enum {
    VG_JOBS_PAGE = 256,          /* rows of one META_LIST */
    VG_JOBS_SKEW_MS = 2000,      /* a lease is over so long after its time */
    VG_JOBS_POLL_MS = 10 * 1000, /* how often a store that others share is looked at */
    VG_JOBS_REST_MS = 60 * 1000, /* the longest backoff; between looks for what is unfinished */
    VG_JOBS_KEPT = 200,          /* that have ended */
    VG_JOBS_OP_MS = 30 * 1000,   /* an operation */
    VG_JOBS_HOLDER_CHARS = 16,
};

#define VG_JOBS_MS ((uint64_t)1000000)

typedef struct pass pass;
typedef struct make make;
typedef struct sight sight;

struct vg_jobs {
    vg_jobs_parts parts;
    char holder[VG_JOBS_HOLDER_CHARS]; /* who this is, in leases */
    bool is_started, is_stopping;
    uint32_t busy;
    /* pass.c */
    pass *pass; /* under way; NULL: none */
    vg_timer next_pass;
    bool is_poked;   /* once more, when this one has ended */
    uint32_t delays; /* passes that failed, one after the other */
    /* run.c */
    vg_list runs;
    uint32_t run_count;
    /* erase.c */
    vg_list erases; /* asks, of which those for one tenant come one after the other */
    /* make.c */
    vg_list makes; /* rows to be made, first come, first served */
    uint32_t make_count;
    uint32_t make_delays;
    bool is_making;
    bool is_looking; /* for what is unfinished */
    bool must_look;
    vg_timer next_make, next_look;
    /* view.c: what is unfinished */
    vg_arena *view;
    sight *sights;
    uint32_t pass_number;
};

/* ---- jobs.c ---- */
/* An operation of our own; NULL: no memory. Counts as busy until it is given back. */
vg_op *vg_jobs_op(vg_jobs *jobs, vg_op_kind kind, vg_op_done_fn *done, void *arg);
void vg_jobs_op_free(vg_jobs *jobs, vg_op *op);
/* How did a child end? Its failure becomes the parent's, in a copy: the child goes. */
bool vg_jobs_child_is_ok(vg_op *parent, const vg_op *child);
/* The same for a tenant, with a copy of it. */
vg_op *vg_jobs_op_of(vg_jobs *jobs, vg_op_kind kind, vg_slice tenant, vg_op_done_fn *done,
                     void *arg);
/* The key of a row, in the op's arena. False: no memory. */
bool vg_jobs_fill_key(const vg_jobs *jobs, vg_op *op, vg_slice id);
/* Has this process the store to itself, or the group that it is one of? */
bool vg_jobs_is_sole(const vg_jobs *jobs);
/* 1 s doubling to 60 s. */
uint64_t vg_jobs_backoff_ms(uint32_t delays);
vg_slice vg_jobs_holder(const vg_jobs *jobs);
/* Fills the row of a new job, for a META_CREATE. False: no memory. */
typedef struct vg_jobs_new_row {
    const vg_job_kind *kind;
    vg_slice tenant, collection, cursor;
} vg_jobs_new_row;
bool vg_jobs_fill_new(const vg_jobs *jobs, vg_op *create, const vg_jobs_new_row *of);

/* ---- pass.c ---- */
/* Something is due, or may be: look soon. */
void vg_jobs_poke(vg_jobs *jobs);
void vg_jobs_look_in(vg_jobs *jobs, uint64_t wait_ms); /* or sooner */
/* Ends the pass under way soon. */
void vg_pass_stop(vg_jobs *jobs);

/* ---- run.c ---- */
/* Takes the job and goes on with it; the job is copied. */
void vg_run_begin(vg_jobs *jobs, const vg_job *job);
bool vg_run_is_here(const vg_jobs *jobs, vg_slice id);
/* Its row was changed by somebody: look at it now. */
void vg_run_poke(vg_jobs *jobs, vg_slice id);
void vg_run_stop_all(vg_jobs *jobs);

/* ---- make.c ---- */
/* Looks for what is unfinished. */
void vg_make_look(vg_jobs *jobs);
/* Somebody gave up on a collection, whose row is as it says (version 0: nobody knows). */
void vg_make_repair(vg_jobs *jobs, const vg_meta_row *row);
void vg_make_stop(vg_jobs *jobs);

/* ---- view.c ---- */
void vg_view_begin(vg_jobs *jobs); /* a pass begins */
/* Seen by the pass: in front of `before`, into an arena that is made for the first. */
sight *vg_view_see(sight *before, vg_arena **arena, const vg_job *job);
/* The pass has ended: this is what there is; the arena (NULL: none was needed) is the view's. */
void vg_view_replace(vg_jobs *jobs, vg_arena *arena, sight *seen);
/* An index job was just made. */
void vg_view_add(vg_jobs *jobs, vg_slice tenant, vg_slice collection);
/* What is known of a collection's build becomes part of its description. */
void vg_view_describe(vg_jobs *jobs, vg_op *op);
bool vg_view_has_repair(const vg_jobs *jobs, vg_slice tenant, vg_slice collection);
void vg_view_free(vg_jobs *jobs);

/* ---- ask.c ---- */
/* False: no memory, and nothing was begun. */
bool vg_jobs_ask(vg_jobs *jobs, vg_op *op);

/* ---- erase.c ---- */
/* The same for ERASE_TENANT. */
bool vg_jobs_erase(vg_jobs *jobs, vg_op *op);

#endif
