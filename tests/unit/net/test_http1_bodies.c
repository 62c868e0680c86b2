/* Bodies over real sockets: compressed ones, large ones, and what happens when memory is short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include <cmocka.h>

#include "tests/unit/net/door.h"

#define HOST "Host: h\r\n"
#define REFUSED                                                                     \
    "HTTP/1.1 400 Bad Request\r\ncontent-length: #\r\ncontent-type: text/plain\r\n" \
    "connection: close\r\n\r\n"

enum { GZIP = 15 + 16, DEFLATE = 15, RAW = -15 };

static door house;

static int open_door(void **state)
{
    (void)state;
    door_open(&house);
    house.bounds.max_expansion = 20;
    house.bounds.max_expansion_free = 64 * 1024;
    return 0;
}

static int close_door(void **state)
{
    (void)state;
    vg_arena_set_total_cap((size_t)512 << 20);
    door_close(&house);
    return 0;
}

/* --- making bodies --------------------------------------------------------------------------- */

/* Adds `plain`, compressed, to `to`. */
static void compress_to(vg_buf *to, int bits, vg_slice plain)
{
    z_stream z = {0};
    char *at;

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
    at = vg_buf_reserve(to, deflateBound(&z, plain.len));
    z.next_in = (Bytef *)plain.at;
    z.avail_in = (uInt)plain.len;
    z.next_out = (Bytef *)at;
    z.avail_out = (uInt)deflateBound(&z, plain.len);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    to->len += z.total_out;
    deflateEnd(&z);
}

/* Text that shrinks by a factor of a few. */
static void write_text(vg_buf *to, size_t bytes)
{
    for (uint32_t i = 0; to->len < bytes; i++)
        vg_buf_printf(to, "%u,", i * 2654435761u);
}

static void send_body(client *to, const char *coding, vg_slice body, bool chunked)
{
    char head[256];

    snprintf(head, sizeof(head), "POST /echo HTTP/1.1\r\n" HOST "%s%s%s",
             coding[0] ? "Content-Encoding: " : "", coding, coding[0] ? "\r\n" : "");
    client_send(to, vg_slice_str(head));
    if (!chunked) {
        snprintf(head, sizeof(head), "Content-Length: %zu\r\n\r\n", body.len);
        client_send(to, vg_slice_str(head));
        client_send(to, body);
        return;
    }
    client_send(to, VG_LIT("Transfer-Encoding: chunked\r\n\r\n"));
    for (size_t at = 0; at < body.len; at += 1000) {
        size_t n = body.len - at < 1000 ? body.len - at : 1000;

        snprintf(head, sizeof(head), "%zx\r\n", n);
        client_send(to, vg_slice_str(head));
        client_send(to, vg_slice_of(body.at + at, n));
        client_send(to, VG_LIT("\r\n"));
    }
    client_send(to, VG_LIT("0\r\n\r\n"));
}

/* The answer's body is `wanted`. */
static void expect_echo(client *to, vg_slice wanted)
{
    char head[128];
    vg_buf text;

    vg_buf_init(&text, 0);
    snprintf(head, sizeof(head),
             "HTTP/1.1 200 OK\r\ncontent-length: %zu\r\ncontent-type: text/plain\r\n\r\n",
             wanted.len);
    vg_buf_put(&text, vg_slice_str(head));
    vg_buf_put(&text, wanted);
    vg_buf_put_byte(&text, '\0');
    client_expect(to, text.at);
    vg_buf_fini(&text);
}

/* --- compression ----------------------------------------------------------------------------- */

