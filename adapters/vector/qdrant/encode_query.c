/* From a search or a query to a request of Qdrant's query API (FACTS 8). Vectors, filters,
 * selectors and parameters that came as JSON go through as they came.
 *
 * What is looked up in other collections is the plan's to find: only vectors come here, and a
 * group's record is not asked for. */
#include "adapters/vector/qdrant/body.h"

static void put_key(struct body *body, const char *key)
{
    vg_json_put_key(&body->out, vg_slice_str(key));
}

static void put_f32(struct body *body, const char *key, float value)
{
    put_key(body, key);
    vg_json_put_f32(&body->out, value);
}

/* --- what is looked for ---------------------------------------------------------------------- */

static bool put_one(struct body *body, const vg_point_id *id, const vg_vector *vector, vg_try *t)
{
    if (id->kind != VG_ID_NONE)
        return vg_qdrant_put_id(body, id, t);
    vg_vector_write(&body->out, vector);
    return true;
}

static bool put_example(struct body *body, const char *key, const vg_example *example, vg_try *t)
{
    put_key(body, key);
    return put_one(body, &example->id, &example->vector, t);
}

static bool put_examples(struct body *body, const char *key, const vg_example *at, uint32_t count,
                         vg_try *t)
{
    if (count == 0)
        return true;
    put_key(body, key);
    vg_json_open_array(&body->out);
    for (uint32_t i = 0; i < count; i++) {
        if (!put_one(body, &at[i].id, &at[i].vector, t))
            return false;
    }
    vg_json_close_array(&body->out);
    return true;
}

static bool put_recommend(struct body *body, const vg_search *search, vg_try *t)
{
    static const char *const strategies[VG_SCORINGS] = {[VG_BY_AVERAGE] = "average_vector",
                                                        [VG_BY_BEST_SCORE] = "best_score",
                                                        [VG_BY_SUM_SCORES] = "sum_scores"};

    put_key(body, "recommend");
    vg_json_open_object(&body->out);
    if (!put_examples(body, "positive", search->positive, search->positive_count, t) ||
        !put_examples(body, "negative", search->negative, search->negative_count, t))
        return false;
    vg_qdrant_put_text(body, VG_LIT("strategy"), vg_slice_str(strategies[search->scoring]));
    vg_json_close_object(&body->out);
    return true;
}

static bool put_context(struct body *body, const vg_search *search, vg_try *t)
{
    put_key(body, "context");
    vg_json_open_array(&body->out);
    for (uint32_t i = 0; i < search->positive_count; i++) {
        vg_json_open_object(&body->out);
        if (!put_example(body, "positive", &search->positive[i], t) ||
            !put_example(body, "negative", &search->negative[i], t))
            return false;
        vg_json_close_object(&body->out);
    }
    vg_json_close_array(&body->out);
    return true;
}

static bool put_discover(struct body *body, const vg_search *search, vg_try *t)
{
    put_key(body, "discover");
    vg_json_open_object(&body->out);
    put_key(body, "target");
    if (!put_one(body, &search->by_id, &search->vector, t) || !put_context(body, search, t))
        return false;
    vg_json_close_object(&body->out);
    return true;
}

static bool put_sought(struct body *body, const vg_search *search, vg_try *t)
{
    bool done = false;

    put_key(body, "query");
    if (search->scoring == VG_BY_NEAREST)
        return put_one(body, &search->by_id, &search->vector, t);
    vg_json_open_object(&body->out);
    if (search->scoring == VG_BY_DISCOVERY)
        done = put_discover(body, search, t);
    else if (search->scoring == VG_BY_CONTEXT)
        done = put_context(body, search, t);
    else
        done = put_recommend(body, search, t);
    vg_json_close_object(&body->out);
    return done;
}

/* --- params ---------------------------------------------------------------------------------- */

static void put_quantization(struct body *body, const vg_search_params *how)
{
    if (!how->ignores_quantization && how->rescore == VG_RESCORE_DEFAULT && how->oversampling == 0)
        return;
    put_key(body, "quantization");
    vg_json_open_object(&body->out);
    if (how->ignores_quantization)
        vg_qdrant_put_bool(body, VG_LIT("ignore"), true);
    if (how->rescore != VG_RESCORE_DEFAULT)
        vg_qdrant_put_bool(body, VG_LIT("rescore"), how->rescore == VG_RESCORE_YES);
    if (how->oversampling > 0)
        put_f32(body, "oversampling", how->oversampling);
    vg_json_close_object(&body->out);
}

static bool is_usual(const vg_search_params *how)
{
    return how->hnsw_ef == 0 && !how->indexed_only && !how->ignores_quantization &&
           how->rescore == VG_RESCORE_DEFAULT && how->oversampling == 0;
}

