/* Insertion into the graph: the nearest ef_construct of each level that the new node has are
 * looked for, some of these become its neighbours (algorithm 4 of the paper), and it becomes
 * theirs. A slot whose vector is already there becomes a twin. */
#include <math.h>

#include "engine/hnsw_graph.h"

enum { COMPARED_AT_ONCE = 4 };

typedef struct insertion {
    vg_hnsw *graph;
    vg_visit *visit;
    const void *query; /* the new slot's own */
    uint32_t slot;
    uint32_t level;
    uint32_t counts[VG_HNSW_LEVELS]; /* of visit->chosen */
} insertion;

/* ---- levels ---- */

/* splitmix64 (Steele, Lea, Flood): the slot and the seed alone decide. */
static uint64_t chance_of(uint64_t seed, uint32_t slot)
{
    uint64_t x = seed + ((uint64_t)slot + 1) * 0x9E3779B97F4A7C15U;

    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9U;
    x = (x ^ x >> 27) * 0x94D049BB133111EBU;
    return x ^ x >> 31;
}

static uint32_t draw_level(const vg_hnsw *h, uint32_t slot)
{
    double u = (double)((chance_of(h->conf.seed, slot) >> 11) + 1) / (double)((uint64_t)1 << 53);
    double level = -log(u) * h->level_factor;

    return level < VG_HNSW_LEVELS - 1 ? (uint32_t)level : VG_HNSW_LEVELS - 1;
}

/* ---- which of the candidates become neighbours ---- */

/* Is it nearer to the new node than to each of those that were kept? */
static bool is_apart(const vg_hnsw *h, vg_hit hit, const uint32_t *kept, uint32_t count)
{
    const void *query = h->measure->query_of(h->measure, hit.slot);
    float far[COMPARED_AT_ONCE];

    for (uint32_t i = 0; i < count; i += COMPARED_AT_ONCE) {
        uint32_t some = count - i < COMPARED_AT_ONCE ? count - i : COMPARED_AT_ONCE;

        h->measure->far(h->measure, query, kept + i, some, far);
        for (uint32_t k = 0; k < some; k++)
            if (far[k] < hit.far)
                return false;
    }
    return true;
}

/* Of the pool, the nearest first; answers how many. */
static uint32_t choose(const vg_hnsw *h, const vg_visit *v, uint32_t most, uint32_t *kept)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < v->pool_count && count < most; i++)
        if (is_apart(h, v->pool[i], kept, count))
            kept[count++] = v->pool[i].slot;
    return count;
}

/* ---- links back ---- */

static uint32_t read_list(const _Atomic uint32_t *list, uint32_t room, uint32_t *to)
{
    uint32_t count = 0;

    while (count < room) {
        uint32_t slot = atomic_load_explicit(&list[count], memory_order_relaxed);

        if (slot == VG_SLOT_NONE)
            break;
        to[count++] = slot;
    }
    return count;
}

static void write_list(_Atomic uint32_t *list, uint32_t room, const uint32_t *from, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        atomic_store_explicit(&list[i], from[i], memory_order_release);
    if (count < room)
        atomic_store_explicit(&list[count], VG_SLOT_NONE, memory_order_relaxed);
}

/* The end moves first, so that a reader never passes it. */
static void append(_Atomic uint32_t *list, uint32_t room, uint32_t count, uint32_t slot)
{
    if (count + 1 < room)
        atomic_store_explicit(&list[count + 1], VG_SLOT_NONE, memory_order_relaxed);
    atomic_store_explicit(&list[count], slot, memory_order_release);
}

/* A full list: of its slots and the new one, the nearest to its owner that are apart. */
static void thin(insertion *in, uint32_t owner, uint32_t level)
{
    const vg_hnsw *h = in->graph;
    _Atomic uint32_t *list = vg_list_of(h, owner, level);
    uint32_t room = vg_list_room(h, level), *slots = in->visit->fresh;
    const void *query = h->measure->query_of(h->measure, owner);

    read_list(list, room, slots);
    h->measure->far(h->measure, query, slots, room, in->visit->far);
    h->measure->far(h->measure, query, &in->slot, 1, in->visit->far + room);
    in->visit->pool_count = 0;
    for (uint32_t i = 0; i < room; i++)
        vg_visit_put(in->visit, room + 1, (vg_hit){slots[i], in->visit->far[i]});
    vg_visit_put(in->visit, room + 1, (vg_hit){in->slot, in->visit->far[room]});
    write_list(list, room, slots, choose(h, in->visit, room, slots));
}

