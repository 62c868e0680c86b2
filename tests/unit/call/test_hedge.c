/* When a second try is due, and how many there may be; and the window that counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "call/hedge.h"
#include "tests/support/chance.h"

#define MS ((uint64_t)1000000)
#define T0 ((uint64_t)1000000)

static void the_95th_percentile_is_found_within_a_quarter(void **state)
{
    (void)state;
    chance_begin(__func__);
    for (int round = 0; round < 200; round++) {
        vg_latencies latencies = {.places = {{0}}};
        uint64_t base_ns = MS + chance_next() % (1000 * MS), p95;

        for (int i = 0; i < 1000; i++) /* 94 % up to the base, the rest far above */
            vg_latencies_add(&latencies, i < 940 ? base_ns * (uint64_t)(i + 1) / 1000 : base_ns,
                             T0 + (uint64_t)i);
        p95 = vg_latencies_p95_ns(&latencies, T0 + 1000);
        assert_in_range(p95, base_ns * 94 / 100, base_ns + base_ns / 4 + 1);
    }
}

static void too_few_say_nothing(void **state)
{
    vg_latencies latencies = {.places = {{0}}};

    (void)state;
    for (int i = 0; i < 99; i++)
        vg_latencies_add(&latencies, 10 * MS, T0);
    assert_int_equal(vg_latencies_p95_ns(&latencies, T0), 0);
    vg_latencies_add(&latencies, 10 * MS, T0);
    assert_true(vg_latencies_p95_ns(&latencies, T0) >= 10 * MS);
}

static void only_the_last_minute_counts(void **state)
{
    vg_latencies latencies = {.places = {{0}}};

    (void)state;
    for (int i = 0; i < 1000; i++)
        vg_latencies_add(&latencies, 900 * MS, T0);
    for (int i = 0; i < 200; i++)
        vg_latencies_add(&latencies, MS, T0 + 59000);
    assert_true(vg_latencies_p95_ns(&latencies, T0 + 59000) >= 900 * MS);
    assert_true(vg_latencies_p95_ns(&latencies, T0 + 61000) < 2 * MS);
    for (int i = 0; i < 200; i++) /* in the slice that the first are in */
        vg_latencies_add(&latencies, MS, T0 + 60000);
    assert_true(vg_latencies_p95_ns(&latencies, T0 + 60000) < 2 * MS);
    assert_int_equal(vg_latencies_p95_ns(&latencies, T0 + 200000), 0);
}

static void what_is_out_of_bounds_is_in_the_last_place(void **state)
{
    vg_latencies latencies = {.places = {{0}}};

    (void)state;
    for (int i = 0; i < 100; i++)
        vg_latencies_add(&latencies, UINT64_MAX, T0);
    assert_true(vg_latencies_p95_ns(&latencies, T0) > 30000 * MS);
}

static void five_percent_of_the_reads_at_most(void **state)
{
    static const vg_hedge_conf conf = {.is_on = true, .percent = 5};
    vg_hedges *hedges = calloc(1, sizeof *hedges);
    int taken = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(vg_hedge_after_ns(hedges, VG_OP_SEARCH, T0), 0);
        taken += vg_hedge_take(hedges, &conf, T0);
        assert_true(taken * 20 <= i + 1);
    }
    assert_int_equal(taken, 50);
    free(hedges);
}

static void each_kind_has_its_own_time(void **state)
{
    vg_hedges *hedges = calloc(1, sizeof *hedges);

    (void)state;
    for (int i = 0; i < 100; i++)
        vg_latencies_add(&hedges->kinds[VG_OP_SEARCH], 10 * MS, T0);
    assert_in_range(vg_hedge_after_ns(hedges, VG_OP_SEARCH, T0), 10 * MS, 13 * MS);
    assert_int_equal(vg_hedge_after_ns(hedges, VG_OP_GET, T0), 0);
    free(hedges);
}

/* --- the window ------------------------------------------------------------------------------ */

static void a_window_forgets_slice_by_slice(void **state)
{
    vg_window window = {{0}};

    (void)state;
    for (uint64_t i = 0; i < 10; i++)
        vg_window_add(&window, 10000, T0 + i * 1000, (vg_window_count){.all = 2, .marked = 1});
    for (uint32_t i = 0; i < 10; i++) {
        vg_window_count sum = vg_window_sum(&window, 10000, T0 + 9000 + (uint64_t)i * 1000);

        assert_int_equal(sum.all, 20 - 2 * i);
        assert_int_equal(sum.marked, 10 - i);
    }
    assert_int_equal(vg_window_sum(&window, 10000, T0 + 9000000).all, 0);
}

static void a_full_slice_keeps_its_ratio(void **state)
{
    vg_window window = {{0}};
    vg_window_count sum;

    (void)state;
    for (int i = 0; i < 300000; i++)
        vg_window_add(&window, 10000, T0, (vg_window_count){.all = 1, .marked = i % 4 == 0});
    sum = vg_window_sum(&window, 10000, T0);
    assert_in_range(sum.all, 30000, 65535);
    assert_in_range(sum.marked * 4, sum.all - sum.all / 100, sum.all + sum.all / 100);
}

static void a_clock_that_lags_counts_in_the_newer_slice(void **state)
{
    vg_window window = {{0}};

    (void)state;
    vg_window_add(&window, 10000, T0 + 9000, (vg_window_count){.all = 3});
    vg_window_add(&window, 10000, T0, (vg_window_count){.all = 1});
    assert_int_equal(vg_window_sum(&window, 10000, T0 + 9000).all, 4);
}

/* Of the newer length nothing was counted yet; nothing of the older one stays for good. */
static void a_window_of_another_length_begins_anew(void **state)
{
    static const uint64_t lengths[] = {10000, 3600000, 1000, 10000};
    vg_window window = {{0}};

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        assert_int_equal(vg_window_sum(&window, lengths[i], T0).all, 0);
        vg_window_add(&window, lengths[i], T0, (vg_window_count){.all = 3, .marked = 1});
        assert_int_equal(vg_window_sum(&window, lengths[i], T0).all, 3);
        assert_int_equal(vg_window_sum(&window, lengths[i], T0).marked, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_95th_percentile_is_found_within_a_quarter),
        cmocka_unit_test(too_few_say_nothing),
        cmocka_unit_test(only_the_last_minute_counts),
        cmocka_unit_test(what_is_out_of_bounds_is_in_the_last_place),
        cmocka_unit_test(five_percent_of_the_reads_at_most),
        cmocka_unit_test(each_kind_has_its_own_time),
        cmocka_unit_test(a_window_forgets_slice_by_slice),
        cmocka_unit_test(a_full_slice_keeps_its_ratio),
        cmocka_unit_test(a_window_of_another_length_begins_anew),
        cmocka_unit_test(a_clock_that_lags_counts_in_the_newer_slice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
