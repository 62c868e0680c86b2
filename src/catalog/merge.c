/* A change of a collection's settings, merged into what they were (FACTS 10): field by field, one
 * level deep inside each setting; null leaves alone what is there. Pure.
 *
 *     {"settings":{"hnsw_config":{"m":16},"replication_factor":1}}   what there is
 *     {"settings":{"hnsw_config":{"ef_construct":64,"m":null}}}      the change
 *     {"settings":{"hnsw_config":{"m":16,"ef_construct":64},"replication_factor":1}}   then      */
#include "base/buf.h"
#include "base/row_json.h"
#include "catalog/catalog.h"

enum { DEEP = 1, FLAT = 0 };

/* A setting that is one of several forms, of which one field each is the name: not merged. */
static bool is_whole(const vg_json *v)
{
    return vg_slice_is(v->key, VG_LIT("quantization_config"));
}

static const vg_json *object_or_none(const vg_json *v)
{
    return v && v->kind == VG_JSON_OBJECT ? v : NULL;
}

static void merge(vg_json_out *out, const vg_json *old, const vg_json *change, int levels);

/* `old`: what there was, or NULL; `value`: the same, when it stays. */
static void put_merged(vg_json_out *out, const vg_json *old, const vg_json *value, int levels)
{
    vg_json_put_key(out, value->key);
    if (value == old || levels == FLAT || value->kind != VG_JSON_OBJECT || is_whole(value))
        vg_json_put_raw(out, value->raw);
    else
        merge(out, object_or_none(old), value, levels - 1);
}

static const vg_json *value_of(const vg_json *old, const vg_json *change)
{
    return vg_json_is_null(change) ? old : change;
}

/* Both objects, or NULL for none. Of a repeated name the last member counts. */
static void merge(vg_json_out *out, const vg_json *old, const vg_json *change, int levels)
{
    vg_json_open_object(out);
    for (const vg_json *at = old ? old->first : NULL; at; at = at->next)
        if (vg_json_get(old, at->key) == at)
            put_merged(out, at, value_of(at, vg_json_get(change, at->key)), levels);
    for (const vg_json *at = change ? change->first : NULL; at; at = at->next)
        if (!vg_json_is_null(at) && vg_json_get(change, at->key) == at &&
            !vg_json_get(old, at->key))
            put_merged(out, NULL, at, levels);
    vg_json_close_object(out);
}

/* What is stored and what is to change, as texts of objects; both may be empty. */
static bool merge_texts(vg_arena *arena, vg_slice *text, const vg_json *change, int levels,
                        vg_status *status)
{
    vg_arena *nodes = vg_row_json_nodes(*text, status);
    const vg_json *old = nodes && text->len > 0 ? vg_row_json_read(nodes, *text, status) : NULL;
    vg_buf buf;
    vg_json_out out = {.buf = &buf};
    bool good = nodes && (text->len == 0 || old);

    vg_buf_init(&buf, 0);
    if (good) {
        merge(&out, object_or_none(old), change, levels);
        *text = vg_row_json_take(arena, &buf, status);
        good = text->len > 0;
    } else {
        vg_row_json_damaged(status, "the catalog's row for this collection is damaged");
    }
    vg_buf_fini(&buf);
    vg_arena_free(nodes);
    return good;
}

static bool is_not(vg_arena *arena, const vg_json *v, const char *wanted, vg_status *status)
{
    vg_status_setf(status, arena, VG_INVALID, vg_json_path(arena, v), "expected %s, got " VG_FMT,
                   wanted, VG_ARG(vg_json_say(arena, v)));
    return false;
}

static bool change_on_disk(vg_arena *arena, const vg_json *v, vg_vector_params *to,
                           vg_status *status)
{
    bool on = false;

    if (!vg_json_read_bool(NULL, v, &on, NULL))
        return is_not(arena, v, "true or false", status);
    to->on_disk = on;
    return true;
}

static bool change_object(vg_arena *arena, const vg_json *v, vg_slice *text, vg_status *status)
{
    return v->kind == VG_JSON_OBJECT ? merge_texts(arena, text, v, FLAT, status)
                                     : is_not(arena, v, "an object", status);
}