static void compressed_bodies_arrive_as_they_were(void **state)
{
    static const struct {
        const char *coding;
        int bits;
    } kinds[] = {{"gzip", GZIP}, {"x-gzip", GZIP}, {"deflate", DEFLATE}, {"identity", 0}};
    vg_buf plain, packed;
    client to;

    (void)state;
    vg_buf_init(&plain, 0);
    vg_buf_init(&packed, 0);
    write_text(&plain, 300 * 1000);
    client_open(&to, &house);
    for (int i = 0; i < 8; i++) {
        vg_buf_clear(&packed);
        if (kinds[i / 2].bits != 0)
            compress_to(&packed, kinds[i / 2].bits, vg_buf_bytes(&plain));
        else
            vg_buf_put(&packed, vg_buf_bytes(&plain));
        send_body(&to, kinds[i / 2].coding, vg_buf_bytes(&packed), i % 2 == 1);
        expect_echo(&to, vg_buf_bytes(&plain));
    }
    client_close(&to);
    vg_buf_fini(&plain);
    vg_buf_fini(&packed);
}

static void gzip_members_follow_each_other(void **state)
{
    vg_buf packed;
    client to;

    (void)state;
    vg_buf_init(&packed, 0);
    compress_to(&packed, GZIP, VG_LIT("one, "));
    compress_to(&packed, GZIP, VG_LIT(""));
    compress_to(&packed, GZIP, VG_LIT("two"));
    client_open(&to, &house);
    for (int i = 0; i < 2; i++) {
        send_body(&to, "gzip", vg_buf_bytes(&packed), i == 1);
        expect_echo(&to, VG_LIT("one, two"));
    }
    client_close(&to);
    vg_buf_fini(&packed);
}

static void expect_refused(const char *coding, vg_slice body, const char *wanted)
{
    for (int chunked = 0; chunked < 2; chunked++) {
        client to;

        client_open(&to, &house);
        send_body(&to, coding, body, chunked);
        client_expect(&to, wanted);
        client_expect_end(&to);
        client_close(&to);
    }
}

static void what_is_not_compressed_as_it_says_is_refused(void **state)
{
    vg_buf packed;

    (void)state;
    vg_buf_init(&packed, 0);
    expect_refused("gzip", VG_LIT("plain text"),
                   REFUSED "/echo: the body is not compressed as its content-encoding says");
    compress_to(&packed, DEFLATE, VG_LIT("some text"));
    expect_refused("gzip", vg_buf_bytes(&packed),
                   REFUSED "/echo: the body is not compressed as its content-encoding says");
    vg_buf_put(&packed, VG_LIT("rubbish"));
    expect_refused("deflate", vg_buf_bytes(&packed),
                   REFUSED "/echo: the body is not compressed as its content-encoding says");
    vg_buf_clear(&packed);
    compress_to(&packed, RAW, VG_LIT("some text"));
    expect_refused("deflate", vg_buf_bytes(&packed),
                   REFUSED "/echo: the body is not compressed as its content-encoding says");
    vg_buf_clear(&packed);
    compress_to(&packed, GZIP, VG_LIT("some text"));
    packed.len -= 3;
    expect_refused("gzip", vg_buf_bytes(&packed),
                   REFUSED "/echo: the compressed body ends before its end");
    vg_buf_fini(&packed);
}

static void a_bomb_is_refused_before_it_grows(void **state)
{
    vg_buf plain, packed;
    size_t before;

    (void)state;
    vg_buf_init(&plain, 0);
    vg_buf_init(&packed, 0);
    memset(vg_buf_reserve(&plain, 1 << 20), 'a', 1 << 20);
    plain.len = 1 << 20;
    compress_to(&packed, GZIP, vg_buf_bytes(&plain));
    assert_true(packed.len < 2048);
    before = vg_arena_total_bytes();
    expect_refused("gzip", vg_buf_bytes(&packed),
                   REFUSED "/echo: the body grows by more than allowed when decompressed");
    assert_true(vg_arena_total_bytes() < before + 256 * 1024);
    vg_buf_fini(&plain);
    vg_buf_fini(&packed);
}

static void the_limit_counts_what_is_decompressed(void **state)
{
    vg_buf plain, packed;

    (void)state;
    vg_buf_init(&plain, 0);
    vg_buf_init(&packed, 0);
    write_text(&plain, (1 << 20) + 1);
    compress_to(&packed, GZIP, vg_buf_bytes(&plain));
    assert_true(packed.len < house.max_body);
    expect_refused("gzip", vg_buf_bytes(&packed),
                   REFUSED "/echo: JSON payload has exceeded limit (1048576 bytes).");
    vg_buf_fini(&plain);
    vg_buf_fini(&packed);
}

