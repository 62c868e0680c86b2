/* Ids of points, in bodies and in paths. */
#include <inttypes.h>

#include "base/number.h"
#include "front/native/native.h"

static const char wanted[] = "an unsigned integer or a string as an id";

static bool read_text(vg_arena *arena, vg_slice text, vg_point_id *out, vg_status *status)
{
    if (vg_point_id_read_uuid(text, out))
        return true;
    *out = (vg_point_id){.kind = VG_ID_TEXT, .text = text};
    if (text.len >= 1 && text.len <= VG_ID_TEXT_MAX)
        return true;
    vg_status_setf(status, arena, VG_RANGE, (vg_slice){0},
                   "an id must have from 1 to %d bytes, got %zu", VG_ID_TEXT_MAX, text.len);
    return false;
}

bool vg_native_read_id(vg_arena *arena, const vg_json *v, vg_point_id *out, vg_status *status)
{
    *out = (vg_point_id){.kind = VG_ID_NUM};
    if (v->kind == VG_JSON_NUMBER && vg_number_u64(v->raw, &out->num))
        return true;
    if (v->kind != VG_JSON_STRING)
        return vg_json_mismatch(arena, v, wanted, status);
    if (read_text(arena, v->text, out, status))
        return true;
    status->where = vg_json_path(arena, v);
    return false;
}

bool vg_native_read_path_id(vg_arena *arena, vg_slice text, vg_point_id *out, vg_status *status)
{
    *out = (vg_point_id){.kind = VG_ID_NUM};
    if (vg_slice_u64(text, &out->num) || read_text(arena, text, out, status))
        return true;
    status->code = VG_RANGE_PATH;
    status->where = VG_LIT("id");
    return false;
}

bool vg_native_is_filled_list(vg_arena *arena, const vg_json *list, vg_status *status)
{
    if (!vg_json_is_array(list))
        return vg_json_mismatch(arena, list, "an array", status);
    if (list->count > 0)
        return true;
    vg_status_set(status, VG_INVALID, VG_LIT("one element at least is needed"),
                  vg_json_path(arena, list));
    return false;
}

static bool begins_number(char c)
{
    return c == '-' || (c >= '0' && c <= '9');
}

/* The next one of a list that is known to hold numbers. */
static vg_slice take_number(vg_slice *rest)
{
    const char *end = rest->at + rest->len;
    const char *bad;
    vg_slice number;

    while (!begins_number(*rest->at))
        *rest = vg_slice_skip(*rest, 1);
    number = vg_slice_of(rest->at, (size_t)(vg_number_skip(rest->at, end, &bad) - rest->at));
    *rest = vg_slice_skip(*rest, number.len);
    return number;
}

/* An array of plain numbers is one node: its ids are read from its text. */
static bool read_numbers(vg_arena *arena, const vg_json *list, vg_point_id *ids, vg_status *status)
{
    vg_slice rest = list->raw, path;

    for (uint32_t i = 0; i < list->count; i++) {
        vg_slice number = take_number(&rest);

        ids[i].kind = VG_ID_NUM;
        if (vg_number_u64(number, &ids[i].num))
            continue;
        path = vg_json_path(arena, list);
        vg_status_setf(status, arena, VG_FORMAT,
                       vg_arena_printf(arena, VG_FMT "[%" PRIu32 "]", VG_ARG(path), i),
                       "expected %s, got the number " VG_FMT, wanted, VG_ARG(number));
        return false;
    }
    return true;
}

bool vg_native_read_ids(vg_arena *arena, const vg_json *list, const id_list *to, vg_status *status)
{
    vg_point_id *ids;

    if (!vg_native_is_filled_list(arena, list, status))
        return false;
    ids = VG_TAKE_N(arena, vg_point_id, list->count);
    if (!ids)
        return vg_native_no_memory(status);
    *to->at = ids;
    *to->count = list->count;
    if (list->kind == VG_JSON_VECTOR)
        return read_numbers(arena, list, ids, status);
    for (const vg_json *at = list->first; at; at = at->next, ids++)
        if (!vg_native_read_id(arena, at, ids, status))
            return false;
    return true;
}
