/* What the head of a request decides: which row, which body, whose page, which id; and what the
 * front does beside requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "tests/unit/front/flow.h"

/* ---- the door ---- */

struct turned_away {
    const char *says;
    const char *method;
    const char *target;
    const char *type; /* of a body; NULL: there is none */
    int http;
    const char *body;
    const char *header;
};

/* clang-format off */
static const struct turned_away turned_away[] = {
    {"Qdrant: an unknown path", "GET", "/nothing", NULL, 404, "", "content-type: \n"},
    {"Qdrant: an unknown method", "PUT", "/collections", NULL, 404, "", "content-type: \n"},
    {"native: an unknown path", "GET", "/v1/nothing", NULL, 404, "NO_ROUTE: there is no such path", "text/plain"},
    {"native: an unknown method", "PUT", "/v1/any", NULL, 405, "NO_METHOD: this path does not take that method", "allow: POST, GET\n"},
    {"native: an unknown type", "POST", "/v1/any", "text/plain", 415, "MEDIA_TYPE: the body must be application/json", ""},
    {"what is not built", "POST", "/v1/later", "application/json", 400, "UNSUPPORTED: waiting is not supported yet (POST /v1/later)", ""},
    {"a bad escape", "GET", "/v1/name/%zz", NULL, 400, "PATH: a percent escape is not well formed", ""},
    {"a name that is no text", "GET", "/v1/name/a%ff", NULL, 400, "PATH: a name or an id is not UTF-8", ""},
    {"Qdrant: what is not built", "GET", "/telemetry", NULL, 400,
     "{\"status\":{\"error\":\"Bad request: telemetry is not supported yet (GET /telemetry)\"},\"time\":0.0}", "application/json"},
};
/* clang-format on */

static void what_has_no_row_is_turned_away(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof turned_away / sizeof turned_away[0]; i++) {
        const struct turned_away *row = &turned_away[i];
        const char *headers[] = {"content-type", row->type ? row->type : "", NULL};
        vg_stream *stream = flow_ask(row->method, row->target, row->type ? headers : NULL);

        if (row->type)
            fake_stream_announce(stream, 2);
        fake_stream_head(stream);
        if (fake_stream_is_accepted(stream))
            fake_stream_body(stream, VG_LIT("{}"));
        print_message("%s\n", row->says);
        flow_check_answer(row->http, row->body);
        assert_true(flow_has_header(row->header));
        assert_int_equal(flow_has_header("allow: "), row->http == 405);
        fake_stream_end(stream);
    }
    assert_int_equal(fake_plan_started(), 0);
}

/* A small body is read, so that the connection can go on; a large one is not waited for. */
static void a_large_body_is_refused_before_it_comes(void **state)
{
    vg_stream *stream = flow_ask("POST", "/v1/nothing", NULL);

    (void)state;
    fake_stream_announce(stream, 64 * 1024 + 1);
    fake_stream_head(stream);
    assert_false(fake_stream_is_accepted(stream));
    flow_check_answer(404, "NO_ROUTE: there is no such path");
    fake_stream_end(stream);
    stream = flow_ask("POST", "/v1/nothing", NULL);
    fake_stream_announce(stream, UINT64_MAX); /* chunked */
    fake_stream_head(stream);
    assert_false(fake_stream_is_accepted(stream));
    fake_stream_end(stream);
}

static void head_is_get_without_a_body(void **state)
{
    vg_stream *stream = flow_send("HEAD", "/v1/any");

    (void)state;
    fake_plan_finish();
    flow_check_answer(200, "done"); /* the stream leaves the body out */
    fake_stream_end(stream);
}

struct caller {
    const char *says;
    bool keyless;
    const char *method;
    const char *host;
    const char *origin;
    int http;
    const char *has;
    const char *lacks;
};

/* clang-format off */
static const struct caller callers[] = {
    {"no browser", true, "GET", "localhost:6333", NULL, 200, "", "access-control"},
    {"a page of this machine", true, "GET", "127.0.0.1", "http://localhost:3000", 200, "access-control-allow-origin: http://localhost:3000\nvary: origin\n", "max-age"},
    {"it asks first", true, "OPTIONS", "127.0.0.1", "http://localhost:3000", 204, "access-control-allow-methods: GET, POST, PUT, PATCH, DELETE, OPTIONS\n", "expose"},
    {"and may send what it names", true, "OPTIONS", "127.0.0.1", "http://localhost:3000", 204, "access-control-allow-headers: api-key\n", "expose"},
    {"a stranger's page", true, "GET", "127.0.0.1", "http://evil.example", 403, "text/plain", "access-control"},
    {"it asks first too", true, "OPTIONS", "127.0.0.1", "http://evil.example", 403, "text/plain", "access-control"},
    {"a name that was rebound", true, "GET", "evil.example", NULL, 403, "text/plain", "access-control"},
    {"with a key, any page", false, "GET", "db.example", "http://app.example", 200, "access-control-allow-origin: *\n", "vary"},
    {"with a key, any page asks first", false, "OPTIONS", "db.example", "http://app.example", 204, "access-control-allow-origin: *\n", "vary"},
};
/* clang-format on */

