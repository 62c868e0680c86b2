/* The pool of the PostgreSQL transport: its bounds, what cannot connect, and servers that go. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

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

/* Somebody else's view of the server, from a loop of its own. */
static pg_rig *open_other(void)
{
    void *state;

    pg_rig_open(&state);
    return connect_rig(&state);
}

static void close_other(pg_rig *other)
{
    void *state = other;

    pg_rig_close(&state);
}

/* How many sessions of this name there are. */
#define SESSIONS(name)                                                               \
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = '" name "' AND " \
    "backend_type = 'client backend'"

static void set_name(pg_rig *rig, const char *name)
{
    char behind[64];

    snprintf(behind, sizeof behind, "?application_name=%s", name);
    pg_rig_set_url(rig, pg_server_url(&server, behind));
}

static void await_sessions(pg_rig *rig, pg_rig *other, const char *statement, const char *count)
{
    while (strcmp(pg_rig_ask(other, statement), count) != 0)
        pg_rig_turn(rig);
}

/* --- bounds ---------------------------------------------------------------------------------- */

static void a_connection_is_used_again(void **state)
{
    pg_rig *rig = connect_rig(state);
    char pid[32];

    snprintf(pid, sizeof pid, "%s", pg_rig_ask(rig, "SELECT pg_backend_pid()"));
    for (int i = 0; i < 5; i++)
        assert_string_equal(pg_rig_ask(rig, "SELECT pg_backend_pid()"), pid);
}

static void there_are_never_more_than_the_bound(void **state)
{
    pg_rig *rig = *state, *other = open_other();
    pg_trip trips[12];

    rig->endpoint.max_connections = 3;
    set_name(rig, "bounded");
    pg_rig_connect(rig);
    for (int i = 0; i < 12; i++)
        pg_trip_start(pg_trip_one(&trips[i], rig, "SELECT pg_backend_pid(), pg_sleep(0.02)"));
    for (int i = 0; i < 12; i++) {
        pg_trip_finish(&trips[i]);
        assert_string_equal(trips[i].message, "");
        assert_true(pg_rig_count(other, SESSIONS("bounded")) <= 3);
        pg_trip_fini(&trips[i]);
    }
    assert_string_equal(pg_rig_ask(other, SESSIONS("bounded")), "3");
    close_other(other);
}

static void a_full_queue_refuses(void **state)
{
    pg_rig *rig = *state;
    pg_trip trips[5];

    rig->endpoint.max_connections = 1;
    rig->endpoint.max_queue = 3;
    connect_rig(state);
    pg_rig_ask(rig, "SELECT 1");
    for (int i = 0; i < 5; i++)
        pg_trip_start(pg_trip_one(&trips[i], rig, i == 0 ? "SELECT pg_sleep(0.2)" : "SELECT 1"));
    pg_trip_finish(&trips[4]);
    assert_int_equal(trips[4].fault, VG_FAULT_FULL);
    assert_false(trips[4].was_sent);
    for (int i = 0; i < 4; i++) {
        pg_trip_finish(&trips[i]);
        assert_int_equal(trips[i].fault, VG_FAULT_NONE);
        pg_trip_fini(&trips[i]);
    }
}

static void first_come_first_served(void **state)
{
    pg_rig *rig = *state;
    pg_trip trips[8];
    uint64_t waited_ns = 0;

    rig->endpoint.max_connections = 1;
    connect_rig(state);
    pg_rig_ask(rig, "CREATE SEQUENCE turns");
    for (int i = 0; i < 8; i++)
        pg_trip_start(pg_trip_one(&trips[i], rig, "SELECT nextval('turns')"));
    for (int i = 0; i < 8; i++) {
        pg_trip_finish(&trips[i]);
        assert_int_equal(strtol(trips[i].cells[0], NULL, 10), i + 1);
        assert_true(i == 0 || trips[i].connect_ns > waited_ns); /* for those before it */
        waited_ns = trips[i].connect_ns;
        pg_trip_fini(&trips[i]);
    }
}

static void some_are_kept_open_and_the_idle_ones_closed(void **state)
{
    pg_rig *rig = *state, *other = open_other();
    pg_trip trips[4];

    rig->endpoint.min_connections = 2;
    rig->endpoint.max_connections = 4;
    rig->endpoint.idle_ms = 100;
    set_name(rig, "kept");
    pg_rig_connect(rig);
    await_sessions(rig, other, SESSIONS("kept"), "2"); /* nobody asked for anything */
    for (int i = 0; i < 4; i++)
        pg_trip_start(pg_trip_one(&trips[i], rig, "SELECT pg_sleep(0.1)"));
    await_sessions(rig, other, SESSIONS("kept"), "4");
    for (int i = 0; i < 4; i++) {
        pg_trip_finish(&trips[i]);
        pg_trip_fini(&trips[i]);
    }
    await_sessions(rig, other, SESSIONS("kept"), "2");
    close_other(other);
}

