/* Queries: names, dimensions and kinds of their vectors, ids of their examples, and what the
 * backend has to be able to do for them. See check.h. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "plan/check_parts.h"

/* Of one request, prefetches included: fronts allow less. */
enum { MOST_QUERIES = 4096 };

/* ---- the vector that is meant ---- */

static int by_text(const void *a, const void *b)
{
    return vg_slice_cmp(*(const vg_slice *)a, *(const vg_slice *)b);
}

/* "a, b", in the order of bytes. */
static vg_slice list_names(const vg_op *op)
{
    const vg_collection_spec *spec = &op->collection->spec;
    vg_slice *names = VG_TAKE_N(op->arena, vg_slice, (size_t)spec->vector_count + 1), text;
    vg_buf buf;

    if (!names)
        return (vg_slice){0};
    for (uint32_t i = 0; i < spec->vector_count; i++)
        names[i] = spec->vectors[i].name;
    if (spec->vector_count > 1)
        qsort(names, spec->vector_count, sizeof *names, by_text);
    vg_buf_init(&buf, 0);
    for (uint32_t i = 0; i < spec->vector_count; i++)
        vg_buf_printf(&buf, "%s" VG_FMT, i > 0 ? ", " : "", VG_ARG(names[i]));
    text = vg_arena_copy(op->arena, vg_buf_bytes(&buf));
    vg_buf_fini(&buf);
    return text;
}

static bool has_only_the_unnamed(const vg_collection_spec *spec)
{
    return spec->vector_count == 1 && spec->vectors[0].name.len == 0;
}

static bool refuse_using(const vg_checking *c, vg_slice name, vg_slice where)
{
    const vg_op *op = c->op;

    if (name.len == 0)
        vg_status_setf(c->status, op->arena, VG_INVALID, where,
                       "Collection requires specified vector name in the request, available "
                       "names: " VG_FMT,
                       VG_ARG(list_names(op)));
    else if (has_only_the_unnamed(&op->collection->spec))
        vg_status_setf(c->status, op->arena, VG_INVALID, where,
                       "Vector with name " VG_FMT " is not configured in this collection",
                       VG_ARG(name));
    else
        vg_status_setf(c->status, op->arena, VG_INVALID, where,
                       "Vector with name `" VG_FMT
                       "` is not configured in this collection, available names: " VG_FMT,
                       VG_ARG(name), VG_ARG(list_names(op)));
    return false;
}

static const vg_vector_params *check_using(const vg_checking *c, vg_slice name)
{
    const vg_vector_params *params = vg_spec_vector(&c->op->collection->spec, name);

    if (!params)
        refuse_using(c, name, vg_check_place(c, "using"));
    return params;
}

/* ---- examples ---- */

bool vg_check_example(const vg_op *op, vg_slice using_name, const vg_vector *vector,
                      vg_status *status)
{
    const vg_checking c = {.op = op, .status = status};
    const vg_vector_params *params = check_using(&c, using_name);

    return params && vg_check_vector(&c, params, vector, VG_LIT("lookup_from"));
}

/* What one query compares with. `is_elsewhere`: its ids become vectors before the backend sees
 * them, and the backend is not asked by id. */
typedef struct aim {
    const vg_search *search;
    const vg_vector_params *params;
    bool is_elsewhere;
} aim;

/* `c->at` is the example's place. */
static bool check_one(const vg_checking *c, const aim *a, const vg_example *example)
{
    if (example->id.kind == VG_ID_NONE)
        return vg_check_vector(c, a->params, &example->vector, c->at);
    if (a->is_elsewhere || c->adapter->can.supports_search_by_id)
        return vg_check_point_id(c, &example->id, c->at);
    return vg_check_refuse(c, "", "supports_search_by_id");
}

/* The member of a search that says what is looked for. */
static const char *form_of(const vg_search *search)
{
    switch (search->scoring) {
    case VG_BY_NEAREST:
        return search->by_id.kind == VG_ID_NONE ? "vector" : "id";
    case VG_BY_DISCOVERY:
        return "discover";
    case VG_BY_CONTEXT:
        return "context";
    default:
        return "recommend";
    }
}

/* "recommend.positive[1]", or of a pair "discover.context[1].positive" or "context[1].positive" */
static vg_slice place_of(const vg_checking *c, const vg_search *search, bool is_positive,
                         uint32_t i)
{
    const char *name = is_positive ? "positive" : "negative";

    if (search->scoring == VG_BY_DISCOVERY)
        return vg_check_place(c, "discover.context[%" PRIu32 "].%s", i, name);
    if (search->scoring == VG_BY_CONTEXT)
        return vg_check_place(c, "context[%" PRIu32 "].%s", i, name);
    return vg_check_place(c, "recommend.%s[%" PRIu32 "]", name, i);
}

