/* Native searches: by what, among which points, merged of what; one or many. Stricter than Qdrant's
 * API: what would mean nothing beside the rest is refused. Pure: any thread.
 */
#include "front/bounds.h"
#include "front/native/native.h"
#include "front/query_op.h"

enum { DEFAULT_LIMIT = 10 };

static const bounds at_least_one = {1, UINT32_MAX}, any_count = {0, UINT32_MAX};

/* What is looked for: one of these. */
enum { VECTOR, ID, RECOMMEND, DISCOVER, CONTEXT, ORDER_BY, SAMPLE, FUSION, FORMS };
static const char *const form_words[FORMS] = {"vector",  "id",       "recommend", "discover",
                                              "context", "order_by", "sample",    "fusion"};

/* The members of a search's object. */
struct members {
    const vg_json *forms[FORMS];
    const vg_json *using, *lookup_from, *filter, *limit, *score_threshold;
    const vg_json *exact, *ef, *indexed_only, *quantization;
    const vg_json *prefetch, *with_payload, *with_vector, *offset; /* not of a prefetch */
    searched groups;
};

/* ---- the object ---- */

static size_t add(field *to, size_t at, const field *rows, size_t count)
{
    memcpy(to + at, rows, count * sizeof *rows);
    return at + count;
}
#define ADD(to, at, rows) add((to), (at), (rows), sizeof(rows) / sizeof((rows)[0]))

enum use { IN_PREFETCH, IN_SEARCH, IN_GROUPS };

static size_t list_fields(struct members *m, enum use use, field *to)
{
    const field all[] = {{"using", &m->using, false},
                         {"lookup_from", &m->lookup_from, false},
                         {"filter", &m->filter, false},
                         {"limit", &m->limit, false},
                         {"score_threshold", &m->score_threshold, false},
                         {"exact", &m->exact, false},
                         {"ef", &m->ef, false},
                         {"indexed_only", &m->indexed_only, false},
                         {"quantization", &m->quantization, false}};
    const field of_answers[] = {{"prefetch", &m->prefetch, false},
                                {"with_payload", &m->with_payload, false},
                                {"with_vector", &m->with_vector, false}};
    const field of_pages[] = {{"offset", &m->offset, false}};
    const field of_groups[] = {{"group_by", &m->groups.group_by, true},
                               {"group_size", &m->groups.group_size, false},
                               {"with_lookup", &m->groups.with_lookup, false}};
    size_t count = 0;

    for (; count < FORMS; count++)
        to[count] = (field){form_words[count], &m->forms[count], false};
    count = ADD(to, count, all);
    if (use != IN_PREFETCH)
        count = ADD(to, count, of_answers);
    if (use == IN_SEARCH)
        count = ADD(to, count, of_pages);
    return use == IN_GROUPS ? ADD(to, count, of_groups) : count;
}

static bool read_members(vg_arena *arena, const vg_json *v, struct members *m, enum use use,
                         vg_status *status)
{
    field fields[VG_NATIVE_FIELDS];

    return vg_native_read_fields(arena, v, fields, list_fields(m, use, fields), status);
}

/* ---- what is looked for ---- */

static bool read_id(vg_arena *arena, const vg_json *v, vg_query *to, vg_status *status)
{
    return vg_native_read_id(arena, v, &to->search.by_id, status);
}

static bool read_vector(vg_arena *arena, const vg_json *v, vg_query *to, vg_status *status)
{
    return vg_native_read_vector(arena, v, &to->search.vector, status);
}

static bool read_recommend(vg_arena *arena, const vg_json *v, vg_query *to, vg_status *status)
{
    return vg_native_read_recommend(arena, v, &to->search, status);
}

static bool read_discover(vg_arena *arena, const vg_json *v, vg_query *to, vg_status *status)
{
    return vg_native_read_discover(arena, v, &to->search, status);
}

static bool read_context(vg_arena *arena, const vg_json *v, vg_query *to, vg_status *status)
{
    to->search.scoring = VG_BY_CONTEXT;
    return vg_native_read_pairs(arena, v, &to->search, status);
}

static bool read_order(vg_arena *arena, const vg_json *v, vg_query *to, vg_status *status)
{
    to->kind = VG_QUERY_ORDER_BY;
    return vg_native_read_order(arena, v, &to->order, status);
}

static bool read_sample(vg_arena *arena, const vg_json *v, vg_query *to, vg_status *status)
{
    static const char *const known[] = {"random", NULL};
    uint32_t word;

    to->kind = VG_QUERY_SAMPLE;
    return vg_native_read_word(arena, v, known, &word, status);
}

static bool read_fusion(vg_arena *arena, const vg_json *v, vg_query *to, vg_status *status)
{
    static const char *const known[] = {"rrf", "dbsf", NULL};
    uint32_t word = 0;

    if (!vg_native_read_word(arena, v, known, &word, status))
        return false;
    to->kind = word == 0 ? VG_QUERY_RRF : VG_QUERY_DBSF;
    return true;
}

