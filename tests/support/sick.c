/* See sick.h. */
#include "tests/support/sick.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/clock.h"

#define MS ((uint64_t)1000000)

/* --- the adapter ----------------------------------------------------------------------------- */

enum stage { ASK_WRITE, READ_WRITE, ASK_READ, READ_READ };

static bool writes(const vg_op *op)
{
    return op->kind == VG_OP_UPSERT || op->kind == VG_OP_CREATE_COLLECTION;
}

/* The transport finds the op behind `body`. */
static vg_next send(const vg_op *op, vg_try *t, vg_exchange *out, enum stage next)
{
    bool is_write = next == READ_WRITE;

    out->name = is_write ? "write" : "read";
    out->via = VG_VIA_HTTP;
    out->writes = is_write;
    out->repeat = op->kind == VG_OP_CREATE_COLLECTION ? VG_REPEAT_IF_UNSENT : VG_REPEAT_ALWAYS;
    out->as.http = (vg_http_request){.method = "POST", .target = VG_LIT("/"), .body = {0}};
    out->as.http.body.at = (const char *)op;
    t->stage = next;
    return VG_SEND;
}

static vg_next refuse(vg_try *t, const vg_http_reply *http)
{
    uint64_t ms = 0;
    vg_code code = http->status == 404   ? VG_NOT_FOUND
                   : http->status == 429 ? VG_THROTTLED
                   : http->status == 503 ? VG_UNAVAILABLE
                                         : VG_BACKEND_ERROR;

    vg_try_failf(t, code, "it answered %d", http->status);
    t->status.is_unclear = http->status >= 500; /* it may have been done before it failed */
    if (vg_slice_u64(http->headers[0].value, &ms))
        t->status.retry_after_ms = (uint32_t)ms;
    return VG_FAIL;
}

static vg_next step(const vg_backend *self, const vg_op *op, vg_try *t, const vg_reply *reply,
                    vg_exchange *out)
{
    (void)self;
    if (t->stage == ASK_WRITE)
        return send(op, t, out, writes(op) ? READ_WRITE : READ_READ);
    VG_CHECK(reply != NULL);
    if (reply->http.status != 200)
        return refuse(t, &reply->http); /* the stage stays */
    if (t->stage == READ_WRITE && op->kind == VG_OP_UPSERT)
        return send(op, t, out, READ_READ);
    t->result.health.title = vg_arena_copy(t->scratch, reply->http.body);
    return VG_DONE;
}

static const vg_adapter adapter = {
    .name = "sick",
    .via = VG_VIA_HTTP,
    .ops = {[VG_OP_HEALTH] = step,
            [VG_OP_UPSERT] = step,
            [VG_OP_CREATE_COLLECTION] = step,
            [VG_OP_SEARCH] = step,
            [VG_OP_GET] = step},
};

/* --- the transport --------------------------------------------------------------------------- */

struct job {
    vg_list link;
    bool has_moved;
    uint32_t probes; /* the endpoint that it was let in to while half-open, plus one; 0: none */
    vg_timer timer;
    sick *house;
    sick_fate fate;
    int number;
    vg_ended_fn *ended;
    void *arg;
    bool is_over;
};

static struct job *job_of(vg_list *link)
{
    return vg_container_of(link, struct job, link);
}

static void on_over(vg_timer *timer)
{
    struct job *job = vg_container_of(timer, struct job, timer);
    char asks[16] = "", number[16];
    vg_header header = {VG_LIT("retry-after"), {asks, 0}};
    vg_reply reply = {.via = VG_VIA_HTTP,
                      .http = {.status = job->fate.status, .headers = &header, .header_count = 1}};
    vg_ending ending = {.fault = job->fate.fault,
                        .was_sent = job->fate.was_sent,
                        .has_moved = job->has_moved,
                        .reply = job->fate.status > 0 ? &reply : NULL};

    if (job->fate.retry_after_ms > 0)
        header.value.len =
            (size_t)snprintf(asks, sizeof asks, "%u", (unsigned)job->fate.retry_after_ms);
    snprintf(number, sizeof number, "%d", job->number);
    reply.http.body = vg_slice_str(number);
    vg_list_remove(&job->link);
    job->house->in_flight--;
    job->ended(job->arg, &ending);
    free(job);
}

static sick_fate next_fate(sick *house)
{
    if (house->choose != NULL)
        return house->choose();
    return house->fate_at < house->fate_count ? house->fates[house->fate_at++] : house->usual;
}

static const vg_op *op_of(const vg_exchange *x)
{
    return (const vg_op *)(const void *)x->as.http.body.at;
}

