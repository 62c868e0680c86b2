/* Bodies of query and search (FACTS 8). Only nearest neighbours are built: of a vector, or of a
 * stored point. A query without `query` is a scroll, as it is in Qdrant. */
#include <float.h>

#include "front/qdrant_rest/params.h"
#include "front/qdrant_rest/qdrant.h"
#include "front/qdrant_rest/read_select.h"

static const vg_unbuilt unbuilt_of_request[] = {
    {"lookup_from", NULL, "lookup_from is"},
    {"shard_key", NULL, "shard keys are"},
    {0},
};

/* Kinds of `query`, told apart by their key. */
static const vg_unbuilt unbuilt_queries[] = {
    {"recommend", NULL, "recommendations are"},
    {"discover", NULL, "discovery is"},
    {"context", NULL, "context queries are"},
    {"order_by", NULL, "order_by is"},
    {"fusion", NULL, "fusion is"},
    {"rrf", NULL, "fusion is"},
    {"formula", NULL, "formulas are"},
    {"sample", NULL, "sampling is"},
    {"relevance_feedback", NULL, "relevance feedback is"},
    {0},
};

static const vg_unbuilt unbuilt_of_nearest[] = {
    {"mmr", NULL, "mmr is"},
    {0},
};

static const vg_unbuilt unbuilt_of_params[] = {
    {"acorn", NULL, "acorn is"},
    {"idf", NULL, "parameters of idf are"},
    {0},
};

static bool bad_request(vg_reader r, const vg_json *v, const char *what)
{
    return vg_member_wrong(r, v, VG_UNSUPPORTED, "%s", what);
}

/* ---- what query and search share ---- */

/* An empty list of prefetches asks for none. */
static bool refuse_unbuilt(vg_reader r, const vg_json *v)
{
    const vg_json *prefetch = vg_member_get(v, "prefetch", NULL);

    if (prefetch && !(prefetch->kind == VG_JSON_ARRAY && prefetch->count == 0))
        return vg_member_unbuilt(r, prefetch, "prefetches are");
    return vg_member_refuse(r, v, unbuilt_of_request);
}

static bool check_quantization(vg_reader r, const vg_json *v)
{
    const vg_json *over;
    bool ignored;
    double factor;

    if (!v)
        return true;
    if (!vg_member_is_object(r, v) ||
        !vg_member_bool(r, vg_member_get(v, "ignore", NULL), &ignored) ||
        !vg_member_bool(r, vg_member_get(v, "rescore", NULL), &ignored))
        return false;
    over = vg_member_get(v, "oversampling", NULL);
    if (!over)
        return true;
    if (!vg_json_read_f64(r.arena, over, &factor, r.status))
        return false;
    return factor >= 1 ||
           vg_member_wrong(r, over, VG_RANGE, "value " VG_FMT " invalid, must be 1.0 or larger",
                           VG_ARG(over->raw));
}

static bool read_params(vg_reader r, const vg_json *v, vg_search *out)
{
    bool indexed_only;
    uint32_t ef;

    if (!v)
        return true;
    out->params = v->raw;
    return vg_member_is_object(r, v) && vg_member_refuse(r, v, unbuilt_of_params) &&
           vg_member_count(r, vg_member_get(v, "hnsw_ef", NULL), 0, &ef) &&
           vg_member_bool(r, vg_member_get(v, "exact", NULL), &out->exact) &&
           vg_member_bool(r, vg_member_get(v, "indexed_only", NULL), &indexed_only) &&
           check_quantization(r, vg_member_get(v, "quantization", NULL));
}

/* What float32 cannot hold is beyond every score: so is the largest that it can. */
static bool read_threshold(vg_reader r, const vg_json *v, vg_search *out)
{
    double t;

    if (!v)
        return true;
    if (!vg_json_read_f64(r.arena, v, &t, r.status))
        return false;
    out->has_threshold = true;
    out->threshold = t > FLT_MAX ? FLT_MAX : t < -FLT_MAX ? -FLT_MAX : (float)t;
    return true;
}

/* Everything but the vector. `top` is another spelling of `limit` in the older form only. */
static bool read_common(vg_reader r, const vg_json *v, const char *top, vg_search *out)
{
    out->limit = 10;
    return vg_member_is_object(r, v) && refuse_unbuilt(r, v) &&
           read_params(r, vg_member_get(v, "params", NULL), out) &&
           read_threshold(r, vg_member_get(v, "score_threshold", NULL), out) &&
           vg_member_count(r, vg_member_get(v, "limit", top), 1, &out->limit) &&
           vg_member_count(r, vg_member_get(v, "offset", NULL), 0, &out->offset) &&
           vg_read_select_filter(r, v, &out->filter) &&
           vg_read_select_payload(r, v, &out->with_payload) &&
           vg_read_select_vectors(r, v, &out->with_vectors);
}

/* NULL: the unnamed vector is meant. */
static bool read_using(vg_reader r, const vg_json *v, vg_search *out)
{
    return !v || vg_json_read_text(r.arena, v, &out->using_name, r.status);
}

/* ---- query ---- */

/* A vector, or the id of a point that has it. */
static bool read_input(vg_reader r, const vg_json *v, vg_search *out)
{
    if (v->kind == VG_JSON_NUMBER || v->kind == VG_JSON_STRING)
        return vg_read_select_id(r, v, &out->by_id);
    return vg_read_vector(r, v, &out->vector);
}

