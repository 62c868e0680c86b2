/* The breaker as timelines: what is asked or told, when, and what it then says. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "call/breaker.h"
#include "tests/support/chance.h"

static const vg_breaker_conf conf = {.is_on = true,
                                     .window_ms = 10000,
                                     .least = 20,
                                     .percent = 50,
                                     .connects = 5,
                                     .open_ms = 1000,
                                     .open_most_ms = 60000,
                                     .probes = 3,
                                     .slow_ms = 1000};

enum does {
    IS_LET_IN,
    IS_REFUSED, /* and `n` is when to come again, in ms */
    ENDS_WELL,  /* the newest that was let in, or n without a ticket */
    FAILS,
    CANNOT_CONNECT,
    IS_CANCELLED,
};

struct timeline {
    const char *says;
    uint64_t at_ms;
    enum does does;
    uint32_t n; /* so many times; 0: once */
    vg_breaker_state then;
};

static const vg_verdict verdicts[] = {
    [ENDS_WELL] = VG_VERDICT_WELL,
    [FAILS] = VG_VERDICT_SICK,
    [CANNOT_CONNECT] = VG_VERDICT_NO_CONNECT,
    [IS_CANCELLED] = VG_VERDICT_NONE,
};

#define T0 ((uint64_t)1000000)

/* Probes bring their ticket back; what ends `n` times had none. */
static void tell(vg_breaker *breaker, const struct timeline *row, vg_breaker_ticket *ticket)
{
    for (uint32_t i = 0; i < (row->n > 0 ? row->n : 1); i++)
        vg_breaker_learn(breaker, &conf,
                         &(vg_breaker_ending){.ticket = *ticket,
                                              .verdict = verdicts[row->does],
                                              .cause = 7,
                                              .now_ms = T0 + row->at_ms});
    *ticket = (vg_breaker_ticket){0};
}

static void play(const struct timeline *rows)
{
    vg_breaker breaker = {0};
    vg_breaker_ticket ticket = {0};

    for (; rows->says != NULL; rows++) {
        print_message("%s\n", rows->says);
        if (rows->does == IS_LET_IN || rows->does == IS_REFUSED) {
            vg_breaker_answer answer = vg_breaker_admit(&breaker, &conf, T0 + rows->at_ms);

            assert_int_equal(answer.may_pass, rows->does == IS_LET_IN);
            assert_int_equal(answer.wait_ms, rows->does == IS_REFUSED ? rows->n : 0);
            if (answer.may_pass)
                ticket = answer.ticket;
        } else {
            tell(&breaker, rows, &ticket);
        }
        assert_int_equal(vg_breaker_look(&breaker), rows->then);
    }
}

#define SHUT VG_BREAKER_CLOSED
#define OPEN VG_BREAKER_OPEN
#define HALF VG_BREAKER_HALF_OPEN

static void half_of_twenty_open_it(void **state)
{
    static const struct timeline rows[] = {
        {"ten successes", 0, ENDS_WELL, 10, SHUT},
        {"nine failures are not half", 100, FAILS, 9, SHUT},
        {"all pass", 200, IS_LET_IN, 0, SHUT},
        {"the tenth of twenty is", 300, FAILS, 0, OPEN},
        {"none pass", 301, IS_REFUSED, 999, OPEN},
        {"nor just before its time", 1299, IS_REFUSED, 1, OPEN},
        {0},
    };

    (void)state;
    play(rows);
}

static void nineteen_exchanges_mean_nothing(void **state)
{
    static const struct timeline rows[] = {
        {"nineteen failures", 0, FAILS, 19, SHUT},
        {"the twentieth", 10, FAILS, 0, OPEN},
        {0},
    };

    (void)state;
    play(rows);
}

static void what_is_older_than_the_window_is_forgotten(void **state)
{
    static const struct timeline rows[] = {
        {"nineteen failures", 0, FAILS, 19, SHUT},
        {"one more, ten seconds later", 10000, FAILS, 0, SHUT},
        {"and eighteen", 10500, FAILS, 18, SHUT},
        {"but two make twenty", 11000, FAILS, 1, OPEN},
        {0},
    };

    (void)state;
    play(rows);
}

