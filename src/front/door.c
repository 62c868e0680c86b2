/* What the head of a request decides before its body is read: whether a browser may speak for this
 * origin, which API and which of its rows are meant, whether the body is of a kind that it takes.
 */
#include "base/check.h"
#include "base/utf8.h"
#include "front/visit.h"

static vg_slice header(const vg_visit *visit, const char *name)
{
    return vg_request_header(visit->request, vg_slice_str(name));
}

static bool wrong(vg_visit *visit, vg_code code, vg_slice what)
{
    vg_status_set(&visit->status, code, what, (vg_slice){0});
    return false;
}

/* ---- host and origin ---- */

static bool admits(vg_visit *visit)
{
    vg_origin_rule rule = visit->front->rule;

    visit->origin = header(visit, "origin");
    if (!vg_origin_admits_host(rule, visit->request->host))
        return wrong(visit, VG_FORBIDDEN,
                     VG_LIT("This gateway has no credentials and answers only to names of this "
                            "machine: use localhost or 127.0.0.1 as host"));
    if (!vg_origin_admits(rule, visit->origin))
        return wrong(visit, VG_FORBIDDEN,
                     VG_LIT("This gateway has no credentials and answers only pages of this "
                            "machine"));
    return true;
}

static bool is_preflight(const vg_visit *visit)
{
    return visit->origin.len > 0 && vg_slice_is(visit->request->method, VG_LIT("OPTIONS")) &&
           header(visit, "access-control-request-method").len > 0;
}

/* ---- the row ---- */

static bool refuse_unbuilt(vg_visit *visit)
{
    const vg_front_row *row = visit->row;

    if (!row->refuses)
        return true;
    vg_status_setf(&visit->status, visit->arena, VG_UNSUPPORTED, (vg_slice){0},
                   "%s not supported yet (%s %s)", row->refuses, row->route.method,
                   row->route.path);
    return false;
}

/* Names and ids are texts: other bytes could not be told in any answer, and so not be found again.
 */
static bool read_param(vg_visit *visit, vg_slice segment, vg_slice *out)
{
    if (!vg_path_segment(visit->arena, segment, out))
        return wrong(visit, VG_PATH, VG_LIT("a percent escape is not well formed"));
    return vg_utf8_check(*out) == out->len ||
           wrong(visit, VG_PATH, VG_LIT("a name or an id is not UTF-8"));
}

static bool read_params(vg_visit *visit, const vg_match *match)
{
    for (int i = 0; i < VG_ROUTE_PARAMS && match->params[i].at; i++)
        if (!read_param(visit, match->params[i], &visit->in.params[i]))
            return false;
    return true;
}

static bool find_row(vg_visit *visit)
{
    const vg_router *router = vg_front_router_of(visit->front, visit->api);
    vg_match match = vg_router_find(router, visit->request->method, visit->request->path);

    visit->row = match.row;
    if (match.row)
        return read_params(visit, &match);
    visit->allow = match.allow;
    return wrong(visit, match.path_known ? VG_NO_METHOD : VG_NO_ROUTE, (vg_slice){0});
}

static bool takes_body(vg_visit *visit)
{
    const vg_request *request = visit->request;

    return !request->has_body || !visit->api->takes || visit->api->takes(request) ||
           wrong(visit, VG_MEDIA_TYPE, (vg_slice){0});
}

vg_door vg_door_pass(vg_visit *visit)
{
    if (!admits(visit))
        return VG_DOOR_SHUT;
    if (is_preflight(visit))
        return VG_DOOR_ALLOWED;
    if (find_row(visit) && refuse_unbuilt(visit) && takes_body(visit))
        return VG_DOOR_OPEN;
    return VG_DOOR_WRONG;
}

/* ---- headers ---- */

struct list {
    vg_header *at;
    uint32_t count;
};

static void add(struct list *list, const char *name, vg_slice value)
{
    VG_CHECK(list->count < VG_DOOR_HEADERS);
    if (value.len > 0)
        list->at[list->count++] = (vg_header){vg_slice_str(name), value};
}

static void add_preflight(const vg_visit *visit, struct list *list)
{
    add(list, "access-control-allow-methods", VG_LIT("GET, POST, PUT, PATCH, DELETE, OPTIONS"));
    add(list, "access-control-allow-headers", header(visit, "access-control-request-headers"));
    add(list, "access-control-max-age", VG_LIT("3600"));
}

/* No cookies are used, so none are allowed. */
static void add_origin(const vg_visit *visit, struct list *list)
{
    bool any = visit->front->rule.any_origin;

    if (visit->origin.len == 0 || !vg_origin_admits(visit->front->rule, visit->origin))
        return;
    add(list, "access-control-allow-origin", any ? VG_LIT("*") : visit->origin);
    if (!any)
        add(list, "vary", VG_LIT("origin"));
    if (is_preflight(visit))
        add_preflight(visit, list);
    else
        add(list, "access-control-expose-headers",
            VG_LIT("x-request-id, x-vecgate-degraded, retry-after"));
}

/* Whole seconds, rounded up. What was refused for want of room may come again soon. */
static void add_retry(const vg_visit *visit, const vg_status *status, struct list *list)
{
    uint32_t ms = status->retry_after_ms;

    if (ms == 0 && (status->code == VG_THROTTLED || status->code == VG_OVERLOADED))
        ms = 1000;
    if (ms > 0)
        add(list, "retry-after", vg_arena_printf(visit->arena, "%u", ms / 1000 + (ms % 1000 > 0)));
}

uint32_t vg_door_headers(const vg_visit *visit, vg_header *to)
{
    bool has_op = visit->status.code == VG_OK;
    struct list list = {.at = to};

    add(&list, "x-request-id", visit->request_id_text);
    add_origin(visit, &list);
    if (visit->out.status == 405) /* an API may say that there is no such path instead */
        add(&list, "allow", visit->allow);
    add_retry(visit, has_op ? &visit->op.status : &visit->status, &list);
    if (has_op)
        add(&list, "x-vecgate-degraded", visit->op.degraded);
    for (uint32_t i = 0; i < visit->out.header_count; i++) {
        VG_CHECK(list.count < VG_DOOR_HEADERS);
        list.at[list.count++] = visit->out.headers[i];
    }
    return list.count;
}
