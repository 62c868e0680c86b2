/* Native requests about collections to operations. Pure: any thread. */
#include "front/native/native.h"

bool vg_native_read_none(const vg_front_in *in, vg_op *op, vg_status *status)
{
    return vg_native_read_query(in, op, status);
}

static bool read_metric(vg_arena *arena, const vg_json *v, vg_distance *out, vg_status *status)
{
    *out = VG_COSINE;
    if (!v)
        return true;
    if (v->kind != VG_JSON_STRING)
        return vg_json_mismatch(arena, v, "a string", status);
    *out = vg_distance_of(v->text, true);
    if (*out != VG_DISTANCE_NONE)
        return true;
    vg_status_set(status, VG_INVALID,
                  VG_LIT("unknown metric; known are cosine, dot, euclid, manhattan"),
                  vg_json_path(arena, v));
    return false;
}

bool vg_native_read_create(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_json *name = NULL, *dimension = NULL, *metric = NULL;
    const field fields[] = {
        {"name", &name, true}, {"dimension", &dimension, true}, {"metric", &metric, false}};
    vg_vector_params *vector = VG_TAKE(op->arena, vg_vector_params);

    if (!vector)
        return vg_native_no_memory(status);
    if (!vg_native_read_query(in, op, status) ||
        !READ_FIELDS(op->arena, in->body, fields, status) ||
        !vg_json_read_text(op->arena, name, &op->name, status) ||
        !vg_native_read_count(op->arena, dimension, (bounds){1, VG_MAX_DIMENSION}, &vector->size,
                              status) ||
        !read_metric(op->arena, metric, &vector->distance, status))
        return false;
    vector->on_disk = -1;
    op->in.create.spec = (vg_collection_spec){.vectors = vector, .vector_count = 1};
    return true;
}
