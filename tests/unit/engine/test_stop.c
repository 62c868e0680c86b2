/* Reads and writes that nobody waits for any more: they end early, say so, and leave nothing. */
#include <stdatomic.h>

#include "asking.h"

enum { THINGS = 2000 }; /* more than one look apart */

static void fill(bench *b)
{
    const float one[] = {1};
    vg_vector vector = floats((vg_slice){0}, one, 1);
    vg_point *points = VG_TAKE_N(b->arena, vg_point, THINGS);

    make_plain(b, 1, VG_DOT);
    for (uint32_t i = 0; i < THINGS; i++)
        points[i] = (vg_point){.id = number(i),
                               .vectors = &vector,
                               .vector_count = 1,
                               .payload = padded(b, "{\"n\":1,\"city\":\"x\"}")};
    assert_int_equal(upsert_points(b, "c", points, THINGS, NULL), VG_OK);
    assert_int_equal(declare(b, "city", VG_INDEX_KEYWORD), VG_OK);
    assert_int_equal(declare(b, "n", VG_INDEX_INTEGER), VG_OK);
}

static void a_read_that_nobody_waits_for_ends_early(void **state)
{
    bench *b = *state;
    const float one[] = {1};
    vg_condition two = has_integer("n[]", 2), city = has_text("city", "x");
    vg_filter by_walk = only(&two), by_index = only(&city);
    vg_search query = {
        .vector = floats((vg_slice){0}, one, 1), .limit = THINGS, .filter = &by_walk};
    vg_search plain = {.vector = query.vector, .limit = 1};
    const struct {
        const char *says;
        bool (*run)(const vg_read *read, const vg_op_input *in, vg_op_result *out);
        vg_op_input in;
    } rows[] = {
        {"count", vg_read_count, {.count = {.filter = &by_walk}}},
        {"scroll", vg_read_scroll, {.scroll = {.limit = 10, .filter = &by_walk}}},
        {"scroll with an index",
         vg_read_scroll,
         {.scroll = {.limit = THINGS, .filter = &by_index}}},
        {"scroll by values",
         vg_read_scroll,
         {.scroll = {.limit = THINGS, .order = {.key = VG_LIT("n")}}}},
        {"scroll at random", vg_read_scroll, {.scroll = {.limit = 10, .is_random = true}}},
        {"facet", vg_read_facet, {.facet = {.key = VG_LIT("city"), .limit = 10}}},
        {"search", vg_read_search, {.search = {.queries = &query, .count = 1}}},
        {"search without a disk", vg_read_search, {.search = {.queries = &plain, .count = 1}}},
    };

    fill(b);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        atomic_bool is_stopped = true;
        vg_op_result out = {0};
        vg_read read = reading(b, "c");

        print_message("%s\n", rows[i].says);
        read.is_stopped = &is_stopped;
        assert_false(rows[i].run(&read, &rows[i].in, &out));
        assert_int_equal(b->status.code, VG_CANCELLED);
        is_stopped = false;
        b->status = (vg_status){0};
        assert_true(rows[i].run(&read, &rows[i].in, &out)); /* the same connection, most likely */
    }
}

static void a_change_by_filter_that_nobody_waits_for_leaves_all_as_it_was(void **state)
{
    bench *b = *state;
    atomic_bool is_stopped = true;
    vg_filter everything = {0};
    vg_update change = {.kind = VG_OP_DELETE, .filter = &everything};
    vg_table *table;
    vg_write write = {.wait = true};

    fill(b);
    table = vg_store_find(b->store, VG_LIT("c"), b->arena, &b->status);
    write.arena = b->arena;
    assert_true(vg_write_prepare_updates(&write, table, &change, 1, true));
    write.work.is_stopped = &is_stopped;
    assert_int_equal(finish(b, &write), VG_CANCELLED);
    assert_int_equal(count_points(b, "c"), THINGS);
    is_stopped = false;
    assert_int_equal(update(b, "c", &change, 1, NULL), VG_OK);
    assert_int_equal(count_points(b, "c"), 0);
    vg_table_let(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_read_that_nobody_waits_for_ends_early, bench_up,
                                        bench_down),
        cmocka_unit_test_setup_teardown(
            a_change_by_filter_that_nobody_waits_for_leaves_all_as_it_was, bench_up, bench_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