/* The whole takes the place of what was there; "Disabled" of it, too. */
static bool change_quantization(vg_arena *arena, const vg_json *v, vg_vector_params *to,
                                vg_status *status)
{
    bool is_off = v->kind == VG_JSON_STRING && vg_slice_is(v->text, VG_LIT("Disabled"));

    if (!is_off && v->kind != VG_JSON_OBJECT)
        return is_not(arena, v, "an object", status);
    to->quantization_config = is_off ? (vg_slice){0} : vg_arena_copy(arena, v->raw);
    return true;
}

static bool change_field(vg_arena *arena, const vg_json *v, vg_vector_params *to, vg_status *status)
{
    if (vg_json_is_null(v))
        return true;
    if (vg_slice_is(v->key, VG_LIT("on_disk")))
        return change_on_disk(arena, v, to, status);
    if (vg_slice_is(v->key, VG_LIT("hnsw_config")))
        return change_object(arena, v, &to->hnsw_config, status);
    if (vg_slice_is(v->key, VG_LIT("sparse_index")))
        return change_object(arena, v, &to->sparse_index, status);
    if (vg_slice_is(v->key, VG_LIT("quantization_config")))
        return change_quantization(arena, v, to, status);
    vg_status_setf(status, arena, VG_UNSUPPORTED, vg_json_path(arena, v),
                   VG_FMT " of a vector cannot be changed here", VG_ARG(v->key));
    return false;
}

static bool change_vector(vg_arena *arena, const vg_json *change, vg_vector_params *to,
                          vg_status *status)
{
    if (vg_json_is_null(change))
        return true;
    if (change->kind != VG_JSON_OBJECT)
        return is_not(arena, change, "an object", status);
    for (const vg_json *at = change->first; at; at = at->next)
        if (!change_field(arena, at, to, status))
            return false;
    return true;
}

static bool change_vectors(vg_arena *arena, const vg_json *changes, vg_collection_spec *spec,
                           vg_status *status)
{
    vg_vector_params *vectors = VG_TAKE_N(arena, vg_vector_params, (size_t)spec->vector_count + 1);

    if (!vectors)
        return vg_row_json_no_memory(status);
    if (spec->vector_count > 0)
        memcpy(vectors, spec->vectors, spec->vector_count * sizeof *vectors);
    spec->vectors = vectors;
    for (const vg_json *at = changes->first; at; at = at->next) {
        const vg_vector_params *known = vg_spec_vector(spec, at->key);

        if (!known) {
            vg_status_setf(status, arena, VG_INVALID, VG_LIT("vectors"),
                           "Not existing vector name error: " VG_FMT, VG_ARG(at->key));
            return false;
        }
        if (!change_vector(arena, at, &vectors[known - spec->vectors], status))
            return false;
    }
    return true;
}

static bool change_spec(vg_arena *arena, const vg_json *patch, vg_collection_spec *spec,
                        vg_status *status)
{
    const vg_json *settings = vg_json_get(patch, VG_LIT("settings"));
    const vg_json *vectors = vg_json_get(patch, VG_LIT("vectors"));

    if (!vg_json_is_null(settings) && settings->kind != VG_JSON_OBJECT)
        return is_not(arena, settings, "an object", status);
    if (!vg_json_is_null(vectors) && vectors->kind != VG_JSON_OBJECT)
        return is_not(arena, vectors, "an object", status);
    if (object_or_none(settings) && settings->count > 0 &&
        !merge_texts(arena, &spec->settings, settings, DEEP, status))
        return false;
    return !object_or_none(vectors) || change_vectors(arena, vectors, spec, status);
}

bool vg_spec_merge(vg_arena *arena, const vg_collection_spec *old, vg_slice patch,
                   vg_collection_spec *out, vg_status *status)
{
    vg_arena *nodes = vg_row_json_nodes(patch, status);
    const vg_json *document = nodes ? vg_row_json_read(nodes, patch, status) : NULL;
    bool good = false;

    *out = *old;
    if (document && document->kind == VG_JSON_OBJECT)
        good = change_spec(arena, document, out, status);
    else if (nodes)
        vg_status_set(status, VG_INVALID, VG_LIT("a change of a collection is a JSON object"),
                      (vg_slice){0});
    vg_arena_free(nodes);
    return good && (!vg_arena_is_spent(arena) || vg_row_json_no_memory(status));
}
