/* A request's way through the front, with a stream, a pool and a plan that do what the test says:
 * what is done where, what is said when something fails, and that every stream ends once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/log.h"
#include "front/front.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_plan.h"
#include "tests/support/fake_stream.h"

enum { LARGE = 64 * 1024 + 1 };

/* ---- an API to test with, in the place of the native one ---- */

static uint32_t reads, writes;
static bool refuses_silently;

static bool read_any(const vg_front_in *in, vg_op *op, vg_status *status)
{
    (void)in;
    (void)op;
    (void)status;
    reads++;
    return !refuses_silently;
}

static void write_any(const vg_op *op, vg_front_out *out)
{
    (void)op;
    writes++;
    vg_buf_put(out->body, VG_LIT("done"));
}

static void write_note(const vg_op *op, vg_front_out *out)
{
    vg_buf_printf(out->body, "note %s", vg_code_describe(op->status.code)->name);
}

static void tell_name(vg_front *front, const vg_front_in *in, vg_arena *arena, vg_front_out *out)
{
    (void)front;
    (void)arena;
    out->headers[out->header_count++] = (vg_header){VG_LIT("x-own"), VG_LIT("1")};
    vg_buf_put(out->body, in->params[0]);
}

static void write_word(vg_arena *arena, const vg_status *status, vg_front_out *out)
{
    const vg_code_row *row = vg_code_describe(status->code);

    (void)arena;
    out->status = row->native_http;
    out->content_type = VG_LIT("text/plain");
    vg_buf_printf(out->body, "%s: " VG_FMT, row->name, VG_ARG(vg_status_what(status)));
}

static bool takes_json(const vg_request *request)
{
    return vg_slice_is(vg_request_header(request, VG_LIT("content-type")),
                       VG_LIT("application/json"));
}

/* clang-format off */
static const vg_front_row rows[] = {
    {{"POST", "/v1/any"},         VG_OP_COUNT, .read = read_any, .write = write_any},
    {{"GET",  "/v1/any"},         VG_OP_COUNT, .read = read_any, .write = write_any},
    {{"GET",  "/v1/list"},        VG_OP_GET,   .read = read_any, .write = write_any},
    {{"GET",  "/v1/missing"},     VG_OP_COUNT, .read = read_any, .write = write_any, .write_missing = write_note},
    {{"GET",  "/v1/failed"},      VG_OP_COUNT, .read = read_any, .write = write_any, .write_failed = write_note},
    {{"GET",  "/v1/name/{name}"}, VG_OP_COUNT, .tell = tell_name},
    {{"POST", "/v1/later"},       VG_OP_COUNT, .refuses = "waiting is"},
};
/* clang-format on */

const vg_front_api vg_front_native = {
    .id = VG_API_NATIVE,
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .write_error = write_word,
    .takes = takes_json,
};
const vg_front_api vg_front_admin = {.id = VG_API_ADMIN, .write_error = write_word};

/* ---- the pool ---- */

static vg_work *posted;
static bool is_full;

static bool post(vg_pools *pools, vg_pool_name pool, vg_work *work)
{
    (void)pools;
    assert_int_equal(pool, VG_POOL_CODEC);
    assert_null(posted);
    if (is_full)
        return false;
    posted = work;
    return true;
}

/* ---- one test ---- */

struct test {
    fake_loop *loop;
    vg_metrics *metrics;
    vg_front *front;
    vg_tenant tenant;
};

static struct test t;

static void make_front(bool keyless)
{
    vg_front_free(t.front);
    t.front = vg_front_new(&(vg_front_parts){
        .loop = fake_loop_loop(t.loop),
        .post = post,
        .metrics = t.metrics,
        .tenant = &t.tenant,
        .deadline_ms = 30000,
        .max_body_bytes = 1 << 20,
        .request_bytes = 1 << 20,
        .listen = VG_LIT("127.0.0.1:6333"),
        .keyless = keyless,
        .qdrant_version = VG_LIT("1.14.1"),
    });
}

