/* PostgreSQL with pgvector: the options, the endpoint and the table. The steps are where their
 * subject is (pgvector.h). */
#include "adapters/vector/pgvector/pgvector.h"

#define AT(field) offsetof(vg_pgvector_conf, field)

static const char *const isolations[] = {"schema", "rls", NULL};         /* vg_pgvector_conf */
static const char *const indexes[] = {"hnsw", "ivfflat", "none", NULL};  /* vg_pgvector_conf */
static const char *const prepares[] = {"auto", "always", "never", NULL}; /* vg_pg_prepares */

/* clang-format off */
static const vg_option options[] = {
    {.name = "connection_string", .kind = VG_OPT_SECRET, .at = AT(url), .def = "postgresql://localhost:5432/postgres", .env = "PGVECTOR_URL",
     .doc = "where PostgreSQL is: postgresql://user:password@host:5432/database?sslmode=verify-full, with libpq's parameters"},
    {.name = "direct_url", .kind = VG_OPT_SECRET, .at = AT(direct_url),
     .doc = "the same past a pooler, for index builds; when empty the first, without -pooler where it is Neon's"},
    {.name = "replicas", .kind = VG_OPT_SECRET, .at = AT(replicas),
     .doc = "URLs of read replicas, blanks between them, which answer all reads in turn, and may not show what was written in the last max_lag; none when empty"},
    {.name = "password", .kind = VG_OPT_SECRET, .at = AT(password), .env = "PGPASSWORD",
     .doc = "the password, instead of one in the URLs"},
    {.name = "ca_file", .kind = VG_OPT_TEXT, .at = AT(ca_file),
     .doc = "PEM file with the authorities to trust (sslrootcert), for URLs that name none"},
    {.name = "min_connections", .kind = VG_OPT_COUNT, .at = AT(min_connections), .def = "1", .max = 1024,
     .doc = "connections kept open, per worker; 0, with health.interval 0s, lets a database that sleeps when idle do so"},
    {.name = "max_connections", .kind = VG_OPT_COUNT, .at = AT(max_connections), .def = "16", .min = 1, .max = 1024,
     .doc = "most connections to each server, per worker"},
    {.name = "max_queue", .kind = VG_OPT_COUNT, .at = AT(max_queue), .def = "1024", .min = 1, .max = 1000000,
     .doc = "most requests that wait for a connection, per worker; more are refused with 503"},
    {.name = "connect_timeout", .kind = VG_OPT_DURATION, .at = AT(connect_ms), .def = "10s", .min = 1, .max = 300000,
     .doc = "longest time for name look-up, connection, TLS handshake and authentication together"},
    {.name = "idle_timeout", .kind = VG_OPT_DURATION, .at = AT(idle_ms), .def = "4m", .min = 1000, .max = 86400000,
     .doc = "connections that nobody used for so long are closed, down to min_connections"},
    {.name = "lifetime", .kind = VG_OPT_DURATION, .at = AT(lifetime_ms), .def = "1h", .min = 1000, .max = 604800000,
     .doc = "a connection is replaced after so long"},
    {.name = "max_lag", .kind = VG_OPT_DURATION, .at = AT(max_lag_ms), .def = "10s", .max = 86400000,
     .doc = "a replica that is further behind, or for so long is sent nothing, is left out; 0 takes any"},
    {.name = "max_reply_bytes", .kind = VG_OPT_BYTES, .at = AT(max_reply_bytes), .def = "64MiB", .min = 65536,
     .max = (uint64_t)1 << 31, .doc = "largest reply that is taken"},
    {.name = "prepared", .kind = VG_OPT_WORD, .at = AT(prepares), .def = "auto", .words = prepares,
     .doc = "are statements prepared by name: auto (not through Neon's pooler), always, never"},
    {.name = "isolation", .kind = VG_OPT_WORD, .at = AT(isolation), .def = "schema", .words = isolations,
     .doc = "how tenants are kept apart: by a schema for each, or by row-level security in tables that they share (rls)"},
    {.name = "index", .kind = VG_OPT_WORD, .at = AT(index), .def = "hnsw", .words = indexes,
     .doc = "what indexes of dense vectors are: hnsw; ivfflat, built once there are 1000 points; none, all is scanned"},
    {.name = "ivfflat.lists", .kind = VG_OPT_COUNT, .at = AT(ivfflat_lists), .def = "0", .max = 32768,
     .doc = "lists of an IVFFlat index; 0: one for each 1000 points, of more than a million points their square root"},
    {.name = "ivfflat.probes", .kind = VG_OPT_COUNT, .at = AT(ivfflat_probes), .def = "0", .max = 32768,
     .doc = "lists that a search looks into; 0: the square root of their number"},
    {.name = "hnsw.m", .kind = VG_OPT_COUNT, .at = AT(hnsw_m), .def = "16", .min = 2, .max = 100,
     .doc = "links of a node in the graphs of new collections that say nothing else"},
    {.name = "hnsw.ef_construction", .kind = VG_OPT_COUNT, .at = AT(hnsw_ef_construction), .def = "100", .min = 4, .max = 1000,
     .doc = "candidates while the graphs of new collections are built"},
    {.name = "hnsw.ef_search", .kind = VG_OPT_COUNT, .at = AT(hnsw_ef_search), .def = "64", .min = 1, .max = 1000,
     .doc = "candidates of a search that says nothing else (hnsw_ef); never fewer than points are wanted"},
    {.name = "hnsw.max_scan_tuples", .kind = VG_OPT_COUNT, .at = AT(hnsw_max_scan_tuples), .def = "20000", .min = 1, .max = 2147483647,
     .doc = "most points that a search with a filter looks at in a graph before it looks at all"},
    {.name = "hnsw.full_scan_size", .kind = VG_OPT_BYTES, .at = AT(hnsw_full_scan_bytes), .def = "10MiB", .max = (uint64_t)1 << 50,
     .doc = "tables up to this size are scanned, which is exact; larger ones are searched by their graphs"},
    {.kind = VG_OPT_END},
};

