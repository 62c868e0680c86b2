/* The builder and the store: what is written is found at once and comes into the graph later; what
 * is changed, deleted, rebuilt and dropped leaves the searches right. */
#include <stdio.h>
#include <unistd.h>

#include "crowd.h"

enum { POINTS = 4000 };
static const double enough = 0.9; /* of a small and coarse graph */

static crowd *filled(void **state, vg_distance distance)
{
    crowd *c = VG_TAKE(((bench *)*state)->arena, crowd);

    crowd_make(c, *state, distance, NULL);
    crowd_put(c, 1, POINTS);
    return c;
}

static void expect_recall(crowd *c)
{
    vg_search search = near_to(NULL, NULL);
    vg_explain explain;

    assert_true(crowd_recall(c, &search, -1, &explain) >= enough);
    assert_string_equal(explain.method, "graph");
}

static void every_metric_has_its_graph(void **state)
{
    static const vg_distance metrics[] = {VG_COSINE, VG_DOT, VG_EUCLID, VG_MANHATTAN};

    for (int i = 0; i < 4; i++) {
        crowd *c = filled(state, metrics[i]);

        expect_all_indexed(c);
        expect_recall(c);
        assert_int_equal(drop(*state, "c", NULL), VG_OK);
    }
}

/* Not waiting for the builder: some of them are in the graph already, which may miss a few. */
static void what_was_just_written_is_found(void **state)
{
    crowd *c = filled(state, VG_EUCLID);
    int missed = 0;

    for (uint32_t i = 0; i < 300; i++) {
        const float *vector = crowd_draw(c, i % CROWD_CLUSTERS);
        given point = {.id = 10000 + i, .vector = vector, .payload = "{}"};
        vg_search search = near_to(vector, NULL);

        assert_int_equal(upsert(*state, "c", &point, 1, NULL), VG_OK);
        missed += ask(c, &search, NULL).at[0].id.num != 10000 + i;
    }
    assert_in_range(missed, 0, 10);
}

static void few_vectors_get_no_graph(void **state)
{
    crowd *c = VG_TAKE(((bench *)*state)->arena, crowd);
    vg_search search;
    vg_explain explain;

    crowd_make(c, *state, VG_DOT,
               "{\"hnsw_config\":{\"full_scan_threshold\":10},"
               "\"optimizers_config\":{\"indexing_threshold\":64}}");
    crowd_put(c, 1, 1000); /* of 64 bytes */
    vg_store_settle(c->b->store);
    assert_int_equal(describe_crowd(c).indexed_vectors_count, 0);
    assert_int_equal(describe_crowd(c).color, VG_GREEN);
    crowd_put(c, 1001, 24);
    expect_all_indexed(c);
    search = near_to(crowd_draw(c, 0), NULL);
    search.how.hnsw_ef = 20;
    ask(c, &search, &explain);
    assert_string_equal(explain.method, "graph");
}

static void many_changes_leave_recall_as_it_was(void **state)
{
    crowd *c = filled(state, VG_COSINE);

    expect_all_indexed(c);
    crowd_put(c, 1, POINTS / 2);             /* half of them are others now */
    crowd_delete(c, POINTS / 2, POINTS / 4); /* and a quarter has gone */
    expect_recall(c);
    expect_all_indexed(c);
    expect_recall(c);
    assert_int_equal(describe_crowd(c).points_count, POINTS - POINTS / 4);
}

static uint32_t slots_of(bench *b)
{
    vg_table *table = vg_store_find(b->store, VG_LIT("c"), b->arena, &b->status);
    vg_view view;
    uint32_t used;

    vg_table_view(table, 0, &view);
    used = view.used;
    vg_table_view_give(&view);
    vg_table_let(table);
    return used;
}

/* The vectors are rebuilt when a third is marked, and the new ones are shown with their graph. */
static void a_rebuild_shows_vectors_with_their_graph(void **state)
{
    crowd *c = filled(state, VG_EUCLID);
    vg_search search = near_to(crowd_draw(c, 0), NULL);
    vg_explain explain;
    int turns = 0;

    expect_all_indexed(c);
    crowd_put(c, 1, POINTS / 2);
    while (slots_of(*state) > POINTS + POINTS / 10) {
        search.vector = floats((vg_slice){0}, crowd_draw(c, 0), CROWD_SIZE);
        ask(c, &search, &explain);
        assert_string_equal(explain.method, "graph"); /* never without */
        assert_true(explain.unindexed <= POINTS / 2);
        turns++;
        usleep(1000);
        assert_true(turns < 60000);
    }
    ask(c, &search, &explain); /* of the new ones, right away */
    assert_string_equal(explain.method, "graph");
    assert_true(explain.unindexed <= POINTS / 10);
    expect_all_indexed(c);
    expect_recall(c);
}

