/* The reader of requests: what comes out for which bytes, the same for every way of cutting them.
 * Each row is read whole, byte by byte, and cut in two at every place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vecgate/arena.h"

#include "tests/support/transcript.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define HOST        "Host: h\r\n"
#define CHUNKED     "Transfer-Encoding: chunked\r\n"

enum { HEAD_BYTES = 256, FIELDS = 6 };

struct row {
    const char *says;
    const char *bytes;
    const char *wanted;
};

/* clang-format off */
static const struct row well_formed[] = {
    {"the least", "GET / HTTP/1.1\r\n" HOST "\r\n", "GET /? host=h len=0 keep [host: h] {} "},
    {"names are lowered, values trimmed",
     "GET /a HTTP/1.1\r\nHOST: \t h \t \r\nX-Y:z z\r\n\r\n",
     "GET /a? host=h len=0 keep [host: h] [x-y: z z] {} "},
    {"an empty value", "GET / HTTP/1.1\r\n" HOST "A:\r\nB: \r\nC: d\r\n\r\n",
     "GET /? host=h len=0 keep [host: h] [a: ] [b: ] [c: d] {} "},
    {"an empty host is one", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET /? host= len=0 keep [host: ] {} "},
    {"blanks before the version", "GET /   HTTP/1.1\r\n" HOST "\r\n", "GET /? host=h len=0 keep [host: h] {} "},
    {"empty lines before it", "\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n",
     "GET /? host=h len=0 keep [host: h] {} "},
    {"a body", "POST /a HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello",
     "POST /a? host=h len=5 keep [host: h] [content-length: 5] {hello} "},
    {"a body of no bytes", "POST /a HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n",
     "POST /a? host=h len=0 keep [host: h] [content-length: 0] {} "},
    {"a body cut short", "POST /a HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nhello",
     "POST /a? host=h len=9 keep [host: h] [content-length: 9] {hello…"},
    {"a head cut short", "POST /a HTTP/1.1\r\nHos", "…"},
    {"a GET with a body", "GET /a HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi",
     "GET /a? host=h len=2 keep [host: h] [content-length: 2] {hi} "},
    {"two in a row", "GET /a HTTP/1.1\r\n" HOST "\r\nHEAD /b HTTP/1.1\r\n" HOST "\r\n",
     "GET /a? host=h len=0 keep [host: h] {} HEAD /b? host=h len=0 keep [host: h] {} "},
    {"one behind a body", "POST /a HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhiGET /b HTTP/1.1\r\n" HOST "\r\n",
     "POST /a? host=h len=2 keep [host: h] [content-length: 2] {hi} GET /b? host=h len=0 keep [host: h] {} "},
    {"chunks", "PUT /a HTTP/1.1\r\n" HOST CHUNKED "\r\n3\r\nabc\r\n02\r\nde\r\n0\r\n\r\n",
     "PUT /a? host=h chunked keep [host: h] [transfer-encoding: chunked] {abcde} "},
    {"no chunks", "PUT /a HTTP/1.1\r\n" HOST CHUNKED "\r\n0\r\n\r\n",
     "PUT /a? host=h chunked keep [host: h] [transfer-encoding: chunked] {} "},
    {"chunk extensions are skipped", "PUT /a HTTP/1.1\r\n" HOST CHUNKED "\r\n1;a=b\r\nx\r\n1;c\r\ny\r\n1;a;c=d\r\nz\r\n1;a=\"q;\"\r\n!\r\n0;z\r\n\r\n",
     "PUT /a? host=h chunked keep [host: h] [transfer-encoding: chunked] {xyz!} "},
    {"trailers are skipped", "PUT /a HTTP/1.1\r\n" HOST CHUNKED "\r\n1\r\nx\r\n0\r\nA: b\r\nHost: evil\r\nContent-Length: 5\r\n\r\n",
     "PUT /a? host=h chunked keep [host: h] [transfer-encoding: chunked] {x} "},
    {"one behind chunks", "PUT /a HTTP/1.1\r\n" HOST CHUNKED "\r\nA\r\n0123456789\r\n0\r\n\r\nGET /b HTTP/1.1\r\n" HOST "\r\n",
     "PUT /a? host=h chunked keep [host: h] [transfer-encoding: chunked] {0123456789} "
     "GET /b? host=h len=0 keep [host: h] {} "},
    {"chunked in capitals", "PUT /a HTTP/1.1\r\n" HOST "Transfer-Encoding: CHUNKED\r\n\r\n1\r\nx\r\n0\r\n\r\n",
     "PUT /a? host=h chunked keep [host: h] [transfer-encoding: CHUNKED] {x} "},
    {"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "GET /? host= len=0 1.0 {} "},
    {"HTTP/1.0 that stays", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
     "GET /? host= len=0 keep 1.0 [connection: Keep-Alive] {} "},
    {"one that leaves", "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
     "GET /? host=h len=0 [host: h] [connection: close] {} "},
    {"one that leaves, in a list", "GET / HTTP/1.1\r\n" HOST "Connection: foo, Close\r\n\r\n",
     "GET /? host=h len=0 [host: h] [connection: foo, Close] {} "},
    {"leaving wins over staying", "GET / HTTP/1.1\r\n" HOST "Connection: keep-alive, close\r\n\r\n",
     "GET /? host=h len=0 [host: h] [connection: keep-alive, close] {} "},
    {"bytes behind one that leaves are a message still", "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\nGET /b HTTP/1.1\r\n" HOST "\r\n",
     "GET /? host=h len=0 [host: h] [connection: close] {} GET /b? host=h len=0 keep [host: h] {} "},
    {"an upgrade is ignored", "GET / HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\nGET /b HTTP/1.1\r\n" HOST "\r\n",
     "GET /? host=h len=0 keep [host: h] [connection: Upgrade] [upgrade: h2c] {} GET /b? host=h len=0 keep [host: h] {} "},
    {"an upgrade with a body is ignored", "POST / HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: h2c\r\n" CHUNKED "\r\n1\r\nx\r\n0\r\n\r\n",
     "POST /? host=h chunked keep [host: h] [connection: Upgrade] [upgrade: h2c] [transfer-encoding: chunked] {x} "},
    {"an absolute target names the host", "GET http://other:80/a?b HTTP/1.1\r\n" HOST "\r\n",
     "GET /a?b host=other:80 len=0 keep [host: h] {} "},
    {"OPTIONS *", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "OPTIONS *? host=h len=0 keep [host: h] {} "},
    {"a path is normalised", "GET //a///b/?c HTTP/1.1\r\n" HOST "\r\n", "GET /a/b?c host=h len=0 keep [host: h] {} "},
    {"a client that waits", "PUT / HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx",
     "PUT /? host=h len=1 keep expects [host: h] [expect: 100-Continue] [content-length: 1] {x} "},
    {"waiting without a body is none", "GET / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n\r\n",
     "GET /? host=h len=0 keep [host: h] [expect: 100-continue] {} "},
    {"HTTP/1.0 cannot wait", "PUT / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
     "PUT /? host= len=1 1.0 [expect: 100-continue] [content-length: 1] {x} "},
    {"gzip", "PUT / HTTP/1.1\r\n" HOST "Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
     "PUT /? host=h len=1 keep gzip [host: h] [content-encoding: gzip] [content-length: 1] {x} "},
    {"deflate", "PUT / HTTP/1.1\r\n" HOST "Content-Encoding: Deflate\r\nContent-Length: 1\r\n\r\nx",
     "PUT /? host=h len=1 keep deflate [host: h] [content-encoding: Deflate] [content-length: 1] {x} "},
    {"identity", "PUT / HTTP/1.1\r\n" HOST "Content-Encoding: identity\r\nContent-Length: 1\r\n\r\nx",
     "PUT /? host=h len=1 keep [host: h] [content-encoding: identity] [content-length: 1] {x} "},
    {"as many fields as allowed", "GET / HTTP/1.1\r\n" HOST "a:1\r\na:2\r\na:3\r\na:4\r\na:5\r\n\r\n",
     "GET /? host=h len=0 keep [host: h] [a: 1] [a: 2] [a: 3] [a: 4] [a: 5] {} "},
    {"high bytes in a value", "GET / HTTP/1.1\r\n" HOST "A: \xc3\xa9\r\n\r\n",
     "GET /? host=h len=0 keep [host: h] [a: \xc3\xa9] {} "},
};

/* Smuggling, and what else must not be taken. Every one ends with a refusal, whatever follows. */
static const struct row refused[] = {
    {"a bare CR ends no field", "GET / HTTP/1.1\r\n" HOST "A: b\rContent-Length: 5\r\n\r\n", "!400"},
    {"a bare CR within a value", "GET / HTTP/1.1\r\n" HOST "A: b\rc\r\n\r\n", "!400"},
    {"a bare LF ends no line", "GET / HTTP/1.1\n" HOST "\r\n", "!400 a line of the head must end in CR LF"},
    {"a bare LF ends no field", "GET / HTTP/1.1\r\n" HOST "A: b\n\r\n", "!400 a line of the head must end in CR LF"},
    {"a bare LF ends no head", "GET / HTTP/1.1\r\n" HOST "\n", "!400 a line of the head must end in CR LF"},
    {"a folded field", "GET / HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n", "!400 a header field may not go on in the next line"},
    {"a field folded with a tab", "GET / HTTP/1.1\r\n" HOST "A:\r\n\tc\r\n\r\n", "!400 a header field may not go on in the next line"},
    {"a blank before the first field", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", "!400 a header field may not go on in the next line"},
    {"a blank before a colon", "POST / HTTP/1.1\r\n" HOST "Content-Length : 5\r\n\r\nhello", "!400 a header field holds a byte that may not stand there"},
    {"a blank before the colon of a host", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", "!400"},
    {"a blank before the colon of a coding", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "!400"},
    {"a blank before the colon of a connection", "GET / HTTP/1.1\r\n" HOST "Connection : close\r\n\r\n", "!400"},
    {"a blank before the colon of an upgrade", "GET / HTTP/1.1\r\n" HOST "Upgrade : h2c\r\n\r\n", "!400"},
    {"a tab before a colon", "POST / HTTP/1.1\r\n" HOST "A\t: 5\r\n\r\n", "!400"},
    {"a blank within a name", "GET / HTTP/1.1\r\n" HOST "A b: c\r\n\r\n", "!400"},
    {"no colon", "GET / HTTP/1.1\r\n" HOST "Abc\r\n\r\n", "!400"},
    {"no name in the first field", "GET / HTTP/1.1\r\n:\r\n\r\n", "!400 a header field has no name"},
    {"no name", "GET / HTTP/1.1\r\n" HOST ": c\r\n\r\n", "!400 a header field has no name"},
    {"a control byte in a value", "GET / HTTP/1.1\r\n" HOST "A: \x01\r\n\r\n", "!400 a header field holds a byte that may not stand there"},
    {"no host", "GET / HTTP/1.1\r\n\r\n", "!400 a request has exactly one host field"},
    {"two hosts", "GET / HTTP/1.1\r\n" HOST HOST "\r\n", "!400 a request has exactly one host field"},
    {"two hosts in HTTP/1.0", "GET / HTTP/1.0\r\n" HOST "Host: i\r\n\r\n", "!400 a request has exactly one host field"},
    {"a host with a path", "GET / HTTP/1.1\r\nHost: h/a\r\n\r\n", "!400 the host must be a name or an address, with its port"},
    {"a host with a user", "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", "!400 the host must be a name or an address, with its port"},
    {"a host with a blank", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "!400 the host must be a name or an address, with its port"},
    {"an absolute target needs a host field too", "GET http://h/ HTTP/1.1\r\n\r\n", "!400 a request has exactly one host field"},
    {"both lengths", "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n" CHUNKED "\r\n0\r\n\r\n", "!400"},
    {"both lengths, turned around", "POST / HTTP/1.1\r\n" HOST CHUNKED "Content-Length: 5\r\n\r\n0\r\n\r\n", "!400"},
    {"two lengths", "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "!400"},
    {"the same length twice", "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "!400"},
    {"lengths in a list", "POST / HTTP/1.1\r\n" HOST "Content-Length: 5, 5\r\n\r\nhello", "!400"},
    {"a length with a sign", "POST / HTTP/1.1\r\n" HOST "Content-Length: +5\r\n\r\nhello", "!400"},
    {"a negative length", "POST / HTTP/1.1\r\n" HOST "Content-Length: -5\r\n\r\nhello", "!400"},
    {"a hexadecimal length", "POST / HTTP/1.1\r\n" HOST "Content-Length: 0x5\r\n\r\nhello", "!400"},
    {"an empty length", "POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\nhello", "!400"},
    {"a length beyond 64 bits", "POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551616\r\n\r\n", "!400"},
    {"the largest length", "POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551615\r\n\r\n", "!400"},
    {"another coding", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\n", "!501"},
    {"another coding beside", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "!501"},
    {"chunked not last", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", "!501"},
    {"chunked twice", "POST / HTTP/1.1\r\n" HOST CHUNKED CHUNKED "\r\n0\r\n\r\n", "!501"},
    {"nearly chunked", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "!501"},
    {"chunked in quotes", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", "!501"},
    {"chunked behind a vertical tab", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n", "!400"},
    {"an empty coding", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n\r\n0\r\n\r\n", "!501"},
    {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\n" HOST CHUNKED "\r\n0\r\n\r\n", "!400 HTTP/1.0 has no transfer-encoding"},
    {"another expectation", "PUT / HTTP/1.1\r\n" HOST "Expect: coffee\r\nContent-Length: 1\r\n\r\nx", "!417"},
    {"another content coding", "PUT / HTTP/1.1\r\n" HOST "Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx", "!0 the content-encoding"},
    {"content codings in a list", "PUT / HTTP/1.1\r\n" HOST "Content-Encoding: gzip, gzip\r\nContent-Length: 1\r\n\r\nx", "!0 the content-encoding"},
    {"HTTP/2.0", "GET / HTTP/2.0\r\n" HOST "\r\n", "!505"},
    {"HTTP/1.2", "GET / HTTP/1.2\r\n" HOST "\r\n", "!505"},
    {"HTTP/0.9", "GET /\r\n\r\n", "!505"},
    {"HTTP/2 itself", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "!505"},
    {"an unknown method", "BREW / HTTP/1.1\r\n" HOST "\r\n", "!501"},
    {"a method in small letters", "get / HTTP/1.1\r\n" HOST "\r\n", "!501"},
    {"a tunnel", "CONNECT h:80 HTTP/1.1\r\n" HOST "\r\n", "!501"},
    {"TLS", "\x16\x03\x01\x02", "!400 these bytes are not an HTTP/1.1 request"},
    {"a target without a slash", "GET a HTTP/1.1\r\n" HOST "\r\n", "!400"},
    {"GET *", "GET * HTTP/1.1\r\n" HOST "\r\n", "!400"},
    {"a fragment", "GET /a#b HTTP/1.1\r\n" HOST "\r\n", "!400"},
    {"up", "GET /a/../b HTTP/1.1\r\n" HOST "\r\n", "!400"},
    {"a target with a high byte", "GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n", "!400"},
    {"something behind the version", "GET / HTTP/1.1 x\r\n" HOST "\r\n", "!"},
    {"one field too many", "GET / HTTP/1.1\r\n" HOST "a:1\r\na:2\r\na:3\r\na:4\r\na:5\r\na:6\r\n\r\n", "!431"},
};

#define TO_BODY "{"
static const struct row refused_bodies[] = {
    {"a chunk size that is none", "PUT / HTTP/1.1\r\n" HOST CHUNKED "\r\nx\r\n", TO_BODY "!400"},
    {"no chunk size", "PUT / HTTP/1.1\r\n" HOST CHUNKED "\r\n\r\nabc", TO_BODY "!400"},
    {"a chunk size beyond 64 bits", "PUT / HTTP/1.1\r\n" HOST CHUNKED "\r\n10000000000000000\r\n", TO_BODY "!400"},
    {"a chunk size that wraps around", "PUT / HTTP/1.1\r\n" HOST CHUNKED "\r\nfffffffffffffffff1\r\nx\r\n", TO_BODY "!400"},
    {"a bare LF behind the last size", "PUT / HTTP/1.1\r\n" HOST CHUNKED "\r\n1\r\nx\r\n0\n\r\n", TO_BODY "x!400"},
    {"a bare LF behind the last chunk", "PUT / HTTP/1.1\r\n" HOST CHUNKED "\r\n1\r\nx\r\n0\r\n\n", TO_BODY "x!400 a line around chunks must end in CR LF"},
    {"a bare LF behind no chunk", "PUT / HTTP/1.1\r\n" HOST CHUNKED "\r\n0\r\n\nGET /", TO_BODY "!400 a line around chunks must end in CR LF"},
    {"a bare LF behind a trailer", "PUT / HTTP/1.1\r\n" HOST CHUNKED "\r\n0\r\nA: b\n\r\n", TO_BODY "!400"},
    {"a bare LF behind an extension", "PUT / HTTP/1.1\r\n" HOST CHUNKED "\r\n1;a=b\nx\r\n0\r\n\r\n", TO_BODY "!400"},
    {"a bare CR in an extension", "PUT / HTTP/1.1\r\n" HOST CHUNKED "\r\n1;a=\rb\r\nx\r\n0\r\n\r\n", TO_BODY "!400"},
    {"a folded trailer", "PUT / HTTP/1.1\r\n" HOST CHUNKED "\r\n0\r\nA: b\r\n c\r\n\r\n", TO_BODY "!400"},
    {"a negative chunk size", "PUT / HTTP/1.1\r\n" HOST CHUNKED "\r\n-1\r\nx", TO_BODY "!400"},
    {"a chunk size in C", "PUT / HTTP/1.1\r\n" HOST CHUNKED "\r\n0x1\r\nx\r\n", TO_BODY "!400"},
    {"a blank before a chunk size", "PUT / HTTP/1.1\r\n" HOST CHUNKED "\r\n 1\r\nx\r\n", TO_BODY "!400"},
    {"a bare LF behind a chunk size", "PUT / HTTP/1.1\r\n" HOST CHUNKED "\r\n1\nx\r\n", TO_BODY "!400"},
    {"a chunk longer than it says", "PUT / HTTP/1.1\r\n" HOST CHUNKED "\r\n1\r\nxy\r\n0\r\n\r\n", TO_BODY "x!400"},
    {"a chunk shorter than it says", "PUT / HTTP/1.1\r\n" HOST CHUNKED "\r\n3\r\nx\r\n0\r\n\r\n", TO_BODY "x\r\n!400"},
    {"a bare LF behind a chunk", "PUT / HTTP/1.1\r\n" HOST CHUNKED "\r\n1\r\nx\n0\r\n\r\n", TO_BODY "x!400"},
    {"rubbish in the trailer", "PUT / HTTP/1.1\r\n" HOST CHUNKED "\r\n0\r\n\x01\r\n\r\n", TO_BODY "!400"},
};
/* clang-format on */

/* --- cutting --------------------------------------------------------------------------------- */

static size_t one(void *arg)
{
    (void)arg;
    return 1;
}

static size_t first_then_all(void *arg)
{
    size_t *first = arg;
    size_t n = *first;

    *first = SIZE_MAX;
    return n;
}

static void read_with(size_t (*cut)(void *arg), void *arg, vg_slice bytes, vg_buf *to)
{
    vg_transcript how = {HEAD_BYTES, FIELDS, cut, arg};

    vg_buf_clear(to);
    vg_transcript_write(&how, bytes, to);
    assert_false(vg_buf_is_spent(to));
}

static void expect_same(const char *says, const vg_buf *whole, const vg_buf *cut, size_t at)
{
    if (!vg_slice_is(vg_buf_bytes(whole), vg_buf_bytes(cut)))
        fail_msg("%s: whole: " VG_FMT "\ncut at %zu: " VG_FMT, says, VG_ARG(vg_buf_bytes(whole)),
                 at, VG_ARG(vg_buf_bytes(cut)));
}

/* Reads it in all ways; `whole` is what they agree on. */
static void read_all_ways(const char *says, vg_slice bytes, vg_buf *whole)
{
    vg_buf cut;

    vg_buf_init(&cut, 0);
    read_with(NULL, NULL, bytes, whole);
    read_with(one, NULL, bytes, &cut);
    expect_same(says, whole, &cut, 1);
    for (size_t at = 1; at < bytes.len; at++) {
        size_t first = at;

        read_with(first_then_all, &first, bytes, &cut);
        expect_same(says, whole, &cut, at);
    }
    vg_buf_fini(&cut);
}

static void expect_rows(const struct row *rows, size_t count, bool (*fits)(vg_slice, vg_slice))
{
    vg_buf got;

    vg_buf_init(&got, 0);
    for (size_t i = 0; i < count; i++) {
        read_all_ways(rows[i].says, vg_slice_str(rows[i].bytes), &got);
        if (!fits(vg_buf_bytes(&got), vg_slice_str(rows[i].wanted)))
            fail_msg("%s: got \"" VG_FMT "\", wanted \"%s\"", rows[i].says,
                     VG_ARG(vg_buf_bytes(&got)), rows[i].wanted);
    }
    vg_buf_fini(&got);
}

static bool holds(vg_slice text, vg_slice part)
{
    return memmem(text.at, text.len, part.at, part.len) != NULL;
}

static void requests_are_read_however_they_are_cut(void **state)
{
    (void)state;
    expect_rows(well_formed, COUNT(well_formed), vg_slice_is);
}

static void what_could_be_read_in_two_ways_is_refused(void **state)
{
    (void)state;
    expect_rows(refused, COUNT(refused), vg_slice_starts);
}

static void broken_chunks_are_refused(void **state)
{
    (void)state;
    expect_rows(refused_bodies, COUNT(refused_bodies), holds);
}

static size_t as_given(void *arg)
{
    return *(size_t *)arg;
}

static void two_requests_may_come_in_pieces_of_any_size(void **state)
{
    vg_slice bytes = VG_LIT("PUT /a HTTP/1.1\r\n" HOST CHUNKED "\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"
                            "GET /b HTTP/1.1\r\n" HOST "\r\n");
    vg_buf whole, cut;

    (void)state;
    vg_buf_init(&whole, 0);
    vg_buf_init(&cut, 0);
    read_with(NULL, NULL, bytes, &whole);
    for (size_t size = 2; size < bytes.len; size++) {
        read_with(as_given, &size, bytes, &cut);
        expect_same("two requests", &whole, &cut, size);
    }
    vg_buf_fini(&whole);
    vg_buf_fini(&cut);
}

/* --- bounds ---------------------------------------------------------------------------------- */

/* `front`, then `filler` as often as needed to make it `bytes` long, then `back`. */
static void expect_sized(const char *front, char filler, size_t bytes, const char *back,
                         const char *wanted)
{
    vg_buf text, got;

    vg_buf_init(&text, 0);
    vg_buf_init(&got, 0);
    vg_buf_put(&text, vg_slice_str(front));
    while (text.len + strlen(back) < bytes)
        vg_buf_put_byte(&text, filler);
    vg_buf_put(&text, vg_slice_str(back));
    read_all_ways(wanted, vg_buf_bytes(&text), &got);
    if (!holds(vg_buf_bytes(&got), vg_slice_str(wanted)))
        fail_msg("%zu bytes: got \"" VG_FMT "\", wanted \"%s\"", bytes, VG_ARG(vg_buf_bytes(&got)),
                 wanted);
    vg_buf_fini(&text);
    vg_buf_fini(&got);
}

static void a_head_may_fill_its_bound_and_no_more(void **state)
{
    (void)state;
    expect_sized("GET / HTTP/1.1\r\n" HOST "A: ", 'a', HEAD_BYTES, "\r\n\r\n", "{} ");
    expect_sized("GET / HTTP/1.1\r\n" HOST "A: ", 'a', HEAD_BYTES + 1, "\r\n\r\n",
                 "!431 the head of the request is larger than allowed");
    expect_sized("GET /", 'a', HEAD_BYTES + 30, " HTTP/1.1\r\n" HOST "\r\n",
                 "!414 the request line is longer than allowed");
    expect_sized("", '\n', HEAD_BYTES, "", "!400 a line of the head must end in CR LF");
}

/* 90 fields of 100 bytes: text and table grow, and what points into them moves along. */
static void write_large_head(vg_buf *head, vg_buf *wanted)
{
    vg_buf_put(head, VG_LIT("GET /some/path?query HTTP/1.1\r\nHost: h\r\n"));
    vg_buf_put(wanted, VG_LIT("GET /some/path?query host=h len=0 keep [host: h]"));
    for (int i = 0; i < 90; i++) {
        vg_buf_printf(head, "Name-%d: %0100d\r\n", i, i);
        vg_buf_printf(wanted, " [name-%d: %0100d]", i, i);
    }
    vg_buf_put(head, VG_LIT("\r\n"));
    vg_buf_put(wanted, VG_LIT(" {} "));
}

static void a_large_head_is_kept_together(void **state)
{
    static const size_t sizes[] = {1, 7, 100, 3000, SIZE_MAX};
    vg_buf head, wanted, got;

    (void)state;
    vg_buf_init(&head, 0);
    vg_buf_init(&wanted, 0);
    vg_buf_init(&got, 0);
    write_large_head(&head, &wanted);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        size_t size = sizes[i];
        vg_transcript how = {32 * 1024, 100, as_given, &size};

        vg_buf_clear(&got);
        vg_transcript_write(&how, vg_buf_bytes(&head), &got);
        expect_same("a large head", &wanted, &got, size);
    }
    vg_arena_set_total_cap(vg_arena_total_bytes() + 1000);
    vg_buf_clear(&got);
    vg_transcript_write(&(vg_transcript){32 * 1024, 100, NULL, NULL}, vg_buf_bytes(&head), &got);
    vg_arena_set_total_cap((size_t)512 << 20);
    assert_true(vg_slice_starts(vg_buf_bytes(&got), VG_LIT("!0 the gateway has no memory")));
    vg_buf_fini(&head);
    vg_buf_fini(&wanted);
    vg_buf_fini(&got);
    assert_int_equal(vg_arena_total_bytes(), 0);
}

#define PUT_CHUNKED "PUT / HTTP/1.1\r\n" HOST CHUNKED "\r\n"

static void what_stands_between_chunks_is_bounded(void **state)
{
    const size_t head = sizeof(PUT_CHUNKED) - 1;

    (void)state;
    expect_sized(PUT_CHUNKED "1;", 'e', head + HEAD_BYTES, "\r\nx\r\n0\r\n\r\n", "{x} ");
    expect_sized(PUT_CHUNKED "1;", 'e', head + HEAD_BYTES + 20, "\r\nx\r\n0\r\n\r\n", "{!431");
    expect_sized(PUT_CHUNKED, '0', head + HEAD_BYTES + 20, "1\r\nx\r\n0\r\n\r\n", "{!431");
    expect_sized(PUT_CHUNKED "1\r\nx\r\n0\r\nA: ", 't', head + HEAD_BYTES, "\r\n\r\n", "{x} ");
    expect_sized(PUT_CHUNKED "1\r\nx\r\n0\r\nA: ", 't', head + HEAD_BYTES + 20, "\r\n\r\n",
                 "{x!431");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_read_however_they_are_cut),
        cmocka_unit_test(what_could_be_read_in_two_ways_is_refused),
        cmocka_unit_test(broken_chunks_are_refused),
        cmocka_unit_test(two_requests_may_come_in_pieces_of_any_size),
        cmocka_unit_test(a_head_may_fill_its_bound_and_no_more),
        cmocka_unit_test(a_large_head_is_kept_together),
        cmocka_unit_test(what_stands_between_chunks_is_bounded),
    };

    return cmocka_run_group_tests_name("net/http1_read", tests, NULL, NULL);
}
