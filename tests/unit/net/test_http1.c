/* HTTP/1.1 over real sockets: requests and the exact bytes of their answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "tests/unit/net/door.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define HOST        "Host: h\r\n"
#define CHUNKED     "Transfer-Encoding: chunked\r\n"
#define OK(len)     "HTTP/1.1 200 OK\r\ncontent-length: " len "\r\ncontent-type: text/plain\r\n"
#define REFUSED(status) \
    "HTTP/1.1 " status  \
    "\r\ncontent-length: #\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n"

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

struct row {
    const char *says;
    const char *sent;
    const char *wanted;
    bool ends; /* the connection, behind it */
};

/* clang-format off */
static const struct row rows[] = {
    {"a GET", "GET /echo HTTP/1.1\r\n" HOST "\r\n", OK("0") "\r\n", false},
    {"a body comes back", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", OK("5") "\r\nhello", false},
    {"chunks come back as one", "POST /echo HTTP/1.1\r\n" HOST CHUNKED "\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", OK("5") "\r\nabcde", false},
    {"an answer's field cannot be split", "GET /split HTTP/1.1\r\n" HOST "X-Agent: me\r\nx-agent: you\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-a: me  x: y\r\n\r\nok", false},
    {"HEAD has the length and no body", "HEAD /echo HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi", OK("2") "\r\n", false},
    {"204 has no length", "GET /empty HTTP/1.1\r\n" HOST "\r\n", "HTTP/1.1 204 No Content\r\n\r\n", false},
    {"an unknown path is the user's", "GET /x HTTP/1.1\r\n" HOST "\r\n", "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", false},
    {"HTTP/1.0 ends", "GET /echo HTTP/1.0\r\n\r\n", OK("0") "connection: close\r\n\r\n", true},
    {"HTTP/1.0 may stay", "GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", OK("0") "connection: keep-alive\r\n\r\n", false},
    {"a client that leaves", "GET /echo HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", OK("0") "connection: close\r\n\r\n", true},
    {"an upgrade is ignored", "GET /echo HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", OK("0") "\r\n", false},
    {"two in one packet", "GET /echo HTTP/1.1\r\n" HOST "\r\nGET /empty HTTP/1.1\r\n" HOST "\r\n", OK("0") "\r\nHTTP/1.1 204 No Content\r\n\r\n", false},
    {"nothing is answered behind one that leaves", "GET /echo HTTP/1.1\r\n" HOST "Connection: close\r\n\r\nGET /echo HTTP/1.1\r\n" HOST "\r\n", OK("0") "connection: close\r\n\r\n", true},
    {"an answer before the body ends the connection", "POST /early HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhel", "HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno", true},
    {"an early answer without a body does not", "GET /early HTTP/1.1\r\n" HOST "\r\n", "HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno", false},
    {"a body that waits for 100 comes when asked for", "POST /echo HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n", false},
    {"a body that did not wait is not asked for", "POST /echo HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi", OK("2") "\r\nhi", false},
    {"an early answer needs no 100", "POST /early HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno", true},
    {"another expectation", "POST /echo HTTP/1.1\r\n" HOST "Expect: tea\r\nContent-Length: 5\r\n\r\n", REFUSED("417 Expectation Failed") "/echo: the only expectation that can be met is 100-continue", true},
    {"not HTTP at all", "\x16\x03\x01\x02\x00", REFUSED("400 Bad Request") ": these bytes are not an HTTP/1.1 request", true},
    {"a bad head", "GET /echo?a=b HTTP/1.1\r\n\r\n", REFUSED("400 Bad Request") "/echo: a request has exactly one host field", true},
    {"an error behind an answer", "GET /echo HTTP/1.1\r\n" HOST "\r\nGET /b HTTP/1.1\r\n\r\n", OK("0") "\r\n" REFUSED("400 Bad Request") "/b: a request has exactly one host field", true},
    {"nothing is read behind an error", "GET /b HTTP/1.1\r\n\r\nGET /echo HTTP/1.1\r\n" HOST "\r\n", REFUSED("400 Bad Request") "/b: a request has exactly one host field", true},
    {"a bad chunk", "POST /echo HTTP/1.1\r\n" HOST CHUNKED "\r\n3\r\nabc\r\nz\r\n", REFUSED("400 Bad Request") "/echo: the size of a chunk must be a hexadecimal number of 64 bits", true},
    {"a body announced too large", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1048577\r\n\r\n", REFUSED("400 Bad Request") "/echo: JSON payload (1048577 bytes) is larger than allowed (limit: 1048576 bytes).", true},
    {"a body too large is not asked for", "POST /echo HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 1048577\r\n\r\n", REFUSED("400 Bad Request") "/echo: JSON payload (1048577 bytes) is larger than allowed (limit: 1048576 bytes).", true},
    {"a HEAD that is refused has no body", "HEAD /echo HTTP/1.1\r\n" HOST "Expect: tea\r\n\r\n", "HTTP/1.1 417 Expectation Failed\r\ncontent-length: 59\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n", true},
    {"an unknown coding is the API's", "POST /echo HTTP/1.1\r\n" HOST "Content-Encoding: br\r\nContent-Length: 5\r\n\r\n", REFUSED("400 Bad Request") "/echo: the content-encoding of a body must be gzip or deflate", true},
    {"an absolute target", "GET http://o/echo HTTP/1.1\r\n" HOST "\r\n", OK("0") "\r\n", false},
    {"OPTIONS *", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", false},
};
/* clang-format on */

static void expect_row(const struct row *row, client *to)
{
    client_expect(to, row->wanted);
    if (row->ends) {
        client_expect_end(to);
        return;
    }
    if (vg_slice_starts(vg_slice_str(row->wanted), VG_LIT("HTTP/1.1 100"))) {
        client_send(to, VG_LIT("hello"));
        client_expect(to, OK("5") "\r\nhello");
    }
    client_send(to, VG_LIT("GET /empty HTTP/1.1\r\n" HOST "\r\n"));
    client_expect(to, "HTTP/1.1 204 No Content\r\n\r\n");
}

static void requests_get_their_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        client to;

        client_open(&to, &house);
        to.says = rows[i].says;
        client_send(&to, vg_slice_str(rows[i].sent));
        expect_row(&rows[i], &to);
        client_close(&to);
    }
}

static void requests_may_come_byte_by_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        vg_slice sent = vg_slice_str(rows[i].sent);
        client to;

        if (strstr(rows[i].says, "did not wait") != NULL)
            continue; /* byte by byte, it does wait */
        client_open(&to, &house);
        to.says = rows[i].says;
        for (size_t at = 0; at < sent.len; at++) {
            client_send(&to, vg_slice_of(sent.at + at, 1));
            door_turn(&house);
        }
        expect_row(&rows[i], &to);
        client_close(&to);
    }
}

