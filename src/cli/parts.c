/* Wires the layers, from the bottom up:
 *
 *     metrics ─ loop ─ pools ─ stores ─ runners ─ catalog ─ jobs ─ plan ─ front ─ listener   */
#include "cli/parts.h"

#include <unistd.h>

#include "transport/http.h"
#include "transport/local.h"
#include "transport/pg.h"

enum { ARENA_BYTES = 4 << 20, MOST_SEARCH_THREADS = 16 };

static bool no_memory(vg_status *status, const char *where)
{
    vg_status_set(status, VG_OVERLOADED, VG_LIT("there is no memory, or no thread, to start with"),
                  vg_slice_str(where));
    return false;
}

static bool make_loop(vg_parts *parts, vg_status *status)
{
    parts->metrics = vg_metrics_new(1);
    parts->shared = vg_shared_new(1);
    parts->has_uv =
        parts->metrics != NULL && parts->shared != NULL && uv_loop_init(&parts->uv) == 0;
    parts->driver = parts->has_uv ? vg_loop_uv_open(&parts->uv, parts->metrics) : NULL;
    if (parts->driver == NULL)
        return no_memory(status, "loop");
    parts->loop = vg_loop_uv_loop(parts->driver);
    return true;
}

/* 0 in the configuration: one for each CPU. */
static uint32_t search_threads(uint64_t wanted)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    if (wanted > 0)
        return (uint32_t)wanted;
    if (cpus < 1)
        return 1;
    return cpus < MOST_SEARCH_THREADS ? (uint32_t)cpus : MOST_SEARCH_THREADS;
}

static bool make_pools(vg_parts *parts, vg_status *status)
{
    const vg_conf *conf = parts->conf;
    const vg_pool_size sizes[VG_POOLS] = {
        [VG_POOL_SEARCH] = {search_threads(conf->search_threads), (uint32_t)conf->search_queue},
        [VG_POOL_CODEC] = {(uint32_t)conf->codec_threads, (uint32_t)conf->codec_queue},
        [VG_POOL_MISC] = {(uint32_t)conf->misc_threads, (uint32_t)conf->misc_queue},
        [VG_POOL_CONNECT] = {(uint32_t)conf->connect_threads, (uint32_t)conf->connect_queue},
        [VG_POOL_CANCEL] = {(uint32_t)conf->cancel_threads, (uint32_t)conf->cancel_queue},
    };

    parts->pools = vg_pools_new(sizes);
    return parts->pools != NULL || no_memory(status, "pools");
}

/* ---- stores ---- */

static vg_transport *make_local(vg_parts *parts)
{
    vg_transport *local = vg_local_new(parts->loop, parts->pools);

    if (local != NULL)
        vg_local_set_metrics(local, parts->metrics);
    return local;
}

static vg_transport *make_http(vg_parts *parts, vg_store_parts *store, vg_status *status)
{
    const vg_adapter *adapter = store->backend.adapter;
    vg_http_parts http = {.loop = parts->loop,
                          .uv = &parts->uv,
                          .endpoint = &store->endpoint,
                          .name = vg_slice_str(adapter->name)};

    if (!adapter->endpoint(store->backend.conf, parts->arena, &store->endpoint, status))
        return NULL;
    return vg_http_new(&http);
}

static vg_transport *make_pg(vg_parts *parts, vg_store_parts *store, vg_status *status)
{
    const vg_adapter *adapter = store->backend.adapter;
    vg_pg_parts pg = {.loop = parts->loop,
                      .uv = &parts->uv,
                      .pools = parts->pools,
                      .endpoint = &store->pg_endpoint,
                      .name = vg_slice_str(adapter->name),
                      .arena = parts->arena,
                      .metrics = parts->metrics};

    if (!adapter->pg_endpoint(store->backend.conf, parts->arena, &store->pg_endpoint, status))
        return NULL;
    return vg_pg_new(&pg, status);
}

static vg_transport *make_transport(vg_parts *parts, vg_store_parts *store, vg_status *status)
{
    switch (store->backend.adapter->via) {
    case VG_VIA_HTTP:
        return make_http(parts, store, status);
    case VG_VIA_PG:
        return make_pg(parts, store, status);
    default:
        return make_local(parts);
    }
}

