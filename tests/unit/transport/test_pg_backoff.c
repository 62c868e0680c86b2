/* A pool that has lost its server, or its connections: how often it knocks, and what it keeps. */
#include <stdlib.h>

#include "vecgate/arena.h"

#include "tests/support/pg_rig.h"

static pg_server server;

/* --- a server that is gone ------------------------------------------------------------------- */

enum { WAITING = 30, STORM_MS = 1500, FIRST_MS = 50, MOST_MS = 1000 };

struct door { /* who knocks is counted and sent away */
    uv_tcp_t listener;
    int knocks;
};

static void on_sent_away(uv_handle_t *handle)
{
    free(handle);
}

static void on_knock(uv_stream_t *listener, int status)
{
    struct door *door = listener->data;
    uv_tcp_t *guest = calloc(1, sizeof *guest);

    assert_int_equal(status, 0);
    door->knocks++;
    uv_tcp_init(listener->loop, guest);
    uv_accept(listener, (uv_stream_t *)guest);
    uv_close((uv_handle_t *)guest, on_sent_away);
}

static int open_door(struct door *door, uv_loop_t *uv)
{
    struct sockaddr_in address;
    int len = sizeof address;

    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(uv, &door->listener);
    door->listener.data = door;
    assert_int_equal(uv_tcp_bind(&door->listener, (struct sockaddr *)&address, 0), 0);
    uv_unref((uv_handle_t *)&door->listener); /* a test that fails ends all the same */
    assert_int_equal(uv_listen((uv_stream_t *)&door->listener, 64, on_knock), 0);
    uv_tcp_getsockname(&door->listener, (struct sockaddr *)&address, &len);
    return ntohs(address.sin_port);
}

/* One for each of the first, then one after each pause; a pause is a tenth shorter at least. */
static int most_knocks(uint32_t connections, uint64_t elapsed_ms)
{
    uint64_t pause_ms = FIRST_MS, at_ms = 0;
    int most = (int)connections;

    for (; at_ms <= elapsed_ms; most++) {
        at_ms += pause_ms * 9 / 10;
        pause_ms = pause_ms * 2 < MOST_MS ? pause_ms * 2 : MOST_MS;
    }
    return most;
}

static void one_that_is_gone_is_not_hammered(void **state)
{
    pg_rig *rig = *state;
    static struct door door; /* until the loop has closed it */
    int port = open_door(&door, &rig->uv), failures = 0;
    pg_trip trips[WAITING];
    uint64_t began, elapsed_ms;

    rig->endpoint.min_connections = 2;
    rig->endpoint.url =
        vg_arena_printf(rig->arena, "postgresql://gate:x@127.0.0.1:%d/postgres", port);
    pg_rig_connect(rig);
    began = uv_hrtime();
    for (int i = 0; i < WAITING; i++)
        pg_trip_start(pg_trip_one(&trips[i], rig, "SELECT 1"));
    do { /* who fails comes again at once */
        pg_rig_turn(rig);
        for (int i = 0; i < WAITING; i++) {
            if (trips[i].endings == 0)
                continue;
            assert_int_equal(trips[i].fault, VG_FAULT_CONNECT);
            failures++;
            pg_trip_start(pg_trip_one(&trips[i], rig, "SELECT 1"));
        }
        elapsed_ms = (uv_hrtime() - began) / 1000000;
    } while (elapsed_ms < STORM_MS);
    print_message("%d knocks, %d failures in %d ms\n", door.knocks, failures, (int)elapsed_ms);
    assert_true(door.knocks >= 4);
    assert_true(door.knocks <= most_knocks(4, elapsed_ms));
    assert_true(failures >= WAITING);
    for (int i = 0; i < WAITING; i++)
        rig->pg->stop(rig->pg, &trips[i]);
    for (int i = 0; i < WAITING; i++)
        pg_trip_finish(&trips[i]);
    uv_close((uv_handle_t *)&door.listener, NULL);
}

/* --- connections that are gone --------------------------------------------------------------- */

#define SESSIONS                                                                     \
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kept' AND pid " \
    "NOT IN (SELECT pid FROM known)"

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

static void await_sessions(pg_rig *rig, pg_rig *other, const char *count)
{
    while (strcmp(pg_rig_ask(other, SESSIONS), count) != 0)
        pg_rig_turn(rig);
}

/* Nobody asks for anything. */
static void the_least_are_open_again_by_themselves(void **state)
{
    pg_rig *rig = *state, *other = open_other();

    pg_rig_ask(other, "CREATE TABLE known (pid int)");
    rig->endpoint.min_connections = 3;
    pg_rig_set_url(rig, pg_server_url(&server, "?application_name=kept"));
    pg_rig_connect(rig);
    for (int i = 0; i < 3; i++) {
        await_sessions(rig, other, "3");
        pg_rig_ask(other, "INSERT INTO known SELECT pid FROM (SELECT pid FROM pg_stat_activity "
                          "WHERE application_name = 'kept' OFFSET 0) AS of_them WHERE "
                          "pg_terminate_backend(pid)");
    }
    await_sessions(rig, other, "3");
    pg_server_tell(&server, "kill");
    for (int i = 0; i < 50; i++)
        pg_rig_turn(rig);
    pg_server_tell(&server, "start");
    close_other(other);
    other = open_other();
    pg_rig_ask(other, "DELETE FROM known");
    await_sessions(rig, other, "3");
    close_other(other);
}

/* All that time others are on their way, and none of them may be done twice. */
static void a_lifetime_fails_nothing(void **state)
{
    enum { ROUNDS = 40, PIDS = 12 };
    pg_rig *rig = *state;
    long pids[PIDS];
    int known = 0, rounds = 0;
    pg_trip trips[8];

    rig->endpoint.lifetime_ms = 50;
    pg_rig_set_url(rig, server.url);
    pg_rig_connect(rig);
    for (; known < PIDS || rounds < ROUNDS; rounds++) {
        for (int i = 0; i < 8; i++)
            pg_trip_start(pg_trip_one(&trips[i], rig, "SELECT pg_backend_pid()"));
        for (int i = 0; i < 8; i++) {
            long pid;
            int at = 0;

            pg_trip_finish(&trips[i]);
            assert_int_equal(trips[i].fault, VG_FAULT_NONE);
            assert_string_equal(trips[i].message, "");
            pid = strtol(trips[i].cells[0], NULL, 10);
            while (at < known && pids[at] != pid)
                at++;
            if (at == known && known < PIDS)
                pids[known++] = pid;
            pg_trip_fini(&trips[i]);
        }
    }
    print_message("%d rounds of 8\n", rounds);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        PG_TEST(one_that_is_gone_is_not_hammered),
        PG_TEST(the_least_are_open_again_by_themselves),
        PG_TEST(a_lifetime_fails_nothing),
    };
    int failed;

    pg_server_start(&server, "wheel", NULL);
    failed = cmocka_run_group_tests_name("transport/pg_backoff", tests, NULL, NULL);
    pg_server_end(&server);
    return failed;
}
