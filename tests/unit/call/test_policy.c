/* The policies as a call meets them: what is sent again and when, who is refused, and with which
 * story. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/sick.h"

static bool says(const vg_op *op, const char *text)
{
    vg_slice what = vg_status_what(&op->status);

    return memmem(what.at, what.len, text, strlen(text)) != NULL;
}

/* --- again ----------------------------------------------------------------------------------- */

#define RESET                                                    \
    {                                                            \
        .after_ms = 1, .fault = VG_FAULT_RESET, .was_sent = true \
    }
#define REFUSED                                  \
    {                                            \
        .after_ms = 1, .fault = VG_FAULT_CONNECT \
    }
#define FULL                                  \
    {                                         \
        .after_ms = 1, .fault = VG_FAULT_FULL \
    }
#define GARBLED                                                     \
    {                                                               \
        .after_ms = 1, .fault = VG_FAULT_PROTOCOL, .was_sent = true \
    }
#define WELL                         \
    {                                \
        .after_ms = 1, .status = 200 \
    }
#define BAD                          \
    {                                \
        .after_ms = 1, .status = 500 \
    }
#define ABSENT                       \
    {                                \
        .after_ms = 1, .status = 404 \
    }
#define BUSY                         \
    {                                \
        .after_ms = 1, .status = 429 \
    }

/* What chance adds is left out: where waits differ, only names are compared. */
static const struct {
    const char *says;
    vg_op_kind kind;
    sick_fate fates[8];
    int count;
    vg_code code;
    int sent;
    int retries;
} ways[] = {
    {"a read that is well", VG_OP_SEARCH, {WELL}, 1, VG_OK, 1, 0},
    {"reset once", VG_OP_SEARCH, {RESET, WELL}, 2, VG_OK, 2, 1},
    {"reset twice", VG_OP_SEARCH, {RESET, RESET, WELL}, 3, VG_OK, 3, 2},
    {"reset three times", VG_OP_SEARCH, {RESET, RESET, RESET}, 3, VG_UNAVAILABLE, 3, 2},
    {"500 and then well", VG_OP_SEARCH, {BAD, WELL}, 2, VG_OK, 2, 1},
    {"500 for good", VG_OP_SEARCH, {BAD, BAD, BAD}, 3, VG_BACKEND_ERROR, 3, 2},
    {"a full queue of our own", VG_OP_SEARCH, {FULL, WELL}, 2, VG_OK, 2, 1},
    {"404 is an answer", VG_OP_SEARCH, {ABSENT}, 1, VG_NOT_FOUND, 1, 0},
    {"so is what is no reply", VG_OP_SEARCH, {GARBLED}, 1, VG_BACKEND_REPLY, 1, 0},
    {"429 three times", VG_OP_SEARCH, {BUSY, BUSY, BUSY, WELL}, 4, VG_OK, 4, 3},
    {"and a fourth", VG_OP_SEARCH, {BUSY, BUSY, BUSY, BUSY}, 4, VG_THROTTLED, 4, 3},
    {"each class counts for itself",
     VG_OP_SEARCH,
     {BUSY, RESET, BUSY, RESET, WELL},
     5,
     VG_OK,
     5,
     4},
    {"a write that may be repeated", VG_OP_UPSERT, {RESET, WELL, WELL}, 3, VG_OK, 3, 1},
    {"the second exchange, not the first", VG_OP_UPSERT, {WELL, BAD, WELL}, 3, VG_OK, 3, 1},
    {"both, each as often as it may",
     VG_OP_UPSERT,
     {BAD, BAD, WELL, BAD, BAD, WELL},
     6,
     VG_OK,
     6,
     4},
    {"a write that left", VG_OP_CREATE_COLLECTION, {RESET}, 1, VG_UNAVAILABLE, 1, 0},
    {"one that did not", VG_OP_CREATE_COLLECTION, {REFUSED, WELL}, 2, VG_OK, 2, 1},
    {"one that was answered 500", VG_OP_CREATE_COLLECTION, {BAD}, 1, VG_BACKEND_ERROR, 1, 0},
    {"one that was throttled", VG_OP_CREATE_COLLECTION, {BUSY, WELL}, 2, VG_OK, 2, 1},
};