/* The metadata store is our own and has no section: NULL. */
static bool make_store(vg_parts *parts, vg_store_parts *store, const vg_resilience *resilience,
                       vg_status *status)
{
    const vg_adapter *adapter = store->backend.adapter;
    vg_runner_parts runner = {.loop = parts->loop,
                              .backend = &store->backend,
                              .metrics = parts->metrics,
                              .scratch_bytes = parts->conf->scratch_bytes,
                              .pools = parts->pools,
                              .resilience = resilience};

    if (resilience != NULL)
        runner.shared = vg_shared_at(parts->shared, 0);
    if (adapter->open != NULL &&
        adapter->open(&store->backend, parts->conf->data, parts->arena, status) != VG_OK)
        return false;
    store->is_open = adapter->open != NULL;
    runner.transport = make_transport(parts, store, status);
    if (runner.transport == NULL)
        return status->code != VG_OK ? false : no_memory(status, adapter->name);
    store->runner = vg_runner_new(&runner);
    if (store->runner == NULL)
        runner.transport->close(runner.transport);
    return store->runner != NULL || no_memory(status, adapter->name);
}

static bool make_stores(vg_parts *parts, const vg_config *config, vg_status *status)
{
    parts->metadata_conf.url = parts->conf->metadata;
    parts->vector.backend =
        (vg_backend){.adapter = vg_config_adapter(config), .conf = vg_config_adapter_conf(config)};
    parts->metadata.backend =
        (vg_backend){.adapter = vg_config_metadata(config), .conf = &parts->metadata_conf};
    return make_store(parts, &parts->vector, vg_config_resilience(config), status) &&
           make_store(parts, &parts->metadata, NULL, status);
}

/* ---- what stands on the stores ---- */

static bool make_plan(vg_parts *parts, vg_status *status)
{
    vg_catalog_parts catalog = {.loop = parts->loop,
                                .backend = parts->vector.runner,
                                .metadata = parts->metadata.runner,
                                .metrics = parts->metrics,
                                .op_bytes = parts->conf->request_bytes};
    vg_plan_parts plan = {.loop = parts->loop,
                          .backend = parts->vector.runner,
                          .metrics = parts->metrics,
                          .op_bytes = parts->conf->request_bytes,
                          .inline_hits = VG_PLAN_INLINE_HITS,
                          .pools = parts->pools,
                          .post = vg_pools_post};

    parts->catalog = vg_catalog_new(&catalog);
    plan.catalog = parts->catalog;
    parts->plan = parts->catalog != NULL ? vg_plan_new(&plan) : NULL;
    return parts->plan != NULL || no_memory(status, "plan");
}

static bool make_jobs(vg_parts *parts, vg_status *status)
{
    const vg_conf *conf = parts->conf;
    vg_jobs_parts jobs = {.loop = parts->loop,
                          .catalog = parts->catalog,
                          .backend = parts->vector.runner,
                          .metadata = parts->metadata.runner,
                          .metrics = parts->metrics,
                          .who = &parts->tenant,
                          .op_bytes = conf->request_bytes,
                          .lease_ms = conf->jobs_lease_ms,
                          .keep_ms = conf->jobs_keep_ms,
                          .most = (uint32_t)conf->jobs_most};

    parts->jobs = vg_jobs_new(&jobs);
    return parts->jobs != NULL || no_memory(status, "jobs");
}

static bool make_front(vg_parts *parts, vg_status *status)
{
    const vg_conf *conf = parts->conf;
    vg_front_parts front = {.loop = parts->loop,
                            .plan = parts->plan,
                            .pools = parts->pools,
                            .post = vg_pools_post,
                            .metrics = parts->metrics,
                            .tenant = &parts->tenant,
                            .deadline_ms = conf->deadline_ms,
                            .max_body_bytes = conf->max_body_bytes,
                            .request_bytes = conf->request_bytes,
                            .listen = conf->listen,
                            .keyless = true, /* this build has no credentials */
                            .logs_access = &conf->log_access,
                            .qdrant_version = conf->qdrant_version,
                            .build_version = VG_LIT(VG_VERSION)};

    parts->tenant = (vg_tenant){.name = VG_LIT("default"), .is_sole = true};
    parts->front = vg_front_new(&front);
    return parts->front != NULL || no_memory(status, "front");
}

