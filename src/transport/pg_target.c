/* See pg_target.h. */
#include "transport/pg_target.h"

enum { DIRECT_CONNECTIONS = 4, DIRECT_IDLE_MS = 10000 };

static uint64_t or_default(uint64_t value, uint64_t otherwise)
{
    return value > 0 ? value : otherwise;
}

static vg_pg_bounds bounds_of(const vg_pg_endpoint *endpoint, const vg_pg_url *url)
{
    uint64_t connect_ms = or_default(url->connect_ms, VG_PG_CONNECT_MS);
    vg_pg_bounds bounds = {
        .min_connections = endpoint->min_connections,
        .max_connections = (uint32_t)or_default(endpoint->max_connections, VG_PG_CONNECTIONS),
        .max_queue = (uint32_t)or_default(endpoint->max_queue, VG_PG_QUEUE),
        .connect_ms = or_default(endpoint->connect_ms, connect_ms),
        .idle_ms = or_default(endpoint->idle_ms, VG_PG_IDLE_MS),
        .lifetime_ms = or_default(endpoint->lifetime_ms, VG_PG_LIFETIME_MS),
        .max_reply_bytes = or_default(endpoint->max_reply_bytes, VG_PG_REPLY_BYTES),
    };

    if (bounds.min_connections > bounds.max_connections)
        bounds.min_connections = bounds.max_connections;
    return bounds;
}

static void suit_role(vg_pg_bounds *bounds, vg_pg_role role)
{
    if (role != VG_PG_PRIMARY)
        bounds->min_connections = 0;
    if (role != VG_PG_DIRECT)
        return;
    bounds->max_connections = DIRECT_CONNECTIONS;
    bounds->idle_ms = DIRECT_IDLE_MS;
}

/* Which of an endpoint's URLs it is, where there is more than one. */
static const char *const which[] = {
    [VG_PG_PRIMARY] = "", [VG_PG_DIRECT] = "direct_url: ", [VG_PG_REPLICA] = "replicas: "};

static bool read_url(vg_pg_url *url, const vg_pg_target_parts *parts, vg_status *status)
{
    const vg_pg_endpoint *endpoint = parts->pg->endpoint;
    vg_pg_url_parts url_parts = {.url = parts->url,
                                 .password = endpoint->password,
                                 .ca_file = endpoint->ca_file,
                                 .is_direct = parts->is_past_pooler};
    char why[256];

    if (vg_pg_url_read(url, &url_parts, why, sizeof why))
        return true;
    vg_status_setf(status, parts->pg->arena, VG_INVALID, parts->pg->name, "%s%s",
                   parts->is_past_pooler ? "" : which[parts->role], why);
    return false;
}

static bool is_url_good(const vg_pg_parts *pg, vg_slice text, vg_pg_role role, vg_status *status)
{
    const vg_pg_target_parts parts = {.pg = pg, .url = text, .role = role};
    vg_pg_url url;
    bool good = read_url(&url, &parts, status);

    vg_pg_url_fini(&url);
    return good;
}

bool vg_pg_check(const vg_pg_parts *parts, vg_status *status)
{
    const vg_pg_endpoint *endpoint = parts->endpoint;

    if (!is_url_good(parts, endpoint->url, VG_PG_PRIMARY, status))
        return false;
    if (endpoint->direct_url.len > 0 &&
        !is_url_good(parts, endpoint->direct_url, VG_PG_DIRECT, status))
        return false;
    for (uint32_t i = 0; i < endpoint->replica_count; i++) {
        if (!is_url_good(parts, endpoint->replica_urls[i], VG_PG_REPLICA, status))
            return false;
    }
    return true;
}

static bool may_prepare(const vg_pg_endpoint *endpoint, const vg_pg_url *url)
{
    return endpoint->prepares == VG_PG_PREPARES_ALWAYS ||
           (endpoint->prepares == VG_PG_PREPARES_KNOWN && !url->loses_names);
}

bool vg_pg_target_open(vg_pg_target *target, const vg_pg_target_parts *parts, vg_status *status)
{
    const vg_pg_parts *pg = parts->pg;
    vg_pg_pool_parts pool = {.loop = pg->loop,
                             .uv = pg->uv,
                             .pools = pg->pools,
                             .url = &target->url,
                             .name = pg->name,
                             .ended = parts->ended,
                             .counted = parts->counted,
                             .arg = parts->arg};

    if (!read_url(&target->url, parts, status))
        return false;
    pool.bounds = bounds_of(pg->endpoint, &target->url);
    suit_role(&pool.bounds, parts->role);
    pool.prepares = may_prepare(pg->endpoint, &target->url);
    target->pool = vg_pg_pool_new(&pool);
    if (target->pool != NULL)
        return true;
    vg_status_set(status, VG_OVERLOADED, VG_LIT("there is no memory for connections"), pg->name);
    return false;
}

void vg_pg_target_close(vg_pg_target *target)
{
    if (target->pool != NULL)
        vg_pg_pool_close(target->pool);
    target->pool = NULL;
    vg_pg_url_fini(&target->url);
}
