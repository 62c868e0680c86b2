/* Through what stands for Neon's proxy (tests/support/neon.py), to a PostgreSQL and a PgBouncer
 * that are real: whose endpoint is meant, databases that sleep, and the pooled host. */
#include <stdlib.h>

#include "vecgate/arena.h"

#include "tests/support/pg_rig.h"

static pg_server server, pooler, proxy;

#define DOMAIN ".eu-1.aws.neon.tech"
#define WAY    "SELECT current_setting('vecgate.way')"

static void close_pg(pg_rig *rig)
{
    rig->pg->close(rig->pg);
    rig->pg = NULL;
}

/* Its hosts are names that no DNS has: the URL says where they are. */
static void connect_to(pg_rig *rig, const char *host, const char *behind)
{
    rig->endpoint.url = vg_arena_printf(
        rig->arena, "postgresql://gate:s3cret%%20pass@%s/postgres?hostaddr=127.0.0.1&port=%d&%s",
        host, pg_server_port(&proxy), behind);
    pg_rig_connect(rig);
}

static pg_rig *connect_rig(void **state)
{
    pg_rig *rig = *state;

    pg_rig_set_url(rig, proxy.url);
    pg_rig_connect(rig);
    return rig;
}

/* --- whose endpoint -------------------------------------------------------------------------- */

static const struct row {
    const char *host, *behind;
    const char *way;     /* NULL: it is refused … */
    const char *message; /* … so */
} rows[] = {
    {"ep-x-123" DOMAIN, "", "sni", NULL},
    {"ep-x-123" DOMAIN, "sslsni=0", "option", NULL},
    {"ep-x-123" DOMAIN, "sslsni=0&options=-cgeqo%3Doff", "option", NULL},
    {"ep-x-123" DOMAIN, "options=endpoint%3Dep-x-123", "sni", NULL},
    {"127.0.0.1", "sslmode=require&options=endpoint%3Dep-x-123", "option", NULL},
    {"127.0.0.1", "sslmode=require", NULL, "Endpoint ID is not specified"},
    {"127.0.0.1", "sslmode=disable", NULL, "connection is insecure"},
    {"ep-y-123" DOMAIN, "", NULL, "endpoint could not be found"},
};

static void an_endpoint_is_told_by_name_or_by_option(void **state)
{
    pg_rig *rig = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pg_trip t;

        print_message("%s %s\n", rows[i].host, rows[i].behind);
        connect_to(rig, rows[i].host, rows[i].behind);
        pg_trip_go(pg_trip_one(&t, rig, WAY));
        assert_int_equal(t.fault, VG_FAULT_NONE);
        if (rows[i].way != NULL)
            assert_string_equal(t.cells[0], rows[i].way);
        else
            assert_non_null(strstr(t.message, rows[i].message));
        pg_trip_fini(&t);
        close_pg(rig);
    }
    pg_rig_set_url(rig, proxy.url); /* verified in full */
    pg_rig_connect(rig);
    assert_string_equal(pg_rig_ask(rig, WAY), "sni");
}

/* Somebody in between ends TLS, and has not got the server's certificate. */
static void a_channel_that_ends_in_between_is_not_bound_to(void **state)
{
    pg_rig *rig = *state;
    pg_trip t;

    connect_to(rig, "ep-x-123" DOMAIN, "channel_binding=require");
    pg_trip_go(pg_trip_one(&t, rig, WAY));
    assert_int_equal(t.fault, VG_FAULT_TLS);
    assert_non_null(strstr(t.detail, "channel binding is required"));
}

/* --- databases that sleep -------------------------------------------------------------------- */

static void one_that_wakes_is_waited_for(void **state)
{
    pg_rig *rig = connect_rig(state);
    pg_trip trips[12];

    pg_server_tell(&proxy, "sleep 5");
    for (int i = 0; i < 12; i++)
        pg_trip_start(pg_trip_one(&trips[i], rig, "SELECT 'awake'"));
    for (int i = 0; i < 12; i++) {
        pg_trip_finish(&trips[i]);
        assert_int_equal(trips[i].fault, VG_FAULT_NONE);
        assert_string_equal(trips[i].message, "");
        assert_string_equal(trips[i].cells[0], "awake");
        pg_trip_fini(&trips[i]);
    }
}

