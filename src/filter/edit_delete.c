/* See edit.h: deleting. One walk for all paths, which goes down only where some of them go on; they
 * are sorted, so those are spans of them, and a member costs a search and no look at each path. */
#include "filter/edit_walk.h"

/* The sorted paths that begin with the way to here and go on, as spans: more than one, where an
 * element was meant by its index and by []. */
typedef struct span {
    uint32_t from, to;
} span;

typedef struct front {
    span *at;
    uint32_t count;
    uint32_t depth; /* steps behind */
} front;

/* The first path of the span whose step here is not before `step`, or is behind it. */
static uint32_t bound(const vg_edit_walk *w, front here, span of, const vg_path_step *step,
                      bool behind)
{
    while (of.from < of.to) {
        uint32_t mid = of.from + (of.to - of.from) / 2;
        int order = vg_edit_step_cmp(&w->removal->paths[mid].steps[here.depth], step);

        if (order < 0 || (behind && order == 0))
            of.from = mid + 1;
        else
            of.to = mid;
    }
    return of.from;
}

/* Adds to `next` what goes on behind `step`; answers whether a path ends with it. */
static bool follow(const vg_edit_walk *w, front here, vg_path_step step, front *next)
{
    bool ends = false;

    for (uint32_t i = 0; i < here.count; i++) {
        span of = {bound(w, here, here.at[i], &step, false),
                   bound(w, here, here.at[i], &step, true)};

        while (of.from < of.to && w->removal->paths[of.from].count == next->depth) {
            ends = true;
            of.from++;
        }
        if (of.from < of.to)
            next->at[next->count++] = of;
    }
    return ends;
}

static bool keep_value(vg_edit_walk *w, const vg_json *value, front here);

static bool keep_members(vg_edit_walk *w, const vg_json *object, front here, front next)
{
    vg_edit_members own = vg_edit_members_of(w->arena, object);

    if (!own.at)
        return vg_edit_spent(w->status);
    vg_json_open_object(&w->out);
    for (uint32_t i = 0; i < own.count; i++) {
        next.count = 0;
        if (follow(w, here, (vg_path_step){VG_PATH_KEY, own.at[i].key, 0}, &next))
            continue;
        vg_json_put_key(&w->out, own.at[i].key);
        if (!keep_value(w, own.at[i].value, next))
            return false;
    }
    vg_json_close_object(&w->out);
    return true;
}

static bool keep_elements(vg_edit_walk *w, const vg_json *array, front here, front next)
{
    const vg_path_step all = {.kind = VG_PATH_ALL};
    uint64_t index = 0;

    if (follow(w, here, all, &next)) {
        vg_json_put_raw(&w->out, VG_LIT("[]"));
        return true;
    }
    if (!array->first) {
        vg_json_put_raw(&w->out, array->raw);
        return true;
    }
    vg_json_open_array(&w->out);
    for (const vg_json *child = array->first; child; child = child->next) {
        next.count = 0;
        follow(w, here, all, &next);
        follow(w, here, (vg_path_step){.kind = VG_PATH_INDEX, .index = index++}, &next);
        if (!keep_value(w, child, next))
            return false;
    }
    vg_json_close_array(&w->out);
    return true;
}

static bool keep_value(vg_edit_walk *w, const vg_json *value, front here)
{
    bool is_object = value->kind == VG_JSON_OBJECT;
    front next = {.depth = here.depth + 1};

    if (here.count == 0 || (!is_object && !vg_json_is_array(value))) {
        vg_json_put_raw(&w->out, value->raw);
        return true;
    }
    next.at = VG_TAKE_N(w->arena, span, 2 * (size_t)here.count);
    if (!next.at)
        return vg_edit_spent(w->status);
    return is_object ? keep_members(w, value, here, next) : keep_elements(w, value, here, next);
}

static bool delete_paths(vg_edit_walk *w, const vg_json *payload)
{
    span all = {0, w->removal->count};

    return keep_value(w, payload, (front){.at = &all, .count = all.to > 0});
}

vg_slice vg_edit_delete(vg_arena *arena, vg_slice payload, const vg_removal *removal,
                        vg_status *status)
{
    vg_edit_walk w = {.arena = arena, .status = status, .removal = removal};

    return vg_edit_run(&w, payload, delete_paths);
}
