/* Replies about collections, and about Qdrant itself. What a collection is comes back in the
 * gateway's terms as far as these go, and in Qdrant's own words beside them. */
#include "adapters/vector/qdrant/qdrant.h"
#include "base/physical_name.h"

enum { LEAST_MAJOR = 1, LEAST_MINOR = 10 }; /* the first with /points/query */

static vg_next done_with(vg_try *t, bool did)
{
    t->result.did = did;
    return VG_DONE;
}

/* Creating and changing a collection: true, or a failure. */
vg_next vg_qdrant_decode_did(const vg_op *op, vg_try *t, const vg_http_reply *reply)
{
    const vg_json *result = vg_qdrant_read_result(op, t, reply);

    if (result == NULL)
        return VG_FAIL;
    if (result->kind != VG_JSON_TRUE)
        return vg_qdrant_misread(t, "it does not say that it was done");
    return done_with(t, true);
}

vg_next vg_qdrant_decode_drop(const vg_op *op, vg_try *t, const vg_http_reply *reply)
{
    const vg_json *result;

    if (vg_qdrant_is_absent(t, reply))
        return done_with(t, false);
    result = vg_qdrant_read_result(op, t, reply);
    if (result == NULL)
        return VG_FAIL;
    if (result->kind != VG_JSON_TRUE && result->kind != VG_JSON_FALSE)
        return vg_qdrant_misread(t, "it does not say whether the collection was there");
    return done_with(t, result->kind == VG_JSON_TRUE);
}

/* Those that the gateway derived, or all others. */
static vg_next decode_names(const vg_op *op, vg_try *t, const vg_http_reply *reply, bool derived)
{
    const vg_json *result = vg_qdrant_read_result(op, t, reply);
    const vg_json *list = vg_json_get(result, VG_LIT("collections"));
    vg_slice *names;
    uint32_t i = 0;

    if (result == NULL)
        return VG_FAIL;
    if (list == NULL || list->kind != VG_JSON_ARRAY)
        return vg_qdrant_misread(t, "it has no list of collections");
    names = VG_TAKE_N(t->scratch, vg_slice, list->count > 0 ? list->count : 1);
    if (names == NULL)
        return vg_try_fail(t, VG_TOO_LARGE, (vg_slice){0});
    for (const vg_json *at = list->first; at != NULL; at = at->next) {
        const vg_json *name = vg_json_get(at, VG_LIT("name"));

        if (name == NULL || name->kind != VG_JSON_STRING)
            return vg_qdrant_misread(t, "a collection has no name");
        if (vg_physical_is_derived(name->text) == derived)
            names[i++] = name->text;
    }
    t->result.names.at = names;
    t->result.names.count = i;
    return VG_DONE;
}

/* Nobody adopts what the gateway made for itself. */
vg_next vg_qdrant_decode_list(const vg_op *op, vg_try *t, const vg_http_reply *reply)
{
    return decode_names(op, t, reply, false);
}

vg_next vg_qdrant_decode_derived(const vg_op *op, vg_try *t, const vg_http_reply *reply)
{
    return decode_names(op, t, reply, true);
}

/* --- what a collection is -------------------------------------------------------------------- */

