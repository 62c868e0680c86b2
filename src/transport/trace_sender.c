/* One batch at a time:
 *
 *     IDLE ─(full, or the delay has passed)─▶ SENDING ─(taken, or given up)─▶ IDLE, or the next one
 *                                             ▲     └─(may be taken yet)─▶ RESTING ─┐
 *                                             └─────────────────────────────────────┘          */
#include "transport/trace_sender.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/log.h"
#include "base/retry_after.h"
#include "observe/export_reply.h"

#define MS ((uint64_t)1000000)

typedef enum state { IDLE, SENDING, RESTING } state;

struct vg_trace_sender {
    vg_trace_sender_parts parts;
    state state;
    vg_buf body; /* of the batch under way */
    uint32_t spans;
    uint32_t tries;
    vg_exchange exchange;
    vg_timer timer; /* IDLE: the delay; SENDING: the time-out; RESTING: the wait */
    vg_task full;
    uint64_t chance;
    bool is_late; /* it was stopped because it took too long */
    bool is_ending;
    uint64_t end_ns; /* nothing is under way later than that, when it is ending */
    bool is_down;    /* the newest batch was not taken, and this was told */
};

static void count(const vg_trace_sender *s, vg_metric metric, uint64_t n)
{
    if (n > 0)
        vg_metrics_add(s->parts.metrics, metric, (vg_cell){0}, n);
}

static void start_timer(vg_trace_sender *s, uint64_t wait_ms)
{
    vg_timer_start(s->parts.loop, &s->timer, vg_loop_now_ns(s->parts.loop) + wait_ms * MS);
}

/* ---- sending ---- */

static vg_ended_fn on_ended;

/* At the end all that is left has the time of one batch. */
static uint64_t patience_ms(const vg_trace_sender *s)
{
    uint64_t now_ns = vg_loop_now_ns(s->parts.loop);

    if (!s->is_ending)
        return s->parts.timeout_ms;
    return now_ns < s->end_ns ? (s->end_ns - now_ns) / MS : 0;
}

static void send_batch(vg_trace_sender *s)
{
    s->exchange = (vg_exchange){.name = "traces.export",
                                .via = VG_VIA_HTTP,
                                .repeat = VG_REPEAT_ALWAYS,
                                .as.http = {.method = "POST",
                                            .target = s->parts.target,
                                            .headers = s->parts.headers,
                                            .header_count = s->parts.header_count,
                                            .body = vg_buf_bytes(&s->body)}};
    s->state = SENDING;
    s->is_late = false;
    s->tries++;
    start_timer(s, patience_ms(s));
    s->parts.transport->send(s->parts.transport, &s->exchange, on_ended, s);
}

static void give_up(vg_trace_sender *s);

/* The next batch, or rest until there is one. */
static void begin(vg_trace_sender *s)
{
    s->state = IDLE;
    s->tries = 0;
    s->spans = vg_tracer_take(s->parts.tracer, &s->body);
    if (s->spans == 0) {
        if (!s->is_ending)
            start_timer(s, s->parts.delay_ms);
    } else if (vg_buf_is_spent(&s->body)) {
        give_up(s);
    } else {
        send_batch(s);
    }
}

static void go_on(vg_trace_sender *s)
{
    if (s->is_ending || vg_tracer_has_full(s->parts.tracer)) {
        begin(s);
        return;
    }
    s->state = IDLE;
    start_timer(s, s->parts.delay_ms);
}

static void settle(vg_trace_sender *s)
{
    vg_buf_fini(&s->body);
    vg_tracer_settle(s->parts.tracer, s->spans);
    s->spans = 0;
    vg_timer_stop(s->parts.loop, &s->timer);
}

/* Nobody waits for a receiver that does not take what is left. */
static void drop_rest(vg_trace_sender *s)
{
    uint32_t spans;

    while ((spans = vg_tracer_take(s->parts.tracer, &s->body)) > 0) {
        vg_buf_fini(&s->body);
        vg_tracer_settle(s->parts.tracer, spans);
        count(s, VG_M_trace_spans_dropped_total, spans);
    }
}

/* In a turn of its own when nothing was sent: begin() is on the stack. */
static void give_up(vg_trace_sender *s)
{
    count(s, VG_M_trace_spans_dropped_total, s->spans);
    settle(s);
    if (s->is_ending)
        drop_rest(s);
    s->state = IDLE;
    if (!s->is_ending)
        start_timer(s, vg_tracer_has_full(s->parts.tracer) ? 0 : s->parts.delay_ms);
}

/* ---- how it went ---- */

static bool may_be_taken_yet(const vg_ending *ending)
{
    int status = ending->reply != NULL ? ending->reply->http.status : 0;

    return ending->reply == NULL || status == 429 || (status >= 502 && status <= 504);
}

static vg_slice header(const vg_http_reply *reply, vg_slice name)
{
    for (uint32_t i = 0; i < reply->header_count; i++)
        if (vg_slice_is(reply->headers[i].name, name))
            return reply->headers[i].value;
    return (vg_slice){0};
}

