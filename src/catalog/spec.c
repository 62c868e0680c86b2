/* What a catalog row's `spec` holds: the vectors of a collection and the settings that came with
 * it, as JSON: {"vectors":[{"name":"","size":4,"distance":"Dot","hnsw_config":{…},"on_disk":true}],
 *            "settings":{…}} */
#include "vecgate/json.h"

#include "base/buf.h"
#include "catalog/catalog.h"

/* "[]," is a node. */
enum { NODES_BASE = 64 * 1024, NODES_PER_BYTE = sizeof(vg_json) };

/* ---- writing ---- */

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

/* ---- reading ---- */

static bool wrong(vg_status *status)
{
    vg_status_set(status, VG_INTERNAL, VG_LIT("the catalog's row for this collection is damaged"),
                  VG_LIT("catalog"));
    return false;
}

static bool no_memory(vg_status *status)
{
    vg_status_set(status, VG_OVERLOADED,
                  VG_LIT("no memory is left for the catalog, try again soon"), (vg_slice){0});
    return false;
}

static bool is_text(const vg_json *v)
{
    return v && v->kind == VG_JSON_STRING;
}

/* Absent, or an object. */
static bool is_settings(const vg_json *v)
{
    return !v || v->kind == VG_JSON_OBJECT;
}

static vg_slice copy_raw(vg_arena *arena, const vg_json *v)
{
    return v ? vg_arena_copy(arena, v->raw) : (vg_slice){0};
}

static bool read_size(const vg_json *v, uint32_t *out)
{
    uint64_t size = 0;

    if (!v || !vg_json_read_u64(NULL, v, &size, NULL) || size < 1 || size > VG_MAX_DIMENSION)
        return false;
    *out = (uint32_t)size;
    return true;
}

static bool read_on_disk(const vg_json *v, int8_t *out)
{
    bool on = false;

    *out = -1;
    if (!v)
        return true;
    if (!vg_json_read_bool(NULL, v, &on, NULL))
        return false;
    *out = on;
    return true;
}

static bool read_vector(vg_arena *arena, const vg_json *from, vg_vector_params *to)
{
    const vg_json *name = vg_json_get(from, VG_LIT("name"));
    const vg_json *distance = vg_json_get(from, VG_LIT("distance"));
    const vg_json *hnsw = vg_json_get(from, VG_LIT("hnsw_config"));

    if (!is_text(name) || !is_text(distance) || !is_settings(hnsw) ||
        !read_size(vg_json_get(from, VG_LIT("size")), &to->size) ||
        !read_on_disk(vg_json_get(from, VG_LIT("on_disk")), &to->on_disk))
        return false;
    to->name = vg_arena_copy(arena, name->text);
    to->distance = vg_distance_of(distance->text, false);
    to->hnsw_config = copy_raw(arena, hnsw);
    return to->distance != VG_DISTANCE_NONE;
}

static bool read_document(vg_arena *arena, const vg_json *document, vg_collection_spec *out,
                          vg_status *status)
{
    const vg_json *list = vg_json_get(document, VG_LIT("vectors"));
    const vg_json *settings = vg_json_get(document, VG_LIT("settings"));
    vg_vector_params *vectors;

    if (!list || list->kind != VG_JSON_ARRAY || !is_settings(settings))
        return wrong(status);
    vectors = VG_TAKE_N(arena, vg_vector_params, (size_t)list->count + 1);
    if (!vectors)
        return no_memory(status);
    *out = (vg_collection_spec){
        .vectors = vectors, .vector_count = list->count, .settings = copy_raw(arena, settings)};
    for (const vg_json *at = list->first; at; at = at->next, vectors++)
        if (!read_vector(arena, at, vectors))
            return wrong(status);
    return !vg_arena_is_spent(arena) || no_memory(status);
}

static const vg_json *read_json(vg_arena *nodes, vg_slice text, vg_status *status)
{
    char *padded = vg_arena_take_zero(nodes, text.len + VG_JSON_PAD, 1);
    vg_status story = {0};
    const vg_json *document = NULL;

    if (padded) {
        if (text.len > 0)
            memcpy(padded, text.at, text.len);
        document = vg_json_read(nodes, vg_slice_of(padded, text.len), VG_JSON_DEPTH, &story);
    }
    if (!document && story.code != VG_FORMAT)
        no_memory(status);
    return document;
}

/* The nodes of the document are needed only meanwhile; an entry lives as long as its collection. */
bool vg_spec_read(vg_arena *arena, vg_slice json, vg_collection_spec *out, vg_status *status)
{
    vg_arena *nodes = vg_arena_new(NODES_BASE + json.len * NODES_PER_BYTE);
    bool good = false;

    if (nodes)
        good = read_document(arena, read_json(nodes, json, status), out, status);
    else
        no_memory(status);
    vg_arena_free(nodes);
    return good;
}
