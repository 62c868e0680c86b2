/* Which failures are repeated, after how long, and when the budget says no. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "call/retry.h"
#include "tests/support/chance.h"

static const vg_retry_conf conf = {.most = 2,
                                   .wait_ms = 25,
                                   .throttled_most = 3,
                                   .throttled_wait_ms = 1000,
                                   .percent = 20,
                                   .least = 10,
                                   .window_ms = 10000};

#define ALL UINT32_MAX /* of what chance may add */

#define NEVER     VG_REPEAT_NEVER
#define IF_UNSENT VG_REPEAT_IF_UNSENT
#define ALWAYS    VG_REPEAT_ALWAYS
#define AGAIN     VG_RETRY_AGAIN
#define USELESS   VG_RETRY_USELESS
#define ENOUGH    VG_RETRY_ENOUGH
#define LATE      VG_RETRY_LATE

static const struct {
    const char *says;
    vg_retry_case failed; /* at 1000 ms; the deadline is 30 s later unless it says so */
    vg_retry_verdict verdict;
    uint32_t wait_ms;
} rows[] = {
    /* clang-format off */
    {"a read once",           {.code = VG_UNAVAILABLE, .repeat = ALWAYS, .was_sent = true, .chance = ALL}, AGAIN, 25},
    {"at once, by chance",    {.code = VG_UNAVAILABLE, .repeat = ALWAYS, .was_sent = true}, AGAIN, 0},
    {"half of it, by chance", {.code = VG_UNAVAILABLE, .repeat = ALWAYS, .chance = ALL / 2 + 1}, AGAIN, 12},
    {"twice",                 {.code = VG_UNAVAILABLE, .repeat = ALWAYS, .retries = 1, .chance = ALL}, AGAIN, 50},
    {"but not three times",   {.code = VG_UNAVAILABLE, .repeat = ALWAYS, .retries = 2}, ENOUGH, 0},
    {"a backend's 500",       {.code = VG_BACKEND_ERROR, .repeat = ALWAYS, .chance = ALL}, AGAIN, 25},
    {"a write that left",     {.code = VG_UNAVAILABLE, .repeat = IF_UNSENT, .was_sent = true}, USELESS, 0},
    {"one that did not",      {.code = VG_UNAVAILABLE, .repeat = IF_UNSENT}, AGAIN, 0},
    {"what must not be",      {.code = VG_UNAVAILABLE, .repeat = NEVER}, USELESS, 0},
    {"what was wrong",        {.code = VG_INVALID, .repeat = ALWAYS}, USELESS, 0},
    {"what is not there",     {.code = VG_NOT_FOUND, .repeat = ALWAYS}, USELESS, 0},
    {"our credential",        {.code = VG_BACKEND_AUTH, .repeat = ALWAYS}, USELESS, 0},
    {"out of time",           {.code = VG_DEADLINE, .repeat = ALWAYS}, USELESS, 0},
    {"503 that names a time", {.code = VG_UNAVAILABLE, .repeat = ALWAYS, .retry_after_ms = 2000}, AGAIN, 2000},
    {"throttled",             {.code = VG_THROTTLED, .repeat = ALWAYS, .was_sent = true}, AGAIN, 1000},
    {"a tenth more",          {.code = VG_THROTTLED, .repeat = ALWAYS, .chance = ALL}, AGAIN, 1100},
    {"again",                 {.code = VG_THROTTLED, .repeat = ALWAYS, .throttled = 1}, AGAIN, 2000},
    {"a third time",          {.code = VG_THROTTLED, .repeat = ALWAYS, .throttled = 2}, AGAIN, 4000},
    {"but not a fourth",      {.code = VG_THROTTLED, .repeat = ALWAYS, .throttled = 3}, ENOUGH, 8000},
    {"as long as was asked",  {.code = VG_THROTTLED, .repeat = ALWAYS, .throttled = 2, .retry_after_ms = 1500}, AGAIN, 1500},
    {"never cut short",       {.code = VG_THROTTLED, .repeat = ALWAYS, .retry_after_ms = 20000}, AGAIN, 20000},
    {"throttled did nothing", {.code = VG_THROTTLED, .repeat = IF_UNSENT, .was_sent = true}, AGAIN, 1000},
    {"unless it never may",   {.code = VG_THROTTLED, .repeat = NEVER}, USELESS, 0},
    {"classes count apart",   {.code = VG_THROTTLED, .repeat = ALWAYS, .retries = 2}, AGAIN, 1000},
    {"in time, just",         {.code = VG_THROTTLED, .repeat = ALWAYS, .deadline_ms = 2001}, AGAIN, 1000},
    {"past the deadline",     {.code = VG_THROTTLED, .repeat = ALWAYS, .deadline_ms = 2000}, LATE, 1000},
    {"Retry-After past it",   {.code = VG_THROTTLED, .repeat = ALWAYS, .retry_after_ms = 30000}, LATE, 30000},
    /* clang-format on */
};

