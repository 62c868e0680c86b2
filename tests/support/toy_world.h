/* A gateway without its front and its doors: a fake loop, the toys behind real runners, a catalog
 * and a plan. A world can end at any moment and another one be made on the same stores. */
#ifndef VG_TESTS_SUPPORT_TOY_WORLD_H
#define VG_TESTS_SUPPORT_TOY_WORLD_H

#include "plan/plan.h"
#include "tests/support/fake_loop.h"
#include "tests/support/toy_adapter.h"

typedef struct toy_world {
    toys *toy; /* not this world's: it outlives it */
    fake_loop *fake;
    vg_runner *vectors, *metadata;
    vg_catalog *catalog;
    vg_plan *plan;
    const char *who; /* the tenant that asks; NULL: "default", all alone */
    size_t op_bytes; /* cap of the ops that asks make; 0: plenty */
    /* The codec pool, which is given all that has any hits: what it takes it computes at once, but
     * the n-th (from 0; UINT32_MAX: none) it holds, or refuses. */
    struct toy_pool {
        unsigned lent, holds, refuses;
        vg_work *held;
    } pool;
} toy_world;

/* Caps of memory, for tests of what happens without; 0: plenty. */
typedef struct toy_caps {
    size_t op_bytes;      /* of the op that a client makes */
    size_t child_bytes;   /* of the catalog's own */
    size_t scratch_bytes; /* of an adapter's try */
    uint32_t inline_hits; /* not a cap: what the plan computes on the loop */
    /* Not caps: the vector backend's policies and where they are kept, and what is counted. */
    const vg_resilience *resilience;
    vg_shared_backend *shared;
    vg_metrics *metrics;
    /* Of several worlds that are workers of one group. */
    vg_generations *generations;
    vg_holds *holds;
    uint32_t worker;
} toy_caps;

toy_world *toy_world_new(toys *toy);
toy_world *toy_world_new_capped(toys *toy, toy_caps caps);
/* Whatever is still under way, or was left on the loop, ends the test. */
void toy_world_free(toy_world *world);
/* What the pool holds is computed, and comes back with the loop's next turns. */
void toy_pool_release(toy_world *world);

/* ---- what a client does ---- */
/* From now on that tenant, one of several; NULL: the sole one. The text is kept by whoever says it.
 */
void toy_as(toy_world *world, const char *tenant);
typedef struct toy_ask {
    vg_op op;
    toy_world *world;
    int done;     /* how often it ended */
    bool at_once; /* the catalog knew it */
} toy_ask;

/* Without the plan: the catalog's own calls. NULL: there was no memory for the op. */
toy_ask *toy_begin_create(toy_world *world, const char *name, uint32_t size);
toy_ask *toy_begin_drop(toy_world *world, const char *name);
toy_ask *toy_begin_find(toy_world *world, const char *name);
toy_ask *toy_begin_list(toy_world *world);
/* An op ready to be filled in; it is started with vg_plan_start() or toy_start(). */
toy_ask *toy_make_ask(toy_world *world, vg_op_kind kind, const char *name);
/* Through the plan. */
void toy_start(toy_ask *ask);
void toy_settle(toy_world *world);
/* How it ended; it has to have ended once. Frees it. */
vg_code toy_end(toy_ask *ask);
/* The same without freeing. */
vg_code toy_code(const toy_ask *ask);

/* Begun, settled, ended. */
vg_code toy_create(toy_world *world, const char *name, uint32_t size);
vg_code toy_drop(toy_world *world, const char *name, bool *did);
/* The size that was found; 0: `code` says why not. */
uint32_t toy_find(toy_world *world, const char *name, vg_code *code);
toy_ask *toy_begin_unfinished(toy_world *world);
toy_ask *toy_begin_repair(toy_world *world, const char *name);
/* All that is unfinished, one after the other, as jobs do it. How many could not be repaired, or
 * are left for later; UINT_MAX: it could not be listed. */
unsigned toy_repair_all(toy_world *world);
/* "a b c", valid until the next call; NULL when it failed. */
const char *toy_list(toy_world *world);

#endif
