/* Connections: used again, replaced, bounded, and what may be sent twice on them. */
#include <signal.h>

#include "tests/support/http_rig.h"

static void connections_are_used_again(void **state)
{
    http_rig *rig = http_rig_serve(state);
    http_trip t;

    for (int i = 0; i < 50; i++) {
        http_trip_go(http_trip_get(&t, rig, "/ok"));
        assert_int_equal(t.status, 200);
    }
    assert_int_equal(http_server_count(rig->server).connections, 1);
}

/* The second one waits for the connection of the first, and so until that one has ended. */
static void who_waits_for_a_connection_is_told_how_long(void **state)
{
    http_rig *rig = *state;
    http_trip first, second;

    rig->endpoint.max_connections = 1;
    rig->server = http_server_new(&(http_server_parts){0});
    http_rig_set_url(rig, "http", http_server_port(rig->server), "");
    http_rig_connect(rig);
    http_trip_start(http_trip_get(&first, rig, "/ok"));
    http_trip_start(http_trip_get(&second, rig, "/ok"));
    http_trip_finish(&first);
    http_trip_finish(&second);
    assert_true(first.connect_ns > 0);
    assert_true(second.connect_ns > first.connect_ns);
}

static void a_connection_that_died_idle_is_replaced(void **state)
{
    http_rig *rig = http_rig_serve(state);
    http_trip t;

    for (int i = 0; i < 5; i++) {
        http_trip_go(http_trip_get(&t, rig, "/bye"));
        assert_int_equal(t.status, 200);
    }
    assert_int_equal(http_server_count(rig->server).connections, 5);
}

/* The server reads the second request on each connection and goes away. */
static void what_may_be_repeated_survives_a_dying_connection(void **state)
{
    http_rig *rig = http_rig_serve(state);
    http_trip t;

    for (int i = 0; i < 3; i++) {
        http_trip_go(http_trip_get(&t, rig, "/once"));
        assert_int_equal(t.fault, VG_FAULT_NONE);
    }
    assert_int_equal(http_server_count(rig->server).requests, 5); /* 1, then 2 and 2 */
}

static void what_may_not_be_repeated_is_sent_once(void **state)
{
    http_rig *rig = http_rig_serve(state);
    http_trip t;

    for (int i = 0; i < 3; i++) {
        http_trip_get(&t, rig, "/once")->x.repeat = i == 1 ? VG_REPEAT_IF_UNSENT : VG_REPEAT_NEVER;
        http_trip_go(&t);
        assert_int_equal(t.fault, VG_FAULT_NONE); /* a new connection each time */
    }
    http_trip_get(&t, rig, "/close")->x.repeat = VG_REPEAT_NEVER;
    http_trip_go(&t);
    assert_int_equal(t.fault, VG_FAULT_RESET);
    assert_int_equal(http_server_count(rig->server).requests, 4);
    assert_int_equal(http_server_count(rig->server).connections, 4);
}

static void a_thousand_exchanges_share_sixteen_connections(void **state)
{
    static http_trip trips[1000];
    http_rig *rig = *state;
    http_server_counts counts;

    rig->endpoint.max_connections = 16;
    rig->server = http_server_new(&(http_server_parts){0});
    http_rig_set_url(rig, "http", http_server_port(rig->server), "");
    http_rig_connect(rig);
    for (int i = 0; i < 1000; i++)
        http_trip_start(http_trip_get(&trips[i], rig, "/large/2000"));
    assert_int_equal(rig->http->in_flight(rig->http), 1000);
    for (int i = 0; i < 1000; i++)
        http_trip_finish(&trips[i]);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(trips[i].endings, 1);
        assert_int_equal(trips[i].body_len, 2000);
    }
    counts = http_server_count(rig->server);
    assert_int_equal(counts.requests, 1000);
    assert_int_equal(counts.most_at_once, 16);
    assert_int_equal(counts.connections, 16);
}

static void a_full_queue_refuses_from_a_later_turn(void **state)
{
    http_rig *rig = *state;
    http_trip busy, waiting, refused;

    rig->endpoint.max_connections = 1;
    rig->endpoint.max_queue = 1;
    http_rig_serve(state);
    http_trip_start(http_trip_get(&busy, rig, "/hang"));
    http_trip_start(http_trip_get(&waiting, rig, "/ok"));
    http_trip_start(http_trip_get(&refused, rig, "/ok"));
    http_trip_finish(&refused);
    assert_int_equal(refused.fault, VG_FAULT_FULL);
    assert_false(refused.was_sent);
    http_server_let_go(rig->server);
    http_trip_finish(&busy);
    http_trip_finish(&waiting);
    assert_int_equal(waiting.status, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(connections_are_used_again),
        HTTP_TEST(who_waits_for_a_connection_is_told_how_long),
        HTTP_TEST(a_connection_that_died_idle_is_replaced),
        HTTP_TEST(what_may_be_repeated_survives_a_dying_connection),
        HTTP_TEST(what_may_not_be_repeated_is_sent_once),
        HTTP_TEST(a_thousand_exchanges_share_sixteen_connections),
        HTTP_TEST(a_full_queue_refuses_from_a_later_turn),
    };

    signal(SIGPIPE, SIG_IGN);
    return HTTP_RUN(tests);
}
