/* Stopping an exchange wherever it is, and many of them in any order. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/http_rig.h"

/* Turns the loop until the server has read so many requests. */
static void run_until_read(http_rig *rig, int requests)
{
    while (http_server_count(rig->server).requests < requests)
        http_rig_turn(rig);
}

static void it_can_be_stopped_anywhere(void **state)
{
    http_rig *rig = *state;
    http_trip busy, queued, t;

    rig->endpoint.max_connections = 1;
    http_rig_serve(state);
    http_trip_start(http_trip_get(&t, rig, "/hang")); /* not even begun */
    http_trip_stop(&t);
    assert_false(t.was_sent);

    http_trip_start(http_trip_get(&busy, rig, "/hang"));
    run_until_read(rig, 1);
    http_trip_start(http_trip_get(&queued, rig, "/ok"));
    http_trip_stop(&queued); /* in the queue */
    assert_false(queued.was_sent);
    http_trip_stop(&busy); /* sent, no answer yet */
    assert_true(busy.was_sent);

    http_trip_start(http_trip_get(&t, rig, "/half"));
    run_until_read(rig, 2);
    for (int i = 0; i < 20; i++)
        http_rig_turn(rig);
    http_trip_stop(&t); /* in the middle of the reply */
    assert_true(t.was_sent);

    http_trip_start(http_trip_get(&t, rig, "/ok"));
    http_server_await(rig->server, 2);
    http_trip_finish(&t);
    rig->http->stop(rig->http, &t); /* over: no effect */
    for (int i = 0; i < 5; i++)
        http_rig_turn(rig);
    assert_int_equal(t.endings, 1);
    assert_int_equal(http_server_count(rig->server).requests, 3);
}

static void a_handshake_can_be_stopped(void **state)
{
    http_rig *rig = *state;
    http_trip t;

    rig->server = http_server_new(&(http_server_parts){.is_silent = true});
    http_rig_set_url(rig, "https", http_server_port(rig->server), "");
    http_rig_connect(rig);
    http_trip_start(http_trip_get(&t, rig, "/ok"));
    while (http_server_count(rig->server).connections == 0)
        http_rig_turn(rig);
    for (int i = 0; i < 20; i++)
        http_rig_turn(rig);
    http_trip_stop(&t);
    assert_false(t.was_sent);
}

/* A listener whose queue is full: connecting to it neither succeeds nor fails. */
struct jam {
    int listener;
    int others[8];
    int port;
};

static void open_jam(struct jam *jam)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    jam->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(jam->listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(jam->listener, 0), 0);
    assert_int_equal(getsockname(jam->listener, (struct sockaddr *)&address, &len), 0);
    jam->port = ntohs(address.sin_port);
    for (int i = 0; i < 8; i++) {
        jam->others[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(jam->others[i], (struct sockaddr *)&address, len);
    }
}

static void close_jam(const struct jam *jam)
{
    for (int i = 0; i < 8; i++)
        close(jam->others[i]);
    close(jam->listener);
}

static void connecting_can_be_stopped(void **state)
{
    http_rig *rig = *state;
    struct jam jam;
    http_trip t;

    open_jam(&jam);
    http_rig_set_url(rig, "http", jam.port, "");
    http_rig_connect(rig);
    for (int i = 0; i < 20; i++) {
        http_trip_start(http_trip_get(&t, rig, "/ok"));
        for (int k = 0; k < 1 + i % 4; k++)
            http_rig_turn(rig);
        http_trip_stop(&t);
        assert_false(t.was_sent);
    }
    close_jam(&jam);
}

static void connecting_ends_when_its_time_is_over(void **state)
{
    http_rig *rig = *state;
    struct jam jam;
    http_trip t;

    open_jam(&jam);
    http_rig_set_url(rig, "http", jam.port, "");
    rig->endpoint.connect_ms = 20;
    http_rig_connect(rig);
    http_trip_go(http_trip_get(&t, rig, "/ok"));
    assert_int_equal(t.fault, VG_FAULT_CONNECT);
    assert_false(t.was_sent);
    close_jam(&jam);
}

/* --- from within an ending ------------------------------------------------------------------- */

struct chain {
    http_trip trip;
    int left;
};

static void ended(void *arg, const vg_ending *ending)
{
    struct chain *chain = arg;
    vg_transport *http = chain->trip.rig->http;

    assert_int_equal(ending->fault, VG_FAULT_NONE);
    assert_true(vg_slice_is_str(ending->reply->http.body, "{\"ok\":true}"));
    uv_stop(&chain->trip.rig->uv);
    if (--chain->left > 0)
        http->send(http, &chain->trip.x, ended, chain);
    /* the reply is still whole: the next exchange took another job */
    assert_true(vg_slice_is_str(ending->reply->http.body, "{\"ok\":true}"));
}

static void an_exchange_is_sent_from_within_an_ending(void **state)
{
    http_rig *rig = http_rig_serve(state);
    struct chain chain = {.left = 20};

    http_trip_get(&chain.trip, rig, "/ok");
    rig->http->send(rig->http, &chain.trip.x, ended, &chain);
    while (chain.left > 0)
        uv_run(&rig->uv, UV_RUN_ONCE);
    assert_int_equal(http_server_count(rig->server).requests, 20);
}

/* --- many ------------------------------------------------------------------------------------ */

static void random_exchanges_and_stops_end_once_each(void **state)
{
    static const char *const paths[] = {"/ok",    "/echo",  "/large/5000", "/chunked/3000",
                                        "/close", "/reset", "/truncated",  "/garbage",
                                        "/bye",   "/once",  "/drip",       "/fields/200"};
    static http_trip trips[600];
    http_rig *rig = http_rig_serve(state);
    unsigned seed = (unsigned)uv_hrtime();
    unsigned chance = seed;

    print_message("seed %u\n", seed);
    for (int i = 0; i < 600; i++) {
        http_trip_get(&trips[i], rig, paths[rand_r(&chance) % 12]);
        trips[i].x.repeat = (vg_repeat)(rand_r(&chance) % 3);
        http_trip_start(&trips[i]);
        if (rand_r(&chance) % 3 == 0)
            rig->http->stop(rig->http, &trips[rand_r(&chance) % (unsigned)(i + 1)]);
        if (rand_r(&chance) % 2 == 0)
            http_rig_turn(rig);
    }
    for (int i = 0; i < 600; i++)
        http_trip_finish(&trips[i]);
    for (int i = 0; i < 600; i++)
        assert_int_equal(trips[i].endings, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(it_can_be_stopped_anywhere),
        HTTP_TEST(a_handshake_can_be_stopped),
        HTTP_TEST(connecting_can_be_stopped),
        HTTP_TEST(connecting_ends_when_its_time_is_over),
        HTTP_TEST(an_exchange_is_sent_from_within_an_ending),
        HTTP_TEST(random_exchanges_and_stops_end_once_each),
    };

    signal(SIGPIPE, SIG_IGN);
    return HTTP_RUN(tests);
}
