/* The order of a field's values, of scrolls and of queries (FACTS 6). */
#include "base/datetime.h"
#include "base/number.h"
#include "front/qdrant_rest/read_select.h"

static bool read_direction(vg_reader r, const vg_json *v, bool *descends)
{
    vg_slice word;

    if (!v)
        return true;
    if (!vg_json_read_text(r.arena, v, &word, r.status))
        return false;
    *descends = vg_slice_is(word, VG_LIT("desc"));
    return *descends || vg_slice_is(word, VG_LIT("asc")) ||
           vg_member_wrong(r, v, VG_FORMAT,
                           "unknown variant `" VG_FMT "`, expected `asc` or `desc`",
                           (int)(word.len < 80 ? word.len : 80), word.at);
}

static bool read_start(vg_reader r, const vg_json *v, vg_order_by *out)
{
    vg_order_value *start = &out->start;

    if (!v)
        return true;
    out->has_start = true;
    start->is_integer = v->kind == VG_JSON_STRING
                            ? vg_datetime_read(v->text, &start->integer)
                            : v->kind == VG_JSON_NUMBER && vg_number_i64(v->raw, &start->integer);
    if (start->is_integer)
        return true;
    if (v->kind == VG_JSON_NUMBER)
        return vg_json_read_f64(r.arena, v, &start->real, r.status);
    return vg_json_mismatch(r.arena, v, "a number or a date-time of RFC 3339", r.status);
}

/* A key, or {"key", "direction", "start_from"}. */
bool vg_read_order(vg_reader r, const vg_json *v, vg_order_by *out)
{
    const vg_json *key = v;

    if (!v)
        return true;
    if (v->kind == VG_JSON_OBJECT)
        key = vg_member_need(r, v, "key", NULL);
    if (!key || !vg_member_path(r, key, &out->key))
        return false;
    return key == v || (read_direction(r, vg_member_get(v, "direction", NULL), &out->descends) &&
                        read_start(r, vg_member_get(v, "start_from", NULL), out));
}
