/* The front's beginning and end of a request, for all APIs alike. What lies between is in door.c
 * (the head), visit.c (the body, the operation, the answer) and answer.c (headers). */
#include "front/front.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/id.h"
#include "front/visit.h"

/* A small body of a request that is refused is read all the same: the connection can go on then. */
enum { REFUSED_BODY_BYTES = 64 * 1024, SANE_ID_BYTES = 128 };

static const vg_front_api *const apis[VG_APIS] = {
    &vg_front_native,
    &vg_front_qdrant,
    &vg_front_admin,
};

/* ---- paths to APIs ---- */

static bool is_one_of(vg_slice path, const char *const *paths)
{
    for (; *paths; paths++)
        if (vg_slice_is_str(path, *paths))
            return true;
    return false;
}

const vg_front_api *vg_front_api_of(vg_slice path)
{
    static const char *const native[] = {"/v1", "/openapi.yaml", NULL};
    static const char *const admin[] = {"/healthz", "/livez", "/readyz", "/metrics", NULL};

    if (vg_slice_starts(path, VG_LIT("/v1/")) || is_one_of(path, native))
        return &vg_front_native;
    return is_one_of(path, admin) ? &vg_front_admin : &vg_front_qdrant;
}

const vg_router *vg_front_router_of(const vg_front *front, const vg_front_api *api)
{
    for (int i = 0; i < VG_APIS; i++)
        if (apis[i] == api)
            return front->routers[i];
    return NULL;
}

/* ---- the id of a request ---- */

static bool is_sane_id(vg_slice text)
{
    static const char known[] =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.:";

    if (text.len == 0 || text.len > SANE_ID_BYTES)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (!memchr(known, text.at[i], sizeof known - 1))
            return false;
    return true;
}

static uint64_t big_endian(const uint8_t *bytes)
{
    uint64_t n = 0;

    for (int i = 0; i < 8; i++)
        n = n << 8 | bytes[i];
    return n;
}

static void make_id(vg_visit *visit)
{
    char *hex = vg_arena_take(visit->arena, 16);

    if (!hex)
        return;
    vg_hex_write(visit->op.chance, 8, hex);
    visit->request_id_text = vg_slice_of(hex, 16);
}

/* An operation knows its request by 64 bits. A client's own id gives them where it can: 16 hex
 * digits, or the first 16 of a UUID. */
static void name_visit(vg_visit *visit)
{
    vg_slice given = vg_request_header(visit->request, VG_LIT("x-request-id"));
    uint8_t bytes[VG_UUID_BYTES];

    if (!vg_hex_read(given, bytes, 8) && !vg_uuid_read(given, bytes))
        memcpy(bytes, visit->op.chance, 8);
    visit->request_id = big_endian(bytes);
    if (visit->request_id == 0)
        visit->request_id = 1; /* 0 is what nobody asked for */
    visit->request_id_text = given;
    if (!is_sane_id(given))
        make_id(visit);
}

/* ---- what the stream says ---- */

static void count(const vg_front *front, vg_metric metric, vg_api api, int64_t by)
{
    vg_metrics_move(front->parts.metrics, metric, (vg_cell){.api = (uint8_t)api}, by);
}

enum { TOLD_EXCHANGES = 64 };

/* Its parameters are not read yet: whoever has the word in another one costs himself some time. */
static void begin_timing(vg_visit *visit)
{
    const uint64_t *slow_ms = visit->front->parts.logs_slow;
    vg_slice query = visit->request->query;
    bool explains = query.len > 0 && memmem(query.at, query.len, "explain", 7) != NULL;

    visit->is_timed = explains || (slow_ms && *slow_ms > 0);
    if (explains)
        visit->timing.list = VG_TAKE_N(visit->arena, vg_timed, TOLD_EXCHANGES);
    visit->timing.room = visit->timing.list ? TOLD_EXCHANGES : 0;
    if (visit->is_timed)
        vg_timing_begin(&visit->timing, visit->request->began_ns);
}

static vg_visit *visit_new(vg_front *front, vg_stream *stream)
{
    vg_arena *arena = vg_arena_new(front->parts.request_bytes);
    vg_visit *visit = arena ? VG_TAKE(arena, vg_visit) : NULL;

    if (!visit) {
        vg_arena_free(arena);
        return NULL;
    }
    visit->front = front;
    visit->stream = stream;
    visit->request = vg_stream_request(stream);
    visit->arena = arena;
    visit->in.request = visit->request;
    visit->api = vg_front_api_of(visit->request->path);
    visit->code = VG_CANCELLED; /* unless it is answered */
    vg_random_bytes(visit->op.chance, sizeof visit->op.chance);
    vg_buf_init(&visit->answer, 0);
    name_visit(visit);
    begin_timing(visit);
    vg_front_span_begin(visit);
    vg_stream_set_data(stream, visit);
    count(front, VG_M_requests_in_flight, visit->api->id, 1);
    return visit;
}