/* Of a search that did not come with them as JSON. */
static void put_made_params(struct body *body, const vg_search *search)
{
    const vg_search_params *how = &search->how;

    if (!search->exact && is_usual(how))
        return;
    put_key(body, "params");
    vg_json_open_object(&body->out);
    if (search->exact)
        vg_qdrant_put_bool(body, VG_LIT("exact"), true);
    if (how->hnsw_ef > 0)
        vg_qdrant_put_u64(body, VG_LIT("hnsw_ef"), how->hnsw_ef);
    if (how->indexed_only)
        vg_qdrant_put_bool(body, VG_LIT("indexed_only"), true);
    put_quantization(body, how);
    vg_json_close_object(&body->out);
}

/* `exact` joins the parameters unless they name it themselves. */
static void put_params(struct body *body, const vg_search *search)
{
    vg_slice members = vg_qdrant_members_of(search->params);
    bool names_exact = members.len > 0 && memmem(members.at, members.len, "\"exact\"", 7) != NULL;

    if (members.len == 0) {
        put_made_params(body, search);
        return;
    }
    put_key(body, "params");
    if (!search->exact || names_exact) {
        vg_json_put_raw(&body->out, search->params);
        return;
    }
    vg_json_open_object(&body->out);
    vg_qdrant_put_bool(body, VG_LIT("exact"), true);
    vg_buf_put_byte(&body->buf, ',');
    vg_buf_put(&body->buf, members);
    vg_json_close_object(&body->out);
}

/* --- the other terms ------------------------------------------------------------------------- */

/* Points that are to be left out join the filter. */
static bool put_sieve(struct body *body, const vg_search *search, vg_try *t)
{
    if (search->except_count == 0)
        return vg_qdrant_put_filter(body, search->filter, t);
    put_key(body, "filter");
    vg_json_open_object(&body->out);
    if (search->filter != NULL) {
        put_key(body, "must");
        vg_json_open_array(&body->out);
        if (!vg_qdrant_put_inner_filter(body, search->filter, t))
            return false;
        vg_json_close_array(&body->out);
    }
    put_key(body, "must_not");
    vg_json_open_array(&body->out);
    vg_json_open_object(&body->out);
    if (!vg_qdrant_put_ids(body, VG_LIT("has_id"), search->except, search->except_count, t))
        return false;
    vg_json_close_object(&body->out);
    vg_json_close_array(&body->out);
    vg_json_close_object(&body->out);
    return true;
}

/* What prefetches have too, but for the limit, which means another thing for groups. */
static bool put_terms(struct body *body, const vg_search *search, vg_try *t)
{
    if (search->using_name.len > 0)
        vg_qdrant_put_text(body, VG_LIT("using"), search->using_name);
    if (!put_sieve(body, search, t))
        return false;
    put_params(body, search);
    if (search->has_threshold)
        put_f32(body, "score_threshold", search->threshold);
    return true;
}

static void put_page(struct body *body, const vg_search *search)
{
    vg_qdrant_put_u64(body, VG_LIT("limit"), search->limit);
    if (search->offset > 0)
        vg_qdrant_put_u64(body, VG_LIT("offset"), search->offset);
}

static void put_selectors(struct body *body, const vg_search *search)
{
    vg_qdrant_put_payload_selector(body, &search->with_payload);
    vg_qdrant_put_vector_selector(body, &search->with_vectors);
}

/* --- searches -------------------------------------------------------------------------------- */

static bool put_search(struct body *body, const vg_search *search, vg_try *t)
{
    if (!put_sought(body, search, t) || !put_terms(body, search, t))
        return false;
    put_page(body, search);
    put_selectors(body, search);
    return true;
}

static struct body *open_query(const vg_op *op, vg_try *t, const char *suffix, vg_http_request *out)
{
    if (!vg_qdrant_ask(t, out, "POST", vg_qdrant_points_path(op, t, vg_slice_str(suffix))))
        return NULL;
    return vg_qdrant_open_body(t, 0);
}

/* One is a body of its own, several are `searches` of one. */
static bool encode_many(const vg_op *op, vg_try *t, uint32_t count, vg_http_request *out,
                        bool (*put)(struct body *body, const vg_op *op, uint32_t i, vg_try *t))
{
    bool is_one = count == 1;
    struct body *body = open_query(op, t, is_one ? "/points/query" : "/points/query/batch", out);

    if (body == NULL)
        return false;
    if (is_one)
        return put(body, op, 0, t) && vg_qdrant_close_body(body, t, out);
    put_key(body, "searches");
    vg_json_open_array(&body->out);
    for (uint32_t i = 0; i < count; i++) {
        vg_json_open_object(&body->out);
        if (!put(body, op, i, t))
            return false;
        vg_json_close_object(&body->out);
    }
    vg_json_close_array(&body->out);
    return vg_qdrant_close_body(body, t, out);
}

static bool put_search_of(struct body *body, const vg_op *op, uint32_t i, vg_try *t)
{
    return put_search(body, &op->in.search.queries[i], t);
}

bool vg_qdrant_encode_search(const vg_op *op, vg_try *t, vg_http_request *out)
{
    return encode_many(op, t, op->in.search.count, out, put_search_of);
}

/* --- queries --------------------------------------------------------------------------------- */

