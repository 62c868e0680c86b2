/* An errand: one thing that the catalog does for an op, as a chain of child operations on the metadata
 * store and the backend, each with an arena of its own. Errands that change the same name run one after
 * the other. Inside src/catalog only. */
#ifndef CATALOG_ERRAND_H
#define CATALOG_ERRAND_H

#include "catalog/cache.h"
#include "catalog/catalog.h"

#include "base/list.h"
#include "base/loop.h"

typedef struct errand errand;
typedef void errand_step(errand *e);

struct errand {
    vg_list link;          /* in catalog->errands */
    vg_list waiting;       /* behind the errand that holds the same name */
    vg_catalog *catalog;
    vg_arena *arena;       /* the parent's, or its own when it has none */
    vg_op *parent;         /* whose answer this is; NULL: nobody waits for it */
    errand_step *begin;    /* the first step, once the name is free */
    errand_step *then;     /* what follows the child under way */
    vg_op *child;          /* under way, or just done while `then` runs */
    vg_meta_row row;       /* the row as it is known, in `arena` */
    bool has_row;
    bool locks;            /* it changes its name */
    bool holds;            /* and it is its turn */
    vg_code cancelled;     /* why, when it was */
    vg_status failure;     /* the first thing that went wrong */
    void (*finished)(vg_op *parent); /* vg_catalog_found_fn or op->done */
    void *list;            /* list.c's */
    vg_task task;
};

struct vg_catalog {
    vg_catalog_parts parts;
    vg_cache *cache;
    vg_list errands;
    uint32_t busy;
    vg_cell label; /* of its gauge */
};

/* A new errand for `parent`; NULL when its arena is spent. Nothing runs yet. */
errand *vg_errand_new(vg_catalog *catalog, vg_op *parent, errand_step *begin);
/* The same for nobody: with an arena of its own, for tidying up. */
errand *vg_errand_new_alone(vg_catalog *catalog, const vg_op *like, vg_slice name,
                            errand_step *begin);
/* Runs `begin`: now, or after the errands that change the same name. */
void vg_errand_start(errand *e);
/* Makes a child operation, to be filled in and then run; `then` follows it. NULL: no memory (failure is told). */
vg_op *vg_errand_child(errand *e, vg_op_kind kind, errand_step *then);
void vg_errand_run(errand *e);
/* How did the child end? On a failure it becomes the errand's (the first stands). */
bool vg_errand_child_is_ok(errand *e);
/* Copies a row into the errand's arena as e->row. */
bool vg_errand_keep_row(errand *e, const vg_meta_row *row);
void vg_errand_fail(errand *e, vg_code code, vg_slice what, vg_slice where);
/* The end: the parent gets the failure or, without one, what was put into its `out`. */
void vg_errand_finish(errand *e);
/* The same from a later turn, for what ends before it began. */
void vg_errand_finish_later(errand *e);

/* ---- pieces that several errands share ---- */
/* Fills a META_… child's key. */
void vg_errand_key(const errand *e, vg_op *child);
/* The cache changed: its gauge follows. */
void vg_catalog_count(vg_catalog *catalog);
/* "Collection `X` doesn't exist!" */
void vg_errand_no_such(errand *e);
/* The errand's row becomes a cache entry, held by the parent if it has one. False: failure is told. */
bool vg_errand_publish(errand *e);

#endif
