/* Between the loop and the codec pool. What a pool reads is the call's own: a large body is taken
 * over from the transport, headers are copied. */
#include "call/think.h"

#include "base/check.h"
#include "call/weigh.h"

bool vg_think_is_heavy(const vg_runner *runner, const vg_op *op)
{
    return runner->parts.pools != NULL && runner->parts.backend->adapter->via == VG_VIA_HTTP &&
           vg_weigh(op, VG_CALL_LARGE + 1) > VG_CALL_LARGE;
}

bool vg_think_is_long(const vg_call *c)
{
    return c->has_body || (c->is_heavy && c->reply == NULL);
}

void vg_think_step(vg_call *c)
{
    const vg_backend *backend = c->runner->parts.backend;

    c->exchange = (vg_exchange){0};
    c->next = backend->adapter->ops[c->op->kind](backend, c->op, &c->try, c->reply, &c->exchange);
}

/* --- on a pool ------------------------------------------------------------------------------- */

static void on_pool(vg_work *work)
{
    vg_think_step(vg_container_of(work, vg_call, thinking));
}

static void on_pool_finished(vg_work *work)
{
    vg_call *c = vg_container_of(work, vg_call, thinking);

    vg_loop_wake(c->runner->parts.loop, &c->thought);
}

bool vg_think_post(vg_call *c)
{
    c->thinking = (vg_work){.run = on_pool, .finished = on_pool_finished};
    return vg_pools_post(c->runner->parts.pools, VG_POOL_CODEC, &c->thinking);
}

/* --- bodies ---------------------------------------------------------------------------------- */

void vg_think_drop_body(vg_call *c)
{
    if (c->has_body)
        vg_buf_fini(&c->body);
    c->has_body = false;
}

static bool copy_header(vg_arena *scratch, vg_header *to, const vg_header *from)
{
    to->name = vg_arena_copy(scratch, from->name);
    to->value = vg_arena_copy(scratch, from->value);
    return !vg_arena_is_spent(scratch);
}

static bool take_reply(vg_call *c, const vg_ending *ending)
{
    const vg_http_reply *http = &ending->reply->http;
    vg_header *headers = VG_TAKE_N(c->try.scratch, vg_header, (size_t)http->header_count + 1);

    if (headers == NULL)
        return false;
    for (uint32_t i = 0; i < http->header_count; i++) {
        if (!copy_header(c->try.scratch, &headers[i], &http->headers[i]))
            return false;
    }
    c->taken = *ending->reply;
    c->taken.http.headers = headers;
    c->reply = &c->taken;
    c->body = *ending->body;
    vg_buf_init(ending->body, 0);
    c->has_body = true;
    return true;
}

static bool is_for_a_pool(const vg_call *c, const vg_ending *ending)
{
    return c->runner->parts.pools != NULL && ending->body != NULL &&
           ending->reply->via == VG_VIA_HTTP && ending->reply->http.body.len > VG_CALL_LARGE;
}

bool vg_think_receive(vg_call *c, const vg_ending *ending)
{
    c->reply = ending->reply;
    return !is_for_a_pool(c, ending) || take_reply(c, ending);
}
