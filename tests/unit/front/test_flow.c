/* A request's way through the front: what is done where, what is said when something fails, and
 * that every stream ends once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include "tests/unit/front/flow.h"

/* ---- the way of a request ---- */

static void a_small_request_is_served_on_the_loop(void **state)
{
    vg_stream *stream = flow_send_body("POST", "/v1/any", VG_LIT("{\"a\":1}"));

    (void)state;
    assert_int_equal(flow.reads, 1);
    assert_non_null(fake_plan_op());
    assert_int_equal(fake_plan_op()->kind, VG_OP_COUNT);
    assert_int_equal(fake_plan_op()->deadline_ns, 31000000000);
    assert_int_equal(fake_plan_op()->now_ms, 1700000000000);
    assert_true(fake_stream_owes(stream));
    fake_plan_finish();
    flow_check_answer(200, "done");
    assert_true(flow_has_header("content-type: application/json\n"));
    fake_stream_end(stream);
    assert_int_equal(flow_ended(VG_API_NATIVE, VG_OK), 1);
    assert_int_equal(
        vg_metrics_read(flow.metrics, VG_M_request_bytes_total, (vg_cell){.api = VG_API_NATIVE}),
        7);
    assert_int_equal(
        vg_metrics_read(flow.metrics, VG_M_response_bytes_total, (vg_cell){.api = VG_API_NATIVE}),
        4);
}

/* The loop's clock stands still within a turn: neither figure may be taken from it. */
static void time_passes_within_a_turn_too(void **state)
{
    static const char lasted[] = "request_duration_seconds_sum{api=\"qdrant\"} 0.5\n";
    vg_stream *stream = flow_send("GET", "/collections/c/exists");
    vg_buf metrics;

    (void)state;
    flow.clock_ns += 250000000;
    fake_plan_finish();
    flow_check_answer(200, "{\"result\":{\"exists\":true},\"status\":\"ok\",\"time\":0.25}");
    flow.clock_ns += 250000000;
    fake_stream_end(stream);
    vg_buf_init(&metrics, 0);
    vg_metrics_write(flow.metrics, &metrics);
    assert_non_null(memmem(metrics.at, metrics.len, lasted, strlen(lasted)));
    vg_buf_fini(&metrics);
    flow.clock_ns += 500000000;
    stream = flow_send("GET", "/collections/c/points/x"); /* what a reader refuses */
    flow_check_answer(400, "{\"status\":{\"error\":\"Wrong input: Can not recognize \\\"x\\\" as "
                           "point id\"},\"time\":1.0}");
    fake_stream_end(stream);
}

static void a_row_that_tells_needs_no_operation(void **state)
{
    vg_stream *stream = flow_send("GET", "/v1/name/a%20b");

    (void)state;
    flow_check_answer(200, "a b");
    assert_true(flow_has_header("x-own: 1\n"));
    fake_stream_end(stream);
    stream = flow_send("GET", "/");
    flow_check_answer(200, "{\"title\":\"qdrant - vector search engine\",\"version\":\"1.14.1\"}");
    fake_stream_end(stream);
    assert_int_equal(fake_plan_started(), 0);
}

static void the_collection_of_the_path_is_the_operations(void **state)
{
    vg_stream *stream = flow_send("GET", "/collections/a%20b/exists");

    (void)state;
    assert_string_equal(vg_arena_copy(fake_plan_op()->arena, fake_plan_op()->name).at, "a b");
    assert_ptr_equal(fake_plan_op()->who, &fake_gate_is.who->tenant);
    assert_null(fake_plan_op()->claims);
    fake_plan_finish();
    flow_check_answer(200, "{\"result\":{\"exists\":true},\"status\":\"ok\",\"time\":0.0}");
    fake_stream_end(stream);
}

static void a_large_body_is_read_by_the_pool(void **state)
{
    vg_slice body = flow_large_body();
    vg_stream *stream = flow_send_body("POST", "/v1/any", vg_slice_of(body.at, body.len - 1));

    (void)state;
    assert_int_equal(flow.reads, 1); /* one byte less is not large */
    fake_plan_finish();
    fake_stream_end(stream);
    flow.reads = 0;
    stream = flow_send_body("POST", "/v1/any", body);
    assert_int_equal(flow.reads, 0);
    assert_null(fake_plan_op());
    flow_run_pool();
    assert_int_equal(flow.reads, 1);
    fake_plan_finish();
    flow_check_answer(200, "done");
    fake_stream_end(stream);
}

static void a_large_answer_is_written_by_the_pool(void **state)
{
    vg_stream *stream = flow_send("GET", "/v1/list");

    (void)state;
    flow_give_large_answer();
    fake_plan_finish();
    assert_int_equal(flow.writes, 0);
    flow_run_pool();
    flow_check_answer(200, "done");
    fake_stream_end(stream);
}

static void a_full_pool_refuses(void **state)
{
    vg_stream *stream;

    (void)state;
    flow.is_full = true;
    stream = flow_send_body("POST", "/v1/any", flow_large_body());
    flow_check_answer(503, "OVERLOADED: the queue for large bodies is full, try again soon");
    assert_true(flow_has_header("retry-after: 1\n"));
    fake_stream_end(stream);
    assert_int_equal(fake_plan_started(), 0);

    stream = flow_send("GET", "/v1/list");
    flow_give_large_answer();
    fake_plan_finish();
    flow_check_answer(503, "OVERLOADED: the queue for large answers is full, try again soon");
    fake_stream_end(stream);
    assert_int_equal(flow.writes, 0);
    assert_int_equal(flow_ended(VG_API_NATIVE, VG_OVERLOADED), 2);
}

