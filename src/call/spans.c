/* Spans are made when they end, of what the call knows then; only their ids are made before, for
 * backends and children. A call whose request has no trace pays for a test at each step. */
#include "call/spans.h"

#include <stdio.h>

#include "call/runner.h"
#include "observe/trace.h"
#include "observe/traceparent.h"

static vg_tracer *tracer_of(const vg_call *c)
{
    return c->runner->parts.tracer;
}

static const vg_adapter *adapter_of(const vg_call *c)
{
    return c->runner->parts.backend->adapter;
}

/* ---- what backends are told ---- */

static vg_slice write_parent(vg_arena *arena, const vg_trace *trace)
{
    char *text = vg_arena_take(arena, VG_TRACEPARENT);

    if (text == NULL)
        return (vg_slice){0};
    vg_trace_write(trace, text);
    return vg_slice_of(text, VG_TRACEPARENT);
}

/* Behind the adapter's own. Without memory the backend is told nothing: no reason to fail. */
static bool tell_http(vg_arena *arena, const vg_trace *trace, vg_http_request *http)
{
    vg_header *headers = VG_TAKE_N(arena, vg_header, http->header_count + 2);
    vg_slice parent = write_parent(arena, trace);

    if (headers == NULL || parent.len == 0)
        return false;
    if (http->header_count > 0)
        memcpy(headers, http->headers, http->header_count * sizeof headers[0]);
    headers[http->header_count++] = (vg_header){VG_LIT("traceparent"), parent};
    if (trace->state.len > 0)
        headers[http->header_count++] = (vg_header){VG_LIT("tracestate"), trace->state};
    http->headers = headers;
    return true;
}

/* As sqlcommenter has it: a value is escaped as in a URL, so that no comment can end in it. */
static size_t escape(vg_slice text, char *to)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    static const char digits[] = "0123456789ABCDEF";
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];

        if (memchr(plain, c, sizeof plain - 1) != NULL) {
            to[len++] = (char)c;
            continue;
        }
        to[len++] = '%';
        to[len++] = digits[c >> 4];
        to[len++] = digits[c & 15];
    }
    return len;
}

static vg_slice write_comment(vg_arena *arena, const vg_trace *trace)
{
    vg_slice parent = write_parent(arena, trace), comment;
    char state[3 * VG_TRACESTATE_BYTES];
    size_t len = escape(trace->state, state);

    if (len == 0)
        comment = vg_arena_printf(arena, " /*traceparent='" VG_FMT "'*/", VG_ARG(parent));
    else
        comment = vg_arena_printf(arena, " /*traceparent='" VG_FMT "',tracestate='%.*s'*/",
                                  VG_ARG(parent), (int)len, state);
    return parent.len > 0 ? comment : parent;
}

/* A text that never comes again is not worth a prepared statement. */
static bool tell_pg(vg_arena *arena, const vg_trace *trace, vg_pg_request *pg)
{
    vg_pg_statement *statements = VG_TAKE_N(arena, vg_pg_statement, pg->count);
    vg_slice comment = write_comment(arena, trace);

    if (statements == NULL || comment.len == 0)
        return false;
    for (uint32_t i = 0; i < pg->count; i++) {
        statements[i] = pg->statements[i];
        statements[i].comes_again = false;
        statements[i].sql =
            vg_arena_printf(arena, VG_FMT VG_FMT, VG_ARG(pg->statements[i].sql), VG_ARG(comment));
        if (statements[i].sql.len == 0)
            return false;
    }
    pg->statements = statements;
    return true;
}

/* ---- as it goes ---- */

void vg_spans_begin(vg_call *c)
{
    c->spans.trace = c->op->trace;
    if (c->spans.trace.is_recorded)
        vg_tracer_new_id(tracer_of(c), c->spans.trace.span_id);
}

void vg_spans_join(vg_call *hedge, vg_call *lead)
{
    lead->spans.is_hedged = true;
    hedge->spans.trace = lead->spans.trace;
}

static bool tell(vg_call *c, const vg_trace *trace)
{
    vg_exchange *x = &c->spans.outgoing;

    if (x->via == VG_VIA_HTTP)
        return tell_http(c->try.scratch, trace, &x->as.http);
    return x->via == VG_VIA_PG && x->as.pg.kind != VG_PG_COPY && trace->is_recorded &&
           c->runner->parts.has_sql_comment && tell_pg(c->try.scratch, trace, &x->as.pg);
}

