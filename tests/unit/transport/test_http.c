/* The HTTP transport against a server that misbehaves when asked to: what goes out, what comes
 * back, and what becomes of each failure. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/http_rig.h"

/* --- requests and replies -------------------------------------------------------------------- */

static void a_request_goes_out_as_it_was_meant(void **state)
{
    http_rig *rig = *state;
    const vg_header headers[] = {{VG_LIT("content-type"), VG_LIT("application/json")},
                                 {VG_LIT("x-empty"), VG_LIT("")}};
    http_trip t;

    rig->server = http_server_new(&(http_server_parts){0});
    http_rig_set_url(rig, "http", http_server_port(rig->server), "/a/../b");
    rig->endpoint.auth = (vg_header){VG_LIT("api-key"), VG_LIT("s3cret")};
    http_rig_connect(rig);
    http_trip_get(&t, rig, "/c%20d?e=/echo")->x.as.http.method = "PUT";
    t.x.as.http.body = VG_LIT("{\"a\":1}");
    t.x.as.http.headers = headers;
    t.x.as.http.header_count = 2;
    http_trip_go(&t);
    assert_int_equal(t.status, 200);
    assert_non_null(strstr(t.body, "PUT /a/../b/c%20d?e=/echo HTTP/1.1\r\n"));
    assert_non_null(strstr(t.body, "\r\napi-key: s3cret\r\n"));
    assert_non_null(strstr(t.body, "\r\ncontent-type: application/json\r\n"));
    assert_non_null(strstr(t.body, "\r\nx-empty:\r\n"));
    assert_non_null(strstr(t.body, "\r\nContent-Length: 7\r\n"));
    assert_non_null(strstr(t.body, "\r\n\r\n{\"a\":1}"));
    assert_null(strstr(t.body, "Expect"));
    assert_null(strstr(t.body, "urlencoded"));
    assert_null(strstr(t.body, "Accept-Encoding"));
}

static void a_user_in_the_url_is_told(void **state)
{
    http_rig *rig = *state;
    http_trip t;

    rig->server = http_server_new(&(http_server_parts){0});
    snprintf(rig->url, sizeof rig->url, "http://user:p%%40ss@127.0.0.1:%d/x",
             http_server_port(rig->server));
    rig->endpoint.base_url = vg_slice_str(rig->url);
    http_rig_connect(rig);
    http_trip_go(http_trip_get(&t, rig, "/echo"));
    assert_non_null(strstr(t.body, "GET /x/echo HTTP/1.1\r\nHost: 127.0.0.1:"));
    assert_non_null(strstr(t.body, "\r\nAuthorization: Basic dXNlcjpwQHNz\r\n"));
    assert_non_null(strstr(t.body, "\r\nUser-Agent: vecgate/"));
    assert_non_null(strstr(t.body, "\r\nAccept: */*\r\n"));
}

static void every_method_carries_its_body_or_none(void **state)
{
    static const struct {
        const char *says;
        const char *method;
        const char *body;
        const char *expect; /* in what was sent */
    } rows[] = {
        {"a GET has no body", "GET", "", "\r\n\r\n"},
        {"a POST without one says so", "POST", "", "Content-Length: 0\r\n"},
        {"a POST with one", "POST", "{\"b\":2}", "\r\n\r\n{\"b\":2}"},
        {"a DELETE without one", "DELETE", "", "DELETE /echo HTTP/1.1\r\n"},
        {"a DELETE with one", "DELETE", "[1]", "\r\n\r\n[1]"},
        {"a GET again on the same handle", "GET", "", "GET /echo HTTP/1.1\r\n"},
        {"a PUT with one", "PUT", "{}", "PUT /echo HTTP/1.1\r\n"},
    };
    http_rig *rig = http_rig_serve(state);
    http_trip t;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        http_trip_get(&t, rig, "/echo")->x.as.http.method = rows[i].method;
        t.x.as.http.body = vg_slice_str(rows[i].body);
        http_trip_go(&t);
        print_message("%s\n", rows[i].says);
        assert_int_equal(t.status, 200);
        assert_non_null(strstr(t.body, rows[i].expect));
    }
    assert_int_equal(http_server_count(rig->server).connections, 1);
}

static void replies_come_whole(void **state)
{
    static const struct {
        const char *says;
        const char *path;
        int status;
        size_t len;
    } rows[] = {
        {"with a length", "/large/50000", 200, 50000},
        {"empty", "/large/0", 200, 0},
        {"in chunks", "/chunked/50000", 200, 50000},
        {"drop by drop", "/drip", 200, 20},
        {"until the connection ends", "/no-length", 200, 7},
        {"after an interim one", "/interim", 200, 2},
        {"with a trailer", "/trailer", 200, 2},
        {"an error's text", "/status/404", 404, 44},
        {"a redirect is not followed", "/redirect", 302, 0},
        {"as large as is allowed", "/large/100000", 200, 100000},
    };
    http_rig *rig = http_rig_serve(state);
    http_trip t;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%s\n", rows[i].says);
        http_trip_go(http_trip_get(&t, rig, rows[i].path));
        assert_int_equal(t.fault, VG_FAULT_NONE);
        assert_int_equal(t.status, rows[i].status);
        assert_int_equal(t.body_len, rows[i].len);
        assert_true(t.was_sent);
    }
}

