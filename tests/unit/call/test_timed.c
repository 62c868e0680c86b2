/* What op->timing is told of calls: each exchange, by its try, its ending and its bytes. That every
 * phase that was entered is left, whatever happens, sick_free() sees to in every test with a sick
 * backend. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/sick.h"

static void what_is_sent_again_is_told_as_such(void **state)
{
    static const sick_fate fates[2] = {{.after_ms = 5, .fault = VG_FAULT_RESET, .was_sent = true},
                                       {.after_ms = 1, .status = 200}};
    sick *house = *state;
    sick_guest guest;

    sick_fates_are(house, fates, 2);
    sick_start(&guest, house, VG_OP_SEARCH, "a");
    sick_finish(&guest);
    assert_int_equal(guest.timing.exchanges, 2);
    assert_int_equal(guest.timing.repeats, 1);
    assert_int_equal(guest.timed[0].attempt, 1);
    assert_string_equal(guest.timed[0].code, "backend_down");
    assert_string_equal(guest.timed[0].fault, vg_fault_word(VG_FAULT_RESET));
    assert_int_equal(guest.timed[1].attempt, 2);
    assert_string_equal(guest.timed[1].code, "ok");
    assert_null(guest.timed[1].fault);
    assert_true(guest.timed[1].began_ns >= guest.timed[0].began_ns + guest.timed[0].took_ns);
    sick_free(&guest);
}

static void what_follows_on_it_is_not(void **state)
{
    static const sick_fate fates[3] = {{.after_ms = 1, .status = 503},
                                       {.after_ms = 1, .status = 200},
                                       {.after_ms = 1, .status = 200}};
    sick *house = *state;
    sick_guest guest;

    sick_fates_are(house, fates, 3);
    sick_start(&guest, house, VG_OP_UPSERT, "a");
    sick_finish(&guest);
    assert_int_equal(guest.timing.exchanges, 3);
    assert_int_equal(guest.timing.repeats, 1);
    assert_int_equal(guest.timed[1].attempt, 2);
    assert_string_equal(guest.timed[2].name, "read");
    assert_int_equal(guest.timed[2].attempt, 1);
    sick_free(&guest);
}

static void a_second_try_beside_the_first_is_told_as_such(void **state)
{
    static const sick_fate fates[2] = {{.after_ms = SICK_HANGS}, {.after_ms = 5, .status = 200}};
    sick *house = *state;
    sick_guest guest;

    house->conf.hedge.is_on = true;
    for (int i = 0; i < 100; i++)
        assert_int_equal(sick_ask(house, VG_OP_SEARCH), VG_OK);
    sick_fates_are(house, fates, 2);
    sick_start(&guest, house, VG_OP_SEARCH, "a");
    sick_finish(&guest);
    assert_int_equal(guest.timing.exchanges, 2); /* the one that lost was stopped, and ended */
    assert_true(guest.timed[0].is_hedge && strcmp(guest.timed[0].code, "ok") == 0);
    assert_false(guest.timed[1].is_hedge);
    assert_string_equal(guest.timed[1].fault, vg_fault_word(VG_FAULT_STOPPED));
    sick_free(&guest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_sent_again_is_told_as_such, sick_open, sick_close),
        cmocka_unit_test_setup_teardown(what_follows_on_it_is_not, sick_open, sick_close),
        cmocka_unit_test_setup_teardown(a_second_try_beside_the_first_is_told_as_such, sick_open,
                                        sick_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