static void the_exchange_that_failed_is_sent_again(void **state)
{
    sick *house = *state;

    house->conf.breaker.is_on = false;
    house->conf.retry.least = 1000;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        int before = house->sent;
        uint64_t retries = sick_count(house, VG_M_retries_total, ways[i].kind);

        print_message("%s\n", ways[i].says);
        sick_fates_are(house, ways[i].fates, ways[i].count);
        assert_int_equal(sick_ask(house, ways[i].kind), ways[i].code);
        assert_int_equal(house->sent - before, ways[i].sent);
        assert_int_equal(sick_count(house, VG_M_retries_total, ways[i].kind) - retries,
                         ways[i].retries);
    }
}

/* The first try may have done it; that the next was turned away does not undo that. */
static void a_write_that_was_lost_once_stays_unknown(void **state)
{
    static const sick_fate lost[] = {RESET, BUSY}, refused[] = {REFUSED, BUSY};
    sick *house = *state;
    sick_guest guest;

    house->conf.breaker.is_on = false;
    house->conf.retry.throttled_most = 0;
    for (int i = 0; i < 2; i++) {
        sick_fates_are(house, i == 0 ? lost : refused, 2);
        sick_start(&guest, house, VG_OP_UPSERT, "a");
        sick_advance(house, 1000);
        sick_finish(&guest);
        assert_int_equal(guest.op->status.code, VG_THROTTLED);
        assert_int_equal(says(guest.op, "not known whether the write was done"), i == 0);
        sick_free(&guest);
    }
}

static void throttled_waits_as_long_as_was_asked(void **state)
{
    static const sick_fate fates[] = {{.status = 429, .retry_after_ms = 3000}, {.status = 200}};
    sick *house = *state;
    sick_guest guest;

    sick_fates_are(house, fates, 2);
    sick_start(&guest, house, VG_OP_SEARCH, "a");
    sick_advance(house, 2999);
    assert_int_equal(house->sent, 1);
    sick_advance(house, 301); /* a tenth more at most */
    assert_int_equal(house->sent, 2);
    sick_finish(&guest);
    assert_int_equal(guest.op->status.code, VG_OK);
    assert_true(vg_slice_is_str(guest.op->out.health.title, "2"));
    sick_free(&guest);
}

static void a_retry_is_not_waited_for_past_the_deadline(void **state)
{
    static const sick_fate fates[] = {{.status = 429, .retry_after_ms = 30000}};
    sick *house = *state;
    sick_guest guest;

    sick_fates_are(house, fates, 1);
    sick_start(&guest, house, VG_OP_SEARCH, "a");
    sick_advance(house, 1);
    assert_int_equal(guest.endings, 1);
    assert_int_equal(guest.op->status.code, VG_THROTTLED);
    assert_int_equal(guest.op->status.retry_after_ms, 30000);
    sick_free(&guest);
}

static void a_client_that_goes_while_a_retry_rests_is_not_waited_for(void **state)
{
    static const sick_fate fates[] = {{.status = 429}};
    sick *house = *state;
    sick_guest guest;

    sick_fates_are(house, fates, 1);
    sick_start(&guest, house, VG_OP_SEARCH, "a");
    sick_advance(house, 10);
    vg_call_cancel(guest.op, VG_CANCELLED);
    sick_advance(house, 0);
    assert_int_equal(guest.endings, 1);
    assert_int_equal(guest.op->status.code, VG_CANCELLED);
    assert_int_equal(house->sent, 1);
    sick_free(&guest);
}

static void the_budget_bounds_all_retries_together(void **state)
{
    sick *house = *state;

    house->conf.breaker.is_on = false;
    house->usual = (sick_fate){.after_ms = 1, .status = 500};
    for (int i = 0; i < 20; i++)
        assert_int_equal(sick_ask(house, VG_OP_SEARCH), VG_BACKEND_ERROR);
    assert_int_equal(sick_count(house, VG_M_retries_total, VG_OP_SEARCH), 10);
    assert_int_equal(house->sent, 30);
    assert_true(sick_count(house, VG_M_retry_budget_refused_total, 0) > 0);
}

