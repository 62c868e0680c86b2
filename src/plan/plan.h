/* The plan: from what a client means to what a backend can do. Finds the collection, checks
 * dimensions and capabilities once for every backend, refuses what cannot be done by naming the
 * capability. Loop's thread only. */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "catalog/catalog.h"

/* As many hits take 50 µs: fusing takes 95 ns of each, gathering 47. */
enum { VG_PLAN_INLINE_HITS = 512 };

typedef struct vg_plan_parts {
    vg_loop *loop;
    vg_catalog *catalog;
    vg_runner *backend;
    vg_metrics *metrics;
    size_t op_bytes;      /* arena cap of the operations made here */
    uint32_t inline_hits; /* computed on the loop; more go to the codec pool */
    vg_pools *pools;
    /* vg_pools_post(): the plan knows of pools only that works can be given to them. */
    bool (*post)(vg_pools *pools, vg_pool_name pool, vg_work *work);
} vg_plan_parts;

vg_plan *vg_plan_new(const vg_plan_parts *parts);
void vg_plan_free(vg_plan *plan); /* nothing may be under way */

/* Runs the op as a front decoded it. op->done(op) comes exactly once, from a later turn. Errors of
 * its own: NOT_FOUND (``Collection `X` doesn't exist!``), INVALID (``Vector dimension error:
 * expected dim: 4, got 3``), UNSUPPORTED naming the capability, DEADLINE. */
void vg_plan_start(vg_plan *plan, vg_op *op);
/* Ends it early: the client has gone (CANCELLED), or shutdown (UNAVAILABLE). done still comes. */
void vg_plan_cancel(vg_plan *plan, vg_op *op, vg_code why);
const vg_backend *vg_plan_backend(const vg_plan *plan);
uint32_t vg_plan_busy(const vg_plan *plan);

#endif
