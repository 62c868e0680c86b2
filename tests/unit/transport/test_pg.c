/* The PostgreSQL transport in good weather and with errors that a server answers. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vecgate/arena.h"

#include "tests/support/pg_rig.h"

static pg_server server;
static char sockets[] = "/tmp/vecgate-sockets-XXXXXX"; /* a folder for its sockets */

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
    pg_rig *rig = *state;
    pg_trip t;

    rig->endpoint.max_connections = 1;
    connect_rig(state);
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

/* --- forms ----------------------------------------------------------------------------------- */

static void values_are_bound_and_never_pasted(void **state)
{
    static const vg_pg_param params[] = {
        {.value = VG_LIT_INIT("'; DROP TABLE x; --")},
        {.value = {NULL, 0}},
        {.value = VG_LIT_INIT("\0\0\0\0\0\0\0\7"), .type = 20, .is_binary = true},
        {.value = VG_LIT_INIT("")},
    };
    pg_rig *rig = connect_rig(state);
    pg_trip t;

    pg_trip_one(&t, rig, "SELECT $1::text, $2::text, $3, $4::text");
    t.statements[0].params = params;
    t.statements[0].param_count = 4;
    pg_trip_go(&t);
    assert_string_equal(t.message, "");
    assert_string_equal(t.cells[0], "'; DROP TABLE x; --");
    assert_null(t.cells[1]);
    assert_string_equal(t.cells[2], "7");
    assert_string_equal(t.cells[3], "");
    pg_trip_fini(&t);
}

static void results_come_in_the_form_that_is_asked(void **state)
{
    pg_rig *rig = connect_rig(state);
    pg_trip t;

    pg_trip_one(&t, rig, "SELECT 258::int8, '\\x00ff'::bytea, true");
    t.statements[0].wants_binary = true;
    pg_trip_go(&t);
    assert_int_equal(t.lens[0], 8);
    assert_int_equal(t.lens[1], 2);
    assert_int_equal(t.lens[2], 1);
    pg_trip_fini(&t);

    pg_trip_go(pg_trip_one(&t, rig, "SELECT 258::int8, '\\x00ff'::bytea, true"));
    assert_string_equal(t.cells[0], "258");
    assert_string_equal(t.cells[1], "\\x00ff");
    assert_string_equal(t.cells[2], "t");
    pg_trip_fini(&t);
}

static void vectors_go_there_and_back(void **state)
{
    static const vg_pg_param param = {.value = VG_LIT_INIT("[1,2.5]")};
    pg_rig *rig = connect_rig(state);
    pg_trip t;

    pg_rig_ask(rig, "CREATE EXTENSION IF NOT EXISTS vector");
    pg_trip_one(&t, rig, "SELECT $1::vector");
    t.statements[0].params = &param;
    t.statements[0].param_count = 1;
    t.statements[0].wants_binary = true;
    pg_trip_go(&t);
    assert_int_equal(t.lens[0], 12);
    pg_trip_fini(&t);
}

static void changes_are_counted(void **state)
{
    pg_rig *rig = connect_rig(state);
    pg_trip t;

    pg_trip_go(pg_trip_of(
        &t, rig,
        (const char *const[]){"CREATE TABLE counted (n int)",
                              "INSERT INTO counted SELECT generate_series(1, 5) RETURNING n",
                              "SELECT * FROM counted", "UPDATE counted SET n = 0 WHERE n < 3",
                              "DELETE FROM counted WHERE n = 5", "DROP TABLE counted", NULL}));
    assert_string_equal(t.message, "");
    assert_int_equal(t.rows[0].affected, 0);
    assert_int_equal(t.rows[1].affected, 5);
    assert_int_equal(t.rows[1].rows, 5);
    assert_int_equal(t.rows[2].affected, 0);
    assert_int_equal(t.rows[3].affected, 2);
    assert_int_equal(t.rows[4].affected, 1);
    pg_trip_fini(&t);
}

/* --- errors ---------------------------------------------------------------------------------- */

struct refused {
    const char *says;
    const char *statements[4];
    const char *state;
    uint32_t failed;
    uint32_t results;
};

static const struct refused refused[] = {
    {"the first does not parse", {"SELEC 1"}, "42601", 0, 0},
    {"the last has no such table",
     {"SELECT 1", "SELECT 2", "SELECT * FROM nowhere"},
     "42P01",
     2,
     2},
    {"a value is out of range", {"SELECT 1/0", "SELECT 1"}, "22012", 0, 0},
    {"one that cannot stand in a transaction", {"SELECT 1", "VACUUM"}, "25001", 1, 1},
    {"two statements in one", {"SELECT 1; SELECT 2"}, "42601", 0, 0},
    {"there is none", {""}, "", 0, 1},
    {"what ends the connection", {"SELECT pg_terminate_backend(pg_backend_pid())"}, "57P01", 0, 0},
};

