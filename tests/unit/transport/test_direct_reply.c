/* The direct carrier's reader of replies: what is one, what is none, and where it ends. Each row is
 * read whole, in two parts cut at every place, and byte by byte, and must mean the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vecgate/arena.h"

#include "transport/direct_reply.h"

enum { MOST_BODY = 100 };

enum end { STAYS, CLEAN, TORN }; /* the connection, after the bytes */

struct row {
    const char *says;
    const char *bytes;
    vg_direct_state state;
    const char *body; /* of a reply that is whole */
    int left;         /* bytes behind it */
    bool keeps_alive;
    enum end end;
    const char *method; /* NULL: GET */
    vg_fault fault;     /* of one that is refused; NONE: PROTOCOL */
};

struct found {
    vg_direct_state state;
    size_t used;
};

static struct found read_parts(vg_direct_reader *reader, const char *bytes, size_t len, size_t cut)
{
    struct found found = {VG_DIRECT_MORE, 0};

    while (found.state == VG_DIRECT_MORE && found.used < len) {
        size_t part = len - found.used, used;
        char *copy; /* so that reading past the part is seen */

        if (cut == 0)
            part = 1;
        else if (found.used < cut && cut - found.used < part)
            part = cut - found.used;
        copy = malloc(part);
        memcpy(copy, bytes + found.used, part);
        found.state = vg_direct_read(reader, vg_slice_of(copy, part), &used);
        assert_true(used == part || found.state != VG_DIRECT_MORE);
        found.used += used;
        free(copy);
    }
    return found;
}

static void check(const struct row *row, size_t cut)
{
    size_t len = strlen(row->bytes);
    vg_direct_reader reader;
    vg_http_incoming in;
    struct found found;
    vg_reply reply;

    vg_direct_reader_init(&reader);
    vg_http_reply_init(&in, MOST_BODY);
    vg_direct_reader_begin(&reader, &in, row->method != NULL ? row->method : "GET");
    found = read_parts(&reader, row->bytes, len, cut);
    if (found.state == VG_DIRECT_MORE && row->end != STAYS)
        found.state = vg_direct_read_end(&reader, row->end == CLEAN);
    assert_int_equal(found.state, row->state);
    if (row->state == VG_DIRECT_REFUSED)
        assert_int_equal(in.fault, row->fault != VG_FAULT_NONE ? row->fault : VG_FAULT_PROTOCOL);
    if (row->state == VG_DIRECT_WHOLE) {
        assert_true(vg_http_reply_finish(&in, &reply));
        assert_true(vg_slice_is_str(reply.http.body, row->body));
        assert_int_equal(reader.keeps_alive, row->keeps_alive);
        assert_int_equal(len - found.used, row->left);
    }
    vg_direct_reader_fini(&reader);
    vg_http_reply_fini(&in);
}

static void check_all(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        print_message("%s\n", rows[i].says);
        for (size_t cut = 0; cut <= strlen(rows[i].bytes); cut++)
            check(&rows[i], cut);
    }
}
#define CHECK_ALL(rows) check_all(rows, sizeof(rows) / sizeof(rows)[0])

#define OK      "HTTP/1.1 200 OK\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"