static void five_failures_to_connect_in_a_row_open_it(void **state)
{
    static const struct timeline rows[] = {
        {"four", 0, CANNOT_CONNECT, 4, SHUT},
        {"one gets through", 10, ENDS_WELL, 0, SHUT},
        {"four more", 20, CANNOT_CONNECT, 4, SHUT},
        {"a fifth", 30, CANNOT_CONNECT, 0, OPEN},
        {0},
    };

    (void)state;
    play(rows);
}

static void what_tells_nothing_is_not_counted(void **state)
{
    static const struct timeline rows[] = {
        {"ten failures", 0, FAILS, 10, SHUT},
        {"a hundred cancelled", 10, IS_CANCELLED, 100, SHUT},
        {"nine failures", 20, FAILS, 9, SHUT},
        {"the twentieth that counts", 30, FAILS, 0, OPEN},
        {0},
    };

    (void)state;
    play(rows);
}

static void three_probes_one_by_one_close_it(void **state)
{
    static const struct timeline rows[] = {
        {"it opens", 0, CANNOT_CONNECT, 5, OPEN},
        {"it rests", 999, IS_REFUSED, 1, OPEN},
        {"then one probe is let in", 1000, IS_LET_IN, 0, HALF},
        {"and only one", 1001, IS_REFUSED, 1000, HALF},
        {"it succeeds", 1100, ENDS_WELL, 0, HALF},
        {"the second", 1101, IS_LET_IN, 0, HALF},
        {"only one again", 1102, IS_REFUSED, 1000, HALF},
        {"succeeds", 1200, ENDS_WELL, 0, HALF},
        {"the third", 1201, IS_LET_IN, 0, HALF},
        {"succeeds: closed", 1300, ENDS_WELL, 0, SHUT},
        {"all pass", 1301, IS_LET_IN, 0, SHUT},
        {"with nothing held against it", 1302, CANNOT_CONNECT, 4, SHUT},
        {0},
    };

    (void)state;
    play(rows);
}

static void once_closed_it_counts_anew(void **state)
{
    static const struct timeline rows[] = {
        {"it opens", 0, FAILS, 20, OPEN},
        {"a probe", 1000, IS_LET_IN, 0, HALF},
        {"succeeds", 1000, ENDS_WELL, 0, HALF},
        {"the second", 1000, IS_LET_IN, 0, HALF},
        {"succeeds", 1000, ENDS_WELL, 0, HALF},
        {"the third", 1000, IS_LET_IN, 0, HALF},
        {"succeeds", 1000, ENDS_WELL, 0, SHUT},
        {"nineteen failures are too few again", 1001, FAILS, 19, SHUT},
        {0},
    };

    (void)state;
    play(rows);
}

