/* See project.h. The way down carries the listed paths that begin like the way itself; where none
 * is left, or one has ended, the rest of the subtree is all in or all out, and goes through as raw
 * text. */
#include "filter/project.h"

#include "vecgate/json.h"

#include "base/buf.h"

/* Listed paths of which the first `depth` steps are those of the way to here. */
typedef struct front front;
struct front {
    const uint32_t *at;
    uint32_t count;
    uint32_t depth;
};

typedef struct walk {
    const vg_projection *by;
    vg_arena *arena;
    vg_json_out out;
} walk;

typedef enum fate { DROPPED, WHOLE, IN_PART } fate;

bool vg_project_read(vg_arena *arena, const vg_payload_selector *selector, vg_projection *out,
                     vg_status *status)
{
    vg_path *paths = VG_TAKE_N(arena, vg_path, (size_t)selector->path_count + 1);

    *out = (vg_projection){
        .is_whole = selector->want == VG_PAYLOAD_ALL,
        .excludes = selector->want == VG_PAYLOAD_EXCLUDE,
        .paths = paths,
        .count = selector->path_count,
    };
    for (uint32_t i = 0; paths && i < selector->path_count; i++)
        if (vg_path_read(arena, selector->paths[i], &paths[i]) == VG_PATH_WRONG) {
            vg_status_setf(status, arena, VG_INVALID, VG_LIT("with_payload"),
                           "Invalid json path: '" VG_FMT "'", VG_ARG(selector->paths[i]));
            return false;
        }
    if (!vg_arena_is_spent(arena))
        return true;
    vg_status_set(status, VG_TOO_LARGE, (vg_slice){0}, VG_LIT("with_payload"));
    return false;
}

static bool is_step(const vg_path_step *listed, const vg_json *child, bool in_array)
{
    if (in_array)
        return listed->kind == VG_PATH_ALL;
    return listed->kind == VG_PATH_KEY && vg_slice_is(listed->key, child->key);
}

/* What becomes of a child, and which listed paths go on into it. */
static fate judge(walk *w, front here, const vg_json *child, bool in_array, front *next)
{
    uint32_t *at = VG_TAKE_N(w->arena, uint32_t, (size_t)here.count + 1);

    *next = (front){.at = at, .depth = here.depth + 1};
    for (uint32_t i = 0; at && i < here.count; i++) {
        const vg_path *path = &w->by->paths[here.at[i]];

        if (!is_step(&path->steps[here.depth], child, in_array))
            continue;
        if (path->count == next->depth)
            return w->by->excludes ? DROPPED : WHOLE;
        at[next->count++] = here.at[i];
    }
    if (next->count > 0)
        return IN_PART;
    return w->by->excludes ? WHOLE : DROPPED;
}

static void put_value(walk *w, const vg_json *value, front here);

static void put_child(walk *w, const vg_json *child, fate what, front next)
{
    if (what == WHOLE)
        vg_json_put_raw(&w->out, child->raw);
    else
        put_value(w, child, next);
}

static void put_object(walk *w, const vg_json *object, front here)
{
    vg_json_open_object(&w->out);
    for (const vg_json *child = object->first; child; child = child->next) {
        front next;
        fate what = judge(w, here, child, false, &next);

        if (what == DROPPED)
            continue;
        vg_json_put_key(&w->out, child->key);
        put_child(w, child, what, next);
    }
    vg_json_close_object(&w->out);
}

/* All elements have the same path, hence the same fate. */
static void put_array(walk *w, const vg_json *array, front here)
{
    front next;
    fate what = judge(w, here, NULL, true, &next);

    if (what == WHOLE || (what == IN_PART && array->kind == VG_JSON_VECTOR)) {
        vg_json_put_raw(&w->out, array->raw);
        return;
    }
    vg_json_open_array(&w->out);
    for (const vg_json *child = array->first; child && what == IN_PART; child = child->next)
        put_value(w, child, next);
    vg_json_close_array(&w->out);
}

/* A value of which a part is listed; what has no parts stays. */
static void put_value(walk *w, const vg_json *value, front here)
{
    if (value->kind == VG_JSON_OBJECT)
        put_object(w, value, here);
    else if (vg_json_is_array(value))
        put_array(w, value, here);
    else
        vg_json_put_raw(&w->out, value->raw);
}

static vg_slice write_part(walk *w, const vg_json *payload, vg_status *status)
{
    uint32_t *all = VG_TAKE_N(w->arena, uint32_t, (size_t)w->by->count + 1);
    vg_buf buf;
    vg_slice text;

    if (!all) {
        vg_status_set(status, VG_TOO_LARGE, (vg_slice){0}, VG_LIT("with_payload"));
        return (vg_slice){0};
    }
    for (uint32_t i = 0; i < w->by->count; i++)
        all[i] = i;
    vg_buf_init(&buf, 0);
    w->out = (vg_json_out){.buf = &buf};
    put_object(w, payload, (front){.at = all, .count = w->by->count});
    text = vg_arena_copy(w->arena, vg_buf_bytes(&buf));
    if (vg_buf_is_spent(&buf) || vg_arena_is_spent(w->arena)) {
        vg_status_set(status, VG_TOO_LARGE, (vg_slice){0}, VG_LIT("with_payload"));
        text = (vg_slice){0};
    }
    vg_buf_fini(&buf);
    return text;
}

vg_slice vg_project(vg_arena *arena, const vg_projection *projection, vg_slice payload,
                    vg_status *status)
{
    walk w = {.by = projection, .arena = arena};
    const vg_json *document;
    vg_status found = {0};

    if (projection->is_whole || payload.len == 0)
        return payload.at ? payload : VG_LIT("");
    document = vg_json_read(arena, payload, VG_JSON_DEPTH, &found);
    if (document && document->kind == VG_JSON_OBJECT)
        return write_part(&w, document, status);
    if (found.code == VG_TOO_LARGE)
        *status = found;
    else
        vg_status_set(status, VG_BACKEND_ERROR, VG_LIT("a stored payload is no JSON object"),
                      VG_LIT("payload"));
    return (vg_slice){0};
}
