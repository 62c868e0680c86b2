/* The guest asks; what it is told must be its own. Then it changes and deletes what it can, and the
 * host looks whether it still has everything. */
#include "cli/probe.h"

enum { SIZE = 4, MANY = 100 };

#define FIELD "word"

static const float vector_numbers[SIZE] = {1, 2, 3, 4};

/* ---- inputs ---- */

static vg_vector vector_of(void)
{
    return (vg_vector){.form = VG_VECTOR_F32,
                       .bytes = vg_slice_of((const char *)vector_numbers, sizeof vector_numbers),
                       .count = SIZE};
}

static vg_point_id id_of(uint64_t num)
{
    return (vg_point_id){.kind = VG_ID_NUM, .num = num};
}

bool vg_probe_fill_create(vg_op *op, const vg_probe_side *sides)
{
    static const vg_vector_params params = {.size = SIZE, .distance = VG_DOT, .on_disk = -1};

    (void)sides;
    op->in.create.spec = (vg_collection_spec){.vectors = &params, .vector_count = 1};
    return true;
}

bool vg_probe_fill_points(vg_op *op, const vg_probe_side *side, vg_probe_who who)
{
    const uint64_t ids[VG_PROBE_POINTS] = {VG_PROBE_BOTH,
                                           who == VG_IS_HOST ? VG_PROBE_HOST : VG_PROBE_GUEST};
    vg_point *points = VG_TAKE_N(op->arena, vg_point, VG_PROBE_POINTS);
    vg_vector *vector = VG_TAKE(op->arena, vg_vector);
    vg_update *update = vg_op_update(op);

    if (points == NULL || vector == NULL || update == NULL)
        return false;
    *vector = vector_of();
    for (int i = 0; i < VG_PROBE_POINTS; i++)
        points[i] =
            (vg_point){.id = id_of(ids[i]),
                       .vectors = vector,
                       .vector_count = 1,
                       .payload = vg_arena_printf(op->arena, "{\"" FIELD "\":\"" VG_FMT "\"}",
                                                  VG_ARG(side->word))};
    update->points = points;
    update->point_count = VG_PROBE_POINTS;
    op->in.update.wait = true;
    return !vg_arena_is_spent(op->arena);
}

bool vg_probe_fill_alias(vg_op *op)
{
    static const vg_alias_action action = {.kind = VG_ALIAS_CREATE,
                                           .name = VG_LIT_INIT(VG_PROBE_ALIAS),
                                           .collection = VG_LIT_INIT(VG_PROBE_HOSTS)};

    op->in.aliases.at = &action;
    op->in.aliases.count = 1;
    return true;
}

static bool fill_get(vg_op *op, const vg_probe_side *sides)
{
    static const vg_point_id ids[] = {{.kind = VG_ID_NUM, .num = VG_PROBE_BOTH},
                                      {.kind = VG_ID_NUM, .num = VG_PROBE_HOST},
                                      {.kind = VG_ID_NUM, .num = VG_PROBE_GUEST}};

    (void)sides;
    op->in.get.ids = ids;
    op->in.get.count = sizeof ids / sizeof ids[0];
    op->in.get.with_payload.want = VG_PAYLOAD_ALL;
    return true;
}

static bool fill_scroll(vg_op *op, const vg_probe_side *sides)
{
    (void)sides;
    op->in.scroll.limit = MANY;
    op->in.scroll.with_payload.want = VG_PAYLOAD_ALL;
    return true;
}

static bool fill_count(vg_op *op, const vg_probe_side *sides)
{
    (void)sides;
    op->in.count.exact = true;
    return true;
}

static const vg_filter *with_word(vg_arena *arena, vg_slice word)
{
    vg_filter *filter = VG_TAKE(arena, vg_filter);
    vg_condition *condition = VG_TAKE(arena, vg_condition);

    if (filter == NULL || condition == NULL)
        return NULL;
    condition->test = VG_TEST_MATCH_VALUE;
    condition->key = VG_LIT(FIELD);
    condition->as.value = (vg_match_value){.kind = VG_MATCH_TEXT, .text = word};
    filter->must = (vg_clause){condition, 1};
    return filter;
}

static bool fill_count_foreign(vg_op *op, const vg_probe_side *sides)
{
    op->in.count.exact = true;
    op->in.count.filter = with_word(op->arena, sides[VG_IS_HOST].word);
    return op->in.count.filter != NULL;
}

static bool fill_delete_foreign(vg_op *op, const vg_probe_side *sides)
{
    vg_update *update = vg_op_update(op);

    if (update == NULL)
        return false;
    update->filter = with_word(op->arena, sides[VG_IS_HOST].word);
    op->in.update.wait = true;
    return update->filter != NULL;
}