static bool refuse_forms(vg_slice where, vg_status *status)
{
    vg_status_set(status, VG_INVALID,
                  VG_LIT("give one of \"vector\", \"id\", \"recommend\", \"discover\", "
                         "\"context\", \"order_by\", \"sample\" and \"fusion\""),
                  where);
    return false;
}

static bool read_form(vg_arena *arena, const vg_json *object, const struct members *m, vg_query *to,
                      vg_status *status)
{
    static bool (*const readers[FORMS])(vg_arena * arena, const vg_json *v, vg_query *to,
                                        vg_status *status) = {
        read_vector,  read_id,    read_recommend, read_discover,
        read_context, read_order, read_sample,    read_fusion};
    int form = FORMS;

    for (int i = 0; i < FORMS; i++) {
        if (m->forms[i] && form < FORMS)
            return refuse_forms(vg_json_path(arena, m->forms[i]), status);
        if (m->forms[i])
            form = i;
    }
    to->kind = VG_QUERY_SEARCH;
    return form < FORMS ? readers[form](arena, m->forms[form], to, status)
                        : refuse_forms(vg_native_place(arena, object, "vector"), status);
}

/* ---- the terms ---- */

static bool read_quantization(vg_arena *arena, const vg_json *v, vg_search_params *to,
                              vg_status *status)
{
    const vg_json *ignore = NULL, *rescore = NULL, *oversampling = NULL;
    const field fields[] = {{"ignore", &ignore, false},
                            {"rescore", &rescore, false},
                            {"oversampling", &oversampling, false}};
    bool rescores = false;

    if (!v)
        return true;
    if (!READ_FIELDS(arena, v, fields, status) ||
        !vg_native_read_bool(arena, ignore, &to->ignores_quantization, status) ||
        !vg_native_read_bool(arena, rescore, &rescores, status) ||
        !vg_native_read_float(arena, oversampling, &to->oversampling, status))
        return false;
    if (rescore)
        to->rescore = rescores ? VG_RESCORE_YES : VG_RESCORE_NO;
    if (!oversampling || to->oversampling >= 1)
        return true;
    vg_status_set(status, VG_RANGE, VG_LIT("must be 1 or more"), vg_json_path(arena, oversampling));
    return false;
}

static bool read_how(vg_arena *arena, const struct members *m, vg_search *to, vg_status *status)
{
    return vg_native_read_text(arena, m->using, &to->using_name, status) &&
           vg_native_read_bool(arena, m->exact, &to->exact, status) &&
           vg_native_read_count(arena, m->ef, at_least_one, &to->how.hnsw_ef, status) &&
           vg_native_read_bool(arena, m->indexed_only, &to->how.indexed_only, status) &&
           read_quantization(arena, m->quantization, &to->how, status);
}

static bool read_terms(vg_arena *arena, const struct members *m, vg_search *to, vg_status *status)
{
    to->limit = DEFAULT_LIMIT;
    to->has_threshold = m->score_threshold != NULL;
    return read_how(arena, m, to, status) &&
           vg_native_read_filter(arena, m->filter, &to->filter, status) &&
           vg_native_read_count(arena, m->limit, at_least_one, &to->limit, status) &&
           vg_native_read_count(arena, m->offset, any_count, &to->offset, status) &&
           vg_native_read_float(arena, m->score_threshold, &to->threshold, status) &&
           vg_native_read_with_payload(arena, m->with_payload, &to->with_payload, status) &&
           vg_native_read_with_vector(arena, m->with_vector, &to->with_vectors, status);
}

static bool read_lookup(vg_arena *arena, const vg_json *v, vg_query *to, vg_status *status)
{
    const vg_json *collection = NULL, *vector = NULL;
    const field fields[] = {{"collection", &collection, true}, {"vector", &vector, false}};

    if (!v)
        return true;
    if (!READ_FIELDS(arena, v, fields, status) ||
        !vg_native_read_text(arena, collection, &to->lookup_collection, status) ||
        !vg_native_read_text(arena, vector, &to->lookup_vector, status))
        return false;
    if (to->lookup_collection.len == 0)
        return vg_native_wrong(arena, collection, "a collection's name is needed", status);
    return vg_query_op_has_ids(to) ||
           vg_native_wrong(arena, v, "nothing is to be looked up: no id is given", status);
}

/* ---- what means nothing beside the rest ---- */

static const vg_json *first_of(const vg_json *const *members, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (members[i])
            return members[i];
    return NULL;
}

