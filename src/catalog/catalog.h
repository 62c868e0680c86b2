/* The catalog: what a tenant calls a collection, and what that is on the configured backend. Rows
 * live in the metadata store; entries are cached here. Two stores, one collection (design 3): a row
 * is written as `creating`, then the backend's object is made, then the row becomes `ready`;
 * deletion in reverse, so that a crash leaves a row that tells what to finish. A row that is not
 * ready is not there for readers; creating over it undoes what was left, deleting it finishes that.
 *
 * A name may also be an alias: another word for one collection, for everything but creating and
 * deleting, which take real names (FACTS 2). All aliases of a tenant are one row of the store
 * (VG_META_ALIASES), so that a list of changes is atomic whatever the store is. No alias has the
 * name of a collection, and none outlives its collection: who deletes the one removes the others.
 *
 * What is left half-made or half-deleted, by a gateway that ended or by an errand that gave up, is
 * repaired by a job (vg_catalog_repair). A row that is `deleting` is deleted to its end, object,
 * aliases, row. One that is `creating` was never acknowledged, so both ends are right: where
 * collections are adopted (the embedded engine, Qdrant) what the backend has counts: an object that
 * is there becomes a ready collection as the backend describes it, never a reason to drop it, for
 * it may have been there all along; a row without one goes. Elsewhere only the row says what an
 * object is for: both go.
 *
 * While a tenant is erased (its row VG_META_ERASING says so) nothing is made for it: creating, and
 * making and renaming aliases, are refused (CONFLICT, "tenant" in `where`), what would be adopted
 * is served and not kept.
 *
 * Entries and aliases in memory are one worker's view. What another worker of the same group
 * changes is seen at once (generation.h): what was remembered before is read again. When the store
 * cannot be read then, what was remembered still serves, and the answer says so (op->degraded).
 * What another gateway on the same stores changes is seen when it is read again.
 *
 * A backend whose collections can be adopted is asked when a name is unknown: what exists there
 * becomes a row. A collection that the backend no longer has loses its row.
 *
 * Loop's thread only. Every `done` comes exactly once, from a later turn. */
#ifndef CATALOG_CATALOG_H
#define CATALOG_CATALOG_H

#include "call/call.h"
#include "catalog/generation.h"
#include "catalog/holds.h"

typedef struct vg_catalog_parts {
    vg_loop *loop;
    vg_runner *backend;  /* the vector backend */
    vg_runner *metadata; /* the metadata store */
    vg_metrics *metrics;
    size_t op_bytes; /* arena cap of the operations made here */
    /* Of a group of workers on the same stores; they outlive it. NULL: there are no others. */
    vg_generations *generations;
    vg_holds *holds;
    uint32_t worker; /* which of them this is */
    /* An errand has changed a row of a collection, or of aliases, or deleted an object that has no
     * row: `op` is whose errand it was, with op->change set; where the aliases of a collection went
     * with it, the META_UPDATE that did it. For the audit log; NULL: nobody wants to know. */
    void (*changed)(void *arg, const vg_op *op, vg_slice name);
    void *changed_arg;
} vg_catalog_parts;

vg_catalog *vg_catalog_new(const vg_catalog_parts *parts);
/* Nothing may be under way. */
void vg_catalog_free(vg_catalog *catalog);
/* Operations under way here. */
uint32_t vg_catalog_busy(const vg_catalog *catalog);

/* For an op that needs its collection: finds op->name, a collection or an alias of one, and sets
 * op->collection, which stays valid until the op's arena is freed. `found` is called with NOT_FOUND
 * and Qdrant's text in op->status when there is none. Answers true when that was known at once
 * (then `found` is not called): op->collection is set, or op->status when there is no memory. */
typedef void vg_catalog_found_fn(vg_op *op);
bool vg_catalog_find(vg_catalog *catalog, vg_op *op, vg_catalog_found_fn *found);
/* The backend says that this op's collection does not exist: forget it, here and in the store. */
void vg_catalog_lost(vg_catalog *catalog, const vg_op *op);

/* CREATE_COLLECTION, DROP_COLLECTION, LIST as the client means them: op->done follows, or false
 * when there is no memory and nothing was begun. CREATE: EXISTS with Qdrant's text when the name is
 * taken. DROP: out.did says whether there was one; no error when not. LIST: out.names holds the
 * tenant's names, ascending. */
bool vg_catalog_create(vg_catalog *catalog, vg_op *op);
bool vg_catalog_drop(vg_catalog *catalog, vg_op *op);
bool vg_catalog_list(vg_catalog *catalog, vg_op *op);
/* UPDATE_COLLECTION, CREATE_INDEX, DROP_INDEX of op->collection, which was found before: the
 * backend first, then the row; op->collection becomes the new entry. Ops that hold the old one go
 * on with it. INVALID when the change does not fit (vg_spec_merge()); when the backend did its part
 * and the row could not be written the op ends with the store's failure, and repeating it mends
 * that. */
