/* Scrolling by the values of an indexed field, beside a sort in the test. VG_SEED=… repeats a run.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "asking.h"

enum { THINGS = 400, VALUES = 4, TURNS = 60, PAYLOAD = 160 };

typedef struct value {
    bool is_whole;
    int whole; /* or whole + 0.5 */
} value;

typedef struct thing {
    value values[VALUES];
    uint32_t count;
    bool is_even; /* what the filter asks for */
} thing;

typedef struct placed {
    double value;
    uint32_t id;
} placed;

typedef struct world {
    bench *bench;
    uint64_t seed;
    thing things[THINGS];
    placed wanted[THINGS * VALUES];
    uint32_t count;
} world;

static uint32_t below(world *w, uint32_t bound)
{
    return (uint32_t)(next_random(&w->seed) % bound);
}

/* ---- points ---- */

static void write_value(const value *v, char *to, size_t room)
{
    if (v->is_whole)
        snprintf(to, room, "%d", v->whole);
    else
        snprintf(to, room, "%d.5", v->whole);
}

/* "n" is missing, a value, or an array in which the same may come twice and other kinds stand. */
static void write_payload(const thing *t, char *to)
{
    char values[PAYLOAD / 2] = "\"x\",null", one[24];

    for (uint32_t i = 0; i < t->count; i++) {
        write_value(&t->values[i], one, sizeof one);
        snprintf(values + strlen(values), sizeof values - strlen(values), ",%s,%s", one, one);
    }
    if (t->count == 0)
        snprintf(to, PAYLOAD, "{\"even\":%d}", t->is_even);
    else if (t->count == 1)
        snprintf(to, PAYLOAD, "{\"even\":%d,\"n\":%s}", t->is_even, one);
    else
        snprintf(to, PAYLOAD, "{\"even\":%d,\"n\":[%s]}", t->is_even, values);
}

static void fill(world *w)
{
    char payload[PAYLOAD];

    assert_int_equal(make_plain(w->bench, 1, VG_DOT), VG_OK);
    for (uint32_t i = 0; i < THINGS; i++) {
        thing *t = &w->things[i];

        t->count = below(w, VALUES + 1);
        t->is_even = below(w, 2);
        for (uint32_t k = 0; k < t->count; k++)
            t->values[k] = (value){below(w, 4) > 0, (int)below(w, 30)};
        write_payload(t, payload);
        assert_int_equal(put(w->bench, i, NULL, 0, payload), VG_OK);
    }
}

/* ---- the plainest way ---- */

static bool is_again(const thing *t, uint32_t at)
{
    for (uint32_t i = 0; i < at; i++)
        if (t->values[i].whole == t->values[at].whole &&
            t->values[i].is_whole == t->values[at].is_whole)
            return true;
    return false;
}

static int rising(const void *a, const void *b)
{
    const placed *one = a, *other = b;

    if (one->value != other->value)
        return one->value < other->value ? -1 : 1;
    return one->id < other->id ? -1 : 1;
}

static int falling(const void *a, const void *b)
{
    const placed *one = a, *other = b;

    return one->value == other->value ? rising(a, b) : -rising(a, b);
}

static void place_all(world *w, bool whole_only, const vg_order_by *order, bool even_only)
{
    double start = order->start.is_integer ? (double)order->start.integer : order->start.real;

    w->count = 0;
    for (uint32_t i = 0; i < THINGS * VALUES; i++) {
        const thing *t = &w->things[i / VALUES];
        const value *v = &t->values[i % VALUES];
        double at = v->is_whole ? v->whole : v->whole + 0.5;

        if (i % VALUES >= t->count || is_again(t, i % VALUES) || (whole_only && !v->is_whole) ||
            (even_only && !t->is_even))
            continue;
        if (!order->has_start || (order->descends ? at <= start : at >= start))
            w->wanted[w->count++] = (placed){at, i / VALUES};
    }
    qsort(w->wanted, w->count, sizeof *w->wanted, order->descends ? falling : rising);
}

static void check_pages(world *w, bool whole_only)
{
    vg_condition even = has_integer("even", 1);
    vg_filter filter = only(&even);

    for (int turn = 0; turn < TURNS; turn++) {
        bool filters = below(w, 2);
        vg_order_by order = {.key = VG_LIT("n"),
                             .descends = below(w, 2),
                             .has_start = below(w, 2),
                             .start = {.is_integer = true, .integer = below(w, 32)}};
        uint32_t limit = 1 + below(w, THINGS * 2), count;
        vg_points got = scroll_by(w->bench, &order, filters ? &filter : NULL, limit);

        place_all(w, whole_only, &order, filters);
        count = w->count < limit ? w->count : limit;
        assert_int_equal(got.count, count);
        for (uint32_t i = 0; i < count; i++) {
            const vg_order_value *at = &got.at[i].order;

            assert_int_equal(got.at[i].id.num, w->wanted[i].id);
            assert_true(got.at[i].has_order && at->is_integer == whole_only);
            assert_true((whole_only ? (double)at->integer : at->real) == w->wanted[i].value);
        }
    }
}

