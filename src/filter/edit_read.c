/* See edit.h: what is asked for, read once, and the frame of every edit, from the stored text to
 * the new one. */
#include <stdlib.h>

#include "filter/edit_walk.h"

bool vg_edit_spent(vg_status *status)
{
    vg_status_set(status, VG_TOO_LARGE, (vg_slice){0}, VG_LIT("payload"));
    return false;
}

/* ---- the members of an object ---- */

static int by_key_then_place(const void *a, const void *b)
{
    const vg_edit_member *left = a, *right = b;
    int order = vg_slice_cmp(left->key, right->key);

    return order != 0 ? order : (left->place > right->place) - (left->place < right->place);
}

static int by_place(const void *a, const void *b)
{
    const vg_edit_member *left = a, *right = b;

    return (left->place > right->place) - (left->place < right->place);
}

/* Of equal neighbours the first stays, with the last's value. */
static uint32_t unite(vg_edit_member *at, uint32_t count)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < count; i++)
        if (kept > 0 && vg_slice_is(at[kept - 1].key, at[i].key))
            at[kept - 1].value = at[i].value;
        else
            at[kept++] = at[i];
    return kept;
}

/* In their order. `at` is NULL when the arena is spent. */
vg_edit_members vg_edit_members_of(vg_arena *arena, const vg_json *object)
{
    vg_edit_members of = {
        .at = VG_TAKE_N(arena, vg_edit_member, (object ? object->count : 0) + (size_t)1)};

    if (!of.at || !object)
        return of;
    for (const vg_json *child = object->first; child; child = child->next) {
        of.at[of.count] = (vg_edit_member){child->key, child, of.count};
        of.count++;
    }
    qsort(of.at, of.count, sizeof *of.at, by_key_then_place);
    of.count = unite(of.at, of.count);
    qsort(of.at, of.count, sizeof *of.at, by_place);
    return of;
}

/* ---- what is asked for ---- */

