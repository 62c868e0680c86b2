/* Everything one worker is made of, in the order in which it is made; freed in reverse. */
#ifndef CLI_PARTS_H
#define CLI_PARTS_H

#include <uv.h>

#include "adapters/metadata/metadata.h"
#include "call/shared.h"
#include "catalog/catalog.h"
#include "config/config.h"
#include "front/front.h"
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
    bool is_open;
    vg_runner *runner;
} vg_store_parts;

typedef struct vg_parts {
    const vg_conf *conf;
    vg_arena *arena; /* small things that live as long as the parts */
    vg_metrics *metrics;
    vg_shared *shared; /* what workers decide together */
    uv_loop_t uv;
    bool has_uv;
    vg_loop_uv *driver;
    vg_loop *loop;
    vg_pools *pools;
    vg_metadata_conf metadata_conf;
    vg_store_parts vector;
    vg_store_parts metadata;
    vg_catalog *catalog;
    vg_jobs *jobs;
    vg_plan *plan;
    vg_tenant tenant;
    vg_front *front;
    vg_bounds bounds;
    vg_listener *listener;
} vg_parts;

/* Makes them all, from stores to listener; blocks while stores open. The configuration outlives
 * them. False: `status` says why; free them all the same. */
bool vg_parts_make(vg_parts *parts, const vg_config *config, vg_status *status);
/* Nothing may be under way. Blocks while stores close. */
void vg_parts_free(vg_parts *parts);
/* Operations under way anywhere. */
bool vg_parts_are_busy(const vg_parts *parts);

#endif
