/* See check.h. Texts are Qdrant's where it has one for the case. */
#include "plan/check.h"

#include <inttypes.h>

enum { SHOWN_BYTES = 80 };

static const char *const test_words[VG_TESTS] = {
    [VG_TEST_NESTED_FILTER] = "a filter within a filter",
    [VG_TEST_MATCH_VALUE] = "match value",
    [VG_TEST_MATCH_ANY] = "match any",
    [VG_TEST_MATCH_EXCEPT] = "match except",
    [VG_TEST_MATCH_TEXT] = "match text",
    [VG_TEST_MATCH_PHRASE] = "match phrase",
    [VG_TEST_RANGE] = "range",
    [VG_TEST_DATETIME_RANGE] = "range of date-times",
    [VG_TEST_GEO_BOX] = "geo_bounding_box",
    [VG_TEST_GEO_RADIUS] = "geo_radius",
    [VG_TEST_GEO_POLYGON] = "geo_polygon",
    [VG_TEST_VALUES_COUNT] = "values_count",
    [VG_TEST_IS_EMPTY] = "is_empty",
    [VG_TEST_IS_NULL] = "is_null",
    [VG_TEST_HAS_ID] = "has_id",
    [VG_TEST_HAS_VECTOR] = "has_vector",
    [VG_TEST_NESTED_OBJECT] = "nested",
};

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
            vg_status_setf(status, op->arena, VG_UNSUPPORTED, VG_LIT("dimension"),
                           "a vector of %" PRIu32
                           " dimensions: this backend's max_vector_dimensions is %" PRIu32,
                           vector->size, can->max_vector_dimensions);
            return false;
        }
        if (!can->distances[vector->distance])
            return refuse(op, status, VG_LIT("metric"), vg_distance_name(vector->distance));
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

/* More than one call of the backend takes. 0: it names no bound. */
static bool check_many(const vg_op *op, uint32_t count, uint32_t most, const char *capability,
                       vg_status *status)
{
    if (most == 0 || count <= most)
        return true;
    vg_status_setf(status, op->arena, VG_UNSUPPORTED, (vg_slice){0},
                   "%" PRIu32 " at once: this backend's %s is %" PRIu32, count, capability, most);
    return false;
}

static bool is_id_known(const vg_point_id *id, const vg_capabilities *can)
{
    return id->kind != VG_ID_TEXT || can->supports_text_ids;
}

static bool refuse_id(const vg_op *op, const vg_point_id *id, vg_slice where, vg_status *status)
{
    bool is_long = id->text.len > SHOWN_BYTES;

    vg_status_setf(status, op->arena, VG_UNSUPPORTED, where,
                   "supports_text_ids: this backend takes unsigned integers and UUIDs as ids, not "
                   "\"%.*s%s\"",
                   is_long ? SHOWN_BYTES : (int)id->text.len, id->text.at, is_long ? "…" : "");
    return false;
}

/* ---- filters: a test that the backend does not have is refused, never left out ---- */

static bool check_filter(const vg_op *op, const vg_filter *filter, const vg_capabilities *can,
                         vg_status *status);

static bool check_condition(const vg_op *op, const vg_condition *condition,
                            const vg_capabilities *can, vg_status *status)
{
    bool is_nested =
        condition->test == VG_TEST_NESTED_FILTER || condition->test == VG_TEST_NESTED_OBJECT;

    if (!(can->filter_tests & 1u << condition->test)) {
        vg_status_setf(status, op->arena, VG_UNSUPPORTED, VG_LIT("filter"),
                       "%s: this backend's filters do not have that test",
                       test_words[condition->test]);
        return false;
    }
    return !is_nested || check_filter(op, condition->as.filter, can, status);
}

static bool check_clause(const vg_op *op, const vg_clause *clause, const vg_capabilities *can,
                         vg_status *status)
{
    for (uint32_t i = 0; i < clause->count; i++)
        if (!check_condition(op, &clause->at[i], can, status))
            return false;
    return true;
}

/* As deep as its reader lets it be. */
static bool check_filter(const vg_op *op, const vg_filter *filter, const vg_capabilities *can,
                         vg_status *status)
{
    if (!filter)
        return true;
    if (!can->supports_metadata_filter)
        return refuse(op, status, VG_LIT("filter"), "supports_metadata_filter");
    return check_clause(op, &filter->must, can, status) &&
           check_clause(op, &filter->should, can, status) &&
           check_clause(op, &filter->must_not, can, status) &&
           check_clause(op, &filter->min_should, can, status);
}

/* ---- operations ---- */

