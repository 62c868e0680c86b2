/* What the plan refuses of queries, word for word, with the place in the request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/plan/check_say.h"

static const uint32_t indices[] = {1, 5};
static const vg_vector_params kinds[] = {
    {.name = VG_LIT_INIT("d"), .size = 4, .distance = VG_DOT},
    {.name = VG_LIT_INIT("m"), .size = 2, .distance = VG_DOT, .kind = VG_MULTI},
    {.name = VG_LIT_INIT("s"), .distance = VG_DOT, .kind = VG_SPARSE}};
static const vg_collection all_kinds = {.name = VG_LIT_INIT("k"),
                                        .spec = {.vectors = kinds, .vector_count = 3}};

static vg_capabilities able(void)
{
    vg_capabilities can = check_all;

    can.supports_named_vectors = can.supports_examples = true;
    can.supports_sampling = can.supports_order_by = true;
    can.supports_sparse_vectors = can.supports_multivectors = true;
    return can;
}

static vg_query near(uint32_t count)
{
    return (vg_query){.kind = VG_QUERY_SEARCH, .search = {.vector = check_of(count), .limit = 1}};
}

static const char *say_queries(const vg_query *queries, uint32_t count, const vg_capabilities *can)
{
    return check_say(&(vg_op){.kind = VG_OP_QUERY,
                              .collection = &check_a4,
                              .in.query = {.at = queries, .count = count, .is_list = count > 1}},
                     can);
}

static const char *say_query(const vg_query *query)
{
    const vg_capabilities can = able();

    return say_queries(query, 1, &can);
}

static const char *say_search(const vg_search *search)
{
    const vg_capabilities can = able();

    return check_say(&(vg_op){.kind = VG_OP_SEARCH,
                              .collection = &check_a4,
                              .in.search = {.queries = search, .count = 1}},
                     &can);
}

/* ---- places ---- */

static void the_place_of_a_fault_is_told(void **state)
{
    const vg_query wrong = near(3), prefetches[] = {near(4), near(5)};
    vg_query queries[] = {near(4), {.kind = VG_QUERY_RRF, .search = {.limit = 1}}};
    const vg_capabilities can = able();

    (void)state;
    assert_string_equal(say_query(&queries[0]), "ok");
    assert_string_equal(say_query(&wrong),
                        "invalid vector: Vector dimension error: expected dim: 4, got 3");
    queries[1].prefetch = prefetches;
    queries[1].prefetch_count = 1;
    assert_string_equal(say_queries(queries, 2, &can), "ok");
    queries[1].prefetch_count = 2;
    assert_string_equal(
        say_query(&queries[1]),
        "invalid prefetch[1].vector: Vector dimension error: expected dim: 4, got 5");
    assert_string_equal(
        say_queries(queries, 2, &can),
        "invalid searches[1].prefetch[1].vector: Vector dimension error: expected dim: 4, got 5");
}

static void examples_are_checked_one_by_one(void **state)
{
    const vg_example positive[] = {{.vector = check_of(4)}, {.id = {.kind = VG_ID_NUM}}};
    const vg_example negative[] = {{.vector = check_of(4)}, {.vector = check_of(1)}};
    vg_search search = {.scoring = VG_BY_SUM_SCORES,
                        .positive = positive,
                        .positive_count = 2,
                        .negative = negative,
                        .negative_count = 1,
                        .limit = 1};

    (void)state;
    assert_string_equal(say_search(&search), "ok");
    search.negative_count = 2;
    assert_string_equal(
        say_search(&search),
        "invalid recommend.negative[1]: Vector dimension error: expected dim: 4, got 1");
}

static const struct {
    const char *says;
    vg_scoring scoring;
    uint32_t positive, negative;
    const char *is;
} counts[] = {
    {"an average of positives", VG_BY_AVERAGE, 1, 0, "ok"},
    {"of none", VG_BY_AVERAGE, 0, 1,
     "invalid recommend: Positive vectors should not be empty with `average` strategy"},
    {"negatives alone", VG_BY_BEST_SCORE, 0, 1, "ok"},
    {"none at all", VG_BY_SUM_SCORES, 0, 0,
     "invalid recommend: At least one positive or negative vector ID required with this strategy"},
    {"pairs", VG_BY_CONTEXT, 2, 2, "ok"},
    {"half a pair", VG_BY_CONTEXT, 2, 1,
     "invalid context: each pair of a context needs a positive and a negative example"},
    {"a target without pairs", VG_BY_DISCOVERY, 0, 0, "ok"},
};

static void each_scoring_has_its_examples(void **state)
{
    const vg_example examples[] = {{.id = {.kind = VG_ID_NUM}}, {.id = {.kind = VG_ID_UUID}}};

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const vg_search search = {.scoring = counts[i].scoring,
                                  .vector = check_of(4),
                                  .positive = examples,
                                  .positive_count = counts[i].positive,
                                  .negative = examples,
                                  .negative_count = counts[i].negative,
                                  .limit = 1};
        const char *is = say_search(&search);

        if (strcmp(is, counts[i].is) != 0)
            fail_msg("%s: %s", counts[i].says, is);
    }
}