/* ---- the client goes ---- */

static void gone_before_the_body_is_nothing_to_stop(void **state)
{
    vg_stream *stream = flow_ask("GET", "/v1/any", NULL);

    (void)state;
    fake_stream_head(stream);
    fake_stream_leave(stream);
    fake_stream_end(stream);
    assert_int_equal(fake_plan_started(), 0);
    assert_int_equal(flow_ended(VG_API_NATIVE, VG_CANCELLED), 1);
}

static void gone_while_the_body_is_read_starts_nothing(void **state)
{
    vg_stream *stream = flow_send_body("POST", "/v1/any", flow_large_body());

    (void)state;
    fake_stream_leave(stream);
    assert_true(fake_stream_owes(stream)); /* the pool still reads the body */
    flow_run_pool();
    assert_true(fake_stream_answer()->is_aborted);
    fake_stream_end(stream);
    assert_int_equal(fake_plan_started(), 0);
}

static void gone_while_it_is_planned_cancels(void **state)
{
    vg_stream *stream = flow_send("GET", "/v1/any");

    (void)state;
    fake_stream_leave(stream);
    assert_int_equal(fake_plan_cancelled(), VG_CANCELLED);
    assert_true(fake_stream_owes(stream)); /* the operation may still read the body */
    fake_plan_finish();
    assert_true(fake_stream_answer()->is_aborted);
    assert_int_equal(flow.writes, 0);
    fake_stream_end(stream);
}

static void gone_while_the_answer_is_written_sends_none(void **state)
{
    vg_stream *stream = flow_send("GET", "/v1/list");

    (void)state;
    flow_give_large_answer();
    fake_plan_finish();
    fake_stream_leave(stream);
    flow_run_pool();
    assert_true(fake_stream_answer()->is_aborted);
    assert_int_equal(fake_stream_answer()->status, 0);
    fake_stream_end(stream);
    assert_int_equal(flow_ended(VG_API_NATIVE, VG_CANCELLED), 1);
}

static void gone_after_the_answer_changes_nothing(void **state)
{
    vg_stream *stream = flow_send("GET", "/v1/any");

    (void)state;
    fake_plan_finish();
    fake_stream_leave(stream);
    fake_stream_end(stream);
    assert_int_equal(flow_ended(VG_API_NATIVE, VG_OK), 1);
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
        vg_stream *stream = flow_send("GET", failed[i].target);

        fake_plan_op()->status = failed[i].status;
        fake_plan_finish();
        print_message("%s\n", failed[i].says);
        flow_check_answer(failed[i].http, failed[i].body);
        assert_true(flow_has_header(failed[i].header));
        fake_stream_end(stream);
    }
}

static void a_body_that_is_no_json_is_refused(void **state)
{
    vg_stream *stream = flow_send_body("POST", "/v1/any", VG_LIT("{\"a\":"));

    (void)state;
    flow_check_answer(400, "FORMAT: expected a value at line 1 column 6");
    fake_stream_end(stream);
    stream = flow_send_body("GET", "/v1/any", VG_LIT("{\"a\":")); /* means nothing to GET */
    fake_plan_finish();
    flow_check_answer(200, "done");
    fake_stream_end(stream);
    assert_int_equal(flow.reads, 1);
}

static void a_reader_without_a_reason_leads_to_no_operation(void **state)
{
    vg_stream *stream;

    (void)state;
    flow.refuses_silently = true;
    stream = flow_send("GET", "/v1/any");
    flow_check_answer(500, "INTERNAL: the request was refused without a reason");
    fake_stream_end(stream);
    assert_int_equal(fake_plan_started(), 0);
}

static void what_was_done_by_other_means_says_so(void **state)
{
    vg_stream *stream = flow_send("GET", "/v1/any");

    (void)state;
    fake_plan_op()->degraded = VG_LIT("short");
    fake_plan_finish();
    assert_true(flow_has_header("x-vecgate-degraded: short\n"));
    fake_stream_end(stream);
    assert_int_equal(
        vg_metrics_read(flow.metrics, VG_M_degraded_total, (vg_cell){.operation = VG_OP_COUNT}), 1);
}

/* An operation may end well, and its answer still be 404. */
static void a_missing_point_counts_as_not_found(void **state)
{
    vg_stream *stream = flow_send("GET", "/collections/c/points/5");

    (void)state;
    fake_plan_finish();
    flow_check_answer(404,
                      "{\"status\":{\"error\":\"Not found: Point with id 5 does not exists!\"},"
                      "\"time\":0.0}");
    fake_stream_end(stream);
    assert_int_equal(flow_ended(VG_API_QDRANT, VG_NOT_FOUND), 1);
}

/* ---- no memory, no request ---- */

static void no_memory_is_said_without_any(void **state)
{
    size_t cap = vg_arena_total_cap();
    vg_stream *stream = flow_ask("GET", "/v1/any", NULL);

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
    vg_stream *stream = flow_send("GET", "/v1/any");

    (void)state;
    vg_arena_set_total_cap(vg_arena_total_bytes());
    fake_plan_finish();
    vg_arena_set_total_cap(cap);
    assert_int_equal(fake_stream_answer()->status, 503);
    fake_stream_end(stream);
    assert_int_equal(flow.writes, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, flow_begin, flow_end)
    const struct CMUnitTest tests[] = {
        TEST(a_small_request_is_served_on_the_loop),
        TEST(time_passes_within_a_turn_too),
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
        TEST(no_memory_is_said_without_any),
        TEST(an_answer_that_is_too_large_for_the_memory_is_refused),
    };

    vg_log_set_level(VG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