static bool check_point(const vg_op *op, uint32_t i, const vg_capabilities *can, vg_status *status)
{
    const vg_point *point = &op->in.update.at->points[i];
    uint32_t size = op->collection->spec.vectors[0].size;

    if (!is_id_known(&point->id, can))
        return refuse_id(op, &point->id, vg_arena_printf(op->arena, "points[%" PRIu32 "].id", i),
                         status);
    if (point->vector_count == 0 || point->vectors[0].count == size)
        return true;
    return check_size(op, &point->vectors[0],
                      vg_arena_printf(op->arena, "points[%" PRIu32 "].vector", i), status);
}

static bool check_upsert(const vg_op *op, const vg_capabilities *can, vg_status *status)
{
    uint32_t count = op->in.update.at->point_count;

    if (count > 1 && !can->supports_batch_upsert)
        return refuse(op, status, VG_LIT("points"), "supports_batch_upsert");
    if (!check_many(op, count, can->max_points_per_call, "max_points_per_call", status))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!check_point(op, i, can, status))
            return false;
    return true;
}

static bool check_ids(const vg_op *op, const vg_point_id *ids, uint32_t count,
                      const vg_capabilities *can, vg_status *status)
{
    if (!check_many(op, count, can->max_ids_per_call, "max_ids_per_call", status))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!is_id_known(&ids[i], can))
            return refuse_id(op, &ids[i], vg_arena_printf(op->arena, "ids[%" PRIu32 "]", i),
                             status);
    return true;
}

static bool check_delete(const vg_op *op, const vg_capabilities *can, vg_status *status)
{
    const vg_update *update = op->in.update.at;

    return check_ids(op, update->ids, update->id_count, can, status) &&
           check_filter(op, update->filter, can, status);
}

/* "vector", or "searches[2].vector" among several. */
static vg_slice place_of(const vg_op *op, uint32_t i, const char *field)
{
    if (op->in.search.count == 1)
        return vg_slice_str(field);
    return vg_arena_printf(op->arena, "searches[%" PRIu32 "].%s", i, field);
}

static bool check_target(const vg_op *op, uint32_t i, const vg_capabilities *can, vg_status *status)
{
    const vg_search *query = &op->in.search.queries[i];

    if (query->by_id.kind == VG_ID_NONE)
        return query->vector.count == op->collection->spec.vectors[0].size ||
               check_size(op, &query->vector, place_of(op, i, "vector"), status);
    if (!can->supports_search_by_id)
        return refuse(op, status, place_of(op, i, "id"), "supports_search_by_id");
    return is_id_known(&query->by_id, can) ||
           refuse_id(op, &query->by_id, place_of(op, i, "id"), status);
}

static bool check_query(const vg_op *op, uint32_t i, const vg_capabilities *can, vg_status *status)
{
    const vg_search *query = &op->in.search.queries[i];
    uint64_t wanted = (uint64_t)query->limit + query->offset;

    if (can->max_top_k > 0 && wanted > can->max_top_k) {
        vg_status_setf(status, op->arena, VG_UNSUPPORTED, place_of(op, i, "limit"),
                       "offset and limit together ask for %" PRIu64
                       " points: this backend's max_top_k is %" PRIu32,
                       wanted, can->max_top_k);
        return false;
    }
    return check_target(op, i, can, status) && check_filter(op, query->filter, can, status);
}

static bool check_search(const vg_op *op, const vg_capabilities *can, vg_status *status)
{
    uint32_t count = op->in.search.count;

    if (count > 1 && !can->supports_batch_search)
        return refuse(op, status, VG_LIT("searches"), "supports_batch_search");
    if (!check_many(op, count, can->max_queries_per_call, "max_queries_per_call", status))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!check_query(op, i, can, status))
            return false;
    return true;
}

static bool check_scroll(const vg_op *op, const vg_capabilities *can, vg_status *status)
{
    const vg_point_id *from = &op->in.scroll.from;

    if (!is_id_known(from, can))
        return refuse_id(op, from, VG_LIT("from"), status);
    return check_filter(op, op->in.scroll.filter, can, status);
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
    case VG_OP_DELETE:
        return check_delete(op, can, status);
    case VG_OP_GET:
        return check_ids(op, op->in.get.ids, op->in.get.count, can, status);
    case VG_OP_SEARCH:
        return check_search(op, can, status);
    case VG_OP_SCROLL:
        return check_scroll(op, can, status);
    case VG_OP_COUNT:
        return check_filter(op, op->in.count.filter, can, status);
    default:
        return true;
    }
}
