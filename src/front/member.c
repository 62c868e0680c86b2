/* See member.h. */
#include "front/member.h"

#include <inttypes.h>

#include "vecgate/payload_path.h"

const vg_json *vg_member_get(const vg_json *object, const char *name, const char *other)
{
    const vg_json *v = vg_json_get(object, vg_slice_str(name));

    if (vg_json_is_null(v) && other)
        v = vg_json_get(object, vg_slice_str(other));
    return vg_json_is_null(v) ? NULL : v;
}

const vg_json *vg_member_need(vg_reader r, const vg_json *object, const char *name,
                              const char *other)
{
    const vg_json *v = vg_member_get(object, name, other);

    if (!v)
        vg_member_wrong(r, object, VG_FORMAT, "missing field `%s`", name);
    return v;
}

bool vg_member_wrong(vg_reader r, const vg_json *v, vg_code code, const char *format, ...)
{
    va_list args;
    vg_slice what;

    va_start(args, format);
    what = vg_arena_vprintf(r.arena, format, args);
    va_end(args);
    vg_status_set(r.status, code, what, vg_json_path(r.arena, v));
    return false;
}

bool vg_member_unbuilt(vg_reader r, const vg_json *v, const char *what)
{
    vg_slice path = vg_json_path(r.arena, v);

    vg_status_setf(r.status, r.arena, VG_UNSUPPORTED, path, "`" VG_FMT "`: %s not supported yet",
                   VG_ARG(path), what);
    return false;
}

bool vg_member_bounded(vg_reader r, const vg_json *v, uint64_t count, uint32_t most,
                       const char *what)
{
    vg_slice path;

    if (count <= most)
        return true;
    path = vg_json_path(r.arena, v);
    vg_status_setf(r.status, r.arena, VG_UNSUPPORTED, path,
                   "`" VG_FMT "`: %" PRIu64 " %s are more than the %" PRIu32
                   " that one request may ask for",
                   VG_ARG(path), count, what, most);
    return false;
}

bool vg_member_refuse(vg_reader r, const vg_json *object, const vg_unbuilt *fields)
{
    for (; fields->name; fields++) {
        const vg_json *v = vg_member_get(object, fields->name, fields->other);

        if (v)
            return vg_member_unbuilt(r, v, fields->what);
    }
    return true;
}

bool vg_member_body(vg_reader r, const vg_json *body)
{
    if (body)
        return vg_member_is_object(r, body);
    vg_status_set(r.status, VG_FORMAT,
                  VG_LIT("EOF while parsing a value at line 1 column 0: a JSON object is needed"),
                  (vg_slice){0});
    return false;
}

bool vg_member_is_object(vg_reader r, const vg_json *v)
{
    return v->kind == VG_JSON_OBJECT || vg_json_mismatch(r.arena, v, "an object", r.status);
}

bool vg_member_is_array(vg_reader r, const vg_json *v)
{
    return vg_json_is_array(v) || vg_json_mismatch(r.arena, v, "an array", r.status);
}

bool vg_member_bool(vg_reader r, const vg_json *v, bool *out)
{
    return !v || vg_json_read_bool(r.arena, v, out, r.status);
}

bool vg_member_count(vg_reader r, const vg_json *v, uint32_t least, uint32_t *out)
{
    uint64_t n;

    if (!v)
        return true;
    if (!vg_json_read_u64(r.arena, v, &n, r.status))
        return false;
    if (n < least)
        return vg_member_wrong(
            r, v, VG_RANGE, "value %" PRIu64 " invalid, must be %" PRIu32 " or larger", n, least);
    *out = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
    return true;
}

vg_slice vg_member_next_number(const char **at)
{
    const char *p = *at;
    vg_slice number;

    while (*p == '[' || *p == ',' || *p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
        p++;
    number.at = p;
    while (*p != ',' && *p != ']' && *p != ' ' && *p != '\t' && *p != '\n' && *p != '\r')
        p++;
    number.len = (size_t)(p - number.at);
    *at = p;
    return number;
}

bool vg_member_path(vg_reader r, const vg_json *v, vg_slice *out)
{
    if (!vg_json_read_text(r.arena, v, out, r.status))
        return false;
    return vg_path_is(*out) || vg_member_wrong(r, v, VG_FORMAT, "Invalid json path: '" VG_FMT "'",
                                               (int)(out->len < 200 ? out->len : 200), out->at);
}
