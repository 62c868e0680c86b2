/* See shared.h. Here: an op of a collection as it is to be said of the shared object. The same
 * vectors, numbers and texts; other ids, keys, filters and selectors, made in the scratch. */
#include "adapters/vector/qdrant/shared.h"
#include "base/buf.h"

static vg_arena *arena_of(const vg_qdrant_share *share)
{
    return share->t->scratch;
}

/* ---- ids, keys, texts ---- */

static const vg_point_id *map_ids(vg_qdrant_share *share, const vg_point_id *ids, uint32_t count)
{
    vg_point_id *to = VG_TAKE_N(arena_of(share), vg_point_id, (size_t)count + 1);

    for (uint32_t i = 0; to != NULL && i < count; i++)
        to[i] = vg_qdrant_share_id(share, &ids[i]);
    return to;
}

/* Behind `extra` places. */
static vg_slice *map_keys(vg_qdrant_share *share, const vg_slice *keys, uint32_t count,
                          uint32_t extra)
{
    vg_slice *to = VG_TAKE_N(arena_of(share), vg_slice, (size_t)count + extra + 1);

    for (uint32_t i = 0; to != NULL && i < count; i++)
        to[i + extra] = vg_qdrant_share_key(share, keys[i]);
    return to;
}

static vg_slice concat(vg_arena *arena, const vg_slice *parts, size_t count)
{
    size_t len = 0;
    char *at, *to;

    for (size_t i = 0; i < count; i++)
        len += parts[i].len;
    at = to = vg_arena_take(arena, len + VG_JSON_PAD);
    for (size_t i = 0; at != NULL && i < count; i++) {
        memcpy(to, parts[i].at, parts[i].len);
        to += parts[i].len;
    }
    return at != NULL ? vg_slice_of(at, len) : (vg_slice){0};
}

/* ---- filters ---- */

static const vg_filter *map_filter(vg_qdrant_share *share, const vg_filter *from, bool is_inside);

/* A nested object's filter speaks of keys inside of it. */
static vg_condition map_condition(vg_qdrant_share *share, const vg_condition *from, bool is_inside)
{
    vg_condition to = *from;

    if (from->key.len > 0 && !is_inside)
        to.key = vg_qdrant_share_key(share, from->key);
    if (from->test == VG_TEST_HAS_ID)
        to.as.ids.at = map_ids(share, from->as.ids.at, from->as.ids.count);
    if (from->test == VG_TEST_NESTED_FILTER || from->test == VG_TEST_NESTED_OBJECT)
        to.as.filter =
            map_filter(share, from->as.filter, is_inside || from->test == VG_TEST_NESTED_OBJECT);
    return to;
}

static vg_clause map_clause(vg_qdrant_share *share, vg_clause from, bool is_inside)
{
    vg_condition *to = VG_TAKE_N(arena_of(share), vg_condition, (size_t)from.count + 1);

    for (uint32_t i = 0; to != NULL && i < from.count; i++)
        to[i] = map_condition(share, &from.at[i], is_inside);
    return (vg_clause){to, from.count};
}

/* From the tree: what was read from JSON is said in it as well. */
static const vg_filter *map_filter(vg_qdrant_share *share, const vg_filter *from, bool is_inside)
{
    vg_filter *to = VG_TAKE(arena_of(share), vg_filter);

    if (to == NULL)
        return NULL;
    to->must = map_clause(share, from->must, is_inside);
    to->should = map_clause(share, from->should, is_inside);
    to->must_not = map_clause(share, from->must_not, is_inside);
    to->min_should = map_clause(share, from->min_should, is_inside);
    to->min_count = from->min_count;
    return to;
}

static bool is_empty(const vg_filter *filter)
{
    return filter->must.count + filter->should.count + filter->must_not.count +
               filter->min_should.count ==
           0;
}