static void browsers_are_held_to_the_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof callers / sizeof callers[0]; i++) {
        const struct caller *row = &callers[i];
        const char *headers[] = {"access-control-request-method",
                                 "PUT",
                                 "access-control-request-headers",
                                 "api-key",
                                 row->origin ? "origin" : NULL,
                                 row->origin,
                                 NULL};
        vg_stream *stream;

        fake_gate_is.is_keyed = !row->keyless;
        stream = flow_ask(row->method, "/v1/name/x", headers);
        fake_stream_set_host(stream, row->host);
        fake_stream_head(stream);
        if (fake_stream_is_accepted(stream))
            fake_stream_body(stream, (vg_slice){0});
        print_message("%s\n", row->says);
        assert_int_equal(fake_stream_answer()->status, row->http);
        assert_true(flow_has_header(row->has));
        assert_false(flow_has_header(row->lacks));
        fake_stream_end(stream);
    }
}

/* ---- the id ---- */

static void answer_with_id(const char *id)
{
    const char *headers[] = {"x-request-id", id, NULL};
    vg_stream *stream = flow_ask("GET", "/v1/name/x", headers);

    fake_stream_head(stream);
    fake_stream_body(stream, (vg_slice){0});
    fake_stream_end(stream);
}

static void a_sane_id_comes_back(void **state)
{
    (void)state;
    answer_with_id("order-7.b:3_X");
    assert_true(flow_has_header("x-request-id: order-7.b:3_X\n"));
}

static void another_is_made(void **state)
{
    static const char *const insane[] = {"", "a b", "<script>", "a\xC3\xA9"};
    char first[2048];

    (void)state;
    for (size_t i = 0; i < sizeof insane / sizeof insane[0]; i++) {
        answer_with_id(insane[i]);
        snprintf(first, sizeof first, "%s", fake_stream_answer()->head);
        assert_non_null(strstr(first, "x-request-id: "));
        assert_int_equal(strspn(strstr(first, "x-request-id: ") + 14, "0123456789abcdef"), 16);
        answer_with_id(insane[i]);
        assert_string_not_equal(first, fake_stream_answer()->head);
    }
}

/* What a request for `target` leaves in the log at debug level, into `line`. */
static void log_of(const char *target, char *line, size_t room)
{
    static const char *const headers[] = {"x-request-id", "order-7", NULL};
    vg_stream *stream = flow_ask("GET", target, headers);
    int ends[2];
    ssize_t len;

    assert_int_equal(pipe(ends), 0);
    vg_log_init(ends[1], VG_DEBUG, VG_LOG_JSON);
    fake_stream_head(stream);
    if (fake_stream_is_accepted(stream))
        fake_stream_body(stream, (vg_slice){0});
    fake_stream_end(stream);
    vg_log_init(STDERR_FILENO, VG_ERROR, VG_LOG_AUTO);
    close(ends[1]);
    len = read(ends[0], line, room - 1);
    close(ends[0]);
    line[len > 0 ? len : 0] = '\0';
}

static void the_log_knows_a_request_by_the_id_of_its_answer(void **state)
{
    char line[1024];

    (void)state;
    log_of("/v1/name/x", line, sizeof line);
    assert_string_equal(line, "");
    flow.logs_access = true;
    log_of("/v1/name/x", line, sizeof line);
    assert_non_null(strstr(line, "\"level\":\"info\""));
    assert_non_null(strstr(line, "\"request_id\":\"order-7\""));
    log_of("/healthz", line, sizeof line);
    assert_non_null(strstr(line, "\"level\":\"debug\""));
}

static void an_operation_knows_the_id_of_its_request(void **state)
{
    static const char *const headers[] = {"x-request-id", "00000000000000ff", NULL};
    vg_stream *stream = flow_ask("GET", "/v1/any", headers);

    (void)state;
    fake_stream_head(stream);
    fake_stream_body(stream, (vg_slice){0});
    assert_int_equal(fake_plan_op()->request_id, 255);
    fake_plan_finish();
    fake_stream_end(stream);
}

