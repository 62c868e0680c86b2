/* Through a pooler that gives each transaction another connection (PgBouncer, which is real), and
 * past it. What came through it sees a setting (tests/support/pgbouncer.py). */
#include <stdlib.h>

#include "vecgate/arena.h"

#include "tests/support/pg_rig.h"

static pg_server server, pooler;

#define WAY      "SELECT coalesce(current_setting('vecgate.way', true), 'direct')"
#define NAMES    "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'vg%'"
#define SLEEPING "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"

static pg_rig *connect_rig(void **state)
{
    pg_rig *rig = *state;

    if (rig->endpoint.url.len == 0)
        pg_rig_set_url(rig, pooler.url);
    pg_rig_connect(rig);
    return rig;
}

/* Somebody who comes another way. */
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

static void await(pg_rig *rig, pg_rig *other, const char *statement, const char *answer)
{
    while (strcmp(pg_rig_ask(other, statement), answer) != 0)
        pg_rig_turn(rig);
}

/* --- statements that come again -------------------------------------------------------------- */

static void start_again(pg_trip *t, pg_rig *rig, int number)
{
    static const vg_pg_param seven = {.value = {"7", 1}};
    static char texts[8][64];

    snprintf(texts[number], sizeof texts[number], "SELECT %d + $1::int", number * 100);
    pg_trip_one(t, rig, texts[number]);
    t->statements[0].comes_again = true;
    t->statements[0].params = &seven;
    t->statements[0].param_count = 1;
    pg_trip_start(t);
}

/* Eight at once on four connections of ours, which are three of the server's. */
static void go_round(pg_rig *rig)
{
    pg_trip trips[8];

    for (int i = 0; i < 8; i++)
        start_again(&trips[i], rig, i);
    for (int i = 0; i < 8; i++) {
        pg_trip_finish(&trips[i]);
        assert_int_equal(trips[i].fault, VG_FAULT_NONE);
        assert_string_equal(trips[i].message, "");
        assert_int_equal(strtol(trips[i].cells[0], NULL, 10), i * 100 + 7);
        pg_trip_fini(&trips[i]);
    }
}

/* Whichever of the server's connections it is. */
static bool is_anything_prepared(pg_rig *rig, int number)
{
    char text[64], look[128];
    bool is_prepared = false;
    pg_trip t;

    snprintf(text, sizeof text, "SELECT 'new %d'", number);
    snprintf(look, sizeof look,
             "SELECT 1 FROM pg_prepared_statements WHERE statement LIKE '%%new %d_'", number);
    for (int i = 0; i < 4; i++) {
        pg_trip_one(&t, rig, text);
        t.statements[0].comes_again = true;
        pg_trip_go(&t);
        assert_string_equal(t.message, "");
        pg_trip_fini(&t);
        pg_trip_go(pg_trip_one(&t, rig, look));
        is_prepared = is_prepared || t.rows[0].rows > 0;
        pg_trip_fini(&t);
    }
    return is_prepared;
}

/* Nobody sees it, and it ends: after some have been lost, of which each round has one at least. */
static void names_that_get_lost_are_given_up(void **state)
{
    pg_rig *rig = connect_rig(state);
    int rounds = 0;

    assert_string_equal(pg_rig_ask(rig, WAY), "pooler");
    do {
        for (int i = 0; i < 4; i++)
            go_round(rig);
        pg_rig_ask(rig, "DISCARD ALL");
    } while (is_anything_prepared(rig, rounds++));
    print_message("%d rounds\n", rounds);
    assert_true(rounds < 50);
}

static void nothing_is_prepared_when_that_is_said(void **state)
{
    pg_rig *rig = *state;

    pg_server_tell(&pooler, "stop"); /* for new connections to the server */
    pg_server_tell(&pooler, "start");
    rig->endpoint.prepares = VG_PG_PREPARES_NEVER;
    connect_rig(state);
    for (int round = 0; round < 3; round++)
        go_round(rig);
    for (int i = 0; i < 6; i++)
        assert_string_equal(pg_rig_ask(rig, NAMES), "0");
}