static int begin(void **state)
{
    (void)state;
    t = (struct test){.loop = fake_loop_new(), .metrics = vg_metrics_new(1)};
    vg_metrics_set_worker(t.metrics, 0);
    make_front(true);
    posted = NULL;
    is_full = refuses_silently = false;
    reads = writes = 0;
    fake_plan_started();
    return 0;
}

/* Nothing is left behind: no request in flight, no memory held. */
static int end(void **state)
{
    int64_t flying = 0;

    (void)state;
    for (uint8_t api = 0; api < VG_APIS; api++)
        flying +=
            (int64_t)vg_metrics_read(t.metrics, VG_M_requests_in_flight, (vg_cell){.api = api});
    assert_int_equal(flying, 0);
    assert_null(fake_plan_op());
    assert_null(posted);
    vg_front_free(t.front);
    vg_metrics_free(t.metrics);
    fake_loop_free(t.loop);
    return 0;
}

static vg_stream *ask(const char *method, const char *target, const char *const *headers)
{
    return fake_stream_new(vg_front_user(t.front), method, target, headers);
}

/* A request with a body, up to where its body has come. */
static vg_stream *send_body(const char *method, const char *target, vg_slice body)
{
    static const char *const json[] = {"content-type", "application/json", NULL};
    vg_stream *stream = ask(method, target, json);

    if (body.len > 0)
        fake_stream_announce(stream, body.len);
    fake_stream_head(stream);
    if (fake_stream_is_accepted(stream))
        fake_stream_body(stream, body);
    return stream;
}

static vg_stream *send(const char *method, const char *target)
{
    return send_body(method, target, (vg_slice){0});
}

static void run_pool(void)
{
    vg_work *work = posted;

    assert_non_null(work);
    posted = NULL;
    work->run(work);
    vg_work_finish(work);
    fake_loop_settle(t.loop);
}

/* A JSON body too large for the loop. */
static vg_slice large_body(void)
{
    static char text[LARGE];

    memset(text, ' ', sizeof text);
    memcpy(text, "{}", 2);
    return vg_slice_of(text, sizeof text);
}

/* An answer too large for the loop. */
static void give_large_answer(void)
{
    static vg_point point;
    static char payload[LARGE];

    memset(payload, ' ', sizeof payload);
    point.payload = vg_slice_of(payload, sizeof payload);
    fake_plan_op()->out.points = (vg_points){&point, 1};
}

static void check_answer(int status, const char *body)
{
    const fake_answer *answer = fake_stream_answer();

    if (answer->status != status || !vg_slice_is_str(answer->body, body))
        fail_msg("want %d %s, got %d " VG_FMT, status, body, answer->status, VG_ARG(answer->body));
}

static bool has_header(const char *line)
{
    return strstr(fake_stream_answer()->head, line) != NULL;
}

static uint64_t ended(vg_api api, vg_code code)
{
    return vg_metrics_read(t.metrics, VG_M_requests_total,
                           (vg_cell){.api = (uint8_t)api, .code = (uint8_t)code});
}

/* ---- the way of a request ---- */

static void a_small_request_is_served_on_the_loop(void **state)
{
    vg_stream *stream = send_body("POST", "/v1/any", VG_LIT("{\"a\":1}"));

    (void)state;
    assert_int_equal(reads, 1);
    assert_non_null(fake_plan_op());
    assert_int_equal(fake_plan_op()->kind, VG_OP_COUNT);
    assert_int_equal(fake_plan_op()->deadline_ns, 31000000000);
    assert_int_equal(fake_plan_op()->now_ms, 1700000000000);
    assert_true(fake_stream_owes(stream));
    fake_plan_finish();
    check_answer(200, "done");
    assert_true(has_header("content-type: application/json\n"));
    fake_stream_end(stream);
    assert_int_equal(ended(VG_API_NATIVE, VG_OK), 1);
    assert_int_equal(
        vg_metrics_read(t.metrics, VG_M_request_bytes_total, (vg_cell){.api = VG_API_NATIVE}), 7);
    assert_int_equal(
        vg_metrics_read(t.metrics, VG_M_response_bytes_total, (vg_cell){.api = VG_API_NATIVE}), 4);
}

