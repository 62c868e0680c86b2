/* A store keeps graphs of float16, of bytes and of multivectors as it does of float32: through
 * changes, a rebuild, and closing and opening. */
#include <unistd.h>

#include "crowd.h"

enum { POINTS = 2500, PATIENCE = 60000 };
static const double enough = 0.9; /* of a small and coarse graph */

static void expect_recall(crowd *c, const vg_filter *filter, const char *method)
{
    vg_search search = near_to(NULL, filter);
    vg_explain explain;
    double found = crowd_recall(c, &search, -1, &explain);

    if (found < enough)
        fail_msg("recall is %g", found);
    assert_string_equal(explain.method, method);
}

static uint32_t slots_of(bench *b)
{
    vg_table *table = vg_store_find(b->store, VG_LIT("c"), b->arena, &b->status);
    uint32_t used;
    vg_view view;

    vg_table_view(table, 0, &view);
    used = view.used;
    vg_table_view_give(&view);
    vg_table_let(table);
    return used;
}

static void rebuild(crowd *c)
{
    int turns = 0;

    crowd_put(c, 1, POINTS / 2); /* as many are marked as make a rebuild worth it */
    while (slots_of(c->b) > POINTS + POINTS / 10) {
        usleep(1000);
        assert_true(turns++ < PATIENCE);
    }
    expect_all_indexed(c);
}

/* Is the graph the one of the snapshot? */
static void expect_loaded(bench *b)
{
    vg_table *table = vg_store_find(b->store, VG_LIT("c"), b->arena, &b->status);

    assert_int_equal(table->builds[0].made, 1);
    assert_true(table->builds[0].saved_next > 0);
    vg_table_let(table);
}

static void live_through(bench *b, const vg_vector_params *params)
{
    crowd c;
    vg_condition part = part_below(CROWD_PARTS - 100);
    const vg_filter filter = only(&part);

    crowd_make_of(&c, b, params);
    crowd_put(&c, 1, POINTS);
    expect_all_indexed(&c);
    expect_recall(&c, NULL, "graph");
    expect_recall(&c, &filter, "traverse_then_check");
    crowd_delete(&c, POINTS / 10 * 9, POINTS / 10);
    rebuild(&c);
    expect_recall(&c, NULL, "graph");
    bench_close(b);
    bench_open(b);
    expect_all_indexed(&c);
    expect_loaded(b);
    expect_recall(&c, NULL, "graph");
}

static void float16_has_a_graph(void **state)
{
    live_through(*state, &(vg_vector_params){.distance = VG_COSINE, .datatype = VG_LIT("float16")});
}

static void bytes_have_a_graph(void **state)
{
    live_through(*state, &(vg_vector_params){.distance = VG_EUCLID, .datatype = VG_LIT("uint8")});
}

static void multivectors_have_a_graph(void **state)
{
    live_through(*state, &(vg_vector_params){.distance = VG_COSINE, .kind = VG_MULTI});
}

/* 100 KiB of float32 would be 1600 vectors. */
static void thresholds_count_what_is_stored(void **state)
{
    static const char settings[] =
        "{\"hnsw_config\":{\"m\":8,\"ef_construct\":60,\"full_scan_threshold\":10},"
        "\"optimizers_config\":{\"indexing_threshold\":100}}";
    static const struct {
        vg_vector_params params;
        uint32_t few, many;
    } rows[] = {
        {{.distance = VG_DOT, .datatype = VG_LIT_INIT("float16")}, 3100, 3300},
        {{.distance = VG_DOT, .datatype = VG_LIT_INIT("uint8")}, 6300, 6500},
        {{.distance = VG_DOT, .kind = VG_MULTI}, 500, 600},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        crowd c;

        crowd_make_of(&c, *state, &rows[i].params);
        crowd_change(&c, settings);
        crowd_put(&c, 1, rows[i].few);
        vg_store_settle((*(bench **)state)->store);
        assert_int_equal(describe_crowd(&c).indexed_vectors_count, 0);
        crowd_put(&c, rows[i].few + 1, rows[i].many - rows[i].few);
        expect_all_indexed(&c);
        assert_int_equal(drop(*state, "c", NULL), VG_OK);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(float16_has_a_graph, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(bytes_have_a_graph, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(multivectors_have_a_graph, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(thresholds_count_what_is_stored, bench_up, bench_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
