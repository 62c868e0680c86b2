/* A list of queries by the primitive reads, whatever their kinds:
 *
 *     leaves: queries without prefetches, and all prefetches   one SEARCH, and SCROLLs
 *     fused lists, cut                                          RRF, DBSF (fusion.h)
 *     roots:  what looks at the union of its prefetches         one SEARCH, and SCROLLs
 *     parts of fused points that came without                   GETs, beside the roots
 *
 * A stage that nobody needs is passed over. The filter of a query holds for its prefetches too, and
 * what is an example anywhere in it is in none of its lists (FACTS 8). */
#ifndef PLAN_QUERIES_H
#define PLAN_QUERIES_H

#include "plan/fill.h"
#include "plan/leaf.h"

/* Of all prefetches of a request: they are merged on the loop. */
enum { VG_QUERIES_MOST_HITS = 64 * 1024 };

typedef struct vg_queries {
    vg_children *children;
    const vg_query *at; /* no lookups are left in them; they live as long as the op */
    uint32_t count;
    vg_points *lists;              /* the answers */
    vg_explain *explains;          /* of each; NULL: nobody asked */
    struct vg_queries_part *parts; /* queries.c's, as what follows */
    vg_leaf *leaves, *roots;
    uint32_t leaf_count, root_count;
    vg_children_fn *then;
    void *arg;
} vg_queries;

/* then(arg) follows from a later turn: with all lists, or the children have failed, with TOO_LARGE
 * if prefetches have found more than may be merged. */
void vg_queries_run(vg_queries *queries, vg_children_fn *then, void *arg);

#endif
