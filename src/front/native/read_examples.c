/* What points are compared with: stored points by their ids, and vectors. Pure: any thread. */
#include "front/bounds.h"
#include "front/member.h"
#include "front/native/native.h"

bool vg_native_read_example(vg_arena *arena, const vg_json *v, vg_example *out, vg_status *status)
{
    if (v->kind == VG_JSON_NUMBER || v->kind == VG_JSON_STRING)
        return vg_native_read_id(arena, v, &out->id, status);
    return vg_native_read_vector(arena, v, &out->vector, status);
}

static vg_example *take(vg_arena *arena, const vg_json *list, uint64_t count, vg_status *status)
{
    vg_example *to;

    if (!vg_member_bounded((vg_reader){arena, status}, list, count, VG_BOUND_EXAMPLES, "examples"))
        return NULL;
    to = VG_TAKE_N(arena, vg_example, count);
    if (!to)
        vg_native_no_memory(status);
    return to;
}

/* An array of plain numbers is one of ids. */
static bool read_ids(vg_arena *arena, const vg_json *list, vg_example *to, vg_status *status)
{
    const vg_point_id *ids;
    uint32_t count;

    if (!vg_native_read_ids(arena, list, &(id_list){&ids, &count}, status))
        return false;
    for (uint32_t i = 0; i < count; i++)
        to[i].id = ids[i];
    return true;
}

struct examples {
    const vg_example **at;
    uint32_t *count;
};

static bool read_list(vg_arena *arena, const vg_json *list, struct examples out, vg_status *status)
{
    vg_example *to;

    if (!list)
        return true;
    if (!vg_native_is_filled_list(arena, list, status))
        return false;
    to = take(arena, list, list->count, status);
    if (!to)
        return false;
    *out.at = to;
    *out.count = list->count;
    if (list->kind == VG_JSON_VECTOR)
        return read_ids(arena, list, to, status);
    for (const vg_json *v = list->first; v; v = v->next)
        if (!vg_native_read_example(arena, v, to++, status))
            return false;
    return true;
}

/* ---- recommend ---- */

static bool check_lists(vg_arena *arena, const vg_json *v, const vg_search *to, vg_status *status)
{
    uint64_t count = (uint64_t)to->positive_count + to->negative_count;

    if (count == 0)
        return vg_native_wrong(arena, v, "give \"positive\", \"negative\" or both", status);
    if (to->positive_count == 0 && to->scoring == VG_BY_AVERAGE)
        return vg_native_wrong(
            arena, v, "\"average_vector\" needs \"positive\"; other strategies do not", status);
    return vg_member_bounded((vg_reader){arena, status}, v, count, VG_BOUND_EXAMPLES, "examples");
}

bool vg_native_read_recommend(vg_arena *arena, const vg_json *v, vg_search *out, vg_status *status)
{
    static const char *const strategies[] = {"average_vector", "best_score", "sum_scores", NULL};
    const vg_json *positive = NULL, *negative = NULL, *strategy = NULL;
    const field fields[] = {{"positive", &positive, false},
                            {"negative", &negative, false},
                            {"strategy", &strategy, false}};
    uint32_t place = 0;

    if (!READ_FIELDS(arena, v, fields, status) ||
        !read_list(arena, positive, (struct examples){&out->positive, &out->positive_count},
                   status) ||
        !read_list(arena, negative, (struct examples){&out->negative, &out->negative_count},
                   status) ||
        !vg_native_read_word(arena, strategy, strategies, &place, status))
        return false;
    out->scoring = (vg_scoring)(VG_BY_AVERAGE + place);
    return check_lists(arena, v, out, status);
}

/* ---- pairs ---- */

static bool read_pair(vg_arena *arena, const vg_json *v, vg_example *better, vg_example *worse,
                      vg_status *status)
{
    const vg_json *positive = NULL, *negative = NULL;
    const field fields[] = {{"positive", &positive, true}, {"negative", &negative, true}};

    return READ_FIELDS(arena, v, fields, status) &&
           vg_native_read_example(arena, positive, better, status) &&
           vg_native_read_example(arena, negative, worse, status);
}

bool vg_native_read_pairs(vg_arena *arena, const vg_json *list, vg_search *out, vg_status *status)
{
    uint32_t count;
    vg_example *to;

    if (!list)
        return true;
    if (!vg_native_is_filled_list(arena, list, status))
        return false;
    if (list->kind == VG_JSON_VECTOR)
        return vg_json_mismatch(arena, list, "an array of pairs", status);
    count = list->count;
    to = take(arena, list, 2 * (uint64_t)count, status);
    if (!to)
        return false;
    out->positive = to;
    out->negative = to + count;
    out->positive_count = out->negative_count = count;
    for (const vg_json *v = list->first; v; v = v->next, to++)
        if (!read_pair(arena, v, to, to + count, status))
            return false;
    return true;
}

/* Without a context the target alone leads. */
bool vg_native_read_discover(vg_arena *arena, const vg_json *v, vg_search *out, vg_status *status)
{
    const vg_json *target = NULL, *context = NULL;
    const field fields[] = {{"target", &target, true}, {"context", &context, false}};
    vg_example example = {0};

    out->scoring = VG_BY_DISCOVERY;
    if (!READ_FIELDS(arena, v, fields, status) ||
        !vg_native_read_example(arena, target, &example, status) ||
        !vg_native_read_pairs(arena, context, out, status))
        return false;
    out->by_id = example.id;
    out->vector = example.vector;
    return true;
}
