/* Wires the layers, from the bottom up:
 *
 *     metrics ─ loop ─ pools ─ stores ─ runners ─ catalog ─ jobs ─ plan ─ front ─ listener   */
#include "cli/parts.h"

#include <unistd.h>

#include "cli/secure.h"
#include "cli/trail.h"
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
    parts->has_uv = uv_loop_init(&parts->uv) == 0;
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
        [VG_POOL_HANDSHAKE] = {(uint32_t)conf->handshake_threads, (uint32_t)conf->handshake_queue},
    };

    parts->pools = vg_pools_new(sizes);
    if (parts->pools == NULL)
        return no_memory(status, "pools");
    vg_pools_set_metrics(parts->pools, parts->metrics);
    return true;
}

static bool make_tracing(vg_parts *parts, vg_status *status)
{
    const vg_tracing_parts tracing = {.conf = &parts->conf->traces,
                                      .loop = parts->loop,
                                      .uv = &parts->uv,
                                      .metrics = parts->metrics,
                                      .arena = parts->arena};

    return vg_tracing_make(&parts->tracing, &tracing, status);
}

/* ---- stores ---- */

static vg_transport *make_local(vg_parts *parts)
{
    return vg_local_new(parts->loop, parts->pools);
}

static vg_transport *make_http(vg_parts *parts, vg_store_parts *store, vg_status *status)
{
    const vg_adapter *adapter = store->backend.adapter;
    vg_http_parts http = {.loop = parts->loop,
                          .uv = &parts->uv,
                          .endpoint = &store->endpoint,
                          .name = vg_slice_str(adapter->name),
                          .metrics = parts->metrics};

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
    if (store->only_url.len > 0) {
        store->pg_endpoint.url = store->pg_endpoint.direct_url = store->only_url;
        store->pg_endpoint.replica_count = 0;
    }
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
                              .resilience = resilience,
                              .tracer = parts->tracing.tracer,
                              .has_sql_comment = parts->conf->traces.has_sql_comment,
                              .worker = parts->worker};

    if (resilience != NULL)
        runner.shared = vg_shared_at(parts->common->shared, 0);
    if (adapter->open != NULL &&
        adapter->open(&store->backend, parts->conf->data, parts->arena, status) != VG_OK)
        return false;
    store->is_open = adapter->open != NULL;
    runner.transport = make_transport(parts, store, status);
    if (runner.transport == NULL)
        return status->code != VG_OK ? false : no_memory(status, adapter->name);
    vg_tracing_set_server(&runner, &store->endpoint, &store->pg_endpoint, parts->arena);
    store->runner = vg_runner_new(&runner);
    if (store->runner == NULL)
        runner.transport->close(runner.transport);
    return store->runner != NULL || no_memory(status, adapter->name);
}

static bool make_stores(vg_parts *parts, const vg_config *config, vg_status *status)
{
    parts->metadata_conf = (vg_metadata_conf){
        parts->conf->metadata, parts->common->workers > 1 ? VG_METADATA_WORKER : VG_METADATA_ALONE};
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
                                .op_bytes = parts->conf->request_bytes,
                                .generations = parts->common->generations,
                                .holds = parts->common->holds,
                                .worker = parts->worker,
                                .changed = vg_trail_changed,
                                .changed_arg = parts};
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
                          .most = (uint32_t)conf->jobs_most,
                          .crew = parts->common->crew,
                          .holds = parts->common->holds,
                          .worker = parts->worker,
                          .changed = vg_trail_erased,
                          .changed_arg = parts};

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
                            .gate = parts->gate,
                            .deadline_ms = conf->deadline_ms,
                            .max_body_bytes = conf->max_body_bytes,
                            .request_bytes = conf->request_bytes,
                            .listen = conf->listen,
                            .rates = parts->common->rates,
                            .quota = &conf->quota,
                            .logs_access = &conf->log_access,
                            .logs_audit = &conf->log_audit,
                            .logs_slow = &conf->log_slow_ms,
                            .backend = parts->vector.backend.adapter->name,
                            .tracer = parts->tracing.tracer,
                            .scheme = conf->tls_certificate.len > 0 ? "https" : "http",
                            .qdrant_version = conf->qdrant_version,
                            .build_version = VG_LIT(VG_VERSION)};

    parts->tenant =
        (vg_tenant){.name = VG_LIT("default"), .is_sole = conf->credentials.has_one_tenant};
    parts->front = vg_front_new(&front);
    return parts->front != NULL || no_memory(status, "front");
}