static uint32_t choose_sick(vg_transport *self, const vg_exchange *x, uint32_t not_these)
{
    sick *house = vg_container_of(self, sick, transport);
    bool is_read = !x->writes && op_of(x)->kind != VG_OP_HEALTH;

    for (uint32_t i = 1; is_read && i < house->endpoints; i++) {
        uint32_t at = 1 + house->turn++ % (house->endpoints - 1);

        if ((not_these >> at & 1) == 0)
            return at;
    }
    return (not_these & 1) == 0 ? 0 : VG_ENDPOINTS;
}

void sick_has_endpoints(sick *house, uint32_t count)
{
    house->endpoints = count;
    house->transport.choose = choose_sick;
    house->transport.readers = ((UINT32_C(1) << count) - 1) & ~UINT32_C(1);
}

/* While one is half-open it gets one at a time, and none while it is open. */
static void check_admission(const sick *house, struct job *job, uint32_t at)
{
    vg_breaker_state state = vg_breaker_look(&house->state->breakers[at]);

    assert_int_not_equal(state, VG_BREAKER_OPEN);
    job->probes = state == VG_BREAKER_HALF_OPEN ? at + 1 : 0;
    for (vg_list *link = house->under_way.next; link != &house->under_way; link = link->next)
        assert_true(job->probes == 0 || job_of(link)->probes != job->probes);
}

/* A dead endpoint cannot be reached; what moves has the first one's fate. */
static void meet_endpoint(sick *house, struct job *job, const vg_exchange *x)
{
    uint32_t at = x->endpoint > 0 ? x->endpoint - 1u : 0;

    if (house->conf.breaker.is_on)
        check_admission(house, job, at);
    if (house->moves && at > 0 && !x->stays && (house->dead >> at & 1) != 0) {
        job->has_moved = true;
        at = 0;
        assert_int_equal(vg_breaker_look(&house->state->breakers[0]), VG_BREAKER_CLOSED);
    }
    house->sent_to[at]++;
    if ((house->dead >> at & 1) != 0)
        job->fate = (sick_fate){.after_ms = 1, .fault = VG_FAULT_CONNECT};
}

/* What holds of everything that is sent: the breaker is not open, and the deadline goes with it. */
static void send_sick(vg_transport *self, const vg_exchange *x, vg_ended_fn *ended, void *arg)
{
    sick *house = vg_container_of(self, sick, transport);
    struct job *job = calloc(1, sizeof *job);
    const vg_op *op = op_of(x);

    assert_int_equal(op->magic, VG_OP_MAGIC);
    assert_int_equal(x->deadline_ns, op->deadline_ns);
    assert_true(vg_loop_now_ns(house->loop) < op->deadline_ns);
    ((sick_guest *)op->done_arg)->sent++;
    *job = (struct job){.house = house,
                        .fate = next_fate(house),
                        .number = ++house->sent,
                        .ended = ended,
                        .arg = arg,
                        .timer.on_timer = on_over};
    meet_endpoint(house, job, x);
    house->in_flight++;
    if (house->in_flight > house->most_in_flight)
        house->most_in_flight = house->in_flight;
    vg_list_push(&house->under_way, &job->link);
    if (job->fate.after_ms < SICK_HANGS)
        vg_timer_start(house->loop, &job->timer,
                       vg_loop_now_ns(house->loop) + job->fate.after_ms * MS);
}

static void stop_sick(vg_transport *self, void *arg)
{
    sick *house = vg_container_of(self, sick, transport);

    for (vg_list *at = house->under_way.next; at != &house->under_way; at = at->next) {
        struct job *job = job_of(at);

        if (job->arg != arg || job->is_over)
            continue;
        job->is_over = true;
        job->fate = (sick_fate){.fault = VG_FAULT_STOPPED, .was_sent = true};
        vg_timer_start(house->loop, &job->timer, vg_loop_now_ns(house->loop));
    }
}

static void close_sick(vg_transport *self)
{
    assert_true(vg_list_is_empty(&vg_container_of(self, sick, transport)->under_way));
}

/* --- the house ------------------------------------------------------------------------------- */

const vg_resilience sick_defaults = {
    .breaker = {true, 10000, 20, 50, 5, 1000, 60000, 3, 1000},
    .retry = {2, 25, 3, 1000, 20, 10, 10000},
    .quota = {.burst = 100, .tenant_burst = 100, .slow_percent = 50, .quick_percent = 5},
    .admit = {.most = 128, .waiting = 1024},
    .hedge = {.percent = 5},
};

