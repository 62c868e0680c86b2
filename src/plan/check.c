/* See check.h. Texts are Qdrant's where it has one for the case (FACTS 1.3). Changes of points are
 * in check_update.c, queries in check_query.c. */
#include "plan/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/buf.h"
#include "plan/check_parts.h"

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

vg_slice vg_check_place(const vg_checking *c, const char *format, ...)
{
    va_list args;
    vg_slice place;

    va_start(args, format);
    place = vg_arena_vprintf(c->op->arena, format, args);
    va_end(args);
    if (c->at.len == 0)
        return place;
    return vg_arena_printf(c->op->arena, VG_FMT VG_FMT, VG_ARG(c->at), VG_ARG(place));
}

static bool refuse_at(const vg_checking *c, vg_slice where, const char *capability)
{
    vg_status_setf(c->status, c->op->arena, VG_UNSUPPORTED, where,
                   "%s: this backend does not have that capability", capability);
    return false;
}

bool vg_check_refuse(const vg_checking *c, const char *where, const char *capability)
{
    return refuse_at(c, vg_check_place(c, "%s", where), capability);
}

/* ---- a collection about to be made ---- */

/* What a backend cannot do for a vector, and the member that asks for it. */
typedef struct lack {
    const char *capability; /* NULL: nothing */
    const char *member;
} lack;

static lack lack_of(const vg_capabilities *can, const vg_vector_params *vector)
{
    if (vector->name.len > 0 && !can->supports_named_vectors)
        return (lack){"supports_named_vectors", ""};
    if (vector->kind == VG_SPARSE && !can->supports_sparse_vectors)
        return (lack){"supports_sparse_vectors", "kind"};
    if (vector->kind == VG_MULTI && !can->supports_multivectors)
        return (lack){"supports_multivectors", "kind"};
    if (vg_vector_is_bfloat16(vector) && !can->supports_bfloat16)
        return (lack){"supports_bfloat16", "quantization"};
    return (lack){0};
}

/* The member of a vector: one without a name stands alone. Without a member, the vector. */
static vg_slice place_of(const vg_checking *c, const vg_vector_params *vector, const char *member)
{
    if (vector->name.len == 0)
        return vg_check_place(c, "%s", member);
    return vg_check_place(c, "vectors." VG_FMT "%s%s", VG_ARG(vector->name), member[0] ? "." : "",
                          member);
}

static bool check_params(const vg_checking *c, const vg_vector_params *vector)
{
    const vg_capabilities *can = &c->adapter->can;
    const lack lacks = lack_of(can, vector);

    if (can->max_vector_dimensions > 0 && vector->size > can->max_vector_dimensions) {
        vg_status_setf(c->status, c->op->arena, VG_UNSUPPORTED, place_of(c, vector, "dimension"),
                       "a vector of %" PRIu32
                       " dimensions: this backend's max_vector_dimensions is %" PRIu32,
                       vector->size, can->max_vector_dimensions);
        return false;
    }
    if (!can->distances[vector->distance])
        return refuse_at(c, place_of(c, vector, "metric"), vg_distance_name(vector->distance));
    return !lacks.capability || refuse_at(c, place_of(c, vector, lacks.member), lacks.capability);
}

static int by_text(const void *a, const void *b)
{
    return vg_slice_cmp(*(const vg_slice *)a, *(const vg_slice *)b);
}

/* Sorts them. `what` is a word for them. */
static bool check_unique(const vg_checking *c, vg_slice *names, uint32_t count, const char *what,
                         const char *where)
{
    if (count > 1)
        qsort(names, count, sizeof *names, by_text);
    for (uint32_t i = 1; i < count; i++) {
        if (!vg_slice_is(names[i - 1], names[i]))
            continue;
        vg_status_setf(c->status, c->op->arena, VG_INVALID, vg_slice_str(where),
                       "%s must be unique - duplicate found with '" VG_FMT "'", what,
                       VG_ARG(names[i]));
        return false;
    }
    return true;
}

static bool no_memory(const vg_checking *c)
{
    vg_status_set(c->status, VG_TOO_LARGE,
                  VG_LIT("the request needs more memory than one may have"), (vg_slice){0});
    return false;
}