static void a_row_that_tells_needs_no_operation(void **state)
{
    vg_stream *stream = send("GET", "/v1/name/a%20b");

    (void)state;
    check_answer(200, "a b");
    assert_true(has_header("x-own: 1\n"));
    fake_stream_end(stream);
    stream = send("GET", "/");
    check_answer(200, "{\"title\":\"qdrant - vector search engine\",\"version\":\"1.14.1\"}");
    fake_stream_end(stream);
    assert_int_equal(fake_plan_started(), 0);
}

static void the_collection_of_the_path_is_the_operations(void **state)
{
    vg_stream *stream = send("GET", "/collections/a%20b/exists");

    (void)state;
    assert_string_equal(vg_arena_copy(fake_plan_op()->arena, fake_plan_op()->name).at, "a b");
    assert_ptr_equal(fake_plan_op()->who, &t.tenant);
    fake_plan_finish();
    check_answer(200, "{\"result\":{\"exists\":true},\"status\":\"ok\",\"time\":0.0}");
    fake_stream_end(stream);
}

static void a_large_body_is_read_by_the_pool(void **state)
{
    vg_stream *stream = send_body("POST", "/v1/any", large_body());

    (void)state;
    assert_int_equal(reads, 0);
    assert_null(fake_plan_op());
    run_pool();
    assert_int_equal(reads, 1);
    fake_plan_finish();
    check_answer(200, "done");
    fake_stream_end(stream);
}

static void a_large_answer_is_written_by_the_pool(void **state)
{
    vg_stream *stream = send("GET", "/v1/list");

    (void)state;
    give_large_answer();
    fake_plan_finish();
    assert_int_equal(writes, 0);
    run_pool();
    check_answer(200, "done");
    fake_stream_end(stream);
}

static void a_full_pool_refuses(void **state)
{
    vg_stream *stream;

    (void)state;
    is_full = true;
    stream = send_body("POST", "/v1/any", large_body());
    check_answer(503, "OVERLOADED: the queue for large bodies is full, try again soon");
    assert_true(has_header("retry-after: 1\n"));
    fake_stream_end(stream);
    assert_int_equal(fake_plan_started(), 0);

    stream = send("GET", "/v1/list");
    give_large_answer();
    fake_plan_finish();
    check_answer(503, "OVERLOADED: the queue for large answers is full, try again soon");
    fake_stream_end(stream);
    assert_int_equal(writes, 0);
    assert_int_equal(ended(VG_API_NATIVE, VG_OVERLOADED), 2);
}

/* ---- the client goes ---- */

static void gone_before_the_body_is_nothing_to_stop(void **state)
{
    vg_stream *stream = ask("GET", "/v1/any", NULL);

    (void)state;
    fake_stream_head(stream);
    fake_stream_leave(stream);
    fake_stream_end(stream);
    assert_int_equal(fake_plan_started(), 0);
    assert_int_equal(ended(VG_API_NATIVE, VG_CANCELLED), 1);
}

static void gone_while_the_body_is_read_starts_nothing(void **state)
{
    vg_stream *stream = send_body("POST", "/v1/any", large_body());

    (void)state;
    fake_stream_leave(stream);
    assert_true(fake_stream_owes(stream)); /* the pool still reads the body */
    run_pool();
    assert_true(fake_stream_answer()->is_aborted);
    fake_stream_end(stream);
    assert_int_equal(fake_plan_started(), 0);
}

static void gone_while_it_is_planned_cancels(void **state)
{
    vg_stream *stream = send("GET", "/v1/any");

    (void)state;
    fake_stream_leave(stream);
    assert_int_equal(fake_plan_cancelled(), VG_CANCELLED);
    assert_true(fake_stream_owes(stream)); /* the operation may still read the body */
    fake_plan_finish();
    assert_true(fake_stream_answer()->is_aborted);
    assert_int_equal(writes, 0);
    fake_stream_end(stream);
}

