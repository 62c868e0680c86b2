/* Stopping an exchange with PostgreSQL wherever it is, and many of them among faults. */
#include <stdlib.h>

#include "tests/support/chance.h"
#include "tests/support/pg_rig.h"

static pg_server server;

static pg_rig *open_other(void)
{
    void *state;
    pg_rig *other;

    pg_rig_open(&state);
    other = state;
    pg_rig_set_url(other, server.url);
    pg_rig_connect(other);
    return other;
}

static void close_other(pg_rig *other)
{
    void *state = other;

    pg_rig_close(&state);
}

static pg_rig *connect_named(void **state, const char *name)
{
    pg_rig *rig = *state;
    char behind[64];

    snprintf(behind, sizeof behind, "?application_name=%s", name);
    pg_rig_set_url(rig, pg_server_url(&server, behind));
    pg_rig_connect(rig);
    return rig;
}

static void await(pg_rig *rig, pg_rig *other, const char *statement, const char *answer)
{
    while (strcmp(pg_rig_ask(other, statement), answer) != 0)
        pg_rig_turn(rig);
}

#define SLEEPING(name)                                                               \
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = '" name "' AND " \
    "state = 'active' AND wait_event = 'PgSleep'"

/* --- one in each phase ----------------------------------------------------------------------- */

static void one_that_connects_can_be_stopped(void **state)
{
    pg_rig *rig = connect_named(state, "connects");
    pg_trip t;

    for (int turns = 0; turns < 8; turns++) {
        pg_trip_start(pg_trip_one(&t, rig, "SELECT pg_sleep(40)"));
        for (int i = 0; i < turns; i++)
            pg_rig_turn(rig);
        pg_trip_stop(&t);
    }
    assert_string_equal(pg_rig_ask(rig, "SELECT 'fine'"), "fine");
}

static void one_that_is_queued_can_be_stopped(void **state)
{
    pg_rig *rig = *state, *other = open_other();
    pg_trip busy, queued, last;

    rig->endpoint.max_connections = 1;
    connect_named(state, "queued");
    pg_rig_ask(rig, "SELECT 1");
    pg_trip_start(pg_trip_one(&busy, rig, "SELECT pg_sleep(0.3)"));
    pg_trip_start(pg_trip_one(&queued, rig, "SELECT 1"));
    pg_trip_start(pg_trip_one(&last, rig, "SELECT 1"));
    pg_trip_stop(&queued);
    assert_false(queued.was_sent);
    pg_trip_finish(&last);
    assert_int_equal(busy.endings, 1);
    assert_int_equal(last.fault, VG_FAULT_NONE);
    pg_trip_fini(&busy);
    pg_trip_fini(&last);
    close_other(other);
}

static void one_that_runs_is_given_up_by_the_server(void **state)
{
    pg_rig *rig = *state, *other = open_other();
    char pid[32];
    pg_trip t;

    rig->endpoint.max_connections = 1;
    connect_named(state, "runs");
    snprintf(pid, sizeof pid, "%s", pg_rig_ask(rig, "SELECT pg_backend_pid()"));
    for (int i = 0; i < 3; i++) {
        pg_trip_one(&t, rig, "SELECT pg_sleep(40)");
        t.x.as.pg.isolation = i == 1 ? VG_PG_SERIALIZABLE : VG_PG_DEFAULT;
        pg_trip_start(&t);
        await(rig, other, SLEEPING("runs"), "1");
        pg_trip_stop(&t);
        assert_true(t.was_sent);
        await(rig, other, SLEEPING("runs"), "0");
        /* the same connection, clean again: what was asked for next is not hit */
        assert_string_equal(pg_rig_ask(rig, "SELECT pg_backend_pid()"), pid);
        assert_string_equal(pg_rig_ask(rig, "SHOW transaction_isolation"), "read committed");
    }
    close_other(other);
}

static void one_whose_reply_comes_can_be_stopped(void **state)
{
    pg_rig *rig = *state;
    pg_trip t;

    rig->endpoint.max_reply_bytes = (uint64_t)1 << 40;
    connect_named(state, "comes");
    for (int turns = 1; turns < 200; turns += 40) {
        pg_rig_ask(rig, "SELECT 1");
        pg_trip_start(
            pg_trip_one(&t, rig, "SELECT repeat('y', 900), generate_series(1, 100000000)"));
        for (int i = 0; i < turns; i++)
            pg_rig_turn(rig);
        pg_trip_stop(&t);
        assert_true(t.was_sent);
    }
    assert_string_equal(pg_rig_ask(rig, "SELECT 'fine'"), "fine");
}

static void without_pools_the_connection_is_closed(void **state)
{
    pg_rig *rig = *state, *other = open_other();
    vg_pools *pools = rig->pools;
    pg_trip t;

    rig->pools = NULL;
    connect_named(state, "closed");
    pg_rig_ask(rig, "SELECT 1");
    pg_trip_start(pg_trip_one(&t, rig, "SELECT pg_sleep(40)"));
    await(rig, other, SLEEPING("closed"), "1");
    pg_trip_stop(&t);
    assert_string_equal(pg_rig_ask(rig, "SELECT 'fine'"), "fine");
    pg_rig_ask(other, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
                      "application_name = 'closed'");
    rig->pools = pools;
    close_other(other);
}

