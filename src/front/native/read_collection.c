/* Native requests about collections and their declared payload fields. Pure: any thread. */
#include "vecgate/payload_path.h"

#include "front/native/native.h"
#include "front/read_index.h"

enum { NAME_BYTES = 200 }; /* of a vector, as Qdrant bounds them */

bool vg_native_read_none(const vg_front_in *in, vg_op *op, vg_status *status)
{
    return vg_native_read_query(in, op, status);
}

/* ---- vectors ---- */

static bool read_metric(vg_arena *arena, const vg_json *v, vg_distance *out, vg_status *status)
{
    *out = VG_COSINE;
    if (!v)
        return true;
    if (v->kind != VG_JSON_STRING)
        return vg_json_mismatch(arena, v, "a string", status);
    *out = vg_distance_of(v->text, true);
    return *out != VG_DISTANCE_NONE ||
           vg_native_wrong(arena, v, "unknown metric; known are cosine, dot, euclid, manhattan",
                           status);
}

/* What is said of one vector. */
struct shape {
    const vg_json *kind, *dimension, *metric, *datatype, *index, *quantization, *idf;
};

static bool read_kind(vg_arena *arena, const vg_json *v, vg_vector_kind *out, vg_status *status)
{
    *out = VG_DENSE;
    if (!v)
        return true;
    if (v->kind != VG_JSON_STRING)
        return vg_json_mismatch(arena, v, "a string", status);
    *out = vg_vector_kind_of(v->text);
    return *out != VG_VECTOR_KINDS ||
           vg_native_wrong(arena, v, "unknown kind; known are dense, multi, sparse", status);
}

static bool read_datatype(vg_arena *arena, const vg_json *v, vg_slice *out, vg_status *status)
{
    if (!v)
        return true;
    if (v->kind != VG_JSON_STRING)
        return vg_json_mismatch(arena, v, "a string", status);
    *out = v->text;
    return (v->text.len > 0 && vg_datatype_of(v->text) != VG_DATATYPES) ||
           vg_native_wrong(arena, v, "unknown datatype; known are float32, float16, uint8", status);
}

/* Its size is whatever the indices say, and it is compared by dot product. */
static bool read_sparse(vg_arena *arena, struct shape from, vg_vector_params *to, vg_status *status)
{
    const vg_json *const pointless[] = {from.dimension, from.metric, from.datatype, from.index,
                                        from.quantization};

    if (to->name.len == 0)
        return vg_native_wrong(arena, from.kind, "a sparse vector needs a name", status);
    for (size_t i = 0; i < sizeof pointless / sizeof pointless[0]; i++)
        if (pointless[i])
            return vg_native_wrong(arena, pointless[i], "a sparse vector has no such thing",
                                   status);
    to->distance = VG_DOT;
    return vg_native_read_bool(arena, from.idf, &to->has_idf, status);
}

static bool read_shape(vg_arena *arena, const vg_json *v, struct shape from, vg_vector_params *to,
                       vg_status *status)
{
    to->on_disk = -1;
    if (!read_kind(arena, from.kind, &to->kind, status))
        return false;
    if (to->kind == VG_SPARSE)
        return read_sparse(arena, from, to, status);
    if (from.idf)
        return vg_native_wrong(arena, from.idf, "only a sparse vector has idf", status);
    if (!from.dimension)
        return vg_native_missing(arena, v, "dimension", status);
    return vg_native_read_count(arena, from.dimension, (bounds){1, VG_MAX_DIMENSION}, &to->size,
                                status) &&
           read_metric(arena, from.metric, &to->distance, status) &&
           read_datatype(arena, from.datatype, &to->datatype, status) &&
           vg_native_read_settings(arena, from.index, from.quantization, to, status);
}

static bool read_named(vg_arena *arena, const vg_json *v, vg_vector_params *to, vg_status *status)
{
    struct shape shape = {0};
    const field fields[] = {
        {"kind", &shape.kind, false},     {"dimension", &shape.dimension, false},
        {"metric", &shape.metric, false}, {"datatype", &shape.datatype, false},
        {"index", &shape.index, false},   {"quantization", &shape.quantization, false},
        {"idf", &shape.idf, false}};

    to->name = v->key;
    if (v->key.len > NAME_BYTES) {
        vg_status_setf(status, arena, VG_RANGE, vg_json_path(arena, v),
                       "a vector's name must have %d bytes at most, got %zu", NAME_BYTES,
                       v->key.len);
        return false;
    }
    return READ_FIELDS(arena, v, fields, status) && read_shape(arena, v, shape, to, status);
}

/* Each by its name; the empty name is the unnamed vector's. */
static bool read_map(vg_arena *arena, const vg_json *map, vg_vector_params *to, vg_status *status)
{
    const vg_json *twice;

    if (map->kind != VG_JSON_OBJECT)
        return vg_json_mismatch(arena, map, "an object of vectors by name", status);
    twice = vg_json_repeated(map);
    if (twice)
        return vg_native_wrong(arena, twice, "this name comes twice", status);
    for (const vg_json *v = map->first; v; v = v->next)
        if (!read_named(arena, v, to++, status))
            return false;
    return true;
}

