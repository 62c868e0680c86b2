/* See settings.h. What a creation or a change of a collection says: checked, and collected in the
 * request's own words. */
#include "front/qdrant_rest/settings.h"

#include <inttypes.h>

#include "base/buf.h"
#include "front/qdrant_rest/settings_rows.h"

/* clang-format off */
/* Of a change: what it cannot change, and what is not built. */
static const vg_unbuilt unbuilt_of_change[] = {
    {"wal_config",               NULL,           "changes of it are"},
    {"shard_number",             NULL,           "changes of it are"},
    {"sharding_method",          NULL,           "changes of it are"},
    {"metadata",                 NULL,           "changes of it are"},
    {"replication_factor",       NULL,           "changes of it outside of `params` are"},
    {"write_consistency_factor", NULL,           "changes of it outside of `params` are"},
    {"read_fan_out_factor",      NULL,           "changes of it outside of `params` are"},
    {"on_disk_payload",          NULL,           "changes of it outside of `params` are"},
    {0},
};

static const vg_unbuilt unbuilt_of_params[] = {
    {"shard_number",          NULL, "changes of it are"},
    {"sharding_method",       NULL, "changes of it are"},
    {"vectors",               NULL, "changes of it within `params` are"},
    {"sparse_vectors",        NULL, "changes of it within `params` are"},
    {"read_fan_out_delay_ms", NULL, "a delay of further reads is"},
    {"payload",               NULL, "settings of the payload's storage are"},
    {"id_tracker",            NULL, "settings of the ids' storage are"},
    {0},
};

static const vg_unbuilt unbuilt_of_vector[] = {
    {"size",               NULL, "changes of it are"},
    {"distance",           NULL, "changes of it are"},
    {"datatype",           NULL, "changes of it are"},
    {"multivector_config", NULL, "changes of it are"},
    {"memory",             NULL, "memory placement is"},
    {0},
};

static const vg_unbuilt unbuilt_of_sparse[] = {
    {"modifier", NULL, "changes of it are"},
    {"memory",   NULL, "memory placement is"},
    {0},
};

static const vg_unbuilt unbuilt_of_quantization[] = {
    {"product",    NULL, "product quantization is"},
    {"turboquant", NULL, "turbo quantization is"},
    {0},
};

static const vg_unbuilt unbuilt_of_binary[] = {
    {"encoding",       NULL, "encodings of binary quantization are"},
    {"query_encoding", NULL, "encodings of binary quantization are"},
    {"memory",         NULL, "memory placement is"},
    {0},
};
/* clang-format on */

/* ---- checking ---- */

static bool check_count(vg_reader r, const vg_json *v, const vg_setting *row)
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

static bool check_real(vg_reader r, const vg_json *v, const vg_setting *row)
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

static bool unknown_variant(vg_reader r, const vg_json *v, const char *known)
{
    return vg_member_wrong(r, v, VG_FORMAT, "unknown variant `" VG_FMT "`, expected %s",
                           (int)(v->text.len < 80 ? v->text.len : 80), v->text.at, known);
}

bool vg_settings_check_datatype(vg_reader r, const vg_json *v)
{
    vg_slice name;

    return vg_json_read_text(r.arena, v, &name, r.status) &&
           ((name.len > 0 && vg_datatype_of(name) != VG_DATATYPES) ||
            unknown_variant(r, v, "one of `float32`, `uint8`, `float16`"));
}

static bool check_int8(vg_reader r, const vg_json *v)
{
    vg_slice name;

    return vg_json_read_text(r.arena, v, &name, r.status) &&
           (vg_slice_is(name, VG_LIT("int8")) || unknown_variant(r, v, "`int8`"));
}

static bool is_auto(const vg_json *v)
{
    return v->kind == VG_JSON_STRING && vg_slice_is(v->text, VG_LIT("auto"));
}

static bool check_value(vg_reader r, const vg_json *v, const vg_setting *row)
{
    bool ignored;

    switch (row->kind) {
    case VG_SETTING_COUNT:
        return check_count(r, v, row);
    case VG_SETTING_REAL:
        return check_real(r, v, row);
    case VG_SETTING_BOOL:
        return vg_json_read_bool(r.arena, v, &ignored, r.status);
    case VG_SETTING_THREADS:
        return is_auto(v) || check_count(r, v, row);
    case VG_SETTING_OBJECT:
        return vg_member_is_object(r, v);
    case VG_SETTING_SHARDING:
        return check_sharding(r, v);
    case VG_SETTING_DATATYPE:
        return vg_settings_check_datatype(r, v);
    case VG_SETTING_INT8:
        return check_int8(r, v);
    }
    return false;
}

static bool check_rows(vg_reader r, const vg_json *object, const vg_setting *rows)
{
    for (const vg_setting *row = rows; row->name; row++) {
        const vg_json *v = vg_member_get(object, row->name, row->other);

        if (v && !check_value(r, v, row))
            return false;
    }
    return true;
}

