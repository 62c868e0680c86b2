/* Patience with clients: slow heads, bodies that stop, readers that stop, connections that idle.
 * The bounds are made small; nothing waits longer than they demand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
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

#define TOO_LATE                                                                        \
    "HTTP/1.1 408 Request Timeout\r\ncontent-length: #\r\ncontent-type: text/plain\r\n" \
    "connection: close\r\n\r\n"

static void a_slow_head_gets_408(void **state)
{
    uint64_t before = door_count(&house, VG_M_timeouts_total);
    client to;

    (void)state;
    house.bounds.head_ms = 30;
    client_open(&to, &house);
    client_send(&to, VG_LIT("GET /late?x HTTP/1.1\r\nHo"));
    client_expect(&to, TOO_LATE "/late: the head of the request did not come in time");
    client_expect_end(&to);
    client_close(&to);
    assert_int_equal(door_count(&house, VG_M_timeouts_total), before + 1);
    house.bounds.head_ms = 10000;
}

static void drips_do_not_prolong_a_head(void **state)
{
    uint64_t until = vg_clock_now_ns() + 1000 * 1000 * 1000;
    client to;

    (void)state;
    house.bounds.head_ms = 30;
    client_open(&to, &house);
    client_send(&to, VG_LIT("GET /"));
    while (to.got.len == 0 && vg_clock_now_ns() < until) {
        client_send(&to, VG_LIT("a"));
        client_receive(&to);
    }
    assert_true(vg_slice_starts(vg_buf_bytes(&to.got), VG_LIT("HTTP/1.1 4")));
    client_close(&to);
    house.bounds.head_ms = 10000;
}

static void a_body_that_stops_gets_408(void **state)
{
    client to;

    (void)state;
    vg_buf_clear(&house.log);
    house.bounds.body_ms = 30;
    client_open(&to, &house);
    client_send(&to, VG_LIT("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhel"));
    client_expect(&to, TOO_LATE "/echo: the body of the request did not come in time");
    door_expect_log(&house, "request refusal end ");
    client_expect_end(&to);
    client_close(&to);
    house.bounds.body_ms = 30000;
}

static void an_idle_connection_is_closed_without_a_word(void **state)
{
    client to;

    (void)state;
    house.bounds.keep_alive_ms = 30;
    client_open(&to, &house);
    client_send(&to, GET("/empty"));
    client_expect(&to, EMPTY);
    client_expect_end(&to);
    client_close(&to);
    house.bounds.keep_alive_ms = 75000;
}

static void a_reader_that_stops_is_cut(void **state)
{
    uint64_t before = door_count(&house, VG_M_timeouts_total);
    client to;

    (void)state;
    vg_buf_clear(&house.log);
    house.bounds.body_ms = 50;
    house.pieces = 1000;
    house.piece_bytes = 64 * 1024;
    client_open(&to, &house);
    client_send(&to, GET("/stream"));
    door_expect_log(&house, "request body gone end ");
    assert_int_equal(door_count(&house, VG_M_timeouts_total), before + 1);
    client_close(&to);
    house.bounds.body_ms = 30000;
    house.pieces = 0;
}

static void a_user_may_take_longer_than_any_bound(void **state)
{
    uint64_t until;
    client to;

    (void)state;
    house.bounds.body_ms = house.bounds.head_ms = house.bounds.keep_alive_ms = 200;
    client_open(&to, &house);
    client_send(&to, GET("/late"));
    door_wait(&house, is_held);
    until = vg_clock_now_ns() + 400 * 1000 * 1000;
    while (vg_clock_now_ns() < until)
        door_turn(&house);
    door_answer(&house);
    client_expect(&to, "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nat last");
    client_close(&to);
    house.bounds.body_ms = 30000;
    house.bounds.head_ms = 10000;
    house.bounds.keep_alive_ms = 75000;
    door_wait(&house, is_empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_head_gets_408),
        cmocka_unit_test(drips_do_not_prolong_a_head),
        cmocka_unit_test(a_body_that_stops_gets_408),
        cmocka_unit_test(an_idle_connection_is_closed_without_a_word),
        cmocka_unit_test(a_reader_that_stops_is_cut),
        cmocka_unit_test(a_user_may_take_longer_than_any_bound),
    };

    return cmocka_run_group_tests_name("net/http1_patience", tests, open_door, close_door);
}
