/* See queries.h. */
#include "plan/queries.h"

#include <inttypes.h>

#include "plan/fusion.h"
#include "plan/narrow.h"

/* So few hits of prefetches bring their parts with them: one exchange less, for a few rows more. */
enum { CHEAP_HITS = 64 };

typedef struct vg_queries_part {
    uint32_t leaf;       /* the first of its leaves: one of its own, or its prefetches */
    vg_leaf *root;       /* NULL: none is needed, or not yet */
    bool is_filled;      /* its leaves bring payloads and vectors */
    vg_point_id *except; /* examples anywhere in it */
    uint32_t except_count;
    vg_fill fill;
    bool fills;
} part;

static vg_arena *arena_of(const vg_queries *q)
{
    return q->children->op->arena;
}

static bool is_fused(const vg_query *query)
{
    return query->kind == VG_QUERY_RRF || query->kind == VG_QUERY_DBSF;
}

static uint32_t leaves_of(const vg_query *query)
{
    return query->prefetch_count > 0 ? query->prefetch_count : 1;
}

/* ---- examples ---- */

static void put_example(part *p, const vg_point_id *id)
{
    if (id->kind == VG_ID_NONE)
        return;
    if (p->except)
        p->except[p->except_count] = *id;
    p->except_count++;
}

static void put_examples(part *p, const vg_query *query)
{
    const vg_search *search = &query->search;

    for (uint32_t i = 0; i < search->except_count; i++)
        put_example(p, &search->except[i]);
    if (query->kind != VG_QUERY_SEARCH)
        return;
    put_example(p, &search->by_id);
    for (uint32_t i = 0; i < search->positive_count; i++)
        put_example(p, &search->positive[i].id);
    for (uint32_t i = 0; i < search->negative_count; i++)
        put_example(p, &search->negative[i].id);
}

static void put_all_examples(part *p, const vg_query *query)
{
    p->except_count = 0;
    put_examples(p, query);
    for (uint32_t i = 0; i < query->prefetch_count; i++)
        put_examples(p, &query->prefetch[i]);
}

/* Counted first, then kept. A search knows its own; with prefetches each knows all. */
static bool gather_examples(const vg_queries *q, part *p, const vg_query *query)
{
    if (query->prefetch_count == 0)
        return true;
    put_all_examples(p, query);
    if (p->except_count == 0)
        return true;
    p->except = VG_TAKE_N(arena_of(q), vg_point_id, p->except_count);
    if (p->except)
        put_all_examples(p, query);
    return p->except != NULL;
}

static void use_examples(const part *p, vg_search *search)
{
    if (p->except_count == 0)
        return;
    search->except = p->except;
    search->except_count = p->except_count;
}

/* ---- leaves ---- */

static bool brings_parts(const vg_query *query)
{
    uint64_t hits = 0;

    for (uint32_t i = 0; i < query->prefetch_count; i++)
        hits += query->prefetch[i].search.limit;
    return is_fused(query) && hits <= CHEAP_HITS;
}

static void make_prefetch(const vg_queries *q, const part *p, const vg_query *root, vg_leaf *leaf)
{
    vg_search *search = &leaf->query.search;

    search->filter = vg_narrow_by(arena_of(q), search->filter, root->search.filter);
    search->offset = 0;
    search->with_payload = (vg_payload_selector){0};
    search->with_vectors = (vg_vector_selector){0};
    if (p->is_filled) {
        search->with_payload = root->search.with_payload;
        search->with_vectors = root->search.with_vectors;
    }
    use_examples(p, search);
}

static bool make_leaves(vg_queries *q, part *p, const vg_query *query)
{
    p->leaf = q->leaf_count;
    p->is_filled = brings_parts(query);
    if (!gather_examples(q, p, query))
        return false;
    if (query->prefetch_count == 0) {
        vg_leaf *leaf = &q->leaves[q->leaf_count++];

        leaf->query = *query;
        if (query->kind == VG_QUERY_SAMPLE)
            leaf->query.search.offset = 0; /* FACTS 8 */
        return true;
    }
    for (uint32_t i = 0; i < query->prefetch_count; i++) {
        vg_leaf *leaf = &q->leaves[q->leaf_count++];

        leaf->query = query->prefetch[i];
        make_prefetch(q, p, query, leaf);
    }
    return true;
}

static bool make_all_leaves(vg_queries *q)
{
    size_t total = 0;

    for (uint32_t i = 0; i < q->count; i++)
        total += leaves_of(&q->at[i]);
    q->parts = VG_TAKE_N(arena_of(q), part, (size_t)q->count + 1);
    q->lists = VG_TAKE_N(arena_of(q), vg_points, (size_t)q->count + 1);
    q->leaves = VG_TAKE_N(arena_of(q), vg_leaf, total + 1);
    q->roots = VG_TAKE_N(arena_of(q), vg_leaf, (size_t)q->count + 1);
    if (!q->parts || !q->lists || !q->leaves || !q->roots)
        return false;
    for (uint32_t i = 0; i < q->count; i++)
        if (!make_leaves(q, &q->parts[i], &q->at[i]))
            return false;
    return !vg_arena_is_spent(arena_of(q));
}

/* ---- what becomes of them ---- */

/* The lists of a query's prefetches, side by side. NULL: no memory. */
static vg_points *lists_of(const vg_queries *q, const part *p, const vg_query *query)
{
    vg_points *lists = VG_TAKE_N(arena_of(q), vg_points, (size_t)query->prefetch_count + 1);

    for (uint32_t i = 0; lists && i < query->prefetch_count; i++)
        lists[i] = q->leaves[p->leaf + i].points;
    return lists;
}

