/* One change to the store, on its way through the writer's queue. Prepared by any thread (floats
 * made, normalised, keys built, repeated ids dropped), applied by the writer's only. */
#ifndef ENGINE_WRITE_H
#define ENGINE_WRITE_H

#include "vecgate/exchange.h"

#include "engine/table.h"

typedef enum vg_write_kind {
    VG_WRITE_CREATE,
    VG_WRITE_DROP,
    VG_WRITE_UPSERT,
    VG_WRITE_DELETE,
} vg_write_kind;

typedef struct vg_put {
    vg_slice key;
    const float *vector; /* NULL: the point has none */
    vg_slice payload;
    uint64_t row; /* the writer's */
} vg_put;

typedef struct vg_write {
    vg_work work; /* what is posted; vg_work_finish() says that the answer is complete */
    vg_write_kind kind;
    vg_arena *arena; /* for the story of a failure */

    vg_slice name;                  /* CREATE, DROP */
    const vg_collection_spec *spec; /* CREATE */
    vg_table *table;                /* UPSERT, DELETE: held by the asker. CREATE: the writer's */
    vg_put *puts;                   /* UPSERT: no key twice. DELETE: keys only */
    uint32_t count;

    vg_status status;   /* NOT_FOUND with "collection" in where, EXISTS, NO_SPACE, READ_ONLY, … */
    uint64_t operation; /* UPSERT, DELETE: the collection's number of this change */
    bool did;           /* CREATE, DROP: was there something to do? */
    int64_t grown;      /* the writer's: points more or less */
} vg_write;

/* Fill kind, table, puts and count from a request; the table's dimension and distance are obeyed.
 * False with write->status: INVALID, TOO_LARGE. */
bool vg_write_prepare_upsert(vg_write *write, vg_table *table, const vg_point *points,
                             uint32_t count);
bool vg_write_prepare_delete(vg_write *write, vg_table *table, const vg_point_id *ids,
                             uint32_t count);
/* A spec that this store can hold: one unnamed vector of 1..VG_MAX_DIMENSION. False with
 * UNSUPPORTED or INVALID. */
bool vg_write_check_spec(const vg_collection_spec *spec, vg_arena *arena, vg_status *status);

#endif