static void gone_while_the_answer_is_written_sends_none(void **state)
{
    vg_stream *stream = send("GET", "/v1/list");

    (void)state;
    give_large_answer();
    fake_plan_finish();
    fake_stream_leave(stream);
    run_pool();
    assert_true(fake_stream_answer()->is_aborted);
    assert_int_equal(fake_stream_answer()->status, 0);
    fake_stream_end(stream);
    assert_int_equal(ended(VG_API_NATIVE, VG_CANCELLED), 1);
}

static void gone_after_the_answer_changes_nothing(void **state)
{
    vg_stream *stream = send("GET", "/v1/any");

    (void)state;
    fake_plan_finish();
    fake_stream_leave(stream);
    fake_stream_end(stream);
    assert_int_equal(ended(VG_API_NATIVE, VG_OK), 1);
}

/* ---- what fails ---- */

struct failed {
    const char *says;
    const char *target;
    vg_status status;
    int http;
    const char *body;
    const char *header;
};

/* clang-format off */
static const struct failed failed[] = {
    {"an operation fails", "/v1/any", {.code = VG_INVALID, .what = VG_LIT_INIT("x")}, 400, "INVALID: x", ""},
    {"not found is an error", "/v1/any", {.code = VG_NOT_FOUND}, 404, "NOT_FOUND: there is no such thing", ""},
    {"unless the row knows what to say", "/v1/missing", {.code = VG_NOT_FOUND}, 200, "note NOT_FOUND", ""},
    {"of that and nothing else", "/v1/missing", {.code = VG_INVALID, .what = VG_LIT_INIT("x")}, 400, "INVALID: x", ""},
    {"or of every failure", "/v1/failed", {.code = VG_DEADLINE}, 200, "note DEADLINE", ""},
    {"told when to come again", "/v1/any", {.code = VG_THROTTLED, .what = VG_LIT_INIT("x"), .retry_after_ms = 1001}, 429, "THROTTLED: x", "retry-after: 2\n"},
    {"not told when", "/v1/any", {.code = VG_THROTTLED, .what = VG_LIT_INIT("x")}, 429, "THROTTLED: x", "retry-after: 1\n"},
};
/* clang-format on */

static void a_failure_is_said_by_its_api(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof failed / sizeof failed[0]; i++) {
        vg_stream *stream = send("GET", failed[i].target);

        fake_plan_op()->status = failed[i].status;
        fake_plan_finish();
        print_message("%s\n", failed[i].says);
        check_answer(failed[i].http, failed[i].body);
        assert_true(has_header(failed[i].header));
        fake_stream_end(stream);
    }
}

static void a_body_that_is_no_json_is_refused(void **state)
{
    vg_stream *stream = send_body("POST", "/v1/any", VG_LIT("{\"a\":"));

    (void)state;
    check_answer(400, "FORMAT: expected a value at line 1 column 6");
    fake_stream_end(stream);
    stream = send_body("GET", "/v1/any", VG_LIT("{\"a\":")); /* means nothing to GET */
    fake_plan_finish();
    check_answer(200, "done");
    fake_stream_end(stream);
    assert_int_equal(reads, 1);
}

static void a_reader_without_a_reason_leads_to_no_operation(void **state)
{
    vg_stream *stream;

    (void)state;
    refuses_silently = true;
    stream = send("GET", "/v1/any");
    check_answer(500, "INTERNAL: the request was refused without a reason");
    fake_stream_end(stream);
    assert_int_equal(fake_plan_started(), 0);
}

static void what_was_done_by_other_means_says_so(void **state)
{
    vg_stream *stream = send("GET", "/v1/any");

    (void)state;
    fake_plan_op()->degraded = VG_LIT("short");
    fake_plan_finish();
    assert_true(has_header("x-vecgate-degraded: short\n"));
    fake_stream_end(stream);
    assert_int_equal(
        vg_metrics_read(t.metrics, VG_M_degraded_total, (vg_cell){.operation = VG_OP_COUNT}), 1);
}