const char *const vg_pgvector_names[VG_OP_KINDS] = {
    [VG_OP_HEALTH] = "pgvector.health",
    [VG_OP_DESCRIBE] = "pgvector.describe",
    [VG_OP_LIST] = "pgvector.list",
    [VG_OP_UPDATE_COLLECTION] = "pgvector.update_collection",
    [VG_OP_CREATE_INDEX] = "pgvector.create_index",
    [VG_OP_DROP_INDEX] = "pgvector.drop_index",
    [VG_OP_UPSERT] = "pgvector.upsert",
    [VG_OP_DELETE] = "pgvector.delete",
    [VG_OP_SET_PAYLOAD] = "pgvector.set_payload",
    [VG_OP_OVERWRITE_PAYLOAD] = "pgvector.overwrite_payload",
    [VG_OP_DELETE_PAYLOAD] = "pgvector.delete_payload",
    [VG_OP_CLEAR_PAYLOAD] = "pgvector.clear_payload",
    [VG_OP_UPDATE_VECTORS] = "pgvector.update_vectors",
    [VG_OP_DELETE_VECTORS] = "pgvector.delete_vectors",
    [VG_OP_BATCH] = "pgvector.batch",
    [VG_OP_GET] = "pgvector.get",
    [VG_OP_SEARCH] = "pgvector.search",
    [VG_OP_SCROLL] = "pgvector.scroll",
    [VG_OP_COUNT] = "pgvector.count",
    [VG_OP_FACET] = "pgvector.facet",
};
/* clang-format on */

/* ---- the endpoint ---- */

/* Blanks and commas between them. */
static bool read_replicas(vg_slice text, vg_arena *arena, vg_pg_endpoint *out)
{
    vg_slice *urls = VG_TAKE_N(arena, vg_slice, text.len / 2 + 1);
    size_t at = 0, from;

    if (!urls)
        return false;
    while (at < text.len) {
        while (at < text.len && strchr(" \t\r\n,", text.at[at]))
            at++;
        from = at;
        while (at < text.len && !strchr(" \t\r\n,", text.at[at]))
            at++;
        if (at > from)
            urls[out->replica_count++] =
                vg_arena_copy(arena, vg_slice_of(text.at + from, at - from));
    }
    out->replica_urls = urls;
    return !vg_arena_is_spent(arena);
}

