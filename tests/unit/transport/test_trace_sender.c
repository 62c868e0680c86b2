/* How batches of spans leave, and what becomes of those that a receiver does not take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/log.h"
#include "tests/support/fake_loop.h"
#include "transport/trace_sender.h"

enum { BATCH = 2, QUEUE = 6, DELAY_MS = 5000, TIMEOUT_MS = 10000, PAD = 64 };

#define MS ((uint64_t)1000000)

/* A receiver that answers when the test says so. */
struct receiver {
    vg_transport table; /* first */
    const vg_exchange *x;
    vg_ended_fn *ended;
    void *arg;
    int came;
    bool is_closed;
};

struct house {
    fake_loop *loop;
    vg_metrics *metrics;
    vg_tracer *tracer;
    struct receiver receiver;
    vg_trace_sender *sender;
};

static void come(vg_transport *self, const vg_exchange *x, vg_ended_fn *ended, void *arg)
{
    struct receiver *receiver = (struct receiver *)self;

    assert_null(receiver->x); /* one at a time */
    receiver->x = x;
    receiver->ended = ended;
    receiver->arg = arg;
    receiver->came++;
}

static void end(struct house *h, const vg_ending *ending)
{
    struct receiver *receiver = &h->receiver;

    assert_non_null(receiver->x);
    receiver->x = NULL;
    receiver->ended(receiver->arg, ending);
    fake_loop_settle(h->loop);
}

static void stop(vg_transport *self, void *arg)
{
    struct receiver *receiver = (struct receiver *)self;

    assert_ptr_equal(arg, receiver->arg);
    receiver->x = NULL;
    receiver->ended(arg, &(vg_ending){.fault = VG_FAULT_STOPPED, .was_sent = true});
}

static void close_receiver(vg_transport *self)
{
    ((struct receiver *)self)->is_closed = true;
}

static void answer_with(struct house *h, int status, const char *retry_after, const char *bytes,
                        size_t len)
{
    vg_header headers[] = {{VG_LIT("retry-after"), vg_slice_str(retry_after)}};
    char body[128 + PAD] = {0};
    vg_reply reply = {.via = VG_VIA_HTTP,
                      .http = {.status = status,
                               .headers = headers,
                               .header_count = retry_after != NULL ? 1 : 0,
                               .body = vg_slice_of(body, len)}};

    memcpy(body, bytes, len);
    end(h, &(vg_ending){.reply = &reply, .was_sent = true});
}

static void answer(struct house *h, int status)
{
    answer_with(h, status, NULL, "", 0);
}

static int set_up(void **state)
{
    struct house *h = calloc(1, sizeof *h);
    static const vg_header headers[] = {
        {VG_LIT_INIT("content-type"), VG_LIT_INIT("application/x-protobuf")}};
    vg_tracer_parts tracer = {
        .sampler = VG_SAMPLE_ALL, .version = "1", .batch = BATCH, .queue = QUEUE};
    vg_trace_sender_parts sender = {.headers = headers,
                                    .header_count = 1,
                                    .target = VG_LIT("/v1/traces"),
                                    .delay_ms = DELAY_MS,
                                    .timeout_ms = TIMEOUT_MS,
                                    .chance = 7};

    vg_log_init(2, VG_ERROR, VG_LOG_TEXT);
    h->loop = fake_loop_new();
    h->metrics = tracer.metrics = sender.metrics = vg_metrics_new(1);
    h->tracer = sender.tracer = vg_tracer_new(&tracer);
    h->receiver.table = (vg_transport){.send = come, .stop = stop, .close = close_receiver};
    sender.transport = &h->receiver.table;
    sender.loop = fake_loop_loop(h->loop);
    h->sender = vg_trace_sender_new(&sender);
    *state = h;
    return 0;
}

static int tear_down(void **state)
{
    struct house *h = *state;

    vg_trace_sender_free(h->sender);
    assert_true(h->receiver.is_closed);
    vg_tracer_free(h->tracer);
    vg_metrics_free(h->metrics);
    fake_loop_free(h->loop);
    free(h);
    return 0;
}

static void record(struct house *h, int spans)
{
    vg_span span = {.trace = {.is_recorded = true, .trace_id = {1}, .span_id = {2}},
                    .kind = VG_SPAN_SERVER,
                    .name = VG_LIT("GET /")};

    while (spans-- > 0)
        vg_tracer_end(h->tracer, &span);
    fake_loop_settle(h->loop);
}