/* One condition, and room for another. */
static vg_filter *filter_by(vg_qdrant_share *share, vg_slice key, vg_slice hash)
{
    vg_filter *to = VG_TAKE(arena_of(share), vg_filter);
    vg_condition *must = VG_TAKE_N(arena_of(share), vg_condition, 2);

    if (to == NULL || must == NULL)
        return NULL;
    must->test = VG_TEST_MATCH_VALUE;
    must->key = key;
    must->as.value = (vg_match_value){.kind = VG_MATCH_TEXT, .text = hash};
    to->must = (vg_clause){must, 1};
    return to;
}

const vg_filter *vg_qdrant_tenant_filter(vg_qdrant_share *share)
{
    return filter_by(share, VG_LIT(VG_QDRANT_TENANT_KEY), share->tenant);
}

const vg_filter *vg_qdrant_share_filter(vg_qdrant_share *share, const vg_filter *filter)
{
    vg_filter *to = filter_by(share, VG_LIT(VG_QDRANT_COLLECTION_KEY), share->collection);
    vg_condition *more;

    if (to == NULL || filter == NULL || is_empty(filter))
        return to;
    more = (vg_condition *)(uintptr_t)&to->must.at[to->must.count++];
    more->test = VG_TEST_NESTED_FILTER;
    more->as.filter = map_filter(share, filter, false);
    return more->as.filter != NULL ? to : NULL;
}

/* ---- what comes back ---- */

/* With what tells whose a point is, and its id. */
static vg_payload_selector map_selector(vg_qdrant_share *share, const vg_payload_selector *from)
{
    vg_payload_selector to = {.want = from->want};
    uint32_t extra = from->want == VG_PAYLOAD_EXCLUDE ? 0 : 2;
    vg_slice *paths;

    if (from->want == VG_PAYLOAD_ALL)
        return to;
    paths = map_keys(share, from->paths, from->path_count, extra);
    if (paths != NULL && extra > 0) {
        paths[0] = VG_LIT(VG_QDRANT_COLLECTION_KEY);
        paths[1] = VG_LIT(VG_QDRANT_ID_KEY);
    }
    if (from->want == VG_PAYLOAD_NONE)
        to.want = VG_PAYLOAD_INCLUDE;
    to.paths = paths;
    to.path_count = from->path_count + extra;
    return to;
}

static void map_order(vg_qdrant_share *share, vg_order_by *order)
{
    if (order->key.len > 0)
        order->key = vg_qdrant_share_key(share, order->key);
}

/* ---- points and changes ---- */

static vg_slice id_json(vg_qdrant_share *share, const vg_point_id *id)
{
    vg_slice text = vg_point_id_text(arena_of(share), id);

    return id->kind == VG_ID_NUM ? text
                                 : vg_arena_printf(arena_of(share), "\"" VG_FMT "\"", VG_ARG(text));
}

/* An object with the payload under its key. */
static vg_slice wrap(vg_qdrant_share *share, vg_slice payload)
{
    const vg_slice parts[] = {VG_LIT("{\""), share->payload, VG_LIT("\":"),
                              payload.len > 0 ? payload : VG_LIT("{}"), VG_LIT("}")};

    return concat(arena_of(share), parts, sizeof parts / sizeof parts[0]);
}

static vg_slice wrap_point(vg_qdrant_share *share, const vg_point *point)
{
    const vg_slice parts[] = {VG_LIT("{\"" VG_QDRANT_TENANT_KEY "\":\""),
                              share->tenant,
                              VG_LIT("\",\"" VG_QDRANT_COLLECTION_KEY "\":\""),
                              share->collection,
                              VG_LIT("\",\"" VG_QDRANT_ID_KEY "\":"),
                              id_json(share, &point->id),
                              VG_LIT(",\""),
                              share->payload,
                              VG_LIT("\":"),
                              point->payload.len > 0 ? point->payload : VG_LIT("{}"),
                              VG_LIT("}")};

    return concat(arena_of(share), parts, sizeof parts / sizeof parts[0]);
}

