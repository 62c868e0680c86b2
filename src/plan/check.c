/* See check.h. Texts are Qdrant's where it has one for the case. */
#include "plan/check.h"

#include <inttypes.h>

static bool refuse(const vg_op *op, vg_status *status, vg_slice where, const char *capability)
{
    vg_status_setf(status, op->arena, VG_UNSUPPORTED, where,
                   "%s: this backend does not have that capability", capability);
    return false;
}

bool vg_check_spec(const vg_op *op, const vg_capabilities *can, vg_status *status)
{
    const vg_collection_spec *spec = &op->in.create.spec;

    for (uint32_t i = 0; i < spec->vector_count; i++) {
        const vg_vector_params *vector = &spec->vectors[i];

        if (can->max_vector_dimensions > 0 && vector->size > can->max_vector_dimensions) {
            vg_status_setf(status, op->arena, VG_UNSUPPORTED, VG_LIT("vectors.size"),
                           "a vector of %" PRIu32
                           " dimensions: this backend's max_vector_dimensions is %" PRIu32,
                           vector->size, can->max_vector_dimensions);
            return false;
        }
        if (!can->distances[vector->distance])
            return refuse(op, status, VG_LIT("vectors.distance"),
                          vg_distance_name(vector->distance));
        if (vector->name.len > 0 && !can->supports_named_vectors)
            return refuse(op, status, VG_LIT("vectors"), "supports_named_vectors");
    }
    return true;
}

static bool check_size(const vg_op *op, const vg_vector *vector, vg_slice where, vg_status *status)
{
    uint32_t size = op->collection->spec.vectors[0].size;

    if (vector->count == size)
        return true;
    vg_status_setf(status, op->arena, VG_INVALID, where,
                   "Vector dimension error: expected dim: %" PRIu32 ", got %" PRIu32, size,
                   vector->count);
    return false;
}

static bool check_id(const vg_op *op, const vg_point_id *id, const vg_capabilities *can,
                     vg_status *status)
{
    if (id->kind != VG_ID_TEXT || can->supports_text_ids)
        return true;
    vg_status_setf(status, op->arena, VG_UNSUPPORTED, VG_LIT("id"),
                   "supports_text_ids: this backend takes unsigned integers and UUIDs as ids, not "
                   "\"" VG_FMT "\"",
                   (int)(id->text.len < 80 ? id->text.len : 80), id->text.at);
    return false;
}

static bool check_filter(const vg_op *op, const vg_filter *filter, const vg_capabilities *can,
                         vg_status *status)
{
    return !filter || can->filter_tests != 0 ||
           refuse(op, status, VG_LIT("filter"), "supports_metadata_filter");
}

static bool check_upsert(const vg_op *op, const vg_capabilities *can, vg_status *status)
{
    for (uint32_t i = 0; i < op->in.upsert.count; i++) {
        const vg_point *point = &op->in.upsert.points[i];
        vg_slice where;

        if (!check_id(op, &point->id, can, status))
            return false;
        if (point->vector_count == 0 ||
            point->vectors[0].count == op->collection->spec.vectors[0].size)
            continue;
        where = vg_arena_printf(op->arena, "points[%" PRIu32 "].vector", i);
        return check_size(op, &point->vectors[0], where, status);
    }
    return true;
}

static bool check_ids(const vg_op *op, const vg_capabilities *can, vg_status *status)
{
    for (uint32_t i = 0; i < op->in.ids.count; i++)
        if (!check_id(op, &op->in.ids.ids[i], can, status))
            return false;
    return check_filter(op, op->in.ids.filter, can, status);
}

static bool check_query(const vg_op *op, const vg_search *query, const vg_capabilities *can,
                        vg_status *status)
{
    uint64_t wanted = (uint64_t)query->limit + query->offset;

    if (!check_filter(op, query->filter, can, status))
        return false;
    if (can->max_top_k > 0 && wanted > can->max_top_k) {
        vg_status_setf(status, op->arena, VG_UNSUPPORTED, VG_LIT("limit"),
                       "offset and limit together ask for %" PRIu64
                       " points: this backend's max_top_k is %" PRIu32,
                       wanted, can->max_top_k);
        return false;
    }
    if (query->by_id.kind == VG_ID_NONE)
        return check_size(op, &query->vector, VG_LIT("vector"), status);
    if (!can->supports_search_by_id)
        return refuse(op, status, VG_LIT("query"), "supports_search_by_id");
    return check_id(op, &query->by_id, can, status);
}

static bool check_search(const vg_op *op, const vg_capabilities *can, vg_status *status)
{
    if (op->in.search.count > 1 && !can->supports_batch_search)
        return refuse(op, status, VG_LIT("searches"), "supports_batch_search");
    for (uint32_t i = 0; i < op->in.search.count; i++)
        if (!check_query(op, &op->in.search.queries[i], can, status))
            return false;
    return true;
}

/* Collections that were adopted may hold what is not served yet. */
static bool has_one_unnamed_vector(const vg_op *op, vg_status *status)
{
    const vg_collection_spec *spec = &op->collection->spec;

    if (spec->vector_count == 1 && spec->vectors[0].name.len == 0)
        return true;
    vg_status_setf(status, op->arena, VG_UNSUPPORTED, VG_LIT("collection"),
                   "collection `" VG_FMT
                   "` has named vectors or no dense vector; only a single unnamed dense vector is "
                   "supported",
                   VG_ARG(op->name));
    return false;
}

bool vg_check_points(const vg_op *op, const vg_capabilities *can, vg_status *status)
{
    if (op->kind != VG_OP_DESCRIBE && !has_one_unnamed_vector(op, status))
        return false;
    switch (op->kind) {
    case VG_OP_UPSERT:
        return check_upsert(op, can, status);
    case VG_OP_GET:
    case VG_OP_DELETE:
        return check_ids(op, can, status);
    case VG_OP_SEARCH:
        return check_search(op, can, status);
    case VG_OP_SCROLL:
        return check_id(op, &op->in.scroll.from, can, status) &&
               check_filter(op, op->in.scroll.filter, can, status);
    case VG_OP_COUNT:
        return check_filter(op, op->in.count.filter, can, status);
    default:
        return true;
    }
}