static void link_back(insertion *in, uint32_t level)
{
    const uint32_t *chosen = in->visit->chosen + (size_t)level * in->graph->conf.m;
    uint32_t room = vg_list_room(in->graph, level);

    for (uint32_t i = 0; i < in->counts[level]; i++) {
        _Atomic uint32_t *list = vg_list_of(in->graph, chosen[i], level);
        uint32_t count = read_list(list, room, in->visit->fresh);

        if (count < room)
            append(list, room, count, in->slot);
        else
            thin(in, chosen[i], level);
    }
}

/* ---- twins ---- */

/* A node of the pool, which level 0 filled, with the same vector; or NONE. */
static uint32_t find_twin(const insertion *in)
{
    const vg_measure *measure = in->graph->measure;
    const vg_visit *v = in->visit;
    float own;

    if (!measure->is_same)
        return VG_SLOT_NONE;
    measure->far(measure, in->query, &in->slot, 1, &own);
    for (uint32_t i = 0; i < v->pool_count && v->pool[i].far <= own; i++)
        if (v->pool[i].far == own && measure->is_same(measure, v->pool[i].slot, in->slot))
            return v->pool[i].slot;
    return VG_SLOT_NONE;
}

/* The newest comes first behind the node, which is older than all of them: a chain descends. */
static void link_twin(const insertion *in, uint32_t first)
{
    _Atomic uint32_t *link = vg_twin_of(in->graph, first);
    uint32_t at, tier = vg_tier_of(in->slot, &at);
    uint32_t second = atomic_load_explicit(link, memory_order_relaxed);

    in->graph->tiers[tier].kinds[at] = VG_KIND_TWIN;
    atomic_store_explicit(&in->graph->tiers[tier].twins[at], second, memory_order_relaxed);
    atomic_store_explicit(link, in->slot, memory_order_release);
}

/* ---- from above to below ---- */

/* False: no memory. */
static bool find_neighbours(insertion *in, uint64_t entry)
{
    vg_hnsw *h = in->graph;
    vg_asking a = {.graph = h, .measure = h->measure, .query = in->query, .visit = in->visit};
    uint32_t top = (uint32_t)(entry >> 32) - 1, ef = h->conf.ef_construct;
    uint32_t lowest = in->level < top ? in->level : top;
    vg_hit at = vg_walk_down(&a, (uint32_t)entry, top, lowest);

    for (uint32_t level = lowest + 1; level-- > 0; at = in->visit->pool[0]) {
        if (!vg_visit_begin(in->visit, ef))
            return false;
        vg_walk_level(&a, level, at, ef);
        if (in->visit->is_spent)
            return false;
        in->counts[level] =
            choose(h, in->visit, h->conf.m, in->visit->chosen + (size_t)level * h->conf.m);
    }
    return true;
}

/* The node is written as a whole before the first link to it. */
static void link_node(insertion *in)
{
    vg_hnsw *h = in->graph;

    vg_hnsw_begin_node(h, in->slot, in->level);
    for (uint32_t level = 0; level <= in->level; level++)
        write_list(vg_list_of(h, in->slot, level), vg_list_room(h, level),
                   in->visit->chosen + (size_t)level * h->conf.m, in->counts[level]);
    for (uint32_t level = in->level + 1; level-- > 0;)
        link_back(in, level);
    vg_hnsw_offer_entry(h, in->slot, in->level);
}

static bool insert_with(insertion *in, uint64_t entry)
{
    uint32_t thinned = 2 * in->graph->conf.m + 1, twin = VG_SLOT_NONE;

    if (!vg_visit_begin(in->visit, thinned))
        return false;
    if (entry != 0 && !find_neighbours(in, entry))
        return false;
    if (entry != 0)
        twin = find_twin(in);
    if (twin == VG_SLOT_NONE)
        link_node(in);
    else
        link_twin(in, twin);
    return true;
}

static bool insert_slot(vg_hnsw *h, uint32_t slot)
{
    insertion in = {.graph = h, .slot = slot, .level = draw_level(h, slot)};
    bool is_in;

    if (!vg_hnsw_make_room(h, in.level))
        return false;
    in.query = h->measure->query_of(h->measure, slot);
    in.visit = vg_visit_take(h);
    if (!in.visit)
        return false;
    is_in = insert_with(&in, atomic_load_explicit(&h->entry, memory_order_relaxed));
    vg_visit_give(h, in.visit);
    return is_in;
}

bool vg_hnsw_insert(vg_hnsw *h, uint64_t operation)
{
    uint32_t slot = vg_hnsw_next(h);
    vg_place p = vg_dense_place(h->dense, slot);
    uint64_t died = atomic_load_explicit(&p.chunk->died[p.at], memory_order_relaxed);

    if (died > operation ? !insert_slot(h, slot) : !vg_hnsw_make_room(h, 0))
        return false;
    vg_hnsw_step(h);
    return true;
}