/* --- what holds for one transaction ---------------------------------------------------------- */

static void a_deadline_holds_for_its_own_transaction(void **state)
{
    pg_rig *rig = connect_rig(state);
    pg_trip t;

    for (int i = 0; i < 4; i++) {
        pg_trip_one(&t, rig, "SELECT pg_sleep(40)");
        t.x.deadline_ns = vg_loop_now_ns(vg_loop_uv_loop(rig->driver)) + 50000000;
        pg_trip_go(&t);
        assert_string_equal(t.state, "57014");
        assert_string_equal(pg_rig_ask(rig, "SHOW statement_timeout"), "0");
    }
    pg_trip_of(&t, rig, (const char *const[]){"SHOW transaction_isolation", WAY, NULL});
    t.x.as.pg.isolation = VG_PG_REPEATABLE_READ;
    pg_trip_go(&t);
    assert_string_equal(t.message, "");
    assert_string_equal(t.cells[0], "pooler");
    pg_trip_fini(&t);
}

static void what_is_stopped_is_given_up_behind_it(void **state)
{
    pg_rig *rig = connect_rig(state), *other = open_other();
    pg_trip t;

    pg_trip_start(pg_trip_one(&t, rig, "SELECT pg_sleep(40)"));
    await(rig, other, SLEEPING, "1");
    pg_trip_stop(&t);
    await(rig, other, SLEEPING, "0");
    assert_string_equal(pg_rig_ask(rig, "SELECT 'fine'"), "fine");
    close_other(other);
}

/* --- what goes past it ----------------------------------------------------------------------- */

static pg_trip *go_alone(pg_trip *t, pg_rig *rig, const char *statement)
{
    pg_trip_one(t, rig, statement);
    t->x.as.pg.kind = VG_PG_ALONE;
    return pg_trip_go(t);
}

static void copy_way(pg_rig *rig, const char *way)
{
    pg_trip t;

    pg_trip_one(&t, rig, "COPY ways (n) FROM STDIN");
    t.x.as.pg.kind = VG_PG_COPY;
    t.x.as.pg.copy = VG_LIT("1\n2\n");
    pg_trip_go(&t);
    assert_string_equal(t.message, "");
    assert_int_equal(t.rows[0].affected, 2);
    pg_trip_go(pg_trip_one(&t, rig, "SELECT DISTINCT way FROM ways"));
    assert_string_equal(t.cells[0], way);
    pg_trip_fini(&t);
}

/* With a URL of its own it goes past, else through: a single statement can. */
static void what_stands_alone_goes_past(void **state)
{
    static const char *const ways[] = {"pooler", "direct"};
    pg_rig *rig = *state;
    pg_trip t;

    for (int is_direct = 0; is_direct < 2; is_direct++) {
        if (is_direct)
            rig->endpoint.direct_url = vg_arena_copy(rig->arena, vg_slice_str(server.url));
        connect_rig(state);
        go_alone(&t, rig, WAY);
        assert_string_equal(t.cells[0], ways[is_direct]);
        pg_trip_fini(&t);
        pg_rig_ask(rig, "CREATE TABLE ways (n int, way text DEFAULT "
                        "coalesce(current_setting('vecgate.way', true), 'direct'))");
        copy_way(rig, ways[is_direct]);
        go_alone(&t, rig, "CREATE INDEX CONCURRENTLY ON ways (n)");
        assert_string_equal(t.message, "");
        pg_rig_ask(rig, "DROP TABLE ways");
        assert_string_equal(pg_rig_ask(rig, WAY), "pooler");
        rig->pg->close(rig->pg);
        rig->pg = NULL;
    }
}

/* A parameter that it does not know: it says which. */
static void what_it_refuses_is_told(void **state)
{
    pg_rig *rig = *state;
    pg_trip t;

    pg_rig_set_url(rig, pg_server_url(&pooler, "?options=-cgeqo%3Doff"));
    connect_rig(state);
    pg_trip_go(pg_trip_one(&t, rig, "SELECT 1"));
    assert_string_equal(t.state, "08P01");
    assert_non_null(strstr(t.message, "unsupported startup parameter: options"));
}

