/* Searches, queries, groups and matrices as cases write them. See case_op.h. */
#include "tests/support/case_parts.h"

static uint32_t word_at(const vg_json *from, const char *key, const char *const *words)
{
    vg_slice word = case_text(from, key);

    for (uint32_t i = 0; word.len > 0 && words[i]; i++)
        if (vg_slice_is_str(word, words[i]))
            return i;
    return 0;
}

/* An example is an id or a list of numbers; a list of numbers only is one of ids. */
static uint32_t read_examples(vg_arena *arena, const vg_json *list, const vg_example **out)
{
    uint32_t count = list != NULL ? list->count : 0, i = 0;
    vg_example *to = VG_TAKE_N(arena, vg_example, count + 1);
    const vg_point_id *ids;

    *out = to;
    if (list != NULL && list->kind == VG_JSON_VECTOR) {
        case_ids(arena, list, &ids);
        for (; i < count; i++)
            to[i].id = ids[i];
    }
    for (const vg_json *at = list != NULL ? list->first : NULL; at != NULL; at = at->next, i++) {
        if (vg_json_is_array(at) || at->kind == VG_JSON_OBJECT)
            to[i].vector = case_vector(arena, at);
        else
            to[i].id = case_id(arena, at);
    }
    return count;
}

static void read_sought(vg_arena *arena, const vg_json *from, vg_search *to)
{
    static const char *const scorings[] = {"nearest",   "average", "best_score", "sum_scores",
                                           "discovery", "context", NULL};

    to->scoring = (vg_scoring)word_at(from, "scoring", scorings);
    to->positive_count = read_examples(arena, case_get(from, "positive"), &to->positive);
    to->negative_count = read_examples(arena, case_get(from, "negative"), &to->negative);
    to->except_count = case_ids(arena, case_get(from, "except"), &to->except);
}

static void read_how(vg_arena *arena, const vg_json *from, vg_search_params *to)
{
    static const char *const rescores[] = {"default", "yes", "no", NULL};

    to->hnsw_ef = case_number(arena, from, "hnsw_ef", 0);
    to->indexed_only = case_flag(from, "indexed_only");
    to->ignores_quantization = case_flag(from, "ignores_quantization");
    to->rescore = word_at(from, "rescore", rescores);
    to->oversampling = (float)case_number(arena, from, "oversampling", 0);
}

static void read_search(vg_arena *arena, const vg_json *from, vg_search *to)
{
    const vg_json *threshold = case_get(from, "score_threshold");
    double number = 0;

    to->vector = case_vector(arena, case_get(from, "vector"));
    to->by_id = case_id(arena, case_get(from, "id"));
    to->filter = case_filter(arena, from);
    to->limit = case_number(arena, from, "limit", 10);
    to->offset = case_number(arena, from, "offset", 0);
    to->has_threshold = threshold != NULL && vg_json_read_f64(arena, threshold, &number, NULL);
    to->threshold = (float)number;
    to->exact = case_flag(from, "exact");
    read_sought(arena, from, to);
    read_how(arena, case_get(from, "how"), &to->how);
    to->params = case_raw(from, "params");
    to->using_name = case_text(from, "using");
    to->with_payload = case_payload_selector(arena, from);
    to->with_vectors = case_vector_selector(arena, from);
}

void case_searches(vg_op *op, const vg_json *from)
{
    const vg_json *list = case_get(from, "searches");
    vg_search *queries = VG_TAKE_N(op->arena, vg_search, list->count + 1);
    uint32_t i = 0;

    for (const vg_json *at = list->first; at != NULL; at = at->next)
        read_search(op->arena, at, &queries[i++]);
    op->in.search.queries = queries;
    op->in.search.count = i;
}

static void read_query(vg_arena *arena, const vg_json *from, vg_query *to)
{
    static const char *const kinds[] = {"scroll", "search", "order_by", "sample",
                                        "rrf",    "dbsf",   NULL};

    to->kind = (vg_query_kind)word_at(from, "kind", kinds);
    read_search(arena, from, &to->search);
    case_order(arena, case_get(from, "order_by"), &to->order);
    to->lookup_collection = case_text(from, "lookup");
}

static void read_prefetches(vg_arena *arena, const vg_json *list, vg_query *to)
{
    vg_query *prefetch = VG_TAKE_N(arena, vg_query, list != NULL ? list->count + 1 : 1);

    to->prefetch = prefetch;
    for (const vg_json *at = list != NULL ? list->first : NULL; at != NULL; at = at->next)
        read_query(arena, at, &prefetch[to->prefetch_count++]);
}

void case_queries(vg_op *op, const vg_json *from)
{
    const vg_json *list = case_get(from, "queries");
    vg_query *to = VG_TAKE_N(op->arena, vg_query, list->count + 1);

    op->in.query.at = to;
    for (const vg_json *at = list->first; at != NULL; at = at->next, op->in.query.count++) {
        read_query(op->arena, at, &to[op->in.query.count]);
        read_prefetches(op->arena, case_get(at, "prefetch"), &to[op->in.query.count]);
    }
}

void case_groups(vg_op *op, const vg_json *from)
{
    vg_grouping *grouping = &op->in.groups.grouping;

    read_query(op->arena, case_get(from, "query"), &op->in.groups.query);
    read_prefetches(op->arena, case_get(case_get(from, "query"), "prefetch"), &op->in.groups.query);
    grouping->by = case_text(from, "by");
    grouping->limit = case_number(op->arena, from, "limit", 10);
    grouping->size = case_number(op->arena, from, "size", 3);
}

void case_matrix(vg_op *op, const vg_json *from)
{
    op->in.matrix.sample = case_number(op->arena, from, "sample", 10);
    op->in.matrix.limit = case_number(op->arena, from, "limit", 3);
    op->in.matrix.filter = case_filter(op->arena, from);
    op->in.matrix.using_name = case_text(from, "using");
}