/* --- sizes ----------------------------------------------------------------------------------- */

static void a_body_may_be_as_large_as_its_limit(void **state)
{
    vg_buf plain;
    client to;

    (void)state;
    vg_buf_init(&plain, 0);
    write_text(&plain, 1 << 20);
    plain.len = 1 << 20;
    client_open(&to, &house);
    for (int chunked = 0; chunked < 2; chunked++) {
        send_body(&to, "", vg_buf_bytes(&plain), chunked);
        expect_echo(&to, vg_buf_bytes(&plain));
    }
    client_close(&to);
    vg_buf_fini(&plain);
}

static void one_byte_more_in_chunks_is_refused(void **state)
{
    vg_buf plain;
    client to;

    (void)state;
    vg_buf_init(&plain, 0);
    write_text(&plain, 1 << 20);
    plain.len = (1 << 20) + 1;
    client_open(&to, &house);
    send_body(&to, "", vg_buf_bytes(&plain), true);
    client_expect(&to, REFUSED "/echo: JSON payload has exceeded limit (1048576 bytes).");
    client_expect_end(&to);
    client_close(&to);
    vg_buf_fini(&plain);
}

/* The client sends all of it before it looks at the answer, as most do. */
static void a_refused_upload_does_not_hide_its_answer(void **state)
{
    vg_buf plain;
    client to;

    (void)state;
    vg_buf_init(&plain, 0);
    write_text(&plain, 8 << 20);
    client_open(&to, &house);
    send_body(&to, "", vg_buf_bytes(&plain), false);
    for (int i = 0; i < 100; i++)
        door_turn(&house);
    client_receive(&to);
    assert_false(to.was_reset);
    assert_true(vg_slice_starts(vg_buf_bytes(&to.got), VG_LIT("HTTP/1.1 400")));
    vg_buf_clear(&to.got);
    client_expect_end(&to);
    assert_false(to.was_reset);
    client_close(&to);
    vg_buf_fini(&plain);
}

/* --- memory ---------------------------------------------------------------------------------- */

static void a_promise_alone_takes_no_memory(void **state)
{
    size_t before;
    client to[20];

    (void)state;
    before = vg_arena_total_bytes();
    for (int i = 0; i < 20; i++) {
        client_open(&to[i], &house);
        client_send(&to[i],
                    VG_LIT("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1048576\r\n\r\nx"));
    }
    for (int i = 0; i < 50; i++)
        door_turn(&house);
    assert_true(vg_arena_total_bytes() - before < 20 * 10 * 1024);
    for (int i = 0; i < 20; i++)
        client_close(&to[i]);
    for (int i = 0; i < 50; i++)
        door_turn(&house);
}

static void without_memory_a_new_body_gets_503(void **state)
{
    client to;

    (void)state;
    client_open(&to, &house);
    client_send(&to, VG_LIT("GET /empty HTTP/1.1\r\n" HOST "\r\n"));
    client_expect(&to, "HTTP/1.1 204 No Content\r\n\r\n");
    client_close(&to);
    client_open(&to, &house);
    vg_buf_reserve(&to.got, 256 * 1024);
    vg_arena_set_total_cap(vg_arena_total_bytes() + 8000);
    client_send(&to, VG_LIT("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n"
                            "Content-Encoding: gzip\r\n\r\nhello"));
    client_expect(&to, "HTTP/1.1 503 Service Unavailable\r\ncontent-length: #\r\n"
                       "content-type: text/plain\r\nconnection: close\r\n\r\n"
                       "/echo: the gateway has no memory for this body now, try again soon");
    client_expect_end(&to);
    client_close(&to);
    vg_arena_set_total_cap((size_t)512 << 20);
}