static void what_never_became_a_request_is_refused_by_its_api(void **state)
{
    const vg_stream_user *user = vg_front_user(flow.front);
    vg_arena *arena = vg_arena_new(1 << 16);
    vg_status status = {.code = VG_TOO_LARGE, .what = VG_LIT("x")};
    vg_refused refused = {.path = VG_LIT("/v1/any"), .status = &status};
    vg_answer answer = {.status = 0};
    vg_slice body;

    (void)state;
    body = user->on_refusal(user->arg, arena, &refused, &answer);
    assert_true(vg_slice_is_str(body, "TOO_LARGE: x"));
    assert_int_equal(answer.status, 413);
    assert_int_equal(answer.header_count, 0);
    refused.path = VG_LIT("/collections");
    answer = (vg_answer){.status = 0};
    body = user->on_refusal(user->arg, arena, &refused, &answer);
    assert_true(
        vg_slice_is_str(body, "{\"status\":{\"error\":\"Payload error: x\"},\"time\":0.0}"));
    assert_int_equal(answer.status, 400);
    assert_true(vg_slice_is_str(answer.content_type, "application/json"));
    vg_arena_free(arena);
}

/* The stream's words about a body; the answer is the front's, headers and all. */
static vg_answer refuse_body(vg_stream *stream, vg_code code, int protocols, vg_arena *arena)
{
    const vg_stream_user *user = vg_front_user(flow.front);
    vg_status status = {.code = code};
    vg_refused refused = {stream, VG_LIT("/v1/any"), &status};
    vg_answer answer = {.status = protocols};

    user->on_refusal(user->arg, arena, &refused, &answer);
    return answer;
}

static bool has_header(const vg_answer *answer, const char *name, const char *value)
{
    for (uint32_t i = 0; i < answer->header_count; i++)
        if (vg_slice_is_str(answer->headers[i].name, name))
            return vg_slice_is_str(answer->headers[i].value, value);
    return false;
}

static void a_body_that_the_stream_refused_is_counted_as_that(void **state)
{
    vg_stream *large = flow_ask("POST", "/v1/any", NULL);
    vg_stream *slow = flow_ask("POST", "/v1/any", NULL);
    vg_arena *arena = vg_arena_new(1 << 16);

    (void)state;
    fake_stream_head(large);
    fake_stream_head(slow);
    assert_int_equal(refuse_body(large, VG_TOO_LARGE, 0, arena).status, 413);
    assert_int_equal(refuse_body(slow, VG_DEADLINE, 408, arena).status, 408);
    fake_stream_end(large);
    assert_int_equal(flow_ended(VG_API_NATIVE, VG_TOO_LARGE), 1);
    fake_stream_end(slow);
    assert_int_equal(flow_ended(VG_API_NATIVE, VG_DEADLINE), 1);
    vg_arena_free(arena);
}

static void a_refused_body_is_answered_with_the_headers_of_every_answer(void **state)
{
    static const char *const headers[] = {"x-request-id", "abc", "origin", "http://localhost",
                                          NULL};
    vg_stream *stream = flow_ask("POST", "/v1/any", headers);
    vg_arena *arena = vg_arena_new(1 << 16);
    vg_answer answer;

    (void)state;
    fake_stream_head(stream);
    answer = refuse_body(stream, VG_OVERLOADED, 0, arena);
    assert_true(has_header(&answer, "x-request-id", "abc"));
    assert_true(has_header(&answer, "access-control-allow-origin", "http://localhost"));
    assert_true(has_header(&answer, "retry-after", "1"));
    fake_stream_end(stream);
    vg_arena_free(arena);
}

static void a_timeout_moves_the_deadline_only_earlier(void **state)
{
    vg_request request = {.began_ns = 5000};
    vg_front_in in = {.request = &request};
    vg_op op = {.deadline_ns = 5000 + 3000000};

    (void)state;
    vg_front_deadline(&op, &in, 4);
    assert_int_equal(op.deadline_ns, 3005000);
    vg_front_deadline(&op, &in, UINT64_MAX);
    assert_int_equal(op.deadline_ns, 3005000);
    vg_front_deadline(&op, &in, 2);
    assert_int_equal(op.deadline_ns, 2005000);
}

static void readiness_is_a_gauge(void **state)
{
    (void)state;
    assert_false(vg_front_is_ready(flow.front));
    vg_front_set_ready(flow.front, true);
    assert_true(vg_front_is_ready(flow.front));
    assert_int_equal(vg_metrics_read(flow.metrics, VG_M_ready, (vg_cell){0}), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, flow_begin, flow_end)
    const struct CMUnitTest tests[] = {
        TEST(what_has_no_row_is_turned_away),
        TEST(a_large_body_is_refused_before_it_comes),
        TEST(head_is_get_without_a_body),
        TEST(browsers_are_held_to_the_rule),
        TEST(a_sane_id_comes_back),
        TEST(another_is_made),
        TEST(the_log_knows_a_request_by_the_id_of_its_answer),
        TEST(an_operation_knows_the_id_of_its_request),
        TEST(what_never_became_a_request_is_refused_by_its_api),
        TEST(a_body_that_the_stream_refused_is_counted_as_that),
        TEST(a_refused_body_is_answered_with_the_headers_of_every_answer),
        TEST(a_timeout_moves_the_deadline_only_earlier),
        TEST(readiness_is_a_gauge),
    };

    vg_log_set_level(VG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
