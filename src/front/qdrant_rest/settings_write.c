/* See settings.h. The settings as the description of a collection tells them, with the defaults of
 * those that were not given. */
#include "front/qdrant_rest/settings.h"
#include "front/qdrant_rest/settings_rows.h"

static bool is_auto(const vg_json *v)
{
    return v->kind == VG_JSON_STRING && vg_slice_is(v->text, VG_LIT("auto"));
}

static void put_raw(vg_json_out *json, const char *key, vg_slice raw)
{
    vg_json_put_key(json, vg_slice_str(key));
    vg_json_put_raw(json, raw);
}

/* Each row's value as it was given, else its default. No number of threads, "auto", is told as
 * null. */
static void put_rows(vg_json_out *json, const vg_json *given, const vg_setting *rows)
{
    for (const vg_setting *row = rows; row->name; row++) {
        const vg_json *v = vg_member_get(given, row->name, row->other);

        if (v && !(row->kind == VG_SETTING_THREADS && is_auto(v)))
            put_raw(json, row->name, v->raw);
        else if (row->def)
            put_raw(json, row->name, vg_slice_str(row->def));
    }
}

static void put_section(vg_json_out *json, const char *key, const vg_json *given,
                        const vg_setting *rows)
{
    vg_json_put_key(json, vg_slice_str(key));
    vg_json_open_object(json);
    put_rows(json, given, rows);
    vg_json_close_object(json);
}

/* No client knows bfloat16: of it nothing is told. `kept`: settings of a collection that is older
 * than `datatype` of vectors, which then is among them; or NULL. */
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
    if (vector->quantization_config.len > 0)
        put_raw(json, "quantization_config",
                vg_vector_is_bfloat16(vector) ? VG_LIT("null") : vector->quantization_config);
    if (vector->on_disk >= 0) {
        vg_json_put_key(json, VG_LIT("on_disk"));
        vg_json_put_bool(json, vector->on_disk == 1);
    }
    if (vector->datatype.len > 0) {
        vg_json_put_key(json, VG_LIT("datatype"));
        vg_json_put_text(json, vector->datatype);
    } else if (datatype) {
        put_raw(json, "datatype", datatype->raw);
    }
    if (vector->kind == VG_MULTI)
        put_raw(json, "multivector_config", VG_LIT("{\"comparator\":\"max_sim\"}"));
    vg_json_close_object(json);
}

static uint32_t count_sparse(const vg_collection_spec *spec)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < spec->vector_count; i++)
        count += spec->vectors[i].kind == VG_SPARSE;
    return count;
}

/* The unnamed vector, when no other dense one is there; or a map of all by their names. */
static void put_vectors(vg_json_out *json, const vg_collection_spec *spec, const vg_json *kept)
{
    const vg_vector_params *unnamed = vg_spec_vector(spec, (vg_slice){0});

    vg_json_put_key(json, VG_LIT("vectors"));
    if (unnamed && spec->vector_count - count_sparse(spec) == 1) {
        put_vector(json, unnamed, kept);
        return;
    }
    vg_json_open_object(json);
    for (uint32_t i = 0; i < spec->vector_count; i++) {
        if (spec->vectors[i].kind == VG_SPARSE)
            continue;
        vg_json_put_key(json, spec->vectors[i].name);
        put_vector(json, &spec->vectors[i], NULL);
    }
    vg_json_close_object(json);
}

static void put_sparse_vectors(vg_json_out *json, const vg_collection_spec *spec)
{
    if (count_sparse(spec) == 0)
        return;
    vg_json_put_key(json, VG_LIT("sparse_vectors"));
    vg_json_open_object(json);
    for (uint32_t i = 0; i < spec->vector_count; i++) {
        const vg_vector_params *vector = &spec->vectors[i];

        if (vector->kind != VG_SPARSE)
            continue;
        vg_json_put_key(json, vector->name);
        vg_json_open_object(json);
        if (vector->sparse_index.len > 0)
            put_raw(json, "index", vector->sparse_index);
        if (vector->has_idf || vector->names_no_idf)
            put_raw(json, "modifier", vector->has_idf ? VG_LIT("\"idf\"") : VG_LIT("\"none\""));
        vg_json_close_object(json);
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
    const vg_json *quantization =
        vg_member_get(kept, "quantization_config", NULL); /* a string: it was turned off */
    bool is_quantized = quantization && quantization->kind == VG_JSON_OBJECT;

    vg_json_open_object(json);
    vg_json_put_key(json, VG_LIT("params"));
    vg_json_open_object(json);
    put_vectors(json, spec, kept);
    put_rows(json, kept, vg_param_settings);
    put_sparse_vectors(json, spec);
    vg_json_close_object(json);
    put_section(json, "hnsw_config", vg_member_get(kept, "hnsw_config", NULL), vg_hnsw_settings);
    put_section(json, "optimizer_config",
                vg_member_get(kept, "optimizers_config", "optimizer_config"),
                vg_optimizer_settings);
    put_section(json, "wal_config", vg_member_get(kept, "wal_config", NULL), vg_wal_settings);
    put_raw(json, "quantization_config", is_quantized ? quantization->raw : VG_LIT("null"));
    put_raw(json, "strict_mode_config",
            strict_mode ? strict_mode->raw : VG_LIT("{\"enabled\":false}"));
    if (metadata)
        put_raw(json, "metadata", metadata->raw);
    vg_json_close_object(json);
}
