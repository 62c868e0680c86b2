/* How connections and streams end: clients that leave at every point, aborts, draining, closing,
 * and answers that nobody takes. Each ends every stream exactly once; door_close() counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "tests/unit/net/door.h"

#define HOST      "Host: h\r\n"
#define EMPTY     "HTTP/1.1 204 No Content\r\n\r\n"
#define GET(path) VG_LIT("GET " path " HTTP/1.1\r\n" HOST "\r\n")

static door house;

static int open_door(void **state)
{
    (void)state;
    door_open(&house);
    return 0;
}

static int close_door(void **state)
{
    (void)state;
    door_close(&house);
    return 0;
}

static bool is_held(const door *self)
{
    return self->held != NULL;
}

static bool is_empty(const door *self)
{
    return vg_listener_connections(self->listener) == 0;
}

static bool has_ended(const door *self)
{
    return self->began > 0 && self->began == self->ended;
}

/* --- clients that leave ---------------------------------------------------------------------- */

static void leave(client *from, bool rudely)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    if (rudely) /* a reset in place of an end */
        setsockopt(from->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    client_close(from);
}

static void a_client_may_leave_after_every_byte(void **state)
{
    static const char *const requests[] = {
        "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello",
        "POST /late HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "POST /ask HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi",
        "POST /early HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi",
        "POST /echo HTTP/1.1\r\n" HOST
        "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\n\x1f\x8b",
    };

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(requests) / sizeof(requests[0]); i++) {
        vg_slice sent = vg_slice_str(requests[i / 2]);

        for (size_t at = 0; at <= sent.len; at++) {
            client to;

            client_open(&to, &house);
            client_send(&to, vg_slice_of(sent.at, at));
            door_turn(&house);
            leave(&to, i % 2 == 1);
            for (int turns = 0; house.held == NULL && !is_empty(&house) && turns < 1000; turns++)
                door_turn(&house);
            if (house.held != NULL)
                vg_stream_abort(house.held);
            door_wait(&house, is_empty);
        }
    }
    assert_int_equal(house.began, house.ended);
}

static void a_stream_outlives_its_client_until_its_user_lets_go(void **state)
{
    client to;

    (void)state;
    vg_buf_clear(&house.log);
    client_open(&to, &house);
    client_send(&to, VG_LIT("POST /late HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello"));
    door_wait(&house, is_held);
    client_close(&to);
    door_expect_log(&house, "request body gone ");
    for (int i = 0; i < 20; i++)
        door_turn(&house);
    assert_non_null(house.held);
    assert_true(vg_slice_is_str(vg_stream_request(house.held)->body, "hello"));
    door_answer(&house); /* in vain */
    assert_non_null(house.held);
    door_expect_log(&house, "end ");
    door_wait(&house, is_empty);
}

static void a_body_taken_over_outlives_its_stream(void **state)
{
    client to;

    (void)state;
    vg_buf_clear(&house.log);
    client_open(&to, &house);
    client_send(&to, VG_LIT("POST /kept HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello"));
    door_wait(&house, is_held);
    assert_true(vg_slice_is_str(vg_stream_request(house.held)->body, "hello"));
    door_answer(&house);
    door_expect_log(&house, "request body end ");
    client_close(&to);
    door_wait(&house, is_empty);
    assert_true(vg_slice_is_str(vg_buf_bytes(&house.kept), "hello"));
    vg_buf_fini(&house.kept);
}

static void a_client_that_half_closes_late_gets_its_answer(void **state)
{
    client to;

    (void)state;
    house.pieces = 300;
    house.piece_bytes = 64 * 1024;
    client_open(&to, &house);
    client_send(&to, GET("/stream"));
    while (house.pieces > 0) {
        door_turn(&house);
        client_receive(&to);
        vg_buf_clear(&to.got);
    }
    client_shut(&to);
    while (!to.has_ended) {
        door_turn(&house);
        client_receive(&to);
        if (to.got.len >= 7)
            vg_buf_drop(&to.got, to.got.len - 7);
    }
    assert_false(to.was_reset);
    assert_true(vg_slice_is_str(vg_buf_bytes(&to.got), "\r\n0\r\n\r\n"));
    client_close(&to);
    door_wait(&house, is_empty);
}