static void a_connection_has_a_lifetime(void **state)
{
    pg_rig *rig = *state;
    char pid[32];

    rig->endpoint.lifetime_ms = 100;
    connect_rig(state);
    snprintf(pid, sizeof pid, "%s", pg_rig_ask(rig, "SELECT pg_backend_pid()"));
    while (strcmp(pg_rig_ask(rig, "SELECT pg_backend_pid()"), pid) == 0)
        pg_rig_turn(rig);
}

/* --- who cannot connect ---------------------------------------------------------------------- */

struct refusal {
    const char *says;
    const char *url; /* %d: the server's port */
    const char *state;
    vg_fault fault;
    const char *detail; /* in its words */
};

static const struct refusal refusals[] = {
    {"a wrong password", "postgresql://gate:wrong@127.0.0.1:%d/postgres", "28P01", 0, "password"},
    {"no password", "postgresql://gate@127.0.0.1:%d/postgres?passfile=/nowhere", "28P01", 0,
     "password"},
    {"no such user", "postgresql://nobody:x@127.0.0.1:%d/postgres", "28P01", 0, "password"},
    {"no such database", "postgresql://gate:s3cret%%20pass@127.0.0.1:%d/nowhere", "3D000", 0,
     "nowhere"},
    {"a setting that does not exist",
     "postgresql://gate:s3cret%%20pass@127.0.0.1:%d/"
     "postgres?options=-cno.such%%3D1%%20-cwork_mem%%3Dx",
     "22023", 0, "work_mem"},
    {"TLS that is not there",
     "postgresql://gate:s3cret%%20pass@127.0.0.1:%d/postgres?sslmode=require", "", VG_FAULT_TLS,
     "SSL"},
    {"a host that does not exist", "postgresql://gate:x@no-such-host.invalid:%d/postgres", "",
     VG_FAULT_DNS, ""},
    {"nobody listens", "postgresql://gate:x@127.0.0.1:1/postgres?application_name=%d", "",
     VG_FAULT_CONNECT, "refused"},
    {"a socket that is not there", "postgresql://gate:x@/postgres?host=/nowhere&port=%d", "",
     VG_FAULT_CONNECT, "nowhere"},
};

static void who_cannot_connect_is_told_why(void **state)
{
    pg_rig *rig = *state;
    int port = pg_server_port(&server);

    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const struct refusal *row = &refusals[i];
        char url[256];
        pg_trip t;

        snprintf(url, sizeof url, row->url, port);
        pg_rig_set_url(rig, url);
        pg_rig_connect(rig);
        pg_trip_go(pg_trip_of(&t, rig, (const char *const[]){"SELECT 1", "SELECT 2", NULL}));
        print_message("%s: %s %s%s%s\n", row->says, vg_fault_word(t.fault), t.state, t.message,
                      t.detail);
        assert_int_equal(t.fault, row->fault);
        assert_string_equal(t.state, row->state);
        assert_false(t.was_sent);
        assert_non_null(strstr(t.has_error ? t.message : t.detail, row->detail));
        if (t.has_error) {
            assert_true(t.on_connect);
            assert_int_equal(t.failed, 2);
        }
        rig->pg->close(rig->pg);
        rig->pg = NULL;
    }
}

static void all_hosts_and_addresses_are_tried(void **state)
{
    pg_rig *rig = *state;
    int port = pg_server_port(&server);
    char url[256];

    snprintf(url, sizeof url,
             "postgresql://gate:s3cret%%20pass@no-such-host.invalid:%d,127.0.0.1:1,localhost:%d/"
             "postgres?target_session_attrs=read-write",
             port, port);
    pg_rig_set_url(rig, url);
    pg_rig_connect(rig);
    assert_string_equal(pg_rig_ask(rig, "SELECT 'here'"), "here");
}

