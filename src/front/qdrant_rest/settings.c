/* See settings.h. A row is a value somewhere under the body; its default is JSON as the description
 * shows it, NULL where an unset value is left out. */
#include "front/qdrant_rest/settings.h"

#include <inttypes.h>

#include "base/buf.h"

typedef enum kind { COUNT, REAL, BOOL, THREADS, OBJECT, SHARDING } kind;

typedef struct setting {
    const char *name;
    const char *other; /* second spelling */
    kind kind;
    double min, max; /* COUNT, REAL; max 0: no bound */
    const char *def;
} setting;

/* clang-format off */
static const setting hnsw[] = {
    {"m",                        NULL,                     COUNT,   0, 0, "16"},
    {"ef_construct",             NULL,                     COUNT,   4, 0, "100"},
    {"full_scan_threshold",      "full_scan_threshold_kb", COUNT,  10, 0, "10000"},
    {"max_indexing_threads",     NULL,                     COUNT,   0, 0, "0"},
    {"on_disk",                  NULL,                     BOOL,    0, 0, "false"},
    {"payload_m",                NULL,                     COUNT,   0, 0, NULL},
    {0},
};

static const setting optimizers[] = {
    {"deleted_threshold",        NULL,                     REAL,    0, 1, "0.2"},
    {"vacuum_min_vector_number", NULL,                     COUNT, 100, 0, "1000"},
    {"default_segment_number",   NULL,                     COUNT,   0, 0, "0"},
    {"max_segment_size",         "max_segment_size_kb",    COUNT,   1, 0, "null"},
    {"memmap_threshold",         "memmap_threshold_kb",    COUNT,   0, 0, "null"},
    {"indexing_threshold",       "indexing_threshold_kb",  COUNT,   0, 0, "20000"},
    {"flush_interval_sec",       NULL,                     COUNT,   0, 0, "5"},
    {"max_optimization_threads", NULL,                     THREADS, 0, 0, "null"},
    {0},
};

static const setting wal[] = {
    {"wal_capacity_mb",          NULL,                     COUNT,   1, 0, "32"},
    {"wal_segments_ahead",       NULL,                     COUNT,   0, 0, "0"},
    {0},
};

/* Kept and told; strict mode itself is refused when it is enabled. */
static const setting strict[] = {
    {"enabled",                          NULL, BOOL,   0, 0, NULL},
    {"max_query_limit",                  NULL, COUNT,  1, 0, NULL},
    {"max_timeout",                      NULL, COUNT,  1, 0, NULL},
    {"unindexed_filtering_retrieve",     NULL, BOOL,   0, 0, NULL},
    {"unindexed_filtering_update",       NULL, BOOL,   0, 0, NULL},
    {"search_max_hnsw_ef",               NULL, COUNT,  0, 0, NULL},
    {"search_allow_exact",               NULL, BOOL,   0, 0, NULL},
    {"search_max_oversampling",          NULL, REAL,   0, 0, NULL},
    {"upsert_max_batchsize",             NULL, COUNT,  0, 0, NULL},
    {"max_collection_vector_size_bytes", NULL, COUNT,  0, 0, NULL},
    {"max_collection_payload_size_bytes",NULL, COUNT,  0, 0, NULL},
    {"read_rate_limit",                  NULL, COUNT,  1, 0, NULL},
    {"write_rate_limit",                 NULL, COUNT,  1, 0, NULL},
    {"max_points_count",                 NULL, COUNT,  1, 0, NULL},
    {"filter_max_conditions",            NULL, COUNT,  0, 0, NULL},
    {"condition_max_size",               NULL, COUNT,  0, 0, NULL},
    {"multivector_config",               NULL, OBJECT, 0, 0, NULL},
    {"sparse_config",                    NULL, OBJECT, 0, 0, NULL},
    {0},
};

/* Beside the vectors in `params`. */
static const setting params[] = {
    {"shard_number",             NULL, COUNT,    1, UINT32_MAX, "1"},
    {"sharding_method",          NULL, SHARDING, 0, 0,          NULL},
    {"replication_factor",       NULL, COUNT,    1, UINT32_MAX, "1"},
    {"write_consistency_factor", NULL, COUNT,    1, UINT32_MAX, "1"},
    {"on_disk_payload",          NULL, BOOL,     0, 0,          "true"},
    {0},
};

static const struct section {
    const char *name;
    const char *other;
    const setting *rows; /* NULL: any object */
} sections[] = {
    {"hnsw_config",        NULL,               hnsw},
    {"optimizers_config",  "optimizer_config", optimizers},
    {"wal_config",         NULL,               wal},
    {"strict_mode_config", NULL,               strict},
    {"metadata",           NULL,               NULL},
};
/* clang-format on */

enum { SECTIONS = sizeof sections / sizeof sections[0] };

/* ---- checking ---- */

