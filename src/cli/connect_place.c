/* See connect_place.h. */
#include "cli/connect_place.h"

#include <string.h>

#include "adapters/metadata/metadata.h"
#include "transport/pg_url.h"

enum { WHY_BYTES = 256 };

struct listing {
    vg_arena *arena;
    vg_connect_place *out;
    uint32_t count;
};

static vg_connect_place *add(struct listing *list, const char *role, const vg_backend *backend)
{
    vg_connect_place *place = &list->out[list->count++];

    *place = (vg_connect_place){.role = role, .backend = *backend};
    return place;
}

/* ---- servers that speak HTTP ---- */

static bool add_http(struct listing *list, const vg_backend *backend, vg_status *status)
{
    vg_endpoint endpoint = {0};
    vg_connect_place *place;

    if (!backend->adapter->endpoint(backend->conf, list->arena, &endpoint, status))
        return false;
    place = add(list, "backend", backend);
    place->at = endpoint.base_url;
    if (!vg_slice_starts(endpoint.base_url, VG_LIT("https://")))
        place->tls = VG_LIT("none: whoever is on the way can read along");
    else if (endpoint.ca_file.len > 0)
        place->tls = vg_arena_printf(list->arena, "verified by the authorities in " VG_FMT,
                                     VG_ARG(endpoint.ca_file));
    else
        place->tls = VG_LIT("verified by the system's authorities");
    return true;
}

/* ---- PostgreSQL ---- */

static vg_slice tls_of(const vg_pg_url *url)
{
    const char *mode = vg_pg_url_option(url, "sslmode");

    if (url->hosts[0].name[0] == '/')
        return VG_LIT("none: a socket of this machine");
    if (mode == NULL || strcmp(mode, "disable") == 0)
        return VG_LIT("none: whoever is on the way can read along");
    if (strcmp(mode, "verify-full") == 0)
        return VG_LIT("verified (sslmode=verify-full)");
    if (strcmp(mode, "allow") == 0 || strcmp(mode, "prefer") == 0)
        return VG_LIT("only if the server offers it: sslmode=verify-full would make it a must, and "
                      "verify who answers");
    return VG_LIT("encrypted, and not sure who answers: sslmode=verify-full would verify that");
}

static vg_slice hosts_of(vg_arena *arena, const vg_pg_url *url)
{
    const char *database = vg_pg_url_option(url, "dbname");
    vg_slice text = {0};

    for (uint32_t i = 0; i < url->host_count; i++)
        text =
            vg_arena_printf(arena, VG_FMT "%s%s:%s", VG_ARG(text), i > 0 ? "," : "",
                            url->hosts[i].name, url->hosts[i].port ? url->hosts[i].port : "5432");
    return database ? vg_arena_printf(arena, VG_FMT "/%s", VG_ARG(text), database) : text;
}

static bool add_server(struct listing *list, const vg_backend *backend, const char *role,
                       const vg_pg_url_parts *parts, vg_status *status)
{
    vg_connect_place *place = add(list, role, backend);
    char why[WHY_BYTES];
    vg_pg_url url;
    bool is_good = vg_pg_url_read(&url, parts, why, sizeof why);

    if (is_good) {
        place->only_url = parts->url;
        place->at = hosts_of(list->arena, &url);
        place->tls = tls_of(&url);
    } else {
        vg_status_setf(status, list->arena, VG_INVALID, vg_slice_str(backend->adapter->name), "%s",
                       why);
    }
    vg_pg_url_fini(&url);
    return is_good;
}

static bool add_pg(struct listing *list, const vg_backend *backend, vg_status *status)
{
    vg_pg_endpoint endpoint = {0};
    vg_pg_url_parts parts;

    if (!backend->adapter->pg_endpoint(backend->conf, list->arena, &endpoint, status))
        return false;
    parts = (vg_pg_url_parts){endpoint.url, endpoint.password, endpoint.ca_file, false};
    if (!add_server(list, backend, "backend", &parts, status))
        return false;
    parts.url = endpoint.direct_url;
    if (parts.url.len > 0 && !add_server(list, backend, "backend, past its pooler", &parts, status))
        return false;
    for (uint32_t i = 0; i < endpoint.replica_count && i < VG_PG_REPLICAS; i++) {
        parts.url = endpoint.replica_urls[i];
        if (!add_server(list, backend, "replica", &parts, status))
            return false;
    }
    return true;
}

/* ---- files ---- */

static void add_local(struct listing *list, const vg_backend *backend, const char *role,
                      vg_slice folder)
{
    vg_connect_place *place = add(list, role, backend);

    place->folder = folder;
    place->at = folder.len > 0 ? folder : VG_LIT("memory");
}

/* Of the file that a connection string names; empty: what it names is no file. */
static vg_slice folder_of(const vg_conf *conf)
{
    vg_slice url = conf->metadata;
    size_t len;

    if (url.len == 0)
        return conf->data;
    if (!vg_slice_starts(url, VG_LIT("sqlite://")))
        return (vg_slice){0};
    url = vg_slice_skip(url, sizeof "sqlite://" - 1);
    for (len = url.len; len > 1 && url.at[len - 1] != '/';)
        len--;
    return vg_slice_of(url.at, len > 1 ? len - 1 : len);
}

uint32_t vg_connect_places(const vg_config *config, const void *metadata_conf, vg_arena *arena,
                           vg_connect_place *out, vg_status *status)
{
    const vg_conf *conf = vg_config_values(config);
    const vg_backend vector = {.adapter = vg_config_adapter(config),
                               .conf = vg_config_adapter_conf(config)};
    const vg_backend metadata = {.adapter = vg_config_metadata(config), .conf = metadata_conf};
    struct listing list = {arena, out, 0};

    if (vector.adapter->via == VG_VIA_HTTP && !add_http(&list, &vector, status))
        return 0;
    if (vector.adapter->via == VG_VIA_PG && !add_pg(&list, &vector, status))
        return 0;
    if (list.count == 0)
        add_local(&list, &vector, "backend", conf->data);
    add_local(&list, &metadata, "metadata", folder_of(conf));
    return list.count;
}
