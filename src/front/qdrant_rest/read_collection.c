/* Bodies of the routes on collections (FACTS 10): created with dense vectors, unnamed or by names,
 * or with none; changed; asked about. */
#include <inttypes.h>

#include "front/qdrant_rest/params.h"
#include "front/qdrant_rest/qdrant.h"
#include "front/qdrant_rest/settings.h"

static const vg_unbuilt unbuilt_of_create[] = {
    {"sparse_vectors", NULL, "sparse vectors are"},
    {"quantization_config", "quantization", "quantization is"},
    {"init_from", NULL, "init_from is"},
    {"payload", NULL, "settings of the payload's storage are"},
    {"id_tracker", NULL, "settings of the ids' storage are"},
    {0},
};

static const vg_unbuilt unbuilt_of_vector[] = {
    {"multivector_config", NULL, "multivectors are"},
    {"quantization_config", "quantization", "quantization is"},
    {"memory", NULL, "memory placement is"},
    {0},
};

static bool not_vectors(vg_reader r, const vg_json *v, const char *why)
{
    return vg_member_wrong(
        r, v, VG_FORMAT, "data did not match any variant of untagged enum VectorsConfig: %s", why);
}

static bool read_size(vg_reader r, const vg_json *v, uint32_t *out)
{
    uint64_t size;

    if (!v)
        return true;
    if (!vg_json_read_u64(r.arena, v, &size, r.status))
        return false;
    if (size == 0)
        return vg_member_wrong(r, v, VG_FORMAT,
                               "invalid value: integer `0`, expected a nonzero u64");
    if (size > VG_MAX_DIMENSION)
        return vg_member_wrong(r, v, VG_RANGE, "value %" PRIu64 " invalid, must be from 1 to %d",
                               size, VG_MAX_DIMENSION);
    *out = (uint32_t)size;
    return true;
}

static bool read_distance(vg_reader r, const vg_json *v, vg_distance *out)
{
    vg_slice name;

    if (!v)
        return true;
    if (!vg_json_read_text(r.arena, v, &name, r.status))
        return false;
    *out = vg_distance_of(name, false);
    return *out != VG_DISTANCE_NONE ||
           vg_member_wrong(r, v, VG_FORMAT,
                           "unknown variant `" VG_FMT
                           "`, expected one of `Cosine`, `Euclid`, `Dot`, `Manhattan`",
                           (int)(name.len < 80 ? name.len : 80), name.at);
}

static bool read_datatype(vg_reader r, const vg_json *v, vg_slice *out)
{
    vg_slice name;

    if (!v)
        return true;
    if (!vg_json_read_text(r.arena, v, &name, r.status))
        return false;
    if (vg_slice_is(name, VG_LIT("float16")) || vg_slice_is(name, VG_LIT("uint8")))
        return vg_member_unbuilt(r, v, "datatypes other than float32 are");
    *out = name;
    return vg_slice_is(name, VG_LIT("float32")) ||
           vg_member_wrong(r, v, VG_FORMAT,
                           "unknown variant `" VG_FMT
                           "`, expected one of `float32`, `uint8`, `float16`",
                           (int)(name.len < 80 ? name.len : 80), name.at);
}

static bool read_hnsw(vg_reader r, const vg_json *v, vg_slice *out)
{
    if (!v)
        return true;
    *out = v->raw;
    return vg_settings_check_hnsw(r, v);
}

static bool read_on_disk(vg_reader r, const vg_json *v, int8_t *out)
{
    bool on_disk = false;

    *out = -1;
    if (!vg_member_bool(r, v, &on_disk))
        return false;
    if (v)
        *out = on_disk;
    return true;
}