static void each_probe_that_fails_doubles_the_rest_up_to_a_minute(void **state)
{
    static const uint64_t rests[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
    vg_breaker breaker = {0};
    uint64_t now_ms = T0;

    (void)state;
    for (int i = 0; i < 5; i++)
        vg_breaker_learn(
            &breaker, &conf,
            &(vg_breaker_ending){.verdict = VG_VERDICT_NO_CONNECT, .now_ms = now_ms, .cause = i});
    assert_int_equal(vg_breaker_cause(&breaker), 4);
    for (size_t i = 0; i < sizeof rests / sizeof rests[0]; i++) {
        vg_breaker_answer answer;

        assert_int_equal(vg_breaker_wait_ms(&breaker, &conf, now_ms), rests[i]);
        now_ms += rests[i];
        answer = vg_breaker_admit(&breaker, &conf, now_ms);
        assert_true(answer.may_pass && answer.ticket.is_probe);
        vg_breaker_learn(&breaker, &conf,
                         &(vg_breaker_ending){.ticket = answer.ticket,
                                              .verdict = VG_VERDICT_SICK,
                                              .now_ms = now_ms});
    }
}

static void a_success_between_does_not_shorten_the_rest(void **state)
{
    static const struct timeline rows[] = {
        {"it opens", 0, CANNOT_CONNECT, 5, OPEN},
        {"a probe", 1000, IS_LET_IN, 0, HALF},
        {"succeeds", 1000, ENDS_WELL, 0, HALF},
        {"another", 1000, IS_LET_IN, 0, HALF},
        {"fails", 1000, FAILS, 0, OPEN},
        {"twice as long", 1000, IS_REFUSED, 2000, OPEN},
        {0},
    };

    (void)state;
    play(rows);
}

static void a_probe_that_was_cancelled_lets_the_next_go(void **state)
{
    static const struct timeline rows[] = {
        {"it opens", 0, CANNOT_CONNECT, 5, OPEN},      {"a probe", 1000, IS_LET_IN, 0, HALF},
        {"is cancelled", 1010, IS_CANCELLED, 0, HALF}, {"the next", 1011, IS_LET_IN, 0, HALF},
        {"only one", 1012, IS_REFUSED, 1000, HALF},    {0},
    };

    (void)state;
    play(rows);
}

static void what_ends_late_from_before_changes_nothing(void **state)
{
    static const struct timeline rows[] = {
        {"it opens", 0, CANNOT_CONNECT, 5, OPEN},
        {"some succeed late", 10, ENDS_WELL, 50, OPEN},
        {"some fail late", 20, FAILS, 50, OPEN},
        {"a probe", 1000, IS_LET_IN, 0, HALF},
        {0},
    };

    (void)state;
    play(rows);
}

/* A worker that died with a probe out must not keep it half-open for good. */
static void a_probe_that_never_ends_is_given_up(void **state)
{
    vg_breaker breaker = {0};
    vg_breaker_answer lost, second;

    (void)state;
    for (int i = 0; i < 5; i++)
        vg_breaker_learn(&breaker, &conf,
                         &(vg_breaker_ending){.verdict = VG_VERDICT_NO_CONNECT, .now_ms = T0});
    lost = vg_breaker_admit(&breaker, &conf, T0 + 1000);
    assert_false(vg_breaker_admit(&breaker, &conf, T0 + 60999).may_pass);
    second = vg_breaker_admit(&breaker, &conf, T0 + 61000);
    assert_true(second.may_pass);
    vg_breaker_learn(&breaker, &conf,
                     &(vg_breaker_ending){
                         .ticket = lost.ticket, .verdict = VG_VERDICT_SICK, .now_ms = T0 + 61001});
    assert_int_equal(vg_breaker_look(&breaker), VG_BREAKER_HALF_OPEN);
    vg_breaker_learn(&breaker, &conf,
                     &(vg_breaker_ending){.ticket = second.ticket,
                                          .verdict = VG_VERDICT_SICK,
                                          .now_ms = T0 + 61002});
    assert_int_equal(vg_breaker_look(&breaker), VG_BREAKER_OPEN);
}

static void chance_shortens_an_opening_by_a_fifth_at_most(void **state)
{
    (void)state;
    chance_begin(__func__);
    for (int i = 0; i < 1000; i++) {
        vg_breaker breaker = {0};
        uint32_t wait_ms;

        for (int k = 0; k < 5; k++)
            vg_breaker_learn(&breaker, &conf,
                             &(vg_breaker_ending){.verdict = VG_VERDICT_NO_CONNECT,
                                                  .now_ms = T0,
                                                  .chance = (uint32_t)chance_next()});
        wait_ms = vg_breaker_wait_ms(&breaker, &conf, T0);
        assert_in_range(wait_ms, 800, 1000);
    }
}

/* Whatever happens, every change is a row of the table. */
static void every_change_is_a_row_of_the_table(void **state)
{
    static const vg_verdict some[] = {VG_VERDICT_NONE, VG_VERDICT_WELL, VG_VERDICT_SICK,
                                      VG_VERDICT_NO_CONNECT};
    bool seen[VG_BREAKER_STATES][VG_BREAKER_STATES] = {{false}};
    vg_breaker breaker = {0};
    vg_breaker_ticket out[8] = {{0}};
    uint64_t now_ms = T0;

    (void)state;
    chance_begin(__func__);
    for (int i = 0; i < 200000; i++) {
        vg_breaker_state was = vg_breaker_look(&breaker);
        vg_breaker_ticket *slot = &out[chance_below(8)];
        vg_breaker_answer answer = vg_breaker_admit(&breaker, &conf, now_ms);

        assert_true(answer.may_pass == (answer.wait_ms == 0));
        assert_true(was != VG_BREAKER_OPEN || !answer.may_pass ||
                    vg_breaker_look(&breaker) == VG_BREAKER_HALF_OPEN);
        seen[was][vg_breaker_look(&breaker)] = true;
        if (answer.may_pass)
            *slot = answer.ticket;
        was = vg_breaker_look(&breaker);
        slot = &out[chance_below(8)];
        vg_breaker_learn(&breaker, &conf,
                         &(vg_breaker_ending){
                             .ticket = *slot, .verdict = some[chance_below(4)], .now_ms = now_ms});
        *slot = (vg_breaker_ticket){0};
        seen[was][vg_breaker_look(&breaker)] = true;
        now_ms += chance_below(200);
    }
    for (size_t i = 0; i < vg_breaker_row_count; i++)
        assert_true(seen[vg_breaker_rows[i].from][vg_breaker_rows[i].to]);
    for (size_t i = 0; i < vg_breaker_row_count; i++)
        seen[vg_breaker_rows[i].from][vg_breaker_rows[i].to] = false;
    for (int from = 0; from < VG_BREAKER_STATES; from++)
        for (int to = 0; to < VG_BREAKER_STATES; to++)
            assert_true(from == to || !seen[from][to]);
}

/* --- several workers ------------------------------------------------------------------------- */

static vg_breaker common;
static _Atomic int probes_out, most_out, openings;

static void *work(void *arg)
{
    uint64_t mix = (uint64_t)(size_t)arg * 0x9e3779b97f4a7c15u + 1;

    for (uint64_t now_ms = T0; now_ms < T0 + 40000; now_ms++) {
        vg_breaker_answer answer = vg_breaker_admit(&common, &conf, now_ms);
        vg_breaker_change change;

        if (!answer.may_pass)
            continue;
        if (answer.ticket.is_probe && atomic_fetch_add(&probes_out, 1) > 0)
            atomic_store(&most_out, 2);
        mix = mix * 6364136223846793005u + 1442695040888963407u;
        if (answer.ticket.is_probe)
            atomic_fetch_sub(&probes_out, 1);
        change = vg_breaker_learn(
            &common, &conf,
            &(vg_breaker_ending){.ticket = answer.ticket,
                                 .verdict = mix >> 33 & 1 ? VG_VERDICT_WELL : VG_VERDICT_SICK,
                                 .now_ms = now_ms});
        openings += (change.to == VG_BREAKER_OPEN) - (change.from == VG_BREAKER_OPEN);
        openings -= answer.change.from == VG_BREAKER_OPEN && answer.change.to != VG_BREAKER_OPEN;
    }
    return NULL;
}

/* Changes are told to one each: what all were told adds up to the state that it is in. */
static void workers_let_one_probe_in_and_count_each_change_once(void **state)
{
    pthread_t threads[4];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, (void *)i), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(most_out, 0);
    assert_int_equal(openings, vg_breaker_look(&common) == VG_BREAKER_OPEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_of_twenty_open_it),
        cmocka_unit_test(nineteen_exchanges_mean_nothing),
        cmocka_unit_test(what_is_older_than_the_window_is_forgotten),
        cmocka_unit_test(five_failures_to_connect_in_a_row_open_it),
        cmocka_unit_test(what_tells_nothing_is_not_counted),
        cmocka_unit_test(three_probes_one_by_one_close_it),
        cmocka_unit_test(once_closed_it_counts_anew),
        cmocka_unit_test(each_probe_that_fails_doubles_the_rest_up_to_a_minute),
        cmocka_unit_test(a_success_between_does_not_shorten_the_rest),
        cmocka_unit_test(a_probe_that_was_cancelled_lets_the_next_go),
        cmocka_unit_test(what_ends_late_from_before_changes_nothing),
        cmocka_unit_test(a_probe_that_never_ends_is_given_up),
        cmocka_unit_test(chance_shortens_an_opening_by_a_fifth_at_most),
        cmocka_unit_test(every_change_is_a_row_of_the_table),
        cmocka_unit_test(workers_let_one_probe_in_and_count_each_change_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