static bool check_examples(const vg_checking *c, const aim *a, bool are_positive)
{
    const vg_search *search = a->search;
    const vg_example *at = are_positive ? search->positive : search->negative;
    uint32_t count = are_positive ? search->positive_count : search->negative_count;
    vg_checking inner = *c;

    for (uint32_t i = 0; i < count; i++) {
        inner.at = place_of(c, search, are_positive, i);
        if (!check_one(&inner, a, &at[i]))
            return false;
    }
    return true;
}

/* The usual one is there already: each search asks for it. */
static vg_slice place_of_target(const vg_checking *c, const vg_search *search)
{
    if (search->scoring == VG_BY_DISCOVERY)
        return vg_check_place(c, "discover.target");
    return c->at.len > 0 ? vg_check_place(c, "%s", form_of(search)) : vg_slice_str(form_of(search));
}

static bool check_target(const vg_checking *c, const aim *a)
{
    const vg_example target = {a->search->by_id, a->search->vector};
    vg_checking inner = *c;

    inner.at = place_of_target(c, a->search);
    return check_one(&inner, a, &target);
}

static bool refuse(const vg_checking *c, const char *where, const char *what)
{
    vg_status_set(c->status, VG_INVALID, vg_slice_str(what), vg_check_place(c, "%s", where));
    return false;
}

static bool check_counts(const vg_checking *c, const vg_search *search)
{
    const char *lacks = vg_search_lacks(search);

    return !lacks || refuse(c, form_of(search), lacks);
}

static bool check_except(const vg_checking *c, const vg_search *search)
{
    for (uint32_t i = 0; i < search->except_count; i++)
        if (!vg_check_id(c, &search->except[i], "except", i))
            return false;
    return true;
}

static bool check_aim(const vg_checking *c, const aim *a)
{
    if (a->search->scoring == VG_BY_NEAREST)
        return check_target(c, a);
    if (!c->adapter->can.supports_examples)
        return vg_check_refuse(c, form_of(a->search), "supports_examples");
    if (a->search->scoring == VG_BY_DISCOVERY && !check_target(c, a))
        return false;
    return check_counts(c, a->search) && check_examples(c, a, true) && check_examples(c, a, false);
}

/* ---- one query ---- */

static bool check_depth(const vg_checking *c, const vg_search *search)
{
    uint64_t wanted = (uint64_t)search->limit + search->offset;
    uint32_t most = c->adapter->can.max_top_k;

    if (most == 0 || wanted <= most)
        return true;
    vg_status_setf(c->status, c->op->arena, VG_UNSUPPORTED, vg_check_place(c, "limit"),
                   "offset and limit together ask for %" PRIu64
                   " points: this backend's max_top_k is %" PRIu32,
                   wanted, most);
    return false;
}

/* What every kind of query has. */
static bool check_frame(const vg_checking *c, const vg_search *search)
{
    return check_depth(c, search) && vg_check_filter(c, search->filter) &&
           vg_check_selector(c, &search->with_vectors);
}

static bool check_search(const vg_checking *c, const vg_search *search, bool is_elsewhere)
{
    const aim a = {search, check_using(c, search->using_name), is_elsewhere};

    return a.params && check_aim(c, &a) && check_except(c, search) && check_frame(c, search);
}

/* A test that filters made here need. */
static bool check_test(const vg_checking *c, const char *where, vg_test test)
{
    const vg_capabilities *can = &c->adapter->can;

    if (!can->supports_metadata_filter)
        return vg_check_refuse(c, where, "supports_metadata_filter");
    if (can->filter_tests & 1u << test)
        return true;
    vg_status_setf(c->status, c->op->arena, VG_UNSUPPORTED, vg_check_place(c, "%s", where),
                   "%s: this backend's filters do not have that test",
                   test == VG_TEST_HAS_ID ? "has_id" : "has_vector");
    return false;
}

static bool check_prefetches(const vg_checking *c, const vg_query *query);

static bool check_plain(const vg_checking *c, const vg_query *query)
{
    const vg_capabilities *can = &c->adapter->can;

    switch (query->kind) {
    case VG_QUERY_SEARCH:
        return check_search(c, &query->search, query->lookup_collection.len > 0);
    case VG_QUERY_ORDER_BY:
        return (can->supports_order_by || vg_check_refuse(c, "order_by", "supports_order_by")) &&
               check_frame(c, &query->search);
    case VG_QUERY_SAMPLE:
        return (can->supports_sampling || vg_check_refuse(c, "sample", "supports_sampling")) &&
               check_frame(c, &query->search);
    default:
        return check_frame(c, &query->search);
    }
}

