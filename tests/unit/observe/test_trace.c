/* Which requests are recorded, and what becomes of their spans: places, batches, and both forms. */
#include <stdio.h>

#include "base/id.h"
#include "observe/trace.h"
#include "tests/unit/base/unit.h"

enum { BATCH = 3, QUEUE = 5 };

static const uint8_t chance[VG_TRACE_ID] = {1, 2, 3, 4, 5, 6, 7, 8, 0x80, 0, 0, 0, 0, 0, 0, 9};

static vg_tracer_parts parts_of(vg_metrics *metrics)
{
    static const vg_attribute resource[] = {{.key = "service.name", .text = VG_LIT_INIT("gate")}};

    return (vg_tracer_parts){.metrics = metrics,
                             .sampler = VG_SAMPLE_PARENT_ALL,
                             .ratio = 1,
                             .resource = resource,
                             .resource_count = 1,
                             .version = "1.2",
                             .batch = BATCH,
                             .queue = QUEUE,
                             .seed = 42};
}

/* ---- what is recorded ---- */

enum parent { NO_PARENT, NOT_SAMPLED, SAMPLED };

static const struct choice {
    const char *says;
    vg_sampler sampler;
    double ratio;
    enum parent parent;
    bool is_recorded;
} choices[] = {
    {"all", VG_SAMPLE_ALL, 0, NO_PARENT, true},
    {"all, whatever the parent does", VG_SAMPLE_ALL, 0, NOT_SAMPLED, true},
    {"none", VG_SAMPLE_NONE, 1, NO_PARENT, false},
    {"none, whatever the parent does", VG_SAMPLE_NONE, 1, SAMPLED, false},
    {"a share that it is not in", VG_SAMPLE_RATIO, 0, NO_PARENT, false},
    {"a share that it is in", VG_SAMPLE_RATIO, 0.001, NO_PARENT, true},
    {"all of them as a share", VG_SAMPLE_RATIO, 1, NO_PARENT, true},
    {"a share, whatever the parent does", VG_SAMPLE_RATIO, 0, SAMPLED, false},
    {"all that begin here", VG_SAMPLE_PARENT_ALL, 0, NO_PARENT, true},
    {"as the parent does: it does", VG_SAMPLE_PARENT_NONE, 0, SAMPLED, true},
    {"as the parent does: it does not", VG_SAMPLE_PARENT_ALL, 1, NOT_SAMPLED, false},
    {"none that begin here", VG_SAMPLE_PARENT_NONE, 1, NO_PARENT, false},
    {"a share of those that begin here", VG_SAMPLE_PARENT_RATIO, 0, NO_PARENT, false},
    {"not a share of those that have a parent", VG_SAMPLE_PARENT_RATIO, 0, SAMPLED, true},
};

static void the_sampler_chooses(void **state)
{
    static const uint8_t callers[VG_SPAN_ID] = {1, 1, 1, 1, 1, 1, 1, 1};

    (void)state;
    for (size_t i = 0; i < ROWS(choices); i++) {
        vg_tracer_parts parts = parts_of(NULL);
        vg_trace trace = {.flags = choices[i].parent == SAMPLED ? VG_TRACE_SAMPLED : 0};
        uint8_t parent[VG_SPAN_ID];
        vg_tracer *tracer;
        bool has_parent = choices[i].parent != NO_PARENT;
        bool is_sampled = choices[i].is_recorded || choices[i].parent == SAMPLED;

        parts.sampler = choices[i].sampler;
        parts.ratio = choices[i].ratio;
        tracer = vg_tracer_new(&parts);
        if (has_parent) {
            trace.trace_id[15] = 1;
            memcpy(trace.span_id, callers, VG_SPAN_ID);
        }
        vg_tracer_begin(tracer, chance, &trace, parent);
        expect(choices[i].says, trace.is_recorded == choices[i].is_recorded);
        expect(choices[i].says, (trace.flags & VG_TRACE_SAMPLED) == is_sampled);
        expect(choices[i].says,
               (trace.flags & VG_TRACE_RANDOM) == (has_parent ? 0 : VG_TRACE_RANDOM));
        expect(choices[i].says, (memcmp(parent, callers, VG_SPAN_ID) == 0) == has_parent);
        expect(choices[i].says, (memcmp(trace.span_id, callers, VG_SPAN_ID) == 0) ==
                                    (has_parent && !choices[i].is_recorded));
        expect(choices[i].says, (memcmp(trace.trace_id, chance, VG_TRACE_ID) == 0) == !has_parent);
        vg_tracer_free(tracer);
    }
}

