/* Failures and the envelope as Qdrant says them (FACTS 1.1 and 1.2). A status's `where` is shown
 * where it is a place in the request; elsewhere it may name a backend, which is nobody's business.
 */
#include "front/qdrant_rest/qdrant.h"

/* Qdrant reports no time for what failed before it began. */
static bool is_before_work(vg_code code)
{
    switch (code) {
    case VG_FORMAT:
    case VG_QUERY:
    case VG_PATH:
    case VG_RANGE:
    case VG_RANGE_QUERY:
    case VG_RANGE_PATH:
        return true;
    default:
        return false;
    }
}

static vg_slice text_of(vg_arena *arena, const vg_status *status)
{
    const char *prefix = vg_code_describe(status->code)->qdrant_prefix;
    vg_slice what = vg_status_what(status), where = status->where;

    switch (status->code) {
    case VG_RANGE:
    case VG_RANGE_QUERY:
    case VG_RANGE_PATH:
        return vg_arena_printf(arena, "%s[" VG_FMT ": " VG_FMT "]", prefix, VG_ARG(where),
                               VG_ARG(what));
    case VG_FORMAT:
        if (where.len > 0)
            return vg_arena_printf(arena, "%s" VG_FMT ": " VG_FMT, prefix, VG_ARG(where),
                                   VG_ARG(what));
        break;
    default:
        break;
    }
    return vg_arena_printf(arena, "%s" VG_FMT, prefix, VG_ARG(what));
}

static void put_envelope(vg_front_out *out, vg_slice text, double seconds)
{
    vg_json_out json = {.buf = out->body};

    vg_json_open_object(&json);
    vg_json_put_name(&json, VG_JSON_NAME("status"));
    vg_json_open_object(&json);
    vg_json_put_name(&json, VG_JSON_NAME("error"));
    vg_json_put_text(&json, text);
    vg_json_close_object(&json);
    vg_json_put_name(&json, VG_JSON_NAME("time"));
    vg_json_put_f64(&json, seconds);
    vg_json_close_object(&json);
}

void vg_error_write(vg_arena *arena, const vg_status *status, vg_front_out *out)
{
    vg_buf_clear(out->body);
    out->status = vg_code_describe(status->code)->qdrant_http;
    if (status->code == VG_NO_ROUTE || status->code == VG_NO_METHOD) {
        out->content_type = (vg_slice){0};
    } else if (status->code == VG_UNAUTHENTICATED) {
        out->content_type = VG_LIT("text/plain; charset=utf-8");
        vg_buf_put(out->body, vg_status_what(status));
    } else {
        out->content_type = VG_LIT("application/json");
        put_envelope(out, text_of(arena, status), is_before_work(status->code) ? 0 : out->seconds);
    }
}

void vg_envelope_open(vg_json_out *json, vg_front_out *out)
{
    *json = (vg_json_out){.buf = out->body};
    vg_json_open_object(json);
    vg_json_put_name(json, VG_JSON_NAME("result"));
}

void vg_envelope_close(vg_json_out *json, const vg_front_out *out)
{
    vg_json_put_name(json, VG_JSON_NAME("status"));
    vg_json_put_text(json, VG_LIT("ok"));
    vg_json_put_name(json, VG_JSON_NAME("time"));
    vg_json_put_f64(json, out->seconds);
    vg_json_close_object(json);
}
