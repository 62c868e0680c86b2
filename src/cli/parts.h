/* Everything one worker is made of, in the order in which it is made; freed in reverse. */
#ifndef CLI_PARTS_H
#define CLI_PARTS_H

#include <uv.h>

#include "adapters/metadata/metadata.h"
#include "catalog/catalog.h"
#include "cli/common.h"
#include "cli/tracing.h"
#include "front/front.h"
#include "gate/gate.h"
#include "jobs/jobs.h"
#include "net/listener.h"
#include "net/loop_uv.h"
#include "plan/plan.h"
#include "transport/pools.h"

/* A backend with what carries its operations. */
typedef struct vg_store_parts {
    vg_backend backend;
    vg_endpoint endpoint;       /* of a remote one; the transport reads it as long as it lives */
    vg_pg_endpoint pg_endpoint; /* the same, where it is a PostgreSQL */
    vg_slice only_url;          /* not empty: of its servers this one alone, as if it were all */
    bool is_open;
    vg_runner *runner;
} vg_store_parts;

typedef struct vg_parts {
    const vg_conf *conf;
    const vg_common *common; /* what other workers have, too */
    uint32_t worker;         /* which of them this is */
    vg_arena *arena;         /* small things that live as long as the parts */
    vg_metrics *metrics;     /* the common ones */
    uv_loop_t uv;
    bool has_uv;
    vg_loop_uv *driver;
    vg_loop *loop;
    vg_pools *pools;
    vg_tracing tracing;
    vg_metadata_conf metadata_conf;
    vg_store_parts vector;
    vg_store_parts metadata;
    vg_catalog *catalog;
    vg_jobs *jobs;
    vg_plan *plan;
    vg_tenant tenant;
    vg_gate *gate; /* who is let in */
    vg_front *front;
    vg_bounds bounds;
    vg_tls *tls; /* of all listeners; NULL: plain HTTP */
    vg_listener *listener;
} vg_parts;

/* Makes them all, from stores to listener; blocks while stores open. The configuration and what is
 * common outlive them. False: `status` says why; free them all the same. */
bool vg_parts_make(vg_parts *parts, const vg_config *config, const vg_common *common,
                   uint32_t worker, vg_status *status);
/* Of them only what it takes to ask one store, which becomes `vector`: `backend` and `only_url` of
 * `store` are set. Freed like the whole. */
bool vg_parts_make_one(vg_parts *parts, const vg_config *config, const vg_common *common,
                       const vg_store_parts *store, vg_status *status);
/* Nothing may be under way. Blocks while stores close. */
void vg_parts_free(vg_parts *parts);
/* Operations under way anywhere. */
bool vg_parts_are_busy(const vg_parts *parts);

#endif