/* The body's own shape is the unnamed vector's; with `vectors` it has none. */
static bool read_vectors(vg_arena *arena, const vg_json *body, struct shape shape,
                         vg_collection_spec *to, vg_status *status)
{
    const vg_json *map = vg_json_get(body, VG_LIT("vectors"));
    const vg_json *const own[] = {shape.kind, shape.metric, shape.datatype, shape.index,
                                  shape.quantization};
    uint32_t count = shape.dimension ? 1 : map->count;
    vg_vector_params *vectors = VG_TAKE_N(arena, vg_vector_params, (size_t)count + 1);

    if (!vectors)
        return vg_native_no_memory(status);
    to->vectors = vectors;
    to->vector_count = count;
    if (shape.dimension)
        return read_shape(arena, body, shape, vectors, status);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (own[i])
            return vg_native_wrong(arena, own[i], "each of \"vectors\" has one of its own", status);
    return read_map(arena, map, vectors, status);
}

/* ---- payload fields ---- */

/* {"type": …, options}, and perhaps a key, which is the caller's; a type without options is
 * declared as such. */
static bool read_declaration(vg_arena *arena, const vg_json *from, vg_index *to, vg_status *status)
{
    const vg_index_reader reader = {.arena = arena, .status = status, .refuses_unknown = true};
    const vg_json *type = vg_json_get(from, VG_LIT("type"));
    bool is_bare = from->count == (vg_json_get(from, VG_LIT("key")) ? 2 : 1);

    if (vg_json_is_null(type))
        return vg_native_missing(arena, from, "type", status);
    if (type->kind != VG_JSON_STRING)
        return vg_json_mismatch(arena, type, "a string", status);
    return vg_index_read(&reader, is_bare ? type : from, to);
}

static bool read_field(vg_arena *arena, const vg_json *from, vg_index *to, vg_status *status)
{
    const vg_json *key = vg_json_get(from, VG_LIT("key"));

    if (from->kind != VG_JSON_OBJECT)
        return vg_json_mismatch(arena, from, "an object", status);
    if (vg_json_is_null(key))
        return vg_native_missing(arena, from, "key", status);
    if (vg_json_repeated(from))
        return vg_native_wrong(arena, vg_json_repeated(from), "this field comes twice", status);
    return vg_native_read_path(arena, key, &to->key, status) &&
           read_declaration(arena, from, to, status);
}

static bool read_fields(vg_arena *arena, const vg_json *list, vg_indexes *to, vg_status *status)
{
    vg_index *at;

    if (!list)
        return true;
    if (list->kind != VG_JSON_ARRAY)
        return vg_json_mismatch(arena, list, "an array of objects", status);
    to->at = at = VG_TAKE_N(arena, vg_index, (size_t)list->count + 1);
    if (!at)
        return vg_native_no_memory(status);
    for (const vg_json *v = list->first; v; v = v->next, at++) {
        if (!read_field(arena, v, at, status))
            return false;
        if (vg_index_find(to, at->key))
            return vg_native_wrong(arena, vg_json_get(v, VG_LIT("key")),
                                   "this field is declared twice", status);
        to->count++;
    }
    return true;
}

/* ---- routes ---- */

bool vg_native_read_create(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_json *name = NULL, *vectors = NULL, *declared = NULL;
    struct shape shape = {0};
    const field fields[] = {{"name", &name, true},
                            {"dimension", &shape.dimension, false},
                            {"kind", &shape.kind, false},
                            {"metric", &shape.metric, false},
                            {"datatype", &shape.datatype, false},
                            {"index", &shape.index, false},
                            {"quantization", &shape.quantization, false},
                            {"vectors", &vectors, false},
                            {"fields", &declared, false}};
    vg_collection_spec *spec = &op->in.create.spec;

    *spec = (vg_collection_spec){0};
    return vg_native_read_query(in, op, status) &&
           READ_FIELDS(op->arena, in->body, fields, status) &&
           vg_json_read_text(op->arena, name, &op->name, status) &&
           vg_native_is_one(op->arena, in->body,
                            (either){"dimension", "vectors", shape.dimension, vectors}, status) &&
           read_vectors(op->arena, in->body, shape, spec, status) &&
           read_fields(op->arena, declared, &spec->indexes, status);
}

/* The key in the path of a field. */
static bool read_key(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_slice key = in->params[1];

    op->in.index.index.key = key;
    op->in.index.wait = true;
    if (vg_path_is(key))
        return true;
    vg_status_setf(status, op->arena, VG_PATH, VG_LIT("key"), "\"" VG_FMT "\" is no payload path",
                   (int)(key.len < 80 ? key.len : 80), key.at);
    return false;
}

bool vg_native_read_field(const vg_front_in *in, vg_op *op, vg_status *status)
{
    if (!vg_native_read_query(in, op, status) || !read_key(in, op, status))
        return false;
    if (!in->body) {
        vg_status_set(status, VG_FORMAT, VG_LIT("a JSON body is required"), (vg_slice){0});
        return false;
    }
    if (in->body->kind != VG_JSON_OBJECT)
        return vg_json_mismatch(op->arena, in->body, "an object", status);
    if (vg_json_get(in->body, VG_LIT("key")))
        return vg_native_wrong(op->arena, vg_json_get(in->body, VG_LIT("key")),
                               "unknown field; the key is in the path", status);
    return read_declaration(op->arena, in->body, &op->in.index.index, status);
}

bool vg_native_read_undeclared(const vg_front_in *in, vg_op *op, vg_status *status)
{
    return vg_native_read_query(in, op, status) && read_key(in, op, status);
}
