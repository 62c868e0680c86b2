/* What points are compared with: vectors, and points that have one. See read_query.h. */
#include "front/bounds.h"
#include "front/qdrant_rest/read_query.h"
#include "front/qdrant_rest/read_select.h"

/* A vector, or the id of a point that has it. */
static bool read_example(vg_reader r, const vg_json *v, vg_point_id *id, vg_vector *vector)
{
    if (v->kind == VG_JSON_NUMBER || v->kind == VG_JSON_STRING)
        return vg_read_select_id(r, v, id);
    return vg_read_vector(r, v, vector);
}

bool vg_read_examples_target(vg_reader r, const vg_json *v, vg_search *out)
{
    return read_example(r, v, &out->by_id, &out->vector);
}

static vg_example *take(vg_reader r, const vg_json *v, uint64_t count)
{
    vg_example *list = NULL;

    if (vg_member_bounded(r, v, count, VG_BOUND_EXAMPLES, "examples"))
        list = VG_TAKE_N(r.arena, vg_example, count + 1);
    if (!list) /* an earlier story stands */
        vg_member_wrong(r, v, VG_TOO_LARGE, "no memory is left for so many examples");
    return list;
}

/* ---- lists ---- */

/* A list of numbers only is a list of ids. */
static bool read_ids(vg_reader r, const vg_json *v, vg_example *to)
{
    const vg_point_id *ids;
    uint32_t count;

    if (!vg_read_select_ids(r, v, &ids, &count))
        return false;
    for (uint32_t i = 0; i < count; i++)
        to[i].id = ids[i];
    return true;
}

static bool read_list(vg_reader r, const vg_json *v, const vg_example **out, uint32_t *count)
{
    vg_example *to;

    if (!v)
        return true;
    if (!vg_member_is_array(r, v))
        return false;
    to = take(r, v, v->count);
    if (!to)
        return false;
    *out = to;
    *count = v->count;
    if (v->kind == VG_JSON_VECTOR)
        return read_ids(r, v, to);
    for (const vg_json *at = v->first; at; at = at->next, to++)
        if (!read_example(r, at, &to->id, &to->vector))
            return false;
    return true;
}

/* ---- recommend ---- */

static bool read_strategy(vg_reader r, const vg_json *v, vg_search *out)
{
    static const struct {
        const char *name;
        vg_scoring scoring;
    } known[] = {{"average_vector", VG_BY_AVERAGE},
                 {"best_score", VG_BY_BEST_SCORE},
                 {"sum_scores", VG_BY_SUM_SCORES}};
    vg_slice word;

    out->scoring = VG_BY_AVERAGE;
    if (!v)
        return true;
    if (!vg_json_read_text(r.arena, v, &word, r.status))
        return false;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        out->scoring = known[i].scoring;
        if (vg_slice_is_str(word, known[i].name))
            return true;
    }
    return vg_member_wrong(r, v, VG_FORMAT,
                           "unknown variant `" VG_FMT
                           "`, expected one of `average_vector`, `best_score`, `sum_scores`",
                           (int)(word.len < 80 ? word.len : 80), word.at);
}

bool vg_read_examples_recommend(vg_reader r, const vg_json *v, vg_search *out)
{
    return vg_member_is_object(r, v) &&
           read_list(r, vg_member_get(v, "positive", NULL), &out->positive, &out->positive_count) &&
           read_list(r, vg_member_get(v, "negative", NULL), &out->negative, &out->negative_count) &&
           vg_member_bounded(r, v, (uint64_t)out->positive_count + out->negative_count,
                             VG_BOUND_EXAMPLES, "examples") &&
           read_strategy(r, vg_member_get(v, "strategy", NULL), out);
}

/* ---- pairs ---- */

static bool read_pair(vg_reader r, const vg_json *v, vg_example *positive, vg_example *negative)
{
    const vg_json *better, *worse;

    if (!vg_member_is_object(r, v))
        return false;
    better = vg_member_need(r, v, "positive", NULL);
    if (!better || !read_example(r, better, &positive->id, &positive->vector))
        return false;
    worse = vg_member_need(r, v, "negative", NULL);
    return worse && read_example(r, worse, &negative->id, &negative->vector);
}

bool vg_read_examples_pairs(vg_reader r, const vg_json *v, vg_search *out)
{
    bool is_one = v && v->kind == VG_JSON_OBJECT;
    const vg_json *at;
    vg_example *positive, *negative;
    uint32_t count;

    if (vg_json_is_null(v))
        return true;
    if (!is_one && v->kind != VG_JSON_ARRAY)
        return vg_json_mismatch(r.arena, v,
                                "a pair of `positive` and `negative`, or a list of such", r.status);
    count = is_one ? 1 : v->count;
    positive = take(r, v, 2 * (uint64_t)count);
    if (!positive)
        return false;
    negative = positive + count;
    at = is_one ? v : v->first;
    for (uint32_t i = 0; i < count; i++, at = at->next)
        if (!read_pair(r, at, &positive[i], &negative[i]))
            return false;
    out->positive = positive;
    out->negative = negative;
    out->positive_count = out->negative_count = count;
    return true;
}