static bool read_params(vg_try *t, const vg_json *from, vg_slice name, vg_vector_params *to)
{
    const vg_json *size = vg_json_get(from, VG_LIT("size"));
    const vg_json *distance = vg_json_get(from, VG_LIT("distance"));
    const vg_json *hnsw = vg_json_get(from, VG_LIT("hnsw_config"));
    const vg_json *on_disk = vg_json_get(from, VG_LIT("on_disk"));
    const vg_json *datatype = vg_json_get(from, VG_LIT("datatype"));
    const vg_json *quantization = vg_json_get(from, VG_LIT("quantization_config"));
    uint64_t dimensions = 0;

    *to = (vg_vector_params){.name = name, .on_disk = -1};
    if (size == NULL || !vg_json_read_u64(t->scratch, size, &dimensions, NULL) ||
        dimensions > VG_MAX_DIMENSION || distance == NULL)
        return false;
    to->size = (uint32_t)dimensions;
    to->distance = vg_distance_of(distance->text, false);
    if (hnsw != NULL && hnsw->kind == VG_JSON_OBJECT)
        to->hnsw_config = hnsw->raw;
    if (!vg_json_is_null(on_disk))
        to->on_disk = on_disk->kind == VG_JSON_TRUE;
    if (!vg_json_is_null(datatype))
        to->datatype = datatype->text;
    if (!vg_json_is_null(quantization))
        to->quantization_config = quantization->raw;
    if (!vg_json_is_null(vg_json_get(from, VG_LIT("multivector_config"))))
        to->kind = VG_MULTI; /* there is one comparator only */
    return to->distance != VG_DISTANCE_NONE;
}

/* Params of the unnamed vector stand alone; a map holds those of named ones. */
static bool is_unnamed(const vg_json *vectors)
{
    const vg_json *size = vg_json_get(vectors, VG_LIT("size"));

    return size != NULL && size->kind == VG_JSON_NUMBER;
}

static uint32_t members(const vg_json *object)
{
    return object != NULL && object->kind == VG_JSON_OBJECT ? object->count : 0;
}

static void read_sparse(const vg_json *from, vg_vector_params *to)
{
    const vg_json *index = vg_json_get(from, VG_LIT("index"));
    const vg_json *modifier = vg_json_get(from, VG_LIT("modifier"));

    *to =
        (vg_vector_params){.name = from->key, .kind = VG_SPARSE, .distance = VG_DOT, .on_disk = -1};
    if (!vg_json_is_null(index))
        to->sparse_index = index->raw;
    if (!vg_json_is_null(modifier)) {
        to->has_idf = vg_slice_is(modifier->text, VG_LIT("idf"));
        to->names_no_idf = vg_slice_is(modifier->text, VG_LIT("none"));
    }
}

static bool read_spec(vg_try *t, const vg_json *params, vg_collection_spec *spec)
{
    const vg_json *dense = vg_json_get(params, VG_LIT("vectors"));
    const vg_json *sparse = vg_json_get(params, VG_LIT("sparse_vectors"));
    bool is_alone = is_unnamed(dense);
    uint32_t count = (is_alone ? 1 : members(dense)) + members(sparse);
    vg_vector_params *to = VG_TAKE_N(t->scratch, vg_vector_params, count > 0 ? count : 1);

    if (to == NULL)
        return false;
    spec->vectors = to;
    spec->vector_count = count;
    if (is_alone && !read_params(t, dense, (vg_slice){0}, to++))
        return false;
    for (const vg_json *at = is_alone || !members(dense) ? NULL : dense->first; at; at = at->next) {
        if (!read_params(t, at, at->key, to++))
            return false;
    }
    for (const vg_json *at = members(sparse) ? sparse->first : NULL; at; at = at->next)
        read_sparse(at, to++);
    return true;
}

static const struct {
    const char *word;
    int color;
    const char *trouble;
} colors[] = {
    {"green", VG_GREEN, ""},
    {"yellow", VG_YELLOW, "Qdrant is optimizing this collection"},
    {"grey", VG_GREY, "Qdrant waits for an update before it optimizes this collection"},
    {"red", VG_RED, "Qdrant reports a failure in this collection"},
};

const char *vg_qdrant_color_trouble(int color)
{
    return colors[color].trouble;
}

static bool read_color(const vg_json *result, vg_collection_info *info)
{
    const vg_json *status = vg_json_get(result, VG_LIT("status"));
    const vg_json *optimizer = vg_json_get(result, VG_LIT("optimizer_status"));
    const vg_json *error = vg_json_get(optimizer, VG_LIT("error"));

    for (size_t i = 0; status != NULL && i < sizeof colors / sizeof colors[0]; i++) {
        if (!vg_slice_is_str(status->text, colors[i].word))
            continue;
        info->color = colors[i].color;
        info->trouble = vg_slice_str(colors[i].trouble);
        if (error != NULL && error->kind == VG_JSON_STRING)
            info->trouble =
                vg_slice_of(error->text.at, error->text.len < 512 ? error->text.len : 512);
        return true;
    }
    return false;
}

