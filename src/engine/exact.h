/* Exact search: every vector that a view shows, and that a query's rows admit, is compared with the
 * query, or with all of its examples, and the best are kept. Several queries share one pass over
 * the vectors; one with few rows takes only as long as these need. Any thread; nothing is locked.
 */
#ifndef ENGINE_EXACT_H
#define ENGINE_EXACT_H

#include "engine/compare.h"
#include "engine/rowset.h"
#include "engine/scorer.h"

typedef struct vg_hit {
    uint32_t slot;
    float far; /* smaller is better: minus the dot product, squared L2, L1; by examples: minus the
                  score. Never NaN */
} vg_hit;

/* An example. */
typedef struct vg_scored {
    vg_role role;
    const float *query; /* these two as in vg_nearest */
    const vg_compare *compare;
} vg_scored;

typedef struct vg_scorer {
    vg_scoring scoring;        /* VG_BY_BEST_SCORE to VG_BY_CONTEXT */
    const vg_scored *examples; /* in the order of scorer.h */
    uint32_t count;
} vg_scorer;

typedef struct vg_nearest {
    const float *query;        /* as vg_exact_query() made it */
    const vg_compare *compare; /* not NULL: with this instead; then `query` is not looked at. The
                                  only way for vectors that are not dense float32 */
    const vg_scorer *scorer;   /* not NULL: its examples instead of these two */
    struct vg_sparse_cursor *cursor; /* of sparse ones: over all that share an index with the query;
                                        NULL: each is compared */
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
    uint32_t count; /* out: hits, the best first, equally good ones by id */
    bool is_done;   /* vg_exact_search()'s own: it needs no look at each slot */
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
/* What a scan measures, of one slot of dense float32. */
float vg_exact_far(const vg_view *view, const vg_nearest *nearest, uint32_t slot);
void vg_exact_end(const vg_view *view, vg_nearest *nearest);

/* Of two rows. */
vg_metric vg_exact_metric(vg_distance distance);
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