static bool check_section(vg_reader r, const vg_json *v, const vg_settings_section *section)
{
    return vg_member_is_object(r, v) &&
           (!section->newer || vg_member_refuse(r, v, section->newer)) &&
           (!section->rows || check_rows(r, v, section->rows));
}

bool vg_settings_check_hnsw(vg_reader r, const vg_json *v)
{
    return vg_member_is_object(r, v) && vg_member_refuse(r, v, vg_hnsw_newer) &&
           check_rows(r, v, vg_hnsw_settings);
}

bool vg_settings_check_sparse(vg_reader r, const vg_json *v)
{
    return vg_member_is_object(r, v) && check_rows(r, v, vg_sparse_settings);
}

static bool check_scalar(vg_reader r, const vg_json *v)
{
    return vg_member_is_object(r, v) && vg_member_need(r, v, "type", NULL) &&
           check_rows(r, v, vg_scalar_settings);
}

static bool check_binary(vg_reader r, const vg_json *v)
{
    return vg_member_is_object(r, v) && vg_member_refuse(r, v, unbuilt_of_binary) &&
           check_rows(r, v, vg_binary_settings);
}

bool vg_settings_check_quantization(vg_reader r, const vg_json *v)
{
    const vg_json *scalar = vg_member_get(v, "scalar", NULL);
    const vg_json *binary = vg_member_get(v, "binary", NULL);

    if (!vg_member_is_object(r, v) || !vg_member_refuse(r, v, unbuilt_of_quantization))
        return false;
    if (!scalar == !binary)
        return vg_member_wrong(r, v, VG_FORMAT,
                               "data did not match any variant of untagged enum "
                               "QuantizationConfig: one of `scalar` and `binary` is needed");
    return scalar ? check_scalar(r, scalar) : check_binary(r, binary);
}

static const vg_json *quantization_of(const vg_json *object)
{
    return vg_member_get(object, "quantization_config", "quantization");
}

/* Of a change: "Disabled", too. */
static bool check_changed_quantization(vg_reader r, const vg_json *v)
{
    if (!v || (v->kind == VG_JSON_STRING && vg_slice_is(v->text, VG_LIT("Disabled"))))
        return true;
    return vg_settings_check_quantization(r, v);
}

