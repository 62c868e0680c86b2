/* A second try beside the first; and storms of faults by chance, through all policies at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/chance.h"
#include "tests/support/sick.h"

/* --- a second try ---------------------------------------------------------------------------- */

/* A hundred reads of a millisecond each, so that 5 may be asked twice, after a little more. */
/* Exchanges are numbered from then on. */
static void warm_up(sick *house)
{
    house->conf.hedge.is_on = true;
    for (int i = 0; i < 100; i++)
        assert_int_equal(sick_ask(house, VG_OP_SEARCH), VG_OK);
    house->sent = 0;
}

static const struct {
    const char *says;
    sick_fate first, second;
    vg_code code;
    const char *answer; /* the number of its exchange */
    int won;
} races[] = {
    {"the first hangs", {.after_ms = SICK_HANGS}, {.after_ms = 5, .status = 200}, VG_OK, "2", 1},
    {"the second hangs", {.after_ms = 50, .status = 200}, {.after_ms = SICK_HANGS}, VG_OK, "1", 0},
    {"the first is first",
     {.after_ms = 5, .status = 200},
     {.after_ms = 50, .status = 200},
     VG_OK,
     "1",
     0},
    {"both at once",
     {.after_ms = 10, .status = 200},
     {.after_ms = 8, .status = 200},
     VG_OK,
     NULL,
     -1},
    {"404 of the second is an answer",
     {.after_ms = SICK_HANGS},
     {.after_ms = 5, .status = 404},
     VG_NOT_FOUND,
     NULL,
     1},
    {"500 of the second waits for the first",
     {.after_ms = 50, .status = 200},
     {.after_ms = 5, .status = 500},
     VG_OK,
     "1",
     0},
};

static void the_first_answer_of_two_tries_counts(void **state)
{
    sick *house = *state;
    sick_guest guest;

    for (size_t i = 0; i < sizeof races / sizeof races[0]; i++) {
        sick_fate fates[2] = {races[i].first, races[i].second};
        uint64_t won = sick_count(house, VG_M_hedges_won_total, 0);

        print_message("%s\n", races[i].says);
        warm_up(house);
        sick_fates_are(house, fates, 2);
        sick_start(&guest, house, VG_OP_SEARCH, "a");
        sick_finish(&guest);
        assert_int_equal(guest.sent, 2);
        assert_int_equal(guest.op->status.code, races[i].code);
        if (races[i].answer != NULL)
            assert_true(vg_slice_is_str(guest.op->out.health.title, races[i].answer));
        if (races[i].won >= 0)
            assert_int_equal(sick_count(house, VG_M_hedges_won_total, 0) - won, races[i].won);
        assert_true(vg_list_is_empty(&house->under_way)); /* whoever lost has ended, too */
        sick_free(&guest);
        sick_advance(house, 10);
    }
    assert_int_equal(sick_count(house, VG_M_hedges_total, 0), sizeof races / sizeof races[0]);
}

static void a_try_that_lost_is_no_failure(void **state)
{
    sick *house = *state;

    house->conf.breaker.least = 1;
    house->conf.breaker.percent = 1;
    for (int i = 0; i < 5; i++) {
        static const sick_fate fates[2] = {{.after_ms = SICK_HANGS},
                                           {.after_ms = 5000, .status = 200}};

        warm_up(house);
        sick_fates_are(house, fates, 2);
        assert_int_equal(sick_ask(house, VG_OP_SEARCH), VG_OK);
        assert_int_equal(vg_breaker_look(&house->state->breakers[0]), VG_BREAKER_CLOSED);
    }
}

static void writes_are_asked_once(void **state)
{
    static const sick_fate slow = {.after_ms = 1000, .status = 200};
    sick *house = *state;

    warm_up(house);
    sick_fates_are(house, &slow, 1);
    assert_int_equal(sick_ask(house, VG_OP_UPSERT), VG_OK);
    assert_int_equal(house->sent, 2); /* a write, then a read */
    assert_int_equal(sick_count(house, VG_M_hedges_total, 0), 0);
}

