/* Exact search: every vector that a view shows, and that a query's rows admit, is compared with the
 * query, or with all of its examples, and the best are kept. Several queries share one pass over
 * the vectors; one with few rows takes only as long as these need. Any thread; nothing is locked.
 */
#ifndef ENGINE_EXACT_H
#define ENGINE_EXACT_H

#include "engine/dense.h"
#include "engine/rowset.h"
#include "engine/scorer.h"
#include "engine/tuning.h"

typedef struct vg_hnsw vg_hnsw;

/* What a reader looks at: these vectors, as they were after `operation`. From vg_table_view(). */
typedef struct vg_view {
    vg_dense *dense; /* held */
    uint64_t operation;
    uint32_t used;
    uint32_t live;    /* of these, not ended when they were published last */
    vg_hnsw *graph;   /* held: over the slots before `indexed`, also when more go in meanwhile
                         (hnsw.h)   NULL: there is none */
    uint32_t indexed; /* 0 without a graph */
    vg_tuning tuning;
} vg_view;

typedef struct vg_hit {
    uint32_t slot;
    float far; /* smaller is better: minus the dot product, squared L2, L1; by examples: minus the
                  score. Never NaN */
} vg_hit;

typedef struct vg_nearest {
    const float *query;      /* as vg_exact_query() made it */
    const vg_scorer *scorer; /* not NULL: what counts is this, and there is no query */
    vg_distance distance;
    bool has_threshold;
    float threshold;           /* on what is reported, strict */
    const vg_point_id *except; /* these points are left out; sorted by vg_exact_sort_ids() */
    uint32_t except_count;
    const atomic_bool *is_stopped; /* all queries of a search have the same: their hits are not
                                      wanted any more once it is true. NULL: nobody says so */
    const vg_rowset *rows;         /* only points of these rows; NULL: all */
    vg_hit *hits;                  /* room for `limit` */
    uint32_t limit;
    uint32_t count;   /* out: hits, the best first, equally good ones by id */
    bool is_gathered; /* vg_exact_search()'s own: few rows, each looked for */
} vg_nearest;

/* `vector` brought into the form of the stored rows: padded to `stride`, on a 64-byte line,
 * normalised for Cosine. NULL: the arena is spent. */
const float *vg_exact_query(vg_arena *arena, const float *vector, const vg_dense *dense,
                            vg_distance distance);

void vg_exact_search(const vg_view *view, vg_nearest *queries, size_t count);

/* The same in parts, for who finds hits in another way: begin, then hits of slots that the view
 * shows, each once, and slots that are scanned from `first` on, then end. A scan answers how many
 * vectors were compared. */
void vg_exact_begin(vg_nearest *nearest);
void vg_exact_offer(const vg_view *view, vg_nearest *nearest, vg_hit hit);
uint64_t vg_exact_scan(const vg_view *view, uint32_t first, vg_nearest *nearest);
void vg_exact_end(const vg_view *view, vg_nearest *nearest);

/* What is reported (FACTS 9): the dot product, the root of the squared L2, the L1. */
float vg_exact_score(vg_distance distance, float far);
/* The same of one of its hits: that, or the scorer's score. */
float vg_exact_score_of(const vg_nearest *nearest, float far);

void vg_exact_sort_ids(vg_point_id *ids, uint32_t count);
bool vg_exact_leaves_out(const vg_nearest *nearest, const vg_point_id *id);

/* Scales to length 1, unless the square of the length is below the float32 epsilon or within 1e-6
 * of 1. */
void vg_exact_normalise(float *vector, size_t count);

#endif
