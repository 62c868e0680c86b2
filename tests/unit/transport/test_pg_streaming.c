/* Replicas that are real: two of them stream from a primary, stop doing so, lag, go and come back.
 * Who has answered is told by the port that it listens on. */
#include <stdlib.h>

#include "vecgate/arena.h"

#include "tests/support/pg_rig.h"

enum { ONE, TWO, PRIMARY, SERVERS };

static pg_server servers[SERVERS];

/* Of each server, to tell it things. */
static pg_rig *open_rig(int which)
{
    void *state;
    pg_rig *rig;

    pg_rig_open(&state);
    rig = state;
    pg_rig_set_url(rig, servers[which].url);
    pg_rig_connect(rig);
    return rig;
}

static void close_rig(pg_rig *rig)
{
    void *state = rig;

    pg_rig_close(&state);
}

static void tell(int which, const char *statement)
{
    pg_rig *rig = open_rig(which);
    pg_trip t;

    pg_trip_one(&t, rig, statement);
    t.x.as.pg.kind = VG_PG_ALONE;
    pg_trip_go(&t);
    assert_string_equal(t.message, "");
    pg_trip_fini(&t);
    close_rig(rig);
}

static pg_rig *connect_rig(void **state, uint64_t max_lag_ms)
{
    pg_rig *rig = *state;
    vg_slice *urls = VG_TAKE_N(rig->arena, vg_slice, 2);

    for (int i = 0; i < 2; i++)
        urls[i] = vg_slice_str(servers[i].url);
    rig->endpoint.replica_urls = urls;
    rig->endpoint.replica_count = 2;
    rig->endpoint.max_lag_ms = max_lag_ms;
    pg_rig_set_url(rig, servers[PRIMARY].url);
    pg_rig_connect(rig);
    return rig;
}

/* A read that goes well, whatever happens. */
static int who_reads(pg_rig *rig, const char *statement)
{
    int port, which = 0;
    pg_trip t;

    pg_trip_one(&t, rig, statement);
    t.x.as.pg.may_lag = true;
    t.x.repeat = VG_REPEAT_ALWAYS;
    pg_trip_go(&t);
    assert_int_equal(t.fault, VG_FAULT_NONE);
    assert_string_equal(t.message, "");
    port = (int)strtol(t.cells[0], NULL, 10);
    pg_trip_fini(&t);
    while (which < SERVERS && pg_server_port(&servers[which]) != port)
        which++;
    assert_int_not_equal(which, SERVERS);
    return which;
}

#define PORT "SELECT inet_server_port()"

/* Until reads come from these and from no other, in turn. */
static void await_readers(pg_rig *rig, bool one, bool two)
{
    for (int good = 0; good < 6;) {
        int first = who_reads(rig, PORT), second = who_reads(rig, PORT);
        bool is_so = one && two ? first + second == ONE + TWO && first != second
                     : one      ? first == ONE && second == ONE
                     : two      ? first == TWO && second == TWO
                                : first == PRIMARY && second == PRIMARY;

        good = is_so ? good + 1 : 0;
        pg_rig_turn(rig);
    }
}

static void write_something(void)
{
    tell(PRIMARY, "INSERT INTO written SELECT 1");
}

static void both_are_asked_in_turn(void **state)
{
    pg_rig *rig = connect_rig(state, 1000);

    await_readers(rig, true, true);
    assert_int_equal(pg_rig_count(rig, PORT), pg_server_port(&servers[PRIMARY])); /* no read */
}

static void one_that_lags_is_left_out_until_it_has_caught_up(void **state)
{
    pg_rig *rig = connect_rig(state, 100);

    await_readers(rig, true, true);
    tell(ONE, "SELECT pg_wal_replay_pause()");
    write_something();
    await_readers(rig, false, true);
    tell(TWO, "SELECT pg_wal_replay_pause()");
    write_something();
    await_readers(rig, false, false);
    tell(ONE, "SELECT pg_wal_replay_resume()");
    tell(TWO, "SELECT pg_wal_replay_resume()");
    await_readers(rig, true, true);
}

/* Nothing tells it that there is more to replay. */
static void one_that_is_sent_nothing_is_left_out(void **state)
{
    pg_rig *rig = connect_rig(state, 100), *other = open_rig(TWO);
    char *restore;
    pg_trip t;

    await_readers(rig, true, true);
    pg_trip_go(pg_trip_one(&t, other,
                           "SELECT format('ALTER SYSTEM SET primary_conninfo = %L', "
                           "current_setting('primary_conninfo'))"));
    restore = t.cells[0];
    tell(TWO, "ALTER SYSTEM SET primary_conninfo = ''");
    tell(TWO, "SELECT pg_reload_conf()");
    pg_rig_await(other, "SELECT count(*) FROM pg_stat_wal_receiver", "0");
    write_something();
    await_readers(rig, true, false);
    tell(TWO, restore);
    tell(TWO, "SELECT pg_reload_conf()");
    await_readers(rig, true, true);
    pg_trip_fini(&t);
    close_rig(other);
}