/* ---- kinds of vectors ---- */

static const struct {
    const char *says;
    const char *name;
    vg_vector vector;
    const char *is;
} vectors[] = {
    {"dense", "d", {.form = VG_VECTOR_JSON, .count = 4}, "ok"},
    {"rows for dense",
     "d",
     {.form = VG_VECTOR_JSON, .count = 4, .rows = 1},
     "invalid vector: Conversion between multi and regular vectors failed"},
    {"sparse for dense",
     "d",
     {.form = VG_VECTOR_F32, .count = 2, .indices = indices},
     "invalid vector: Conversion between sparse and regular vectors failed"},
    {"rows", "m", {.form = VG_VECTOR_JSON, .count = 6, .rows = 3}, "ok"},
    {"one list is one row", "m", {.form = VG_VECTOR_JSON, .count = 2}, "ok"},
    {"longer rows",
     "m",
     {.form = VG_VECTOR_JSON, .count = 6, .rows = 2},
     "invalid vector: Vector dimension error: expected dim: 2, got 3"},
    {"sparse", "s", {.form = VG_VECTOR_F32, .count = 2, .indices = indices}, "ok"},
    {"dense for sparse",
     "s",
     {.form = VG_VECTOR_JSON, .count = 4},
     "invalid vector: Conversion between sparse and regular vectors failed"},
};

static void a_vector_is_of_its_names_kind(void **state)
{
    const vg_capabilities can = able();

    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        const vg_search search = {
            .vector = vectors[i].vector, .using_name = vg_slice_str(vectors[i].name), .limit = 1};
        vg_op op = {.kind = VG_OP_SEARCH,
                    .collection = &all_kinds,
                    .in.search = {.queries = &search, .count = 1}};
        const char *is = check_say(&op, &can);

        if (strcmp(is, vectors[i].is) != 0)
            fail_msg("%s: %s", vectors[i].says, is);
    }
}

/* ---- forms ---- */

static void prefetches_and_fusions_belong_together(void **state)
{
    const vg_query inner = near(4), deep = {.kind = VG_QUERY_RRF,
                                            .search = {.limit = 1},
                                            .prefetch = &inner,
                                            .prefetch_count = 1};
    vg_query query = deep;

    (void)state;
    assert_string_equal(say_query(&query), "ok");
    query.prefetch_count = 0;
    assert_string_equal(say_query(&query), "invalid prefetch: a fusion needs prefetches");
    query = deep;
    query.kind = VG_QUERY_SCROLL;
    assert_string_equal(say_query(&query),
                        "invalid prefetch: prefetches need a query that says what becomes of them");
    query.kind = VG_QUERY_DBSF;
    query.prefetch = &deep;
    assert_string_equal(say_query(&query),
                        "unsupported prefetch[0].prefetch: prefetches of prefetches are not "
                        "supported");
}

static void a_request_has_a_bound_of_queries(void **state)
{
    static vg_query prefetches[3000], queries[2];
    const vg_capabilities can = able();

    (void)state;
    for (int i = 0; i < 3000; i++)
        prefetches[i] = (vg_query){.kind = VG_QUERY_SCROLL, .search = {.limit = 1}};
    for (int i = 0; i < 2; i++)
        queries[i] = (vg_query){.kind = VG_QUERY_RRF,
                                .search = {.limit = 1},
                                .prefetch = prefetches,
                                .prefetch_count = 3000};
    assert_string_equal(say_queries(queries, 1, &can), "ok");
    assert_string_equal(say_queries(queries, 2, &can),
                        "unsupported : 6002 queries and prefetches: one request may have 4096");
}

/* ---- capabilities ---- */

#define LACKS " this backend does not have that capability"