static void requests_may_come_in_two_packets(void **state)
{
    vg_slice sent =
        VG_LIT("POST /echo HTTP/1.1\r\n" HOST CHUNKED
               "\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nGET /empty HTTP/1.1\r\n" HOST "\r\n");
    client to;

    (void)state;
    client_open(&to, &house);
    for (size_t cut = 1; cut < sent.len; cut++) {
        client_send(&to, vg_slice_of(sent.at, cut));
        door_turn(&house);
        client_send(&to, vg_slice_skip(sent, cut));
        client_expect(&to, OK("5") "\r\nabcdeHTTP/1.1 204 No Content\r\n\r\n");
    }
    client_close(&to);
}

/* --- pipelines ------------------------------------------------------------------------------- */

static bool is_held(const door *self)
{
    return self->held != NULL;
}

static void a_pipeline_is_answered_in_order(void **state)
{
    vg_buf wanted;
    client to;

    (void)state;
    vg_buf_init(&wanted, 0);
    client_open(&to, &house);
    for (int i = 10; i < 60; i++) {
        char text[128];

        snprintf(text, sizeof(text), "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n%d",
                 i);
        client_send(&to, vg_slice_str(text));
        vg_buf_printf(&wanted, OK("2") "\r\n%d", i);
    }
    vg_buf_put_byte(&wanted, '\0');
    client_expect(&to, wanted.at);
    vg_buf_fini(&wanted);
    client_close(&to);
}

