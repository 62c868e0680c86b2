/* See settings_rows.h. */
#include "front/qdrant_rest/settings_rows.h"

/* clang-format off */
const vg_setting vg_hnsw_settings[] = {
    {"m",                        NULL,                     VG_SETTING_COUNT,   0, 0, "16"},
    {"ef_construct",             NULL,                     VG_SETTING_COUNT,   4, 0, "100"},
    {"full_scan_threshold",      "full_scan_threshold_kb", VG_SETTING_COUNT,  10, 0, "10000"},
    {"max_indexing_threads",     NULL,                     VG_SETTING_COUNT,   0, 0, "0"},
    {"on_disk",                  NULL,                     VG_SETTING_BOOL,    0, 0, "false"},
    {"payload_m",                NULL,                     VG_SETTING_COUNT,   0, 0, NULL},
    {0},
};

const vg_setting vg_optimizer_settings[] = {
    {"deleted_threshold",        NULL,                     VG_SETTING_REAL,    0, 1, "0.2"},
    {"vacuum_min_vector_number", NULL,                     VG_SETTING_COUNT, 100, 0, "1000"},
    {"default_segment_number",   NULL,                     VG_SETTING_COUNT,   0, 0, "0"},
    {"max_segment_size",         "max_segment_size_kb",    VG_SETTING_COUNT,   1, 0, "null"},
    {"memmap_threshold",         "memmap_threshold_kb",    VG_SETTING_COUNT,   0, 0, "null"},
    {"indexing_threshold",       "indexing_threshold_kb",  VG_SETTING_COUNT,   0, 0, "20000"},
    {"flush_interval_sec",       NULL,                     VG_SETTING_COUNT,   0, 0, "5"},
    {"max_optimization_threads", NULL,                     VG_SETTING_THREADS, 0, 0, "null"},
    {0},
};

const vg_setting vg_wal_settings[] = {
    {"wal_capacity_mb",          NULL,                     VG_SETTING_COUNT,   1, 0, "32"},
    {"wal_segments_ahead",       NULL,                     VG_SETTING_COUNT,   0, 0, "0"},
    {0},
};

const vg_setting vg_sparse_settings[] = {
    {"full_scan_threshold",      NULL,                     VG_SETTING_COUNT,    0, 0, NULL},
    {"on_disk",                  NULL,                     VG_SETTING_BOOL,     0, 0, NULL},
    {"datatype",                 NULL,                     VG_SETTING_DATATYPE, 0, 0, NULL},
    {0},
};

const vg_setting vg_scalar_settings[] = {
    {"type",                     NULL,                     VG_SETTING_INT8,     0, 0, NULL},
    {"quantile",                 NULL,                     VG_SETTING_REAL,   0.5, 1, NULL},
    {"always_ram",               NULL,                     VG_SETTING_BOOL,     0, 0, NULL},
    {0},
};

const vg_setting vg_binary_settings[] = {
    {"always_ram",               NULL,                     VG_SETTING_BOOL,     0, 0, NULL},
    {0},
};

/* Kept and told; strict mode itself is refused when it is enabled. */
static const vg_setting strict[] = {
    {"enabled",                          NULL, VG_SETTING_BOOL,   0, 0, NULL},
    {"max_query_limit",                  NULL, VG_SETTING_COUNT,  1, 0, NULL},
    {"max_timeout",                      NULL, VG_SETTING_COUNT,  1, 0, NULL},
    {"unindexed_filtering_retrieve",     NULL, VG_SETTING_BOOL,   0, 0, NULL},
    {"unindexed_filtering_update",       NULL, VG_SETTING_BOOL,   0, 0, NULL},
    {"search_max_hnsw_ef",               NULL, VG_SETTING_COUNT,  0, 0, NULL},
    {"search_allow_exact",               NULL, VG_SETTING_BOOL,   0, 0, NULL},
    {"search_max_oversampling",          NULL, VG_SETTING_REAL,   0, 0, NULL},
    {"upsert_max_batchsize",             NULL, VG_SETTING_COUNT,  0, 0, NULL},
    {"max_collection_vector_size_bytes", NULL, VG_SETTING_COUNT,  0, 0, NULL},
    {"max_collection_payload_size_bytes",NULL, VG_SETTING_COUNT,  0, 0, NULL},
    {"read_rate_limit",                  NULL, VG_SETTING_COUNT,  1, 0, NULL},
    {"write_rate_limit",                 NULL, VG_SETTING_COUNT,  1, 0, NULL},
    {"max_points_count",                 NULL, VG_SETTING_COUNT,  1, 0, NULL},
    {"filter_max_conditions",            NULL, VG_SETTING_COUNT,  0, 0, NULL},
    {"condition_max_size",               NULL, VG_SETTING_COUNT,  0, 0, NULL},
    {"search_max_batchsize",             NULL, VG_SETTING_COUNT,  0, 0, NULL},
    {"max_payload_index_count",          NULL, VG_SETTING_COUNT,  0, 0, NULL},
    {"max_resident_memory_percent",      NULL, VG_SETTING_COUNT,  1, 0, NULL},
    {"multivector_config",               NULL, VG_SETTING_OBJECT, 0, 0, NULL},
    {"sparse_config",                    NULL, VG_SETTING_OBJECT, 0, 0, NULL},
    {0},
};

/* Beside the vectors in `params`. */
const vg_setting vg_param_settings[] = {
    {"shard_number",             NULL, VG_SETTING_COUNT,    1, UINT32_MAX, "1"},
    {"sharding_method",          NULL, VG_SETTING_SHARDING, 0, 0,          NULL},
    {"replication_factor",       NULL, VG_SETTING_COUNT,    1, UINT32_MAX, "1"},
    {"write_consistency_factor", NULL, VG_SETTING_COUNT,    1, UINT32_MAX, "1"},
    {"read_fan_out_factor",      NULL, VG_SETTING_COUNT,    0, UINT32_MAX, NULL},
    {"on_disk_payload",          NULL, VG_SETTING_BOOL,     0, 0,          "true"},
    {0},
};

const vg_unbuilt vg_hnsw_newer[] = {
    {"inline_storage", NULL, "inline storage is"},
    {"memory",         NULL, "memory placement is"},
    {0},
};

static const vg_unbuilt optimizers_newer[] = {
    {"prevent_unoptimized", NULL, "waiting for optimization is"},
    {0},
};

static const vg_unbuilt wal_newer[] = {
    {"wal_retain_closed", NULL, "keeping closed segments of the log is"},
    {0},
};

const vg_settings_section vg_settings_sections[VG_SETTINGS_SECTIONS] = {
    {"hnsw_config",        NULL,               vg_hnsw_settings,      vg_hnsw_newer},
    {"optimizers_config",  "optimizer_config", vg_optimizer_settings, optimizers_newer},
    {"wal_config",         NULL,               vg_wal_settings,       wal_newer},
    {"strict_mode_config", NULL,               strict,                NULL},
    {"metadata",           NULL,               NULL,                  NULL},
};
/* clang-format on */