static bool check_spec_names(const vg_checking *c, const vg_collection_spec *spec)
{
    uint32_t count = spec->vector_count;
    vg_slice *names = VG_TAKE_N(c->op->arena, vg_slice, (size_t)count + spec->indexes.count + 1);

    if (!names)
        return no_memory(c);
    for (uint32_t i = 0; i < count; i++)
        names[i] = spec->vectors[i].name;
    for (uint32_t i = 0; i < spec->indexes.count; i++)
        names[count + i] = spec->indexes.at[i].key;
    return check_unique(c, names, count, "Dense and sparse vector names", "vectors") &&
           check_unique(c, names + count, spec->indexes.count, "Field names", "fields");
}

bool vg_check_spec(const vg_op *op, const vg_adapter *adapter, vg_status *status)
{
    const vg_collection_spec *spec = &op->in.create.spec;
    const vg_checking c = {.op = op, .adapter = adapter, .status = status};

    for (uint32_t i = 0; i < spec->vector_count; i++)
        if (!check_params(&c, &spec->vectors[i]))
            return false;
    if (spec->indexes.count > 0 && !adapter->ops[VG_OP_CREATE_INDEX]) {
        vg_status_setf(status, op->arena, VG_UNSUPPORTED, VG_LIT("fields"),
                       "%s: this backend does not have that operation",
                       vg_op_describe(VG_OP_CREATE_INDEX)->name);
        return false;
    }
    return check_spec_names(&c, spec);
}

/* ---- parts of operations ---- */

/* What the backend itself gave, without an adapter, it takes as well. */
static bool suits_backend(const vg_checking *c, const vg_vector *vector)
{
    const vg_capabilities *can = c->adapter ? &c->adapter->can : NULL;

    if (!can || !vector->indices || vector->count == 0)
        return true;
    if (can->max_sparse_values > 0 && vector->count > can->max_sparse_values)
        vg_status_setf(c->status, c->op->arena, VG_UNSUPPORTED, (vg_slice){0},
                       "max_sparse_values: this backend takes sparse vectors of %" PRIu32
                       " values at most, not %" PRIu32,
                       can->max_sparse_values, vector->count);
    else if (can->max_sparse_index > 0 &&
             vector->indices[vector->count - 1] > can->max_sparse_index)
        vg_status_setf(c->status, c->op->arena, VG_UNSUPPORTED, (vg_slice){0},
                       "max_sparse_index: this backend takes sparse vectors with indices up to "
                       "%" PRIu32 ", not %" PRIu32,
                       can->max_sparse_index, vector->indices[vector->count - 1]);
    else
        return true;
    return false;
}

bool vg_check_fits(const vg_checking *c, const vg_vector_params *params, const vg_vector *vector)
{
    return vg_vector_fits(c->op->arena, params, vector, c->status) && suits_backend(c, vector);
}

bool vg_check_vector(const vg_checking *c, const vg_vector_params *params, const vg_vector *vector,
                     vg_slice where)
{
    if (vg_check_fits(c, params, vector))
        return true;
    c->status->where = where;
    return false;
}

static bool is_id_known(const vg_point_id *id, const vg_adapter *adapter)
{
    return id->kind != VG_ID_TEXT || adapter->can.supports_text_ids;
}

bool vg_check_point_id(const vg_checking *c, const vg_point_id *id, vg_slice where)
{
    bool is_long = id->text.len > SHOWN_BYTES;

    if (is_id_known(id, c->adapter))
        return true;
    vg_status_setf(c->status, c->op->arena, VG_UNSUPPORTED, where,
                   "supports_text_ids: this backend takes unsigned integers and UUIDs as ids, not "
                   "\"%.*s%s\"",
                   is_long ? SHOWN_BYTES : (int)id->text.len, id->text.at, is_long ? "…" : "");
    return false;
}

bool vg_check_id(const vg_checking *c, const vg_point_id *id, const char *list, uint32_t i)
{
    return is_id_known(id, c->adapter) ||
           vg_check_point_id(c, id, vg_check_place(c, "%s[%" PRIu32 "].id", list, i));
}

bool vg_check_ids(const vg_checking *c, const vg_point_id *ids, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!is_id_known(&ids[i], c->adapter))
            return vg_check_point_id(c, &ids[i], vg_check_place(c, "ids[%" PRIu32 "]", i));
    return true;
}