static bool may_read_body_first(const vg_request *request)
{
    return request->has_body && request->content_length <= REFUSED_BODY_BYTES;
}

static void refuse(vg_visit *visit)
{
    if (visit->who && may_read_body_first(visit->request))
        vg_stream_accept(visit->stream, REFUSED_BODY_BYTES);
    else
        vg_visit_fail(visit, &visit->status);
}

/* Of a stranger no body is read, however small: it would hold memory, and a place for as long as it
 * takes its time, at the cost of those who may come in. The answer then ends the connection. */
static void serve_stranger(vg_visit *visit)
{
    if (visit->request->has_body)
        vg_visit_serve(visit);
    else
        vg_stream_accept(visit->stream, 0);
}

/* On Qdrant's paths it is the text alone (FACTS 12). */
static void turn_away(vg_visit *visit)
{
    vg_code code = visit->status.code;
    bool is_denial = code == VG_UNAUTHENTICATED || code == VG_FORBIDDEN;

    if (is_denial && visit->api->id != VG_API_NATIVE)
        vg_answer_plain(visit, vg_code_describe(code)->qdrant_http, vg_status_what(&visit->status));
    else
        vg_visit_fail(visit, &visit->status);
}

static void on_request(void *arg, vg_stream *stream)
{
    vg_front *front = arg;
    vg_visit *visit = visit_new(front, stream);

    if (!visit) {
        vg_stream_answer_static(stream, &(vg_answer){.status = 503},
                                VG_LIT("the gateway has no memory left, try again soon"));
        return;
    }
    switch (vg_door_pass(visit)) {
    case VG_DOOR_OPEN:
        if (visit->who)
            vg_stream_accept(stream, vg_door_body_bytes(visit));
        else
            serve_stranger(visit);
        return;
    case VG_DOOR_WRONG:
        refuse(visit);
        return;
    case VG_DOOR_SHUT:
        vg_answer_plain(visit, 403, visit->status.what);
        return;
    case VG_DOOR_STRANGER:
        turn_away(visit);
        return;
    case VG_DOOR_ALLOWED:
        vg_answer_plain(visit, 204, (vg_slice){0});
        return;
    }
}

static void on_body(void *arg, vg_stream *stream)
{
    vg_visit *visit = vg_stream_data(stream);

    (void)arg;
    vg_metrics_add(visit->front->parts.metrics, VG_M_request_bytes_total,
                   (vg_cell){.api = (uint8_t)visit->api->id}, visit->request->body.len);
    if (visit->status.code == VG_OK)
        vg_visit_serve(visit);
    else
        vg_visit_fail(visit, &visit->status);
}

static void on_gone(void *arg, vg_stream *stream)
{
    vg_visit *visit = vg_stream_data(stream);

    (void)arg;
    if (visit)
        vg_visit_leave(visit);
}

/* Answers go out whole: nothing waits for room. */
static void on_drain(void *arg, vg_stream *stream)
{
    (void)arg;
    (void)stream;
}

static void count_route(const vg_visit *visit, uint64_t took_ns)
{
    const vg_front *front = visit->front;
    vg_cell cell = {.status = vg_metric_status(visit->is_answered ? visit->out.status : 0)};

    if (visit->row)
        cell.route =
            (uint8_t)(front->first_routes[visit->api->id] + (visit->row - visit->api->rows));
    vg_metrics_add(front->parts.metrics, VG_M_http_requests_total, cell, 1);
    vg_metrics_observe(front->parts.metrics, VG_M_http_request_duration_seconds, cell, took_ns);
}

static void on_end(void *arg, vg_stream *stream)
{
    vg_visit *visit = vg_stream_data(stream);
    const vg_front *front = arg;
    vg_metrics *metrics = front->parts.metrics;
    vg_cell cell;
    uint64_t took_ns;

    if (!visit)
        return;
    VG_CHECK(!visit->is_lent);
    cell = (vg_cell){.api = (uint8_t)visit->api->id, .code = (uint8_t)visit->code};
    took_ns = vg_visit_took_ns(visit);
    vg_metrics_add(metrics, VG_M_requests_total, cell, 1);
    vg_metrics_observe(metrics, VG_M_request_duration_seconds, cell, took_ns);
    count_route(visit, took_ns);
    count(front, VG_M_requests_in_flight, visit->api->id, -1);
    vg_entry_tell_denial(visit);
    vg_visit_time(visit, visit->timing.own); /* up to now */
    vg_front_span_end(visit, took_ns);
    vg_tell_end(visit, took_ns);
    vg_buf_fini(&visit->answer);
    vg_arena_free(visit->arena);
}