bool vg_catalog_update(vg_catalog *catalog, vg_op *op);
/* CHANGE_ALIASES: all actions in their order, or none. `where` of a failure is "actions[2]". An
 * alias that exists moves; deleting one that does not is no error. NOT_FOUND ``Collection `X`
 * doesn't exist!`` (an alias stands for no alias), `Alias X does not exists!` (rename); EXISTS
 * ``Collection `X` already exists!`` (a new name that is a collection's); RANGE: no name for a
 * collection; TOO_LARGE: more than 256 KiB of aliases. */
bool vg_catalog_change_aliases(vg_catalog *catalog, vg_op *op);
/* LIST_ALIASES: out.aliases holds the tenant's, by name; with op->collection those of that one.
 * What stands for a collection that is not there is left out. */
bool vg_catalog_list_aliases(vg_catalog *catalog, vg_op *op);
/* What is known of a tenant's collections and aliases here is read again before it is used. */
void vg_catalog_forget_tenant(vg_catalog *catalog, vg_slice tenant);
/* The same, and other workers of the group are told: somebody here changed the tenant's rows
 * without the catalog. */
void vg_catalog_tenant_changed(vg_catalog *catalog, vg_slice tenant);
/* Ends a vg_catalog_… of this op early, as vg_call_cancel() does: CANCELLED lets a creation or a
 * deletion that has begun to change something run to its end. */
void vg_catalog_cancel(vg_catalog *catalog, vg_op *op, vg_code why);

/* ---- what is left half-made or half-deleted ---- */
/* LIST of what rows of all tenants say is unfinished: out.rows (tenant and name), so many at most.
 * op->done follows, or false. */
enum { VG_UNFINISHED = 256 };
bool vg_catalog_unfinished(vg_catalog *catalog, vg_op *op);
/* REPAIR of the collection op->name: tidied up, with its name held. Where several gateways may
 * share both stores, a row that changed within the last ten minutes may be another one's work and
 * is left alone, unless it is as op->in.repair says that it was left. */
bool vg_catalog_repair(vg_catalog *catalog, vg_op *op);

/* ---- what lasts longer than a request: given by the layer of jobs, above this one ---- */
typedef struct vg_catalog_jobs {
    void *arg;
    /* Fills `create`, a META_CREATE, with the row of a job that builds the index of that collection
     * of create->who. False: no memory. */
    bool (*write_index_job)(void *arg, vg_op *create, vg_slice collection);
    /* That row was written, and the errand that wrote it has ended. */
    void (*index_job)(void *arg, vg_slice tenant, vg_slice collection);
    /* An errand gave up half-way; the row as it was left: tenant, name, version 0 when nobody knows
     * the rest. */
    void (*left)(void *arg, const vg_meta_row *row);
    /* A DESCRIBE that ended well: what jobs know of it. */
    void (*describe)(void *arg, vg_op *op);
    /* LIST_JOBS, GET_JOB, CANCEL_JOB, ERASE_TENANT: op->done follows; false: no memory. */
    bool (*ask)(void *arg, vg_op *op);
} vg_catalog_jobs;
/* Copied; NULL: there are none. Without them no index is built by jobs, and nobody is told. */
void vg_catalog_set_jobs(vg_catalog *catalog, const vg_catalog_jobs *jobs);
void vg_catalog_describe(vg_catalog *catalog, vg_op *op);
/* False: no memory; or there are no jobs, which op->status says then. */
bool vg_catalog_ask_jobs(vg_catalog *catalog, vg_op *op);

/* ---- merge.c ---- */
/* `old` changed by `patch`, the JSON object of op->in.change: members of `settings` and of a vector
 * replace what is there, objects field by field (one level deep); null leaves alone. Slices are
 * old's or in the arena. False: INVALID (`Not existing vector name error: foo`, a value of another
 * kind), UNSUPPORTED (a field of a vector that cannot change), INTERNAL (damaged row), OVERLOADED.
 */
bool vg_spec_merge(vg_arena *arena, const vg_collection_spec *old, vg_slice patch,
                   vg_collection_spec *out, vg_status *status);

/* ---- names.c ---- */
/* Checks a new collection's name: 1..255 characters, none of <>:"/\|?* NUL 0x1F, not "." or "..":
 * RANGE_PATH otherwise. */
bool vg_collection_name_check(vg_arena *arena, vg_slice name, vg_status *status);
/* Could a collection have that name, perhaps one that somebody else made? What cannot is asked of
 * no store and no backend: too long, or a path of its own. */
bool vg_collection_name_can_be(vg_slice name);

#endif