static void a_long_pipeline_lets_others_have_their_turn(void **state)
{
    vg_buf flood;
    uint64_t most = 0;
    client to;

    (void)state;
    vg_buf_init(&flood, 0);
    client_open(&to, &house);
    client_send(&to, VG_LIT("GET /empty HTTP/1.1\r\n" HOST "\r\n"));
    client_expect(&to, "HTTP/1.1 204 No Content\r\n\r\n");
    for (int i = 0; i < 1000; i++)
        vg_buf_put(&flood, VG_LIT("GET /empty HTTP/1.1\r\n" HOST "\r\n"));
    client_push(&to, vg_buf_bytes(&flood));
    for (uint64_t until = house.began + 1000; house.began < until;) {
        uint64_t before = house.began;

        door_turn(&house);
        most = house.began - before > most ? house.began - before : most;
    }
    assert_in_range(most, 2, 50);
    client_close(&to);
    vg_buf_fini(&flood);
}

static void one_request_at_a_time_is_read_ahead(void **state)
{
    client to;

    (void)state;
    vg_buf_clear(&house.log);
    client_open(&to, &house);
    client_send(&to,
                VG_LIT("GET /late HTTP/1.1\r\n" HOST "\r\nGET /echo HTTP/1.1\r\n" HOST "\r\n"));
    door_wait(&house, is_held);
    for (int i = 0; i < 20; i++)
        door_turn(&house);
    door_expect_log(&house, "request body ");
    door_answer(&house);
    client_expect(&to, "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nat last" OK("0") "\r\n");
    door_expect_log(&house, "end request body end ");
    client_close(&to);
}

static void a_client_that_only_sends_is_held_back(void **state)
{
    static char flood[4096];
    size_t sent = 0;
    client to;

    (void)state;
    memset(flood, 'x', sizeof(flood));
    client_open(&to, &house);
    client_send(&to, VG_LIT("GET /late HTTP/1.1\r\n" HOST "\r\n"));
    door_wait(&house, is_held);
    for (int quiet = 0; quiet < 50 && sent < (64u << 20); quiet++) {
        ssize_t n = wire_send(&to, vg_slice_of(flood, sizeof(flood)));

        if (n > 0)
            quiet = 0;
        sent += n > 0 ? (size_t)n : 0;
        door_turn(&house);
    }
    assert_true(sent > 256 * 1024 && sent < (64u << 20)); /* the system's buffers, */
    assert_true(vg_arena_total_bytes() < 256 * 1024);     /* and not ours */
    door_answer(&house);
    client_expect(&to, "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nat last"
                       "HTTP/1.1 501 Not Implemented\r\ncontent-length: #\r\n"
                       "content-type: text/plain\r\nconnection: close\r\n\r\n"
                       ": the method is not one that HTTP knows");
    client_close(&to);
}

/* There is always something behind the request that is being answered. */
static void a_pipeline_without_end_is_held_in_bounded_memory(void **state)
{
    enum { ROUNDS = 3000, AHEAD = 20, REQUEST_BYTES = 1024 };
    static char request[REQUEST_BYTES + 1];
    client to;

    (void)state;
    snprintf(request, sizeof(request), "GET /late HTTP/1.1\r\n" HOST "x: %0*d\r\n\r\n",
             REQUEST_BYTES - 38, 0);
    client_open(&to, &house);
    for (int i = 0; i < ROUNDS; i++) {
        client_send(&to, vg_slice_str(request));
        if (i < AHEAD)
            continue;
        door_wait(&house, is_held);
        door_answer(&house);
        client_receive(&to);
        vg_buf_clear(&to.got);
        assert_true(vg_arena_total_bytes() < 768 * 1024);
    }
    client_close(&to);
    while (house.began != house.ended) {
        door_turn(&house);
        if (house.held != NULL)
            vg_stream_abort(house.held);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_get_their_answers),
        cmocka_unit_test(requests_may_come_byte_by_byte),
        cmocka_unit_test(requests_may_come_in_two_packets),
        cmocka_unit_test(a_pipeline_is_answered_in_order),
        cmocka_unit_test(a_long_pipeline_lets_others_have_their_turn),
        cmocka_unit_test(one_request_at_a_time_is_read_ahead),
        cmocka_unit_test(a_client_that_only_sends_is_held_back),
        cmocka_unit_test(a_pipeline_without_end_is_held_in_bounded_memory),
    };

    return cmocka_run_group_tests_name("net/http1", tests, open_door, close_door);
}