static int listen_silently(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void connecting_has_a_time(void **state)
{
    pg_rig *rig = *state;
    char url[128];
    pg_trip t;
    int port, fd = listen_silently(&port);

    snprintf(url, sizeof url, "postgresql://gate:x@127.0.0.1:%d/postgres", port);
    pg_rig_set_url(rig, url);
    rig->endpoint.connect_ms = 100;
    pg_rig_connect(rig);
    pg_trip_go(pg_trip_one(&t, rig, "SELECT 1"));
    assert_int_equal(t.fault, VG_FAULT_CONNECT);
    assert_false(t.was_sent);
    assert_non_null(strstr(t.detail, "time to connect"));
    close(fd);
}

/* A listener whose queue is full: connecting to it neither succeeds nor fails. */
static void one_that_does_not_answer_leaves_time_for_the_next(void **state)
{
    pg_rig *rig = *state;
    struct sockaddr_in address = {.sin_family = AF_INET};
    int port, others[6], fd = listen_silently(&port);

    listen(fd, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)port);
    for (int i = 0; i < 6; i++) {
        others[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        connect(others[i], (struct sockaddr *)&address, sizeof address);
    }
    rig->endpoint.connect_ms = 1000;
    rig->endpoint.url = vg_arena_printf(
        rig->arena, "postgresql://gate:s3cret%%20pass@127.0.0.1:%d,127.0.0.1:%d/postgres", port,
        pg_server_port(&server));
    pg_rig_connect(rig);
    assert_string_equal(pg_rig_ask(rig, "SELECT 'here'"), "here");
    for (int i = 0; i < 6; i++)
        close(others[i]);
    close(fd);
}

/* The server has room for fewer than the pool would open: who waits gets one of those. */
static void too_many_for_the_server_wait_for_one_another(void **state)
{
    pg_rig *rig = *state, *other = open_other();
    pg_trip trips[12];

    pg_rig_ask(other, "CREATE ROLE few LOGIN PASSWORD 'few' CONNECTION LIMIT 2");
    pg_rig_set_url(rig, "");
    rig->endpoint.url = vg_arena_printf(rig->arena, "postgresql://few:few@127.0.0.1:%d/postgres",
                                        pg_server_port(&server));
    rig->endpoint.max_connections = 6;
    pg_rig_connect(rig);
    pg_rig_ask(rig, "SELECT 1");
    for (int i = 0; i < 12; i++)
        pg_trip_start(pg_trip_one(&trips[i], rig, "SELECT pg_sleep(0.02)"));
    for (int i = 0; i < 12; i++) {
        pg_trip_finish(&trips[i]);
        assert_int_equal(trips[i].fault, VG_FAULT_NONE);
        assert_string_equal(trips[i].message, "");
        pg_trip_fini(&trips[i]);
    }
    close_other(other);
}

static void none_left_is_a_reply(void **state)
{
    pg_rig *rig = *state, *other = open_other();
    pg_trip t;

    pg_rig_ask(other, "CREATE ROLE shut LOGIN PASSWORD 'shut' CONNECTION LIMIT 0");
    rig->endpoint.url = vg_arena_printf(rig->arena, "postgresql://shut:shut@127.0.0.1:%d/postgres",
                                        pg_server_port(&server));
    pg_rig_connect(rig);
    pg_trip_go(pg_trip_one(&t, rig, "SELECT 1"));
    assert_string_equal(t.state, "53300");
    assert_true(t.on_connect);
    close_other(other);
}

/* The threads that greet servers have all that they can take. */
static void too_many_at_once_are_refused(void **state)
{
    static const vg_pool_size full[VG_POOLS] = {{1, 8}, {1, 8}, {1, 8}, {1, 0}};
    pg_rig *rig = *state;
    pg_trip t;

    vg_pools_free(rig->pools);
    rig->pools = vg_pools_new(full);
    connect_rig(state);
    pg_trip_go(pg_trip_one(&t, rig, "SELECT 1"));
    assert_int_equal(t.fault, VG_FAULT_FULL);
    assert_false(t.was_sent);
    assert_non_null(strstr(t.detail, "too many connections are being made"));
}

/* --- connections that end -------------------------------------------------------------------- */

#define END_OTHERS                                                                         \
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name" \
    " = 'ending'"

static void an_idle_one_that_ended_is_noticed(void **state)
{
    pg_rig *rig = *state, *other = open_other();

    set_name(rig, "ending");
    pg_rig_connect(rig);
    for (int turns = 0; turns < 6; turns++) { /* noticed by the loop, or only when it is used */
        pg_rig_ask(rig, "SELECT 1");
        pg_rig_ask(other, END_OTHERS);
        pg_rig_await(other, SESSIONS("ending"), "0");
        for (int i = 0; i < turns; i++)
            pg_rig_turn(rig);
        assert_string_equal(pg_rig_ask(rig, "SELECT 'fine'"), "fine");
    }
    close_other(other);
}

static void one_that_ends_under_way_is_told(void **state)
{
    pg_rig *rig = *state, *other = open_other();
    pg_trip t;

    set_name(rig, "ending");
    pg_rig_connect(rig);
    pg_rig_ask(rig, "SELECT 1");
    pg_trip_start(pg_trip_of(
        &t, rig, (const char *const[]){"SELECT 1", "SELECT pg_sleep(40)", "SELECT 1", NULL}));
    await_sessions(rig, other, SESSIONS("ending") " AND state = 'active' AND query LIKE '%sleep%'",
                   "1");
    pg_rig_ask(other, END_OTHERS);
    pg_trip_finish(&t);
    assert_int_equal(t.fault, VG_FAULT_NONE); /* it said goodbye: nothing was done */
    assert_string_equal(t.state, "57P01");
    assert_int_equal(t.failed, 1);
    pg_trip_fini(&t);
    assert_string_equal(pg_rig_ask(rig, "SELECT 'fine'"), "fine");
    close_other(other);
}

static void a_server_that_is_killed_resets_and_comes_back(void **state)
{
    pg_rig *rig = *state, *other = open_other();
    pg_trip t, queued;

    set_name(rig, "killed");
    rig->endpoint.max_connections = 1;
    pg_rig_connect(rig);
    pg_rig_ask(rig, "SELECT 1");
    pg_trip_start(pg_trip_one(&t, rig, "SELECT pg_sleep(40)"));
    pg_trip_start(pg_trip_one(&queued, rig, "SELECT 1"));
    await_sessions(rig, other, SESSIONS("killed") " AND state = 'active'", "1");
    close_other(other);
    pg_server_tell(&server, "kill");
    pg_trip_finish(&t);
    assert_int_equal(t.fault, VG_FAULT_RESET);
    assert_true(t.was_sent);
    pg_trip_finish(&queued);
    assert_int_equal(queued.fault, VG_FAULT_CONNECT);
    assert_false(queued.was_sent);
    pg_trip_go(pg_trip_one(&t, rig, "SELECT 1"));
    assert_int_equal(t.fault, VG_FAULT_CONNECT);
    pg_server_tell(&server, "start");
    assert_string_equal(pg_rig_ask(rig, "SELECT 'back'"), "back");
}

static void a_server_that_stops_says_so(void **state)
{
    pg_rig *rig = connect_rig(state);
    pg_trip t;

    pg_rig_ask(rig, "SELECT 1");
    pg_trip_start(pg_trip_one(&t, rig, "SELECT pg_sleep(40)"));
    for (int i = 0; i < 20; i++)
        pg_rig_turn(rig);
    pg_server_tell(&server, "stop");
    pg_trip_finish(&t);
    assert_int_equal(t.fault, VG_FAULT_NONE);
    assert_string_equal(t.state, "57P01");
    pg_trip_go(pg_trip_one(&t, rig, "SELECT 1"));
    assert_int_equal(t.fault, VG_FAULT_CONNECT);
    pg_server_tell(&server, "start");
    assert_string_equal(pg_rig_ask(rig, "SELECT 'back'"), "back");
}

int main(void)
{
    static const char *const settings[] = {"max_connections=30", NULL};
    static const struct CMUnitTest tests[] = {
        PG_TEST(a_connection_is_used_again),
        PG_TEST(there_are_never_more_than_the_bound),
        PG_TEST(a_full_queue_refuses),
        PG_TEST(first_come_first_served),
        PG_TEST(some_are_kept_open_and_the_idle_ones_closed),
        PG_TEST(a_connection_has_a_lifetime),
        PG_TEST(who_cannot_connect_is_told_why),
        PG_TEST(all_hosts_and_addresses_are_tried),
        PG_TEST(connecting_has_a_time),
        PG_TEST(one_that_does_not_answer_leaves_time_for_the_next),
        PG_TEST(too_many_for_the_server_wait_for_one_another),
        PG_TEST(none_left_is_a_reply),
        PG_TEST(too_many_at_once_are_refused),
        PG_TEST(an_idle_one_that_ended_is_noticed),
        PG_TEST(one_that_ends_under_way_is_told),
        PG_TEST(a_server_that_is_killed_resets_and_comes_back),
        PG_TEST(a_server_that_stops_says_so),
    };
    int failed;

    pg_server_start(&server, "wheel", settings);
    failed = cmocka_run_group_tests_name("transport/pg_connections", tests, NULL, NULL);
    pg_server_end(&server);
    return failed;
}
