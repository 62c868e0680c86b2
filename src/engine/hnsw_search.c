/* A search of the graph (hnsw.h): down through the levels, around on the lowest, and the nearest of
 * what was found. */
#include <stdlib.h>

#include "engine/hnsw_graph.h"

static int by_far_and_id(const void *a, const void *b, void *dense)
{
    const vg_hit *one = a, *other = b;
    vg_point_id id, other_id;

    if (one->far != other->far)
        return one->far < other->far ? -1 : 1;
    id = vg_dense_id(dense, one->slot);
    other_id = vg_dense_id(dense, other->slot);
    return vg_point_id_cmp(&id, &other_id);
}

/* They are sorted but for those that are equally near. */
static void sort_ties(vg_visit *v, vg_dense *dense)
{
    for (uint32_t first = 0, last; first < v->pool_count; first = last) {
        last = first + 1;
        while (last < v->pool_count && v->pool[last].far == v->pool[first].far)
            last++;
        if (last - first > 1)
            qsort_r(v->pool + first, last - first, sizeof *v->pool, by_far_and_id, dense);
    }
}

static bool is_excepted(const vg_walk *walk, uint32_t slot)
{
    vg_point_id id;

    if (walk->except.kind == VG_ID_NONE)
        return false;
    id = vg_dense_id(walk->view->dense, slot);
    return vg_point_id_cmp(&id, &walk->except) == 0;
}

static void answer(vg_walk *walk, vg_visit *v)
{
    sort_ties(v, walk->view->dense);
    for (uint32_t i = 0; i < v->pool_count && walk->count < walk->limit; i++)
        if (!is_excepted(walk, v->pool[i].slot))
            walk->hits[walk->count++] = v->pool[i];
}

static bool walk_all(vg_asking *a, uint64_t entry)
{
    vg_walk *walk = (vg_walk *)a->walk;
    uint32_t ef = walk->ef > walk->limit ? walk->ef : walk->limit;
    vg_hit begin;

    if (walk->except.kind != VG_ID_NONE && ef < UINT32_MAX)
        ef++;
    if (!vg_visit_begin(a->visit, ef))
        return false;
    begin = vg_walk_down(a, (uint32_t)entry, (uint32_t)(entry >> 32) - 1, 0);
    if (walk->rows)
        vg_walk_filtered(a, begin, ef);
    else
        vg_walk_level(a, 0, begin, ef);
    walk->compared = a->compared;
    return !a->visit->is_spent;
}

bool vg_hnsw_search(vg_hnsw *h, vg_walk *walk)
{
    uint64_t entry = atomic_load_explicit(&h->entry, memory_order_acquire);
    vg_asking a = {.graph = h, .query = walk->query, .walk = walk};
    bool is_done;

    walk->count = walk->compared = 0;
    if (entry == 0 || walk->limit == 0)
        return true;
    a.measure = vg_measure_of(h, walk);
    a.visit = vg_visit_take(h); /* after the entry was read: it can be marked */
    if (!a.visit)
        return false;
    is_done = walk_all(&a, entry);
    if (is_done)
        answer(walk, a.visit);
    vg_visit_give(h, a.visit);
    return is_done;
}