static bool make_listener(vg_parts *parts, vg_status *status)
{
    const vg_conf *conf = parts->conf;
    vg_listener_parts listener = {.uv = &parts->uv,
                                  .loop = parts->loop,
                                  .metrics = parts->metrics,
                                  .bounds = &parts->bounds,
                                  .user = vg_front_user(parts->front)};

    vg_bounds_default(&parts->bounds);
    parts->bounds.max_head_bytes = (uint32_t)conf->max_head_bytes;
    parts->bounds.max_headers = (uint32_t)conf->max_headers;
    parts->bounds.max_connections = (uint32_t)conf->max_connections;
    parts->bounds.head_ms = conf->head_ms;
    parts->bounds.body_ms = conf->body_ms;
    parts->bounds.keep_alive_ms = conf->keep_alive_ms;
    parts->bounds.max_expansion = (uint32_t)conf->max_expansion;
    parts->listener = vg_listener_open(&listener, conf->listen, parts->arena, status);
    return parts->listener != NULL;
}

bool vg_parts_make(vg_parts *parts, const vg_config *config, vg_status *status)
{
    *parts = (vg_parts){.conf = vg_config_values(config), .arena = vg_arena_new(ARENA_BYTES)};
    if (parts->arena == NULL)
        return no_memory(status, "start");
    return make_loop(parts, status) && make_pools(parts, status) &&
           make_stores(parts, config, status) && make_plan(parts, status) &&
           make_jobs(parts, status) && make_front(parts, status) && make_listener(parts, status);
}

/* ---- the end ---- */

static void on_listener_closed(void *arg)
{
    vg_parts *parts = arg;

    parts->listener = NULL;
}

static void free_store(vg_store_parts *store)
{
    if (store->runner != NULL)
        vg_runner_free(store->runner);
}

static void close_store(vg_store_parts *store)
{
    if (store->is_open && store->backend.adapter->close != NULL)
        store->backend.adapter->close(&store->backend);
}

/* One that nobody connected to yet, when the start failed behind it. */
static void close_listener(vg_parts *parts)
{
    if (parts->listener != NULL)
        vg_listener_close(parts->listener, on_listener_closed, parts);
    while (parts->listener != NULL)
        uv_run(&parts->uv, UV_RUN_ONCE);
}

/* Handles end in callbacks: of a listener that never listened, of transports, of the loop's driver.
 */
static void free_loop(vg_parts *parts)
{
    if (!parts->has_uv)
        return;
    uv_run(&parts->uv, UV_RUN_DEFAULT);
    if (parts->driver != NULL)
        vg_loop_uv_close(parts->driver);
    uv_run(&parts->uv, UV_RUN_DEFAULT);
    uv_loop_close(&parts->uv);
}

void vg_parts_free(vg_parts *parts)
{
    close_listener(parts);
    vg_front_free(parts->front);
    if (parts->plan != NULL)
        vg_plan_free(parts->plan);
    vg_jobs_free(parts->jobs);
    if (parts->catalog != NULL)
        vg_catalog_free(parts->catalog);
    free_store(&parts->vector);
    free_store(&parts->metadata);
    free_loop(parts);
    if (parts->pools != NULL)
        vg_pools_free(parts->pools);
    close_store(&parts->metadata);
    close_store(&parts->vector);
    vg_shared_free(parts->shared);
    vg_metrics_free(parts->metrics);
    vg_arena_free(parts->arena);
}

bool vg_parts_are_busy(const vg_parts *parts)
{
    return vg_plan_busy(parts->plan) > 0 || vg_catalog_busy(parts->catalog) > 0 ||
           vg_jobs_busy(parts->jobs) > 0 || vg_runner_calls(parts->vector.runner) > 0 ||
           vg_runner_calls(parts->metadata.runner) > 0;
}