static uint64_t asked_ms(const vg_trace_sender *s, const vg_ending *ending)
{
    uint64_t ms;

    if (ending->reply == NULL)
        return 0;
    ms = vg_retry_after_ms(header(&ending->reply->http, VG_LIT("retry-after")),
                           header(&ending->reply->http, VG_LIT("date")),
                           vg_loop_wall_ms(s->parts.loop));
    return ms < VG_TRACE_WAIT_MOST_MS ? ms : VG_TRACE_WAIT_MOST_MS;
}

/* From half of what is due to all of it; never before it was asked to come again. */
static uint64_t wait_ms(vg_trace_sender *s, const vg_ending *ending)
{
    uint64_t due_ms = (uint64_t)VG_TRACE_WAIT_MS << (s->tries - 1), asked = asked_ms(s, ending);

    s->chance = s->chance * 6364136223846793005u + 1442695040888963407u;
    due_ms = due_ms / 2 + (s->chance >> 33) % (due_ms / 2 + 1);
    return due_ms > asked ? due_ms : asked;
}

/* Once until it is well again: a receiver that is down is not worth a line for each batch. */
static void tell_failure(vg_trace_sender *s, const vg_ending *ending)
{
    int status = ending->reply != NULL ? ending->reply->http.status : 0;

    count(s, VG_M_trace_exports_failed_total, 1);
    if (s->is_down)
        return;
    s->is_down = true;
    vg_log(VG_WARN, "the receiver of traces does not take spans", VG_N("status", status),
           VG_Z("fault", s->is_late ? "timeout" : vg_fault_word(ending->fault)),
           VG_N("spans", s->spans));
}

static void note_taken(vg_trace_sender *s, const vg_reply *reply)
{
    vg_export_reply said = vg_export_reply_read(reply->http.body, s->parts.is_json);
    uint64_t rejected = said.rejected < s->spans ? said.rejected : s->spans;

    count(s, VG_M_trace_spans_rejected_total, rejected);
    count(s, VG_M_trace_spans_sent_total, s->spans - rejected);
    if (rejected > 0)
        vg_log(VG_WARN, "the receiver of traces rejected spans", VG_N("spans", rejected));
    if (s->is_down)
        vg_log_phrase(VG_INFO, "the receiver of traces takes spans again");
    s->is_down = false;
}

static bool is_taken(const vg_ending *ending)
{
    return ending->reply != NULL && ending->reply->http.status >= 200 &&
           ending->reply->http.status < 300;
}

static void on_ended(void *arg, const vg_ending *ending)
{
    vg_trace_sender *s = arg;

    VG_CHECK(s->state == SENDING);
    if (is_taken(ending)) {
        note_taken(s, ending->reply);
        settle(s);
        go_on(s);
        return;
    }
    tell_failure(s, ending);
    if (s->is_ending || s->tries == VG_TRACE_TRIES || !may_be_taken_yet(ending)) {
        give_up(s);
        return;
    }
    s->state = RESTING;
    start_timer(s, wait_ms(s, ending));
}

/* ---- the loop's ---- */

static void on_timer(vg_timer *timer)
{
    vg_trace_sender *s = vg_container_of(timer, vg_trace_sender, timer);

    switch (s->state) {
    case IDLE:
        begin(s);
        return;
    case SENDING:
        s->is_late = true;
        s->parts.transport->stop(s->parts.transport, s);
        return;
    case RESTING:
        send_batch(s);
        return;
    }
}

static void on_full_task(vg_task *task)
{
    vg_trace_sender *s = vg_container_of(task, vg_trace_sender, full);

    if (s->state == IDLE && !s->is_ending)
        begin(s);
}

/* In the midst of a span's end. */
static void on_full(void *arg)
{
    vg_trace_sender *s = arg;

    if (s->state == IDLE && !s->full.is_posted)
        vg_loop_post(s->parts.loop, &s->full);
}

/* ---- its life ---- */

vg_trace_sender *vg_trace_sender_new(const vg_trace_sender_parts *parts)
{
    vg_trace_sender *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->parts = *parts;
    s->chance = parts->chance;
    s->full.run = on_full_task;
    s->timer.on_timer = on_timer;
    vg_buf_init(&s->body, 0);
    vg_tracer_on_full(parts->tracer, on_full, s);
    start_timer(s, parts->delay_ms);
    return s;
}

void vg_trace_sender_end(vg_trace_sender *s)
{
    if (s->is_ending)
        return;
    s->is_ending = true;
    s->end_ns = vg_loop_now_ns(s->parts.loop) + s->parts.timeout_ms * MS;
    if (s->state == IDLE)
        vg_timer_stop(s->parts.loop, &s->timer);
    if (s->state == IDLE)
        begin(s);
    else if (s->state == RESTING)
        start_timer(s, 0);
}

bool vg_trace_sender_has_ended(const vg_trace_sender *s)
{
    return s->is_ending && s->state == IDLE && s->spans == 0 && !s->full.is_posted;
}

void vg_trace_sender_free(vg_trace_sender *s)
{
    if (s == NULL)
        return;
    VG_CHECK(s->state != SENDING);
    vg_timer_stop(s->parts.loop, &s->timer);
    vg_tracer_on_full(s->parts.tracer, NULL, NULL);
    s->parts.transport->close(s->parts.transport);
    vg_buf_fini(&s->body);
    free(s);
}
