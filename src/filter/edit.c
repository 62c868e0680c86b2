/* See edit.h: merging. One walk down the way, which may part at [] and may lead where nothing is
 * yet; what lies beside it goes through as raw text. */
#include "filter/edit.h"

#include "filter/edit_walk.h"

/* Where the patch has that name; patch->count: nowhere. */
static uint32_t find(const vg_patch *patch, vg_slice key)
{
    uint32_t from = 0, to = patch->count;

    while (from < to) {
        uint32_t mid = from + (to - from) / 2;
        int order = vg_slice_cmp(patch->by_key[mid].key, key);

        if (order == 0)
            return patch->by_key[mid].place;
        if (order < 0)
            from = mid + 1;
        else
            to = mid;
    }
    return patch->count;
}

/* Is a container at this depth still to be read again? Tells when not. */
static bool is_in_depth(vg_edit_walk *w, int depth)
{
    if (depth <= VG_JSON_DEPTH)
        return true;
    vg_status_setf(w->status, w->arena, VG_INVALID, VG_LIT("payload"),
                   "a payload may be nested %d levels deep, this one would be deeper",
                   VG_JSON_DEPTH);
    return false;
}

static void put_new(vg_edit_walk *w, const bool *is_put)
{
    for (uint32_t i = 0; i < w->patch->count; i++) {
        const vg_edit_member *member = &w->patch->members[i];

        if (!is_put[i] && !vg_json_is_null(member->value))
            vg_edit_put_member(w, member->key, member->value);
    }
}

/* The patch over an object; NULL: over nothing. */
static bool put_merged(vg_edit_walk *w, const vg_json *object, int depth)
{
    vg_edit_members own = vg_edit_members_of(w->arena, object);
    bool *is_put = VG_TAKE_N(w->arena, bool, (size_t)w->patch->count + 1);

    if (!is_in_depth(w, depth + w->patch->depth - 1))
        return false;
    if (!own.at || !is_put)
        return vg_edit_spent(w->status);
    vg_json_open_object(&w->out);
    for (uint32_t i = 0; i < own.count; i++) {
        uint32_t at = find(w->patch, own.at[i].key);

        if (at == w->patch->count) {
            vg_edit_put_member(w, own.at[i].key, own.at[i].value);
            continue;
        }
        is_put[at] = true;
        if (!vg_json_is_null(w->patch->members[at].value))
            vg_edit_put_member(w, own.at[i].key, w->patch->members[at].value);
    }
    put_new(w, is_put);
    vg_json_close_object(&w->out);
    return true;
}

/* What `value` (NULL: nothing) becomes, whose way here had `done` steps. */
static bool put_at(vg_edit_walk *w, const vg_json *value, uint32_t done);

static bool put_object(vg_edit_walk *w, const vg_json *object, uint32_t done)
{
    vg_edit_members own = vg_edit_members_of(w->arena, object);
    vg_slice key = w->path->steps[done].key;
    bool is_done = false;

    if (!own.at)
        return vg_edit_spent(w->status);
    vg_json_open_object(&w->out);
    for (uint32_t i = 0; i < own.count; i++) {
        if (!vg_slice_is(own.at[i].key, key)) {
            vg_edit_put_member(w, own.at[i].key, own.at[i].value);
            continue;
        }
        is_done = true;
        vg_json_put_key(&w->out, key);
        if (!put_at(w, own.at[i].value, done + 1))
            return false;
    }
    if (!is_done) {
        vg_json_put_key(&w->out, key);
        if (!put_at(w, NULL, done + 1))
            return false;
    }
    vg_json_close_object(&w->out);
    return true;
}

/* One element among the others, which go through as they are. */
static bool put_element(vg_edit_walk *w, const vg_json *array, uint32_t done)
{
    uint64_t index = w->path->steps[done].index;
    const vg_json *child = array->first;
    vg_slice old = vg_json_number_at(array, index);
    const char *end = array->raw.at + array->raw.len;

    if (index >= array->count) {
        vg_json_put_raw(&w->out, array->raw);
        return true;
    }
    for (uint64_t i = 0; child && i < index; i++)
        child = child->next;
    if (child)
        old = child->raw;
    vg_json_put_raw(&w->out, vg_slice_of(array->raw.at, (size_t)(old.at - array->raw.at)));
    w->out.comma = false;
    if (!put_at(w, child, done + 1))
        return false;
    vg_buf_put(&w->buf, vg_slice_of(old.at + old.len, (size_t)(end - old.at) - old.len));
    return true;
}

/* Numbers of a vector have no nodes: what comes where one is, comes where nothing is. */
static bool put_elements(vg_edit_walk *w, const vg_json *array, uint32_t done)
{
    const vg_json *child = array->first;

    vg_json_open_array(&w->out);
    for (uint32_t i = 0; i < array->count; i++) {
        if (!put_at(w, child, done + 1))
            return false;
        child = child ? child->next : NULL;
    }
    vg_json_close_array(&w->out);
    return true;
}

static bool put_array(vg_edit_walk *w, const vg_json *array, uint32_t done)
{
    if (!vg_json_is_array(array)) {
        vg_json_put_raw(&w->out, VG_LIT("[]"));
        return true;
    }
    if (w->path->steps[done].kind == VG_PATH_INDEX)
        return put_element(w, array, done);
    return put_elements(w, array, done);
}

/* Each step is a level down, so the depth that may be read bounds this too. */
static bool put_at(vg_edit_walk *w, const vg_json *value, uint32_t done)
{
    const vg_path_step *step = done < w->path->count ? &w->path->steps[done] : NULL;
    int depth = (int)done + 1;

    if (!is_in_depth(w, depth) || !vg_edit_is_in_size(w))
        return false;
    if (step && step->kind != VG_PATH_KEY)
        return put_array(w, value, done);
    if (value && value->kind != VG_JSON_OBJECT)
        value = NULL;
    return step ? put_object(w, value, done) : put_merged(w, value, depth);
}

static bool merge(vg_edit_walk *w, const vg_json *payload)
{
    return put_merged(w, payload, 1);
}

static bool merge_at(vg_edit_walk *w, const vg_json *payload)
{
    return put_at(w, payload, 0);
}

vg_slice vg_edit_merge(vg_arena *arena, vg_slice payload, const vg_patch *patch, vg_status *status)
{
    vg_edit_walk w = {.arena = arena, .status = status, .patch = patch};

    return vg_edit_run(&w, payload, merge);
}

vg_slice vg_edit_merge_at(vg_arena *arena, vg_slice payload, const vg_path *path,
                          const vg_patch *patch, vg_status *status)
{
    vg_edit_walk w = {.arena = arena, .status = status, .path = path, .patch = patch};

    return vg_edit_run(&w, payload, merge_at);
}
