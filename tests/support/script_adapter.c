/* See script_adapter.h. */
#include "tests/support/script_adapter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/check.h"

/* --- the adapter ----------------------------------------------------------------------------- */

static vg_next send(vg_exchange *out, const char *name, vg_repeat repeat)
{
    out->name = name;
    out->via = VG_VIA_HTTP;
    out->repeat = repeat;
    out->writes = name[0] == 'w';
    out->as.http = (vg_http_request){.method = "POST", .target = VG_LIT("/")};
    return VG_SEND;
}

static vg_next done(script *s, vg_try *t, const vg_reply *reply)
{
    if (reply != NULL)
        t->result.health.title = vg_arena_copy(t->scratch, reply->http.body);
    if (vg_arena_is_spent(t->scratch))
        return vg_try_fail(t, VG_TOO_LARGE, VG_LIT("no room for the answer"));
    (void)s;
    return VG_DONE;
}

static vg_next fill(vg_try *t)
{
    while (vg_arena_take(t->scratch, 1000) != NULL)
        continue;
    return vg_try_failf(t, VG_TOO_LARGE, "%s", "full");
}

static vg_next misbehave(script_move move, vg_exchange *out)
{
    switch (move) {
    case MOVE_SEND_NOTHING:
        return VG_SEND;
    case MOVE_SEND_ELSEWHERE:
        out->name = "local";
        out->via = VG_VIA_LOCAL;
        return VG_SEND;
    case MOVE_FAIL_SILENTLY:
        return VG_FAIL;
    default:
        return (vg_next)77;
    }
}

static void note(script *s, const vg_reply *reply)
{
    s->steps++;
    s->thread = pthread_self();
    s->steps_with_reply += reply != NULL;
    s->reply_len = reply != NULL ? reply->http.body.len : 0;
    s->saw_header = reply != NULL && reply->http.header_count == 1 &&
                    vg_slice_is(reply->http.headers[0].name, VG_LIT("server")) &&
                    vg_slice_is(reply->http.headers[0].value, VG_LIT("fake"));
}

static vg_next step(const vg_backend *self, const vg_op *op, vg_try *t, const vg_reply *reply,
                    vg_exchange *out)
{
    script *s = self->store;
    script_move move = s->moves[s->at++];

    VG_CHECK(move != MOVE_END && op->magic == VG_OP_MAGIC && out->name == NULL);
    note(s, reply);
    switch (move) {
    case MOVE_READ:
        return send(out, "read", VG_REPEAT_ALWAYS);
    case MOVE_WRITE:
        return send(out, "write", VG_REPEAT_ALWAYS);
    case MOVE_WRITE_ONCE:
        return send(out, "write", VG_REPEAT_IF_UNSENT);
    case MOVE_REST:
        out->wait_ms = 100;
        return VG_WAIT;
    case MOVE_DONE:
        return done(s, t, reply);
    case MOVE_FAIL:
        return vg_try_failf(t, VG_NOT_FOUND, "no such %s", "thing");
    case MOVE_FAIL_UNSURE:
        vg_try_fail(t, VG_UNAVAILABLE, VG_LIT("half dead"));
        t->status.is_unclear = true;
        return VG_FAIL;
    case MOVE_STOPPED:
        return vg_try_fail(t, VG_CANCELLED, VG_LIT("interrupted"));
    case MOVE_AGAIN:
        t->stage = 99;
        t->state = s;
        return VG_AGAIN;
    case MOVE_LOSE:
        vg_try_fail(t, VG_OVERLOADED, VG_LIT("somebody else was there"));
        return VG_AGAIN;
    case MOVE_FILL:
        return fill(t);
    default:
        return misbehave(move, out);
    }
}

static const vg_adapter adapter = {
    .name = "script",
    .via = VG_VIA_HTTP,
    .ops = {[VG_OP_HEALTH] = step,
            [VG_OP_UPSERT] = step,
            [VG_OP_SEARCH] = step,
            [VG_OP_DROP_COLLECTION] = step},
};

/* --- the house ------------------------------------------------------------------------------- */

int house_open(void **state)
{
    house *h = calloc(1, sizeof *h);

    h->fake = fake_loop_new();
    h->loop = fake_loop_loop(h->fake);
    h->transport = fake_transport_new(h->loop);
    h->metrics = vg_metrics_new(1);
    h->backend = (vg_backend){.adapter = &adapter, .store = &h->script};
    h->scratch_bytes = 1 << 20;
    *state = h;
    return 0;
}

void house_open_runner(house *h)
{
    vg_runner_parts parts = {.loop = h->loop,
                             .backend = &h->backend,
                             .transport = fake_transport_table(h->transport),
                             .metrics = h->metrics,
                             .scratch_bytes = h->scratch_bytes,
                             .pools = h->pools};

    h->runner = vg_runner_new(&parts);
}

int house_close(void **state)
{
    house *h = *state;

    if (h->runner == NULL)
        house_open_runner(h);
    assert_int_equal(vg_runner_calls(h->runner), 0);
    vg_runner_free(h->runner);
    if (h->pools != NULL)
        vg_pools_free(h->pools);
    vg_metrics_free(h->metrics);
    fake_loop_free(h->fake); /* checks that nothing is posted or started */
    assert_int_equal(vg_arena_total_bytes(), 0);
    free(h);
    return 0;
}

void house_script(house *h, const script_move *moves)
{
    h->script = (script){0};
    for (int i = 0; moves[i] != MOVE_END; i++)
        h->script.moves[i] = moves[i];
}

/* --- guests ---------------------------------------------------------------------------------- */

static void on_done(vg_op *op)
{
    guest *g = op->done_arg;

    g->endings++;
    assert_null(op->call);
}

void guest_init(guest *g, house *h, vg_op_kind kind, size_t arena_bytes)
{
    vg_arena *arena = vg_arena_new(arena_bytes > 0 ? arena_bytes : 1 << 20);
    vg_op *op = VG_TAKE(arena, vg_op);

    assert_non_null(op);
    op->magic = VG_OP_MAGIC;
    op->kind = kind;
    op->arena = arena;
    op->deadline_ns = vg_loop_now_ns(h->loop) + 1000000000;
    op->done = on_done;
    op->done_arg = g;
    *g = (guest){.house = h, .op = op};
}

void guest_start(guest *g)
{
    if (g->house->runner == NULL)
        house_open_runner(g->house);
    vg_call_start(g->house->runner, g->op);
    assert_int_equal(g->endings, 0);
}

void guest_finish(guest *g)
{
    fake_loop_settle(g->house->fake);
    assert_int_equal(g->endings, 1);
    assert_int_equal(vg_runner_calls(g->house->runner), 0);
}

void guest_free(guest *g)
{
    vg_arena_free(g->op->arena);
}