/* --- the breaker ----------------------------------------------------------------------------- */

static void break_it(sick *house)
{
    house->usual = (sick_fate){.after_ms = 1, .fault = VG_FAULT_CONNECT};
    for (int i = 0; i < 5; i++)
        sick_ask(house, VG_OP_SEARCH);
    assert_int_equal(vg_breaker_look(&house->state->breakers[0]), VG_BREAKER_OPEN);
    house->usual = (sick_fate){.after_ms = 1, .status = 200};
}

static void an_open_breaker_answers_at_once_with_the_cause(void **state)
{
    sick *house = *state;
    sick_guest guest;
    int before;

    break_it(house);
    before = house->sent;
    sick_start(&guest, house, VG_OP_UPSERT, "a");
    sick_advance(house, 0);
    assert_int_equal(guest.endings, 1);
    assert_int_equal(house->sent, before);
    assert_int_equal(guest.op->status.code, VG_UNAVAILABLE);
    assert_in_range(guest.op->status.retry_after_ms, 1, 1000);
    assert_true(says(guest.op, "left alone"));
    assert_true(says(guest.op, "could not be connected to"));
    assert_false(says(guest.op, "not known"));
    assert_true(vg_slice_is_str(guest.op->status.where, "sick"));
    assert_int_equal(sick_count(house, VG_M_breaker_opened_total, 0), 1);
    assert_true(sick_count(house, VG_M_breaker_refused_total, 0) >= 1);
    sick_free(&guest);
}

static void three_that_are_well_close_it(void **state)
{
    sick *house = *state;

    break_it(house);
    sick_advance(house, 1000);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sick_ask(house, VG_OP_HEALTH), VG_OK);
        assert_int_equal(vg_breaker_look(&house->state->breakers[0]),
                         i < 2 ? VG_BREAKER_HALF_OPEN : VG_BREAKER_CLOSED);
    }
}

static void one_probe_is_sent_and_the_others_are_refused(void **state)
{
    sick *house = *state;
    sick_guest guests[8];
    int before;

    break_it(house);
    sick_advance(house, 1000);
    before = house->sent;
    for (int i = 0; i < 8; i++)
        sick_start(&guests[i], house, VG_OP_SEARCH, "a");
    for (int i = 0; i < 8; i++) {
        sick_finish(&guests[i]);
        assert_int_equal(guests[i].op->status.code, i == 0 ? VG_OK : VG_UNAVAILABLE);
        sick_free(&guests[i]);
    }
    assert_int_equal(house->sent - before, 1);
}

/* How exchanges that end so change a breaker that opens at the first failure of ten. */
static const struct {
    const char *says;
    sick_fate fate;
    bool opens;
} ends[] = {
    {"500", {.status = 500}, true},
    {"503", {.status = 503}, true},
    {"a reset", {.fault = VG_FAULT_RESET, .was_sent = true}, true},
    {"no TLS", {.fault = VG_FAULT_TLS}, true},
    {"404", {.status = 404}, false},
    {"429", {.status = 429}, false},
    {"our own queue is full", {.fault = VG_FAULT_FULL}, false},
    {"no memory of our own", {.fault = VG_FAULT_MEMORY}, false},
    {"not a reply", {.fault = VG_FAULT_PROTOCOL, .was_sent = true}, false},
    {"larger than is allowed", {.fault = VG_FAULT_TOO_LARGE, .was_sent = true}, false},
    {"out of time, after 30 s", {.after_ms = SICK_HANGS}, true},
};

static void only_what_the_backend_did_opens_it(void **state)
{
    sick *house = *state;

    house->conf.breaker.least = 1;
    house->conf.breaker.connects = 1;
    house->conf.retry = (vg_retry_conf){0};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        print_message("%s\n", ends[i].says);
        sick_fates_are(house, &ends[i].fate, 1);
        sick_ask(house, VG_OP_SEARCH);
        assert_int_equal(vg_breaker_look(&house->state->breakers[0]),
                         ends[i].opens ? VG_BREAKER_OPEN : VG_BREAKER_CLOSED);
        for (int k = 0; k < 3; k++) {
            sick_advance(house, 1000);
            assert_int_equal(sick_ask(house, VG_OP_SEARCH), VG_OK);
        }
        sick_advance(house, 10000);
    }
}