static void unless_it_is_asked_for_there_is_one_try(void **state)
{
    static const sick_fate slow = {.after_ms = 1000, .status = 200};
    sick *house = *state;

    for (int i = 0; i < 200; i++)
        assert_int_equal(sick_ask(house, VG_OP_SEARCH), VG_OK);
    sick_fates_are(house, &slow, 1);
    assert_int_equal(sick_ask(house, VG_OP_SEARCH), VG_OK);
    assert_int_equal(house->sent, 201);
}

static void a_client_that_goes_ends_both(void **state)
{
    static const sick_fate fates[2] = {{.after_ms = SICK_HANGS}, {.after_ms = SICK_HANGS}};
    sick *house = *state;
    sick_guest guest;

    warm_up(house);
    sick_fates_are(house, fates, 2);
    sick_start(&guest, house, VG_OP_SEARCH, "a");
    sick_advance(house, 100);
    assert_int_equal(guest.sent, 2);
    vg_call_cancel(guest.op, VG_CANCELLED);
    sick_advance(house, 0);
    assert_int_equal(guest.endings, 1);
    assert_int_equal(guest.op->status.code, VG_CANCELLED);
    sick_free(&guest);
}

static void no_second_try_without_a_place(void **state)
{
    static const sick_fate slow = {.after_ms = 1000, .status = 200};
    sick *house = *state;

    house->conf.admit.most = 1;
    warm_up(house);
    sick_fates_are(house, &slow, 1);
    assert_int_equal(sick_ask(house, VG_OP_SEARCH), VG_OK);
    assert_int_equal(house->sent, 1);
}

/* --- storms ---------------------------------------------------------------------------------- */

static size_t illness; /* in percent */

static sick_fate fate_by_chance(void)
{
    static const int statuses[] = {500, 503, 429, 404};
    sick_fate fate = {.after_ms = chance_below(20), .status = 200};

    if (chance_below(100) >= illness)
        return fate;
    fate.after_ms = chance_below(3) == 0 ? SICK_HANGS : chance_below(2000);
    fate.status = chance_below(2) == 0 ? statuses[chance_below(4)] : 0;
    if (fate.status == 0)
        fate.fault = (vg_fault)(1 + chance_below(VG_FAULTS - 1));
    fate.was_sent = chance_below(2) == 0;
    fate.retry_after_ms = chance_below(4) == 0 ? (uint32_t)chance_below(3000) : 0;
    return fate;
}

/* Switches go by the round, so that every mixture comes; the rest is chance. */
static void conf_by_chance(sick *house, int round)
{
    house->choose = fate_by_chance;
    if (round % 3 == 1)
        sick_has_endpoints(house, 1 + (uint32_t)chance_below(4));
    house->dead = round % 6 == 1 ? (uint32_t)chance_below(16) : 0;
    house->moves = round % 12 == 1;
    illness = (size_t)(round % 5) * 20 + chance_below(20);
    house->conf.breaker.is_on = round % 4 > 0;
    house->conf.breaker.least = 1 + chance_below(20);
    house->conf.hedge.is_on = round % 2 == 0;
    house->conf.hedge.percent = 100;
    house->conf.admit.most = (uint64_t)(round % 7) * 6;
    house->conf.admit.waiting = chance_below(8);
    house->conf.quota.rate = round % 3 == 0 ? 50 : 0;
    house->conf.quota.tenant_rate = round % 6 == 0 ? 20 : 0;
    house->conf.retry.most = chance_below(4);
    /* Where nearly all fails, nothing but the number of tries may bound them. */
    house->conf.retry.least = round % 5 == 4 ? 1000000 : chance_below(20);
}