static bool check_count(vg_reader r, const vg_json *v, const setting *row)
{
    uint64_t n;

    if (!vg_json_read_u64(r.arena, v, &n, r.status))
        return false;
    if (row->max > 0 && (double)n > row->max)
        return vg_member_wrong(r, v, VG_FORMAT,
                               "invalid value: integer `%" PRIu64 "`, expected u32", n);
    return (double)n >= row->min ||
           vg_member_wrong(r, v, VG_RANGE, "value %" PRIu64 " invalid, must be %.0f or larger", n,
                           row->min);
}

static bool check_real(vg_reader r, const vg_json *v, const setting *row)
{
    double x;

    if (!vg_json_read_f64(r.arena, v, &x, r.status))
        return false;
    return row->max <= 0 || (x >= row->min && x <= row->max) ||
           vg_member_wrong(r, v, VG_RANGE, "value " VG_FMT " invalid, must be from %.1f to %.1f",
                           VG_ARG(v->raw), row->min, row->max);
}

static bool check_sharding(vg_reader r, const vg_json *v)
{
    vg_slice method;

    if (!vg_json_read_text(r.arena, v, &method, r.status))
        return false;
    if (vg_slice_is(method, VG_LIT("custom")))
        return vg_member_unbuilt(r, v, "shard keys are");
    return vg_slice_is(method, VG_LIT("auto")) ||
           vg_member_wrong(r, v, VG_FORMAT,
                           "unknown variant `" VG_FMT "`, expected `auto` or `custom`",
                           (int)(method.len < 80 ? method.len : 80), method.at);
}

static bool is_auto(const vg_json *v)
{
    return v->kind == VG_JSON_STRING && vg_slice_is(v->text, VG_LIT("auto"));
}

static bool check_value(vg_reader r, const vg_json *v, const setting *row)
{
    bool ignored;

    switch (row->kind) {
    case COUNT:
        return check_count(r, v, row);
    case REAL:
        return check_real(r, v, row);
    case BOOL:
        return vg_json_read_bool(r.arena, v, &ignored, r.status);
    case THREADS:
        return is_auto(v) || check_count(r, v, row);
    case OBJECT:
        return vg_member_is_object(r, v);
    case SHARDING:
        return check_sharding(r, v);
    }
    return false;
}

static bool check_rows(vg_reader r, const vg_json *object, const setting *rows)
{
    for (const setting *row = rows; row->name; row++) {
        const vg_json *v = vg_member_get(object, row->name, row->other);

        if (v && !check_value(r, v, row))
            return false;
    }
    return true;
}

static bool check_section(vg_reader r, const vg_json *v, const setting *rows)
{
    return vg_member_is_object(r, v) && (!rows || check_rows(r, v, rows));
}

bool vg_settings_check_hnsw(vg_reader r, const vg_json *v)
{
    return check_section(r, v, hnsw);
}

static bool check_body(vg_reader r, const vg_json *body)
{
    for (int i = 0; i < SECTIONS; i++) {
        const vg_json *v = vg_member_get(body, sections[i].name, sections[i].other);

        if (v && !check_section(r, v, sections[i].rows))
            return false;
    }
    return check_rows(r, body, params);
}

/* ---- collecting ---- */

static void keep(vg_json_out *json, const vg_json *body, const char *name, const char *other)
{
    const vg_json *v = vg_member_get(body, name, other);

    if (!v)
        return;
    vg_json_put_key(json, vg_slice_str(name));
    vg_json_put_raw(json, v->raw);
}

/* The parameters of the one vector, which may be in a map under its empty name. */
static const vg_json *find_vector(const vg_json *body)
{
    const vg_json *vectors = vg_member_get(body, "vectors", NULL);

    return vg_json_get(vectors, VG_LIT("size")) ? vectors : vg_json_get(vectors, VG_LIT(""));
}

static void keep_all(vg_json_out *json, const vg_json *body)
{
    vg_json_open_object(json);
    keep(json, find_vector(body), "datatype", NULL); /* the only setting of a vector that is here */
    for (int i = 0; i < SECTIONS; i++)
        keep(json, body, sections[i].name, sections[i].other);
    for (const setting *row = params; row->name; row++)
        keep(json, body, row->name, row->other);
    vg_json_close_object(json);
}

static bool refuse_strict_mode(vg_reader r, const vg_json *body)
{
    const vg_json *strict_mode = vg_member_get(body, "strict_mode_config", NULL);
    const vg_json *enabled = vg_member_get(strict_mode, "enabled", NULL);

    return !enabled || enabled->kind != VG_JSON_TRUE ||
           vg_member_unbuilt(r, enabled, "strict mode is");
}

