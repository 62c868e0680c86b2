/* See payload.h. */
#include "engine/payload.h"

vg_slice vg_payload_copy(vg_arena *arena, vg_slice text)
{
    char *copy = vg_arena_take(arena, text.len + VG_JSON_PAD);

    if (!copy)
        return (vg_slice){0};
    if (text.len > 0)
        memcpy(copy, text.at, text.len);
    memset(copy + text.len, 0, VG_JSON_PAD);
    return vg_slice_of(copy, text.len);
}

static bool too_large(vg_status *status)
{
    vg_status_set(status, VG_TOO_LARGE, VG_LIT("a payload needs more memory than there is for it"),
                  (vg_slice){0});
    return false;
}

bool vg_payload_read(vg_arena *arena, vg_slice text, const vg_json **out, vg_status *status)
{
    vg_slice copy;

    *out = NULL;
    if (text.len == 0)
        return true;
    copy = vg_payload_copy(arena, text);
    if (copy.at)
        *out = vg_json_read(arena, copy, VG_JSON_DEPTH, NULL);
    if (vg_arena_is_spent(arena))
        return too_large(status);
    if (*out && (*out)->kind == VG_JSON_OBJECT)
        return true;
    vg_status_set(status, VG_BACKEND_ERROR,
                  VG_LIT("the store is damaged: a payload is no JSON object"), VG_LIT("points.db"));
    return false;
}
