/* Failures as RFC 9457 problems: `type` by our code, the field in `where`. */
#include "front/native/native.h"

void write_problem(vg_arena *arena, const vg_status *status, vg_front_out *out)
{
    const vg_code_row *row = vg_code_describe(status->code);
    vg_json_out json = {.buf = out->body};

    vg_buf_clear(out->body);
    out->status = row->native_http;
    out->content_type = VG_LIT("application/problem+json");
    vg_json_open_object(&json);
    vg_json_put_key(&json, VG_LIT("type"));
    vg_json_put_text(&json, vg_arena_printf(arena, "urn:vecgate:problem:%s", row->metric));
    vg_json_put_key(&json, VG_LIT("title"));
    vg_json_put_text(&json, vg_slice_str(row->text));
    vg_json_put_key(&json, VG_LIT("status"));
    vg_json_put_u64(&json, row->native_http);
    vg_json_put_key(&json, VG_LIT("detail"));
    vg_json_put_text(&json, vg_status_what(status));
    if (status->where.len > 0) {
        vg_json_put_key(&json, VG_LIT("field"));
        vg_json_put_text(&json, status->where);
    }
    if (status->upstream.len > 0) {
        vg_json_put_key(&json, VG_LIT("upstream"));
        vg_json_put_text(&json, status->upstream);
    }
    vg_json_close_object(&json);
}
