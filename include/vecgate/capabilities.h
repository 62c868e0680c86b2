/* What a backend can do. Constant for an adapter; shown by /v1/backends and
 * docs/capabilities.md. */
#ifndef VECGATE_CAPABILITIES_H
#define VECGATE_CAPABILITIES_H

#include "vecgate/filter.h"

typedef enum vg_consistency {
    VG_READ_AFTER_WRITE, /* an acknowledged write is seen by the next read */
    VG_EVENTUAL,
} vg_consistency;

struct vg_capabilities {
#define CAPABILITY(field, name, doc) bool field;
#include "vecgate/capabilities.def"
#undef CAPABILITY
    uint32_t max_vector_dimensions;
    uint32_t max_sparse_values;   /* of one sparse vector; 0: no bound */
    uint32_t max_sparse_index;    /* the largest; 0: no bound */
    bool distances[VG_DISTANCES]; /* by vg_distance */
    uint32_t filter_tests;        /* bit 1 << vg_test for each test the backend evaluates itself */
    uint32_t max_top_k;           /* offset + limit; 0: bounded by memory only */
    /* What one call may have; an op that is more comes to the adapter in parts. 0: no bound. */
    uint32_t max_points_per_call;
    uint32_t max_ids_per_call;
    uint32_t max_queries_per_call;
    uint32_t max_bytes_per_call; /* about as much as JSON; a read of one thing may be more */
    vg_consistency consistency;
    bool serves_workers; /* of a local store: a group of workers may have it open at once */
};

#endif