static void one_that_does_not_wake_is_given_up(void **state)
{
    pg_rig *rig = *state;
    pg_trip t, stopped;

    pg_server_tell(&proxy, "sleep 1000");
    rig->endpoint.connect_ms = 1000;
    connect_rig(state);
    pg_trip_start(pg_trip_one(&t, rig, "SELECT 1"));
    pg_trip_start(pg_trip_one(&stopped, rig, "SELECT 1"));
    for (int i = 0; i < 20; i++)
        pg_rig_turn(rig);
    pg_trip_stop(&stopped); /* its deadline has passed: it waits no longer */
    assert_false(stopped.was_sent);
    assert_int_equal(t.endings, 0);
    pg_trip_finish(&t);
    assert_int_equal(t.fault, VG_FAULT_CONNECT);
    assert_non_null(strstr(t.detail, "Couldn't connect to compute node"));
    pg_trip_go(pg_trip_one(&t, rig, "SELECT 1")); /* with the next that fails, not all over again */
    assert_int_equal(t.fault, VG_FAULT_CONNECT);
    pg_server_tell(&proxy, "sleep 0");
    pg_rig_await_good(rig, "SELECT 'awake'");
}

static void go_side_by_side(pg_rig *rig, int count, const char *statement, const char *answer)
{
    pg_trip trips[4];

    for (int i = 0; i < count; i++) {
        pg_trip_one(&trips[i], rig, statement);
        trips[i].x.repeat = VG_REPEAT_ALWAYS;
        pg_trip_start(&trips[i]);
    }
    for (int i = 0; i < count; i++) {
        pg_trip_finish(&trips[i]);
        assert_int_equal(trips[i].fault, VG_FAULT_NONE);
        assert_string_equal(trips[i].message, "");
        assert_string_equal(trips[i].cells[0], answer);
        pg_trip_fini(&trips[i]);
    }
}

/* Past the proxy. */
static pg_rig *open_other(void)
{
    void *state;
    pg_rig *other;

    pg_rig_open(&state);
    other = state;
    other->endpoint.max_connections = 1;
    pg_rig_set_url(other, server.url);
    pg_rig_connect(other);
    return other;
}

static void close_other(pg_rig *other)
{
    void *state = other;

    pg_rig_close(&state);
}

static void await(pg_rig *rig, pg_rig *other, const char *statement, const char *answer)
{
    while (strcmp(pg_rig_ask(other, statement), answer) != 0)
        pg_rig_turn(rig);
}

/* All four connections are open then, and none is on its way. */
static void use_all(pg_rig *rig, pg_rig *other)
{
    pg_trip trips[4];

    pg_rig_ask(other, "SELECT pg_advisory_lock(7)");
    for (int i = 0; i < 4; i++)
        pg_trip_start(pg_trip_one(&trips[i], rig, "SELECT pg_advisory_xact_lock_shared(7)"));
    await(rig, other, "SELECT count(*) FROM pg_locks WHERE NOT granted", "4");
    pg_rig_ask(other, "SELECT pg_advisory_unlock(7)");
    for (int i = 0; i < 4; i++) {
        pg_trip_finish(&trips[i]);
        assert_string_equal(trips[i].message, "");
        pg_trip_fini(&trips[i]);
    }
}

/* While they rest: noticed by the loop, or only when they are used. A single read may meet one
 * after the other. */
static void one_that_goes_to_sleep_fails_no_read(void **state)
{
    static const char *const ways[] = {"suspend", "cut", "late"};
    pg_rig *rig = connect_rig(state), *other = open_other();

    for (size_t way = 0; way < 3; way++) {
        for (int turns = 0; turns < 4; turns++) {
            use_all(rig, other);
            pg_server_tell(&proxy, ways[way]);
            for (int i = 0; i < turns; i++)
                pg_rig_turn(rig);
            go_side_by_side(rig, turns % 2 == 0 ? 1 : 4, "SELECT 'read'", "read");
        }
    }
    close_other(other);
}

