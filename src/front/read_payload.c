/* See read_payload.h. */
#include "front/read_payload.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/number.h"

enum { SAFE_BYTES = 308 }; /* as many digits are below 1e308 */

/* Whole numbers of 64 bits are read as such; they are within as well. */
static bool may_be_beyond(vg_slice text)
{
    return text.len > SAFE_BYTES || memchr(text.at, 'e', text.len) ||
           memchr(text.at, 'E', text.len);
}

static bool is_beyond(vg_slice number)
{
    return may_be_beyond(number) && isinf(vg_number_f64(number));
}

static bool refuse(vg_reader r, vg_slice number, vg_slice where)
{
    vg_status_setf(r.status, r.arena, VG_FORMAT, where,
                   "number out of range: no 64-bit float holds " VG_FMT,
                   (int)(number.len < 80 ? number.len : 80), number.at);
    return false;
}

static bool check_numbers(vg_reader r, const vg_json *v)
{
    const char *at = v->raw.at;

    if (!may_be_beyond(v->raw))
        return true;
    for (uint32_t i = 0; i < v->count; i++) {
        vg_slice number = vg_member_next_number(&at), path;

        if (!is_beyond(number))
            continue;
        path = vg_json_path(r.arena, v);
        return refuse(r, number, vg_arena_printf(r.arena, VG_FMT "[%" PRIu32 "]", VG_ARG(path), i));
    }
    return true;
}

static bool check_value(vg_reader r, const vg_json *v);

static bool check_all(vg_reader r, const vg_json *container)
{
    for (const vg_json *v = container->first; v; v = v->next)
        if (!check_value(r, v))
            return false;
    return true;
}

/* As deep as a body may be. */
static bool check_value(vg_reader r, const vg_json *v)
{
    switch (v->kind) {
    case VG_JSON_NUMBER:
        return !is_beyond(v->raw) || refuse(r, v->raw, vg_json_path(r.arena, v));
    case VG_JSON_VECTOR:
        return check_numbers(r, v);
    case VG_JSON_ARRAY:
    case VG_JSON_OBJECT:
        return check_all(r, v);
    default:
        return true;
    }
}

bool vg_read_payload(vg_reader r, const vg_json *v, vg_slice *out)
{
    if (!vg_member_is_object(r, v) || !check_all(r, v))
        return false;
    *out = v->raw;
    return true;
}
