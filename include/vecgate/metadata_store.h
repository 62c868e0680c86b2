/* What a collection *is* lives in a metadata store as one row per (tenant, backend, name). A store
 * is an adapter like any other (vector_backend.h): a table of steps for the five META_ operations,
 * reached through the runner, so that it gets the same deadlines, spans and metrics.
 *
 *     META_CREATE  version 1 is given; EXISTS when the key is taken
 *     META_GET     found or not; not found is no error
 *     META_UPDATE  the row whose version equals in.row.version becomes in.row with version + 1;
 *                  CONFLICT when the version differs, NOT_FOUND when there is none
 *     META_DELETE  found or not; a version other than 0 must match, else CONFLICT
 *     META_LIST    rows of a tenant or of all, of one backend or of all, at most `limit` of those
 *                  behind a given one (vg_meta_query)
 *
 * Names that begin with "/" are no collections': no collection can have one (the catalog's name
 * checks see to it). A tenant's aliases of a backend are one row under VG_META_ALIASES, so that a
 * list of changes is atomic on every store: its spec is {"aliases":[{"name":…,"collection":…},…]},
 * its physical name empty, its state ready; it goes only with the tenant. While a tenant is erased
 * there is a row VG_META_ERASING of it: nothing is made for it meanwhile. META_LIST gives such rows
 * too; who lists collections leaves them out.
 *
 * What was answered OK is durable to the degree that the store promises (memory: not at all). */
#ifndef VECGATE_METADATA_STORE_H
#define VECGATE_METADATA_STORE_H

#include "vecgate/slice.h"

typedef enum vg_meta_state {
    VG_META_CREATING, /* the row is there, the backend's object perhaps not */
    VG_META_READY,
    VG_META_DELETING, /* the backend's object is perhaps gone, the row not yet */
} vg_meta_state;

typedef struct vg_meta_row {
    vg_slice tenant; /* key … */
    vg_slice backend;
    vg_slice name;     /* … the tenant's own name */
    vg_slice physical; /* the backend object's name */
    bool raw_ids;      /* ids go to the backend as they are (design 4); else hashed */
    vg_meta_state state;
    uint64_t version; /* 1, 2, …: optimistic locking */
    uint64_t created_ms;
    uint64_t updated_ms;
    vg_slice spec; /* JSON: catalog/spec.c reads and writes it, a store does not look inside */
} vg_meta_row;

#define VG_META_ALIASES VG_LIT("/aliases")
#define VG_META_ERASING VG_LIT("/erasing")
/* Greater than all of these, and less than a collection's name that is greater than any of them. */
#define VG_META_BEHIND_RESERVED VG_LIT("/\xf4\x8f\xbf\xbf")

static inline bool vg_meta_is_reserved(vg_slice name)
{
    return name.len > 0 && name.at[0] == '/';
}

/* Of one tenant: by name, then by backend. Of all: by tenant, then by backend, then by name. */
typedef struct vg_meta_query {
    vg_slice tenant;  /* empty: all */
    vg_slice backend; /* empty: all */
    vg_slice after;   /* of one tenant: names greater than this; empty: from the first */
    uint32_t limit;   /* >= 1 */
    /* Of one tenant and all backends: of the name `after` those of greater backends too; empty:
     * none. Of all tenants: behind the row of this tenant, this backend and the name `after`; an
     * empty tenant: from the first. */
    vg_slice after_tenant, after_backend;
} vg_meta_query;

/* The name behind which a list of collections goes on after a page that ended with this row: what
 * is reserved is leapt over. */
static inline vg_slice vg_meta_leap(vg_slice name)
{
    return vg_meta_is_reserved(name) ? VG_META_BEHIND_RESERVED : name;
}

#endif