/* Absent and null count as 0: newer versions leave counts out while they are not known. */
static bool read_number(vg_try *t, const vg_json *result, vg_slice key, uint64_t *out)
{
    const vg_json *number = vg_json_get(result, key);

    return vg_json_is_null(number) || vg_json_read_u64(t->scratch, number, out, NULL);
}

static vg_slice raw_of(const vg_json *object, vg_slice key)
{
    const vg_json *member = vg_json_get(object, key);

    return vg_json_is_null(member) ? (vg_slice){0} : member->raw;
}

vg_next vg_qdrant_decode_describe(const vg_op *op, vg_try *t, const vg_http_reply *reply)
{
    vg_collection_info *info = &t->result.info;
    const vg_json *result;
    const vg_json *params;

    if (vg_qdrant_is_absent(t, reply))
        return VG_DONE; /* info->exists is false */
    result = vg_qdrant_read_result(op, t, reply);
    if (result == NULL)
        return VG_FAIL;
    params = vg_json_get(vg_json_get(result, VG_LIT("config")), VG_LIT("params"));
    if (params == NULL || !read_spec(t, params, &info->spec))
        return vg_qdrant_misread(t, "the collection's vectors are not described");
    if (!read_color(result, info))
        return vg_qdrant_misread(t, "the collection's status is unknown");
    if (!read_number(t, result, VG_LIT("points_count"), &info->points_count) ||
        !read_number(t, result, VG_LIT("indexed_vectors_count"), &info->indexed_vectors_count) ||
        !read_number(t, result, VG_LIT("segments_count"), &info->segments_count))
        return vg_qdrant_misread(t, "one of the collection's counts is no number");
    if (!vg_qdrant_read_schema(t, vg_json_get(result, VG_LIT("payload_schema")), info))
        return vg_qdrant_misread(t, "the indexes of the collection are not described");
    info->config = raw_of(result, VG_LIT("config"));
    info->payload_schema = raw_of(result, VG_LIT("payload_schema"));
    info->exists = true;
    return VG_DONE;
}

/* --- what Qdrant is -------------------------------------------------------------------------- */

static uint64_t read_part(vg_slice *version)
{
    size_t len = vg_slice_find(*version, '.');
    uint64_t number = UINT64_MAX; /* no number: a build of somebody's own, as new as can be */

    vg_slice_u64(vg_slice_of(version->at, len), &number);
    *version = vg_slice_skip(*version, len + 1);
    return number;
}

static bool is_too_old(vg_slice version)
{
    uint64_t major = read_part(&version);
    uint64_t minor = read_part(&version);

    return major < LEAST_MAJOR || (major == LEAST_MAJOR && minor < LEAST_MINOR);
}

vg_next vg_qdrant_decode_version(const vg_op *op, vg_try *t, const vg_http_reply *reply)
{
    const vg_json *document = vg_qdrant_read_document(op, t, reply);
    const vg_json *title = vg_json_get(document, VG_LIT("title"));
    const vg_json *version = vg_json_get(document, VG_LIT("version"));

    if (document == NULL)
        return VG_FAIL;
    if (title == NULL || version == NULL || version->kind != VG_JSON_STRING)
        return vg_qdrant_misread(t, "it does not say its version; is `url` that of a Qdrant?");
    if (is_too_old(version->text))
        return vg_try_failf(t, VG_UNSUPPORTED, "Qdrant " VG_FMT " is too old: %d.%d is the oldest",
                            VG_ARG(version->text), LEAST_MAJOR, LEAST_MINOR);
    t->result.health.title = title->text;
    t->result.health.version = version->text;
    return VG_DONE;
}