/* clang-format off */
static void a_reply_ends_where_it_says(void **state)
{
    static const struct row rows[] = {
        {"a length", OK "Content-Length: 2\r\n\r\n{}", VG_DIRECT_WHOLE, .body = "{}", 0, true},
        {"no bytes at all", OK "Content-Length: 0\r\n\r\n", VG_DIRECT_WHOLE, .body = "", 0, true},
        {"chunks", OK CHUNKED "\r\n2\r\n{}\r\n1\r\n!\r\n0\r\n\r\n", VG_DIRECT_WHOLE, .body = "{}!", 0, true},
        {"the name of the coding in another case", OK "transfer-encoding:CHUNKED\r\n\r\n0\r\n\r\n", VG_DIRECT_WHOLE, .body = "", 0, true},
        {"chunks with an extension and a trailer", OK CHUNKED "\r\n2;a=b\r\n{}\r\n0\r\nX: 1\r\n\r\n", VG_DIRECT_WHOLE, .body = "{}", 0, true},
        {"a length in a trailer is none", OK CHUNKED "\r\n0\r\nContent-Length: 2\r\n\r\n{}", VG_DIRECT_WHOLE, .body = "", 2, true},
        {"the end of the connection", OK "\r\n{}", VG_DIRECT_WHOLE, .body = "{}", 0, false, CLEAN},
        {"more of it is there than the length says", OK "Content-Length: 2\r\n\r\n{}HTTP", VG_DIRECT_WHOLE, .body = "{}", 4, true},
        {"more than chunks say", OK CHUNKED "\r\n0\r\n\r\nmore", VG_DIRECT_WHOLE, .body = "", 4, true},
        {"the backend will close", OK "Connection: close\r\nContent-Length: 2\r\n\r\n{}", VG_DIRECT_WHOLE, .body = "{}", 0, false},
        {"an old version", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", VG_DIRECT_WHOLE, .body = "{}", 0, false},
        {"an old one that stays", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n{}", VG_DIRECT_WHOLE, .body = "{}", 0, true},
        {"no reason phrase", "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\n{}", VG_DIRECT_WHOLE, .body = "{}", 0, true},
        {"not even its blank", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}", VG_DIRECT_WHOLE, .body = "{}", 0, true},
        {"a HEAD has none, whatever the length", OK "Content-Length: 2\r\n\r\n", VG_DIRECT_WHOLE, .body = "", 0, true, STAYS, "HEAD"},
        {"nor whatever the coding", OK CHUNKED "\r\n", VG_DIRECT_WHOLE, .body = "", 0, true, STAYS, "HEAD"},
        {"what a HEAD got all the same stands behind", OK "Content-Length: 2\r\n\r\n{}", VG_DIRECT_WHOLE, .body = "", 2, true, STAYS, "HEAD"},
        {"a HEAD without a length", OK "\r\n", VG_DIRECT_WHOLE, .body = "", 0, true, STAYS, "HEAD"},
        {"204 has none", "HTTP/1.1 204 No Content\r\n\r\n", VG_DIRECT_WHOLE, .body = "", 0, true},
        {"204 that announces one", "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n", VG_DIRECT_WHOLE, .body = "", 0, false},
        {"304 has none, whatever the length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n", VG_DIRECT_WHOLE, .body = "", 0, true},
        {"an interim reply before it", "HTTP/1.1 100 Continue\r\nX: 1\r\n\r\n" OK "Content-Length: 2\r\n\r\n{}", VG_DIRECT_WHOLE, .body = "{}", 0, true},
        {"several", "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" OK "Content-Length: 0\r\n\r\n", VG_DIRECT_WHOLE, .body = "", 0, true},
        {"as large as is allowed", OK "Content-Length: 100\r\n\r\n"
         "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789", VG_DIRECT_WHOLE,
.body =          "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789", 0, true},
    };

    (void)state;
    CHECK_ALL(rows);
}

static void what_is_cut_is_told(void **state)
{
    static const struct row rows[] = {
        {"nothing", "", VG_DIRECT_CUT, .end = CLEAN},
        {"in the status line", "HTTP/1.1 20", VG_DIRECT_CUT, .end = CLEAN},
        {"in the head", OK "Content-", VG_DIRECT_CUT, .end = CLEAN},
        {"after an interim reply", "HTTP/1.1 100 Continue\r\n\r\n", VG_DIRECT_CUT, .end = CLEAN},
        {"in a body of known length", OK "Content-Length: 3\r\n\r\n{}", VG_DIRECT_CUT, .end = CLEAN},
        {"in a chunk", OK CHUNKED "\r\n3\r\n{}", VG_DIRECT_CUT, .end = CLEAN},
        {"before the last chunk", OK CHUNKED "\r\n2\r\n{}\r\n", VG_DIRECT_CUT, .end = CLEAN},
        {"in the trailer", OK CHUNKED "\r\n0\r\nX: 1\r\n", VG_DIRECT_CUT, .end = CLEAN},
        {"where only the connection's end could tell, and it was torn", OK "\r\n{}", VG_DIRECT_CUT, .end = TORN},
        {"it may still come", OK "Content-Length: 3\r\n\r\n{}", .state = VG_DIRECT_MORE},
    };

    (void)state;
    CHECK_ALL(rows);
}

static void what_could_be_read_in_two_ways_is_refused(void **state)
{
    static const struct row rows[] = {
        {"not HTTP", "what is this\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"another version", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"one that never was", "HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"the oldest", "HTTP/0.9 200 OK\r\nContent-Length: 0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"another protocol", "ICY 200 OK\r\nContent-Length: 0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"a request", "GET / HTTP/1.1\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"an empty line before it", "\r\n" OK "Content-Length: 0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"four digits", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"two digits", "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"no number", "HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"two blanks", "HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"length and coding", OK "Content-Length: 2\r\n" CHUNKED "\r\n0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"coding and length", OK CHUNKED "Content-Length: 2\r\n\r\n0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"two lengths", OK "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", .state = VG_DIRECT_REFUSED},
        {"the same twice", OK "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", .state = VG_DIRECT_REFUSED},
        {"two in one", OK "Content-Length: 2, 2\r\n\r\n{}", .state = VG_DIRECT_REFUSED},
        {"a sign", OK "Content-Length: +2\r\n\r\n{}", .state = VG_DIRECT_REFUSED},
        {"less than nothing", OK "Content-Length: -2\r\n\r\n{}", .state = VG_DIRECT_REFUSED},
        {"hexadecimal", OK "Content-Length: 0x2\r\n\r\n{}", .state = VG_DIRECT_REFUSED},
        {"no length", OK "Content-Length: \r\n\r\n{}", .state = VG_DIRECT_REFUSED},
        {"more than 64 bits", OK "Content-Length: 99999999999999999999999\r\n\r\n{}", .state = VG_DIRECT_REFUSED},
        {"two codings", OK CHUNKED CHUNKED "\r\n0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"a coding that is not known", OK "Transfer-Encoding: gzip\r\n\r\n{}", .state = VG_DIRECT_REFUSED},
        {"one before the chunks", OK "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"chunks before another", OK "Transfer-Encoding: chunked, identity\r\n\r\n{}", .state = VG_DIRECT_REFUSED},
        {"one that looks like it", OK "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"chunks in an old version", "HTTP/1.0 200 OK\r\n" CHUNKED "\r\n0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"a folded line", OK "X: 1\r\n 2\r\nContent-Length: 0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"folded by a tab", OK "X: 1\r\n\t2\r\nContent-Length: 0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"a bare CR in a value", OK "X: 1\rContent-Length: 5\r\nContent-Length: 0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"a line that ends in LF", OK "X: 1\nContent-Length: 0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"a head that does", OK "Content-Length: 0\r\n\n", .state = VG_DIRECT_REFUSED},
        {"a status line that does", "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"CR CR LF", OK "X: 1\r\r\nContent-Length: 0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"a blank before the colon", OK "Content-Length : 0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"a field without a colon", OK "Content-Length\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"a field without a name", OK ": 1\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"a second status line", OK OK "Content-Length: 0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"a protocol that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"an interim reply with a length", "HTTP/1.1 100 Continue\r\nContent-Length: 2\r\n\r\n{}", .state = VG_DIRECT_REFUSED},
    };

    (void)state;
    CHECK_ALL(rows);
}

static void so_are_chunks(void **state)
{
    static const struct row rows[] = {
        {"no size of a chunk", OK CHUNKED "\r\n\r\n{}\r\n0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"a size that is none", OK CHUNKED "\r\nx\r\n{}\r\n0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"with a sign", OK CHUNKED "\r\n-2\r\n{}\r\n0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"of more than 64 bits", OK CHUNKED "\r\n11111111111111111\r\n{}\r\n0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"a chunk that is longer than it says", OK CHUNKED "\r\n2\r\n{}}\r\n0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"a size that ends in LF", OK CHUNKED "\r\n2\n{}\r\n0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"a chunk that does", OK CHUNKED "\r\n2\r\n{}\n0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"a CR and something else behind a size", OK CHUNKED "\r\n2\r{}\r\n0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"a bare CR in an extension", OK CHUNKED "\r\n2;a\rb\r\n{}\r\n0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"a bare LF in one", OK CHUNKED "\r\n2;a\nb\r\n{}\r\n0\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"a last chunk that ends in LF", OK CHUNKED "\r\n0\n\r\n", .state = VG_DIRECT_REFUSED},
        {"chunks that do", OK CHUNKED "\r\n0\r\n\n", .state = VG_DIRECT_REFUSED},
        {"a trailer that does", OK CHUNKED "\r\n0\r\nX: 1\n\r\n", .state = VG_DIRECT_REFUSED},
        {"a bare CR in a trailer", OK CHUNKED "\r\n0\r\nX: 1\rY: 2\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"behind its colon", OK CHUNKED "\r\n0\r\nX:\rY: 2\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"a folded trailer", OK CHUNKED "\r\n0\r\nX: 1\r\n 2\r\n\r\n", .state = VG_DIRECT_REFUSED},
        {"folded by a tab", OK CHUNKED "\r\n0\r\nX: 1\r\n\t2\r\n\r\n", .state = VG_DIRECT_REFUSED},
    };

    (void)state;
    CHECK_ALL(rows);
}

#define MANY "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"

static void what_is_too_much_is_refused(void **state)
{
    static const struct row rows[] = {
        {"a length over the bound", OK "Content-Length: 101\r\n\r\n", VG_DIRECT_REFUSED, .fault = VG_FAULT_TOO_LARGE},
        {"the largest", OK "Content-Length: 18446744073709551615\r\n\r\n", VG_DIRECT_REFUSED, .fault = VG_FAULT_TOO_LARGE},
        {"chunks over it", OK CHUNKED "\r\n65\r\n"
         "01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890\r\n0\r\n\r\n",
         VG_DIRECT_REFUSED, .fault = VG_FAULT_TOO_LARGE},
        {"a body without an end over it", OK "\r\n"
         "01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890",
         VG_DIRECT_REFUSED, .fault = VG_FAULT_TOO_LARGE},
        {"interim replies without end", MANY MANY MANY OK "Content-Length: 0\r\n\r\n", .state = VG_DIRECT_REFUSED},
    };

    (void)state;
    CHECK_ALL(rows);
}
/* clang-format on */

/* --- what is too long to be written out ------------------------------------------------------ */

static vg_fault read_long(const char *before, char filling, size_t count, const char *behind)
{
    char *bytes, *text = malloc(count + 1);
    vg_direct_reader reader;
    vg_http_incoming in;
    struct found found;
    size_t len;

    memset(text, filling, count);
    text[count] = '\0';
    assert_true(asprintf(&bytes, "%s%s%s", before, text, behind) >= 0);
    free(text);
    len = strlen(bytes);
    vg_direct_reader_init(&reader);
    vg_http_reply_init(&in, MOST_BODY);
    vg_direct_reader_begin(&reader, &in, "GET");
    found = read_parts(&reader, bytes, len, 1000);
    assert_true(found.state == (in.fault == VG_FAULT_NONE ? VG_DIRECT_WHOLE : VG_DIRECT_REFUSED));
    vg_direct_reader_fini(&reader);
    free(bytes);
    vg_http_reply_fini(&in);
    return in.fault;
}

static void a_head_has_a_bound(void **state)
{
    const char *end = "\r\nContent-Length: 0\r\n\r\n";

    (void)state;
    assert_int_equal(read_long(OK "X: ", 'x', 30000, end), VG_FAULT_NONE);
    assert_int_equal(read_long(OK "X: ", 'x', 33000, end), VG_FAULT_TOO_LARGE);
    assert_int_equal(read_long("HTTP/1.1 200 ", 'x', 33000, end), VG_FAULT_TOO_LARGE);
    assert_int_equal(read_long(OK, 'x', 33000, ": 1\r\n\r\n"), VG_FAULT_TOO_LARGE);
}

static void what_stands_between_chunks_has_a_bound(void **state)
{
    (void)state;
    assert_int_equal(read_long(OK CHUNKED "\r\n2;", 'x', 30000, "\r\n{}\r\n0\r\n\r\n"),
                     VG_FAULT_NONE);
    assert_int_equal(read_long(OK CHUNKED "\r\n2;", 'x', 70000, "\r\n{}\r\n0\r\n\r\n"),
                     VG_FAULT_TOO_LARGE);
    assert_int_equal(read_long(OK CHUNKED "\r\n0\r\nX: ", 'x', 70000, "\r\n\r\n"),
                     VG_FAULT_TOO_LARGE);
}

/* A NUL is no end to anything here, and nothing that may stand in a head. */
static void a_nul_is_refused(void **state)
{
    static const char bytes[] = OK "X: a\0b\r\nContent-Length: 0\r\n\r\n";
    vg_direct_reader reader;
    vg_http_incoming in;
    size_t used;

    (void)state;
    vg_direct_reader_init(&reader);
    vg_http_reply_init(&in, MOST_BODY);
    vg_direct_reader_begin(&reader, &in, "GET");
    assert_int_equal(vg_direct_read(&reader, vg_slice_of(bytes, sizeof bytes - 1), &used),
                     VG_DIRECT_REFUSED);
    assert_int_equal(in.fault, VG_FAULT_PROTOCOL);
    vg_direct_reader_fini(&reader);
    vg_http_reply_fini(&in);
}

static void a_reader_is_used_again(void **state)
{
    static const char *const rows[] = {
        OK CHUNKED "\r\n2\r\n{}\r\n0\r\n\r\n", "what is this\r\n\r\n",
        OK "Content-Length: 2\r\n\r\n{}",      OK "Content-Length: 2\r\n\r\n{",
        OK CHUNKED "\r\n2\r\n{}\r\n0\r\n\r\n",
    };
    vg_direct_reader reader;
    vg_http_incoming in;

    (void)state;
    vg_direct_reader_init(&reader);
    vg_http_reply_init(&in, MOST_BODY);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct found found;

        vg_http_reply_clear(&in);
        vg_direct_reader_begin(&reader, &in, i == 1 ? "HEAD" : "GET");
        found = read_parts(&reader, rows[i], strlen(rows[i]), strlen(rows[i]));
        assert_int_equal(found.state == VG_DIRECT_WHOLE, i % 2 == 0);
        if (found.state == VG_DIRECT_WHOLE)
            assert_true(vg_slice_is_str(vg_buf_bytes(&in.body), "{}"));
    }
    vg_direct_reader_fini(&reader);
    vg_http_reply_fini(&in);
    assert_int_equal(vg_arena_total_bytes(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_ends_where_it_says),
        cmocka_unit_test(what_is_cut_is_told),
        cmocka_unit_test(what_could_be_read_in_two_ways_is_refused),
        cmocka_unit_test(so_are_chunks),
        cmocka_unit_test(what_is_too_much_is_refused),
        cmocka_unit_test(a_head_has_a_bound),
        cmocka_unit_test(what_stands_between_chunks_has_a_bound),
        cmocka_unit_test(a_nul_is_refused),
        cmocka_unit_test(a_reader_is_used_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