static void each_capability_is_named(void **state)
{
    const vg_example example = {.id = {.kind = VG_ID_NUM}};
    const vg_query inner = near(4);
    vg_query sample = {.kind = VG_QUERY_SAMPLE, .search = {.limit = 1}};
    vg_query order = {.kind = VG_QUERY_ORDER_BY, .search = {.limit = 1}}, root = near(4);
    vg_query recommend = {
        .kind = VG_QUERY_SEARCH,
        .search = {
            .scoring = VG_BY_BEST_SCORE, .positive = &example, .positive_count = 1, .limit = 1}};
    vg_capabilities can = able();

    (void)state;
    root.prefetch = &inner;
    root.prefetch_count = 1;
    can.supports_sampling = can.supports_order_by = can.supports_examples = false;
    can.filter_tests = 0;
    assert_string_equal(say_queries(&sample, 1, &can),
                        "unsupported sample: supports_sampling:" LACKS);
    assert_string_equal(say_queries(&order, 1, &can),
                        "unsupported order_by: supports_order_by:" LACKS);
    assert_string_equal(say_queries(&recommend, 1, &can),
                        "unsupported recommend: supports_examples:" LACKS);
    assert_string_equal(
        say_queries(&root, 1, &can),
        "unsupported prefetch: has_id: this backend's filters do not have that test");
    can.supports_metadata_filter = false;
    assert_string_equal(say_queries(&root, 1, &can),
                        "unsupported prefetch: supports_metadata_filter:" LACKS);
    can = able();
    can.supports_search_by_id = false;
    assert_string_equal(say_queries(&recommend, 1, &can),
                        "unsupported recommend.positive[0]: supports_search_by_id:" LACKS);
    recommend.lookup_collection = VG_LIT("b"); /* then it is not asked by id */
    assert_string_equal(say_queries(&recommend, 1, &can), "ok");
}

static void a_prefetch_has_the_bound_of_a_search(void **state)
{
    vg_query inner = near(4), query = {.kind = VG_QUERY_RRF,
                                       .search = {.limit = 1},
                                       .prefetch = &inner,
                                       .prefetch_count = 1};
    vg_capabilities can = able();

    (void)state;
    can.max_top_k = 10;
    inner.search.limit = 11;
    assert_string_equal(say_queries(&query, 1, &can),
                        "unsupported prefetch[0].limit: offset and limit together ask for 11 "
                        "points: this backend's max_top_k is 10");
    inner.search.limit = 10;
    query.search.offset = 10;
    assert_string_equal(say_queries(&query, 1, &can),
                        "unsupported limit: offset and limit together ask for 11 points: this "
                        "backend's max_top_k is 10");
}

/* ---- groups and matrices ---- */

static void groups_are_checked_as_their_query(void **state)
{
    const vg_capabilities can = able();
    vg_op op = {.kind = VG_OP_GROUPS,
                .collection = &check_a4,
                .in.groups = {.query = near(3), .grouping = {.limit = 1, .size = 1}}};

    (void)state;
    assert_string_equal(check_say(&op, &can),
                        "invalid vector: Vector dimension error: expected dim: 4, got 3");
    op.in.groups.query = near(4);
    assert_string_equal(check_say(&op, &can), "ok");
    op.in.groups.grouping.size = 0;
    assert_string_equal(check_say(&op, &can),
                        "invalid group_size: a number of 1 at least is needed");
    op.in.groups.grouping.limit = 0;
    assert_string_equal(check_say(&op, &can), "invalid limit: a number of 1 at least is needed");
}

static void a_matrix_needs_a_sample_and_its_vectors(void **state)
{
    vg_capabilities can = able();
    vg_op op = {.kind = VG_OP_MATRIX, .collection = &all_kinds, .in.matrix = {.sample = 2}};

    (void)state;
    assert_string_equal(check_say(&op, &can),
                        "invalid using: Collection requires specified vector name in the request, "
                        "available names: d, m, s");
    op.in.matrix.using_name = VG_LIT("d");
    assert_string_equal(check_say(&op, &can), "ok");
    can.filter_tests = 1u << VG_TEST_HAS_ID;
    assert_string_equal(
        check_say(&op, &can),
        "unsupported sample: has_vector: this backend's filters do not have that test");
    can.supports_search_by_id = false;
    assert_string_equal(check_say(&op, &can), "unsupported sample: supports_search_by_id:" LACKS);
    can.supports_sampling = false;
    assert_string_equal(check_say(&op, &can), "unsupported sample: supports_sampling:" LACKS);
}

static void a_random_scroll_needs_the_capability(void **state)
{
    vg_op op = {.kind = VG_OP_SCROLL,
                .collection = &check_a4,
                .in.scroll = {.limit = 1, .is_random = true}};
    vg_capabilities can = able();

    (void)state;
    assert_string_equal(check_say(&op, &can), "ok");
    can.supports_sampling = false;
    assert_string_equal(check_say(&op, &can), "unsupported sample: supports_sampling:" LACKS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_place_of_a_fault_is_told),
        cmocka_unit_test(examples_are_checked_one_by_one),
        cmocka_unit_test(each_scoring_has_its_examples),
        cmocka_unit_test(a_vector_is_of_its_names_kind),
        cmocka_unit_test(prefetches_and_fusions_belong_together),
        cmocka_unit_test(a_request_has_a_bound_of_queries),
        cmocka_unit_test(each_capability_is_named),
        cmocka_unit_test(a_prefetch_has_the_bound_of_a_search),
        cmocka_unit_test(groups_are_checked_as_their_query),
        cmocka_unit_test(a_matrix_needs_a_sample_and_its_vectors),
        cmocka_unit_test(a_random_scroll_needs_the_capability),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