static bool read_params(vg_reader r, const vg_json *v, vg_vector_params *out)
{
    if (!read_size(r, vg_member_get(v, "size", NULL), &out->size) ||
        !read_distance(r, vg_member_get(v, "distance", NULL), &out->distance))
        return false;
    if (out->size == 0)
        return not_vectors(r, v, "missing field `size`");
    if (out->distance == VG_DISTANCE_NONE)
        return not_vectors(r, v, "missing field `distance`");
    return vg_member_refuse(r, v, unbuilt_of_vector) &&
           read_datatype(r, vg_member_get(v, "datatype", NULL), &out->datatype) &&
           read_hnsw(r, vg_member_get(v, "hnsw_config", NULL), &out->hnsw_config) &&
           read_on_disk(r, vg_member_get(v, "on_disk", NULL), &out->on_disk);
}

static vg_vector_params *take_vectors(vg_reader r, const vg_json *v, uint32_t count,
                                      vg_collection_spec *out)
{
    vg_vector_params *vectors = VG_TAKE_N(r.arena, vg_vector_params, count);

    if (!vectors)
        vg_member_wrong(r, v, VG_TOO_LARGE, "no memory is left for %u vectors", count);
    out->vectors = vectors;
    out->vector_count = count;
    return vectors;
}

/* A map has nothing but objects in it; {"": {…}} names the unnamed vector. */
static bool read_map(vg_reader r, const vg_json *map, vg_collection_spec *out)
{
    const vg_json *twice = vg_json_repeated(map);
    vg_vector_params *vectors = take_vectors(r, map, map->count, out);

    if (!vectors)
        return false;
    if (twice)
        return vg_member_wrong(r, twice, VG_FORMAT, "this vector comes twice");
    for (const vg_json *v = map->first; v; v = v->next, vectors++) {
        if (v->kind != VG_JSON_OBJECT)
            return not_vectors(r, map, "expected `size` and `distance`, or a map of them by name");
        vectors->name = v->key;
        if (!read_params(r, v, vectors))
            return false;
    }
    return true;
}

/* A vector may be called `size`. */
static bool is_value(const vg_json *v)
{
    return v && v->kind != VG_JSON_OBJECT;
}

/* None, or an empty map: points have payloads only. */
static bool read_vectors(vg_reader r, const vg_json *v, vg_collection_spec *out)
{
    vg_vector_params *one;

    if (!v)
        return true;
    if (!vg_member_is_object(r, v))
        return false;
    if (v->count == 0)
        return true;
    if (!is_value(vg_json_get(v, VG_LIT("size"))) && !is_value(vg_json_get(v, VG_LIT("distance"))))
        return read_map(r, v, out);
    one = take_vectors(r, v, 1, out);
    return one && read_params(r, v, one);
}

bool vg_read_collection_create(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_reader r = {op->arena, status};
    vg_collection_spec *spec = &op->in.create.spec;

    return vg_params_change(in, op, status) &&
           vg_collection_name_check(op->arena, op->name, status) && vg_member_body(r, in->body) &&
           vg_member_refuse(r, in->body, unbuilt_of_create) &&
           read_vectors(r, vg_member_get(in->body, "vectors", NULL), spec) &&
           vg_settings_read(r, in->body, &spec->settings);
}

/* What is changed is told twice: as Qdrant is told, and by our own words. */
bool vg_read_collection_change(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_reader r = {op->arena, status};

    if (!vg_params_change(in, op, status) || !vg_member_body(r, in->body))
        return false;
    op->in.change.raw = in->body->raw;
    return vg_settings_read_change(r, in->body, &op->in.change.patch);
}

bool vg_read_collection_drop(const vg_front_in *in, vg_op *op, vg_status *status)
{
    return vg_params_change(in, op, status);
}

/* Of a collection without more: information, existence. */
bool vg_read_collection_name(const vg_front_in *in, vg_op *op, vg_status *status)
{
    return vg_params_read(in, op, status);
}

bool vg_read_collection_list(const vg_front_in *in, vg_op *op, vg_status *status)
{
    (void)in;
    (void)op;
    (void)status;
    return true;
}