bool vg_check_names(const vg_checking *c, const vg_slice *names, uint32_t count, const char *where)
{
    for (uint32_t i = 0; i < count; i++) {
        if (vg_spec_vector(&c->op->collection->spec, names[i]))
            continue;
        vg_status_setf(c->status, c->op->arena, VG_INVALID, vg_check_place(c, "%s", where),
                       "Not existing vector name error: " VG_FMT, VG_ARG(names[i]));
        return false;
    }
    return true;
}

bool vg_check_selector(const vg_checking *c, const vg_vector_selector *selector)
{
    return selector->want != VG_VECTORS_NAMED ||
           vg_check_names(c, selector->names, selector->name_count, "with_vector");
}

/* ---- filters: a test that the backend does not have is refused, never left out ---- */

static bool check_condition(const vg_checking *c, const vg_condition *condition)
{
    bool is_nested =
        condition->test == VG_TEST_NESTED_FILTER || condition->test == VG_TEST_NESTED_OBJECT;

    if (!(c->adapter->can.filter_tests & 1u << condition->test)) {
        vg_status_setf(c->status, c->op->arena, VG_UNSUPPORTED, vg_check_place(c, "filter"),
                       "%s: this backend's filters do not have that test",
                       test_words[condition->test]);
        return false;
    }
    return !is_nested || vg_check_filter(c, condition->as.filter);
}

static bool check_clause(const vg_checking *c, const vg_clause *clause)
{
    for (uint32_t i = 0; i < clause->count; i++)
        if (!check_condition(c, &clause->at[i]))
            return false;
    return true;
}

/* As deep as its reader lets it be. */
bool vg_check_filter(const vg_checking *c, const vg_filter *filter)
{
    if (!filter)
        return true;
    if (!c->adapter->can.supports_metadata_filter)
        return vg_check_refuse(c, "filter", "supports_metadata_filter");
    return check_clause(c, &filter->must) && check_clause(c, &filter->should) &&
           check_clause(c, &filter->must_not) && check_clause(c, &filter->min_should);
}

/* ---- reads ---- */

static bool check_get(const vg_checking *c)
{
    const vg_op *op = c->op;

    return vg_check_ids(c, op->in.get.ids, op->in.get.count) &&
           vg_check_selector(c, &op->in.get.with_vectors);
}

static bool check_scroll(const vg_checking *c)
{
    const vg_op *op = c->op;

    if (op->in.scroll.order.key.len > 0 && !c->adapter->can.supports_order_by)
        return vg_check_refuse(c, "order_by", "supports_order_by");
    if (op->in.scroll.is_random && !c->adapter->can.supports_sampling)
        return vg_check_refuse(c, "sample", "supports_sampling");
    return vg_check_point_id(c, &op->in.scroll.from, VG_LIT("from")) &&
           vg_check_filter(c, op->in.scroll.filter) &&
           vg_check_selector(c, &op->in.scroll.with_vectors);
}

/* A collection that was adopted may have what its backend's adapter does not serve. */
static bool is_served(const vg_checking *c)
{
    const vg_collection_spec *spec = &c->op->collection->spec;

    for (uint32_t i = 0; i < spec->vector_count; i++) {
        const lack lacks = lack_of(&c->adapter->can, &spec->vectors[i]);

        if (lacks.capability)
            return vg_check_refuse(c, "collection", lacks.capability);
    }
    return true;
}

static bool is_on_points(vg_op_kind kind)
{
    return vg_op_is_update(kind) || (kind >= VG_OP_GET && kind <= VG_OP_FACET);
}

bool vg_check_points(const vg_op *op, const vg_adapter *adapter, vg_status *status)
{
    const vg_checking c = {.op = op, .adapter = adapter, .status = status};

    if (!is_on_points(op->kind))
        return true;
    if (!is_served(&c))
        return false;
    switch (op->kind) {
    case VG_OP_GET:
        return check_get(&c);
    case VG_OP_SEARCH:
    case VG_OP_QUERY:
    case VG_OP_GROUPS:
    case VG_OP_MATRIX:
        return vg_check_queries(&c);
    case VG_OP_SCROLL:
        return check_scroll(&c);
    case VG_OP_COUNT:
        return vg_check_filter(&c, op->in.count.filter);
    case VG_OP_FACET:
        return vg_check_filter(&c, op->in.facet.filter);
    default:
        return vg_check_updates(&c);
    }
}
