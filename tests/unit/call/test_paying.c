/* Who is charged a quota, and how often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/support/sick.h"

static void what_was_paid_for_is_not_charged_again(void **state)
{
    sick *house = *state;
    vg_op paid = {.magic = VG_OP_MAGIC, .kind = VG_OP_QUERY};
    sick_guest guest;

    house->conf.quota.tenant_rate = 1;
    house->conf.quota.tenant_burst = 2;
    assert_int_equal(sick_ask(house, VG_OP_SEARCH), VG_OK); /* makes the runner */
    paid.who = &(vg_tenant){.name = VG_LIT("somebody")};
    assert_true(vg_call_pay(house->runner, &paid));
    assert_true(paid.is_paid);
    assert_true(vg_call_pay(house->runner, &paid)); /* once */
    paid.is_paid = false;
    assert_false(vg_call_pay(house->runner, &paid));
    assert_int_equal(paid.status.code, VG_THROTTLED);
    assert_int_equal(paid.status.retry_after_ms, 999);
    assert_int_equal(sick_count(house, VG_M_quota_refused_total, 0), 1);
    sick_prepare(&guest, house, VG_OP_GET, "somebody");
    guest.op->is_paid = true;
    vg_call_start(house->runner, guest.op);
    sick_finish(&guest);
    assert_int_equal(guest.op->status.code, VG_OK);
    sick_free(&guest);
    assert_int_equal(sick_ask(house, VG_OP_GET), VG_THROTTLED);
}

static void a_backend_that_is_left_alone_charges_nothing(void **state)
{
    sick *house = *state;
    vg_op op = {.magic = VG_OP_MAGIC, .kind = VG_OP_QUERY};

    house->conf.quota.rate = 1;
    house->conf.quota.burst = 30; /* as many as break it, at most */
    house->usual = (sick_fate){.after_ms = 1, .fault = VG_FAULT_CONNECT};
    for (int i = 0; i < 5; i++)
        sick_ask(house, VG_OP_SEARCH);
    assert_int_equal(vg_breaker_look(&house->state->breakers[0]), VG_BREAKER_OPEN);
    for (int i = 0; i < 31; i++)
        assert_true(vg_call_pay(house->runner, &op));
    assert_false(op.is_paid);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sick_open, sick_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_paid_for_is_not_charged_again),
        TEST(a_backend_that_is_left_alone_charges_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
