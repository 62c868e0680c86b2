/* What an op weighs: the bytes of its vectors and payloads. Packed floats weigh more than text,
 * which goes through as it is: each must be printed. */
#include "call/weigh.h"

enum { PER_ID = 24, FLOAT_WEIGHT = 4 };

static size_t weigh_vector(const vg_vector *vector)
{
    return vector->form == VG_VECTOR_F32 ? vector->bytes.len * FLOAT_WEIGHT : vector->bytes.len;
}

static size_t weigh_point(const vg_point *point)
{
    size_t bytes = PER_ID + point->payload.len;

    for (uint32_t i = 0; i < point->vector_count; i++)
        bytes += weigh_vector(&point->vectors[i]);
    return bytes;
}

static size_t weigh_update(const vg_update *update, size_t enough)
{
    size_t bytes = update->payload.len + (size_t)update->id_count * PER_ID;

    if (update->filter)
        bytes += update->filter->raw.len;
    for (uint32_t i = 0; i < update->point_count && bytes < enough; i++)
        bytes += weigh_point(&update->points[i]);
    return bytes;
}

static size_t weigh_updates(const vg_op *op, size_t enough)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < op->in.update.count && bytes < enough; i++)
        bytes += weigh_update(&op->in.update.at[i], enough);
    return bytes;
}

static size_t weigh_queries(const vg_op *op, size_t enough)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < op->in.search.count && bytes < enough; i++) {
        const vg_search *query = &op->in.search.queries[i];

        bytes += weigh_vector(&query->vector) + (query->filter ? query->filter->raw.len : 0);
    }
    return bytes;
}

size_t vg_weigh(const vg_op *op, size_t enough)
{
    switch (op->kind) {
    case VG_OP_UPSERT:
    case VG_OP_DELETE:
    case VG_OP_SET_PAYLOAD:
    case VG_OP_OVERWRITE_PAYLOAD:
    case VG_OP_DELETE_PAYLOAD:
    case VG_OP_CLEAR_PAYLOAD:
    case VG_OP_UPDATE_VECTORS:
    case VG_OP_DELETE_VECTORS:
    case VG_OP_BATCH:
        return weigh_updates(op, enough);
    case VG_OP_SEARCH:
        return weigh_queries(op, enough);
    case VG_OP_GET:
        return (size_t)op->in.get.count * PER_ID;
    default:
        return 0;
    }
}
