/* Reading an object whose fields are all known: the native API refuses what it does not know, because a
 * misspelt limit that is silently ignored is worse than an error. */
#include "front/native/native.h"

#include <inttypes.h>

#include "base/nearest.h"

enum { FIELDS = 16, TIMEOUT_S = 3600 };

static bool unknown_field(vg_arena *arena, const vg_json *member, const field *fields, size_t count,
                          vg_status *status)
{
    const char *names[FIELDS];
    const char *near;

    for (size_t i = 0; i < count; i++)
        names[i] = fields[i].name;
    near = vg_nearest(member->key, names, count);
    vg_status_setf(status, arena, VG_INVALID, vg_json_path(arena, member),
                   near ? "unknown field; did you mean \"%s\"?" : "unknown field", near);
    return false;
}

static const field *find_field(const field *fields, size_t count, vg_slice name)
{
    for (size_t i = 0; i < count; i++)
        if (vg_slice_is_str(name, fields[i].name))
            return &fields[i];
    return NULL;
}

static bool has_needed(vg_arena *arena, const vg_json *object, const field *f, vg_status *status)
{
    vg_slice path, where;

    if (!f->need || *f->at)
        return true;
    path = vg_json_path(arena, object);
    where = vg_arena_printf(arena, VG_FMT "%s%s", VG_ARG(path), path.len > 0 ? "." : "", f->name);
    vg_status_set(status, VG_INVALID, VG_LIT("this field is required"), where);
    return false;
}

bool read_fields(vg_arena *arena, const vg_json *object, const field *fields, size_t count,
                 vg_status *status)
{
    const vg_json *twice;

    if (!object || object->kind != VG_JSON_OBJECT)
        return object ? vg_json_mismatch(arena, object, "an object", status)
                      : (vg_status_set(status, VG_FORMAT, VG_LIT("a JSON body is required"),
                                       (vg_slice){0}),
                         false);
    twice = vg_json_repeated(object);
    if (twice) {
        vg_status_set(status, VG_INVALID, VG_LIT("this field comes twice"),
                      vg_json_path(arena, twice));
        return false;
    }
    for (const vg_json *member = object->first; member; member = member->next) {
        const field *f = find_field(fields, count, member->key);

        if (!f)
            return unknown_field(arena, member, fields, count, status);
        *f->at = vg_json_is_null(member) ? NULL : member;
    }
    for (size_t i = 0; i < count; i++)
        if (!has_needed(arena, object, &fields[i], status))
            return false;
    return true;
}

bool read_bool(vg_arena *arena, const vg_json *v, bool *out, vg_status *status)
{
    return !v || vg_json_read_bool(arena, v, out, status);
}

bool read_count(vg_arena *arena, const vg_json *v, uint32_t least, uint32_t most, uint32_t *out,
                vg_status *status)
{
    uint64_t value;

    if (!v)
        return true;
    if (!vg_json_read_u64(arena, v, &value, status))
        return false;
    if (value < least || value > most) {
        vg_status_setf(status, arena, VG_RANGE, vg_json_path(arena, v),
                       "must be from %" PRIu32 " to %" PRIu32 ", got %" PRIu64, least, most, value);
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

bool read_id(vg_arena *arena, const vg_json *v, vg_point_id *out, vg_status *status)
{
    *out = (vg_point_id){0};
    if (v->kind == VG_JSON_NUMBER) {
        out->kind = VG_ID_NUM;
        return vg_json_read_u64(arena, v, &out->num, status);
    }
    if (v->kind != VG_JSON_STRING)
        return vg_json_mismatch(arena, v, "an unsigned integer or a string as an id", status);
    if (vg_point_id_read_uuid(v->text, out))
        return true;
    if (v->text.len < 1 || v->text.len > VG_ID_TEXT_MAX) {
        vg_status_setf(status, arena, VG_RANGE, vg_json_path(arena, v),
                       "an id must have from 1 to %d bytes, got %zu", VG_ID_TEXT_MAX, v->text.len);
        return false;
    }
    out->kind = VG_ID_TEXT;
    out->text = v->text;
    return true;
}

static bool read_timeout(const vg_front_in *in, vg_op *op, vg_slice value, vg_status *status)
{
    uint64_t seconds = 0;

    if (!vg_slice_u64(value, &seconds) || seconds < 1 || seconds > TIMEOUT_S) {
        vg_status_setf(status, op->arena, VG_RANGE_QUERY, VG_LIT("timeout"),
                       "must be whole seconds from 1 to %d", TIMEOUT_S);
        return false;
    }
    vg_front_deadline(op, in, seconds * 1000);
    return true;
}

bool read_query(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_slice rest = in->request->query, name, value;
    bool bad = false;

    while (vg_query_next(op->arena, &rest, &name, &value, &bad)) {
        if (!vg_slice_is(name, VG_LIT("timeout"))) {
            vg_status_set(status, VG_QUERY, VG_LIT("unknown parameter; this path takes \"timeout\""),
                          name);
            return false;
        }
        if (!read_timeout(in, op, value, status))
            return false;
    }
    if (!bad)
        return true;
    vg_status_set(status, VG_QUERY, VG_LIT("a percent sign must be followed by two hex digits"),
                  in->request->query);
    return false;
}