/* The stream answers in the visit's place, with the headers of every answer. */
static void leave_to_stream(vg_visit *visit, vg_arena *arena, vg_code code, vg_answer *answer)
{
    vg_header *headers = VG_TAKE_N(arena, vg_header, VG_DOOR_HEADERS);

    visit->status.code = visit->code = code;
    visit->out.status = answer->status;
    visit->is_answered = true;
    if (!headers)
        return;
    answer->header_count = vg_door_headers(visit, headers);
    answer->headers = headers;
}

static vg_slice on_refusal(void *arg, vg_arena *arena, const vg_refused *refused, vg_answer *answer)
{
    vg_visit *visit = refused->stream ? vg_stream_data(refused->stream) : NULL;
    vg_buf body;
    vg_front_out out = {.content_type = VG_LIT("application/json"),
                        .body = &body,
                        .seconds = visit ? (double)vg_visit_took_ns(visit) / 1e9 : 0};
    vg_slice text;

    (void)arg;
    vg_buf_init(&body, 0);
    vg_front_api_of(refused->path)->write_error(arena, refused->status, &out);
    if (answer->status == 0)
        answer->status = out.status;
    answer->content_type = out.content_type;
    if (visit)
        leave_to_stream(visit, arena, refused->status->code, answer);
    text = vg_buf_is_spent(&body) ? (vg_slice){0} : vg_arena_copy(arena, vg_buf_bytes(&body));
    vg_buf_fini(&body);
    return text;
}

/* ---- the front ---- */

static bool make_routers(vg_front *front)
{
    for (int i = 0; i < VG_APIS; i++) {
        front->routers[i] = vg_router_new(apis[i]->rows, sizeof(vg_front_row), apis[i]->count);
        if (!front->routers[i])
            return false;
    }
    return true;
}

/* Rows are numbered from 1 through all tables. */
static void name_routes(vg_front *front)
{
    size_t route = 1;

    for (int i = 0; i < VG_APIS; i++) {
        const vg_front_api *api = apis[i];

        VG_CHECK(route + api->count <= VG_METRIC_ROUTES);
        front->first_routes[api->id] = (uint8_t)route;
        for (size_t row = 0; row < api->count; row++, route++)
            vg_metrics_name_route(front->parts.metrics, (uint8_t)route, api->rows[row].route.method,
                                  api->rows[row].route.path);
    }
}

vg_front *vg_front_new(const vg_front_parts *parts)
{
    vg_front *front = calloc(1, sizeof *front);

    if (!front)
        return NULL;
    VG_CHECK(parts->post);
    front->parts = *parts;
    name_routes(front);
    front->keyless = vg_origin_rule_of(parts->listen, true);
    front->keyed = vg_origin_rule_of(parts->listen, false);
    front->user = (vg_stream_user){
        .on_request = on_request,
        .on_body = on_body,
        .on_gone = on_gone,
        .on_drain = on_drain,
        .on_end = on_end,
        .on_refusal = on_refusal,
        .arg = front,
    };
    if (make_routers(front))
        return front;
    vg_front_free(front);
    return NULL;
}

void vg_front_free(vg_front *front)
{
    if (!front)
        return;
    for (int i = 0; i < VG_APIS; i++)
        vg_router_free(front->routers[i]);
    free(front);
}

const vg_front_parts *vg_front_parts_of(const vg_front *front)
{
    return &front->parts;
}

const vg_stream_user *vg_front_user(vg_front *front)
{
    return &front->user;
}

void vg_front_set_ready(vg_front *front, bool ready)
{
    front->is_ready = ready;
    vg_metrics_set(front->parts.metrics, VG_M_ready, (vg_cell){0}, ready);
}

bool vg_front_is_ready(const vg_front *front)
{
    return front->is_ready;
}

void vg_front_deadline(vg_op *op, const vg_front_in *in, uint64_t timeout_ms)
{
    uint64_t began_ns = in->request->began_ns;
    uint64_t most_ms = (UINT64_MAX - began_ns) / 1000000;
    uint64_t due_ns = timeout_ms < most_ms ? began_ns + timeout_ms * 1000000 : UINT64_MAX;

    if (due_ns < op->deadline_ns)
        op->deadline_ns = due_ns;
}