static void about_as_many_as_the_share_says(void **state)
{
    vg_tracer_parts parts = parts_of(NULL);
    vg_tracer *tracer;
    int recorded = 0;

    (void)state;
    parts.sampler = VG_SAMPLE_PARENT_RATIO;
    parts.ratio = 0.25;
    tracer = vg_tracer_new(&parts);
    for (int i = 0; i < 4000; i++) {
        uint8_t some[VG_TRACE_ID], parent[VG_SPAN_ID];
        vg_trace trace = {0};

        vg_tracer_new_id(tracer, some);
        vg_tracer_new_id(tracer, some + VG_SPAN_ID);
        vg_tracer_begin(tracer, some, &trace, parent);
        recorded += trace.is_recorded;
    }
    assert_in_range(recorded, 850, 1150); /* 5.5 deviations; the seed is fixed */
    vg_tracer_free(tracer);
}

static void nobody_who_traces_hands_on_what_came(void **state)
{
    vg_trace trace = {.trace_id = {1}, .span_id = {2}, .flags = 3}, was = trace;
    uint8_t parent[VG_SPAN_ID];

    (void)state;
    vg_tracer_begin(NULL, chance, &trace, parent);
    assert_memory_equal(&trace, &was, sizeof trace);
    vg_tracer_end(NULL, &(vg_span){.trace = trace});
}

static void a_trace_of_no_chance_at_all_is_one_all_the_same(void **state)
{
    static const uint8_t zero[VG_TRACE_ID];
    vg_tracer_parts parts = parts_of(NULL);
    vg_tracer *tracer = vg_tracer_new(&parts);
    uint8_t parent[VG_SPAN_ID];
    vg_trace trace = {0};

    (void)state;
    vg_tracer_begin(tracer, zero, &trace, parent);
    assert_true(vg_trace_is_set(&trace));
    vg_tracer_free(tracer);
}

/* ---- places and batches ---- */

static vg_span a_span(void)
{
    vg_span span = {.trace = {.is_recorded = true, .flags = VG_TRACE_SAMPLED},
                    .kind = VG_SPAN_CLIENT,
                    .name = VG_LIT("search items"),
                    .began_ns = 1000,
                    .ended_ns = 2000};

    memcpy(span.trace.trace_id, chance, VG_TRACE_ID);
    span.trace.span_id[7] = 7;
    return span;
}

static void on_full(void *arg)
{
    ++*(int *)arg;
}

static uint64_t counted(const vg_metrics *metrics, vg_metric metric)
{
    return vg_metrics_read(metrics, metric, (vg_cell){0});
}

static void spans_leave_in_batches_and_hold_places_until_then(void **state)
{
    vg_metrics *metrics = vg_metrics_new(1);
    vg_tracer_parts parts = parts_of(metrics);
    vg_tracer *tracer = vg_tracer_new(&parts);
    vg_span span = a_span();
    int full = 0;
    vg_buf body;

    (void)state;
    vg_tracer_on_full(tracer, on_full, &full);
    assert_int_equal(vg_tracer_take(tracer, &body), 0);
    for (int i = 0; i < 8; i++)
        vg_tracer_end(tracer, &span);
    assert_int_equal(full, 1);
    assert_int_equal(vg_tracer_waiting(tracer), QUEUE);
    assert_int_equal(counted(metrics, VG_M_trace_spans_total), QUEUE);
    assert_int_equal(counted(metrics, VG_M_trace_spans_dropped_total), 3);

    assert_true(vg_tracer_has_full(tracer));
    assert_int_equal(vg_tracer_take(tracer, &body), BATCH);
    vg_buf_fini(&body);
    assert_false(vg_tracer_has_full(tracer));
    vg_tracer_end(tracer, &span); /* what was taken holds its places */
    assert_int_equal(vg_tracer_waiting(tracer), 2);
    assert_int_equal(counted(metrics, VG_M_trace_spans_waiting), QUEUE);
    vg_tracer_settle(tracer, BATCH);
    vg_tracer_end(tracer, &span);
    assert_int_equal(full, 2);
    assert_int_equal(vg_tracer_take(tracer, &body), BATCH);
    vg_buf_fini(&body);
    vg_tracer_settle(tracer, BATCH);
    assert_int_equal(counted(metrics, VG_M_trace_spans_waiting), 0);
    vg_tracer_free(tracer);
    vg_metrics_free(metrics);
}

static void what_is_not_recorded_takes_no_place(void **state)
{
    vg_tracer_parts parts = parts_of(NULL);
    vg_tracer *tracer = vg_tracer_new(&parts);
    vg_span span = a_span();

    (void)state;
    span.trace.is_recorded = false;
    vg_tracer_end(tracer, &span);
    assert_int_equal(vg_tracer_waiting(tracer), 0);
    vg_tracer_free(tracer);
}

/* ---- the forms ---- */

/* The bytes of a batch of one, but for the two time stamps; Python's classes read the same in
 * tests/api/test_traces.py. */