static void errors_name_their_statement(void **state)
{
    pg_rig *rig = connect_rig(state);

    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        for (int again = 0; again < 2; again++) { /* with names, too */
            pg_trip t;

            pg_trip_of(&t, rig, refused[i].statements);
            for (uint32_t n = 0; n < t.x.as.pg.count; n++)
                t.statements[n].comes_again = again;
            pg_trip_go(&t);
            print_message("%s: %s %s %s\n", refused[i].says, t.state, t.message, t.detail);
            assert_int_equal(t.fault, VG_FAULT_NONE);
            assert_string_equal(t.state, refused[i].state);
            assert_int_equal(t.failed, refused[i].failed);
            assert_int_equal(t.count, refused[i].results);
            assert_true(t.was_sent);
            pg_trip_fini(&t);
            assert_string_equal(pg_rig_ask(rig, "SELECT 'fine'"), "fine");
        }
    }
}

static void what_only_the_commit_refuses_is_told(void **state)
{
    static const vg_pg_isolation kinds[] = {VG_PG_DEFAULT, VG_PG_REPEATABLE_READ};
    pg_rig *rig = connect_rig(state);

    pg_rig_ask(rig, "CREATE TABLE late (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        pg_trip t;

        pg_trip_of(&t, rig,
                   (const char *const[]){"INSERT INTO late VALUES (1)",
                                         "INSERT INTO late VALUES (1)", NULL});
        t.x.as.pg.isolation = kinds[i];
        pg_trip_go(&t);
        assert_int_equal(t.fault, VG_FAULT_NONE);
        assert_string_equal(t.state, "23505");
        assert_int_equal(t.failed, 2);
        assert_int_equal(t.count, 2);
        pg_trip_fini(&t);
        assert_string_equal(pg_rig_ask(rig, "SELECT count(*) FROM late"), "0");
    }
}

static void an_isolation_wraps_the_statements(void **state)
{
    static const char *const statements[] = {"SHOW transaction_isolation", "SELECT 1/0", NULL};
    pg_rig *rig = *state;
    char pid[32];
    pg_trip t;

    rig->endpoint.max_connections = 1;
    connect_rig(state);
    snprintf(pid, sizeof pid, "%s", pg_rig_ask(rig, "SELECT pg_backend_pid()"));
    pg_trip_one(&t, rig, statements[0]);
    t.x.as.pg.isolation = VG_PG_SERIALIZABLE;
    pg_trip_go(&t);
    assert_string_equal(t.cells[0], "serializable");
    pg_trip_fini(&t);

    pg_trip_one(&t, rig, statements[0]);
    t.x.as.pg.isolation = VG_PG_REPEATABLE_READ;
    pg_trip_go(&t);
    assert_string_equal(t.cells[0], "repeatable read");
    pg_trip_fini(&t);

    pg_trip_of(&t, rig, statements); /* a failed one is left, and the connection is as before */
    t.x.as.pg.isolation = VG_PG_SERIALIZABLE;
    pg_trip_go(&t);
    assert_string_equal(t.state, "22012");
    assert_int_equal(t.failed, 1);
    assert_int_equal(t.count, 1);
    pg_trip_fini(&t);
    assert_string_equal(pg_rig_ask(rig, "SELECT pg_backend_pid()"), pid);
    assert_string_equal(pg_rig_ask(rig, statements[0]), "read committed");
}

static void what_a_text_cannot_hold_is_refused_as_the_server_would(void **state)
{
    static const vg_pg_param param = {.value = VG_LIT_INIT("a\0b")};
    static vg_pg_param many[65536];
    pg_rig *rig = connect_rig(state);
    pg_trip t;

    pg_trip_of(&t, rig, (const char *const[]){"SELECT 1", "SELECT $1::text", NULL});
    t.statements[1].params = &param;
    t.statements[1].param_count = 1;
    pg_trip_go(&t);
    assert_string_equal(t.state, "22021");
    assert_int_equal(t.failed, 1);
    assert_false(t.was_sent);

    pg_trip_one(&t, rig, "SELECT 1");
    t.statements[0].params = many;
    t.statements[0].param_count = 65536;
    pg_trip_go(&t);
    assert_string_equal(t.state, "54023");

    pg_trip_one(&t, rig, "");
    t.statements[0].sql = VG_LIT("SELECT\0 1");
    pg_trip_go(&t);
    assert_string_equal(t.state, "42601");
    assert_false(t.was_sent);
}

static void a_copy_inside_a_transaction_is_no_reply(void **state)
{
    pg_rig *rig = connect_rig(state);
    pg_trip t;

    pg_trip_go(pg_trip_one(&t, rig, "COPY (SELECT 1) TO STDOUT"));
    assert_int_equal(t.fault, VG_FAULT_PROTOCOL);
    assert_string_equal(pg_rig_ask(rig, "SELECT 'fine'"), "fine");
}

/* --- time ------------------------------------------------------------------------------------ */