static const vg_point *map_points(vg_qdrant_share *share, const vg_update *from)
{
    vg_point *to = VG_TAKE_N(arena_of(share), vg_point, (size_t)from->point_count + 1);

    for (uint32_t i = 0; to != NULL && i < from->point_count; i++) {
        to[i] = from->points[i];
        to[i].id = vg_qdrant_share_id(share, &from->points[i].id);
        if (from->kind == VG_OP_UPSERT)
            to[i].payload = wrap_point(share, &from->points[i]);
    }
    return to;
}

/* To replace or clear a payload is to set the key that it stands under: what stands beside it has
 * to stay. */
static void map_payload(vg_qdrant_share *share, const vg_update *from, vg_update *to)
{
    switch (from->kind) {
    case VG_OP_SET_PAYLOAD:
        to->key = from->key.len > 0 ? vg_qdrant_share_key(share, from->key) : share->payload;
        return;
    case VG_OP_OVERWRITE_PAYLOAD:
    case VG_OP_CLEAR_PAYLOAD:
        to->kind = VG_OP_SET_PAYLOAD;
        to->key = (vg_slice){0};
        to->payload =
            wrap(share, from->kind == VG_OP_OVERWRITE_PAYLOAD ? from->payload : (vg_slice){0});
        return;
    case VG_OP_DELETE_PAYLOAD:
        to->names = map_keys(share, from->names, from->name_count, 0);
        return;
    default:
        return;
    }
}

static void map_update(vg_qdrant_share *share, const vg_update *from, vg_update *to)
{
    *to = *from;
    if (from->point_count > 0)
        to->points = map_points(share, from);
    if (from->id_count > 0)
        to->ids = map_ids(share, from->ids, from->id_count);
    else if (from->filter != NULL)
        to->filter = vg_qdrant_share_filter(share, from->filter);
    map_payload(share, from, to);
}

static void map_updates(vg_qdrant_share *share, vg_op *op)
{
    uint32_t count = op->in.update.count;
    vg_update *to = VG_TAKE_N(arena_of(share), vg_update, (size_t)count + 1);

    for (uint32_t i = 0; to != NULL && i < count; i++)
        map_update(share, &op->in.update.at[i], &to[i]);
    op->in.update.at = to;
    if (op->kind != VG_OP_BATCH && to != NULL)
        op->kind = to->kind;
}

/* ---- queries ---- */

static const vg_example *map_examples(vg_qdrant_share *share, const vg_example *from,
                                      uint32_t count)
{
    vg_example *to = VG_TAKE_N(arena_of(share), vg_example, (size_t)count + 1);

    for (uint32_t i = 0; to != NULL && i < count; i++) {
        to[i] = from[i];
        to[i].id = vg_qdrant_share_id(share, &from[i].id);
    }
    return to;
}

static void map_search(vg_qdrant_share *share, vg_search *search)
{
    search->by_id = vg_qdrant_share_id(share, &search->by_id);
    search->positive = map_examples(share, search->positive, search->positive_count);
    search->negative = map_examples(share, search->negative, search->negative_count);
    search->except = map_ids(share, search->except, search->except_count);
    search->filter = vg_qdrant_share_filter(share, search->filter);
    search->with_payload = map_selector(share, &search->with_payload);
}

static void map_searches(vg_qdrant_share *share, vg_op *op)
{
    uint32_t count = op->in.search.count;
    vg_search *to = VG_TAKE_N(arena_of(share), vg_search, (size_t)count + 1);

    for (uint32_t i = 0; to != NULL && i < count; i++) {
        to[i] = op->in.search.queries[i];
        map_search(share, &to[i]);
    }
    op->in.search.queries = to;
}