static void assert_counts(const struct house *h, int sent, int dropped, int rejected, int failed)
{
    vg_cell cell = {0};

    assert_int_equal(vg_metrics_read(h->metrics, VG_M_trace_spans_sent_total, cell), sent);
    assert_int_equal(vg_metrics_read(h->metrics, VG_M_trace_spans_dropped_total, cell), dropped);
    assert_int_equal(vg_metrics_read(h->metrics, VG_M_trace_spans_rejected_total, cell), rejected);
    assert_int_equal(vg_metrics_read(h->metrics, VG_M_trace_exports_failed_total, cell), failed);
}

static void a_full_batch_leaves_at_once(void **state)
{
    struct house *h = *state;

    record(h, 1);
    assert_int_equal(h->receiver.came, 0);
    record(h, 1);
    assert_int_equal(h->receiver.came, 1);
    assert_string_equal(h->receiver.x->as.http.method, "POST");
    assert_true(vg_slice_is_str(h->receiver.x->as.http.target, "/v1/traces"));
    assert_int_equal(h->receiver.x->as.http.header_count, 1);
    assert_true(h->receiver.x->as.http.body.len > 0);
    answer(h, 200);
    assert_counts(h, 2, 0, 0, 0);
}

static void others_leave_when_the_delay_has_passed(void **state)
{
    struct house *h = *state;

    record(h, 1);
    fake_loop_advance(h->loop, (DELAY_MS - 1) * MS);
    assert_int_equal(h->receiver.came, 0);
    fake_loop_advance(h->loop, MS);
    assert_int_equal(h->receiver.came, 1);
    answer(h, 202);
    fake_loop_advance(h->loop, DELAY_MS * MS);
    assert_int_equal(h->receiver.came, 1); /* there is nothing */
    record(h, 1);
    fake_loop_advance(h->loop, DELAY_MS * MS);
    assert_int_equal(h->receiver.came, 2);
    answer(h, 200);
    assert_counts(h, 2, 0, 0, 0);
}

static void full_ones_follow_one_after_the_other(void **state)
{
    struct house *h = *state;

    record(h, 5);
    assert_int_equal(h->receiver.came, 1);
    answer(h, 200);
    assert_int_equal(h->receiver.came, 2);
    answer(h, 200);
    assert_int_equal(h->receiver.came, 2); /* one span is left, which waits */
    assert_int_equal(vg_tracer_waiting(h->tracer), 1);
    assert_counts(h, 4, 0, 0, 0);
}

static const struct failure {
    const char *says;
    int status; /* 0: no whole answer */
    const char *retry_after;
    uint64_t not_before_ms, before_ms; /* 0: it is given up */
} failures[] = {
    {"too many", 429, NULL, 500, 1000},
    {"a gateway's trouble", 502, NULL, 500, 1000},
    {"not now", 503, NULL, 500, 1000},
    {"too slow", 504, NULL, 500, 1000},
    {"nobody there", 0, NULL, 500, 1000},
    {"not now, but then", 503, "7", 7000, 7000},
    {"too many, and then", 429, "2", 2000, 2000},
    {"much too late", 429, "100000", VG_TRACE_WAIT_MOST_MS, VG_TRACE_WAIT_MOST_MS},
    {"not well formed", 400, NULL, 0, 0},
    {"not allowed", 401, NULL, 0, 0},
    {"elsewhere", 404, NULL, 0, 0},
    {"too large", 413, NULL, 0, 0},
    {"its own mistake", 500, NULL, 0, 0},
    {"a redirection", 302, NULL, 0, 0},
};

static void what_may_be_taken_yet_is_sent_again_and_nothing_else(void **state)
{
    struct house *h = *state;
    int dropped = 0, sent = 0, failed = 0;

    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        const struct failure *f = &failures[i];
        int came = h->receiver.came;

        print_message("%s\n", f->says);
        record(h, 2);
        assert_int_equal(h->receiver.came, came + 1);
        if (f->status > 0)
            answer_with(h, f->status, f->retry_after, "", 0);
        else
            end(h, &(vg_ending){.fault = VG_FAULT_CONNECT});
        failed++;
        if (f->before_ms > 0) {
            fake_loop_advance(h->loop, (f->not_before_ms - 1) * MS);
            assert_int_equal(h->receiver.came, came + 1);
            fake_loop_advance(h->loop, (f->before_ms - f->not_before_ms + 1) * MS);
            assert_int_equal(h->receiver.came, came + 2);
            answer(h, 200);
            sent += 2;
        } else {
            dropped += 2;
        }
        assert_counts(h, sent, dropped, 0, failed);
    }
}

