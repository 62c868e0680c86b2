/* Bodies of the routes on collections (FACTS 10): created with vectors, unnamed or by names, or
 * with none; changed; asked about. */
#include <inttypes.h>

#include "front/qdrant_rest/params.h"
#include "front/qdrant_rest/qdrant.h"
#include "front/qdrant_rest/settings.h"

static const vg_unbuilt unbuilt_of_create[] = {
    {"init_from", NULL, "init_from is"},
    {"payload", NULL, "settings of the payload's storage are"},
    {"id_tracker", NULL, "settings of the ids' storage are"},
    {0},
};

static const vg_unbuilt unbuilt_of_vector[] = {
    {"memory", NULL, "memory placement is"},
    {0},
};

static const vg_unbuilt unbuilt_of_sparse[] = {
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
    if (!v)
        return true;
    if (!vg_settings_check_datatype(r, v))
        return false;
    *out = v->text;
    return true;
}

static bool unknown_variant(vg_reader r, const vg_json *v, const char *known)
{
    return vg_member_wrong(r, v, VG_FORMAT, "unknown variant `" VG_FMT "`, expected %s",
                           (int)(v->text.len < 80 ? v->text.len : 80), v->text.at, known);
}

/* {"comparator": "max_sim"}: the only one. */
static bool read_multi(vg_reader r, const vg_json *v, vg_vector_kind *out)
{
    const vg_json *comparator;
    vg_slice name;

    if (!v)
        return true;
    if (!vg_member_is_object(r, v))
        return false;
    comparator = vg_member_need(r, v, "comparator", NULL);
    if (!comparator || !vg_json_read_text(r.arena, comparator, &name, r.status))
        return false;
    *out = VG_MULTI;
    return vg_slice_is(name, VG_LIT("max_sim")) || unknown_variant(r, comparator, "`max_sim`");
}

static bool read_quantization(vg_reader r, const vg_json *v, vg_slice *out)
{
    if (!v)
        return true;
    *out = v->raw;
    return vg_settings_check_quantization(r, v);
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
           read_multi(r, vg_member_get(v, "multivector_config", NULL), &out->kind) &&
           read_hnsw(r, vg_member_get(v, "hnsw_config", NULL), &out->hnsw_config) &&
           read_quantization(r, vg_member_get(v, "quantization_config", "quantization"),
                             &out->quantization_config) &&
           read_on_disk(r, vg_member_get(v, "on_disk", NULL), &out->on_disk);
}

/* A map has nothing but objects in it; {"": {…}} names the unnamed vector. */
static bool read_map(vg_reader r, const vg_json *map, vg_vector_params *to)
{
    const vg_json *twice = vg_json_repeated(map);

    if (twice)
        return vg_member_wrong(r, twice, VG_FORMAT, "this vector comes twice");
    for (const vg_json *v = map->first; v; v = v->next, to++) {
        if (v->kind != VG_JSON_OBJECT)
            return not_vectors(r, map, "expected `size` and `distance`, or a map of them by name");
        to->name = v->key;
        if (!read_params(r, v, to))
            return false;
    }
    return true;
}

/* A vector may be called `size`. */
static bool is_value(const vg_json *v)
{
    return v && v->kind != VG_JSON_OBJECT;
}

/* The params of the unnamed vector, or a map of such by names? */
static bool is_alone(const vg_json *v)
{
    return is_value(vg_json_get(v, VG_LIT("size"))) || is_value(vg_json_get(v, VG_LIT("distance")));
}

static uint32_t count_of(const vg_json *v)
{
    if (!v)
        return 0;
    return is_alone(v) ? 1 : v->count;
}

static bool read_modifier(vg_reader r, const vg_json *v, vg_vector_params *to)
{
    vg_slice name;

    if (!v)
        return true;
    if (!vg_json_read_text(r.arena, v, &name, r.status))
        return false;
    to->has_idf = vg_slice_is(name, VG_LIT("idf"));
    to->names_no_idf = vg_slice_is(name, VG_LIT("none"));
    return to->has_idf || to->names_no_idf || unknown_variant(r, v, "`none`, `idf`");
}

static bool read_sparse_params(vg_reader r, const vg_json *v, vg_vector_params *to)
{
    const vg_json *index;

    *to = (vg_vector_params){.name = v->key, .kind = VG_SPARSE, .distance = VG_DOT, .on_disk = -1};
    if (!vg_member_is_object(r, v) || !vg_member_refuse(r, v, unbuilt_of_sparse))
        return false;
    if (v->key.len == 0)
        return vg_member_wrong(r, v, VG_INVALID, "a sparse vector needs a name");
    index = vg_member_get(v, "index", NULL);
    if (index)
        to->sparse_index = index->raw;
    return (!index || vg_settings_check_sparse(r, index)) &&
           read_modifier(r, vg_member_get(v, "modifier", NULL), to);
}

static bool read_sparse(vg_reader r, const vg_json *map, vg_vector_params *to)
{
    const vg_json *twice = vg_json_repeated(map);

    if (twice)
        return vg_member_wrong(r, twice, VG_FORMAT, "this vector comes twice");
    for (const vg_json *v = map ? map->first : NULL; v; v = v->next)
        if (!read_sparse_params(r, v, to++))
            return false;
    return true;
}

/* None, or empty maps: points have payloads only. Names that are in both are plan's to refuse. */
static bool read_vectors(vg_reader r, const vg_json *dense, const vg_json *sparse,
                         vg_collection_spec *out)
{
    uint32_t count = count_of(dense) + (sparse ? sparse->count : 0);
    vg_vector_params *vectors = VG_TAKE_N(r.arena, vg_vector_params, (size_t)count + 1);

    if (!vectors) {
        vg_status_set(r.status, VG_TOO_LARGE, VG_LIT("no memory is left for the vectors"),
                      (vg_slice){0});
        return false;
    }
    out->vectors = vectors;
    out->vector_count = count;
    if (dense && !(is_alone(dense) ? read_params(r, dense, vectors) : read_map(r, dense, vectors)))
        return false;
    return read_sparse(r, sparse, vectors + count_of(dense));
}

static bool read_all_vectors(vg_reader r, const vg_json *body, vg_collection_spec *out)
{
    const vg_json *dense = vg_member_get(body, "vectors", NULL);
    const vg_json *sparse = vg_member_get(body, "sparse_vectors", NULL);

    return (!dense || vg_member_is_object(r, dense)) &&
           (!sparse || vg_member_is_object(r, sparse)) && read_vectors(r, dense, sparse, out);
}

bool vg_read_collection_create(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_reader r = {op->arena, status};
    vg_collection_spec *spec = &op->in.create.spec;

    return vg_params_change(in, op, status) &&
           vg_collection_name_check(op->arena, op->name, status) && vg_member_body(r, in->body) &&
           vg_member_refuse(r, in->body, unbuilt_of_create) &&
           read_all_vectors(r, in->body, spec) && vg_settings_read(r, in->body, &spec->settings);
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
