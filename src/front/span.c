/* The server's span, by OpenTelemetry's conventions for HTTP, but for the path: names and ids are
 * in it, so it is told as the row's pattern. What operators ask every few seconds is not recorded.
 */
#include "front/span.h"

#include "base/id.h"
#include "front/visit.h"
#include "observe/trace.h"
#include "observe/traceparent.h"

void vg_front_span_begin(vg_visit *visit)
{
    const vg_request *request = visit->request;
    vg_tracer *tracer = visit->api != &vg_front_admin ? visit->front->parts.tracer : NULL;
    uint8_t chance[VG_TRACE_ID] = {0};

    visit->has_caller =
        vg_trace_read(visit->arena, request->headers, request->header_count, &visit->trace);
    if (tracer == NULL)
        return;
    if (!visit->has_caller)
        vg_random_bytes(chance, sizeof chance);
    vg_tracer_begin(tracer, chance, &visit->trace, visit->caller);
}

/* Foreign words are no names of spans. */
static vg_slice method_of(const vg_request *request)
{
    static const char *const known[] = {"GET",     "POST", "PUT",   "PATCH",  "DELETE",
                                        "OPTIONS", "HEAD", "TRACE", "CONNECT"};

    if (request->is_head)
        return VG_LIT("HEAD");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (vg_slice_is_str(request->method, known[i]))
            return request->method;
    return VG_LIT("_OTHER");
}

static vg_slice name_of(const vg_visit *visit, vg_slice method)
{
    vg_slice name = {0};

    if (visit->row != NULL)
        name = vg_arena_printf(visit->arena, VG_FMT " %s", VG_ARG(method), visit->row->route.path);
    if (name.len > 0)
        return name;
    return vg_slice_is(method, VG_LIT("_OTHER")) ? VG_LIT("HTTP") : method;
}

/* The status as a text; without memory for it that of them all. */
static const char *error_of(const vg_visit *visit)
{
    vg_slice text = vg_arena_printf(visit->arena, "%d", visit->out.status);

    return text.len > 0 ? text.at : "500";
}

static void put_request(vg_span *span, const vg_visit *visit, vg_slice method)
{
    vg_span_put_text(span, "http.request.method", method);
    if (visit->row != NULL)
        vg_span_put_text(span, "http.route", vg_slice_str(visit->row->route.path));
    vg_span_put_text(span, "url.scheme", vg_slice_str(visit->front->parts.scheme));
    vg_span_put_text(span, "vecgate.request_id", visit->request_id_text);
    if (visit->request->has_body)
        vg_span_put_number(span, "http.request.body.size", (int64_t)visit->request->body.len);
}

/* A client's mistake is none of the server's. */
static void put_answer(vg_span *span, const vg_visit *visit)
{
    if (!visit->is_answered) {
        vg_span_put_text(span, "vecgate.outcome", VG_LIT("client_gone"));
        return;
    }
    vg_span_put_number(span, "http.response.status_code", visit->out.status);
    vg_span_put_number(span, "http.response.body.size", (int64_t)visit->answer_bytes);
    if (visit->status.code == VG_OK && visit->op.degraded.len > 0)
        vg_span_put_number(span, "vecgate.degraded", 1);
    if (visit->out.status >= 500)
        span->error = error_of(visit);
}

void vg_front_span_end(const vg_visit *visit, uint64_t took_ns)
{
    uint64_t began_ns = visit->request->began_ns;
    vg_slice method;
    vg_span span;

    if (!visit->trace.is_recorded)
        return;
    method = method_of(visit->request);
    span = (vg_span){.trace = visit->trace,
                     .parent_is_remote = visit->has_caller,
                     .kind = VG_SPAN_SERVER,
                     .name = name_of(visit, method),
                     .began_ns = began_ns,
                     .ended_ns = began_ns + took_ns};
    memcpy(span.parent, visit->caller, VG_SPAN_ID);
    put_request(&span, visit, method);
    put_answer(&span, visit);
    vg_tracer_end(visit->front->parts.tracer, &span);
}
