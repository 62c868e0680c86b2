/* What one call of a backend takes, by its capabilities; where it names no bound, there is none.
 * Pure. */
#ifndef PLAN_LIMITS_H
#define PLAN_LIMITS_H

#include "vecgate/vector_backend.h"

typedef struct vg_limits {
    uint32_t points, ids, queries; /* 1 at least */
    size_t bytes;
} vg_limits;

/* What is asked for in one call. */
typedef struct vg_load {
    uint64_t points, ids, queries;
    size_t bytes;
} vg_load;

/* For an op on `collection` (NULL: on none that matters). In a shared object points and queries
 * carry more than they weigh (vg_placement), so fewer go at once. */
vg_limits vg_limits_of(const vg_adapter *adapter, const vg_collection *collection);
bool vg_limits_take(const vg_limits *limits, const vg_load *load);
/* Does the backend take the whole op in one call? Always true of what cannot be cut: all but
 * changes of points, GET, SEARCH and QUERY. */
bool vg_limits_take_op(const vg_limits *limits, const vg_op *op);
/* How many points, ids and changes that walks over, if it does: 0 when numbers tell it at once. */
uint64_t vg_limits_walk(const vg_limits *limits, const vg_op *op);

/* How many of a list, from its first on, one call takes beside `bytes` that it has anyway; one at
 * least, unless the list is empty. */
uint32_t vg_limits_points(const vg_limits *limits, const vg_point *points, uint32_t count,
                          size_t bytes);
uint32_t vg_limits_ids(const vg_limits *limits, const vg_point_id *ids, uint32_t count,
                       size_t bytes);
uint32_t vg_limits_searches(const vg_limits *limits, const vg_search *searches, uint32_t count);
uint32_t vg_limits_queries(const vg_limits *limits, const vg_query *queries, uint32_t count);

#endif