int sick_open(void **state)
{
    sick *house = calloc(1, sizeof *house);

    house->fake = fake_loop_new();
    house->loop = fake_loop_loop(house->fake);
    house->transport = (vg_transport){.send = send_sick, .stop = stop_sick, .close = close_sick};
    house->metrics = vg_metrics_new(1);
    house->shared = vg_shared_new(1);
    house->state = vg_shared_at(house->shared, 0);
    house->conf = sick_defaults;
    house->backend = (vg_backend){.adapter = &adapter};
    house->usual = (sick_fate){.after_ms = 1, .status = 200};
    vg_list_init(&house->under_way);
    *state = house;
    return 0;
}

static uint64_t gauge(const sick *house, vg_metric metric)
{
    return vg_metrics_read(house->metrics, metric, (vg_cell){.backend = 1});
}

int sick_close(void **state)
{
    sick *house = *state;

    assert_int_equal(house->in_flight, 0);
    assert_int_equal(gauge(house, VG_M_calls_in_flight), 0);
    assert_int_equal(gauge(house, VG_M_calls_waiting), 0);
    assert_int_equal(gauge(house, VG_M_exchanges_in_flight), 0);
    for (int i = 0; i < VG_ENDPOINTS; i++)
        assert_int_equal(vg_metrics_read(house->metrics, VG_M_breaker_state,
                                         (vg_cell){.backend = 1, .endpoint = (uint8_t)i}),
                         vg_breaker_look(&house->state->breakers[i]));
    if (house->runner != NULL) {
        assert_int_equal(vg_runner_calls(house->runner), 0);
        vg_runner_free(house->runner);
    }
    vg_metrics_free(house->metrics);
    vg_shared_free(house->shared);
    fake_loop_free(house->fake); /* checks that nothing is posted or started */
    assert_int_equal(vg_arena_total_bytes(), 0);
    free(house);
    return 0;
}

void sick_fates_are(sick *house, const sick_fate *fates, int count)
{
    house->fate_at = 0;
    house->fate_count = count;
    for (int i = 0; i < count; i++)
        house->fates[i] = fates[i];
}

/* --- guests ---------------------------------------------------------------------------------- */

static void on_done(vg_op *op)
{
    sick_guest *guest = op->done_arg;

    guest->endings++;
    assert_null(op->call);
}

static void open_runner(sick *house)
{
    house->runner = vg_runner_new(&(vg_runner_parts){.loop = house->loop,
                                                     .backend = &house->backend,
                                                     .transport = &house->transport,
                                                     .metrics = house->metrics,
                                                     .scratch_bytes = 1 << 20,
                                                     .resilience = &house->conf,
                                                     .shared = house->state});
}

void sick_prepare(sick_guest *guest, sick *house, vg_op_kind kind, const char *tenant)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_op *op = VG_TAKE(arena, vg_op);

    *guest = (sick_guest){.house = house, .op = op, .tenant = {.name = vg_slice_str(tenant)}};
    *op = (vg_op){.magic = VG_OP_MAGIC,
                  .kind = kind,
                  .arena = arena,
                  .who = &guest->tenant,
                  .deadline_ns = vg_loop_now_ns(house->loop) + 30000 * MS,
                  .timing = &guest->timing,
                  .done = on_done,
                  .done_arg = guest};
    guest->timing = (vg_timing){.list = guest->timed, .room = SICK_FATES};
    vg_timing_begin(&guest->timing, vg_clock_now_ns());
    if (house->runner == NULL)
        open_runner(house);
}

void sick_start(sick_guest *guest, sick *house, vg_op_kind kind, const char *tenant)
{
    sick_prepare(guest, house, kind, tenant);
    vg_call_start(house->runner, guest->op);
    assert_int_equal(guest->endings, 0);
}

void sick_advance(sick *house, uint64_t ms)
{
    fake_loop_advance(house->fake, ms * MS);
}

void sick_finish(sick_guest *guest)
{
    for (int i = 0; i < 60000 && guest->endings == 0; i++)
        sick_advance(guest->house, i == 0 ? 0 : 1);
    assert_int_equal(guest->endings, 1);
}

/* Whoever was in a phase has left it. */
void sick_free(sick_guest *guest)
{
    for (int i = 0; i < VG_TIMES; i++)
        assert_int_equal(guest->timing.busy[i], 0);
    vg_arena_free(guest->op->arena);
}

vg_code sick_ask(sick *house, vg_op_kind kind)
{
    sick_guest guest;
    vg_code code;

    sick_start(&guest, house, kind, "somebody");
    sick_finish(&guest);
    code = guest.op->status.code;
    sick_free(&guest);
    return code;
}

uint64_t sick_count(const sick *house, vg_metric metric, vg_op_kind kind)
{
    return vg_metrics_read(house->metrics, metric,
                           (vg_cell){.backend = 1, .operation = (uint8_t)kind});
}
