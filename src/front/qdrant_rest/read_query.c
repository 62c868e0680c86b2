/* Queries of today's form (FACTS 8): what their `query` may be, their prefetches, one or many of
 * them. A query without `query` is a scroll, as it is in Qdrant. */
#include "front/qdrant_rest/read_query.h"

#include "front/bounds.h"
#include "front/qdrant_rest/params.h"
#include "front/qdrant_rest/qdrant.h"
#include "front/qdrant_rest/read_select.h"
#include "front/query_op.h"

/* Newer kinds of `query`, told apart by their key. */
static const vg_unbuilt unbuilt_queries[] = {
    {"formula", NULL, "formulas are"},
    {"relevance_feedback", NULL, "relevance feedback is"},
    {0},
};

static const vg_unbuilt unbuilt_of_nearest[] = {
    {"mmr", NULL, "mmr is"},
    {0},
};

static const vg_unbuilt unbuilt_of_rrf[] = {
    {"weights", NULL, "weights are"},
    {0},
};

static bool bad_request(vg_reader r, const vg_json *v, const char *what)
{
    return vg_member_wrong(r, v, VG_UNSUPPORTED, "%s", what);
}

/* ---- what `query` may be: `v` is the member of `query` that its form is named after ---- */

static bool read_nearest(vg_reader r, const vg_json *v, vg_query *out)
{
    return vg_member_refuse(r, v->parent, unbuilt_of_nearest) &&
           vg_read_examples_target(r, v, &out->search);
}

static bool refuse_no_examples(vg_reader r, const vg_json *v)
{
    vg_slice path = vg_json_path(r.arena, v);

    vg_status_set(r.status, VG_RANGE,
                  VG_LIT("At least one positive or negative vector/id must be provided"),
                  vg_arena_printf(r.arena, VG_FMT ".positives, negatives", VG_ARG(path)));
    return false;
}

static bool read_recommend(vg_reader r, const vg_json *v, vg_query *out)
{
    const vg_search *search = &out->search;

    if (!vg_read_examples_recommend(r, v, &out->search))
        return false;
    if (search->positive_count + search->negative_count == 0)
        return refuse_no_examples(r, v);
    return search->positive_count > 0 || search->scoring != VG_BY_AVERAGE ||
           vg_member_wrong(r, v, VG_INVALID,
                           "Positive vectors should not be empty with `average` strategy");
}

/* `context` must be there, though it may be null. */
static bool read_discover(vg_reader r, const vg_json *v, vg_query *out)
{
    const vg_json *target, *context;

    out->search.scoring = VG_BY_DISCOVERY;
    if (!vg_member_is_object(r, v))
        return false;
    target = vg_member_need(r, v, "target", NULL);
    if (!target || !vg_read_examples_target(r, target, &out->search))
        return false;
    context = vg_json_get(v, VG_LIT("context"));
    if (!context)
        return vg_member_wrong(r, v, VG_FORMAT, "missing field `context`");
    return vg_read_examples_pairs(r, context, &out->search);
}

static bool read_context(vg_reader r, const vg_json *v, vg_query *out)
{
    out->search.scoring = VG_BY_CONTEXT;
    return vg_read_examples_pairs(r, v, &out->search);
}

static bool read_order(vg_reader r, const vg_json *v, vg_query *out)
{
    out->kind = VG_QUERY_ORDER_BY;
    return vg_read_order(r, v, &out->order);
}

static bool unknown_word(vg_reader r, const vg_json *v, const char *known)
{
    vg_slice word;

    if (!vg_json_read_text(r.arena, v, &word, r.status))
        return false;
    return vg_member_wrong(r, v, VG_FORMAT, "unknown variant `" VG_FMT "`, expected %s",
                           (int)(word.len < 80 ? word.len : 80), word.at, known);
}

static bool read_fusion(vg_reader r, const vg_json *v, vg_query *out)
{
    bool is_dbsf = vg_slice_is(v->text, VG_LIT("dbsf"));

    out->kind = is_dbsf ? VG_QUERY_DBSF : VG_QUERY_RRF;
    return is_dbsf || vg_slice_is(v->text, VG_LIT("rrf")) || unknown_word(r, v, "`rrf` or `dbsf`");
}