/* An operation may end well, and its answer still be 404. */
static void a_missing_point_counts_as_not_found(void **state)
{
    vg_stream *stream = send("GET", "/collections/c/points/5");

    (void)state;
    fake_plan_finish();
    check_answer(404, "{\"status\":{\"error\":\"Not found: Point with id 5 does not exists!\"},"
                      "\"time\":0.0}");
    fake_stream_end(stream);
    assert_int_equal(ended(VG_API_QDRANT, VG_NOT_FOUND), 1);
}

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
    {"native: an unknown method", "PUT", "/v1/any", NULL, 405, "NO_METHOD: this path does not take that method", "allow: "},
    {"native: an unknown type", "POST", "/v1/any", "text/plain", 415, "MEDIA_TYPE: the body must be application/json", ""},
    {"what is not built", "POST", "/v1/later", "application/json", 400, "UNSUPPORTED: waiting is not supported yet (POST /v1/later)", ""},
    {"a bad escape", "GET", "/v1/name/%zz", NULL, 400, "PATH: a percent escape is not well formed", ""},
    {"Qdrant: what is not built", "GET", "/aliases", NULL, 400,
     "{\"status\":{\"error\":\"Bad request: aliases are not supported yet (GET /aliases)\"},\"time\":0.0}", "application/json"},
};
/* clang-format on */

static void what_has_no_row_is_turned_away(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof turned_away / sizeof turned_away[0]; i++) {
        const struct turned_away *row = &turned_away[i];
        const char *headers[] = {"content-type", row->type ? row->type : "", NULL};
        vg_stream *stream = ask(row->method, row->target, row->type ? headers : NULL);

        if (row->type)
            fake_stream_announce(stream, 2);
        fake_stream_head(stream);
        if (fake_stream_is_accepted(stream))
            fake_stream_body(stream, VG_LIT("{}"));
        print_message("%s\n", row->says);
        check_answer(row->http, row->body);
        assert_true(has_header(row->header));
        fake_stream_end(stream);
    }
    assert_int_equal(fake_plan_started(), 0);
}

/* A small body is read, so that the connection can go on; a large one is not waited for. */
static void a_large_body_is_refused_before_it_comes(void **state)
{
    vg_stream *stream = ask("POST", "/v1/nothing", NULL);

    (void)state;
    fake_stream_announce(stream, LARGE);
    fake_stream_head(stream);
    assert_false(fake_stream_is_accepted(stream));
    check_answer(404, "NO_ROUTE: there is no such path");
    fake_stream_end(stream);
    stream = ask("POST", "/v1/nothing", NULL);
    fake_stream_announce(stream, UINT64_MAX); /* chunked */
    fake_stream_head(stream);
    assert_false(fake_stream_is_accepted(stream));
    fake_stream_end(stream);
}

static void head_is_get_without_a_body(void **state)
{
    vg_stream *stream = send("HEAD", "/v1/any");

    (void)state;
    fake_plan_finish();
    check_answer(200, "done"); /* the stream leaves the body out */
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

        make_front(row->keyless);
        stream = ask(row->method, "/v1/name/x", headers);
        fake_stream_set_host(stream, row->host);
        fake_stream_head(stream);
        if (fake_stream_is_accepted(stream))
            fake_stream_body(stream, (vg_slice){0});
        print_message("%s\n", row->says);
        assert_int_equal(fake_stream_answer()->status, row->http);
        assert_true(has_header(row->has));
        assert_false(has_header(row->lacks));
        fake_stream_end(stream);
    }
}

/* ---- the id ---- */

static void answer_with_id(const char *id)
{
    const char *headers[] = {"x-request-id", id, NULL};
    vg_stream *stream = ask("GET", "/v1/name/x", headers);

    fake_stream_head(stream);
    fake_stream_body(stream, (vg_slice){0});
    fake_stream_end(stream);
}

