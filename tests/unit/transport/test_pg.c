/* The PostgreSQL transport in good weather and with errors that a server answers. */
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

static void an_answer_comes_back(void **state)
{
    pg_rig *rig = connect_rig(state);
    pg_trip t;

    pg_trip_go(pg_trip_of(
        &t, rig, (const char *const[]){"SELECT 1", "SELECT 'two', NULL, '' WHERE true", NULL}));
    assert_int_equal(t.fault, VG_FAULT_NONE);
    assert_false(t.has_error);
    assert_true(t.was_sent);
    assert_int_equal(t.count, 2);
    assert_int_equal(t.rows[0].rows, 1);
    assert_int_equal(t.rows[1].columns, 3);
    assert_string_equal(t.cells[0], "two");
    assert_null(t.cells[1]);
    assert_string_equal(t.cells[2], "");
    pg_trip_fini(&t);
}

static void settings_of_one_exchange_do_not_last(void **state)
{
    pg_rig *rig = connect_rig(state);
    pg_trip t;

    rig->endpoint.max_connections = 1;
    pg_trip_go(pg_trip_of(&t, rig,
                          (const char *const[]){"SELECT set_config('lock_timeout', '777', true)",
                                                "SELECT current_setting('lock_timeout')", NULL}));
    assert_string_equal(t.cells[0], "777ms");
    pg_trip_fini(&t);
    assert_string_equal(pg_rig_ask(rig, "SELECT current_setting('lock_timeout')"), "0");
}

static void what_fails_is_undone_as_a_whole(void **state)
{
    pg_rig *rig = connect_rig(state);
    pg_trip t;

    pg_rig_ask(rig, "CREATE TABLE undone (n int PRIMARY KEY)");
    pg_trip_go(pg_trip_of(&t, rig,
                          (const char *const[]){"INSERT INTO undone VALUES (1)",
                                                "INSERT INTO undone VALUES (2), (2)",
                                                "INSERT INTO undone VALUES (3)", NULL}));
    assert_int_equal(t.fault, VG_FAULT_NONE);
    assert_string_equal(t.state, "23505");
    assert_string_equal(t.about, "undone_pkey");
    assert_int_equal(t.failed, 1);
    assert_false(t.on_connect);
    assert_int_equal(t.count, 1); /* those before it */
    assert_int_equal(t.rows[0].affected, 1);
    pg_trip_fini(&t);
    assert_string_equal(pg_rig_ask(rig, "SELECT count(*) FROM undone"), "0");
}

static void start_server(void)
{
    static const char *const settings[] = {"max_connections=20", NULL};

    pg_server_start(&server, "wheel", settings);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        PG_TEST(an_answer_comes_back),
        PG_TEST(settings_of_one_exchange_do_not_last),
        PG_TEST(what_fails_is_undone_as_a_whole),
    };
    int failed;

    start_server();
    failed = cmocka_run_group_tests_name("transport/pg", tests, NULL, NULL);
    pg_server_end(&server);
    return failed;
}