static void put_named(struct body *body, const char *kind, const char *word)
{
    put_key(body, "query");
    vg_json_open_object(&body->out);
    vg_qdrant_put_text(body, vg_slice_str(kind), vg_slice_str(word));
    vg_json_close_object(&body->out);
}

static bool put_kind(struct body *body, const vg_query *query, vg_try *t)
{
    switch (query->kind) {
    case VG_QUERY_SCROLL:
        return true;
    case VG_QUERY_SEARCH:
        return put_sought(body, &query->search, t);
    case VG_QUERY_ORDER_BY:
        put_key(body, "query");
        vg_json_open_object(&body->out);
        vg_qdrant_put_order(body, &query->order);
        vg_json_close_object(&body->out);
        return true;
    case VG_QUERY_SAMPLE:
        put_named(body, "sample", "random");
        return true;
    case VG_QUERY_RRF:
        put_named(body, "fusion", "rrf");
        return true;
    case VG_QUERY_DBSF:
        put_named(body, "fusion", "dbsf");
        return true;
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("qdrant: unknown kind of query")) == VG_DONE;
}

/* Its ids would be looked for in the wrong collection. */
static bool check_lookup(const vg_query *query, vg_try *t)
{
    return query->lookup_collection.len == 0 || !vg_qdrant_names_points(&query->search) ||
           vg_try_fail(t, VG_INTERNAL, VG_LIT("qdrant: a look-up that was not done")) == VG_DONE;
}

static bool put_prefetches(struct body *body, const vg_query *query, vg_try *t)
{
    if (query->prefetch_count == 0)
        return true;
    put_key(body, "prefetch");
    vg_json_open_array(&body->out);
    for (uint32_t i = 0; i < query->prefetch_count; i++) {
        const vg_query *at = &query->prefetch[i];

        vg_json_open_object(&body->out);
        if (!check_lookup(at, t) || !put_kind(body, at, t) || !put_terms(body, &at->search, t))
            return false;
        vg_qdrant_put_u64(body, VG_LIT("limit"), at->search.limit);
        vg_json_close_object(&body->out);
    }
    vg_json_close_array(&body->out);
    return true;
}

static bool put_query(struct body *body, const vg_query *query, vg_try *t)
{
    if (!check_lookup(query, t) || !put_prefetches(body, query, t) || !put_kind(body, query, t) ||
        !put_terms(body, &query->search, t))
        return false;
    put_selectors(body, &query->search);
    return true;
}

static bool put_query_of(struct body *body, const vg_op *op, uint32_t i, vg_try *t)
{
    if (!put_query(body, &op->in.query.at[i], t))
        return false;
    put_page(body, &op->in.query.at[i].search);
    return true;
}

bool vg_qdrant_encode_query(const vg_op *op, vg_try *t, vg_http_request *out)
{
    return encode_many(op, t, op->in.query.count, out, put_query_of);
}

bool vg_qdrant_encode_groups(const vg_op *op, vg_try *t, vg_http_request *out)
{
    const vg_grouping *grouping = &op->in.groups.grouping;
    struct body *body = open_query(op, t, "/points/query/groups", out);

    if (body == NULL || !put_query(body, &op->in.groups.query, t))
        return false;
    vg_qdrant_put_text(body, VG_LIT("group_by"), grouping->by);
    vg_qdrant_put_u64(body, VG_LIT("group_size"), grouping->size);
    vg_qdrant_put_u64(body, VG_LIT("limit"), grouping->limit);
    return vg_qdrant_close_body(body, t, out);
}

bool vg_qdrant_encode_sample(const vg_op *op, vg_try *t, vg_http_request *out)
{
    struct body *body = open_query(op, t, "/points/query", out);

    if (body == NULL)
        return false;
    put_named(body, "sample", "random");
    if (!vg_qdrant_put_filter(body, op->in.scroll.filter, t))
        return false;
    vg_qdrant_put_u64(body, VG_LIT("limit"), op->in.scroll.limit);
    vg_qdrant_put_payload_selector(body, &op->in.scroll.with_payload);
    vg_qdrant_put_vector_selector(body, &op->in.scroll.with_vectors);
    return vg_qdrant_close_body(body, t, out);
}

/* As offsets, whose answer also tells of the points that have no neighbour. */
bool vg_qdrant_encode_matrix(const vg_op *op, vg_try *t, vg_http_request *out)
{
    struct body *body = open_query(op, t, "/points/search/matrix/offsets", out);

    if (body == NULL || !vg_qdrant_put_filter(body, op->in.matrix.filter, t))
        return false;
    vg_qdrant_put_u64(body, VG_LIT("sample"), op->in.matrix.sample);
    vg_qdrant_put_u64(body, VG_LIT("limit"), op->in.matrix.limit);
    if (op->in.matrix.using_name.len > 0)
        vg_qdrant_put_text(body, VG_LIT("using"), op->in.matrix.using_name);
    return vg_qdrant_close_body(body, t, out);
}