static bool check_use(vg_arena *arena, const struct members *m, const vg_query *query,
                      vg_status *status)
{
    const vg_json *of_search[] = {m->using, m->exact, m->ef, m->indexed_only, m->quantization};
    const vg_json *idle = first_of(of_search, sizeof of_search / sizeof of_search[0]);
    bool is_unscored = query->kind == VG_QUERY_ORDER_BY || query->kind == VG_QUERY_SAMPLE;

    if (idle && query->kind != VG_QUERY_SEARCH)
        return vg_native_wrong(arena, idle, "only a search by vectors takes this", status);
    if (m->score_threshold && is_unscored)
        return vg_native_wrong(arena, m->score_threshold, "these points have no scores", status);
    if (m->offset && query->kind == VG_QUERY_SAMPLE)
        return vg_native_wrong(arena, m->offset, "a random sample has no beginning", status);
    return true;
}

/* ---- a search ---- */

static bool read_prefetch(vg_arena *arena, const vg_json *v, vg_query *to, vg_status *status)
{
    struct members m = {0};

    return read_members(arena, v, &m, IN_PREFETCH, status) && read_form(arena, v, &m, to, status) &&
           (m.forms[FUSION] == NULL ||
            vg_native_wrong(arena, m.forms[FUSION], "a prefetch has no prefetches to merge",
                            status)) &&
           read_terms(arena, &m, &to->search, status) &&
           read_lookup(arena, m.lookup_from, to, status) && check_use(arena, &m, to, status);
}

static bool read_prefetches(vg_arena *arena, const vg_json *list, vg_query *out, vg_status *status)
{
    const vg_json *v = list ? list->first : NULL;
    vg_query *to;

    if (!list)
        return true;
    if (!vg_native_is_filled_list(arena, list, status))
        return false;
    if (list->kind == VG_JSON_VECTOR)
        return vg_json_mismatch(arena, list, "an array of searches", status);
    if (!vg_member_bounded((vg_reader){arena, status}, list, list->count, VG_BOUND_PREFETCHES,
                           "prefetches"))
        return false;
    out->prefetch = to = VG_TAKE_N(arena, vg_query, list->count);
    if (!to)
        return vg_native_no_memory(status);
    out->prefetch_count = list->count;
    for (uint32_t i = 0; i < out->prefetch_count; i++, v = v->next)
        if (!read_prefetch(arena, v, &to[i], status))
            return false;
    return true;
}

bool vg_native_read_one_search(vg_arena *arena, const vg_json *v, searched *groups, vg_query *out,
                               vg_status *status)
{
    struct members m = {0};

    if (!read_members(arena, v, &m, groups ? IN_GROUPS : IN_SEARCH, status) ||
        !read_form(arena, v, &m, out, status) || !read_terms(arena, &m, &out->search, status) ||
        !read_lookup(arena, m.lookup_from, out, status) ||
        !read_prefetches(arena, m.prefetch, out, status))
        return false;
    if (m.forms[FUSION] && !m.prefetch)
        return vg_native_missing(arena, v, "prefetch", status);
    if (groups)
        *groups = m.groups;
    return check_use(arena, &m, out, status);
}

/* ---- one, and many ---- */

bool vg_native_read_search(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_query *query = VG_TAKE(op->arena, vg_query);
    bool explains = false;

    if (!query)
        return vg_native_no_memory(status);
    if (!vg_native_read_search_query(in, op, &explains, status) ||
        !vg_native_read_one_search(op->arena, in->body, NULL, query, status))
        return false;
    query->search.explains = explains;
    return vg_query_op_set((vg_reader){op->arena, status}, op, query);
}

/* NULL: it is refused. */
static vg_query *take_list(vg_op *op, const vg_json *list, vg_status *status)
{
    vg_reader r = {op->arena, status};
    vg_query *to;

    if (!vg_native_is_filled_list(op->arena, list, status))
        return NULL;
    if (list->kind == VG_JSON_VECTOR) {
        vg_json_mismatch(op->arena, list, "an array of searches", status);
        return NULL;
    }
    if (!vg_member_bounded(r, list, list->count, VG_BOUND_SEARCHES, "searches"))
        return NULL;
    to = VG_TAKE_N(op->arena, vg_query, list->count);
    if (!to)
        vg_native_no_memory(status);
    return to;
}

bool vg_native_read_searches(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_json *list = NULL;
    const field fields[] = {{"searches", &list, true}};
    bool explains = false;
    uint32_t count = 0;
    vg_query *to;

    if (!vg_native_read_search_query(in, op, &explains, status) ||
        !READ_FIELDS(op->arena, in->body, fields, status))
        return false;
    to = take_list(op, list, status);
    if (!to)
        return false;
    for (const vg_json *v = list->first; v; v = v->next, count++) {
        if (!vg_native_read_one_search(op->arena, v, NULL, &to[count], status))
            return false;
        to[count].search.explains = explains;
    }
    return vg_query_op_set_list((vg_reader){op->arena, status}, op, to, count);
}