static const vg_query *map_queries(vg_qdrant_share *share, const vg_query *from, uint32_t count)
{
    vg_query *to = VG_TAKE_N(arena_of(share), vg_query, (size_t)count + 1);

    for (uint32_t i = 0; to != NULL && i < count; i++) {
        to[i] = from[i];
        map_search(share, &to[i].search);
        map_order(share, &to[i].order);
        if (from[i].prefetch_count > 0)
            to[i].prefetch = map_queries(share, from[i].prefetch, from[i].prefetch_count);
    }
    return to;
}

static void map_groups(vg_qdrant_share *share, vg_op *op)
{
    const vg_query *query = map_queries(share, &op->in.groups.query, 1);

    if (query != NULL)
        op->in.groups.query = *query;
    op->in.groups.grouping.by = vg_qdrant_share_key(share, op->in.groups.grouping.by);
}

/* The next page begins with an id that only the point itself tells: it is asked for, too. */
static void map_scroll(vg_qdrant_share *share, vg_op *op)
{
    bool is_by_id = op->in.scroll.order.key.len == 0 && !op->in.scroll.is_random;

    if (is_by_id && op->in.scroll.limit < UINT32_MAX)
        op->in.scroll.limit++;
    op->in.scroll.from = vg_qdrant_share_id(share, &op->in.scroll.from);
    op->in.scroll.filter = vg_qdrant_share_filter(share, op->in.scroll.filter);
    op->in.scroll.with_payload = map_selector(share, &op->in.scroll.with_payload);
    map_order(share, &op->in.scroll.order);
}

/* ---- the others ---- */

static void map_get(vg_qdrant_share *share, vg_op *op)
{
    op->in.get.ids = map_ids(share, op->in.get.ids, op->in.get.count);
    op->in.get.with_payload = map_selector(share, &op->in.get.with_payload);
}

static void map_facet(vg_qdrant_share *share, vg_op *op)
{
    op->in.facet.key = vg_qdrant_share_key(share, op->in.facet.key);
    op->in.facet.filter = vg_qdrant_share_filter(share, op->in.facet.filter);
}

static void map_create(vg_qdrant_share *share, vg_op *op)
{
    vg_slice *settings = &op->in.create.spec.settings;
    bool has_some = settings->len > 0;

    *settings = vg_qdrant_common_settings(arena_of(share), *settings);
    share->is_broken = has_some && settings->len == 0;
}

static void map_input(vg_qdrant_share *share, vg_op *op)
{
    switch (op->kind) {
    case VG_OP_CREATE_COLLECTION:
        map_create(share, op);
        return;
    case VG_OP_CREATE_INDEX:
    case VG_OP_DROP_INDEX:
        op->in.index.index.key = vg_qdrant_share_key(share, op->in.index.index.key);
        return;
    case VG_OP_GET:
        map_get(share, op);
        return;
    case VG_OP_SEARCH:
        map_searches(share, op);
        return;
    case VG_OP_QUERY:
        op->in.query.at = map_queries(share, op->in.query.at, op->in.query.count);
        return;
    case VG_OP_GROUPS:
        map_groups(share, op);
        return;
    case VG_OP_MATRIX:
        op->in.matrix.filter = vg_qdrant_share_filter(share, op->in.matrix.filter);
        return;
    case VG_OP_SCROLL:
        map_scroll(share, op);
        return;
    case VG_OP_COUNT:
        op->in.count.filter = vg_qdrant_share_filter(share, op->in.count.filter);
        return;
    case VG_OP_FACET:
        map_facet(share, op);
        return;
    default:
        if (vg_op_is_update(op->kind))
            map_updates(share, op);
        return;
    }
}

const vg_op *vg_qdrant_share_op(vg_qdrant_share *share, const vg_op *op)
{
    vg_op *to = VG_TAKE(arena_of(share), vg_op);

    if (to != NULL) {
        *to = *op;
        map_input(share, to);
    }
    if (to != NULL && !share->is_broken && !vg_arena_is_spent(arena_of(share)))
        return to;
    vg_try_fail(share->t, VG_TOO_LARGE, (vg_slice){0});
    return NULL;
}
