/* Vectors of a body (FACTS 4), known by their shapes. Lists of numbers stay views of the body: no
 * float is made of them here. */
#include "base/vector_json.h"
#include "front/qdrant_rest/read_select.h"

static bool has(const vg_json *object, const char *name)
{
    return vg_json_get(object, vg_slice_str(name)) != NULL;
}

vg_shape vg_read_vector_shape(const vg_json *v)
{
    switch (v->kind) {
    case VG_JSON_VECTOR:
        return VG_SHAPE_DENSE;
    case VG_JSON_ARRAY:
        return v->first && vg_json_is_array(v->first) ? VG_SHAPE_MULTI : VG_SHAPE_DENSE;
    case VG_JSON_OBJECT:
        if (has(v, "indices") && has(v, "values"))
            return VG_SHAPE_SPARSE;
        if (has(v, "model") && (has(v, "text") || has(v, "image") || has(v, "object")))
            return VG_SHAPE_INFERENCE;
        return VG_SHAPE_OBJECT;
    default:
        return VG_SHAPE_OTHER;
    }
}

/* Qdrant without its inference service says this, and so do we, who have none. */
static bool refuse_inference(vg_reader r, const vg_json *v)
{
    const vg_json *model = vg_json_get(v, VG_LIT("model"));

    if (model->kind != VG_JSON_STRING)
        return vg_json_mismatch(r.arena, model, "a string", r.status);
    if (model->text.len == 0)
        return vg_member_wrong(r, model, VG_RANGE,
                               "value \"\" invalid, must be 1 character or longer");
    return vg_member_wrong(r, v, VG_INTERNAL,
                           "InferenceService is not initialized. Please check if it was properly "
                           "configured and initialized during startup.");
}

/* A list that is not all numbers: the first that is none is what is wrong. */
static bool blame_element(vg_reader r, const vg_json *v)
{
    for (const vg_json *element = v->first; element; element = element->next)
        if (element->kind != VG_JSON_NUMBER)
            return vg_json_mismatch(r.arena, element, "a number", r.status);
    return vg_json_mismatch(r.arena, v, "a list of numbers", r.status);
}

bool vg_read_vector(vg_reader r, const vg_json *v, vg_vector *out)
{
    switch (vg_read_vector_shape(v)) {
    case VG_SHAPE_DENSE:
        if (v->kind == VG_JSON_ARRAY && v->count > 0)
            return blame_element(r, v);
        *out = (vg_vector){.form = VG_VECTOR_JSON, .bytes = v->raw, .count = v->count};
        return true;
    case VG_SHAPE_MULTI:
        return vg_vector_read_rows(r.arena, v, out, r.status);
    case VG_SHAPE_SPARSE:
        return vg_vector_read_sparse(r.arena, v, out, r.status);
    case VG_SHAPE_INFERENCE:
        return refuse_inference(r, v);
    case VG_SHAPE_OBJECT:
    case VG_SHAPE_OTHER:
        break;
    }
    return vg_json_mismatch(r.arena, v, "a vector: a list of numbers", r.status);
}

bool vg_read_vector_names(vg_reader r, const vg_json *map)
{
    const vg_json *twice = vg_json_repeated(map);

    return !twice ||
           vg_member_wrong(r, twice, VG_FORMAT, "duplicate field `" VG_FMT "`",
                           (int)(twice->key.len < 80 ? twice->key.len : 80), twice->key.at);
}

/* {"a": […], "": […]}: an empty name is the unnamed vector's. */
static bool read_map(vg_reader r, const vg_json *map, vg_vector *one, vg_point *out)
{
    vg_vector *vectors = map->count > 1 ? VG_TAKE_N(r.arena, vg_vector, map->count) : one;

    if (!vectors)
        return vg_member_wrong(r, map, VG_TOO_LARGE, "no memory is left for %u vectors",
                               map->count);
    out->vectors = vectors;
    out->vector_count = map->count;
    for (const vg_json *v = map->first; v; v = v->next, vectors++) {
        if (!vg_read_vector(r, v, vectors))
            return false;
        vectors->name = v->key;
    }
    return vg_read_vector_names(r, map);
}

/* A sparse vector has a name: without one its lists are vectors called "indices" and "values". */
bool vg_read_vector_of_point(vg_reader r, const vg_json *v, vg_vector *one, vg_point *out)
{
    vg_shape shape = vg_read_vector_shape(v);

    if (shape == VG_SHAPE_OBJECT || shape == VG_SHAPE_SPARSE)
        return read_map(r, v, one, out);
    out->vectors = one;
    out->vector_count = 1;
    return vg_read_vector(r, v, one);
}
