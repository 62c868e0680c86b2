/* An errand: one thing that the catalog does for an op, as a chain of child operations on the
 * metadata store and the backend, each with an arena of its own. Errands that change the same name
 * run one after the other; one that changes several gets all of them at once, so that nobody waits
 * for a name while holding another. Inside src/catalog only.
 *
 * A step runs on the loop and ends in exactly one of: a child under way, a place among those that
 * wait for a name, vg_errand_finish(), vg_errand_finish_later(). After any of these it must not
 * touch the errand again. `begin` and whatever is called by the catalog's own callers use
 * finish_later only: nothing ends inside the call that asked for it. */
#ifndef CATALOG_ERRAND_H
#define CATALOG_ERRAND_H

#include "base/list.h"
#include "base/loop.h"
#include "catalog/alias.h"
#include "catalog/cache.h"
#include "catalog/catalog.h"

typedef struct errand errand;
typedef void errand_step(errand *e);

/* When the errand ends now: is its row one that tells what to finish? Jobs are told of that. */
typedef enum errand_rest {
    REST_NONE,     /* it is ready, or not there, or was left by somebody else and not touched */
    REST_AS_KNOWN, /* it is, just as e->row */
    REST_UNCLEAR,  /* nobody knows */
} errand_rest;

struct errand {
    vg_list link;  /* in catalog->errands */
    vg_list place; /* in catalog->waiting or catalog->holding; or in none */
    vg_catalog *catalog;
    vg_arena *arena; /* the parent's, or its own when nobody waits for it */
    vg_op *parent;   /* whose answer this is */
    vg_slice name;   /* the collection meant: the parent's name, or what that alias stands for */
    const vg_slice *names; /* other names that it changes, … */
    uint32_t name_count;   /* … so many */
    const errand *master;  /* it runs for another errand, and may do what that one may */
    errand_step *begin;    /* the first step, and the one after waiting for the name */
    errand_step *then;     /* what follows the child under way */
    errand_step *after;    /* what follows when the aliases are known … */
    errand_step *cleaned;  /* … and when none stands for its name any more */
    vg_op *child;          /* under way, or just done while `then` runs; else NULL */
    vg_meta_row row;       /* the row as it is known, in `arena` */
    uint64_t epoch;        /* of the tenant when the store was asked last, and so of `row` */
    bool has_row;
    uint64_t asked_aliases; /* version of the table in memory when its row was asked for; 0: none */
    uint16_t *slots;        /* of its names, held in the group (group.c) … */
    uint32_t slot_count;    /* … so many */
    bool locks;             /* it changes its name … */
    bool waits;             /* … and somebody else does so now */
    bool holds;             /* … and it is its turn */
    bool wrote;             /* a child that changes something was begun */
    bool is_stale;          /* the name changed since the child under way was begun */
    bool is_exact;          /* its name is a collection's, not an alias */
    bool wrote_job;         /* that builds its index */
    errand_rest rest;
    errand_step *adopted;            /* what follows when it was adopted */
    uint8_t tries;                   /* how often somebody else was faster */
    vg_code cancelled;               /* why, when it was */
    vg_status failure;               /* the first thing that went wrong */
    void (*finished)(vg_op *parent); /* vg_catalog_found_fn or op->done; NULL: nobody waits */
    void *own;                       /* of the file whose errand it is */
    vg_task task;                    /* for finish_later */
    vg_timer deadline;               /* of waiting; a child has its own */
};

struct vg_catalog {
    vg_catalog_parts parts;
    vg_cache *cache;
    vg_epochs *epochs;
    vg_list aliases; /* one table for each tenant that needed it: aliases.c */
    vg_list errands;
    vg_list waiting; /* those that wait for names, first come, first served */
    vg_list holding; /* those that have what they waited for */
    uint32_t busy;
    uint16_t *held; /* by slot: how many errands of this worker hold it in the group; NULL: alone */
    vg_timer look;  /* whether others have given back what is waited for */
    vg_cell label;  /* of its gauge */
    vg_catalog_jobs jobs; /* all NULL: there are none */
};

/* A new errand for `parent`; NULL when its arena is spent. Nothing runs yet. */
errand *vg_errand_new(vg_catalog *catalog, vg_op *parent, errand_step *begin);
/* The same for nobody, on the name of `like`: with an arena of its own, for tidying up. */
errand *vg_errand_new_alone(vg_catalog *catalog, const vg_op *like, errand_step *begin);
/* Runs `begin`: now, or (when it locks) after the errands that change one of its names. */
void vg_errand_start(errand *e);
/* Those that wait for names begin, as far as these are free. */
void vg_errand_wake(vg_catalog *catalog);
/* group.c: the errand's names in the other workers. False: one is held there. */
bool vg_errand_take_group(errand *e);
void vg_errand_give_group(errand *e);
/* Somebody waits for what another worker holds. */
void vg_catalog_look_soon(vg_catalog *catalog);
/* Others may change its names now: the errand goes on with another one. */
void vg_errand_let_names(errand *e);
/* Another collection is meant from here on. */
void vg_errand_rename(errand *e, vg_slice name);
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
/* Finds a collection of that very name, adopting it if need be; `then` has a child with
 * `collection` set, or with the reason why not. */
void vg_errand_ask_find(errand *e, vg_slice name, errand_step *then);
/* find.c's part of it: an errand for `child`, which ends it. */
void vg_catalog_find_for(errand *master, vg_op *child);
/* How did the child end? On a failure it becomes the errand's (the first stands). */
bool vg_errand_child_is_ok(errand *e);
/* Copies a row into the errand's arena as e->row. False: failure is told. */
bool vg_errand_keep_row(errand *e, const vg_meta_row *row);
/* ---- place.c: its object on the backend ---- */