static void a_short_time_out_and_a_client_that_goes_are_not_its_fault(void **state)
{
    sick *house = *state;
    sick_guest guest;

    house->conf.breaker.least = 1;
    house->usual = (sick_fate){.after_ms = SICK_HANGS};
    sick_start(&guest, house, VG_OP_SEARCH, "a");
    sick_advance(house, 5000);
    vg_call_cancel(guest.op, VG_CANCELLED);
    sick_finish(&guest);
    sick_free(&guest);
    sick_start(&guest, house, VG_OP_SEARCH, "a");
    sick_advance(house, 999);
    vg_call_cancel(guest.op, VG_DEADLINE);
    sick_finish(&guest);
    assert_int_equal(vg_breaker_look(&house->state->breakers[0]), VG_BREAKER_CLOSED);
    sick_free(&guest);
    sick_start(&guest, house, VG_OP_SEARCH, "a");
    sick_advance(house, 1000);
    vg_call_cancel(guest.op, VG_DEADLINE);
    sick_finish(&guest);
    assert_int_equal(vg_breaker_look(&house->state->breakers[0]), VG_BREAKER_OPEN);
    sick_free(&guest);
}

static void a_second_exchange_is_not_sent_when_it_opened_meanwhile(void **state)
{
    static const sick_fate slow = {.after_ms = 500, .status = 200};
    sick *house = *state;
    sick_guest guest;

    sick_fates_are(house, &slow, 1);
    sick_start(&guest, house, VG_OP_UPSERT, "a");
    break_it(house);
    sick_finish(&guest);
    assert_int_equal(guest.op->status.code, VG_UNAVAILABLE);
    assert_true(says(guest.op, "left alone"));
    assert_true(says(guest.op, "not known whether the write was done, repeating it is safe"));
    assert_true(guest.op->status.is_unclear);
    assert_int_equal(guest.sent, 1);
    sick_free(&guest);
}

/* --- quota and places ------------------------------------------------------------------------ */

static void beyond_a_tenants_quota_is_429(void **state)
{
    sick *house = *state;
    sick_guest guests[4];

    house->conf.quota.tenant_rate = 10;
    house->conf.quota.tenant_burst = 2;
    for (int i = 0; i < 4; i++)
        sick_start(&guests[i], house, VG_OP_SEARCH, i < 3 ? "a" : "b");
    for (int i = 0; i < 4; i++) {
        sick_finish(&guests[i]);
        assert_int_equal(guests[i].op->status.code, i == 2 ? VG_THROTTLED : VG_OK);
        if (i == 2)
            assert_int_equal(guests[i].op->status.retry_after_ms, 100);
        sick_free(&guests[i]);
    }
    assert_int_equal(house->sent, 3);
    assert_int_equal(sick_count(house, VG_M_quota_refused_total, 0), 1);
}

static void a_429_of_the_backend_slows_its_bucket(void **state)
{
    static const sick_fate busy = {.status = 429};
    sick *house = *state;

    house->conf.quota.rate = 100;
    house->conf.retry.throttled_most = 0;
    sick_fates_are(house, &busy, 1);
    assert_int_equal(sick_ask(house, VG_OP_SEARCH), VG_THROTTLED);
    assert_int_equal(vg_bucket_permille(&house->state->quota.all), 500);
    sick_advance(house, 2000);
    assert_int_equal(sick_ask(house, VG_OP_SEARCH), VG_OK);
    assert_int_equal(vg_bucket_permille(&house->state->quota.all), 600);
}

