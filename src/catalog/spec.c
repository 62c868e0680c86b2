/* What a catalog row's `spec` holds: the vectors of a collection and the settings that came with it,
 * as JSON:  {"vectors":[{"name":"","size":4,"distance":"Dot","hnsw_config":{…},"on_disk":true}],
 *            "settings":{…}} */
#include "catalog/catalog.h"

#include "vecgate/json.h"

#include "base/buf.h"

static void write_vector(vg_json_out *out, const vg_vector_params *vector)
{
    vg_json_open_object(out);
    vg_json_put_key(out, VG_LIT("name"));
    vg_json_put_text(out, vector->name);
    vg_json_put_key(out, VG_LIT("size"));
    vg_json_put_u64(out, vector->size);
    vg_json_put_key(out, VG_LIT("distance"));
    vg_json_put_text(out, vg_slice_str(vg_distance_name(vector->distance)));
    if (vector->hnsw_config.len > 0) {
        vg_json_put_key(out, VG_LIT("hnsw_config"));
        vg_json_put_raw(out, vector->hnsw_config);
    }
    if (vector->on_disk >= 0) {
        vg_json_put_key(out, VG_LIT("on_disk"));
        vg_json_put_bool(out, vector->on_disk == 1);
    }
    vg_json_close_object(out);
}

vg_slice vg_spec_write(vg_arena *arena, const vg_collection_spec *spec)
{
    vg_buf buf;
    vg_json_out out = {.buf = &buf};
    vg_slice text;

    vg_buf_init(&buf, 0);
    vg_json_open_object(&out);
    vg_json_put_key(&out, VG_LIT("vectors"));
    vg_json_open_array(&out);
    for (uint32_t i = 0; i < spec->vector_count; i++)
        write_vector(&out, &spec->vectors[i]);
    vg_json_close_array(&out);
    if (spec->settings.len > 0) {
        vg_json_put_key(&out, VG_LIT("settings"));
        vg_json_put_raw(&out, spec->settings);
    }
    vg_json_close_object(&out);
    text = vg_buf_is_spent(&buf) ? (vg_slice){0} : vg_arena_copy(arena, vg_buf_bytes(&buf));
    vg_buf_fini(&buf);
    return text;
}

static bool wrong(vg_status *status)
{
    vg_status_set(status, VG_INTERNAL, VG_LIT("the catalog's row for this collection is damaged"),
                  VG_LIT("catalog"));
    return false;
}

static bool read_vector(vg_arena *arena, const vg_json *from, vg_vector_params *to)
{
    const vg_json *name = vg_json_get(from, VG_LIT("name"));
    const vg_json *size = vg_json_get(from, VG_LIT("size"));
    const vg_json *distance = vg_json_get(from, VG_LIT("distance"));
    const vg_json *hnsw = vg_json_get(from, VG_LIT("hnsw_config"));
    const vg_json *on_disk = vg_json_get(from, VG_LIT("on_disk"));
    uint64_t dimensions = 0;
    vg_slice word;
    bool on = false;

    if (!name || !size || !distance || !vg_json_read_text(arena, name, &to->name, NULL) ||
        !vg_json_read_u64(arena, size, &dimensions, NULL) ||
        !vg_json_read_text(arena, distance, &word, NULL))
        return false;
    to->size = (uint32_t)dimensions;
    to->distance = vg_distance_of(word, false);
    to->hnsw_config = hnsw ? hnsw->raw : (vg_slice){0};
    if (on_disk && !vg_json_read_bool(arena, on_disk, &on, NULL))
        return false;
    to->on_disk = on_disk ? (int8_t)on : -1;
    return to->distance != VG_DISTANCE_NONE && dimensions <= VG_MAX_DIMENSION;
}

bool vg_spec_read(vg_arena *arena, vg_slice json, vg_collection_spec *out, vg_status *status)
{
    /* The reader wants readable bytes behind the text. */
    char *padded = vg_arena_take_zero(arena, json.len + VG_JSON_PAD, 1);
    const vg_json *document, *list, *settings;
    vg_vector_params *vectors;

    if (!padded)
        return vg_status_set(status, VG_TOO_LARGE, (vg_slice){0}, (vg_slice){0}) == VG_OK;
    if (json.len > 0)
        memcpy(padded, json.at, json.len);
    document = vg_json_read(arena, vg_slice_of(padded, json.len), VG_JSON_DEPTH, NULL);
    list = vg_json_get(document, VG_LIT("vectors"));
    if (!vg_json_is_array(list))
        return wrong(status);
    vectors = VG_TAKE_N(arena, vg_vector_params, list->count ? list->count : 1);
    if (!vectors)
        return vg_status_set(status, VG_TOO_LARGE, (vg_slice){0}, (vg_slice){0}) == VG_OK;
    *out = (vg_collection_spec){.vectors = vectors, .vector_count = list->count};
    for (const vg_json *at = list->first; at; at = at->next, vectors++)
        if (!read_vector(arena, at, vectors))
            return wrong(status);
    settings = vg_json_get(document, VG_LIT("settings"));
    out->settings = settings ? settings->raw : (vg_slice){0};
    return true;
}