static void each_failure_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        vg_window budget = {0};
        vg_retry_case failed = rows[i].failed;
        vg_retry_answer answer;

        print_message("%s\n", rows[i].says);
        failed.now_ms = 1000;
        failed.deadline_ms = failed.deadline_ms > 0 ? failed.deadline_ms : 31000;
        answer = vg_retry_decide(&conf, &budget, &failed);
        assert_int_equal(answer.verdict, rows[i].verdict);
        if (answer.verdict != VG_RETRY_USELESS)
            assert_int_equal(answer.wait_ms, rows[i].wait_ms);
        assert_int_equal(vg_window_sum(&budget, conf.window_ms, 1000).marked,
                         answer.verdict == VG_RETRY_AGAIN);
    }
}

static vg_retry_verdict ask(vg_window *budget, uint64_t now_ms)
{
    vg_retry_case failed = {.code = VG_UNAVAILABLE,
                            .repeat = VG_REPEAT_ALWAYS,
                            .now_ms = now_ms,
                            .deadline_ms = now_ms + 1000};

    return vg_retry_decide(&conf, budget, &failed).verdict;
}

static void ten_retries_are_always_allowed_and_then_a_fifth(void **state)
{
    vg_window budget = {0};

    (void)state;
    for (int i = 0; i < 10; i++)
        assert_int_equal(ask(&budget, 1000), VG_RETRY_AGAIN);
    assert_int_equal(ask(&budget, 1000), VG_RETRY_SPENT);
    for (int i = 0; i < 50; i++)
        vg_retry_note_sent(&conf, &budget, 2000);
    assert_int_equal(ask(&budget, 2000), VG_RETRY_SPENT); /* ten are a fifth of fifty */
    vg_retry_note_sent(&conf, &budget, 2000);
    assert_int_equal(ask(&budget, 2000), VG_RETRY_AGAIN);
    assert_int_equal(ask(&budget, 2000), VG_RETRY_SPENT);
    assert_int_equal(ask(&budget, 11000), VG_RETRY_AGAIN); /* the ten are forgotten */
}

static void the_wait_is_never_longer_than_was_said(void **state)
{
    (void)state;
    chance_begin(__func__);
    for (int i = 0; i < 10000; i++) {
        vg_window budget = {0};
        uint32_t retries = (uint32_t)chance_below(2);
        vg_retry_case failed = {.code = VG_UNAVAILABLE,
                                .repeat = VG_REPEAT_ALWAYS,
                                .retries = retries,
                                .deadline_ms = 1000,
                                .chance = (uint32_t)chance_next()};

        assert_in_range(vg_retry_decide(&conf, &budget, &failed).wait_ms, 0, 25 << retries);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_failure_is_judged),
        cmocka_unit_test(ten_retries_are_always_allowed_and_then_a_fifth),
        cmocka_unit_test(the_wait_is_never_longer_than_was_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