static void places_are_bounded_and_tenants_take_turns(void **state)
{
    static const char *const tenants[] = {"a", "a", "a", "b", "c"};
    sick *house = *state;
    sick_guest guests[6];
    int order[] = {0, 1, 3, 4, 2};

    house->conf.admit = (vg_admit_conf){.most = 1, .waiting = 4};
    house->usual.after_ms = 100;
    for (int i = 0; i < 5; i++)
        sick_start(&guests[i], house, VG_OP_SEARCH, tenants[i]);
    assert_int_equal(vg_metrics_read(house->metrics, VG_M_calls_waiting, (vg_cell){.backend = 1}),
                     4);
    sick_start(&guests[5], house, VG_OP_SEARCH,
               "b"); /* "a" has two waiting, it would have as many */
    sick_advance(house, 0);
    assert_int_equal(guests[5].endings, 1);
    assert_int_equal(guests[5].op->status.code, VG_OVERLOADED);
    assert_int_equal(guests[5].op->status.retry_after_ms, 1000);
    for (int i = 0; i < 5; i++) {
        sick_advance(house, 100);
        for (int k = 0; k < 5; k++)
            assert_int_equal(guests[order[k]].endings, k <= i);
    }
    assert_int_equal(house->most_in_flight, 1);
    for (int i = 0; i < 6; i++)
        sick_free(&guests[i]);
}

static void who_waits_leaves_with_the_deadline_or_the_client(void **state)
{
    sick *house = *state;
    sick_guest guests[3];

    house->conf.admit = (vg_admit_conf){.most = 1, .waiting = 4};
    house->usual.after_ms = 40000;
    for (int i = 0; i < 3; i++)
        sick_start(&guests[i], house, VG_OP_SEARCH, "a");
    vg_call_cancel(guests[1].op, VG_CANCELLED);
    sick_advance(house, 0);
    assert_int_equal(guests[1].endings, 1);
    assert_int_equal(guests[1].op->status.code, VG_CANCELLED);
    sick_advance(house, 30000);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(guests[i].endings, 1);
        sick_free(&guests[i]);
    }
    assert_int_equal(house->sent, 1);
}

static void one_that_is_ousted_is_told_so(void **state)
{
    sick *house = *state;
    sick_guest guests[5];

    house->conf.admit = (vg_admit_conf){.most = 1, .waiting = 3};
    for (int i = 0; i < 5; i++)
        sick_start(&guests[i], house, VG_OP_SEARCH, i < 4 ? "a" : "b");
    for (int i = 0; i < 5; i++) {
        sick_finish(&guests[i]);
        assert_int_equal(guests[i].op->status.code, i == 3 ? VG_OVERLOADED : VG_OK);
        sick_free(&guests[i]);
    }
    assert_int_equal(sick_count(house, VG_M_queue_refused_total, 0), 1);
}

static void health_needs_no_place(void **state)
{
    sick *house = *state;
    sick_guest guest;

    house->conf.admit = (vg_admit_conf){.most = 1, .waiting = 0};
    house->conf.quota.rate = 1;
    house->conf.quota.burst = 1;
    house->usual.after_ms = 100;
    sick_start(&guest, house, VG_OP_SEARCH, "a");
    assert_int_equal(sick_ask(house, VG_OP_HEALTH), VG_OK);
    sick_finish(&guest);
    sick_free(&guest);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sick_open, sick_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_exchange_that_failed_is_sent_again),
        TEST(a_write_that_was_lost_once_stays_unknown),
        TEST(throttled_waits_as_long_as_was_asked),
        TEST(a_retry_is_not_waited_for_past_the_deadline),
        TEST(a_client_that_goes_while_a_retry_rests_is_not_waited_for),
        TEST(the_budget_bounds_all_retries_together),
        TEST(an_open_breaker_answers_at_once_with_the_cause),
        TEST(three_that_are_well_close_it),
        TEST(one_probe_is_sent_and_the_others_are_refused),
        TEST(only_what_the_backend_did_opens_it),
        TEST(a_short_time_out_and_a_client_that_goes_are_not_its_fault),
        TEST(a_second_exchange_is_not_sent_when_it_opened_meanwhile),
        TEST(beyond_a_tenants_quota_is_429),
        TEST(a_429_of_the_backend_slows_its_bucket),
        TEST(places_are_bounded_and_tenants_take_turns),
        TEST(who_waits_leaves_with_the_deadline_or_the_client),
        TEST(one_that_is_ousted_is_told_so),
        TEST(health_needs_no_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