static bool fill_delete_by_id(vg_op *op, const vg_probe_side *sides)
{
    static const vg_point_id ids[] = {{.kind = VG_ID_NUM, .num = VG_PROBE_BOTH},
                                      {.kind = VG_ID_NUM, .num = VG_PROBE_HOST}};
    vg_update *update = vg_op_update(op);

    (void)sides;
    if (update == NULL)
        return false;
    update->ids = ids;
    update->id_count = sizeof ids / sizeof ids[0];
    op->in.update.wait = true;
    return true;
}

static vg_query *query_of(vg_op *op)
{
    vg_query *query = VG_TAKE(op->arena, vg_query);

    if (query == NULL)
        return NULL;
    query->kind = VG_QUERY_SEARCH;
    query->search.limit = MANY;
    query->search.with_payload.want = VG_PAYLOAD_ALL;
    op->in.query.at = query;
    op->in.query.count = 1;
    return query;
}

static bool fill_search(vg_op *op, const vg_probe_side *sides)
{
    vg_query *query = query_of(op);

    (void)sides;
    if (query != NULL)
        query->search.vector = vector_of();
    return query != NULL;
}

static bool fill_search_by_id(vg_op *op, const vg_probe_side *sides)
{
    vg_query *query = query_of(op);

    (void)sides;
    if (query != NULL)
        query->search.by_id = id_of(VG_PROBE_HOST);
    return query != NULL;
}

static bool fill_recommend(vg_op *op, const vg_probe_side *sides)
{
    static const vg_example example = {.id = {.kind = VG_ID_NUM, .num = VG_PROBE_HOST}};
    vg_query *query = query_of(op);

    (void)sides;
    if (query == NULL)
        return false;
    query->search.scoring = VG_BY_AVERAGE;
    query->search.positive = &example;
    query->search.positive_count = 1;
    return true;
}

static bool fill_lookup(vg_op *op, const vg_probe_side *sides)
{
    vg_query *query = query_of(op);

    (void)sides;
    if (query == NULL)
        return false;
    query->search.by_id = id_of(VG_PROBE_BOTH);
    query->lookup_collection = VG_LIT(VG_PROBE_HOSTS);
    return true;
}

static bool fill_index(vg_op *op, const vg_probe_side *sides)
{
    (void)sides;
    op->in.index.index = (vg_index){.key = VG_LIT(FIELD), .kind = VG_INDEX_KEYWORD};
    op->in.index.wait = true;
    return true;
}

static bool fill_facet(vg_op *op, const vg_probe_side *sides)
{
    (void)sides;
    op->in.facet.key = VG_LIT(FIELD);
    op->in.facet.limit = MANY;
    op->in.facet.exact = true;
    return true;
}

/* ---- verdicts ---- */

static vg_probe_verdict ok_if(const vg_op *op, bool is_own)
{
    if (op->status.code != VG_OK)
        return VG_PROBE_COULD_NOT;
    return is_own ? VG_PROBE_OK : VG_PROBE_LEAK;
}

static vg_probe_verdict is_done(const vg_op *op, const vg_probe_side *sides)
{
    (void)sides;
    return ok_if(op, true);
}

static vg_probe_verdict is_missing(const vg_op *op, const vg_probe_side *sides)
{
    (void)sides;
    if (op->status.code == VG_NOT_FOUND)
        return VG_PROBE_OK;
    return op->status.code == VG_OK ? VG_PROBE_LEAK : VG_PROBE_COULD_NOT;
}

static bool has_word(vg_slice text, vg_slice word)
{
    return word.len > 0 && memmem(text.at, text.len, word.at, word.len) != NULL;
}

/* All of them, and nothing else. */
static bool are_of(vg_points points, const vg_probe_side *sides, vg_probe_who who)
{
    uint64_t own = who == VG_IS_HOST ? VG_PROBE_HOST : VG_PROBE_GUEST;

    if (points.count != VG_PROBE_POINTS)
        return false;
    for (uint32_t i = 0; i < points.count; i++) {
        const vg_point *point = &points.at[i];

        if (point->id.kind != VG_ID_NUM ||
            (point->id.num != VG_PROBE_BOTH && point->id.num != own) ||
            !has_word(point->payload, sides[who].word))
            return false;
    }
    return true;
}

static vg_probe_verdict is_own_list(const vg_op *op, const vg_probe_side *sides)
{
    (void)sides;
    return ok_if(op, op->out.names.count == 1 &&
                         vg_slice_is(op->out.names.at[0], VG_LIT(VG_PROBE_COMMON)));
}

static vg_probe_verdict has_no_aliases(const vg_op *op, const vg_probe_side *sides)
{
    (void)sides;
    return ok_if(op, op->out.aliases.count == 0);
}

static vg_probe_verdict are_own_points(const vg_op *op, const vg_probe_side *sides)
{
    return ok_if(op, are_of(op->out.points, sides, VG_IS_GUEST));
}

