/* Where the time went: each row is a change at a time; what was spent is looked at in the end. */
#include "vecgate/timing.h"

#include "tests/unit/base/unit.h"

enum { MS = 1000000 };

/* A zero row ends it. */
struct step {
    uint64_t at_ms;
    enum { GO = 1, ENTER, LEAVE } how;
    vg_time time;
};

static const struct timeline {
    const char *says;
    struct step steps[12];
    uint64_t spent_ms[VG_TIMES]; /* of 100 ms in all */
} rows[] = {
    /* clang-format off */
    {"a request alone", {{10, GO, VG_TIME_READ}, {30, GO, VG_TIME_PLAN}, {60, GO, VG_TIME_SEND}},
     {[VG_TIME_RECEIVE] = 10, [VG_TIME_READ] = 20, [VG_TIME_PLAN] = 30, [VG_TIME_SEND] = 40}},
    {"one operation", {{0, GO, VG_TIME_PLAN}, {10, ENTER, VG_TIME_ADMIT}, {30, LEAVE, VG_TIME_ADMIT}, {30, ENTER, VG_TIME_EXCHANGE},
                       {90, LEAVE, VG_TIME_EXCHANGE}},
     {[VG_TIME_PLAN] = 20, [VG_TIME_ADMIT] = 20, [VG_TIME_EXCHANGE] = 60}},
    {"of several an exchange counts", {{0, GO, VG_TIME_PLAN}, {10, ENTER, VG_TIME_EXCHANGE}, {20, ENTER, VG_TIME_REST},
                                       {30, ENTER, VG_TIME_EXCHANGE}, {50, LEAVE, VG_TIME_EXCHANGE}, {70, LEAVE, VG_TIME_EXCHANGE},
                                       {80, LEAVE, VG_TIME_REST}},
     {[VG_TIME_PLAN] = 30, [VG_TIME_EXCHANGE] = 60, [VG_TIME_REST] = 10}},
    {"then code, then admission", {{0, GO, VG_TIME_PLAN}, {0, ENTER, VG_TIME_REST}, {10, ENTER, VG_TIME_ADMIT}, {30, ENTER, VG_TIME_CODE},
                                   {60, LEAVE, VG_TIME_CODE}, {70, LEAVE, VG_TIME_ADMIT}, {90, LEAVE, VG_TIME_REST}},
     {[VG_TIME_REST] = 30, [VG_TIME_ADMIT] = 30, [VG_TIME_CODE] = 30, [VG_TIME_PLAN] = 10}},
    {"a clock behind", {{50, GO, VG_TIME_READ}, {40, GO, VG_TIME_PLAN}}, {[VG_TIME_RECEIVE] = 50, [VG_TIME_PLAN] = 50}},
    /* clang-format on */
};

static void take(vg_timing *timing, const struct step *step)
{
    uint64_t at_ns = 1000 * (uint64_t)MS + step->at_ms * MS;

    if (step->how == GO)
        vg_timing_go(timing, step->time, at_ns);
    else if (step->how == ENTER)
        vg_timing_move(timing, VG_TIMES, step->time, at_ns);
    else
        vg_timing_move(timing, step->time, VG_TIMES, at_ns);
}

static void every_moment_is_in_one_phase(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        vg_timing timing = {.room = 0};

        print_message("%s\n", rows[i].says);
        vg_timing_begin(&timing, 1000 * (uint64_t)MS);
        for (const struct step *step = rows[i].steps; step->how != 0; step++)
            take(&timing, step);
        take(&timing, &(struct step){100, GO, timing.own});
        for (int k = 0; k < VG_TIMES; k++)
            assert_int_equal(timing.spent_ns[k], rows[i].spent_ms[k] * MS);
    }
}

static void what_waits_for_a_client_is_not_spent_here(void **state)
{
    vg_timing timing = {.room = 0};

    (void)state;
    vg_timing_begin(&timing, 0);
    vg_timing_go(&timing, VG_TIME_READ, 10);
    vg_timing_go(&timing, VG_TIME_SEND, 15);
    vg_timing_go(&timing, VG_TIME_SEND, 100);
    assert_int_equal(vg_timing_here_ns(&timing), 5);
}

static void exchanges_are_listed_as_far_as_there_is_room(void **state)
{
    vg_timed list[2];
    vg_timing timing = {.list = list, .room = 2};

    (void)state;
    vg_timing_begin(&timing, 100);
    vg_timing_move(&timing, VG_TIMES, VG_TIME_EXCHANGE, 100);
    vg_timing_exchange(
        &timing,
        &(vg_timed){.name = "a", .began_ns = 100, .took_ns = 30, .connect_ns = 20, .attempt = 1},
        130);
    assert_int_equal(timing.spent_ns[VG_TIME_CONNECT], 20);
    assert_int_equal(timing.spent_ns[VG_TIME_EXCHANGE], 10);
    vg_timing_exchange(
        &timing,
        &(vg_timed){.name = "b", .began_ns = 130, .took_ns = 40, .connect_ns = 90, .attempt = 2},
        170);
    assert_int_equal(timing.spent_ns[VG_TIME_CONNECT], 70); /* no more than there was */
    vg_timing_exchange(&timing,
                       &(vg_timed){.name = "c", .began_ns = 170, .took_ns = 5, .attempt = 1}, 175);
    assert_int_equal(timing.exchanges, 3);
    assert_int_equal(timing.repeats, 1);
    assert_string_equal(list[0].name, "a");
    assert_int_equal(list[1].began_ns, 30);
    assert_string_equal(timing.slowest.name, "b");
}

static void where_nobody_asks_nothing_is_kept(void **state)
{
    (void)state;
    vg_timing_go(NULL, VG_TIME_READ, 1);
    vg_timing_move(NULL, VG_TIMES, VG_TIME_REST, 1);
    vg_timing_exchange(NULL, &(vg_timed){.name = "a"}, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_moment_is_in_one_phase),
        cmocka_unit_test(what_waits_for_a_client_is_not_spent_here),
        cmocka_unit_test(exchanges_are_listed_as_far_as_there_is_room),
        cmocka_unit_test(where_nobody_asks_nothing_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
