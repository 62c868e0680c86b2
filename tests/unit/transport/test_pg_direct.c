/* What stands outside of transactions, on connections of its own: ALONE and COPY. */
#include <stdlib.h>

#include "vecgate/arena.h"

#include "tests/support/pg_rig.h"

static pg_server server;

static pg_rig *connect_rig(void **state)
{
    pg_rig *rig = *state;

    pg_rig_set_url(rig, server.url);
    pg_rig_connect(rig);
    return rig;
}

static pg_trip *go_alone(pg_trip *t, pg_rig *rig, const char *statement)
{
    pg_trip_one(t, rig, statement);
    t->x.as.pg.kind = VG_PG_ALONE;
    t->x.deadline_ns = 1; /* no statement_timeout comes of it */
    return pg_trip_go(t);
}

static pg_trip *copy_of(pg_trip *t, pg_rig *rig, const char *statement, vg_slice data)
{
    pg_trip_one(t, rig, statement);
    t->x.as.pg.kind = VG_PG_COPY;
    t->x.as.pg.copy = data;
    return t;
}

static void what_cannot_stand_in_a_transaction_stands_alone(void **state)
{
    pg_rig *rig = connect_rig(state);
    pg_trip t;

    pg_rig_ask(rig, "CREATE TABLE alone AS SELECT n, n % 7 AS m FROM generate_series(1, 5000) n");
    go_alone(&t, rig, "CREATE INDEX CONCURRENTLY alone_m ON alone (m)");
    assert_string_equal(t.message, "");
    assert_int_equal(t.count, 1);
    go_alone(&t, rig, "CREATE UNIQUE INDEX CONCURRENTLY alone_u ON alone (m)");
    assert_string_equal(t.state, "23505");
    assert_string_equal(
        pg_rig_ask(rig, "SELECT count(*) FROM pg_index WHERE indrelid = 'alone'::regclass AND "
                        "indisvalid"),
        "1");
    go_alone(&t, rig, "DROP INDEX CONCURRENTLY alone_u");
    assert_string_equal(t.message, "");
    go_alone(&t, rig, "VACUUM alone");
    assert_string_equal(t.message, "");
}

static void one_that_stands_alone_can_be_stopped(void **state)
{
    pg_rig *rig = connect_rig(state);
    pg_trip t;

    pg_trip_one(&t, rig, "SELECT pg_sleep(40)");
    t.x.as.pg.kind = VG_PG_ALONE;
    pg_trip_start(&t);
    while (strcmp(pg_rig_ask(rig, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = "
                                  "'PgSleep'"),
                  "1") != 0)
        continue;
    pg_trip_stop(&t);
    pg_rig_await(rig, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'", "0");
}

static void data_goes_in_pieces(void **state)
{
    enum { LINES = 400000 };
    static char data[LINES * 8];
    pg_rig *rig = connect_rig(state);
    pg_trip t;

    for (size_t i = 0; i < LINES; i++) {
        char line[32];

        snprintf(line, sizeof line, "%06zu\t\n", i);
        memcpy(data + i * 8, line, 8);
    }
    pg_rig_ask(rig, "CREATE TABLE pieces (n int, rest text)");
    pg_trip_go(copy_of(&t, rig, "COPY pieces FROM STDIN", vg_slice_of(data, LINES * 8)));
    assert_int_equal(t.fault, VG_FAULT_NONE);
    assert_string_equal(t.message, "");
    assert_int_equal(t.count, 1);
    assert_int_equal(t.rows[0].affected, LINES);
    assert_string_equal(pg_rig_ask(rig, "SELECT sum(n) FROM pieces"), "79999800000");

    data[LINES * 4] = 'x'; /* one bad line in the middle: none of it is kept */
    pg_trip_go(copy_of(&t, rig, "COPY pieces FROM STDIN", vg_slice_of(data, LINES * 8)));
    assert_string_equal(t.state, "22P02");
    assert_int_equal(t.failed, 0);
    assert_string_equal(pg_rig_ask(rig, "SELECT count(*) FROM pieces"), "400000");

    pg_trip_start(copy_of(&t, rig, "COPY pieces FROM STDIN", vg_slice_of(data, LINES * 4)));
    for (int i = 0; i < 12; i++)
        pg_rig_turn(rig);
    pg_trip_stop(&t);
    assert_string_equal(pg_rig_ask(rig, "SELECT count(*) FROM pieces"), "400000");
}

static void what_is_no_copy_is_refused(void **state)
{
    pg_rig *rig = connect_rig(state);
    pg_trip t;

    pg_trip_go(copy_of(&t, rig, "COPY nowhere FROM STDIN", VG_LIT("1\n")));
    assert_string_equal(t.state, "42P01");
    pg_trip_go(copy_of(&t, rig, "COPY (SELECT 1) TO STDOUT", VG_LIT("1\n")));
    assert_int_equal(t.fault, VG_FAULT_PROTOCOL);
    pg_trip_go(copy_of(&t, rig, "SELECT 1", VG_LIT("1\n")));
    assert_int_equal(t.fault, VG_FAULT_PROTOCOL);
    pg_trip_go(copy_of(&t, rig, "CREATE TABLE empty (n int)", VG_LIT("")));
    assert_int_equal(t.fault, VG_FAULT_NONE);
    pg_trip_go(copy_of(&t, rig, "COPY empty FROM STDIN", VG_LIT("")));
    assert_string_equal(t.message, "");
    assert_int_equal(t.count, 1);
    assert_int_equal(t.rows[0].affected, 0);
    go_alone(&t, rig, "SELECT 1"); /* on the same connection: it is in pipeline mode again */
    assert_string_equal(t.cells[0], "1");
    pg_trip_fini(&t);
}

static void they_go_to_a_url_of_their_own(void **state)
{
    pg_rig *rig = *state;
    pg_trip t;

    rig->endpoint.direct_url = vg_arena_copy(
        rig->arena, vg_slice_str(pg_server_url(&server, "?application_name=directly")));
    connect_rig(state);
    go_alone(&t, rig, "SHOW application_name");
    assert_string_equal(t.cells[0], "directly");
    pg_trip_fini(&t);
    assert_string_equal(pg_rig_ask(rig, "SHOW application_name"), "vecgate");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        PG_TEST(what_cannot_stand_in_a_transaction_stands_alone),
        PG_TEST(one_that_stands_alone_can_be_stopped),
        PG_TEST(data_goes_in_pieces),
        PG_TEST(what_is_no_copy_is_refused),
        PG_TEST(they_go_to_a_url_of_their_own),
    };
    int failed;

    pg_server_start(&server, "wheel", NULL);
    failed = cmocka_run_group_tests_name("transport/pg_direct", tests, NULL, NULL);
    pg_server_end(&server);
    return failed;
}
