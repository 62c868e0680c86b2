/* Jobs: what lasts longer than a request, or must be done after it (design 3). A job is a row of
 * the metadata store (job.h); what it does is a step table (kinds.h); here they are listed, taken,
 * carried on and put away. One for each worker, on its loop.
 *
 * Several workers and gateways may share the store. Who works on a job holds its lease, a time
 * until which nobody else takes it, and renews that every third of it; a holder that died, or that
 * cannot write the store, loses it, and the next one goes on from what the row says. Clocks of
 * gateways that share a store have to agree within two seconds. Of a store that one process, or one
 * group of workers, has to itself, what a process held that is gone is taken up at once.
 *
 * Of the jobs of one kind for one tenant's collection only the oldest runs. An attempt that fails
 * is made again after 1 s, doubling up to 60 s; those that failed because the backend is down are
 * not counted. What has ended is kept for `keep_ms`, the newest 200 at most. */
#ifndef JOBS_JOBS_H
#define JOBS_JOBS_H

#include "catalog/catalog.h"
#include "jobs/crew.h"
#include "jobs/job.h"

typedef struct vg_jobs_parts {
    vg_loop *loop;
    vg_catalog *catalog; /* gets its hooks from here, until vg_jobs_free() */
    vg_runner *backend;
    vg_runner *metadata;
    vg_metrics *metrics;
    const vg_tenant *who; /* whose the rows are, of every tenant's jobs; outlives this */
    size_t op_bytes;      /* arena cap of the operations made here */
    uint64_t lease_ms;
    uint64_t keep_ms;
    uint32_t most;   /* at work at once, here */
    vg_crew *crew;   /* outlives it; NULL: there are no other workers */
    uint32_t worker; /* which of them this is */
    vg_holds *holds; /* the group's; outlives it, too; NULL: there are no other workers */
    /* A job has ended another one (CANCEL_JOB), or taken all aliases of its tenant away
     * (META_DELETE): what no errand of the catalog tells. For the audit log; NULL: nobody wants to
     * know. */
    void (*changed)(void *arg, const vg_op *op);
    void *changed_arg;
} vg_jobs_parts;

vg_jobs *vg_jobs_new(const vg_jobs_parts *parts);
/* Nothing may be under way. */
void vg_jobs_free(vg_jobs *jobs);
/* Operations under way, and jobs at work. */
uint32_t vg_jobs_busy(const vg_jobs *jobs);

/* From now on jobs are worked on; what a gateway that ended left half-made or half-deleted becomes
 * jobs. */
void vg_jobs_start(vg_jobs *jobs);
/* At shutdown: nothing new begins, what is under way is stopped where it can be, and let go of so
 * that the next one takes it up at once. */
void vg_jobs_stop(vg_jobs *jobs);

#endif