static world *random_world(bench *b)
{
    world *w = calloc(1, sizeof *w);

    w->bench = b;
    w->seed = seed_of_test();
    fill(w);
    return w;
}

static void an_integer_index_orders_its_integers(void **state)
{
    world *w = random_world(*state);

    assert_int_equal(declare(w->bench, "n", VG_INDEX_INTEGER), VG_OK);
    check_pages(w, true);
    free(w);
}

static void a_float_index_orders_all_numbers(void **state)
{
    world *w = random_world(*state);

    assert_int_equal(declare(w->bench, "n", VG_INDEX_FLOAT), VG_OK);
    check_pages(w, false);
    free(w);
}

/* ---- rules ---- */

static void dates_are_ordered_as_microseconds(void **state)
{
    bench *b = *state;
    vg_order_by order = {.key = VG_LIT("at"), .descends = true};
    vg_points got;

    make_plain(b, 1, VG_DOT);
    put(b, 1, NULL, 0, "{\"at\":\"1970-01-01T00:00:01Z\"}");
    put(b, 2, NULL, 0, "{\"at\":[\"2000-01-01\",\"no date\",\"2000-01-01T01:00:00+01:00\"]}");
    put(b, 3, NULL, 0, "{\"at\":17}");
    put(b, 4, NULL, 0, "{\"at\":\"1969-12-31T23:59:59.5Z\"}");
    assert_int_equal(declare(b, "at", VG_INDEX_DATETIME), VG_OK);
    got = scroll_by(b, &order, NULL, 10);
    assert_int_equal(got.count, 3); /* one date, however it is written */
    assert_int_equal(got.at[0].id.num, 2);
    assert_true(got.at[0].order.is_integer);
    assert_int_equal(got.at[0].order.integer, 946684800LL * 1000000);
    assert_int_equal(got.at[2].id.num, 4);
    assert_int_equal(got.at[2].order.integer, -500000);
    order.has_start = true;
    order.start = (vg_order_value){.is_integer = true, .integer = 1000000};
    got = scroll_by(b, &order, NULL, 10);
    assert_int_equal(got.count, 2); /* the start is one of them */
    assert_int_equal(got.at[0].id.num, 1);
}

/* An integer index cuts what it is given to whole numbers, and goes to the ends of 64 bits. */
static void starts_are_cut_for_integers(void **state)
{
    static const struct {
        const char *says;
        bool descends;
        double start;
        uint32_t count;
    } rows[] = {
        {"1.9 is 1", false, 1.9, 3},
        {"and 2.0 is 2", false, 2, 2},
        {"above all", false, 1e300, 1},
        {"below all", false, -1e300, 4},
        {"falling from 1.9, which is 1", true, 1.9, 2},
        {"falling from above all", true, 1e300, 4},
    };
    bench *b = *state;

    make_plain(b, 1, VG_DOT);
    put(b, 1, NULL, 0, "{\"n\":[-9223372036854775808,1,2,9223372036854775807]}");
    assert_int_equal(declare(b, "n", VG_INDEX_INTEGER), VG_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        vg_order_by order = {.key = VG_LIT("n"),
                             .descends = rows[i].descends,
                             .has_start = true,
                             .start = {.real = rows[i].start}};
        vg_points got = scroll_by(b, &order, NULL, 10);

        if (got.count != rows[i].count)
            fail_msg("%s: %u points", rows[i].says, got.count);
    }
}

static void what_cannot_be_ordered_by_is_told(void **state)
{
    static const struct {
        const char *key;
        vg_index_kind kind;
    } rows[] = {{"k", VG_INDEX_KEYWORD}, {"g", VG_INDEX_GEO}, {"absent", VG_INDEX_NONE}};
    bench *b = *state;
    vg_op_input in = {.scroll = {.limit = 10}};
    vg_op_result out = {0};
    vg_read read;

    make_plain(b, 1, VG_DOT);
    declare_as(b, (vg_index){.key = VG_LIT("n"), .kind = VG_INDEX_INTEGER, .no_range = true}, true);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].kind != VG_INDEX_NONE)
            declare(b, rows[i].key, rows[i].kind);
        in.scroll.order.key = vg_slice_str(rows[i].key);
        read = reading(b, "c");
        assert_false(vg_read_scroll(&read, &in, &out));
        assert_int_equal(b->status.code, VG_INVALID);
        must_say(b, "No range index for `order_by` key: `");
        must_say(b,
                 "Please create one to use `order_by`: an integer index that has ranges, a float");
    }
    in.scroll.order.key = VG_LIT("n");
    read = reading(b, "c");
    assert_false(vg_read_scroll(&read, &in, &out));
    must_say(b, "key: `n`. Please create one");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_integer_index_orders_its_integers, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(a_float_index_orders_all_numbers, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(dates_are_ordered_as_microseconds, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(starts_are_cut_for_integers, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_ordered_by_is_told, bench_up, bench_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
