/* What tracing costs a request, of CPU time: looking for a caller's trace in vain, handing one on,
 * and recording the three spans of a search with a remote backend, batches made ready to be sent
 * included.
 *
 *     bench_trace [rounds]            (51)
 *
 * Each figure is the median of its rounds. What curl does with two more headers, and what sending a
 * batch costs (one request for some hundred spans), is not in it. */
#include <stdio.h>
#include <stdlib.h>

#include "vecgate/arena.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/id.h"
#include "observe/trace.h"
#include "observe/traceparent.h"

enum { MOST_ROUNDS = 501, REQUESTS = 20000 };

#define PARENT VG_LIT_INIT("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")

/* As a Python program sends them. */
static const vg_header headers[] = {
    {VG_LIT_INIT("host"), VG_LIT_INIT("127.0.0.1:6333")},
    {VG_LIT_INIT("accept"), VG_LIT_INIT("*/*")},
    {VG_LIT_INIT("accept-encoding"), VG_LIT_INIT("gzip, deflate")},
    {VG_LIT_INIT("connection"), VG_LIT_INIT("keep-alive")},
    {VG_LIT_INIT("user-agent"), VG_LIT_INIT("python-client/1.20.0")},
    {VG_LIT_INIT("content-length"), VG_LIT_INIT("200")},
    {VG_LIT_INIT("content-type"), VG_LIT_INIT("application/json")},
    {VG_LIT_INIT("traceparent"), PARENT},
    {VG_LIT_INIT("tracestate"), VG_LIT_INIT("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE")},
};

enum { ALL = sizeof headers / sizeof headers[0], WITHOUT = ALL - 2 };

typedef void way_fn(vg_tracer *tracer, vg_arena *arena);

/* ---- the ways ---- */

static void look(vg_tracer *tracer, vg_arena *arena)
{
    vg_trace trace;

    (void)tracer;
    VG_CHECK(!vg_trace_read(arena, headers, WITHOUT, &trace));
}

static void hand_on(vg_tracer *tracer, vg_arena *arena)
{
    char text[VG_TRACEPARENT];
    vg_trace trace;

    (void)tracer;
    VG_CHECK(vg_trace_read(arena, headers, ALL, &trace));
    vg_trace_write(&trace, text);
}

static vg_span span_of(const vg_trace *trace, const uint8_t *parent, vg_span_kind kind,
                       vg_slice name)
{
    vg_span span = {.trace = *trace,
                    .kind = kind,
                    .name = name,
                    .began_ns = 1000000000,
                    .ended_ns = 1000100000};

    memcpy(span.parent, parent, VG_SPAN_ID);
    return span;
}

static void put_store(vg_span *span)
{
    vg_span_put_text(span, "db.system.name", VG_LIT("qdrant"));
    vg_span_put_text(span, "server.address", VG_LIT("127.0.0.1"));
    vg_span_put_number(span, "server.port", 6333);
}

static void end_exchange(vg_tracer *tracer, vg_trace *trace)
{
    uint8_t parent[VG_SPAN_ID];
    char text[VG_TRACEPARENT];
    vg_span span;

    memcpy(parent, trace->span_id, VG_SPAN_ID);
    vg_tracer_new_id(tracer, trace->span_id);
    vg_trace_write(trace, text);
    span = span_of(trace, parent, VG_SPAN_CLIENT, VG_LIT("qdrant.search"));
    put_store(&span);
    vg_span_put_text(&span, "http.request.method", VG_LIT("POST"));
    vg_span_put_number(&span, "http.response.status_code", 200);
    vg_tracer_end(tracer, &span);
    memcpy(trace->span_id, parent, VG_SPAN_ID);
}

static void end_call(vg_tracer *tracer, vg_trace *trace)
{
    uint8_t parent[VG_SPAN_ID];
    vg_span span;

    memcpy(parent, trace->span_id, VG_SPAN_ID);
    vg_tracer_new_id(tracer, trace->span_id);
    end_exchange(tracer, trace);
    span = span_of(trace, parent, VG_SPAN_CLIENT, VG_LIT("search words"));
    put_store(&span);
    vg_span_put_text(&span, "db.operation.name", VG_LIT("search"));
    vg_span_put_text(&span, "db.collection.name", VG_LIT("words"));
    vg_tracer_end(tracer, &span);
    memcpy(trace->span_id, parent, VG_SPAN_ID);
}

static void send_full(vg_tracer *tracer)
{
    vg_buf body;

    if (!vg_tracer_has_full(tracer))
        return;
    vg_tracer_settle(tracer, vg_tracer_take(tracer, &body));
    vg_buf_fini(&body);
}

