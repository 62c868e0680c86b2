/* What no single row can see: which store is meant, and combinations that cannot work. */
#include "base/nearest.h"
#include "config/address.h"
#include "config/entries.h"
#include "config/planned.h"

enum { QDRANT_REST_PORT = 6333, QDRANT_GRPC_PORT = 6334, MOST_ADAPTERS = 32 };

/* ---- which adapter ---- */

static int find_adapter(const vg_adapter *const *adapters, vg_slice name)
{
    for (int i = 0; adapters[i] != NULL; i++)
        if (vg_slice_is_str(name, adapters[i]->name))
            return i;
    return -1;
}

static vg_slice list_adapters(const vg_adapter *const *adapters, vg_arena *arena)
{
    vg_slice list = {0};

    for (; *adapters != NULL; adapters++)
        list = vg_arena_printf(arena, VG_FMT "%s%s", VG_ARG(list), list.len > 0 ? ", " : "",
                               (*adapters)->name);
    return list;
}

static vg_slice hint_adapter(const vg_adapter *const *adapters, vg_slice name, vg_arena *arena)
{
    const char *words[MOST_ADAPTERS];
    const char *near;
    size_t count = 0;

    for (; adapters[count] != NULL && count < MOST_ADAPTERS; count++)
        words[count] = adapters[count]->name;
    near = vg_nearest(name, words, count);
    return near != NULL ? vg_arena_printf(arena, "; did you mean %s?", near) : VG_LIT("");
}

static bool is_planned_backend(vg_slice name)
{
    for (const vg_planned *p = vg_planned_backends; p->name != NULL; p++)
        if (vg_slice_is_str(name, p->name))
            return true;
    return false;
}

static const void *use_section(vg_config *config, vg_slice name)
{
    vg_section *section = vg_entries_section(&config->entries, name);

    section->is_used = true;
    return section->values;
}

void vg_choose_backend(vg_config *config, vg_complaints *complaints)
{
    vg_slice name = config->conf.backend_name;
    vg_slice built = list_adapters(vg_adapters, config->arena);
    vg_slice place = vg_entries_place(&config->entries, "vector.backend");

    config->conf.backend = find_adapter(vg_adapters, name);
    if (config->conf.backend >= 0) {
        config->adapter = vg_adapters[config->conf.backend];
        config->adapter_conf = use_section(config, name);
        config->resilience =
            use_section(config, vg_arena_printf(config->arena, VG_FMT ".resilience", VG_ARG(name)));
    } else if (is_planned_backend(name)) {
        vg_complain(complaints, place,
                    "vector.backend: backend " VG_FMT
                    " is not part of this build; built in: " VG_FMT,
                    VG_ARG(name), VG_ARG(built));
    } else if (name.len > 0) {
        vg_complain(complaints, place,
                    "vector.backend: there is no backend " VG_FMT VG_FMT " Built in: " VG_FMT,
                    VG_ARG(vg_complain_quote(config->arena, name)),
                    VG_ARG(hint_adapter(vg_adapters, name, config->arena)), VG_ARG(built));
    }
}

static bool is_planned_metadata(vg_slice scheme)
{
    for (const char *const *word = vg_planned_metadata; *word != NULL; word++)
        if (vg_slice_is_str(scheme, *word))
            return true;
    return false;
}

/* Only the scheme is ever shown: a connection string may hold a password. */
static void refuse_metadata(const vg_config *config, vg_slice scheme, vg_complaints *complaints)
{
    vg_slice built = list_adapters(vg_metadata_adapters, config->arena);

    if (is_planned_metadata(scheme))
        vg_complain(complaints, vg_entries_place(&config->entries, "metadata.store"),
                    "metadata.store: " VG_FMT " is not part of this build; built in: " VG_FMT,
                    VG_ARG(scheme), VG_ARG(built));
    else
        vg_complain(complaints, vg_entries_place(&config->entries, "metadata.store"),
                    "metadata.store: expected a connection string such as sqlite:///path/to/file; "
                    "built in: " VG_FMT,
                    VG_ARG(built));
}

/* "sqlite:///a/b" -> sqlite, "/a/b". */
static bool split_connection(vg_slice text, vg_slice *scheme, vg_slice *place)
{
    *scheme = vg_slice_of(text.at, vg_slice_find(text, ':'));
    *place = vg_slice_skip(text, scheme->len + 3);
    return vg_slice_starts(vg_slice_skip(text, scheme->len), VG_LIT("://"));
}