static bool make_tls(vg_parts *parts, vg_status *status)
{
    vg_tls_set *set = parts->common->tls;

    if (set == NULL)
        return true;
    vg_secure_note(set);
    parts->tls = vg_tls_new(parts->pools, vg_pools_post, set);
    if (parts->tls == NULL)
        return no_memory(status, "tls");
    vg_tls_set_hold(set);
    return true;
}

static bool make_listener(vg_parts *parts, vg_status *status)
{
    const vg_conf *conf = parts->conf;
    vg_listener_parts listener = {.uv = &parts->uv,
                                  .loop = parts->loop,
                                  .metrics = parts->metrics,
                                  .bounds = &parts->bounds,
                                  .user = vg_front_user(parts->front),
                                  .tls = parts->tls};
    const vg_shared_socket shared = {parts->common->socket, parts->common->fair, parts->worker};

    vg_bounds_default(&parts->bounds);
    parts->bounds.max_head_bytes = (uint32_t)conf->max_head_bytes;
    parts->bounds.max_headers = (uint32_t)conf->max_headers;
    parts->bounds.max_connections = (uint32_t)conf->max_connections;
    parts->bounds.head_ms = conf->head_ms;
    parts->bounds.body_ms = conf->body_ms;
    parts->bounds.keep_alive_ms = conf->keep_alive_ms;
    parts->bounds.handshake_ms = conf->tls_handshake_ms;
    parts->bounds.max_expansion = (uint32_t)conf->max_expansion;
    parts->listener = parts->common->socket >= 0
                          ? vg_listener_open_on(&listener, &shared, parts->arena, status)
                          : vg_listener_open(&listener, conf->listen, parts->arena, status);
    return parts->listener != NULL;
}

static bool make_gate(vg_parts *parts, vg_status *status)
{
    parts->gate = vg_gate_new(parts->common->credentials);
    return parts->gate != NULL || no_memory(status, "gate");
}

static bool begin(vg_parts *parts, const vg_config *config, const vg_common *common,
                  uint32_t worker, vg_status *status)
{
    *parts = (vg_parts){.conf = vg_config_values(config),
                        .common = common,
                        .worker = worker,
                        .metrics = common->metrics,
                        .arena = vg_arena_new(ARENA_BYTES)};
    vg_metrics_set_worker(parts->metrics, worker);
    if (parts->arena == NULL)
        return no_memory(status, "start");
    return make_loop(parts, status) && make_pools(parts, status);
}

bool vg_parts_make_one(vg_parts *parts, const vg_config *config, const vg_common *common,
                       const vg_store_parts *store, vg_status *status)
{
    if (!begin(parts, config, common, 0, status))
        return false;
    parts->vector = *store;
    return make_store(parts, &parts->vector, NULL, status);
}

bool vg_parts_make(vg_parts *parts, const vg_config *config, const vg_common *common,
                   uint32_t worker, vg_status *status)
{
    return begin(parts, config, common, worker, status) && make_tracing(parts, status) &&
           make_stores(parts, config, status) && make_plan(parts, status) &&
           make_jobs(parts, status) && make_gate(parts, status) && make_front(parts, status) &&
           make_tls(parts, status) && make_listener(parts, status);
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
    vg_tls_free(parts->tls);
    vg_front_free(parts->front);
    vg_gate_free(parts->gate);
    if (parts->plan != NULL)
        vg_plan_free(parts->plan);
    vg_jobs_free(parts->jobs);
    if (parts->catalog != NULL)
        vg_catalog_free(parts->catalog);
    free_store(&parts->vector);
    free_store(&parts->metadata);
    vg_tracing_free(&parts->tracing);
    free_loop(parts);
    if (parts->pools != NULL)
        vg_pools_free(parts->pools);
    close_store(&parts->metadata);
    close_store(&parts->vector);
    vg_arena_free(parts->arena);
}

bool vg_parts_are_busy(const vg_parts *parts)
{
    return vg_plan_busy(parts->plan) > 0 || vg_catalog_busy(parts->catalog) > 0 ||
           vg_jobs_busy(parts->jobs) > 0 || vg_runner_calls(parts->vector.runner) > 0 ||
           vg_runner_calls(parts->metadata.runner) > 0;
}