static bool fuse(vg_queries *q, part *p, const vg_query *query, vg_points *out)
{
    const vg_search *search = &query->search;
    vg_fusion_cut cut = {search->limit, search->offset, search->has_threshold, search->threshold};
    vg_points *lists = lists_of(q, p, query);
    bool good = lists && (query->kind == VG_QUERY_RRF ? vg_fusion_rrf : vg_fusion_dbsf)(
                             arena_of(q), lists, query->prefetch_count, &cut, out);

    if (!good || p->is_filled || !vg_fill_is_needed(&search->with_payload, &search->with_vectors))
        return good;
    p->fills = true;
    p->fill = (vg_fill){.lists = out,
                        .list_count = 1,
                        .with_payload = search->with_payload,
                        .with_vectors = search->with_vectors};
    return true;
}

/* The query itself, over the union of its prefetches, in which no example is. */
static bool make_root(vg_queries *q, part *p, const vg_query *query)
{
    vg_points *lists = lists_of(q, p, query);
    uint32_t count = 0;
    const vg_point_id *ids =
        lists ? vg_fusion_union(arena_of(q), lists, query->prefetch_count, &count) : NULL;

    if (!ids || count == 0)
        return ids != NULL;
    p->root = &q->roots[q->root_count++];
    p->root->query = *query;
    p->root->query.search.filter = vg_narrow_to_ids(arena_of(q), query->search.filter, ids, count);
    return !vg_arena_is_spent(arena_of(q));
}

static bool merge(vg_queries *q, uint32_t i)
{
    const vg_query *query = &q->at[i];
    part *p = &q->parts[i];

    if (query->prefetch_count == 0) {
        q->lists[i] = q->leaves[p->leaf].points;
        return true;
    }
    return is_fused(query) ? fuse(q, p, query, &q->lists[i]) : make_root(q, p, query);
}

/* ---- explanations ---- */

static const vg_explain *explain_of(const vg_queries *q, uint32_t i)
{
    const part *p = &q->parts[i];

    if (p->root)
        return p->root->explain;
    return q->at[i].prefetch_count == 0 ? q->leaves[p->leaf].explain : NULL;
}

static void gather_explains(vg_queries *q)
{
    for (uint32_t i = 0; i < q->count; i++) {
        const vg_explain *explain = explain_of(q, i);

        if (!explain)
            continue;
        if (!q->explains)
            q->explains = VG_TAKE_N(arena_of(q), vg_explain, q->count);
        if (q->explains)
            q->explains[i] = *explain;
    }
}

/* ---- the way ---- */

static void finish(void *arg)
{
    vg_queries *q = arg;

    if (!vg_children_failed(q->children))
        gather_explains(q);
    q->then(q->arg);
}

static void take_rest(void *arg)
{
    vg_queries *q = arg;

    if (!vg_leaf_take(q->children, q->roots, q->root_count))
        return;
    for (uint32_t i = 0; i < q->count && !vg_children_failed(q->children); i++) {
        if (q->parts[i].root)
            q->lists[i] = q->parts[i].root->points;
        else if (q->parts[i].fills)
            vg_fill_take(q->children, &q->parts[i].fill);
    }
}

static uint64_t count_hits(const vg_queries *q)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < q->count; i++)
        for (uint32_t k = 0; k < q->at[i].prefetch_count; k++)
            count += q->leaves[q->parts[i].leaf + k].points.count;
    return count;
}

static bool check_hits(const vg_queries *q)
{
    uint64_t count = count_hits(q);

    if (count <= VG_QUERIES_MOST_HITS)
        return true;
    vg_children_fail(q->children, VG_TOO_LARGE,
                     vg_arena_printf(arena_of(q),
                                     "the prefetches found %" PRIu64 " points: one request may "
                                     "merge %d; give them smaller limits",
                                     count, VG_QUERIES_MOST_HITS),
                     VG_LIT("prefetch"));
    return false;
}

static void on_rest(void *arg)
{
    vg_queries *q = arg;
    uint64_t hits = vg_leaf_hits(q->roots, q->root_count);

    for (uint32_t i = 0; i < q->count; i++)
        hits += q->parts[i].fills ? q->lists[i].count : 0;
    vg_children_compute(q->children, hits, take_rest, finish, q);
}

/* Their roots, and the parts of what was fused, come side by side. */
static void merge_all(void *arg)
{
    vg_queries *q = arg;

    if (!vg_leaf_take(q->children, q->leaves, q->leaf_count) || !check_hits(q))
        return;
    for (uint32_t i = 0; i < q->count; i++) {
        if (merge(q, i))
            continue;
        vg_children_no_memory(q->children);
        return;
    }
    if (!vg_leaf_send(q->children, q->roots, q->root_count))
        return;
    for (uint32_t i = 0; i < q->count; i++)
        if (q->parts[i].fills && !vg_fill_send(q->children, &q->parts[i].fill))
            return;
}

static void on_merged(void *arg)
{
    vg_queries *q = arg;

    if (vg_children_failed(q->children) || !vg_children_wait(q->children))
        finish(q);
    else
        vg_children_run(q->children, on_rest, q);
}

static void on_leaves(void *arg)
{
    vg_queries *q = arg;
    uint64_t hits = vg_leaf_hits(q->leaves, q->leaf_count);

    vg_children_compute(q->children, hits, merge_all, on_merged, q);
}

void vg_queries_run(vg_queries *queries, vg_children_fn *then, void *arg)
{
    queries->then = then;
    queries->arg = arg;
    if (!make_all_leaves(queries))
        vg_children_no_memory(queries->children);
    else
        vg_leaf_send(queries->children, queries->leaves, queries->leaf_count);
    vg_children_run(queries->children, on_leaves, queries);
}
