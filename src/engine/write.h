/* One change to the store, on its way through the writer's queue. Prepared by any thread (vectors
 * brought into their stored form, keys built, names and paths read), applied by the writer's only.
 *
 * Filled in by the functions below; CREATE and DROP need kind, arena, name and spec alone. The
 * arena is for the answer and the story of a failure, and for what the writer must remember until
 * it has committed: some 130 bytes for each point that a filter selects. A selection
 * that does not fit is TOO_LARGE, and nothing of that update is done. */
#ifndef ENGINE_WRITE_H
#define ENGINE_WRITE_H

#include "vecgate/exchange.h"

#include "engine/table.h"
#include "filter/edit.h"

typedef enum vg_write_kind {
    VG_WRITE_CREATE,
    VG_WRITE_DROP,
    VG_WRITE_CHANGE,  /* settings, and of vectors what has no effect on answers */
    VG_WRITE_INDEX,   /* a payload field is declared */
    VG_WRITE_UNINDEX, /* … and is none any more */
    VG_WRITE_POINTS,
} vg_write_kind;

/* A point that is selected. */
typedef struct vg_put {
    vg_slice key;
    const void **vectors; /* UPSERT, UPDATE_VECTORS: one for each place, in its stored form; NULL:
                             not given */
    vg_slice payload;     /* UPSERT */
    const vg_json *json;  /* the same, read; NULL: not read, or empty */
    uint64_t row;         /* the writer's: where it is on disk; 0: it is not there */
} vg_put;

/* A vg_update, prepared. */
typedef struct vg_change {
    vg_op_kind kind; /* UPSERT to DELETE_VECTORS */
    vg_put *puts;    /* by id, in order (UPSERT: no key twice); by filter: the writer's */
    uint32_t count;
    const vg_filter *filter; /* with is_filtered; NULL: all */
    bool is_filtered;
    vg_slice payload;    /* OVERWRITE_PAYLOAD */
    const vg_json *json; /* the same, read; NULL: not read, or empty */
    vg_patch patch;      /* SET_PAYLOAD */
    vg_path at;          /* of the object it is merged into; no steps: the payload */
    vg_removal removal;  /* DELETE_PAYLOAD */
    const bool *cuts;    /* DELETE_VECTORS: for each place, is it meant? */
    uint64_t operation;  /* the writer's: the collection's number of this change */
} vg_change;

typedef struct vg_write {
    vg_work work; /* what is posted; vg_work_finish() says that the answer is complete */
    vg_write_kind kind;
    vg_arena *arena;

    vg_slice name;                  /* CREATE, DROP */
    const vg_collection_spec *spec; /* CREATE, CHANGE */
    vg_table *table;                /* all others: held by the asker. CREATE: the writer's */
    vg_index index;                 /* INDEX; UNINDEX: its key alone */
    bool wait;          /* INDEX: until it is filled. POINTS: ids that are not there are told */
    vg_change *changes; /* POINTS: done in order, until one fails */
    uint32_t count;
    vg_status refusal; /* POINTS: why what comes behind `changes` is not done */

    /* The answer. POINTS: also when the status is not OK `done` updates have been done and stay. */
    vg_status status; /* NOT_FOUND with "collection" in where, EXISTS, NO_SPACE, READ_ONLY, … */
    uint32_t done;    /* POINTS: an update that ended with NOT_FOUND for a point is one of them */
    uint64_t *operations; /* POINTS: the numbers of these */
    uint64_t operation;   /* POINTS: the last one's. INDEX, UNINDEX */
    bool did;             /* CREATE, DROP, CHANGE, UNINDEX: was there something to do? */

    /* the writer's: */
    bool stays;           /* what was applied is in the transaction */
    int64_t grown;        /* points more or less */
    vg_shape *shape;      /* held: the table's when it is committed */
    struct vg_fill *fill; /* INDEX: to be filled (fill.h) */
    uint64_t
        waits_for; /* INDEX: number of the field that must be filled first; 0: answer at once */
    uint64_t waits_since_ns;
    uint64_t dropped_field; /* its filling ends */
} vg_write;

/* ---- updates of points (prepare.c) ---- */

/* Several updates, done in order under one commit: a crash leaves all or none. Each takes an
 * operation number of the collection. The first that fails ends the list: it leaves nothing, those
 * before it stay; but where ids are not there (vg_update), the points that are there are changed.
 *
 * Made for a POINTS write and its table, held by the asker; `at` and all it points to must live
 * until the write is finished. False with write->status: the first update is wrong, or all in one
 * arena is TOO_LARGE. One that is wrong later is left out with all behind it; the writer tells.
 *     INVALID      `Not existing vector name error: foo`, what vg_form_make() refuses, a path that
 *                  is none; `where` says which
 *     UNSUPPORTED  `Empty update request`: neither ids nor a filter */
bool vg_write_prepare_updates(vg_write *write, vg_table *table, const vg_update *at, uint32_t count,
                              bool wait);

/* ---- collections and their payload indexes (write.c) ---- */

/* A spec that this store can hold: up to VG_MAX_VECTORS vectors of 1..VG_MAX_DIMENSION and of known
 * datatypes, or sparse ones with a name, each name once; indexes of known kinds on paths, each key
 * once. False with INVALID. */
bool vg_write_check_spec(const vg_collection_spec *spec, vg_arena *arena, vg_status *status);

/* The settings of `spec`, and hnsw_config, quantization_config, sparse_index and on_disk of its
 * vectors, take the place of those of the table; nothing else of it is looked at. Vectors are found
 * by name. False with INVALID. */
bool vg_write_prepare_change(vg_write *write, vg_table *table, const vg_collection_spec *spec);
/* With `wait` it is finished when the index is filled (or fails with DEADLINE, after a minute, or
 * with what filling met; it goes on all the same), else when it is declared; it may end with
 * OK also when it was dropped meanwhile. The same index again only takes its two numbers; another
 * one with that key takes the place of the first. False with INVALID. */
bool vg_write_prepare_index(vg_write *write, vg_table *table, const vg_index *index, bool wait);
/* No index of that key is no error. */
void vg_write_prepare_unindex(vg_write *write, vg_table *table, vg_slice key);

#endif
