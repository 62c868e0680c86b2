/* The older forms of queries (FACTS 8): search, recommend, discover; one or many. Newer servers do
 * not have them, but their clients are still about. */
#include "front/qdrant_rest/qdrant.h"
#include "front/qdrant_rest/read_query.h"
#include "front/qdrant_rest/read_select.h"

/* `limit`, which is also spelled `top`, is needed in all of them. */
static bool read_terms(vg_reader r, const vg_json *v, vg_query *out)
{
    out->kind = VG_QUERY_SEARCH;
    return vg_member_is_object(r, v) && vg_member_need(r, v, "limit", "top") &&
           vg_read_terms(r, v, "top", &out->search);
}

/* A vector, or {"name", "vector"}. */
static bool read_named(vg_reader r, const vg_json *v, vg_search *out)
{
    const vg_json *name, *vector;

    if (vg_read_vector_shape(v) != VG_SHAPE_OBJECT)
        return vg_read_vector(r, v, &out->vector);
    name = vg_member_need(r, v, "name", NULL);
    if (!name || !vg_json_read_text(r.arena, name, &out->using_name, r.status))
        return false;
    vector = vg_member_need(r, v, "vector", NULL);
    return vector && vg_read_vector(r, vector, &out->vector);
}

bool vg_read_older_search(vg_reader r, const vg_json *v, vg_query *out)
{
    const vg_json *vector;

    if (!read_terms(r, v, out))
        return false;
    vector = vg_member_need(r, v, "vector", NULL);
    return vector && read_named(r, vector, &out->search);
}

bool vg_read_older_recommend(vg_reader r, const vg_json *v, vg_query *out)
{
    const vg_search *search = &out->search;
    bool is_average;

    if (!read_terms(r, v, out) || !vg_read_terms_using(r, v, &out->search) ||
        !vg_read_examples_recommend(r, v, &out->search))
        return false;
    is_average = search->scoring == VG_BY_AVERAGE;
    if (search->positive_count == 0 && (is_average || search->negative_count == 0))
        return vg_member_wrong(r, v, VG_UNSUPPORTED,
                               "At least one positive%s vector ID required with this strategy",
                               is_average ? "" : " or negative");
    return vg_read_terms_lookup(r, v, out);
}

/* A context without a target is a context search. */
bool vg_read_older_discover(vg_reader r, const vg_json *v, vg_query *out)
{
    const vg_json *target, *context;

    if (!read_terms(r, v, out) || !vg_read_terms_using(r, v, &out->search))
        return false;
    target = vg_member_get(v, "target", NULL);
    context = vg_member_get(v, "context", NULL);
    out->search.scoring = target ? VG_BY_DISCOVERY : VG_BY_CONTEXT;
    if ((target && !vg_read_examples_target(r, target, &out->search)) ||
        !vg_read_examples_pairs(r, context, &out->search))
        return false;
    if (!target && out->search.positive_count == 0)
        return vg_member_wrong(r, v, VG_UNSUPPORTED,
                               "target and/or context_pairs must be specified");
    return vg_read_terms_lookup(r, v, out);
}

/* ---- routes ---- */

bool vg_read_older_one_search(const vg_front_in *in, vg_op *op, vg_status *status)
{
    return vg_read_query_alone(in, op, vg_read_older_search, status);
}

bool vg_read_older_searches(const vg_front_in *in, vg_op *op, vg_status *status)
{
    return vg_read_query_all(in, op, vg_read_older_search, status);
}

bool vg_read_older_one_recommend(const vg_front_in *in, vg_op *op, vg_status *status)
{
    return vg_read_query_alone(in, op, vg_read_older_recommend, status);
}

bool vg_read_older_recommends(const vg_front_in *in, vg_op *op, vg_status *status)
{
    return vg_read_query_all(in, op, vg_read_older_recommend, status);
}

bool vg_read_older_one_discover(const vg_front_in *in, vg_op *op, vg_status *status)
{
    return vg_read_query_alone(in, op, vg_read_older_discover, status);
}

bool vg_read_older_discovers(const vg_front_in *in, vg_op *op, vg_status *status)
{
    return vg_read_query_all(in, op, vg_read_older_discover, status);
}