/* RRF with a constant: only the one that it has by itself. */
static bool read_rrf(vg_reader r, const vg_json *v, vg_query *out)
{
    const vg_json *constant;
    uint32_t k = 2;

    out->kind = VG_QUERY_RRF;
    if (!vg_member_is_object(r, v) || !vg_member_refuse(r, v, unbuilt_of_rrf))
        return false;
    constant = vg_member_get(v, "k", NULL);
    if (!vg_member_count(r, constant, 1, &k))
        return false;
    return k == 2 || vg_member_unbuilt(r, constant, "constants of RRF other than 2 are");
}

static bool read_sample(vg_reader r, const vg_json *v, vg_query *out)
{
    out->kind = VG_QUERY_SAMPLE;
    return vg_slice_is(v->text, VG_LIT("random")) || unknown_word(r, v, "`random`");
}

static const struct form {
    const char *key;
    bool (*read)(vg_reader r, const vg_json *v, vg_query *out);
    bool may_be_null;
} forms[] = {
    {"nearest", read_nearest, false},   {"recommend", read_recommend, false},
    {"discover", read_discover, false}, {"context", read_context, true},
    {"order_by", read_order, false},    {"fusion", read_fusion, false},
    {"rrf", read_rrf, false},           {"sample", read_sample, false},
};

static bool read_form(vg_reader r, const vg_json *v, vg_query *out)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const vg_json *member = vg_json_get(v, vg_slice_str(forms[i].key));

        if (member && (member->kind != VG_JSON_NULL || forms[i].may_be_null))
            return forms[i].read(r, member, out);
    }
    return vg_member_refuse(r, v, unbuilt_queries) &&
           vg_member_wrong(r, v, VG_FORMAT,
                           "data did not match any variant of untagged enum QueryInterface: "
                           "expected a vector, a point id, or an object with `nearest`, "
                           "`recommend`, `discover`, `context`, `order_by`, `fusion`, `rrf` or "
                           "`sample`");
}

/* ---- a query ---- */

static bool read_sought(vg_reader r, const vg_json *v, vg_query *out)
{
    const vg_json *query = vg_member_get(v, "query", NULL);

    if (!vg_read_terms_using(r, v, &out->search))
        return false;
    out->kind = query ? VG_QUERY_SEARCH : VG_QUERY_SCROLL;
    if (query && vg_read_vector_shape(query) == VG_SHAPE_OBJECT)
        return read_form(r, query, out) && vg_read_terms_lookup(r, v, out);
    return (!query || vg_read_examples_target(r, query, &out->search)) &&
           vg_read_terms_lookup(r, v, out);
}

/* What may not stand beside each other, in Qdrant's words and in its order. */
static bool check_query(vg_reader r, const vg_json *v, const vg_query *query)
{
    bool is_fusion = query->kind == VG_QUERY_RRF || query->kind == VG_QUERY_DBSF;

    if (query->kind == VG_QUERY_SCROLL && query->prefetch_count > 0)
        return bad_request(r, v,
                           "A query is needed to merge the prefetches. Can't have prefetches "
                           "without defining a query.");
    if (query->kind == VG_QUERY_SCROLL && query->search.has_threshold)
        return bad_request(r, v,
                           "A query is needed to use the score_threshold. Can't have "
                           "score_threshold without defining a query.");
    if (query->kind == VG_QUERY_ORDER_BY && query->search.has_threshold)
        return bad_request(r, v, "Can't use score_threshold with an order_by query.");
    if (is_fusion && query->search.using_name.len > 0)
        return bad_request(r, v, "Fusion queries cannot be combined with the 'using' field.");
    if (is_fusion && query->prefetch_count == 0)
        return bad_request(r, v, "cannot apply Fusion without prefetches");
    return true;
}

/* An empty list of prefetches asks for none. */
static const vg_json *prefetches_of(const vg_json *v)
{
    const vg_json *list = vg_member_get(v, "prefetch", NULL);

    return list && list->kind == VG_JSON_ARRAY && list->count == 0 ? NULL : list;
}

static bool read_prefetch(vg_reader r, const vg_json *v, vg_query *out)
{
    const vg_json *inner;

    if (!vg_member_is_object(r, v))
        return false;
    inner = prefetches_of(v);
    if (inner)
        return vg_member_unbuilt(r, inner, "prefetches of prefetches are");
    return vg_read_terms_sift(r, v, NULL, &out->search) && read_sought(r, v, out) &&
           check_query(r, v, out);
}

