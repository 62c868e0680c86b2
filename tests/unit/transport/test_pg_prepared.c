/* Statements that come again, and servers that forget them. */
#include <stdlib.h>

#include "tests/support/pg_rig.h"

static pg_server server;

static pg_rig *connect_rig(void **state)
{
    pg_rig *rig = *state;

    pg_rig_set_url(rig, server.url);
    pg_rig_connect(rig);
    return rig;
}

#define NAMES "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'vg%'"

static pg_trip *go_again(pg_trip *t, pg_rig *rig, const char *statement)
{
    pg_trip_one(t, rig, statement);
    t->statements[0].comes_again = true;
    return pg_trip_go(t);
}

static void what_comes_again_is_prepared(void **state)
{
    pg_rig *rig = *state;
    pg_trip t;

    rig->endpoint.max_connections = 1;
    connect_rig(state);
    pg_rig_ask(rig, "SELECT 1");
    assert_string_equal(pg_rig_ask(rig, NAMES), "0");
    for (int i = 0; i < 3; i++) {
        go_again(&t, rig, "SELECT 'again'");
        assert_string_equal(t.cells[0], "again");
        pg_trip_fini(&t);
    }
    assert_string_equal(pg_rig_ask(rig, NAMES), "1");
    for (int i = 0; i < 200; i++) { /* never more than a bounded number */
        char statement[32];

        snprintf(statement, sizeof statement, "SELECT %d", i);
        go_again(&t, rig, statement);
        assert_int_equal(strtol(t.cells[0], NULL, 10), i);
        pg_trip_fini(&t);
    }
    assert_string_equal(pg_rig_ask(rig, NAMES), "64");
}

static void nothing_is_prepared_when_that_is_said(void **state)
{
    pg_rig *rig = *state;
    pg_trip t;

    rig->endpoint.max_connections = 1;
    rig->endpoint.prepares = VG_PG_PREPARES_NEVER;
    connect_rig(state);
    go_again(&t, rig, "SELECT 1");
    pg_trip_fini(&t);
    assert_string_equal(pg_rig_ask(rig, NAMES), "0");
}

/* Each row changes what the server knows behind our back. */
static void names_that_are_lost_are_found_out(void **state)
{
    static const char *const changes[] = {
        "DISCARD ALL",                         /* 26000 */
        "ALTER TABLE named ALTER n TYPE int8", /* 0A000 */
        "SELECT 1",
    };
    pg_rig *rig = *state;

    rig->endpoint.max_connections = 1;
    rig->endpoint.prepares = VG_PG_PREPARES_ALWAYS;
    connect_rig(state);
    pg_rig_ask(rig, "CREATE TABLE named AS SELECT 5 AS n");
    for (size_t i = 0; i < 3; i++) {
        for (int n = 0; n < 3; n++) {
            pg_trip t;

            go_again(&t, rig, "SELECT * FROM named");
            assert_string_equal(t.message, "");
            assert_string_equal(t.cells[0], "5");
            pg_trip_fini(&t);
        }
        assert_string_equal(pg_rig_ask(rig, NAMES), "1");
        pg_rig_ask(rig, changes[i]);
    }
}

/* Nothing was lost then: what comes again goes on being prepared. */
static void a_table_that_changes_costs_no_names(void **state)
{
    pg_rig *rig = *state;
    pg_trip t;

    rig->endpoint.max_connections = 1;
    connect_rig(state);
    pg_rig_ask(rig, "CREATE TABLE changing AS SELECT 5 AS n");
    for (int i = 0; i < 6; i++) {
        pg_rig_ask(rig, i % 2 == 0 ? "ALTER TABLE changing ALTER n TYPE int8"
                                   : "ALTER TABLE changing ALTER n TYPE int4");
        for (int n = 0; n < 2; n++) {
            go_again(&t, rig, "SELECT * FROM changing");
            assert_string_equal(t.message, "");
            assert_string_equal(t.cells[0], "5");
            pg_trip_fini(&t);
        }
    }
    assert_string_equal(pg_rig_ask(rig, NAMES), "1");
    pg_trip_fini(go_again(&t, rig, "SELECT 'another'"));
    assert_string_equal(pg_rig_ask(rig, NAMES), "2");
}

/* What tells the server the deadline goes before everything that has one. */
static void a_deadline_is_prepared_too(void **state)
{
    pg_rig *rig = *state;

    rig->endpoint.max_connections = 1;
    rig->endpoint.prepares = VG_PG_PREPARES_ALWAYS;
    connect_rig(state);
    for (int i = 0; i < 6; i++) {
        pg_trip t;

        if (i % 2 == 1)
            pg_rig_ask(rig, "DISCARD ALL"); /* the name is lost, found out, and known again */
        pg_trip_one(&t, rig, "SHOW statement_timeout");
        t.x.deadline_ns = vg_loop_now_ns(vg_loop_uv_loop(rig->driver)) + 600 * (uint64_t)1000000000;
        pg_trip_go(&t);
        assert_string_equal(t.message, "");
        assert_string_not_equal(t.cells[0], "0");
        pg_trip_fini(&t);
        if (i % 2 == 0)
            assert_string_equal(pg_rig_ask(rig, NAMES), "1");
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        PG_TEST(what_comes_again_is_prepared),      PG_TEST(nothing_is_prepared_when_that_is_said),
        PG_TEST(names_that_are_lost_are_found_out), PG_TEST(a_table_that_changes_costs_no_names),
        PG_TEST(a_deadline_is_prepared_too),
    };
    int failed;

    pg_server_start(&server, "wheel", NULL);
    failed = cmocka_run_group_tests_name("transport/pg_prepared", tests, NULL, NULL);
    pg_server_end(&server);
    return failed;
}