static void a_sane_id_comes_back(void **state)
{
    (void)state;
    answer_with_id("order-7.b:3_X");
    assert_true(has_header("x-request-id: order-7.b:3_X\n"));
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

static void an_operation_knows_the_id_of_its_request(void **state)
{
    static const char *const headers[] = {"x-request-id", "00000000000000ff", NULL};
    vg_stream *stream = ask("GET", "/v1/any", headers);

    (void)state;
    fake_stream_head(stream);
    fake_stream_body(stream, (vg_slice){0});
    assert_int_equal(fake_plan_op()->request_id, 255);
    fake_plan_finish();
    fake_stream_end(stream);
}

/* ---- no memory, no request ---- */

static void no_memory_is_said_without_any(void **state)
{
    size_t cap = vg_arena_total_cap();
    vg_stream *stream = ask("GET", "/v1/any", NULL);

    (void)state;
    vg_arena_set_total_cap(1);
    fake_stream_head(stream);
    vg_arena_set_total_cap(cap);
    assert_int_equal(fake_stream_answer()->status, 503);
    fake_stream_end(stream);
}

static void an_answer_that_is_too_large_for_the_memory_is_refused(void **state)
{
    size_t cap = vg_arena_total_cap();
    vg_stream *stream = send("GET", "/v1/any");

    (void)state;
    vg_arena_set_total_cap(vg_arena_total_bytes());
    fake_plan_finish();
    vg_arena_set_total_cap(cap);
    assert_int_equal(fake_stream_answer()->status, 503);
    fake_stream_end(stream);
    assert_int_equal(writes, 1);
}

static void what_never_became_a_request_is_refused_by_its_api(void **state)
{
    const vg_stream_user *user = vg_front_user(t.front);
    vg_arena *arena = vg_arena_new(1 << 16);
    vg_status status = {.code = VG_TOO_LARGE, .what = VG_LIT("x")};
    vg_slice type, body;
    int http = 0;

    (void)state;
    body = user->on_refusal(user->arg, arena, VG_LIT("/v1/any"), &status, &http, &type);
    assert_true(vg_slice_is_str(body, "TOO_LARGE: x"));
    assert_int_equal(http, 413);
    body = user->on_refusal(user->arg, arena, VG_LIT("/collections"), &status, &http, &type);
    assert_true(
        vg_slice_is_str(body, "{\"status\":{\"error\":\"Payload error: x\"},\"time\":0.0}"));
    assert_int_equal(http, 400);
    assert_true(vg_slice_is_str(type, "application/json"));
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
    assert_false(vg_front_is_ready(t.front));
    vg_front_set_ready(t.front, true);
    assert_true(vg_front_is_ready(t.front));
    assert_int_equal(vg_metrics_read(t.metrics, VG_M_ready, (vg_cell){0}), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_small_request_is_served_on_the_loop),
        TEST(a_row_that_tells_needs_no_operation),
        TEST(the_collection_of_the_path_is_the_operations),
        TEST(a_large_body_is_read_by_the_pool),
        TEST(a_large_answer_is_written_by_the_pool),
        TEST(a_full_pool_refuses),
        TEST(gone_before_the_body_is_nothing_to_stop),
        TEST(gone_while_the_body_is_read_starts_nothing),
        TEST(gone_while_it_is_planned_cancels),
        TEST(gone_while_the_answer_is_written_sends_none),
        TEST(gone_after_the_answer_changes_nothing),
        TEST(a_failure_is_said_by_its_api),
        TEST(a_body_that_is_no_json_is_refused),
        TEST(a_reader_without_a_reason_leads_to_no_operation),
        TEST(what_was_done_by_other_means_says_so),
        TEST(a_missing_point_counts_as_not_found),
        TEST(what_has_no_row_is_turned_away),
        TEST(a_large_body_is_refused_before_it_comes),
        TEST(head_is_get_without_a_body),
        TEST(browsers_are_held_to_the_rule),
        TEST(a_sane_id_comes_back),
        TEST(another_is_made),
        TEST(an_operation_knows_the_id_of_its_request),
        TEST(no_memory_is_said_without_any),
        TEST(an_answer_that_is_too_large_for_the_memory_is_refused),
        TEST(what_never_became_a_request_is_refused_by_its_api),
        TEST(a_timeout_moves_the_deadline_only_earlier),
        TEST(readiness_is_a_gauge),
    };

    vg_log_set_level(VG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
