/* What the head of a request decides before its body is read: whether a browser may speak for this
 * origin, who it is, which API and which of its rows are meant, whether that one may, whether the
 * body is of a kind that it takes. */
#include <inttypes.h>

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
    vg_origin_rule rule = visit->rule;

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

/* ---- the tenant's limits ---- */

/* As they are when the request comes: they may change meanwhile. */
static void know_limits(vg_visit *visit)
{
    const vg_tenant_quota *quota = visit->front->parts.quota;

    if (quota != NULL)
        visit->limits =
            visit->who != NULL ? vg_tenant_limits_of(quota, visit->who->tenant.name) : quota->each;
}

/* What operators ask costs nothing: a probe is not to fail because somebody asks much. */
static bool has_room(vg_visit *visit)
{
    const vg_front_parts *parts = &visit->front->parts;

    if (parts->rates == NULL || visit->who == NULL || visit->api == &vg_front_admin)
        return true;
    visit->rate = vg_rate_take(parts->rates, &visit->limits, visit->who->tenant.name,
                               vg_loop_now_ns(parts->loop));
    if (visit->rate.wait_ms == 0)
        return true;
    vg_rate_refuse(&visit->rate, &visit->limits, visit->arena, &visit->status);
    vg_metrics_add(parts->metrics, VG_M_tenant_rate_refused_total,
                   (vg_cell){.api = (uint8_t)visit->api->id}, 1);
    return false;
}

uint64_t vg_door_body_bytes(const vg_visit *visit)
{
    const vg_front_parts *parts = &visit->front->parts;
    uint64_t own = visit->limits.body_bytes;

    return own > 0 && own < parts->max_body_bytes ? own : parts->max_body_bytes;
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

static vg_origin_rule rule_of(const vg_front *front)
{
    return vg_gate_is_keyless(front->parts.gate) ? front->keyless : front->keyed;
}

/* Who is not let in learns of no path whether it is there; the log may. */
static vg_door turn_away(vg_visit *visit)
{
    find_row(visit);
    return VG_DOOR_STRANGER;
}

vg_door vg_door_pass(vg_visit *visit)
{
    visit->rule = rule_of(visit->front);
    if (!admits(visit))
        return VG_DOOR_SHUT;
    if (is_preflight(visit))
        return VG_DOOR_ALLOWED;
    if (!vg_entry_know(visit))
        return turn_away(visit);
    know_limits(visit);
    if (has_room(visit) && find_row(visit) && vg_entry_judge(visit) && refuse_unbuilt(visit) &&
        takes_body(visit))
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
    bool any = visit->rule.any_origin;

    if (visit->origin.len == 0 || !vg_origin_admits(visit->rule, visit->origin))
        return;
    add(list, "access-control-allow-origin", any ? VG_LIT("*") : visit->origin);
    if (!any)
        add(list, "vary", VG_LIT("origin"));
    if (is_preflight(visit))
        add_preflight(visit, list);
    else
        add(list, "access-control-expose-headers",
            VG_LIT("x-request-id, x-vecgate-degraded, retry-after, x-ratelimit-limit, "
                   "x-ratelimit-remaining, x-ratelimit-reset"));
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

static void add_number(const vg_visit *visit, struct list *list, const char *name, uint64_t value)
{
    add(list, name, vg_arena_printf(visit->arena, "%" PRIu64, value));
}

static void add_rate(const vg_visit *visit, struct list *list)
{
    if (visit->rate.most == 0)
        return;
    add_number(visit, list, "x-ratelimit-limit", visit->rate.most);
    add_number(visit, list, "x-ratelimit-remaining", visit->rate.left);
    add_number(visit, list, "x-ratelimit-reset", visit->rate.reset_s);
}

uint32_t vg_door_headers(const vg_visit *visit, vg_header *to)
{
    bool has_op = visit->status.code == VG_OK;
    struct list list = {.at = to};

    add(&list, "x-request-id", visit->request_id_text);
    add_origin(visit, &list);
    if (visit->out.status == 405) /* an API may say that there is no such path instead */
        add(&list, "allow", visit->allow);
    if (visit->out.status == 401 && visit->api->id == VG_API_NATIVE)
        add(&list, "www-authenticate", VG_LIT("Bearer")); /* RFC 9110, 11.6.1 */
    add_rate(visit, &list);
    add_retry(visit, has_op ? &visit->op.status : &visit->status, &list);
    if (has_op)
        add(&list, "x-vecgate-degraded", visit->op.degraded);
    for (uint32_t i = 0; i < visit->out.header_count; i++) {
        VG_CHECK(list.count < VG_DOOR_HEADERS);
        list.at[list.count++] = visit->out.headers[i];
    }
    return list.count;
}
