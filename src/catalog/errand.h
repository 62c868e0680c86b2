/* An errand: one thing that the catalog does for an op, as a chain of child operations on the
 * metadata store and the backend, each with an arena of its own. Errands that change the same name
 * run one after the other. Inside src/catalog only.
 *
 * A step runs on the loop and ends in exactly one of: a child under way, a place in the queue for
 * the name, vg_errand_finish(), vg_errand_finish_later(). After any of these it must not touch the
 * errand again. `begin` and whatever is called by the catalog's own callers use finish_later only:
 * nothing ends inside the call that asked for it. */
#ifndef CATALOG_ERRAND_H
#define CATALOG_ERRAND_H

#include "base/list.h"
#include "base/loop.h"
#include "catalog/cache.h"
#include "catalog/catalog.h"

typedef struct errand errand;
typedef void errand_step(errand *e);

struct errand {
    vg_list link;  /* in catalog->errands */
    vg_list queue; /* who holds the name: head of those that wait; who waits: its place */
    vg_catalog *catalog;
    vg_arena *arena;    /* the parent's, or its own when nobody waits for it */
    vg_op *parent;      /* whose answer this is */
    errand_step *begin; /* the first step, and the one after waiting for the name */
    errand_step *then;  /* what follows the child under way */
    vg_op *child;       /* under way, or just done while `then` runs; else NULL */
    vg_meta_row row;    /* the row as it is known, in `arena` */
    bool has_row;
    bool locks;                      /* it changes its name … */
    bool waits;                      /* … and somebody else does so now */
    bool holds;                      /* … and it is its turn */
    bool wrote;                      /* a child that changes something was begun */
    bool is_stale;                   /* the name changed since the child under way was begun */
    vg_code cancelled;               /* why, when it was */
    vg_status failure;               /* the first thing that went wrong */
    void (*finished)(vg_op *parent); /* vg_catalog_found_fn or op->done; NULL: nobody waits */
    void *list;                      /* list.c's */
    vg_task task;                    /* for finish_later */
    vg_timer deadline;               /* of waiting; a child has its own */
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
/* The same for nobody, on the name of `like`: with an arena of its own, for tidying up. */
errand *vg_errand_new_alone(vg_catalog *catalog, const vg_op *like, errand_step *begin);
/* Runs `begin`: now, or (when it locks) after the errands that change the same name. */
void vg_errand_start(errand *e);
bool vg_errand_has_name_of(const errand *a, const errand *b);
/* The parent's client has gone, or the gateway is about to. What has begun to change something goes
 * on when only the client has gone. */
void vg_errand_cancel(errand *e, vg_code why);

/* Makes a child operation, to be filled in and then run; `then` follows it. NULL: no memory; then
 * the errand ends by itself. */
vg_op *vg_errand_child(errand *e, vg_op_kind kind, errand_step *then);
/* A META_… child with the key of the errand's row filled in. */
vg_op *vg_errand_row_child(errand *e, vg_op_kind kind, errand_step *then);
void vg_errand_run(errand *e);
/* META_GET of the errand's name. */
void vg_errand_ask_row(errand *e, errand_step *then);
/* How did the child end? On a failure it becomes the errand's (the first stands). */
bool vg_errand_child_is_ok(errand *e);
/* Copies a row into the errand's arena as e->row. False: failure is told. */
bool vg_errand_keep_row(errand *e, const vg_meta_row *row);
/* Can what exists on the backend become a collection? */
bool vg_errand_can_adopt(const errand *e);
/* The spec as a row's text, in the errand's arena. Empty: it cannot be kept, failure is told. */
vg_slice vg_errand_spec(errand *e, const vg_collection_spec *spec);

void vg_errand_fail(errand *e, vg_code code, vg_slice what, vg_slice where);
/* The same, when the errand has no memory left. */
void vg_errand_no_memory(errand *e);
/* "Collection `X` doesn't exist!" */
void vg_errand_no_such(errand *e);
/* Did the backend refuse, so that surely nothing was done? Every other failure leaves it open. */
bool vg_errand_was_refused(vg_code code);
/* The end: the parent gets the failure or, without one, what was put into its `out`. */
void vg_errand_finish(errand *e);
void vg_errand_finish_later(errand *e);

/* The errand's row becomes a cache entry, held by the parent. False: failure is told. */
bool vg_errand_publish(errand *e);
/* The errand's name leaves the cache. */
void vg_errand_forget(errand *e);

#endif
