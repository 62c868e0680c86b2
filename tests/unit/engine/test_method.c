/* Searches of a collection that has a graph: which way they go, and that they find what is there,
 * whatever a filter lets through. */
#include <stdio.h>
#include <stdlib.h>

#include "crowd.h"

enum { POINTS = 6000 };
static const double enough = 0.95;

typedef struct scene {
    crowd crowd;
    bench *b;
} scene;

static int up(void **state)
{
    scene *s = calloc(1, sizeof *s);
    void *b;

    bench_up(&b);
    s->b = b;
    crowd_make(&s->crowd, s->b, VG_EUCLID, NULL);
    crowd_put(&s->crowd, 1, POINTS);
    expect_all_indexed(&s->crowd);
    *state = s;
    return 0;
}

static int down(void **state)
{
    scene *s = *state;
    void *b = s->b;

    bench_down(&b);
    free(s);
    return 0;
}

static void must_be_method(const vg_explain *explain, const char *method)
{
    assert_string_equal(explain->method, method);
    assert_int_equal(explain->points, POINTS);
    assert_true(explain->compared > 0);
}

static void the_graph_finds_the_nearest_and_looks_at_few(void **state)
{
    scene *s = *state;
    vg_search search = near_to(NULL, NULL);
    vg_explain explain;

    assert_true(crowd_recall(&s->crowd, &search, -1, &explain) >= enough);
    must_be_method(&explain, "graph");
    assert_true(explain.compared < POINTS / 2);
    assert_int_equal(explain.unindexed, 0);
    assert_int_equal(explain.ef, 60); /* ef_construct, where nothing else is said */
}

typedef struct row {
    const char *says;
    double below; /* of CROWD_PARTS */
    uint32_t limit;
    const char *method; /* NULL: it depends on the sample */
} row;

static void a_filter_of_any_selectivity_is_searched_well(void **state)
{
    static const row rows[] = {
        {"nearly all pass", 990, 10, "traverse_then_check"},
        {"half of them pass", 500, 10, "traverse_then_check"},
        {"a fifth, and many are wanted", 200, 100, NULL},
        {"a twelfth", 80, 10, NULL},
        {"a hundredth", 10, 10, "filter_then_exact"},
        {"a thousandth", 1, 10, "filter_then_exact"},
        {"none", 0, 10, "filter_then_exact"},
    };
    scene *s = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        vg_condition condition = part_below(rows[i].below);
        vg_filter filter = only(&condition);
        vg_search search = near_to(NULL, &filter);
        vg_explain explain;
        double recall;

        search.limit = rows[i].limit;
        recall = crowd_recall(&s->crowd, &search, -1, &explain);
        printf("%s: %s, recall %.3f, compared %u\n", rows[i].says, explain.method, recall,
               (unsigned)explain.compared);
        if (rows[i].method)
            assert_string_equal(explain.method, rows[i].method);
        assert_true(recall >= enough);
        assert_true(explain.has_estimate);
    }
}

/* All that passes is near, or all is far. */
static void a_filter_that_goes_with_the_query_or_against_it_is_searched_well(void **state)
{
    scene *s = *state;
    vg_condition condition = of_cluster(3);
    vg_filter one = only(&condition), others = {.must_not = {&condition, 1}};
    vg_search search = near_to(NULL, &one);

    assert_true(crowd_recall(&s->crowd, &search, 3, NULL) >= enough);
    assert_true(crowd_recall(&s->crowd, &search, 4, NULL) >= enough);
    search.filter = &others;
    assert_true(crowd_recall(&s->crowd, &search, 4, NULL) >= enough);
    assert_true(crowd_recall(&s->crowd, &search, 3, NULL) >= enough); /* its nearest are all out */
}

static void what_is_asked_for_is_obeyed(void **state)
{
    scene *s = *state;
    vg_search search = near_to(crowd_draw(&s->crowd, 0), NULL);
    vg_explain explain;

    search.exact = true;
    ask(&s->crowd, &search, &explain);
    must_be_method(&explain, "exact");
    assert_int_equal(explain.compared, POINTS);
    assert_int_equal(explain.ef, 0);
    search.exact = false;
    search.how.hnsw_ef = 200;
    ask(&s->crowd, &search, &explain);
    must_be_method(&explain, "graph");
    assert_int_equal(explain.ef, 200);
    search.how.hnsw_ef = 3; /* fewer than are wanted */
    assert_int_equal(ask(&s->crowd, &search, &explain).count, 10);
    assert_int_equal(explain.ef, 10);
    search.limit = POINTS;
    assert_int_equal(ask(&s->crowd, &search, &explain).count, POINTS);
    must_be_method(&explain, "exact"); /* a walk would meet them all anyway */
}

static void a_threshold_and_examples_leave_out_what_they_must(void **state)
{
    scene *s = *state;
    vg_search search = near_to(crowd_draw(&s->crowd, 1), NULL);
    vg_points all = ask(&s->crowd, &search, NULL), some;

    search.has_threshold = true;
    search.threshold = all.at[4].score;
    some = ask(&s->crowd, &search, NULL);
    assert_int_equal(some.count, 4);
    search.has_threshold = false;
    search.vector = (vg_vector){0};
    search.by_id = all.at[0].id;
    some = ask(&s->crowd, &search, NULL);
    assert_int_equal(some.count, 10);
    for (uint32_t i = 0; i < some.count; i++)
        assert_int_not_equal(vg_point_id_cmp(&some.at[i].id, &all.at[0].id), 0);
}

static void queries_of_all_kinds_go_together(void **state)
{
    scene *s = *state;
    vg_condition half = part_below(500), few = part_below(20);
    vg_filter many_pass = only(&half), few_pass = only(&few);
    vg_read read = reading(s->b, "c");
    vg_op_input in = {0};
    vg_op_result out = {0};
    vg_search queries[] = {
        near_to(crowd_draw(&s->crowd, 0), NULL),      near_to(crowd_draw(&s->crowd, 1), &few_pass),
        near_to(crowd_draw(&s->crowd, 2), &few_pass), near_to(crowd_draw(&s->crowd, 3), &many_pass),
        near_to(crowd_draw(&s->crowd, 4), NULL),
    };

    queries[4].exact = true;
    queries[0].explains = queries[1].explains = false; /* one that asks is enough for all */
    in.search.queries = queries;
    in.search.count = 5;
    assert_true(vg_read_search(&read, &in, &out));
    for (uint32_t i = 0; i < 5; i++) {
        vg_explain explain;
        vg_points alone;

        queries[i].explains = true;
        alone = ask(&s->crowd, &queries[i], &explain);
        assert_int_equal(alone.count, out.searches.at[i].count);
        for (uint32_t k = 0; k < alone.count; k++)
            assert_int_equal(vg_point_id_cmp(&alone.at[k].id, &out.searches.at[i].at[k].id), 0);
        assert_string_equal(explain.method, out.searches.explains[i].method);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_graph_finds_the_nearest_and_looks_at_few),
        cmocka_unit_test(a_filter_of_any_selectivity_is_searched_well),
        cmocka_unit_test(a_filter_that_goes_with_the_query_or_against_it_is_searched_well),
        cmocka_unit_test(what_is_asked_for_is_obeyed),
        cmocka_unit_test(a_threshold_and_examples_leave_out_what_they_must),
        cmocka_unit_test(queries_of_all_kinds_go_together),
    };

    return cmocka_run_group_tests(tests, up, down);
}