static void reading_pauses_until_there_is_memory(void **state)
{
    vg_buf plain;
    client to;
    size_t paused_at;

    (void)state;
    vg_buf_init(&plain, 0);
    write_text(&plain, 600 * 1000);
    plain.len = 600 * 1000;
    for (int chunked = 0; chunked < 2; chunked++) {
        client_open(&to, &house);
        vg_buf_reserve(&to.got, 256 * 1024);
        client_send(
            &to, chunked ? VG_LIT("POST /echo HTTP/1.1\r\n" HOST
                                  "Transfer-Encoding: chunked\r\n\r\n927c0\r\n")
                         : VG_LIT("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 600000\r\n\r\n"));
        client_send(&to, vg_slice_of(plain.at, 1000));
        door_turn(&house);
        vg_arena_set_total_cap(vg_arena_total_bytes() + 100 * 1000);
        client_send(&to, vg_slice_of(plain.at + 1000, plain.len - 1000));
        if (chunked)
            client_send(&to, VG_LIT("\r\n0\r\n\r\n"));
        for (int i = 0; i < 100; i++)
            door_turn(&house);
        paused_at = vg_arena_total_bytes();
        assert_true(paused_at <= vg_arena_total_cap());
        vg_arena_set_total_cap((size_t)512 << 20);
        expect_echo(&to, vg_buf_bytes(&plain));
        client_close(&to);
    }
    vg_buf_fini(&plain);
}

static void a_pause_that_lasts_ends_with_503(void **state)
{
    static const char filler[200 * 1000];
    client to;

    (void)state;
    house.bounds.body_ms = 60;
    client_open(&to, &house);
    vg_buf_reserve(&to.got, 256 * 1024);
    client_send(&to, VG_LIT("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 600000\r\n\r\nx"));
    for (int i = 0; i < 10; i++)
        door_turn(&house);
    vg_arena_set_total_cap(vg_arena_total_bytes() + 50 * 1000);
    client_send(&to, vg_slice_of(filler, sizeof(filler)));
    client_expect(&to, "HTTP/1.1 503 Service Unavailable\r\ncontent-length: #\r\n"
                       "content-type: text/plain\r\nconnection: close\r\n\r\n"
                       "/echo: the gateway has no memory for this body, try again later");
    client_close(&to);
    vg_arena_set_total_cap((size_t)512 << 20);
    house.bounds.body_ms = 30000;
}

static void the_least_complete_body_gives_up_first(void **state)
{
    static const struct {
        const char *says;
        uint64_t body_ms, have, announced, patience_ms;
    } rows[] = {
        {"nothing is here", 30000, 0, 100, 1000},
        {"a half is here", 30000, 50, 100, 15500},
        {"all but the end", 30000, 100, 100, 30000},
        {"more than was said", 30000, 200, 100, 30000},
        {"nobody knows how much comes", 30000, 50, UINT64_MAX, 1000},
        {"an impatient gateway", 60, 50, 100, 60},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const vg_bounds bounds = {.body_ms = rows[i].body_ms};

        if (vg_bounds_patience_ms(&bounds, rows[i].have, rows[i].announced) != rows[i].patience_ms)
            fail_msg("%s", rows[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compressed_bodies_arrive_as_they_were),
        cmocka_unit_test(gzip_members_follow_each_other),
        cmocka_unit_test(what_is_not_compressed_as_it_says_is_refused),
        cmocka_unit_test(a_bomb_is_refused_before_it_grows),
        cmocka_unit_test(the_limit_counts_what_is_decompressed),
        cmocka_unit_test(a_body_may_be_as_large_as_its_limit),
        cmocka_unit_test(one_byte_more_in_chunks_is_refused),
        cmocka_unit_test(a_refused_upload_does_not_hide_its_answer),
        cmocka_unit_test(a_promise_alone_takes_no_memory),
        cmocka_unit_test(without_memory_a_new_body_gets_503),
        cmocka_unit_test(reading_pauses_until_there_is_memory),
        cmocka_unit_test(a_pause_that_lasts_ends_with_503),
        cmocka_unit_test(the_least_complete_body_gives_up_first),
    };

    return cmocka_run_group_tests_name("net/http1_bodies", tests, open_door, close_door);
}