static void the_server_is_told_the_deadline(void **state)
{
    pg_rig *rig = connect_rig(state);
    pg_trip t;

    pg_trip_of(&t, rig, (const char *const[]){"SELECT 1", "SELECT pg_sleep(30)", NULL});
    t.x.deadline_ns = vg_loop_now_ns(vg_loop_uv_loop(rig->driver)) + 300 * (uint64_t)1000000;
    pg_trip_go(&t);
    assert_int_equal(t.fault, VG_FAULT_NONE);
    assert_string_equal(t.state, "57014");
    assert_int_equal(t.failed, 1);
    assert_int_equal(t.count, 1);
    pg_trip_fini(&t);
    assert_string_equal(pg_rig_ask(rig, "SHOW statement_timeout"), "0"); /* the next has none */
    pg_trip_one(&t, rig, "SHOW statement_timeout");
    t.x.deadline_ns = vg_loop_now_ns(vg_loop_uv_loop(rig->driver)) + 600 * (uint64_t)1000000000;
    pg_trip_go(&t);
    assert_string_not_equal(t.cells[0], "0");
    pg_trip_fini(&t);
    assert_string_equal(pg_rig_ask(rig, "SHOW statement_timeout"), "0"); /* nor after a good one */

    pg_trip_one(&t, rig, "SELECT 1"); /* it is over already: refused at once, or just done */
    t.x.deadline_ns = 1;
    pg_trip_go(&t);
    assert_int_equal(t.fault, VG_FAULT_NONE);
    pg_trip_fini(&t);
}

/* --- sizes ----------------------------------------------------------------------------------- */

static void large_ones_go_through(void **state)
{
    static char text[8 * 1024 * 1024];
    vg_pg_param param = {.value = {text, sizeof text}};
    pg_rig *rig = *state;
    pg_trip t;

    rig->endpoint.max_reply_bytes = 20000000;
    connect_rig(state);
    memset(text, 'x', sizeof text);
    pg_trip_one(&t, rig, "SELECT $1::text");
    t.statements[0].params = &param;
    t.statements[0].param_count = 1;
    pg_trip_go(&t);
    assert_int_equal(t.fault, VG_FAULT_NONE);
    assert_int_equal(t.bytes, sizeof text);
    pg_trip_fini(&t);

    pg_trip_go(pg_trip_one(&t, rig, "SELECT n, repeat('y', 90) FROM generate_series(1, 50000) n"));
    assert_int_equal(t.rows[0].rows, 50000);
    pg_trip_fini(&t);
}

static void check_bound(pg_rig *rig)
{
    static const char *const statements[] = {
        "SELECT repeat('y', 90), generate_series(1, 100000000)",
        "SELECT repeat('z', 40000000)",
        "SELECT NULL, generate_series(1, 100000000)",
    };

    for (size_t i = 0; i < 3; i++) {
        size_t before = vg_arena_total_bytes();
        pg_trip t;

        pg_trip_go(pg_trip_one(&t, rig, statements[i]));
        assert_int_equal(t.fault, VG_FAULT_TOO_LARGE);
        assert_int_equal(vg_arena_total_bytes(), before);
        assert_string_equal(pg_rig_ask(rig, "SELECT 'fine'"), "fine");
    }
}

static void a_reply_is_bounded_while_it_is_read(void **state)
{
    check_bound(connect_rig(state));
}

/* Through a socket that is a file, for which the system does not count. */
static void so_it_is_through_a_file(void **state)
{
    pg_rig *rig = *state;

    rig->endpoint.url =
        vg_arena_printf(rig->arena, "postgresql://gate:s3cret%%20pass@:%d/postgres?host=%s",
                        pg_server_port(&server), sockets);
    pg_rig_connect(rig);
    check_bound(rig);
}

static void start_server(void)
{
    char place[64];
    const char *settings[] = {"max_connections=20", place, NULL};

    assert_non_null(mkdtemp(sockets));
    chmod(sockets, 0777); /* the server may be another user's */
    snprintf(place, sizeof place, "unix_socket_directories=%s", sockets);
    pg_server_start(&server, "wheel", settings);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        PG_TEST(an_answer_comes_back),
        PG_TEST(settings_of_one_exchange_do_not_last),
        PG_TEST(what_fails_is_undone_as_a_whole),
        PG_TEST(values_are_bound_and_never_pasted),
        PG_TEST(results_come_in_the_form_that_is_asked),
        PG_TEST(vectors_go_there_and_back),
        PG_TEST(changes_are_counted),
        PG_TEST(errors_name_their_statement),
        PG_TEST(what_only_the_commit_refuses_is_told),
        PG_TEST(an_isolation_wraps_the_statements),
        PG_TEST(what_a_text_cannot_hold_is_refused_as_the_server_would),
        PG_TEST(a_copy_inside_a_transaction_is_no_reply),
        PG_TEST(the_server_is_told_the_deadline),
        PG_TEST(large_ones_go_through),
        PG_TEST(a_reply_is_bounded_while_it_is_read),
        PG_TEST(so_it_is_through_a_file),
    };
    int failed;

    start_server();
    failed = cmocka_run_group_tests_name("transport/pg", tests, NULL, NULL);
    pg_server_end(&server);
    rmdir(sockets);
    return failed;
}
