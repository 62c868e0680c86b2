/* See flow.h. */
#include "tests/unit/front/flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

struct flow flow;

/* ---- an API to test with, in the place of the native one ---- */

static bool read_any(const vg_front_in *in, vg_op *op, vg_status *status)
{
    (void)in;
    (void)op;
    (void)status;
    flow.reads++;
    return !flow.refuses_silently;
}

static void write_any(const vg_op *op, vg_front_out *out)
{
    (void)op;
    flow.writes++;
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

/* ---- the clock, in the place of base's ---- */

uint64_t vg_clock_now_ns(void)
{
    return flow.clock_ns;
}

uint64_t vg_clock_wall_ms(void)
{
    return 1700000000000;
}

/* ---- the pool ---- */

static vg_work *posted;

static bool post(vg_pools *pools, vg_pool_name pool, vg_work *work)
{
    (void)pools;
    assert_int_equal(pool, VG_POOL_CODEC);
    assert_null(posted);
    if (flow.is_full)
        return false;
    posted = work;
    return true;
}

/* ---- one test ---- */

static void make_front(void)
{
    flow.front = vg_front_new(&(vg_front_parts){
        .loop = fake_loop_loop(flow.loop),
        .post = post,
        .metrics = flow.metrics,
        .gate = fake_gate_begin(),
        .deadline_ms = 30000,
        .max_body_bytes = 1 << 20,
        .request_bytes = 1 << 20,
        .listen = VG_LIT("127.0.0.1:6333"),
        .logs_access = &flow.logs_access,
        .qdrant_version = VG_LIT("1.14.1"),
    });
}

int flow_begin(void **state)
{
    (void)state;
    flow = (struct flow){
        .loop = fake_loop_new(), .metrics = vg_metrics_new(1), .clock_ns = 1000000000};
    vg_metrics_set_worker(flow.metrics, 0);
    make_front();
    posted = NULL;
    fake_plan_started();
    return 0;
}

int flow_end(void **state)
{
    int64_t flying = 0;

    (void)state;
    for (uint8_t api = 0; api < VG_APIS; api++)
        flying +=
            (int64_t)vg_metrics_read(flow.metrics, VG_M_requests_in_flight, (vg_cell){.api = api});
    assert_int_equal(flying, 0);
    assert_null(fake_plan_op());
    assert_null(posted);
    vg_front_free(flow.front);
    vg_metrics_free(flow.metrics);
    fake_loop_free(flow.loop);
    return 0;
}

vg_stream *flow_ask(const char *method, const char *target, const char *const *headers)
{
    return fake_stream_new(vg_front_user(flow.front), method, target, headers);
}

/* A request with a body, up to where its body has come. */
vg_stream *flow_send_body(const char *method, const char *target, vg_slice body)
{
    static const char *const json[] = {"content-type", "application/json", NULL};
    vg_stream *stream = flow_ask(method, target, json);

    if (body.len > 0)
        fake_stream_announce(stream, body.len);
    fake_stream_head(stream);
    if (fake_stream_is_accepted(stream))
        fake_stream_body(stream, body);
    return stream;
}

vg_stream *flow_send(const char *method, const char *target)
{
    return flow_send_body(method, target, (vg_slice){0});
}

void flow_run_pool(void)
{
    vg_work *work = posted;

    assert_non_null(work);
    posted = NULL;
    work->run(work);
    vg_work_finish(work);
    fake_loop_settle(flow.loop);
}

/* A JSON body too large for the loop. */
vg_slice flow_large_body(void)
{
    static char text[FLOW_LARGE];

    memset(text, ' ', sizeof text);
    memcpy(text, "{}", 2);
    return vg_slice_of(text, sizeof text);
}

/* An answer too large for the loop. */
void flow_give_large_answer(void)
{
    static vg_point point;
    static char payload[FLOW_LARGE];

    memset(payload, ' ', sizeof payload);
    point.payload = vg_slice_of(payload, sizeof payload);
    fake_plan_op()->out.points = (vg_points){&point, 1};
}

void flow_check_answer(int status, const char *body)
{
    const fake_answer *answer = fake_stream_answer();

    if (answer->status != status || !vg_slice_is_str(answer->body, body))
        fail_msg("want %d %s, got %d " VG_FMT, status, body, answer->status, VG_ARG(answer->body));
}

bool flow_has_header(const char *line)
{
    return strstr(fake_stream_answer()->head, line) != NULL;
}

uint64_t flow_ended(vg_api api, vg_code code)
{
    return vg_metrics_read(flow.metrics, VG_M_requests_total,
                           (vg_cell){.api = (uint8_t)api, .code = (uint8_t)code});
}