bool vg_settings_read(vg_reader r, const vg_json *body, vg_slice *out)
{
    vg_buf buf;
    vg_json_out json = {.buf = &buf};
    bool is_whole;

    if (!check_body(r, body) || !refuse_strict_mode(r, body))
        return false;
    vg_buf_init(&buf, 0);
    keep_all(&json, body);
    *out = buf.len > 2 ? vg_arena_copy(r.arena, vg_buf_bytes(&buf)) : (vg_slice){0};
    is_whole = !vg_buf_is_spent(&buf) && !vg_arena_is_spent(r.arena);
    vg_buf_fini(&buf);
    return is_whole || vg_member_wrong(r, body, VG_TOO_LARGE, "no memory is left for the settings");
}

/* ---- telling ---- */

static void put_raw(vg_json_out *json, const char *key, vg_slice raw)
{
    vg_json_put_key(json, vg_slice_str(key));
    vg_json_put_raw(json, raw);
}

/* Each row's value as it was given, else its default. No number of threads, "auto", is told as
 * null. */
static void put_rows(vg_json_out *json, const vg_json *given, const setting *rows)
{
    for (const setting *row = rows; row->name; row++) {
        const vg_json *v = vg_member_get(given, row->name, row->other);

        if (v && !(row->kind == THREADS && is_auto(v)))
            put_raw(json, row->name, v->raw);
        else if (row->def)
            put_raw(json, row->name, vg_slice_str(row->def));
    }
}

static void put_section(vg_json_out *json, const char *key, const vg_json *given,
                        const setting *rows)
{
    vg_json_put_key(json, vg_slice_str(key));
    vg_json_open_object(json);
    put_rows(json, given, rows);
    vg_json_close_object(json);
}

static void put_vector(vg_json_out *json, const vg_vector_params *vector, const vg_json *kept)
{
    const vg_json *datatype = vg_member_get(kept, "datatype", NULL);

    vg_json_open_object(json);
    vg_json_put_key(json, VG_LIT("size"));
    vg_json_put_u64(json, vector->size);
    vg_json_put_key(json, VG_LIT("distance"));
    vg_json_put_text(json, vg_slice_str(vg_distance_name(vector->distance)));
    if (vector->hnsw_config.len > 0)
        put_raw(json, "hnsw_config", vector->hnsw_config);
    if (vector->on_disk >= 0) {
        vg_json_put_key(json, VG_LIT("on_disk"));
        vg_json_put_bool(json, vector->on_disk == 1);
    }
    if (datatype)
        put_raw(json, "datatype", datatype->raw);
    vg_json_close_object(json);
}

/* The unnamed vector alone, or a map of named ones (a collection that was adopted may have them).
 */
static void put_vectors(vg_json_out *json, const vg_collection_spec *spec, const vg_json *kept)
{
    vg_json_put_key(json, VG_LIT("vectors"));
    if (spec->vector_count == 1 && spec->vectors[0].name.len == 0) {
        put_vector(json, &spec->vectors[0], kept);
        return;
    }
    vg_json_open_object(json);
    for (uint32_t i = 0; i < spec->vector_count; i++) {
        vg_json_put_key(json, spec->vectors[i].name);
        put_vector(json, &spec->vectors[i], NULL);
    }
    vg_json_close_object(json);
}

/* The settings as they were kept; NULL when there are none. They were JSON when they were kept. */
static const vg_json *read_kept(vg_arena *arena, vg_slice settings)
{
    char *text = vg_arena_take_zero(arena, 1, settings.len + VG_JSON_PAD);

    if (!text || settings.len == 0)
        return NULL;
    memcpy(text, settings.at, settings.len);
    return vg_json_read(arena, vg_slice_of(text, settings.len), VG_JSON_DEPTH, NULL);
}

void vg_settings_write(vg_arena *arena, vg_json_out *json, const vg_collection_spec *spec)
{
    const vg_json *kept = read_kept(arena, spec->settings);
    const vg_json *strict_mode = vg_member_get(kept, "strict_mode_config", NULL);
    const vg_json *metadata = vg_member_get(kept, "metadata", NULL);

    vg_json_open_object(json);
    vg_json_put_key(json, VG_LIT("params"));
    vg_json_open_object(json);
    put_vectors(json, spec, kept);
    put_rows(json, kept, params);
    vg_json_close_object(json);
    put_section(json, "hnsw_config", vg_member_get(kept, "hnsw_config", NULL), hnsw);
    put_section(json, "optimizer_config",
                vg_member_get(kept, "optimizers_config", "optimizer_config"), optimizers);
    put_section(json, "wal_config", vg_member_get(kept, "wal_config", NULL), wal);
    put_raw(json, "quantization_config", VG_LIT("null"));
    put_raw(json, "strict_mode_config",
            strict_mode ? strict_mode->raw : VG_LIT("{\"enabled\":false}"));
    if (metadata)
        put_raw(json, "metadata", metadata->raw);
    vg_json_close_object(json);
}