static bool read_kind(vg_reader r, const vg_json *v, vg_search *out)
{
    const vg_json *nearest;

    if (vg_read_vector_shape(v) != VG_SHAPE_OBJECT)
        return read_input(r, v, out);
    nearest = vg_member_get(v, "nearest", NULL);
    if (nearest)
        return vg_member_refuse(r, v, unbuilt_of_nearest) && read_input(r, nearest, out);
    /* `context` may be null and means a query all the same */
    for (const vg_unbuilt *kind = unbuilt_queries; kind->name; kind++) {
        const vg_json *member = vg_json_get(v, vg_slice_str(kind->name));

        if (member)
            return vg_member_unbuilt(r, member, kind->what);
    }
    return vg_member_wrong(r, v, VG_FORMAT,
                           "data did not match any variant of untagged enum QueryInterface: "
                           "expected a vector, a point id, or an object with `nearest`");
}

static bool read_query(vg_reader r, const vg_json *v, vg_search *out)
{
    return read_common(r, v, NULL, out) && read_using(r, vg_member_get(v, "using", NULL), out) &&
           read_kind(r, vg_member_get(v, "query", NULL), out);
}

/* No query: points by id, and no vector matters. The writer leaves out the first `offset`. */
static bool read_scroll(vg_reader r, const vg_json *body, vg_op *op)
{
    vg_search s = {0};
    uint64_t wanted;

    if (!read_common(r, body, NULL, &s) || !read_using(r, vg_member_get(body, "using", NULL), &s))
        return false;
    if (s.has_threshold)
        return bad_request(r, vg_member_get(body, "score_threshold", NULL),
                           "A query is needed to be able to use `score_threshold`");
    wanted = (uint64_t)s.limit + s.offset;
    op->kind = VG_OP_SCROLL;
    op->in.scroll.limit = wanted < UINT32_MAX ? (uint32_t)wanted : UINT32_MAX;
    op->in.scroll.filter = s.filter;
    op->in.scroll.with_payload = s.with_payload;
    op->in.scroll.with_vectors = s.with_vectors;
    return true;
}

/* ---- search: the older form ---- */

/* A list of numbers, or {"name", "vector"}. */
static bool read_named(vg_reader r, const vg_json *v, vg_search *out)
{
    const vg_json *name, *vector;

    if (vg_read_vector_shape(v) != VG_SHAPE_OBJECT)
        return vg_read_vector(r, v, &out->vector);
    name = vg_member_need(r, v, "name", NULL);
    if (!name || !read_using(r, name, out))
        return false;
    vector = vg_member_need(r, v, "vector", NULL);
    return vector && vg_read_vector(r, vector, &out->vector);
}

static bool read_search(vg_reader r, const vg_json *v, vg_search *out)
{
    const vg_json *vector;

    if (!vg_member_is_object(r, v) || !vg_member_need(r, v, "limit", "top"))
        return false;
    vector = vg_member_need(r, v, "vector", NULL);
    return vector && read_common(r, v, "top", out) && read_named(r, vector, out);
}

/* ---- one, and many in `searches` ---- */

typedef bool read_one_fn(vg_reader r, const vg_json *v, vg_search *out);

static vg_search *take_searches(vg_reader r, const vg_json *v, uint32_t count, vg_op *op)
{
    vg_search *list = VG_TAKE_N(r.arena, vg_search, (size_t)count + 1);

    if (!list)
        vg_member_wrong(r, v, VG_TOO_LARGE, "no memory is left for %u queries", count);
    op->in.search.queries = list;
    op->in.search.count = count;
    return list;
}

static bool read_alone(vg_reader r, const vg_json *body, vg_op *op, read_one_fn *read)
{
    vg_search *out = take_searches(r, body, 1, op);

    return out && read(r, body, out);
}

static bool read_all(vg_reader r, const vg_json *body, vg_op *op, read_one_fn *read)
{
    const vg_json *list = vg_member_need(r, body, "searches", NULL);
    vg_search *out;

    if (!list || !vg_member_is_array(r, list))
        return false;
    if (list->kind == VG_JSON_VECTOR)
        return vg_member_wrong(r, list, VG_FORMAT, "expected queries, got numbers");
    out = take_searches(r, list, list->count, op);
    for (const vg_json *v = list->first; out && v; v = v->next)
        if (!read(r, v, out++))
            return false;
    return out != NULL;
}

/* A scroll is another operation than the searches beside it. */
static bool read_query_of_batch(vg_reader r, const vg_json *v, vg_search *out)
{
    if (!vg_member_is_object(r, v) || !refuse_unbuilt(r, v))
        return false;
    if (!vg_member_get(v, "query", NULL))
        return bad_request(r, v, "a request without `query` is not supported yet in a batch");
    return read_query(r, v, out);
}

static bool begin(const vg_front_in *in, vg_op *op, vg_reader r)
{
    return vg_params_read(in, op, r.status) && vg_member_body(r, in->body);
}

bool vg_read_query_one(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_reader r = {op->arena, status};

    if (!begin(in, op, r))
        return false;
    if (!vg_member_get(in->body, "query", NULL))
        return read_scroll(r, in->body, op);
    return read_alone(r, in->body, op, read_query);
}

bool vg_read_query_batch(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_reader r = {op->arena, status};

    return begin(in, op, r) && read_all(r, in->body, op, read_query_of_batch);
}

bool vg_read_query_search(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_reader r = {op->arena, status};

    return begin(in, op, r) && read_alone(r, in->body, op, read_search);
}

bool vg_read_query_searches(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_reader r = {op->arena, status};

    return begin(in, op, r) && read_all(r, in->body, op, read_search);
}