/* --- when it goes ---------------------------------------------------------------------------- */

static void one_that_pauses_is_waited_for(void **state)
{
    pg_rig *rig = connect_rig(state), *other = open_other();
    pg_trip begun, trips[4];

    pg_trip_start(pg_trip_one(&begun, rig, "SELECT pg_sleep(0.2)"));
    await(rig, other, SLEEPING, "1");
    pg_server_tell(&pooler, "pause");
    for (int i = 0; i < 4; i++)
        pg_trip_start(pg_trip_one(&trips[i], rig, "SELECT 'fine'"));
    pg_trip_finish(&begun);
    assert_string_equal(begun.message, "");
    for (int i = 0; i < 4; i++)
        assert_int_equal(trips[i].endings, 0);
    pg_server_tell(&pooler, "resume");
    for (int i = 0; i < 4; i++) {
        pg_trip_finish(&trips[i]);
        assert_string_equal(trips[i].cells[0], "fine");
        pg_trip_fini(&trips[i]);
    }
    pg_trip_fini(&begun);
    close_other(other);
}

/* In good order or not; while it rests, and under way. */
static void one_that_goes_comes_back(void **state)
{
    static const char *const ends[] = {"stop", "kill"};
    pg_rig *rig = connect_rig(state), *other = open_other();
    pg_trip t;

    for (int i = 0; i < 2; i++) {
        pg_rig_ask(rig, "SELECT 1");
        pg_server_tell(&pooler, ends[i]);
        pg_server_tell(&pooler, "start");
        assert_string_equal(pg_rig_ask(rig, "SELECT 'fine'"), "fine");

        pg_trip_start(pg_trip_one(&t, rig, "SELECT pg_sleep(40)"));
        await(rig, other, SLEEPING, "1");
        pg_server_tell(&pooler, ends[i]);
        pg_trip_finish(&t);
        assert_true(t.was_sent);
        assert_true(t.fault == VG_FAULT_RESET || t.has_error);
        pg_trip_go(pg_trip_one(&t, rig, "SELECT 1"));
        assert_int_equal(t.fault, VG_FAULT_CONNECT);
        pg_server_tell(&pooler, "start");
        assert_string_equal(pg_rig_ask(rig, "SELECT 'back'"), "back");
        pg_rig_ask(other, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
                          "wait_event = 'PgSleep'");
    }
    close_other(other);
}

/* The pooler stays, and says of itself what became of the server. */
static void a_server_behind_it_comes_back(void **state)
{
    pg_rig *rig = connect_rig(state);
    pg_trip t;

    pg_rig_ask(rig, "SELECT 1");
    pg_server_tell(&server, "stop");
    pg_trip_one(&t, rig, "SELECT 1");
    t.x.deadline_ns = 0;
    pg_trip_start(&t);
    pg_server_tell(&server, "start");
    pg_trip_finish(&t); /* it waited, or was told */
    assert_true(t.has_error || t.fault == VG_FAULT_NONE);
    pg_trip_fini(&t);
    pg_rig_await_good(rig, "SELECT 'back'");
    assert_string_equal(pg_rig_ask(rig, WAY), "pooler");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        PG_TEST(names_that_get_lost_are_given_up),
        PG_TEST(nothing_is_prepared_when_that_is_said),
        PG_TEST(a_deadline_holds_for_its_own_transaction),
        PG_TEST(what_is_stopped_is_given_up_behind_it),
        PG_TEST(what_stands_alone_goes_past),
        PG_TEST(what_it_refuses_is_told),
        PG_TEST(one_that_pauses_is_waited_for),
        PG_TEST(one_that_goes_comes_back),
        PG_TEST(a_server_behind_it_comes_back),
    };
    int failed;

    pg_server_start(&server, "wheel", NULL);
    pg_server_run(&pooler, "tests/support/pgbouncer.py", (const char *const[]){server.url, NULL});
    failed = cmocka_run_group_tests_name("transport/pg_pooler", tests, NULL, NULL);
    pg_server_end(&pooler);
    pg_server_end(&server);
    return failed;
}