/* The store itself looks closer when it is opened. */
static void check_store_place(const vg_config *config, vg_slice place, vg_complaints *complaints)
{
    const char *name = config->metadata->name;

    if (strcmp(name, "memory") == 0 && place.len > 0)
        vg_complain(complaints, vg_entries_place(&config->entries, "metadata.store"),
                    "metadata.store: nothing may stand behind memory://");
    if (strcmp(name, "sqlite") == 0 && (place.len < 2 || place.at[0] != '/'))
        vg_complain(complaints, vg_entries_place(&config->entries, "metadata.store"),
                    "metadata.store: expected sqlite:///path/to/file, the path from the root on");
}

void vg_choose_metadata(vg_config *config, vg_complaints *complaints)
{
    vg_slice scheme = VG_LIT("sqlite"), place = {0};
    bool is_given = config->conf.metadata.len > 0;
    int found = -1;

    if (!is_given || split_connection(config->conf.metadata, &scheme, &place))
        found = find_adapter(vg_metadata_adapters, scheme);
    if (found < 0) {
        refuse_metadata(config, scheme, complaints);
        return;
    }
    config->metadata = vg_metadata_adapters[found];
    if (is_given)
        check_store_place(config, place, complaints);
}

/* ---- combinations ---- */

/* A name may stand for several addresses, or for another one tomorrow. */
static void check_listen(const vg_config *config, vg_complaints *complaints)
{
    vg_address listen;

    if (!vg_address_read(config->conf.listen, &listen) || vg_address_is_ip(listen.host) ||
        vg_slice_is_str(listen.host, "localhost"))
        return;
    vg_complain(complaints, vg_entries_place(&config->entries, "listen"),
                "listen: expected an IP address or localhost before the port, got " VG_FMT,
                VG_ARG(vg_complain_quote(config->arena, config->conf.listen)));
}

static bool is_of_one_process(const vg_adapter *adapter)
{
    return adapter->open != NULL && !adapter->can.serves_workers;
}

static void check_workers(const vg_config *config, vg_complaints *complaints)
{
    if (config->conf.workers <= 1)
        return;
    if (config->adapter != NULL && is_of_one_process(config->adapter))
        vg_complain(complaints, vg_entries_place(&config->entries, "workers"),
                    "workers: must be 1: the store of backend %s belongs to one process",
                    config->adapter->name);
    if (config->metadata != NULL && is_of_one_process(config->metadata))
        vg_complain(complaints, vg_entries_place(&config->entries, "workers"),
                    "workers: must be 1: metadata in the store %s belongs to one process; that of "
                    "sqlite:///path/to/file can be shared by workers",
                    config->metadata->name);
}

static bool is_default(const vg_config *config, const char *name)
{
    return vg_slice_is(vg_entries_place(&config->entries, name), VG_LIT("default"));
}

/* A default that is more than the total does no harm: the total holds for each of them too. */
static void check_memory(const vg_config *config, vg_complaints *complaints)
{
    const struct {
        const char *name;
        uint64_t bytes;
    } parts[] = {{"limits.body", config->conf.max_body_bytes},
                 {"memory.request", config->conf.request_bytes},
                 {"memory.scratch", config->conf.scratch_bytes}};

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i].bytes > config->conf.memory_bytes && !is_default(config, parts[i].name))
            vg_complain(complaints, vg_entries_place(&config->entries, parts[i].name),
                        "%s: is more than memory.total allows for all together (%llu bytes)",
                        parts[i].name, (unsigned long long)config->conf.memory_bytes);
}

/* Who asks for clients' certificates, or gives a key, means TLS. */
static void check_tls(const vg_config *config, vg_complaints *complaints)
{
    const vg_conf *conf = &config->conf;
    const struct {
        const char *name;
        bool is_given;
    } parts[] = {{"tls.key", conf->tls_key.len > 0},
                 {"tls.passphrase", conf->tls_passphrase.len > 0},
                 {"tls.ocsp", conf->tls_ocsp.len > 0},
                 {"tls.client_auth", conf->tls_client_auth != 0},
                 {"tls.client_ca", conf->tls_client_ca.len > 0},
                 {"tls.client_crl", conf->tls_client_crl.len > 0}};

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i].is_given && conf->tls_certificate.len == 0)
            vg_complain(complaints, vg_entries_place(&config->entries, parts[i].name),
                        "%s: there is no TLS without tls.certificate", parts[i].name);
}