static void a_batch_is_written_in_json(void **state)
{
    static const char *const parts_of_it[] = {
        "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":"
        "{\"stringValue\":\"gate\"}}]},\"scopeSpans\":[{\"scope\":{\"name\":\"vecgate\","
        "\"version\":"
        "\"1.2\"},\"spans\":[{\"traceId\":\"01020304050607088000000000000009\",\"spanId\":"
        "\"0000000000000007\",\"traceState\":\"a=b\",\"parentSpanId\":\"0000000000000003\","
        "\"name\":"
        "\"search items\",\"kind\":3,\"startTimeUnixNano\":\"",
        "\"attributes\":[{\"key\":\"db.system.name\",\"value\":{\"stringValue\":\"qdrant\"}},{"
        "\"key\":"
        "\"n\",\"value\":{\"intValue\":\"-5\"}},{\"key\":\"error.type\",\"value\":{\"stringValue\":"
        "\"503\"}}],\"status\":{\"code\":2},\"flags\":769},{",
        "\"attributes\":[],\"status\":{},\"flags\":257}]}]}]}"};
    vg_tracer_parts parts = parts_of(NULL);
    vg_span span = a_span(), second = a_span();
    vg_tracer *tracer;
    vg_buf body;

    (void)state;
    parts.is_json = true;
    tracer = vg_tracer_new(&parts);
    span.trace.state = VG_LIT("a=b");
    span.parent[7] = 3;
    span.parent_is_remote = true;
    span.error = "503";
    vg_span_put_text(&span, "db.system.name", VG_LIT("qdrant"));
    vg_span_put_text(&span, "nothing", (vg_slice){0});
    vg_span_put_number(&span, "n", -5);
    vg_tracer_end(tracer, &span);
    vg_tracer_end(tracer, &second);
    assert_int_equal(vg_tracer_take(tracer, &body), 2);
    vg_buf_put_byte(&body, '\0');
    for (size_t i = 0; i < ROWS(parts_of_it); i++)
        if (strstr(body.at, parts_of_it[i]) == NULL)
            fail_msg("%s is not in %s", parts_of_it[i], body.at);
    vg_buf_fini(&body);
    vg_tracer_free(tracer);
}

static void a_long_text_is_cut_between_characters(void **state)
{
    char text[VG_SPAN_TEXT_BYTES + 2];
    vg_tracer_parts parts = parts_of(NULL);
    vg_span span = a_span();
    vg_tracer *tracer;
    vg_buf body;

    (void)state;
    memset(text, 'x', sizeof text);
    memcpy(text + VG_SPAN_TEXT_BYTES - 1, "\xc3\xa9", 2); /* the bound is in its middle */
    parts.is_json = true;
    tracer = vg_tracer_new(&parts);
    vg_span_put_text(&span, "long", vg_slice_of(text, sizeof text));
    vg_tracer_end(tracer, &span);
    vg_tracer_take(tracer, &body);
    vg_buf_put_byte(&body, '\0');
    assert_non_null(strstr(body.at, "xxx\"}}"));
    assert_null(strstr(body.at, "\xc3"));
    vg_buf_fini(&body);
    vg_tracer_free(tracer);
}

/* The whole of a batch of one in protobuf, but for its time stamps. */
static void a_batch_is_written_in_protobuf(void **state)
{
    static const char wanted[] = "0a72" /* resource_spans */
                                 "0a18" /* resource */
                                 "0a160a0c736572766963652e6e616d6512060a0467617465"
                                 "1256" /* scope_spans */
                                 "0a0e0a07766563676174651203312e32"
                                 "1244" /* span */
                                 "0a1001020304050607088000000000000009"
                                 "12080000000000000007"
                                 "2a0c736561726368206974656d73"
                                 "3003"
                                 "39................41................"
                                 "850101010000";
    vg_tracer_parts parts = parts_of(NULL);
    vg_tracer *tracer = vg_tracer_new(&parts);
    vg_span span = a_span();
    char text[sizeof wanted];
    vg_buf body;

    (void)state;
    vg_tracer_end(tracer, &span);
    vg_tracer_take(tracer, &body);
    assert_int_equal(2 * body.len, sizeof wanted - 1);
    vg_hex_write(body.at, body.len, text);
    for (size_t i = 0; i < 2 * body.len; i++)
        if (wanted[i] != '.' && wanted[i] != text[i])
            fail_msg("digit %zu of %.*s", i, (int)(2 * body.len), text);
    vg_buf_fini(&body);
    vg_tracer_free(tracer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sampler_chooses),
        cmocka_unit_test(about_as_many_as_the_share_says),
        cmocka_unit_test(nobody_who_traces_hands_on_what_came),
        cmocka_unit_test(a_trace_of_no_chance_at_all_is_one_all_the_same),
        cmocka_unit_test(spans_leave_in_batches_and_hold_places_until_then),
        cmocka_unit_test(what_is_not_recorded_takes_no_place),
        cmocka_unit_test(a_batch_is_written_in_json),
        cmocka_unit_test(a_long_text_is_cut_between_characters),
        cmocka_unit_test(a_batch_is_written_in_protobuf),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