static void end_request(vg_tracer *tracer, const vg_trace *trace, const uint8_t *parent)
{
    vg_span span = span_of(trace, parent, VG_SPAN_SERVER,
                           VG_LIT("POST /collections/{collection}/points/query"));

    vg_span_put_text(&span, "http.request.method", VG_LIT("POST"));
    vg_span_put_text(&span, "http.route", VG_LIT("/collections/{collection}/points/query"));
    vg_span_put_text(&span, "url.scheme", VG_LIT("http"));
    vg_span_put_text(&span, "vecgate.request_id", VG_LIT("0123456789abcdef"));
    vg_span_put_number(&span, "http.request.body.size", 200);
    vg_span_put_number(&span, "http.response.status_code", 200);
    vg_span_put_number(&span, "http.response.body.size", 800);
    vg_tracer_end(tracer, &span);
    send_full(tracer);
}

static void begin_new(vg_tracer *tracer, vg_arena *arena)
{
    uint8_t chance[VG_TRACE_ID], parent[VG_SPAN_ID];
    vg_trace trace;

    vg_trace_read(arena, headers, WITHOUT, &trace);
    vg_random_bytes(chance, sizeof chance);
    vg_tracer_begin(tracer, chance, &trace, parent);
    if (!trace.is_recorded)
        return;
    end_call(tracer, &trace);
    end_request(tracer, &trace, parent);
}

static void go_on(vg_tracer *tracer, vg_arena *arena)
{
    uint8_t chance[VG_TRACE_ID] = {0}, parent[VG_SPAN_ID];
    vg_trace trace;

    vg_trace_read(arena, headers, ALL, &trace);
    vg_tracer_begin(tracer, chance, &trace, parent);
    end_call(tracer, &trace);
    end_request(tracer, &trace, parent);
}

static const struct way {
    const char *says;
    way_fn *way;
    vg_sampler sampler;
    bool is_json;
} ways[] = {
    {"not traced, no caller", look, VG_SAMPLE_NONE, false},
    {"not traced, a caller's trace handed on", hand_on, VG_SAMPLE_NONE, false},
    {"begun here, not recorded", begin_new, VG_SAMPLE_NONE, false},
    {"begun here, three spans in protobuf", begin_new, VG_SAMPLE_ALL, false},
    {"a caller's, three spans in protobuf", go_on, VG_SAMPLE_PARENT_ALL, false},
    {"a caller's, three spans in JSON", go_on, VG_SAMPLE_PARENT_ALL, true},
};

enum { WAYS = sizeof ways / sizeof ways[0] };

/* ---- rounds ---- */

static double take_round(const struct way *way, vg_tracer *tracer)
{
    uint64_t began, spent = 0;

    for (int i = 0; i < REQUESTS / 100; i++) {
        vg_arena *arena = vg_arena_new(1 << 20);

        VG_CHECK(arena != NULL);
        began = vg_clock_thread_ns();
        for (int k = 0; k < 100; k++)
            way->way(tracer, arena);
        spent += vg_clock_thread_ns() - began;
        vg_arena_free(arena);
    }
    return (double)spent / REQUESTS;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void measure(const struct way *way, int rounds)
{
    static double figures[MOST_ROUNDS];
    vg_metrics *metrics = vg_metrics_new(1);
    vg_tracer_parts parts = {.metrics = metrics,
                             .sampler = way->sampler,
                             .is_json = way->is_json,
                             .version = VG_VERSION,
                             .batch = 512,
                             .queue = 2048};
    vg_tracer *tracer = vg_tracer_new(&parts);

    VG_CHECK(tracer != NULL);
    for (int i = 0; i < rounds; i++)
        figures[i] = take_round(way, tracer);
    qsort(figures, (size_t)rounds, sizeof figures[0], compare);
    printf("%-42s %8.0f ns   (least %.0f)\n", way->says, figures[rounds / 2], figures[0]);
    vg_tracer_free(tracer);
    vg_metrics_free(metrics);
}

int main(int argc, char **argv)
{
    uint64_t rounds = 51;

    if ((argc > 1 && !vg_slice_u64(vg_slice_str(argv[1]), &rounds)) || rounds < 1 ||
        rounds > MOST_ROUNDS) {
        fprintf(stderr, "bench_trace [rounds], 1 to %d\n", MOST_ROUNDS);
        return 1;
    }
    for (size_t i = 0; i < WAYS; i++)
        measure(&ways[i], (int)rounds);
    return 0;
}