const vg_exchange *vg_spans_send(vg_call *c)
{
    vg_trace trace = c->spans.trace;

    if (!vg_trace_is_set(&trace))
        return &c->exchange;
    c->spans.http_status = 0;
    if (trace.is_recorded) {
        vg_tracer_new_id(tracer_of(c), c->spans.exchange);
        memcpy(trace.span_id, c->spans.exchange, VG_SPAN_ID);
    }
    c->spans.outgoing = c->exchange;
    return tell(c, &trace) ? &c->spans.outgoing : &c->exchange;
}

/* ---- spans ---- */

static vg_span span_of(const vg_call *c, vg_code code)
{
    const vg_runner_parts *parts = &c->runner->parts;
    const vg_adapter *adapter = adapter_of(c);
    vg_span span = {.trace = c->spans.trace,
                    .kind = adapter->via == VG_VIA_LOCAL ? VG_SPAN_INTERNAL : VG_SPAN_CLIENT,
                    .error = code != VG_OK ? vg_code_describe(code)->metric : NULL};

    vg_span_put_text(&span, "db.system.name", vg_slice_str(vg_span_system(adapter->name)));
    if (parts->server.len > 0) {
        vg_span_put_text(&span, "server.address", parts->server);
        vg_span_put_number(&span, "server.port", parts->server_port);
    }
    return span;
}

static void put_http(vg_span *span, const vg_call *c, const vg_exchange *x)
{
    if (x->via != VG_VIA_HTTP)
        return;
    vg_span_put_text(span, "http.request.method", vg_slice_str(x->as.http.method));
    if (c->spans.http_status > 0)
        vg_span_put_number(span, "http.response.status_code", c->spans.http_status);
}

/* What nobody waited for any more is no error: the other try was quicker, or the client has gone.
 */
static void put_stopped(vg_span *span, vg_code code)
{
    if (code != VG_CANCELLED)
        return;
    span->error = NULL;
    vg_span_put_text(span, "vecgate.outcome", VG_LIT("stopped"));
}

void vg_spans_end_exchange(const vg_call *c, vg_code code)
{
    const vg_exchange *x = &c->replied;
    vg_span span;

    if (!c->spans.trace.is_recorded)
        return;
    span = span_of(c, code);
    memcpy(span.parent, c->spans.trace.span_id, VG_SPAN_ID);
    memcpy(span.trace.span_id, c->spans.exchange, VG_SPAN_ID);
    span.name = vg_slice_str(x->name);
    span.began_ns = c->sent_ns;
    span.ended_ns = c->replied_ns;
    put_http(&span, c, x);
    if (code != VG_OK)
        vg_span_put_text(&span, "db.response.status_code", c->try.status.upstream);
    if (c->retries + c->throttled > 0)
        vg_span_put_number(&span, "http.request.resend_count", c->retries + c->throttled);
    if (c->is_hedge)
        vg_span_put_text(&span, "vecgate.try", VG_LIT("hedge"));
    if (c->runner->parts.transport->choose != NULL && x->endpoint > 0) /* there are several */
        vg_span_put_number(&span, "vecgate.endpoint", x->endpoint);
    put_stopped(&span, code);
    vg_tracer_end(tracer_of(c), &span);
}

static void put_outcome(vg_span *span, const vg_call *c)
{
    const vg_status *status = &c->op->status;

    if (status->code != VG_OK)
        vg_span_put_text(span, "db.response.status_code", status->upstream);
    if (c->attempt > 0)
        vg_span_put_number(span, "vecgate.retries", c->attempt);
    if (c->spans.is_hedged)
        vg_span_put_number(span, "vecgate.hedges", 1);
    if (c->spans.is_left_alone)
        vg_span_put_text(span, "vecgate.refused_by", VG_LIT("breaker"));
}

void vg_spans_end(const vg_call *c)
{
    const vg_op *op = c->op;
    const char *word = vg_op_describe(op->kind)->name;
    char name[VG_SPAN_TEXT_BYTES];
    vg_span span;

    if (!c->spans.trace.is_recorded)
        return;
    span = span_of(c, op->status.code);
    memcpy(span.parent, op->trace.span_id, VG_SPAN_ID);
    span.name = vg_slice_str(word);
    if (op->name.len > 0 && op->name.len < sizeof name / 2) {
        int len = snprintf(name, sizeof name, "%s " VG_FMT, word, VG_ARG(op->name));

        span.name = vg_slice_of(name, (size_t)len);
    }
    span.began_ns = c->started_ns;
    span.ended_ns = vg_loop_now_ns(c->runner->parts.loop);
    vg_span_put_text(&span, "db.operation.name", vg_slice_str(word));
    vg_span_put_text(&span, "db.collection.name", op->name);
    put_outcome(&span, c);
    put_stopped(&span, op->status.code);
    vg_tracer_end(tracer_of(c), &span);
}