#define SLEEPING "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"

/* At a replica, and for none at the primary. Answers at which. */
static int start_long_read(pg_rig *rig, pg_trip *t, const char *statement)
{
    pg_rig *rigs[] = {open_rig(ONE), open_rig(TWO)};
    int which = 0;

    pg_trip_one(t, rig, statement);
    t->x.as.pg.may_lag = true;
    t->x.repeat = VG_REPEAT_ALWAYS;
    pg_trip_start(t);
    while (pg_rig_count(rigs[which], SLEEPING) == 0) {
        which = !which;
        pg_rig_turn(rig);
    }
    close_rig(rigs[0]);
    close_rig(rigs[1]);
    return which;
}

static void finish_at_primary(pg_trip *t)
{
    pg_trip_finish(t);
    assert_int_equal(t->fault, VG_FAULT_NONE);
    assert_string_equal(t->message, "");
    assert_int_equal(strtol(t->cells[0], NULL, 10), pg_server_port(&servers[PRIMARY]));
    pg_trip_fini(t);
}

static void one_that_goes_is_not_missed(void **state)
{
    static const char *const ends[] = {"kill", "stop"};
    pg_rig *rig = connect_rig(state, 1000);
    pg_trip t;

    await_readers(rig, true, true);
    for (int i = 0; i < 2; i++) {
        int which = start_long_read(
            rig, &t, "SELECT inet_server_port(), pg_sleep(pg_is_in_recovery()::int * 40)");

        pg_server_tell(&servers[which], ends[i]);
        finish_at_primary(&t);
        for (int n = 0; n < 8; n++)
            assert_int_not_equal(who_reads(rig, PORT), which);
        await_readers(rig, which == TWO, which == ONE);
        pg_server_tell(&servers[which], "start");
        await_readers(rig, true, true);
    }
}

/* A read that a replica cannot answer, because it is behind, is the primary's. */
static void what_is_not_there_yet_is_asked_of_the_primary(void **state)
{
    pg_rig *rig = connect_rig(state, 0);

    await_readers(rig, true, true);
    tell(ONE, "SELECT pg_wal_replay_pause()");
    tell(TWO, "SELECT pg_wal_replay_pause()");
    tell(PRIMARY, "CREATE TABLE fresh (n int)");
    for (int i = 0; i < 4; i++)
        assert_int_equal(who_reads(rig, "SELECT inet_server_port(), count(*) FROM fresh"), PRIMARY);
    tell(PRIMARY, "ALTER TABLE written ADD COLUMN more int");
    assert_int_equal(who_reads(rig, "SELECT inet_server_port(), count(more) FROM written"),
                     PRIMARY);
    await_readers(rig, true, true); /* they are as good as before for the rest */
    tell(ONE, "SELECT pg_wal_replay_resume()");
    tell(TWO, "SELECT pg_wal_replay_resume()");
    while (who_reads(rig, "SELECT inet_server_port(), count(*) FROM fresh") == PRIMARY)
        pg_rig_turn(rig);
}

/* What is to be replayed does not wait for who reads (max_standby_streaming_delay is 0). */
static void a_read_that_is_in_the_way_goes_on_at_the_primary(void **state)
{
    pg_rig *rig = connect_rig(state, 0);
    pg_trip t;

    await_readers(rig, true, true);
    start_long_read(rig, &t,
                    "SELECT inet_server_port(), pg_sleep(pg_is_in_recovery()::int * 40) FROM "
                    "locked");
    tell(PRIMARY, "ALTER TABLE locked ADD COLUMN more int");
    finish_at_primary(&t);
}

int main(void)
{
    static const char *const settings[] = {"max_standby_streaming_delay=0",
                                           "wal_retrieve_retry_interval=100ms", NULL};
    static const struct CMUnitTest tests[] = {
        PG_TEST(both_are_asked_in_turn),
        PG_TEST(one_that_lags_is_left_out_until_it_has_caught_up),
        PG_TEST(one_that_is_sent_nothing_is_left_out),
        PG_TEST(one_that_goes_is_not_missed),
        PG_TEST(what_is_not_there_yet_is_asked_of_the_primary),
        PG_TEST(a_read_that_is_in_the_way_goes_on_at_the_primary),
    };
    int failed;

    pg_server_start(&servers[PRIMARY], "wheel", NULL);
    tell(PRIMARY, "CREATE TABLE written (n int)");
    tell(PRIMARY, "CREATE TABLE locked AS SELECT 1 AS n");
    for (int i = 0; i < PRIMARY; i++)
        pg_server_follow(&servers[i], &servers[PRIMARY], settings);
    failed = cmocka_run_group_tests_name("transport/pg_streaming", tests, NULL, NULL);
    for (int i = 0; i < SERVERS; i++)
        pg_server_end(&servers[i]);
    return failed;
}