static bool check_sections(vg_reader r, const vg_json *body)
{
    for (int i = 0; i < VG_SETTINGS_SECTIONS; i++) {
        const vg_json *v =
            vg_member_get(body, vg_settings_sections[i].name, vg_settings_sections[i].other);

        if (v && !check_section(r, v, &vg_settings_sections[i]))
            return false;
    }
    return true;
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

static void keep_all(vg_json_out *json, const vg_json *body)
{
    vg_json_open_object(json);
    for (int i = 0; i < VG_SETTINGS_SECTIONS; i++)
        keep(json, body, vg_settings_sections[i].name, vg_settings_sections[i].other);
    for (const vg_setting *row = vg_param_settings; row->name; row++)
        keep(json, body, row->name, row->other);
    keep(json, body, "quantization_config", "quantization");
    vg_json_close_object(json);
}

static bool refuse_strict_mode(vg_reader r, const vg_json *body)
{
    const vg_json *strict_mode = vg_member_get(body, "strict_mode_config", NULL);
    const vg_json *enabled = vg_member_get(strict_mode, "enabled", NULL);

    return !enabled || enabled->kind != VG_JSON_TRUE ||
           vg_member_unbuilt(r, enabled, "strict mode is");
}

/* What `write` makes of the body, in the arena; empty when it is no more than {}. */
static bool collect(vg_reader r, const vg_json *body, vg_slice *out,
                    void (*write)(vg_json_out *json, const vg_json *body))
{
    vg_buf buf;
    vg_json_out json = {.buf = &buf};
    bool is_whole;

    vg_buf_init(&buf, 0);
    write(&json, body);
    *out = buf.len > 2 ? vg_arena_copy(r.arena, vg_buf_bytes(&buf)) : (vg_slice){0};
    is_whole = !vg_buf_is_spent(&buf) && !vg_arena_is_spent(r.arena);
    vg_buf_fini(&buf);
    return is_whole || vg_member_wrong(r, body, VG_TOO_LARGE, "no memory is left for the settings");
}

bool vg_settings_read(vg_reader r, const vg_json *body, vg_slice *out)
{
    const vg_json *quantization = quantization_of(body);

    return check_sections(r, body) && check_rows(r, body, vg_param_settings) &&
           (!quantization || vg_settings_check_quantization(r, quantization)) &&
           refuse_strict_mode(r, body) && collect(r, body, out, keep_all);
}

/* ---- a change ---- */

/* Sections without rows, and those of a creation only, were refused: unbuilt_of_change. */

/* Those members of an object that have a row, but nulls: they leave a value as it is. */
static void put_given(vg_json_out *json, const vg_json *object, const vg_setting *rows)
{
    for (const vg_setting *row = rows; row->name; row++)
        keep(json, object, row->name, row->other);
}

static void put_given_object(vg_json_out *json, const char *name, const vg_json *object,
                             const vg_setting *rows)
{
    vg_json_put_key(json, vg_slice_str(name));
    vg_json_open_object(json);
    put_given(json, object, rows);
    vg_json_close_object(json);
}

static void put_changed_settings(vg_json_out *json, const vg_json *body)
{
    vg_json_open_object(json);
    for (int i = 0; i < VG_SETTINGS_SECTIONS; i++) {
        const vg_settings_section *section = &vg_settings_sections[i];
        const vg_json *v = vg_member_get(body, section->name, section->other);

        if (v)
            put_given_object(json, section->name, v, section->rows);
    }
    put_given(json, vg_member_get(body, "params", NULL), vg_param_settings);
    keep(json, body, "quantization_config", "quantization");
    vg_json_close_object(json);
}

static void put_changed_vector(vg_json_out *json, const vg_json *v)
{
    const vg_json *hnsw = vg_member_get(v, "hnsw_config", NULL);

    vg_json_put_key(json, v->key);
    vg_json_open_object(json);
    if (hnsw)
        put_given_object(json, "hnsw_config", hnsw, vg_hnsw_settings);
    keep(json, v, "quantization_config", "quantization");
    keep(json, v, "on_disk", NULL);
    vg_json_close_object(json);
}

static void put_changed_sparse(vg_json_out *json, const vg_json *v)
{
    const vg_json *index = vg_member_get(v, "index", NULL);

    vg_json_put_key(json, v->key);
    vg_json_open_object(json);
    if (index)
        put_given_object(json, "sparse_index", index, vg_sparse_settings);
    vg_json_close_object(json);
}

static void put_change(vg_json_out *json, const vg_json *body)
{
    const vg_json *vectors = vg_member_get(body, "vectors", NULL);
    const vg_json *sparse = vg_member_get(body, "sparse_vectors", NULL);

    vg_json_open_object(json);
    vg_json_put_key(json, VG_LIT("settings"));
    put_changed_settings(json, body);
    vg_json_put_key(json, VG_LIT("vectors"));
    vg_json_open_object(json);
    for (const vg_json *v = vectors ? vectors->first : NULL; v; v = v->next)
        put_changed_vector(json, v);
    for (const vg_json *v = sparse ? sparse->first : NULL; v; v = v->next)
        put_changed_sparse(json, v);
    vg_json_close_object(json);
    vg_json_close_object(json);
}

static bool check_changed_vector(vg_reader r, const vg_json *v)
{
    const vg_json *hnsw = vg_member_get(v, "hnsw_config", NULL);
    bool ignored;

    return vg_member_is_object(r, v) && vg_member_refuse(r, v, unbuilt_of_vector) &&
           vg_member_bool(r, vg_member_get(v, "on_disk", NULL), &ignored) &&
           check_changed_quantization(r, quantization_of(v)) &&
           (!hnsw || vg_settings_check_hnsw(r, hnsw));
}

static bool check_changed_sparse(vg_reader r, const vg_json *v)
{
    const vg_json *index = vg_member_get(v, "index", NULL);

    return vg_member_is_object(r, v) && vg_member_refuse(r, v, unbuilt_of_sparse) &&
           (!index || vg_settings_check_sparse(r, index));
}

/* A map by names, "" for the unnamed one; NULL: none is changed. */
static bool check_changed_vectors(vg_reader r, const vg_json *v,
                                  bool (*check)(vg_reader r, const vg_json *v))
{
    const vg_json *twice = vg_json_repeated(v);

    if (!v)
        return true;
    if (!vg_member_is_object(r, v))
        return false;
    if (twice)
        return vg_member_wrong(r, twice, VG_FORMAT, "this vector comes twice");
    for (const vg_json *one = v->first; one; one = one->next)
        if (!check(r, one))
            return false;
    return true;
}

static bool check_changed_params(vg_reader r, const vg_json *v)
{
    return !v || (vg_member_is_object(r, v) && vg_member_refuse(r, v, unbuilt_of_params) &&
                  check_rows(r, v, vg_param_settings));
}

bool vg_settings_read_change(vg_reader r, const vg_json *body, vg_slice *out)
{
    return vg_member_refuse(r, body, unbuilt_of_change) && check_sections(r, body) &&
           refuse_strict_mode(r, body) &&
           check_changed_params(r, vg_member_get(body, "params", NULL)) &&
           check_changed_quantization(r, quantization_of(body)) &&
           check_changed_vectors(r, vg_member_get(body, "vectors", NULL), check_changed_vector) &&
           check_changed_vectors(r, vg_member_get(body, "sparse_vectors", NULL),
                                 check_changed_sparse) &&
           collect(r, body, out, put_change);
}
