/* Failures as RFC 9457 problems: `type` by our code; where it was is a field of the request, a
 * backend, or a place within the gateway. */
#include "vecgate/vector_backend.h"

#include "front/native/native.h"

static bool is_named(const vg_adapter *const *adapters, vg_slice name)
{
    for (; *adapters; adapters++)
        if (vg_slice_is_str(name, (*adapters)->name))
            return true;
    return false;
}

/* "qdrant", or "qdrant http://…" */
static bool is_backend(vg_slice where)
{
    where.len = vg_slice_find(where, ' ');
    return is_named(vg_adapters, where) || is_named(vg_metadata_adapters, where);
}

static const char *place_word(const vg_code_row *row, vg_slice where)
{
    if (is_backend(where))
        return "backend";
    return row->native_http < 500 ? "field" : "where";
}

static void put_text(vg_json_out *json, const char *key, vg_slice text)
{
    vg_json_put_key(json, vg_slice_str(key));
    vg_json_put_text(json, text);
}

void vg_native_write_problem(vg_arena *arena, const vg_status *status, vg_front_out *out)
{
    const vg_code_row *row = vg_code_describe(status->code);
    vg_json_out json = {.buf = out->body};

    vg_buf_clear(out->body);
    out->status = row->native_http;
    out->content_type = VG_LIT("application/problem+json");
    vg_json_open_object(&json);
    put_text(&json, "type", vg_arena_printf(arena, "urn:vecgate:problem:%s", row->metric));
    put_text(&json, "title", vg_slice_str(row->text));
    vg_json_put_key(&json, VG_LIT("status"));
    vg_json_put_u64(&json, row->native_http);
    put_text(&json, "detail", vg_status_what(status));
    if (status->where.len > 0)
        put_text(&json, place_word(row, status->where), status->where);
    if (status->upstream.len > 0)
        put_text(&json, "upstream", status->upstream);
    vg_json_close_object(&json);
}