/* It has rested since it was opened. */
static void one_that_was_never_used_fails_none_either(void **state)
{
    pg_rig *rig = *state;

    rig->endpoint.min_connections = 1;
    rig->endpoint.max_connections = 1;
    connect_rig(state);
    while (pg_rig_idle(rig) == 0)
        pg_rig_turn(rig);
    pg_rig_turn(rig);
    pg_server_tell(&proxy, "late");
    go_side_by_side(rig, 1, "SELECT 'read'", "read");
}

/* What must not be done twice is told instead. */
static void one_that_goes_to_sleep_under_a_write_is_told(void **state)
{
    pg_rig *rig = *state;
    pg_trip t;

    rig->endpoint.max_connections = 1;
    connect_rig(state);
    pg_rig_ask(rig, "SELECT 1");
    pg_server_tell(&proxy, "late");
    pg_trip_go(pg_trip_one(&t, rig, "CREATE TABLE once (n int)"));
    assert_string_equal(t.state, "57P01");
    assert_string_equal(pg_rig_ask(rig, "SELECT count(to_regclass('once'))"), "0");
}

/* --- the pooled host ------------------------------------------------------------------------- */

#define NAMES "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'vg%'"

static void go_again(pg_rig *rig)
{
    pg_trip t;

    pg_trip_one(&t, rig, "SELECT 'again'");
    t.statements[0].comes_again = true;
    pg_trip_go(&t);
    assert_string_equal(t.message, "");
    pg_trip_fini(&t);
}

static void the_pooled_host_is_known_and_gone_past(void **state)
{
    static const char *const names[] = {"0", "1"};
    pg_rig *rig = *state;
    pg_trip t;

    rig->endpoint.max_connections = 1;
    for (int is_told = 0; is_told < 2; is_told++) {
        pg_server_tell(&pooler, "stop"); /* for new connections to the server */
        pg_server_tell(&pooler, "start");
        rig->endpoint.prepares = is_told ? VG_PG_PREPARES_ALWAYS : VG_PG_PREPARES_KNOWN;
        connect_to(rig, "ep-x-123-pooler" DOMAIN, "");
        assert_string_equal(pg_rig_ask(rig, WAY), "pooler");
        go_again(rig);
        assert_string_equal(pg_rig_ask(rig, NAMES), names[is_told]);

        pg_trip_one(&t, rig, WAY);
        t.x.as.pg.kind = VG_PG_ALONE;
        pg_trip_go(&t);
        assert_string_equal(t.cells[0], "sni");
        pg_trip_fini(&t);
        close_pg(rig);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        PG_TEST(an_endpoint_is_told_by_name_or_by_option),
        PG_TEST(a_channel_that_ends_in_between_is_not_bound_to),
        PG_TEST(one_that_wakes_is_waited_for),
        PG_TEST(one_that_does_not_wake_is_given_up),
        PG_TEST(one_that_goes_to_sleep_fails_no_read),
        PG_TEST(one_that_was_never_used_fails_none_either),
        PG_TEST(one_that_goes_to_sleep_under_a_write_is_told),
        PG_TEST(the_pooled_host_is_known_and_gone_past),
    };
    int failed;

    setenv("HOME", "/nowhere", 1);
    pg_server_start(&server, "wheel", NULL);
    pg_server_run(&pooler, "tests/support/pgbouncer.py",
                  (const char *const[]){server.url, "ignore_startup_parameters=options", NULL});
    pg_server_run(&proxy, "tests/support/neon.py",
                  (const char *const[]){server.url, pooler.url, NULL});
    failed = cmocka_run_group_tests_name("transport/pg_neon", tests, NULL, NULL);
    pg_server_end(&proxy);
    pg_server_end(&pooler);
    pg_server_end(&server);
    return failed;
}