static void it_can_be_closed_while_servers_are_told(void **state)
{
    pg_rig *rig = connect_named(state, "left");
    pg_trip trips[4];

    for (int i = 0; i < 4; i++)
        pg_trip_start(pg_trip_one(&trips[i], rig, "SELECT pg_sleep(1)"));
    for (int i = 0; i < 50; i++)
        pg_rig_turn(rig);
    for (int i = 0; i < 4; i++)
        rig->pg->stop(rig->pg, &trips[i]);
    for (int i = 0; i < 4; i++)
        pg_trip_finish(&trips[i]);
}

static void what_is_over_is_not_stopped(void **state)
{
    pg_rig *rig = connect_named(state, "over");
    pg_trip t;

    pg_trip_go(pg_trip_one(&t, rig, "SELECT 1"));
    rig->pg->stop(rig->pg, &t);
    for (int i = 0; i < 5; i++)
        pg_rig_turn(rig);
    assert_int_equal(t.endings, 1);
    pg_trip_fini(&t);
}

/* --- many ------------------------------------------------------------------------------------ */

enum { ROUNDS = 400, TRIPS = 24 };

static const char *const kinds[][4] = {
    {"SELECT 1"},
    {"SELECT pg_sleep(0.01)", "SELECT repeat('x', 100000)"},
    {"INSERT INTO storm VALUES (1)", "SELECT 1/0"},
    {"SELECT count(*) FROM storm"},
    {"SELECT pg_terminate_backend(pg_backend_pid())"},
    {"DISCARD ALL"},
    {"SELECT pg_sleep(20)"},
    {"COPY (SELECT 1) TO STDOUT"},
};

static void start_any(pg_trip *t, pg_rig *rig)
{
    static const vg_repeat repeats[] = {VG_REPEAT_NEVER, VG_REPEAT_IF_UNSENT, VG_REPEAT_ALWAYS};
    size_t kind = chance_below(8);

    pg_trip_of(t, rig, kinds[kind]);
    t->x.repeat = repeats[chance_below(3)];
    t->x.as.pg.isolation = (vg_pg_isolation)chance_below(3);
    if (kind == 5)
        t->x.as.pg.isolation = VG_PG_DEFAULT;
    if (chance_below(2) || kind == 6)
        t->x.deadline_ns =
            vg_loop_now_ns(vg_loop_uv_loop(rig->driver)) + chance_below(200) * (uint64_t)1000000;
    for (uint32_t i = 0; i < t->x.as.pg.count; i++)
        t->statements[i].comes_again = chance_below(2);
    pg_trip_start(t);
}

static void check_ended(pg_trip *t)
{
    assert_int_equal(t->endings, 1);
    assert_int_equal(t->has_reply, t->fault == VG_FAULT_NONE);
    pg_trip_fini(t);
    t->rig = NULL;
}

static void all_end_once_whatever_happens(void **state)
{
    pg_rig *rig = *state, *other = open_other();
    static pg_trip trips[TRIPS];

    chance_begin("all_end_once_whatever_happens");
    memset(trips, 0, sizeof trips);
    pg_rig_ask(other, "CREATE TABLE storm (n int)");
    rig->endpoint.max_queue = 12;
    rig->endpoint.lifetime_ms = 500;
    connect_named(state, "storm");
    for (int round = 0; round < ROUNDS; round++) {
        pg_trip *t = &trips[chance_below(TRIPS)];

        if (t->rig == NULL)
            start_any(t, rig);
        else if (t->endings > 0)
            check_ended(t);
        else if (chance_below(4) == 0)
            rig->pg->stop(rig->pg, t);
        if (chance_below(40) == 0)
            pg_rig_ask(other, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                              "WHERE application_name = 'storm'");
        pg_rig_turn(rig);
    }
    for (int i = 0; i < TRIPS; i++) {
        if (trips[i].rig == NULL)
            continue;
        while (trips[i].endings == 0)
            uv_run(&rig->uv, UV_RUN_ONCE);
        check_ended(&trips[i]);
    }
    assert_int_equal(rig->pg->in_flight(rig->pg), 0);
    assert_string_equal(pg_rig_ask(other, "SELECT count(*) FROM storm"), "0");
    close_other(other);
}

int main(void)
{
    static const char *const settings[] = {"max_connections=30", NULL};
    static const struct CMUnitTest tests[] = {
        PG_TEST(one_that_connects_can_be_stopped),
        PG_TEST(one_that_is_queued_can_be_stopped),
        PG_TEST(one_that_runs_is_given_up_by_the_server),
        PG_TEST(one_whose_reply_comes_can_be_stopped),
        PG_TEST(without_pools_the_connection_is_closed),
        PG_TEST(it_can_be_closed_while_servers_are_told),
        PG_TEST(what_is_over_is_not_stopped),
        PG_TEST(all_end_once_whatever_happens),
    };
    int failed;

    pg_server_start(&server, "wheel", settings);
    failed = cmocka_run_group_tests_name("transport/pg_stop", tests, NULL, NULL);
    pg_server_end(&server);
    return failed;
}
