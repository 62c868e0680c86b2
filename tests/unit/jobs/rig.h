/* Two gateways on the same stores, each with a loop, a catalog, a plan and jobs of its own; their
 * clocks move together. One can be killed, as far as the stores can tell: it stands still. */
#ifndef VG_TESTS_UNIT_JOBS_RIG_H
#define VG_TESTS_UNIT_JOBS_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/inside.h"
#include "tests/support/toy_change.h"
#include "tests/support/toy_world.h"

enum { LEASE_MS = 30000, KEEP_MS = 3600 * 1000, RIG_MOST = 2, GATES = 2 };

struct gate {
    toy_world *world; /* NULL: it was not made */
    vg_jobs *jobs;
    vg_metrics *metrics;
    bool stands_still;
    uint64_t missed_ms;
};

struct rig {
    toys *toy;
    struct gate gates[GATES];
    uint64_t now_ms; /* since the rig was made */
    unsigned made;   /* jobs, by rig_put() */
    vg_arena *arena; /* of what rig_job() answers */
    vg_crew *crew;   /* the gateways are workers of one group; NULL: they are not */
    vg_holds *holds; /* of that group */
    char told[256];  /* "cancel_job acme;": what jobs said that they changed */
};

int rig_set_up(void **state);
/* Gateways that stand still go on first, so that nothing is under way. */
int rig_tear_down(void **state);
#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, rig_set_up, rig_tear_down)

/* From now on gateways that start are workers of one group. */
void rig_group(struct rig *rig);
/* Makes the gateway, if need be, and starts its jobs. */
void rig_start(struct rig *rig, int gate);
/* As at SIGTERM; then it is gone. */
void rig_stop(struct rig *rig, int gate);
/* It stands still, and goes on where it was. */
void rig_kill(struct rig *rig, int gate);
void rig_thaw(struct rig *rig, int gate);
/* Time passes, a tenth of a second at a time, for all that do not stand still. */
void rig_pass(struct rig *rig, uint64_t ms);

/* A collection of four dimensions, made by a gateway that knows of no jobs. */
void rig_create(struct rig *rig, const char *name);
/* A row of a job that waits. Answers its id. */
const char *rig_put(struct rig *rig, const vg_job_kind *kind, const char *collection);
/* Out of what the next call changes. */
void rig_keep_id(char to[VG_JOB_ID_CHARS + 1], const char *id);
/* The same, of any job: id and times are set if they are not. */
const char *rig_put_job(struct rig *rig, vg_job job);
/* As its row is; valid until the next call. NULL: there is none. */
const vg_job *rig_job(struct rig *rig, const char *id);
/* "waiting"; "none" without a row. */
const char *rig_state(struct rig *rig, const char *id);
/* How many rows of jobs there are. */
unsigned rig_jobs(struct rig *rig);
/* The id of the only one, or of the last. NULL: there is none. */
const char *rig_last(struct rig *rig);
/* How many gateways that do not stand still are at work on it. */
unsigned rig_workers(const struct rig *rig, const char *id);

/* The id of the n-th that this gateway is at work on. NULL: there are not so many. */
const char *rig_at_work(const struct rig *rig, int gate, unsigned n);

/* CANCEL_JOB, GET_JOB by one of the gateways. */
vg_code rig_cancel(struct rig *rig, int gate, const char *id);
/* An ask of a client through the plan, begun and settled. */
toy_ask *rig_ask(struct rig *rig, int gate, vg_op_kind kind, const char *id);
uint64_t rig_metric(const struct rig *rig, int gate, vg_metric metric, vg_cell cell);

#endif