static void header_names_are_lowered_and_values_trimmed(void **state)
{
    http_rig *rig = http_rig_serve(state);
    http_trip t;

    http_trip_get(&t, rig, "/echo")->look_for = "x-echo";
    http_trip_go(&t);
    assert_string_equal(t.header, "spaced");
    http_trip_get(&t, rig, "/status/429")->look_for = "retry-after";
    http_trip_go(&t);
    assert_string_equal(t.header, "7");
    http_trip_get(&t, rig, "/interim")->look_for = "x-early";
    http_trip_go(&t);
    assert_string_equal(t.header, ""); /* of the interim reply */
    http_trip_get(&t, rig, "/trailer")->look_for = "x-late";
    http_trip_go(&t);
    assert_string_equal(t.header, "");
}

static void what_is_left_of_the_deadline_goes_with_the_request(void **state)
{
    static const struct {
        const char *says;
        const char *target;
        const char *param;
        uint64_t left_s; /* 0: it is over */
        uint64_t most_s;
        const char *expect;
    } rows[] = {
        {"as the first parameter", "/echo", "timeout", 500, 7, "GET /echo?timeout=7 "},
        {"or one more", "/echo?a=1", "timeout", 500, 7, "GET /echo?a=1&timeout=7 "},
        {"never nothing", "/echo", "timeout", 0, 0, "GET /echo?timeout=1 "},
        {"not where there is none", "/echo", NULL, 500, 7, "GET /echo "},
        {"in whole seconds", "/echo", "timeout", 500, 0, NULL},
    };
    http_rig *rig = http_rig_serve(state);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        http_trip t;

        print_message("%s\n", rows[i].says);
        rig->endpoint.max_left_s = rows[i].most_s;
        rig->http->close(rig->http);
        http_rig_connect(rig);
        http_trip_get(&t, rig, rows[i].target)->x.as.http.left_param = rows[i].param;
        t.x.deadline_ns = vg_loop_now_ns(vg_loop_uv_loop(rig->driver)) - (rows[i].left_s == 0);
        t.x.deadline_ns += rows[i].left_s * 1000000000;
        http_trip_go(&t);
        if (rows[i].expect != NULL)
            assert_non_null(strstr(t.body, rows[i].expect));
        else
            assert_in_range(strtoull(t.body + strlen("GET /echo?timeout="), NULL, 10), 400, 500);
    }
}

/* --- failures -------------------------------------------------------------------------------- */

static void each_failure_has_its_name(void **state)
{
    static const struct {
        const char *says;
        const char *path;
        vg_fault fault;
    } rows[] = {
        {"closed before a byte", "/close", VG_FAULT_RESET},
        {"reset before a byte", "/reset", VG_FAULT_RESET},
        {"cut in the middle", "/truncated", VG_FAULT_RESET},
        {"not HTTP at all", "/garbage", VG_FAULT_PROTOCOL},
        {"a body of one byte too many", "/large/100001", VG_FAULT_TOO_LARGE},
        {"the same in chunks, so nobody said so before", "/chunked/100001", VG_FAULT_TOO_LARGE},
        {"more fields than are taken", "/fields/101", VG_FAULT_TOO_LARGE},
        {"a head of more bytes than are taken", "/wide/40000", VG_FAULT_TOO_LARGE},
        {"and the next one is fine", "/ok", VG_FAULT_NONE},
    };
    http_rig *rig = http_rig_serve(state);
    http_trip t;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%s\n", rows[i].says);
        http_trip_go(http_trip_get(&t, rig, rows[i].path));
        assert_int_equal(t.fault, rows[i].fault);
        assert_true(t.was_sent);
        assert_true(rows[i].fault == VG_FAULT_NONE || t.detail[0] != '\0');
    }
}

static void nobody_listens_and_nothing_was_sent(void **state)
{
    http_rig *rig = http_rig_serve(state);
    http_trip t;

    http_trip_go(http_trip_get(&t, rig, "/bye")); /* a handle that has sent before */
    assert_true(t.was_sent);
    http_server_hush(rig->server);
    http_trip_get(&t, rig, "/ok")->x.repeat =
        VG_REPEAT_NEVER; /* else it might try the old connection first */
    http_trip_go(&t);
    assert_int_equal(t.fault, VG_FAULT_CONNECT);
    assert_false(t.was_sent);
}

static void a_name_without_an_address_is_told(void **state)
{
    http_rig *rig = *state;
    http_trip t;

    rig->endpoint.base_url = VG_LIT("http://name.invalid:6333");
    http_rig_connect(rig);
    http_trip_go(http_trip_get(&t, rig, "/ok"));
    assert_int_equal(t.fault, VG_FAULT_DNS);
    assert_false(t.was_sent);
}

static void a_handshake_that_never_ends_is_ended(void **state)
{
    http_rig *rig = *state;
    http_trip t;

    rig->server = http_server_new(&(http_server_parts){.is_silent = true});
    http_rig_set_url(rig, "https", http_server_port(rig->server), "");
    rig->endpoint.connect_ms = 50;
    http_rig_connect(rig);
    http_trip_go(http_trip_get(&t, rig, "/ok"));
    assert_int_equal(t.fault, VG_FAULT_CONNECT);
    assert_false(t.was_sent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(a_request_goes_out_as_it_was_meant),
        HTTP_TEST(a_user_in_the_url_is_told),
        HTTP_TEST(every_method_carries_its_body_or_none),
        HTTP_TEST(replies_come_whole),
        HTTP_TEST(what_is_left_of_the_deadline_goes_with_the_request),
        HTTP_TEST(header_names_are_lowered_and_values_trimmed),
        HTTP_TEST(each_failure_has_its_name),
        HTTP_TEST(nobody_listens_and_nothing_was_sent),
        HTTP_TEST(a_name_without_an_address_is_told),
        HTTP_TEST(a_handshake_that_never_ends_is_ended),
    };

    signal(SIGPIPE, SIG_IGN);
    return HTTP_RUN(tests);
}