/* --- asking ---------------------------------------------------------------------------------- */

static void a_body_waits_until_it_is_accepted(void **state)
{
    client to;

    (void)state;
    vg_buf_clear(&house.log);
    client_open(&to, &house);
    client_send(&to, VG_LIT("POST /ask HTTP/1.1\r\n" HOST
                            "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
    door_wait(&house, is_held);
    for (int i = 0; i < 20; i++)
        door_turn(&house);
    client_receive(&to);
    assert_int_equal(to.got.len, 0);
    door_accept(&house);
    door_expect_log(&house, "request ");
    client_expect(&to, "HTTP/1.1 100 Continue\r\n\r\n");
    client_send(&to, VG_LIT("hi"));
    client_expect(&to,
                  "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: text/plain\r\n\r\nhi");
    client_close(&to);
    door_wait(&house, is_empty);
    vg_buf_clear(&house.log);
}

static void no_callback_comes_from_within_a_call(void **state)
{
    client to;

    (void)state;
    vg_buf_clear(&house.log);
    client_open(&to, &house);
    client_send(&to, VG_LIT("POST /ask HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi"));
    door_wait(&house, is_held);
    door_accept(&house);
    assert_true(vg_slice_is_str(vg_buf_bytes(&house.log), "request "));
    door_expect_log(&house, "request body end ");
    client_send(&to, GET("/late"));
    door_wait(&house, is_held);
    door_answer(&house);
    assert_true(vg_slice_is_str(vg_buf_bytes(&house.log), "request body "));
    door_expect_log(&house, "request body end ");
    client_close(&to);
    door_wait(&house, is_empty);
}

/* --- streaming ------------------------------------------------------------------------------- */

static void pieces_become_chunks(void **state)
{
    client to;

    (void)state;
    client_open(&to, &house);
    house.pieces = 2;
    house.piece_bytes = 17;
    client_send(&to, GET("/stream"));
    client_expect(&to, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n"
                       "content-type: text/plain\r\n\r\n"
                       "11\r\nccccccccccccccccc\r\n11\r\nbbbbbbbbbbbbbbbbb\r\n0\r\n\r\n");
    house.pieces = 1;
    client_send(&to, VG_LIT("HEAD /stream HTTP/1.1\r\n" HOST "\r\n"));
    client_expect(&to, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n"
                       "content-type: text/plain\r\n\r\n");
    house.pieces = 1;
    client_send(&to, VG_LIT("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    client_expect(&to, "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n"
                       "bbbbbbbbbbbbbbbbb");
    client_expect_end(&to);
    client_close(&to);
}

#define STREAM_HEAD                                                                         \
    (sizeof("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-type: text/plain\r\n" \
            "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n") -                                \
     1)

static void a_slow_reader_costs_no_memory(void **state)
{
    const uint64_t pieces = 400, bytes = 64 * 1024;
    uint64_t received = 0;
    size_t most = 0;
    client to;

    (void)state;
    house.bounds.write_high_bytes = 128 * 1024;
    house.pieces = pieces;
    house.piece_bytes = bytes;
    client_open(&to, &house);
    client_send(&to, GET("/stream"));
    for (int i = 0; i < 2000; i++) {
        door_turn(&house);
        most = vg_arena_total_bytes() > most ? vg_arena_total_bytes() : most;
    }
    assert_true(house.pieces > 0);   /* it waits, */
    assert_true(most < 1024 * 1024); /* with next to nothing in hand */
    vg_buf_clear(&house.log);
    while (house.ended < house.began || to.got.len > 0) {
        vg_buf_clear(&to.got);
        door_turn(&house);
        client_receive(&to);
        received += to.got.len;
    }
    assert_int_equal(received, STREAM_HEAD + pieces * (7 + bytes + 2) + 5);
    client_close(&to);
    house.bounds.write_high_bytes = 1024 * 1024;
}

static void an_abort_is_seen_as_one(void **state)
{
    client to;

    (void)state;
    client_open(&to, &house);
    client_send(&to, GET("/abort"));
    while (!to.has_ended) {
        door_turn(&house);
        client_receive(&to);
    }
    assert_true(to.was_reset);
    client_close(&to);
    door_wait(&house, has_ended);
}

/* --- the listener ---------------------------------------------------------------------------- */

static void connections_over_the_bound_are_refused(void **state)
{
    uint64_t before = door_count(&house, VG_M_connections_refused_total);
    client first, second;

    (void)state;
    door_wait(&house, is_empty);
    house.bounds.max_connections = 1;
    client_open(&first, &house);
    client_send(&first, GET("/empty"));
    client_expect(&first, EMPTY);
    client_open(&second, &house);
    client_expect_end(&second);
    assert_int_equal(door_count(&house, VG_M_connections_refused_total), before + 1);
    client_close(&second);
    client_close(&first);
    door_wait(&house, is_empty);
    client_open(&first, &house);
    client_send(&first, GET("/empty"));
    client_expect(&first, EMPTY);
    client_close(&first);
    house.bounds.max_connections = 100;
}

static void draining_lets_busy_ones_finish(void **state)
{
    client idle, busy;

    (void)state;
    door_wait(&house, is_empty);
    client_open(&idle, &house);
    client_send(&idle, GET("/empty"));
    client_expect(&idle, EMPTY);
    client_open(&busy, &house);
    client_send(&busy, GET("/late"));
    door_wait(&house, is_held);
    vg_listener_drain(house.listener);
    client_expect_end(&idle);
    assert_int_equal(vg_listener_connections(house.listener), 1);
    door_answer(&house);
    client_expect(&busy,
                  "HTTP/1.1 200 OK\r\ncontent-length: 7\r\nconnection: close\r\n\r\nat last");
    client_expect_end(&busy);
    door_wait(&house, is_empty);
    client_close(&idle);
    client_close(&busy);
}

static void closing_cuts_what_is_open(void **state)
{
    client idle, busy, half;
    door own;

    (void)state;
    door_close(&house);
    door_open(&own);
    client_open(&idle, &own);
    client_open(&half, &own);
    client_send(&half, VG_LIT("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhel"));
    client_open(&busy, &own);
    client_send(&busy, GET("/late"));
    door_wait(&own, is_held);
    client_close(&half);
    client_close(&idle);
    client_close(&busy);
    door_close(&own);
    door_open(&house);
}

static void an_address_that_is_taken_is_told(void **state)
{
    static const char *const bad[] = {"",
                                      "127.0.0.1",
                                      "127.0.0.1:",
                                      ":80",
                                      "127.0.0.1:65536",
                                      "example.com:80",
                                      "127.0.0.1:80x",
                                      "[::1]"};
    vg_arena *arena = vg_arena_new(4096);
    vg_listener_parts parts = {
        &house.uv, vg_loop_uv_loop(house.driver), house.metrics, &house.bounds, NULL, NULL};
    vg_status status = {0};
    char text[64];

    (void)state;
    snprintf(text, sizeof(text), "127.0.0.1:%d", vg_listener_port(house.listener));
    assert_null(vg_listener_open(&parts, vg_slice_str(text), arena, &status));
    assert_int_equal(status.code, VG_UNAVAILABLE);
    assert_true(vg_slice_ends(status.what, VG_LIT("address already in use")));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        status = (vg_status){0};
        assert_null(vg_listener_open(&parts, vg_slice_str(bad[i]), arena, &status));
        assert_int_equal(status.code, VG_INVALID);
    }
    vg_arena_free(arena);
    door_turn(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_may_leave_after_every_byte),
        cmocka_unit_test(a_stream_outlives_its_client_until_its_user_lets_go),
        cmocka_unit_test(a_body_taken_over_outlives_its_stream),
        cmocka_unit_test(a_client_that_half_closes_late_gets_its_answer),
        cmocka_unit_test(a_body_waits_until_it_is_accepted),
        cmocka_unit_test(no_callback_comes_from_within_a_call),
        cmocka_unit_test(pieces_become_chunks),
        cmocka_unit_test(a_slow_reader_costs_no_memory),
        cmocka_unit_test(an_abort_is_seen_as_one),
        cmocka_unit_test(connections_over_the_bound_are_refused),
        cmocka_unit_test(an_address_that_is_taken_is_told),
        cmocka_unit_test(closing_cuts_what_is_open),
        cmocka_unit_test(draining_lets_busy_ones_finish),
    };

    return cmocka_run_group_tests_name("net/http1_ends", tests, open_door, close_door);
}
