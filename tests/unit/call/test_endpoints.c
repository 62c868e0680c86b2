/* A backend of several servers: what one of them does is held against that one alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/support/sick.h"

enum { FIRST = 1, SECOND = 2, THIRD = 4 }; /* as bits */

static vg_breaker_state state_of(const sick *house, int endpoint)
{
    return vg_breaker_look(&house->state->breakers[endpoint]);
}

static void ask_many(sick *house, vg_op_kind kind, int count, vg_code code)
{
    for (int i = 0; i < count; i++)
        assert_int_equal(sick_ask(house, kind), code);
}

static void reads_go_on_while_the_first_is_left_alone(void **state)
{
    sick *house = *state;
    int before;

    sick_has_endpoints(house, 3);
    house->dead = FIRST;
    ask_many(house, VG_OP_UPSERT, 2, VG_UNAVAILABLE); /* three tries each */
    assert_int_equal(state_of(house, 0), VG_BREAKER_OPEN);
    before = house->sent;
    ask_many(house, VG_OP_UPSERT, 3, VG_UNAVAILABLE);
    ask_many(house, VG_OP_HEALTH, 3, VG_UNAVAILABLE);
    assert_int_equal(house->sent, before);
    ask_many(house, VG_OP_SEARCH, 20, VG_OK);
    assert_int_equal(house->sent_to[1], 10);
    assert_int_equal(house->sent_to[2], 10);
}

static void one_that_is_sick_is_passed_over(void **state)
{
    sick *house = *state;
    int before;

    sick_has_endpoints(house, 3);
    house->dead = SECOND;
    house->conf.retry.least = 1000;
    ask_many(house, VG_OP_SEARCH, 20, VG_OK); /* what it could not take went to the next */
    assert_int_equal(state_of(house, 1), VG_BREAKER_OPEN);
    assert_int_equal(state_of(house, 0), VG_BREAKER_CLOSED);
    assert_int_equal(state_of(house, 2), VG_BREAKER_CLOSED);
    before = house->sent_to[1];
    ask_many(house, VG_OP_SEARCH, 20, VG_OK);
    assert_int_equal(house->sent_to[1], before);
    assert_int_equal(house->sent_to[0], 0);
    assert_int_equal(sick_count(house, VG_M_breaker_refused_total, 0), 0);
}

static void when_no_other_is_left_the_first_stands_in(void **state)
{
    sick *house = *state;
    int before;

    sick_has_endpoints(house, 3);
    house->dead = SECOND | THIRD;
    house->conf.retry.least = 1000;
    for (int i = 0; i < 5; i++)
        sick_ask(house, VG_OP_SEARCH);
    before = house->sent_to[0];
    ask_many(house, VG_OP_SEARCH, 5, VG_OK);
    assert_int_equal(house->sent_to[0], before + 5);
    house->dead = 0;
    sick_advance(house, 1000);
    ask_many(house, VG_OP_SEARCH, 12, VG_OK); /* and each comes back by its own probes */
    assert_int_equal(state_of(house, 1), VG_BREAKER_CLOSED);
    assert_int_equal(state_of(house, 2), VG_BREAKER_CLOSED);
}

static void all_of_them_open_is_answered_at_once(void **state)
{
    sick *house = *state;
    sick_guest guest;
    int before;

    sick_has_endpoints(house, 2);
    house->dead = FIRST | SECOND;
    house->conf.retry.least = 1000;
    for (int i = 0; i < 10; i++)
        sick_ask(house, VG_OP_SEARCH);
    assert_int_equal(state_of(house, 0), VG_BREAKER_OPEN);
    assert_int_equal(state_of(house, 1), VG_BREAKER_OPEN);
    before = house->sent;
    sick_start(&guest, house, VG_OP_SEARCH, "a");
    sick_advance(house, 0);
    assert_int_equal(guest.endings, 1);
    assert_in_range(guest.op->status.retry_after_ms, 1, 1000);
    assert_int_equal(house->sent, before);
    sick_free(&guest);
}

/* The transport may send it to the first unseen; that the other was not reached counts all the
 * same. */
static void what_has_moved_is_told_of_both(void **state)
{
    sick *house = *state;

    sick_has_endpoints(house, 2);
    house->dead = SECOND;
    house->moves = true;
    ask_many(house, VG_OP_SEARCH, 5, VG_OK);
    assert_int_equal(house->sent_to[1], 0);
    assert_int_equal(house->sent_to[0], 5);
    assert_int_equal(state_of(house, 1), VG_BREAKER_OPEN);
    assert_int_equal(state_of(house, 0), VG_BREAKER_CLOSED);
    house->dead = 0;
    house->usual = (sick_fate){.after_ms = 1, .status = 500};
    house->conf.retry = (vg_retry_conf){0};
    ask_many(house, VG_OP_SEARCH, 15, VG_BACKEND_ERROR); /* with the five, fifteen of twenty */
    assert_int_equal(state_of(house, 0), VG_BREAKER_OPEN);
}

static void it_stays_when_the_first_is_left_alone(void **state)
{
    sick *house = *state;

    sick_has_endpoints(house, 2);
    house->dead = FIRST | SECOND;
    house->moves = true;
    house->conf.retry.most = 0;
    ask_many(house, VG_OP_UPSERT, 5, VG_UNAVAILABLE);
    assert_int_equal(state_of(house, 0), VG_BREAKER_OPEN);
    ask_many(house, VG_OP_SEARCH, 4, VG_UNAVAILABLE);
    assert_int_equal(house->sent_to[0], 5);
    assert_int_equal(house->sent_to[1], 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sick_open, sick_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_go_on_while_the_first_is_left_alone),
        TEST(one_that_is_sick_is_passed_over),
        TEST(when_no_other_is_left_the_first_stands_in),
        TEST(all_of_them_open_is_answered_at_once),
        TEST(what_has_moved_is_told_of_both),
        TEST(it_stays_when_the_first_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