/* Which one a new collection with that spec gets, into the row. False: failure is told. */
bool vg_errand_place(errand *e, const vg_collection_spec *spec);
/* Can what exists on the backend, and no row tells of, become the tenant's collection? */
bool vg_errand_can_adopt(const errand *e);
/* The same for the object of a row that is `creating`: may it have been there before? */
bool vg_errand_can_adopt_row(const errand *e, const vg_meta_row *row);
/* Is its object not of the collection's own name, or not its own? */
bool vg_meta_is_derived(const vg_meta_row *row);
/* DROP_COLLECTION and DESCRIBE of the row's object. */
void vg_errand_drop_object(errand *e, errand_step *then);
void vg_errand_describe_object(errand *e, bool is_brief, errand_step *then);

/* ---- keep.c ---- */

/* Is the backend a local one, whose data no other gateway can have? */
bool vg_errand_is_sole(const errand *e);
/* The same for what rows say: is one of the two stores a local one, and this the only worker? */
bool vg_errand_has_sole_rows(const errand *e);
/* A job is to build the collection's index: META_CREATE of it, then `then`; at once, when this
 * backend needs none. */
void vg_errand_make_index_job(errand *e, errand_step *then);
/* What a DESCRIBE found (the child that just ended) becomes the row, ready: by META_UPDATE when
 * there is a row, else by META_CREATE. False: it cannot be kept, failure is told. */
bool vg_errand_adopt(errand *e, errand_step *then);
/* Does a DESCRIBE say that there is no such object? */
bool vg_errand_is_absent(const vg_op *child);
/* META_DELETE of the row as it is known. */
void vg_errand_delete_row(errand *e, errand_step *then);
/* META_UPDATE of the row as it is known, with that spec. */
void vg_errand_update_spec(errand *e, vg_slice spec, errand_step *then);
/* ---- erasing.c: is its tenant being erased? ---- */

/* META_GET of the row that says so: after what is made was written. */
void vg_errand_ask_mark(errand *e, errand_step *then);
/* What that answered: false: it is, or nobody knows, and failure is told. */
bool vg_errand_may_make(errand *e);
/* Is that the failure? */
bool vg_errand_is_erased(const errand *e);

/* ---- keep.c again ---- */

/* Did another gateway change the row first? */
bool vg_errand_lost_race(vg_code code);
/* The spec as a row's text, in the errand's arena. Empty: it cannot be kept, failure is told. */
vg_slice vg_errand_spec(errand *e, const vg_collection_spec *spec);

void vg_errand_fail(errand *e, vg_code code, vg_slice what, vg_slice where);
/* The same, when the errand has no memory left. */
void vg_errand_no_memory(errand *e);
/* "Collection `X` doesn't exist!", X being what the client called it. */
void vg_errand_no_such(errand *e);
/* "Collection `X` already exists!" */
void vg_errand_exists(errand *e, vg_slice name);
/* Did the backend refuse, so that surely nothing was done? Every other failure leaves it open. */
bool vg_errand_was_refused(vg_code code);
/* The end: the parent gets the failure or, without one, what was put into its `out`. */
void vg_errand_finish(errand *e);
void vg_errand_finish_later(errand *e);

/* The errand's row becomes a cache entry, held by the parent. False: failure is told. */
bool vg_errand_publish(errand *e);
/* The entry, if it is in memory and nobody else changed anything since it was read; or NULL.
 * Borrowed as vg_cache_find() says. */
const vg_collection *vg_catalog_known(const vg_catalog *catalog, vg_slice tenant, vg_slice name);
/* The errand's name leaves the cache. */
void vg_errand_forget(errand *e);

/* ---- aliases.c: what is known of the tenant's aliases ---- */

/* Runs `then` with the table in memory; at once, when it is known. */
void vg_errand_need_aliases(errand *e, errand_step *then);
/* Is the table in memory, and did nobody else change anything since it was read? */
bool vg_aliases_are_known(const vg_catalog *catalog, vg_slice tenant);
/* What a name stands for by the table in memory, however old; empty: it is no alias, or there is no
 * table. Borrowed until the table changes. */
vg_slice vg_alias_target(const vg_catalog *catalog, vg_slice tenant, vg_slice name);
/* The table in memory, however old; NULL: it is not there. */
const vg_alias_list *vg_aliases_of(const vg_catalog *catalog, vg_slice tenant);
/* META_GET of the table. */
void vg_errand_ask_aliases(errand *e, errand_step *then);
/* META_CREATE or META_UPDATE of the table, as a change of what META_GET answered. */
typedef struct vg_aliases_change {
    const vg_alias_list *list;
    bool has_row;                 /* META_GET found one, … */
    uint64_t version, created_ms; /* … of these */
} vg_aliases_change;
void vg_errand_write_aliases(errand *e, const vg_aliases_change *change, errand_step *then);
/* What the child that just ended says about the table: its answer comes into memory unless a newer
 * one is there. False: failure is told, or somebody else was faster (vg_errand_lost_race()). */
bool vg_errand_keep_aliases(errand *e);
/* Takes away all aliases of the errand's collection, which is no more; then `then`. When that fails
 * the errand ends with the failure. */
void vg_errand_clean_aliases(errand *e, errand_step *then);
/* The same for a collection that an alias stands for and that was not found: by an errand that
 * nobody waits for, which looks again first. */
void vg_aliases_clean_later(vg_catalog *catalog, const errand *e);
void vg_aliases_free(vg_catalog *catalog);
/* What is known of that tenant's. */
void vg_aliases_forget(vg_catalog *catalog, vg_slice tenant);

#endif