/* As many sendings as two exchanges, each retried as often as may be, twice over for a hedge. */
static int most_sent(const sick *house, vg_op_kind kind)
{
    int tries = 1 + (int)(house->conf.retry.most + house->conf.retry.throttled_most);

    return (kind == VG_OP_UPSERT ? 2 : 1) * tries + (house->conf.hedge.is_on ? 1 : 0);
}

static void check_ending(const sick *house, const sick_guest *guest)
{
    const vg_op *op = guest->op;

    assert_int_equal(guest->endings, 1);
    assert_in_range(guest->sent, 0, most_sent(house, op->kind));
    if (op->status.code != VG_OK)
        assert_true(vg_status_what(&op->status).len > 0);
    if (op->status.code == VG_OK)
        assert_true(guest->sent > 0 && op->out.health.title.len > 0);
}

enum { CROWD = 40 };

/* What must have happened somewhere, or the storm was none. */
static const vg_metric weathers[] = {
    VG_M_breaker_opened_total, VG_M_breaker_refused_total,      VG_M_hedges_total,
    VG_M_hedges_won_total,     VG_M_retry_budget_refused_total, VG_M_quota_refused_total,
    VG_M_queue_refused_total,
};
enum { WEATHERS = sizeof weathers / sizeof weathers[0] };

static void move_by_chance(sick *house, sick_guest *guests)
{
    static const vg_op_kind kinds[] = {
        VG_OP_SEARCH, VG_OP_GET, VG_OP_UPSERT, VG_OP_CREATE_COLLECTION, VG_OP_HEALTH, VG_OP_SEARCH};
    static const char *const tenants[] = {"a", "b", "c"};
    static const vg_code why[] = {VG_CANCELLED, VG_UNAVAILABLE, VG_DEADLINE};
    sick_guest *guest = &guests[chance_below(CROWD)];

    if (guest->op != NULL && guest->endings > 0) {
        check_ending(house, guest);
        sick_free(guest);
        guest->op = NULL;
    }
    if (guest->op == NULL) {
        sick_start(guest, house, kinds[chance_below(6)], tenants[chance_below(3)]);
        for (size_t i = 0; i < sizeof guest->op->chance; i++)
            guest->op->chance[i] = (uint8_t)chance_next();
    } else if (chance_below(8) == 0) {
        vg_call_cancel(guest->op, why[chance_below(3)]);
    }
}

static void end_all(sick *house, sick_guest *guests)
{
    sick_advance(house, 31000);
    for (int i = 0; i < CROWD; i++) {
        if (guests[i].op == NULL)
            continue;
        check_ending(house, &guests[i]);
        sick_free(&guests[i]);
    }
}

static void whatever_happens_each_ends_once_and_nothing_is_left(void **state)
{
    uint64_t seen[WEATHERS] = {0};
    sick *house;

    (void)state;
    chance_begin(__func__);
    for (int round = 0; round < 60; round++) {
        sick_guest guests[CROWD] = {{0}};
        void *made;

        sick_open(&made);
        house = made;
        conf_by_chance(house, round);
        for (int i = 0; i < 1500; i++) {
            move_by_chance(house, guests);
            if (chance_below(3) == 0)
                sick_advance(house, chance_below(chance_below(20) == 0 ? 3000 : 30));
        }
        end_all(house, guests);
        for (int i = 0; i < WEATHERS; i++)
            seen[i] += sick_count(house, weathers[i], 0);
        sick_close(&made);
    }
    for (int i = 0; i < WEATHERS; i++)
        assert_true(seen[i] > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sick_open, sick_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_answer_of_two_tries_counts),
        TEST(a_try_that_lost_is_no_failure),
        TEST(writes_are_asked_once),
        TEST(unless_it_is_asked_for_there_is_one_try),
        TEST(a_client_that_goes_ends_both),
        TEST(no_second_try_without_a_place),
        cmocka_unit_test(whatever_happens_each_ends_once_and_nothing_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
