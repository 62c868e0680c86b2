/* Which parts of a query the backend does and which are left to the gateway: for whoever has it
 * explained. Pure. */
#ifndef PLAN_SHARE_H
#define PLAN_SHARE_H

#include "vecgate/op.h"

typedef enum vg_query_part {
    VG_PART_SEARCH,   /* comparing, by whatever scoring */
    VG_PART_ORDER_BY, /* points in the order of a field, … */
    VG_PART_SAMPLE,   /* … at random, … */
    VG_PART_SCROLL,   /* … by their ids */
    VG_PART_FILTER,
    VG_PART_PREFETCH, /* the searches of its prefetches */
    VG_PART_FUSION,   /* merging them by RRF or DBSF, … */
    VG_PART_UNION,    /* … or making what the query looks at of them */
    VG_PART_LOOKUP,   /* fetching the vectors of examples that are elsewhere */
    VG_PART_THRESHOLD,
    VG_PART_LIMIT,
    VG_PART_OFFSET,
    VG_PARTS,
} vg_query_part;
const char *vg_query_part_word(vg_query_part part); /* "filter" */

/* Bits by part; one that the query does not have is in neither. */
typedef struct vg_share {
    uint32_t pushed_down, remainder;
} vg_share;

/* `is_made`: the gateway makes it of other reads (op->out.searches.is_made). */
vg_share vg_share_of(const vg_query *query, bool is_made);

#endif