/* One object, or a list of such. */
static bool read_prefetches(vg_reader r, const vg_json *v, vg_query *out)
{
    const vg_json *list = prefetches_of(v), *at = list;
    uint32_t count = 1;
    vg_query *to;

    if (!list)
        return true;
    if (list->kind != VG_JSON_OBJECT) {
        if (list->kind != VG_JSON_ARRAY)
            return vg_json_mismatch(r.arena, list, "a prefetch or a list of such", r.status);
        at = list->first;
        count = list->count;
    }
    if (!vg_member_bounded(r, list, count, VG_BOUND_PREFETCHES, "prefetches"))
        return false;
    out->prefetch = to = VG_TAKE_N(r.arena, vg_query, count);
    if (!to)
        return vg_member_wrong(r, list, VG_TOO_LARGE, "no memory is left for %u prefetches", count);
    for (; out->prefetch_count < count; out->prefetch_count++, at = at->next)
        if (!read_prefetch(r, at, &to[out->prefetch_count]))
            return false;
    return true;
}

/* A sample of the collection has no beginning that could be left out. */
bool vg_read_query(vg_reader r, const vg_json *v, vg_query *out)
{
    if (!vg_read_terms(r, v, NULL, &out->search) || !read_prefetches(r, v, out) ||
        !read_sought(r, v, out) || !check_query(r, v, out))
        return false;
    if (out->kind == VG_QUERY_SAMPLE && out->prefetch_count == 0)
        out->search.offset = 0;
    return true;
}

/* ---- one, and many in `searches`, as an operation ---- */

/* The writer leaves out the first `offset`. */
static void become_scroll(vg_op *op, const vg_search *terms)
{
    uint64_t wanted = (uint64_t)terms->limit + terms->offset;

    op->kind = VG_OP_SCROLL;
    op->in.scroll.limit = wanted < UINT32_MAX ? (uint32_t)wanted : UINT32_MAX;
    op->in.scroll.filter = terms->filter;
    op->in.scroll.with_payload = terms->with_payload;
    op->in.scroll.with_vectors = terms->with_vectors;
}

bool vg_read_query_begin(const vg_front_in *in, vg_op *op, vg_status *status)
{
    return vg_params_read(in, op, status) &&
           vg_member_body((vg_reader){op->arena, status}, in->body);
}

bool vg_read_query_alone(const vg_front_in *in, vg_op *op, vg_read_query_fn *read,
                         vg_status *status)
{
    vg_reader r = {op->arena, status};
    vg_query *query = VG_TAKE(r.arena, vg_query);

    if (!vg_read_query_begin(in, op, status))
        return false;
    if (!query)
        return vg_member_wrong(r, in->body, VG_TOO_LARGE, "no memory is left for a query");
    if (!read(r, in->body, query))
        return false;
    if (query->kind != VG_QUERY_SCROLL)
        return vg_query_op_set(r, op, query);
    become_scroll(op, &query->search);
    return true;
}

bool vg_read_query_all(const vg_front_in *in, vg_op *op, vg_read_query_fn *read, vg_status *status)
{
    vg_reader r = {op->arena, status};
    const vg_json *list;
    vg_query *to;
    uint32_t count = 0;

    if (!vg_read_query_begin(in, op, status))
        return false;
    list = vg_member_need(r, in->body, "searches", NULL);
    if (!list || !vg_member_is_array(r, list))
        return false;
    if (list->kind == VG_JSON_VECTOR)
        return vg_member_wrong(r, list, VG_FORMAT, "expected queries, got numbers");
    if (!vg_member_bounded(r, list, list->count, VG_BOUND_SEARCHES, "searches"))
        return false;
    to = VG_TAKE_N(r.arena, vg_query, (size_t)list->count + 1);
    if (!to)
        return vg_member_wrong(r, list, VG_TOO_LARGE, "no memory is left for %u queries",
                               list->count);
    for (const vg_json *v = list->first; v; v = v->next)
        if (!read(r, v, &to[count++]))
            return false;
    return vg_query_op_set_list(r, op, to, count);
}

bool vg_read_query_one(const vg_front_in *in, vg_op *op, vg_status *status)
{
    return vg_read_query_alone(in, op, vg_read_query, status);
}

bool vg_read_query_batch(const vg_front_in *in, vg_op *op, vg_status *status)
{
    return vg_read_query_all(in, op, vg_read_query, status);
}
