/* What the graph is made of, for hnsw*.c alone. A node's memory, all of it in chunks:
 *
 *     tier k, for 64 << k slots                       lists, m words each, in chunks of their own
 *     links  [2m words a slot: level 0]               [level 1 of slot 7][level 2 of slot 7][...]
 *     upper  [the slot's first list, if it has more levels] ----^
 *     twins  [the next slot with the same vector, or NONE]
 *     kinds  [left out, a twin behind another, or 1 + highest level]
 *
 * A list ends with VG_SLOT_NONE, or is full. Whoever changes one stores slots whose own memory was
 * written before, with release; readers load with acquire, and may meet the old and the new links
 * mixed, any of which leads to a node. */
#ifndef ENGINE_HNSW_GRAPH_H
#define ENGINE_HNSW_GRAPH_H

#include <pthread.h>

#include "engine/hnsw.h"

enum { VG_KIND_NONE = 0, VG_KIND_TWIN = 255 };

/* Bit 31 of a slot marks what a walk has been to, so that no graph has more slots. */
#define VG_HNSW_SLOTS_MOST ((uint32_t)1 << 31)

typedef struct vg_tier {
    _Atomic uint32_t *links;
    _Atomic uint32_t *twins;
    uint32_t *upper;
    uint8_t *kinds;
} vg_tier;

typedef struct vg_stored_measure {
    vg_measure measure;
    vg_compare compare; /* all but the query, which comes in the stored form */
    bool is_mean;       /* of multivectors: for slots with each other */
    size_t fetched;     /* bytes of a row, or of the first ones of several */
} vg_stored_measure;

/* What a walk needs beside the graph; kept by it from walk to walk. */
typedef struct vg_visit {
    struct vg_visit *next; /* idle */
    uint64_t *marks;       /* a bit for each slot below `slots`, all zero between walks */
    uint32_t slots;
    uint32_t *marked; /* the slots whose bit is set */
    uint32_t marked_count, marked_room;
    vg_hit *pool; /* the nearest so far, sorted; bit 31: it was walked from */
    uint32_t pool_count, pool_room;
    vg_hit *heap; /* where to go next, when not all that is walked through is found */
    uint32_t heap_count, heap_room;
    uint32_t *fresh; /* neighbours not marked before, and how far they are */
    float *far;
    uint32_t *chosen; /* by an insertion: m for each level */
    bool is_spent;    /* no memory: the walk is of no use */
} vg_visit;

struct vg_hnsw {
    _Atomic uint32_t holders;
    vg_hnsw_conf conf;
    vg_dense *dense;                /* held */
    vg_stored_measure own, between; /* of a search; of slots with each other */
    const vg_measure *measure;      /* of an insertion */
    double level_factor;            /* 1 / ln m */
    vg_tier tiers[VG_DENSE_CHUNKS];
    _Atomic uint32_t *lists[VG_DENSE_CHUNKS];
    uint32_t tier_count, list_chunks, list_count; /* the inserting thread's */
    _Atomic uint32_t room;                        /* slots that the tiers hold */
    _Atomic uint32_t next;
    _Atomic uint64_t entry; /* (1 + level) << 32 | slot; 0: no node yet */
    _Atomic uint64_t bytes;
    pthread_mutex_t lock; /* over: */
    vg_visit *idle;
};

/* ---- places ---- */

/* Chunk k holds 64 << k things, and begins with thing 64 * (2^k - 1). */
static inline uint32_t vg_tier_of(uint32_t thing, uint32_t *at)
{
    uint64_t which = (uint64_t)thing / VG_DENSE_FIRST + 1;
    uint32_t chunk = 63U - (uint32_t)__builtin_clzll(which);

    *at = thing - (uint32_t)VG_DENSE_FIRST * (uint32_t)(((uint64_t)1 << chunk) - 1);
    return chunk;
}

static inline uint32_t vg_list_room(const vg_hnsw *h, uint32_t level)
{
    return level == 0 ? 2 * h->conf.m : h->conf.m;
}

static inline _Atomic uint32_t *vg_list_of(const vg_hnsw *h, uint32_t slot, uint32_t level)
{
    uint32_t at, tier = vg_tier_of(slot, &at);

    if (level == 0)
        return h->tiers[tier].links + (size_t)at * 2 * h->conf.m;
    tier = vg_tier_of(h->tiers[tier].upper[at] + level - 1, &at);
    return h->lists[tier] + (size_t)at * h->conf.m;
}

static inline uint8_t vg_kind_of(const vg_hnsw *h, uint32_t slot)
{
    uint32_t at, tier = vg_tier_of(slot, &at);

    return h->tiers[tier].kinds[at];
}

static inline _Atomic uint32_t *vg_twin_of(const vg_hnsw *h, uint32_t slot)
{
    uint32_t at, tier = vg_tier_of(slot, &at);

    return &h->tiers[tier].twins[at];
}

/* ---- memory (hnsw.c), the inserting thread ---- */

/* Room for the slot vg_hnsw_next() with this many levels above 0. */
bool vg_hnsw_make_room(vg_hnsw *h, uint32_t upper_levels);
/* The slot's kind and place of lists; its lists are empty. */
void vg_hnsw_begin_node(vg_hnsw *h, uint32_t slot, uint32_t level);
/* Shows it as the place where searches begin, if its level is the highest. */
void vg_hnsw_offer_entry(vg_hnsw *h, uint32_t slot, uint32_t level);
/* The next slot has been considered. */
void vg_hnsw_step(vg_hnsw *h);

/* ---- the default measures (hnsw_stored.c) ---- */

/* `distance` is taken for dense float32; the others have it in their form. */
void vg_stored_measure_init(vg_stored_measure *m, const vg_dense *dense, vg_distance distance,
                            bool is_mean);
/* What a search measures with. */
static inline const vg_measure *vg_measure_of(const vg_hnsw *h, const vg_walk *walk)
{
    if (walk->measure)
        return walk->measure;
    return h->conf.measure ? h->conf.measure : &h->own.measure;
}

/* ---- walks (hnsw_walk.c) ---- */

typedef struct vg_asking {
    const vg_hnsw *graph;
    const vg_measure *measure;
    const void *query;
    const vg_walk *walk; /* which slots are found; NULL: every node, and no twins */
    vg_visit *visit;
    uint32_t compared;
} vg_asking;

/* NULL: no memory. All slots of the graph, as it is now, can be marked. */
vg_visit *vg_visit_take(vg_hnsw *h);
void vg_visit_give(vg_hnsw *h, vg_visit *visit);
void vg_visit_free(vg_visit *visit);
/* No slot is marked, the pool is empty and has room for `ef`. False: no memory. */
bool vg_visit_begin(vg_visit *visit, uint32_t ef);
/* Puts a hit behind those that are as near, if it is among the nearest `ef`; answers its place, or
 * `ef`. */
uint32_t vg_visit_put(vg_visit *visit, uint32_t ef, vg_hit hit);

/* The nearest of the nodes that are met by always going to the nearest neighbour, from level `from`
 * down to the one above `to`. */
vg_hit vg_walk_down(vg_asking *a, uint32_t slot, uint32_t from, uint32_t to);
/* Fills the pool with the nearest `ef` of a level. What is not found is walked through as well, and
 * takes a place in the pool only until then. */
void vg_walk_level(vg_asking *a, uint32_t level, vg_hit entry, uint32_t ef);
/* The same on level 0 where much of what is walked through is not found. */
void vg_walk_filtered(vg_asking *a, vg_hit entry, uint32_t ef);

#endif