static bool endpoint(const void *values, vg_arena *arena, vg_pg_endpoint *out, vg_status *status)
{
    const vg_pgvector_conf *conf = values;

    *out = (vg_pg_endpoint){
        .url = conf->url,
        .direct_url = conf->direct_url,
        .password = conf->password,
        .ca_file = conf->ca_file,
        .min_connections = (uint32_t)conf->min_connections,
        .max_connections = (uint32_t)conf->max_connections,
        .max_queue = (uint32_t)conf->max_queue,
        .connect_ms = conf->connect_ms,
        .idle_ms = conf->idle_ms,
        .lifetime_ms = conf->lifetime_ms,
        .max_lag_ms = conf->max_lag_ms,
        .max_reply_bytes = conf->max_reply_bytes,
        .prepares = (vg_pg_prepares)conf->prepares,
    };
    if (conf->min_connections > conf->max_connections) {
        vg_status_set(status, VG_INVALID, VG_LIT("is more than max_connections"),
                      VG_LIT("vector.pgvector.min_connections"));
        return false;
    }
    if (read_replicas(conf->replicas, arena, out) && out->replica_count <= VG_PG_REPLICAS)
        return true;
    if (out->replica_count > VG_PG_REPLICAS) {
        vg_status_setf(status, arena, VG_INVALID, VG_LIT("vector.pgvector.replicas"),
                       "there are %u, and at most %d can be used", out->replica_count,
                       VG_PG_REPLICAS);
        return false;
    }
    vg_status_set(status, VG_OVERLOADED, VG_LIT("no memory is left"), (vg_slice){0});
    return false;
}

/* ---- the table ---- */

const vg_adapter vg_pgvector = {
    .name = "pgvector",
    .summary = "PostgreSQL 14 or newer with pgvector 0.8 or newer",
    .via = VG_VIA_PG,
    .options = options,
    .conf_size = sizeof(vg_pgvector_conf),
    .can =
        {
            .supports_metadata_filter = true,
            .supports_batch_upsert = true,
            .supports_batch_search = true,
            .supports_namespaces = true,
            .supports_named_vectors = true,
            .supports_sparse_vectors = true,
            .supports_multivectors = true,
            .supports_text_ids = true,
            .supports_search_by_id = true,
            .supports_examples = true,
            .supports_sampling = true,
            .supports_order_by = true,
            .supports_adoption = true,
            .is_durable = true,
            .max_vector_dimensions = 16000,
            .max_sparse_values = VG_CELLS_SPARSE_MOST,
            .max_sparse_index = VG_CELLS_SPARSE_SIZE - 1,
            .distances =
                {[VG_COSINE] = true, [VG_EUCLID] = true, [VG_DOT] = true, [VG_MANHATTAN] = true},
            .filter_tests = (1u << VG_TESTS) - 1,
            .max_bytes_per_call = 64 * 1024 * 1024,
            .consistency = VG_READ_AFTER_WRITE,
        },
    .ops =
        {
            [VG_OP_HEALTH] = vg_pgvector_health,
            [VG_OP_CREATE_COLLECTION] = vg_pgvector_create,
            [VG_OP_DROP_COLLECTION] = vg_pgvector_drop,
            [VG_OP_DROP_TENANT] = vg_pgvector_drop_tenant,
            [VG_OP_DESCRIBE] = vg_pgvector_describe,
            [VG_OP_LIST] = vg_pgvector_list,
            [VG_OP_UPDATE_COLLECTION] = vg_pgvector_update_collection,
            [VG_OP_CREATE_INDEX] = vg_pgvector_change_fields,
            [VG_OP_DROP_INDEX] = vg_pgvector_change_fields,
            [VG_OP_BUILD_INDEX] = vg_pgvector_build,
            [VG_OP_UPSERT] = vg_pgvector_update,
            [VG_OP_DELETE] = vg_pgvector_update,
            [VG_OP_SET_PAYLOAD] = vg_pgvector_update,
            [VG_OP_OVERWRITE_PAYLOAD] = vg_pgvector_update,
            [VG_OP_DELETE_PAYLOAD] = vg_pgvector_update,
            [VG_OP_CLEAR_PAYLOAD] = vg_pgvector_update,
            [VG_OP_UPDATE_VECTORS] = vg_pgvector_update,
            [VG_OP_DELETE_VECTORS] = vg_pgvector_update,
            [VG_OP_BATCH] = vg_pgvector_update,
            [VG_OP_GET] = vg_pgvector_get,
            [VG_OP_SEARCH] = vg_pgvector_search,
            [VG_OP_SCROLL] = vg_pgvector_scroll,
            [VG_OP_COUNT] = vg_pgvector_count,
            [VG_OP_FACET] = vg_pgvector_facet,
        },
    .pg_endpoint = endpoint,
};
