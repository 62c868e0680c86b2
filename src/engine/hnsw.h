/* A graph over the slots of one vg_dense in which the nearest are found by walking: HNSW, after
 * Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using Hierarchical
 * Navigable Small World graphs" (arXiv:1603.09320); neighbours are chosen by its algorithm 4.
 *
 *     level 2        7 ------------- 40            a slot's highest level is drawn by chance, 1/m
 * of level 1        7 --- 12 --- 33 40            them reach the next; up to m links a level, 2m on
 *     level 0    1 2 7 8 9 12 ... 33 40 41         level 0. A search comes from above.
 *     twins            8 -> 39 -> 11               the same vector as slot 8: found with it
 *
 *     slots      0 ............. next ........ used
 *                considered      the tail: whoever searches scans it (exact.h)
 *
 * Slots go in one after the other, ascending. Links lie apart from the vectors, 8 * m bytes a slot
 * on level 0, in chunks like those of vg_dense: what is written once never moves. A slot that has
 * died is walked through and not found; the graph is made anew (over a fresh vg_dense) when there
 * are too many. Slots with the same vector are a chain behind the first of them, so that any number
 * of them takes no more links, and a point that is written again as it was costs next to nothing.
 *
 * One thread at a time inserts. Any number of others search meanwhile, without locks: links are
 * atomic, a node is written before the first link to it, and one that is met half-linked is merely
 * found less well. */
#ifndef ENGINE_HNSW_H
#define ENGINE_HNSW_H

#include "engine/exact.h"

enum { VG_HNSW_M_LEAST = 2, VG_HNSW_M_MOST = 512, VG_HNSW_LEVELS = 16 };

typedef struct vg_hnsw vg_hnsw;

/* How far slots are from something: smaller is nearer, never NaN. What the default does for what
 * vg_dense stores, of any kind but sparse, another may do for codes of it. All functions are called
 * from any thread. */
typedef struct vg_measure vg_measure;
struct vg_measure {
    /* far[i] = from `query` to slots[i]. Called with at most VG_MEASURE_MOST, and best made to
     * fetch the memory of the later ones while it works on the first. */
    void (*far)(const vg_measure *self, const void *query, const uint32_t *slots, uint32_t count,
                float *far);
    /* What `far` takes as its query, for a slot itself; lives as long as the slot. */
    const void *(*query_of)(const vg_measure *self, uint32_t slot);
    /* Are these two the same to every query? NULL: never said. */
    bool (*is_same)(const vg_measure *self, uint32_t a, uint32_t b);
};
enum { VG_MEASURE_MOST = 2 * VG_HNSW_M_MOST };

typedef struct vg_hnsw_conf {
    vg_distance distance;
    uint32_t m;                /* VG_HNSW_M_LEAST..VG_HNSW_M_MOST */
    uint32_t ef_construct;     /* candidates a new node chooses its neighbours from; 1 or more */
    uint64_t seed;             /* of the levels: the same seed and slots make the same graph */
    const vg_measure *measure; /* between slots; lives as long as the graph. NULL: `distance` of the
                                  stored vectors */
} vg_hnsw_conf;

/* Holds the vectors. Held once. NULL: no memory. */
vg_hnsw *vg_hnsw_new(vg_dense *dense, const vg_hnsw_conf *conf);
void vg_hnsw_hold(vg_hnsw *hnsw); /* any thread */
void vg_hnsw_let(vg_hnsw *hnsw);  /* any thread; NULL is fine; the last one frees it */

const vg_hnsw_conf *vg_hnsw_conf_of(const vg_hnsw *hnsw);
vg_dense *vg_hnsw_dense(const vg_hnsw *hnsw);
uint64_t vg_hnsw_bytes(const vg_hnsw *hnsw); /* of its memory; any thread */
/* Slots before this one have been considered: inserted, or left out because nobody sees them. The
 * vectors of all others are to be scanned. Any thread. */
uint32_t vg_hnsw_next(const vg_hnsw *hnsw);

/* ---- the thread that inserts ---- */

/* Takes the slot vg_hnsw_next() into the graph, and moves on. The slot must be below the `used` of
 * a view that this thread took. One that died at `operation` or before, that view's operation, is
 * left out: see vg_hnsw_search() for who could miss it. False: no memory, and nothing has changed.
 */
bool vg_hnsw_insert(vg_hnsw *hnsw, uint64_t operation);

/* ---- any thread ---- */

/* A search. Its hits are the nearest of what it saw on its way: the more candidates (`ef`) it
 * keeps, the more of the true nearest are among them. */
typedef struct vg_walk {
    const vg_view *view;       /* of the graph's vectors */
    uint32_t before;           /* only slots before this one are found; the caller scans the rest */
    const void *query;         /* in the stored form, as vg_exact_query() or compare.h make it;
                                  what `measure` takes, if not NULL */
    const vg_measure *measure; /* NULL: the graph's own */
    const vg_rowset *rows;     /* only points of these rows; NULL: all */
    vg_point_id except;        /* this point is left out; NONE: none is */
    uint32_t ef;               /* less than `limit` means `limit` */
    vg_hit *hits;              /* room for `limit` */
    uint32_t limit;
    uint32_t count;    /* out: hits, the nearest first, equally near ones by id */
    uint32_t compared; /* out: slots whose distance was asked for */
} vg_walk;

/* False: no memory for the marks of what was visited.
 *
 * Ask for `before` = vg_hnsw_next() first, and only then what operation to look at and for the view
 * (or the snapshot of the disk that goes with it): a slot that was left out had died by then, so
 * that the view does not show it. Asked for later, a point that was just replaced could be in
 * neither the graph nor the tail. Slots of the tail that were inserted meanwhile are not found
 * here, so that none is found twice. */
bool vg_hnsw_search(vg_hnsw *hnsw, vg_walk *walk);

/* ---- to disk and back ---- */

/* What is known of a slot before vg_hnsw_next(), as words that mean the same to every graph over
 * the same slots with the same m: none for a slot that was left out; else the next of its twins, or
 * VG_SLOT_NONE, and for each of its levels from 0 on the number of links and the links. A twin
 * behind another has no level. Answers how many words; `to` has room for vg_hnsw_node_most(). By
 * the thread that inserts, or while none does. */
size_t vg_hnsw_node_most(const vg_hnsw *hnsw);
size_t vg_hnsw_node_write(const vg_hnsw *hnsw, uint32_t slot, uint32_t *to);

/* In place of insertion, while nobody searches: the slot vg_hnsw_next() as it was written, of
 * `slots` in all. False: no memory, or the words are no node. */
bool vg_hnsw_node_read(vg_hnsw *hnsw, uint32_t slots, const uint32_t *from, size_t count);
/* After the last of them, before the first search or insertion: do all links lead to nodes that
 * have this level? False: the graph is of no use and must be let go. */
bool vg_hnsw_nodes_end(vg_hnsw *hnsw);

#endif