/* Levels of nesting, `value` included; a vector and an empty array are one. */
static int depth_of(const vg_json *value)
{
    int deepest = 0;

    if (value->kind != VG_JSON_OBJECT && !vg_json_is_array(value))
        return 0;
    for (const vg_json *child = value->first; child; child = child->next) {
        int depth = depth_of(child);

        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

static bool fill_patch(vg_arena *arena, const vg_json *object, vg_patch *out)
{
    vg_edit_members of = vg_edit_members_of(arena, object);
    vg_edit_member *by_key = VG_TAKE_N(arena, vg_edit_member, (size_t)of.count + 1);

    *out = (vg_patch){.members = of.at, .by_key = by_key, .count = of.count, .depth = 1};
    if (!of.at || !by_key)
        return false;
    for (uint32_t i = 0; i < of.count; i++) {
        int depth = 1 + depth_of(of.at[i].value);

        out->depth = depth > out->depth ? depth : out->depth;
        of.at[i].place = i;
        by_key[i] = of.at[i];
    }
    qsort(by_key, of.count, sizeof *by_key, by_key_then_place);
    return true;
}

bool vg_patch_read(vg_arena *arena, vg_slice text, vg_patch *out, vg_status *status)
{
    const vg_json *object = vg_json_read(arena, text, VG_JSON_DEPTH, NULL);

    if (object && object->kind == VG_JSON_OBJECT)
        return fill_patch(arena, object, out) || vg_edit_spent(status);
    if (vg_arena_is_spent(arena))
        return vg_edit_spent(status);
    vg_status_set(status, VG_INVALID, VG_LIT("a payload must be a JSON object"), VG_LIT("payload"));
    return false;
}

bool vg_edit_path(vg_arena *arena, vg_slice text, vg_slice field, vg_path *out, vg_status *status)
{
    switch (vg_path_read(arena, text, out)) {
    case VG_PATH_OK:
        return true;
    case VG_PATH_WRONG:
        vg_status_setf(status, arena, VG_INVALID, field, "Invalid json path: '" VG_FMT "'",
                       VG_ARG(text));
        return false;
    case VG_PATH_NO_MEMORY:
        break;
    }
    return vg_edit_spent(status);
}

int vg_edit_step_cmp(const vg_path_step *a, const vg_path_step *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->kind == VG_PATH_KEY)
        return vg_slice_cmp(a->key, b->key);
    return a->kind == VG_PATH_INDEX ? (a->index > b->index) - (a->index < b->index) : 0;
}

/* A path comes right before those that begin with it. */
static int path_cmp(const void *a, const void *b)
{
    const vg_path *left = a, *right = b;

    for (uint32_t i = 0; i < left->count && i < right->count; i++) {
        int order = vg_edit_step_cmp(&left->steps[i], &right->steps[i]);

        if (order != 0)
            return order;
    }
    return (left->count > right->count) - (left->count < right->count);
}

bool vg_removal_read(vg_arena *arena, const vg_slice *texts, uint32_t count, vg_removal *out,
                     vg_status *status)
{
    vg_path *paths = VG_TAKE_N(arena, vg_path, (size_t)count + 1);

    if (!paths)
        return vg_edit_spent(status);
    for (uint32_t i = 0; i < count; i++) {
        vg_status found = {0};

        if (vg_edit_path(arena, texts[i], (vg_slice){0}, &paths[i], &found))
            continue;
        vg_status_set(status, found.code, found.what, vg_arena_printf(arena, "keys[%u]", i));
        return false;
    }
    qsort(paths, count, sizeof *paths, path_cmp);
    *out = (vg_removal){.paths = paths, .count = count};
    return true;
}

/* ---- an edit from end to end ---- */

void vg_edit_put_member(vg_edit_walk *w, vg_slice key, const vg_json *value)
{
    vg_json_put_key(&w->out, key);
    vg_json_put_raw(&w->out, value->raw);
}

bool vg_edit_is_in_size(vg_edit_walk *w)
{
    if (w->buf.len <= w->most_bytes)
        return true;
    vg_status_setf(w->status, w->arena, VG_TOO_LARGE, VG_LIT("payload"),
                   "the payload would be larger than %zu bytes", w->most_bytes);
    return false;
}

/* The stored payload, whose every container can be read: depth needs no check on raw text. */
static const vg_json *read_stored(vg_arena *arena, vg_slice payload, vg_status *status)
{
    static const vg_json empty = {.kind = VG_JSON_OBJECT, .raw = VG_LIT_INIT("{}")};
    const vg_json *document = &empty;

    if (payload.len > 0)
        document = vg_json_read(arena, payload, VG_JSON_DEPTH, NULL);
    if (document && document->kind == VG_JSON_OBJECT)
        return document;
    if (vg_arena_is_spent(arena))
        vg_edit_spent(status);
    else
        vg_status_set(status, VG_BACKEND_ERROR, VG_LIT("a stored payload is no JSON object"),
                      VG_LIT("payload"));
    return NULL;
}

static vg_slice take_text(vg_edit_walk *w)
{
    vg_slice text = vg_buf_bytes(&w->buf);
    char *at;

    if (vg_buf_is_spent(&w->buf)) {
        vg_status_set(w->status, VG_OVERLOADED, VG_LIT(VG_STARVED), VG_LIT("payload"));
        return (vg_slice){0};
    }
    at = vg_arena_take(w->arena, text.len + VG_JSON_PAD);
    if (!at) {
        vg_edit_spent(w->status);
        return (vg_slice){0};
    }
    memcpy(at, text.at, text.len);
    memset(at + text.len, 0, VG_JSON_PAD);
    return vg_slice_of(at, text.len);
}

vg_slice vg_edit_run(vg_edit_walk *w, vg_slice payload, vg_edit_fn *put)
{
    const vg_json *document = read_stored(w->arena, payload, w->status);
    vg_slice text = {0};

    if (!document)
        return text;
    w->most_bytes = payload.len > VG_EDIT_MOST_BYTES ? payload.len : VG_EDIT_MOST_BYTES;
    vg_buf_init(&w->buf, 0);
    w->out = (vg_json_out){.buf = &w->buf};
    if (put(w, document) && vg_edit_is_in_size(w))
        text = take_text(w);
    vg_buf_fini(&w->buf);
    return text;
}