static void other_settings_make_another_graph(void **state)
{
    crowd *c = filled(state, VG_EUCLID);
    vg_search search = near_to(NULL, NULL);
    vg_explain explain;

    expect_all_indexed(c);
    crowd_change(c, "{\"hnsw_config\":{\"m\":4,\"ef_construct\":30,\"full_scan_threshold\":10},"
                    "\"optimizers_config\":{\"indexing_threshold\":10}}");
    expect_all_indexed(c);
    search.vector = floats((vg_slice){0}, crowd_draw(c, 0), CROWD_SIZE);
    ask(c, &search, &explain);
    assert_int_equal(explain.ef, 30);
    crowd_change(c, "{\"hnsw_config\":{\"m\":0}}");
    vg_store_settle(c->b->store);
    ask(c, &search, &explain);
    assert_string_equal(explain.method, "exact");
    assert_int_equal(describe_crowd(c).indexed_vectors_count, 0);
    assert_int_equal(describe_crowd(c).color, VG_GREEN);
    crowd_change(c, crowd_settings);
    expect_all_indexed(c);
    expect_recall(c);
}

/* Under the old settings until the other graph is there. */
static void while_it_is_built_the_collection_is_yellow(void **state)
{
    crowd *c = VG_TAKE(((bench *)*state)->arena, crowd);
    vg_collection_info info;

    crowd_make(c, *state, VG_EUCLID, NULL);
    for (int i = 0; i < 50; i++) {
        crowd_put(c, 1 + (uint64_t)i * 1000, 1000);
        info = describe_crowd(c);
        if (info.color == VG_YELLOW)
            break;
    }
    assert_int_equal(info.color, VG_YELLOW);
    assert_true(info.indexed_vectors_count < info.points_count);
    assert_true(info.trouble.len > 0);
    expect_all_indexed(c);
}

static void only_what_is_indexed_can_be_searched(void **state)
{
    crowd *c = filled(state, VG_EUCLID);
    vg_condition all = part_below(CROWD_PARTS);
    vg_filter filter = only(&all);
    vg_search search = near_to(crowd_draw(c, 0), NULL), by_filter, whole;
    vg_explain explain;

    search.how.indexed_only = true;
    ask(c, &search, &explain);
    assert_int_equal(explain.unindexed, 0);
    by_filter = search;
    by_filter.filter = &filter;
    ask(c, &by_filter, &explain);
    assert_int_equal(explain.unindexed, 0);
    expect_all_indexed(c);
    assert_int_equal(ask(c, &search, NULL).count, 10);
    whole = search;
    whole.limit = POINTS;
    assert_int_equal(ask(c, &whole, NULL).count, POINTS);
}

static void copies_of_one_vector_are_all_found(void **state)
{
    crowd *c = filled(state, VG_EUCLID);
    const float *vector = crowd_draw(c, 0); /* among others: what is far from all may be missed */
    vg_search search = near_to(vector, NULL);
    given points[200];

    for (uint64_t i = 0; i < 200; i++)
        points[i] = (given){.id = 20000 + i, .vector = vector, .payload = "{}"};
    assert_int_equal(upsert(*state, "c", points, 200, NULL), VG_OK);
    expect_all_indexed(c);
    search.limit = 200;
    search.how.hnsw_ef = 250;
    for (uint32_t i = 0; i < 200; i++)
        assert_int_equal(ask(c, &search, NULL).at[i].id.num, 20000 + i); /* by id */
}

static void each_name_has_its_own(void **state)
{
    static const vg_vector_params vectors[] = {
        {.name = VG_LIT_INIT("a"), .size = 2, .distance = VG_EUCLID, .on_disk = -1},
        {.name = VG_LIT_INIT("b"),
         .size = 2,
         .distance = VG_EUCLID,
         .on_disk = -1,
         .hnsw_config = VG_LIT_INIT("{\"m\":0}")},
    };
    vg_collection_spec spec = {
        .vectors = vectors, .vector_count = 2, .settings = vg_slice_str(crowd_settings)};
    bench *b = *state;
    vg_point *points = VG_TAKE_N(b->arena, vg_point, 3000);
    vg_vector *both = VG_TAKE_N(b->arena, vg_vector, 6000);
    float *numbers = VG_TAKE_N(b->arena, float, 6000);

    assert_int_equal(make(b, &spec), VG_OK);
    for (uint32_t i = 0; i < 3000; i++) {
        numbers[2 * i] = (float)i;
        both[2 * i] = vector_of("a", &numbers[2 * i], 2);
        both[2 * i + 1] = vector_of("b", &numbers[2 * i], 2);
        points[i] = (vg_point){.id = number(i), .vectors = &both[2 * i], .vector_count = 2};
    }
    assert_int_equal(upsert_points(b, "c", points, 3000, NULL), VG_OK);
    vg_store_settle(b->store);
    assert_int_equal(describe(b).indexed_vectors_count, 3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_metric_has_its_graph, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(what_was_just_written_is_found, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(few_vectors_get_no_graph, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(many_changes_leave_recall_as_it_was, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(a_rebuild_shows_vectors_with_their_graph, bench_up,
                                        bench_down),
        cmocka_unit_test_setup_teardown(other_settings_make_another_graph, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(while_it_is_built_the_collection_is_yellow, bench_up,
                                        bench_down),
        cmocka_unit_test_setup_teardown(only_what_is_indexed_can_be_searched, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(copies_of_one_vector_are_all_found, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(each_name_has_its_own, bench_up, bench_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