static void after_a_few_tries_it_is_given_up(void **state)
{
    struct house *h = *state;

    record(h, 2);
    for (int i = 1; i <= VG_TRACE_TRIES; i++) {
        assert_int_equal(h->receiver.came, i);
        answer(h, 503);
        fake_loop_advance(h->loop, (uint64_t)VG_TRACE_WAIT_MS * MS << (i - 1));
    }
    assert_int_equal(h->receiver.came, VG_TRACE_TRIES);
    assert_counts(h, 0, 2, 0, VG_TRACE_TRIES);
    record(h, 2);
    answer(h, 200);
    assert_counts(h, 2, 2, 0, VG_TRACE_TRIES);
}

static void meanwhile_only_so_many_wait(void **state)
{
    struct house *h = *state;

    record(h, 2);
    answer(h, 503);
    record(h, 10);
    assert_counts(h, 0, 6, 0, 1);
    fake_loop_advance(h->loop, VG_TRACE_WAIT_MS * MS);
    for (int i = 0; i < 3; i++)
        answer(h, 200);
    assert_counts(h, 6, 6, 0, 1);
}

static void who_takes_too_long_is_not_waited_for(void **state)
{
    struct house *h = *state;

    record(h, 2);
    fake_loop_advance(h->loop, TIMEOUT_MS * MS);
    assert_null(h->receiver.x);
    assert_counts(h, 0, 0, 0, 1);
    fake_loop_advance(h->loop, VG_TRACE_WAIT_MS * MS);
    answer(h, 200);
    assert_counts(h, 2, 0, 0, 1);
}

static void what_is_rejected_is_counted_and_not_sent_again(void **state)
{
    struct house *h = *state;

    record(h, 2);
    answer_with(h, 200, NULL, "\x0a\x05\x08\x01\x12\x01x", 7);
    assert_counts(h, 1, 0, 1, 0);
    record(h, 2);
    answer_with(h, 200, NULL, "\x0a\x02\x08\x09", 4); /* more than there were */
    assert_counts(h, 1, 0, 3, 0);
    fake_loop_advance(h->loop, DELAY_MS * MS);
    assert_int_equal(h->receiver.came, 2);
}

static void at_the_end_everything_leaves_at_once(void **state)
{
    struct house *h = *state;

    record(h, 3);
    assert_int_equal(h->receiver.came, 1);
    vg_trace_sender_end(h->sender);
    vg_trace_sender_end(h->sender);
    assert_false(vg_trace_sender_has_ended(h->sender));
    answer(h, 200);
    assert_int_equal(h->receiver.came, 2);
    answer(h, 200);
    assert_true(vg_trace_sender_has_ended(h->sender));
    assert_counts(h, 3, 0, 0, 0);
}

static void at_the_end_nobody_waits_for_who_does_not_take_it(void **state)
{
    struct house *h = *state;

    record(h, 2);
    answer(h, 503);
    record(h, 3);
    vg_trace_sender_end(h->sender);
    fake_loop_settle(h->loop);
    assert_int_equal(h->receiver.came, 2);
    answer(h, 503);
    assert_true(vg_trace_sender_has_ended(h->sender));
    assert_counts(h, 0, 5, 0, 2);
}

static void at_the_end_a_slow_receiver_has_the_time_of_one_batch(void **state)
{
    struct house *h = *state;

    record(h, 6);
    vg_trace_sender_end(h->sender);
    fake_loop_advance(h->loop, (TIMEOUT_MS - 1) * MS);
    answer(h, 200);
    assert_int_equal(h->receiver.came, 2);
    assert_false(vg_trace_sender_has_ended(h->sender));
    fake_loop_advance(h->loop, MS);
    assert_null(h->receiver.x);
    assert_true(vg_trace_sender_has_ended(h->sender));
    assert_counts(h, 2, 4, 0, 1);
}

static void with_nothing_to_send_it_ends_at_once(void **state)
{
    struct house *h = *state;

    vg_trace_sender_end(h->sender);
    assert_true(vg_trace_sender_has_ended(h->sender));
    assert_int_equal(h->receiver.came, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_full_batch_leaves_at_once),
        TEST(others_leave_when_the_delay_has_passed),
        TEST(full_ones_follow_one_after_the_other),
        TEST(what_may_be_taken_yet_is_sent_again_and_nothing_else),
        TEST(after_a_few_tries_it_is_given_up),
        TEST(meanwhile_only_so_many_wait),
        TEST(who_takes_too_long_is_not_waited_for),
        TEST(what_is_rejected_is_counted_and_not_sent_again),
        TEST(at_the_end_everything_leaves_at_once),
        TEST(at_the_end_nobody_waits_for_who_does_not_take_it),
        TEST(at_the_end_a_slow_receiver_has_the_time_of_one_batch),
        TEST(with_nothing_to_send_it_ends_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