static vg_probe_verdict is_own_page(const vg_op *op, const vg_probe_side *sides)
{
    return ok_if(op, are_of(op->out.page.points, sides, VG_IS_GUEST));
}

static vg_probe_verdict is_hosts_page(const vg_op *op, const vg_probe_side *sides)
{
    return ok_if(op, are_of(op->out.page.points, sides, VG_IS_HOST));
}

static vg_probe_verdict are_own_hits(const vg_op *op, const vg_probe_side *sides)
{
    return ok_if(op,
                 op->out.searches.count == 1 && are_of(op->out.searches.at[0], sides, VG_IS_GUEST));
}

static vg_probe_verdict are_two(const vg_op *op, const vg_probe_side *sides)
{
    (void)sides;
    return ok_if(op, op->out.count == VG_PROBE_POINTS);
}

static vg_probe_verdict are_none(const vg_op *op, const vg_probe_side *sides)
{
    (void)sides;
    return ok_if(op, op->out.count == 0);
}

static vg_probe_verdict is_own_facet(const vg_op *op, const vg_probe_side *sides)
{
    return ok_if(op, op->out.facet.count == 1 && op->out.facet.at[0].count == VG_PROBE_POINTS &&
                         vg_slice_is(op->out.facet.at[0].value.text, sides[VG_IS_GUEST].word));
}

static vg_probe_verdict has_no_fields(const vg_op *op, const vg_probe_side *sides)
{
    (void)sides;
    return ok_if(op, op->collection != NULL && op->collection->spec.indexes.count == 0);
}

/* ---- the table, in the order in which they are asked ---- */

#define GUEST VG_IS_GUEST
#define HOST  VG_IS_HOST

/* clang-format off */
const vg_probe vg_probes[] = {
    {"names of collections",                 GUEST, VG_OP_LIST,              NULL,            NULL,                is_own_list},
    {"aliases",                              GUEST, VG_OP_LIST_ALIASES,      NULL,            NULL,                has_no_aliases},
    {"points by their ids",                  GUEST, VG_OP_GET,               VG_PROBE_COMMON, fill_get,            are_own_points},
    {"all points, page by page",             GUEST, VG_OP_SCROLL,            VG_PROBE_COMMON, fill_scroll,         is_own_page},
    {"how many points",                      GUEST, VG_OP_COUNT,             VG_PROBE_COMMON, fill_count,          are_two},
    {"how many with the other's word",       GUEST, VG_OP_COUNT,             VG_PROBE_COMMON, fill_count_foreign,  are_none},
    {"a search",                             GUEST, VG_OP_QUERY,             VG_PROBE_COMMON, fill_search,         are_own_hits},
    {"a search by the other's point",        GUEST, VG_OP_QUERY,             VG_PROBE_COMMON, fill_search_by_id,   is_missing},
    {"recommendation by the other's point",  GUEST, VG_OP_QUERY,             VG_PROBE_COMMON, fill_recommend,      is_missing},
    {"looking up in the other's collection", GUEST, VG_OP_QUERY,             VG_PROBE_COMMON, fill_lookup,         is_missing},
    {"the other's collection",               GUEST, VG_OP_SCROLL,            VG_PROBE_HOSTS,  fill_scroll,         is_missing},
    {"the other's alias",                    GUEST, VG_OP_SCROLL,            VG_PROBE_ALIAS,  fill_scroll,         is_missing},
    {"a field is declared",                  GUEST, VG_OP_CREATE_INDEX,      VG_PROBE_COMMON, fill_index,          is_done},
    {"the other's fields are as they were",  HOST,  VG_OP_DESCRIBE,          VG_PROBE_COMMON, NULL,                has_no_fields},
    {"values of a field",                    GUEST, VG_OP_FACET,             VG_PROBE_COMMON, fill_facet,          is_own_facet},
    {"deleting by the other's word",         GUEST, VG_OP_DELETE,            VG_PROBE_COMMON, fill_delete_foreign, is_done},
    {"nothing of the other's went",          HOST,  VG_OP_SCROLL,            VG_PROBE_COMMON, fill_scroll,         is_hosts_page},
    {"deleting by the other's ids",          GUEST, VG_OP_DELETE,            VG_PROBE_COMMON, fill_delete_by_id,   is_done},
    {"nothing of the other's went",          HOST,  VG_OP_SCROLL,            VG_PROBE_COMMON, fill_scroll,         is_hosts_page},
    {"deleting the collection of that name", GUEST, VG_OP_DROP_COLLECTION,   VG_PROBE_COMMON, NULL,                is_done},
    {"the other's collection is still there", HOST, VG_OP_SCROLL,            VG_PROBE_COMMON, fill_scroll,         is_hosts_page},
};
/* clang-format on */

const uint32_t vg_probe_count = sizeof vg_probes / sizeof vg_probes[0];