/* Clients compare it number by number. */
static void check_version(const vg_config *config, vg_complaints *complaints)
{
    vg_slice rest = config->conf.qdrant_version;
    bool is_right = rest.len > 0 && rest.len <= 20;

    for (int i = 0; i < 3 && is_right; i++) {
        vg_slice number = vg_slice_of(rest.at, i < 2 ? vg_slice_find(rest, '.') : rest.len);
        uint64_t n;

        is_right = vg_slice_u64(number, &n);
        rest = vg_slice_skip(rest, number.len + 1);
    }
    if (!is_right)
        vg_complain(complaints, vg_entries_place(&config->entries, "qdrant.version"),
                    "qdrant.version: expected three numbers such as 1.14.1, got " VG_FMT,
                    VG_ARG(vg_complain_quote(config->arena, config->conf.qdrant_version)));
}

/* What two of its rows say about each other. */
static void check_resilience(const vg_config *config, vg_complaints *complaints)
{
    const vg_resilience *conf = config->resilience;
    const char *name;

    if (conf == NULL || conf->breaker.open_most_ms >= conf->breaker.open_ms)
        return;
    name = vg_arena_printf(config->arena, "vector.%s.resilience.breaker.open_most",
                           config->adapter->name)
               .at;
    vg_complain(complaints, vg_entries_place(&config->entries, name),
                "%s: must be at least breaker.open (%llu ms)", name,
                (unsigned long long)conf->breaker.open_ms);
}

/* ---- the remote backend's address ---- */

static void check_remote(const vg_config *config, const vg_endpoint *endpoint,
                         vg_complaints *complaints)
{
    const char *name = vg_arena_printf(config->arena, "vector.%s.url", config->adapter->name).at;
    vg_address listen;
    vg_url url;

    if (!vg_url_read(endpoint->base_url, &url))
        return;
    if (strcmp(config->adapter->name, "qdrant") == 0 && url.address.port == QDRANT_GRPC_PORT)
        vg_complain(complaints, vg_entries_place(&config->entries, name),
                    "%s: port %d is where Qdrant speaks gRPC; REST is needed, on port %d unless it "
                    "was moved",
                    name, QDRANT_GRPC_PORT, QDRANT_REST_PORT);
    if (vg_address_read(config->conf.listen, &listen) && vg_address_reaches(&url.address, &listen))
        vg_complain(complaints, vg_entries_place(&config->entries, name),
                    "%s: " VG_FMT " is where this gateway itself listens (" VG_FMT
                    "): one of the two needs another port",
                    name, VG_ARG(endpoint->base_url), VG_ARG(config->conf.listen));
}

static void check_backend(const vg_config *config, vg_complaints *complaints)
{
    vg_endpoint endpoint = {0};
    vg_status status = {0};
    vg_slice name;

    if (config->adapter == NULL || config->adapter->endpoint == NULL)
        return;
    if (config->adapter->endpoint(config->adapter_conf, config->arena, &endpoint, &status)) {
        check_remote(config, &endpoint, complaints);
        return;
    }
    name = status.where; /* an option's, or nothing */
    if (!vg_slice_starts(name, VG_LIT("vector.")))
        name = vg_arena_printf(config->arena, "vector.%s", config->adapter->name);
    else /* with a NUL behind it */
        name = vg_arena_printf(config->arena, VG_FMT, VG_ARG(name));
    vg_complain(complaints, vg_entries_place(&config->entries, name.at), VG_FMT ": " VG_FMT,
                VG_ARG(name), VG_ARG(vg_status_what(&status)));
}

void vg_check_all(const vg_config *config, vg_complaints *complaints)
{
    check_listen(config, complaints);
    vg_credential_conf_check(config, complaints);
    check_workers(config, complaints);
    check_memory(config, complaints);
    check_tls(config, complaints);
    check_version(config, complaints);
    vg_traces_check(config, complaints);
    check_resilience(config, complaints);
    check_backend(config, complaints);
}