/* Fused lists need prefetches; no query at all has none to look at. */
static bool check_shape(const vg_checking *c, const vg_query *query)
{
    bool is_fused = query->kind == VG_QUERY_RRF || query->kind == VG_QUERY_DBSF;

    if (is_fused && query->prefetch_count == 0)
        return refuse(c, "prefetch", "a fusion needs prefetches");
    if (query->kind == VG_QUERY_SCROLL && query->prefetch_count > 0)
        return refuse(c, "prefetch", "prefetches need a query that says what becomes of them");
    if (is_fused || query->prefetch_count == 0 || c->adapter->ops[c->op->kind])
        return true;
    return check_test(c, "prefetch", VG_TEST_HAS_ID);
}

static bool check_query(const vg_checking *c, const vg_query *query)
{
    return check_shape(c, query) && check_plain(c, query) && check_prefetches(c, query);
}

static bool check_prefetch(const vg_checking *c, const vg_query *query)
{
    if (query->prefetch_count > 0) {
        vg_status_set(c->status, VG_UNSUPPORTED,
                      VG_LIT("prefetches of prefetches are not supported"),
                      vg_check_place(c, "prefetch"));
        return false;
    }
    return check_query(c, query);
}

static bool check_prefetches(const vg_checking *c, const vg_query *query)
{
    for (uint32_t i = 0; i < query->prefetch_count; i++) {
        vg_checking inner = *c;

        inner.at = vg_check_place(c, "prefetch[%" PRIu32 "].", i);
        if (!check_prefetch(&inner, &query->prefetch[i]))
            return false;
    }
    return true;
}

/* ---- operations ---- */

/* The place of one of a list: "searches[2]." */
static vg_checking at_search(const vg_checking *c, uint32_t i, bool is_list)
{
    vg_checking inner = *c;

    if (is_list)
        inner.at = vg_check_place(c, "searches[%" PRIu32 "].", i);
    return inner;
}

static bool check_searches(const vg_checking *c)
{
    for (uint32_t i = 0; i < c->op->in.search.count; i++) {
        vg_checking inner = at_search(c, i, c->op->in.search.is_list);

        if (!check_search(&inner, &c->op->in.search.queries[i], false))
            return false;
    }
    return true;
}

static bool check_total(const vg_checking *c, uint64_t total)
{
    if (total <= MOST_QUERIES)
        return true;
    vg_status_setf(c->status, c->op->arena, VG_UNSUPPORTED, (vg_slice){0},
                   "%" PRIu64 " queries and prefetches: one request may have %d", total,
                   MOST_QUERIES);
    return false;
}

static bool check_all_queries(const vg_checking *c)
{
    const vg_query *queries = c->op->in.query.at;
    uint32_t count = c->op->in.query.count;
    uint64_t total = count;

    for (uint32_t i = 0; i < count; i++)
        total += queries[i].prefetch_count;
    if (!check_total(c, total))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        vg_checking inner = at_search(c, i, c->op->in.query.is_list);

        if (!check_query(&inner, &queries[i]))
            return false;
    }
    return true;
}

static bool check_groups(const vg_checking *c)
{
    const vg_query *query = &c->op->in.groups.query;
    const vg_grouping *grouping = &c->op->in.groups.grouping;

    if (grouping->limit == 0 || grouping->size == 0)
        return refuse(c, grouping->limit == 0 ? "limit" : "group_size",
                      "a number of 1 at least is needed");
    return check_total(c, (uint64_t)query->prefetch_count + 1) && check_query(c, query);
}

/* A sample, then a search by id within it. */
static bool check_matrix(const vg_checking *c)
{
    const vg_capabilities *can = &c->adapter->can;

    if (!check_using(c, c->op->in.matrix.using_name) ||
        !vg_check_filter(c, c->op->in.matrix.filter))
        return false;
    if (c->adapter->ops[VG_OP_MATRIX])
        return true;
    if (!can->supports_sampling)
        return vg_check_refuse(c, "sample", "supports_sampling");
    if (!can->supports_search_by_id)
        return vg_check_refuse(c, "sample", "supports_search_by_id");
    return check_test(c, "sample", VG_TEST_HAS_ID) && check_test(c, "sample", VG_TEST_HAS_VECTOR);
}

bool vg_check_queries(const vg_checking *c)
{
    switch (c->op->kind) {
    case VG_OP_QUERY:
        return check_all_queries(c);
    case VG_OP_GROUPS:
        return check_groups(c);
    case VG_OP_MATRIX:
        return check_matrix(c);
    default:
        return check_searches(c);
    }
}
