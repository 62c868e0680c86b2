/* Bodies of Qdrant's queries of all forms, groups and matrices. */
#include "vecgate/payload_path.h"

#include "base/check.h"
#include "front/bounds.h"
#include "tests/support/fuzz.h"
#include "tests/support/fuzz_front.h"

#define P "/collections/{collection}/points"

static const fuzz_route routes[] = {
    {"POST", P "/query"},
    {"POST", P "/query/batch"},
    {"POST", P "/search"},
    {"POST", P "/search/batch"},
    {"POST", P "/recommend"},
    {"POST", P "/recommend/batch"},
    {"POST", P "/discover"},
    {"POST", P "/discover/batch"},
    {"POST", P "/query/groups"},
    {"POST", P "/search/groups"},
    {"POST", P "/recommend/groups"},
    {"POST", P "/search/matrix/pairs"},
};

static void check_one(const vg_point_id *id, const vg_vector *vector, vg_slice body)
{
    if (id->kind != VG_ID_NONE)
        fuzz_check_id(id, false);
    else
        fuzz_check_vector_of(vector, body);
}

static void check_examples(const vg_search *search, vg_slice body)
{
    bool is_pairs = search->scoring >= VG_BY_DISCOVERY;

    VG_CHECK(search->positive_count + search->negative_count <= VG_BOUND_EXAMPLES);
    VG_CHECK(!is_pairs || search->positive_count == search->negative_count);
    VG_CHECK(search->scoring != VG_BY_AVERAGE || search->positive_count > 0);
    VG_CHECK(is_pairs || search->scoring == VG_BY_NEAREST ||
             search->positive_count + search->negative_count > 0);
    for (uint32_t i = 0; i < search->positive_count; i++)
        check_one(&search->positive[i].id, &search->positive[i].vector, body);
    for (uint32_t i = 0; i < search->negative_count; i++)
        check_one(&search->negative[i].id, &search->negative[i].vector, body);
}

static void check_sought(const vg_search *search, vg_slice body)
{
    if (search->scoring == VG_BY_NEAREST || search->scoring == VG_BY_DISCOVERY)
        check_one(&search->by_id, &search->vector, body);
    check_examples(search, body);
}

static void check_terms(const vg_search *search, vg_slice body)
{
    VG_CHECK(search->limit > 0);
    fuzz_check_object(search->filter ? search->filter->raw : (vg_slice){0}, body);
    VG_CHECK(!search->has_threshold || search->threshold - search->threshold == 0); /* finite */
    VG_CHECK(search->how.oversampling == 0 || search->how.oversampling >= 1);
    fuzz_check_object(search->params, body);
    fuzz_check_selectors(&search->with_payload, &search->with_vectors);
}

static void check_query(const vg_query *query, vg_slice body)
{
    bool is_fusion = query->kind == VG_QUERY_RRF || query->kind == VG_QUERY_DBSF;

    check_terms(&query->search, body);
    if (query->kind == VG_QUERY_SEARCH)
        check_sought(&query->search, body);
    VG_CHECK(query->kind != VG_QUERY_ORDER_BY || vg_path_is(query->order.key));
    VG_CHECK(!is_fusion || (query->prefetch_count > 0 && query->search.using_name.len == 0));
    VG_CHECK(query->kind != VG_QUERY_SCROLL || query->prefetch_count == 0);
    VG_CHECK(query->prefetch_count <= VG_BOUND_PREFETCHES);
    for (uint32_t i = 0; i < query->prefetch_count; i++) {
        VG_CHECK(query->prefetch[i].prefetch_count == 0);
        check_query(&query->prefetch[i], body);
    }
}

static void check_groups(const vg_op *op, vg_slice body)
{
    const vg_grouping *grouping = &op->in.groups.grouping;

    VG_CHECK(vg_path_is(grouping->by) && grouping->limit > 0 && grouping->size > 0);
    fuzz_check_selectors(&grouping->lookup_payload, &grouping->lookup_vectors);
    check_query(&op->in.groups.query, body);
}

static void check_searches(const vg_op *op, vg_slice body)
{
    VG_CHECK(op->in.search.count <= VG_BOUND_SEARCHES);
    for (uint32_t i = 0; i < op->in.search.count; i++) {
        check_terms(&op->in.search.queries[i], body);
        check_sought(&op->in.search.queries[i], body);
    }
}

static void check(const vg_op *op, vg_slice body)
{
    switch (op->kind) {
    case VG_OP_SCROLL:
        VG_CHECK(op->in.scroll.limit > 0);
        return;
    case VG_OP_GROUPS:
        check_groups(op, body);
        return;
    case VG_OP_MATRIX:
        VG_CHECK(op->in.matrix.sample >= 2 && op->in.matrix.sample <= VG_BOUND_SAMPLE);
        VG_CHECK(op->in.matrix.limit > 0);
        return;
    case VG_OP_QUERY:
        VG_CHECK(op->in.query.count <= VG_BOUND_SEARCHES);
        for (uint32_t i = 0; i < op->in.query.count; i++)
            check_query(&op->in.query.at[i], body);
        return;
    default:
        VG_CHECK(op->kind == VG_OP_SEARCH);
        check_searches(op, body);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_front(data, size, routes, sizeof routes / sizeof routes[0], check);
    return 0;
}
