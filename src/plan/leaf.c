/* See leaf.h. */
#include "plan/leaf.h"

#include "call/weigh.h"
#include "plan/limits.h"
#include "plan/narrow.h"

/* ---- searches ---- */

/* How many of the searches, from the first on, go in one call; one at least. */
static uint32_t searches_at_once(const vg_children *children, const vg_leaf *leaves, uint32_t count)
{
    vg_limits limits = vg_limits_of(vg_runner_backend(children->parts->backend)->adapter,
                                    children->op->collection);
    size_t left = limits.bytes;
    uint32_t found = 0;

    for (uint32_t i = 0; i < count && found < limits.queries; i++) {
        size_t bytes =
            leaves[i].query.kind == VG_QUERY_SEARCH ? vg_weigh_search(&leaves[i].query.search) : 0;

        if (bytes > left && found > 0)
            break;
        left -= bytes < left ? bytes : left;
        found += bytes > 0;
    }
    return found;
}

static vg_op *add_search(vg_children *children, uint32_t count)
{
    vg_op *child = vg_children_add(children, VG_OP_SEARCH);
    vg_search *queries = child ? VG_TAKE_N(child->arena, vg_search, count) : NULL;

    if (child && !queries)
        vg_children_no_memory(children);
    if (!queries)
        return NULL;
    child->in.search.queries = queries;
    return child;
}

static void put_search(vg_op *child, vg_leaf *leaf)
{
    vg_search *queries = (vg_search *)(uintptr_t)child->in.search.queries;

    leaf->child = child;
    leaf->place = child->in.search.count++;
    queries[leaf->place] = leaf->query.search;
}

static bool send_searches(vg_children *children, vg_leaf *leaves, uint32_t count)
{
    uint32_t room = 0;
    vg_op *child = NULL;

    for (uint32_t i = 0; i < count; i++) {
        if (leaves[i].query.kind != VG_QUERY_SEARCH)
            continue;
        if (room == 0) {
            room = searches_at_once(children, leaves + i, count - i);
            child = add_search(children, room);
        }
        if (!child)
            return false;
        put_search(child, &leaves[i]);
        room--;
    }
    return true;
}

static bool take_search(vg_children *children, vg_leaf *leaf)
{
    const vg_op *child = leaf->child;

    if (child->out.searches.count != child->in.search.count) {
        vg_children_fail(children, VG_BACKEND_ERROR,
                         VG_LIT("the backend answered another number of searches"), (vg_slice){0});
        return false;
    }
    leaf->points = child->out.searches.at[leaf->place];
    leaf->explain =
        child->out.searches.explains ? &child->out.searches.explains[leaf->place] : NULL;
    return true;
}

/* ---- everything else ---- */

/* A scroll knows neither an offset nor exceptions. */
static bool send_scroll(vg_children *children, vg_leaf *leaf)
{
    const vg_search *search = &leaf->query.search;
    uint64_t wanted = (uint64_t)search->limit + search->offset;
    vg_op *child = vg_children_add(children, VG_OP_SCROLL);

    if (!child)
        return false;
    leaf->child = child;
    child->in.scroll.limit = wanted < UINT32_MAX ? (uint32_t)wanted : UINT32_MAX;
    child->in.scroll.is_random = leaf->query.kind == VG_QUERY_SAMPLE;
    if (leaf->query.kind == VG_QUERY_ORDER_BY)
        child->in.scroll.order = leaf->query.order;
    child->in.scroll.filter =
        vg_narrow_without_ids(child->arena, search->filter, search->except, search->except_count);
    child->in.scroll.with_payload = search->with_payload;
    child->in.scroll.with_vectors = search->with_vectors;
    if (vg_arena_is_spent(child->arena))
        vg_children_no_memory(children);
    return !vg_children_failed(children);
}

static bool take_scroll(vg_children *children, vg_leaf *leaf)
{
    const vg_points *from = &leaf->child->out.page.points;
    uint32_t offset = leaf->query.search.offset;
    uint32_t count = from->count > offset ? from->count - offset : 0;
    vg_point *points = VG_TAKE_N(children->op->arena, vg_point, (size_t)count + 1);

    if (!points) {
        vg_children_no_memory(children);
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        points[i] = from->at[offset + i];
        points[i].has_score = true;
        points[i].score = 0;
        points[i].version = 0;
    }
    leaf->points = (vg_points){points, count};
    return true;
}

bool vg_leaf_send(vg_children *children, vg_leaf *leaves, uint32_t count)
{
    if (!send_searches(children, leaves, count))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (leaves[i].query.kind != VG_QUERY_SEARCH && !send_scroll(children, &leaves[i]))
            return false;
    return true;
}

static uint64_t hits_of(const vg_leaf *leaf)
{
    const vg_op *child = leaf->child;

    if (leaf->query.kind != VG_QUERY_SEARCH)
        return child->out.page.points.count;
    return leaf->place < child->out.searches.count ? child->out.searches.at[leaf->place].count : 0;
}

uint64_t vg_leaf_hits(const vg_leaf *leaves, uint32_t count)
{
    uint64_t hits = 0;

    for (uint32_t i = 0; i < count; i++)
        hits += leaves[i].child ? hits_of(&leaves[i]) : 0;
    return hits;
}

bool vg_leaf_take(vg_children *children, vg_leaf *leaves, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        bool is_search = leaves[i].query.kind == VG_QUERY_SEARCH;

        if (!(is_search ? take_search : take_scroll)(children, &leaves[i]))
            return false;
    }
    return true;
}
