/* Collections that share one of Qdrant's: what a client means, said of the shared object, and what
 * comes back, said to the client. Everything that keeps tenants apart there is in the files named
 * shared*.c; the others read and write as if there were one collection.
 *
 * A stored point, of which the client sees only what stands to the right:
 *
 *     id       UUIDv5(tenant, collection, id)
 *     payload  {"vg-tenant": <hash>,               of the tenant
 *               "vg-collection": <hash>,           of tenant and collection; every filter asks for
 * it "vg-id": 7,                        ─▶ its id "vg-p-<the same hash>": {…}}       ─▶ its payload
 *
 * A payload stands under a key of its collection's own, so that what one declares of its fields
 * (an index, and its kind) says nothing of another's. */
#ifndef ADAPTERS_VECTOR_QDRANT_SHARED_H
#define ADAPTERS_VECTOR_QDRANT_SHARED_H

#include "adapters/vector/qdrant/qdrant.h"

#define VG_QDRANT_TENANT_KEY     "vg-tenant"
#define VG_QDRANT_COLLECTION_KEY "vg-collection"
#define VG_QDRANT_ID_KEY         "vg-id"
#define VG_QDRANT_PAYLOAD_KEY    "vg-p-" /* and the hash */

enum { VG_QDRANT_HASH_TEXT = 32 };

/* One collection's part of a shared object, as a try sees it; in its scratch. */
typedef struct vg_qdrant_share {
    vg_try *t;
    vg_slice tenant; /* the hashes */
    vg_slice collection;
    vg_slice payload;      /* the payload's key */
    vg_slice id_name;      /* what ids are derived from, with room for the id behind it */
    bool is_broken;        /* memory was gone */
    const uint8_t *sought; /* a stored id whose original is looked for; NULL: none is … */
    vg_point_id found;     /* … it, or NONE */
    /* Of what takes several requests: */
    vg_collection there; /* the shared object, for ops that have none */
    uint32_t at;         /* the index that was asked for last */
    vg_status refusal;   /* why what was done is undone */
    vg_op_result so_far;
} vg_qdrant_share;

/* Is the op's collection a part of a shared object? */
bool vg_qdrant_is_shared(const vg_op *op);
/* The collection's name in the catalog, whatever alias it was called by; its object's name. */
vg_slice vg_qdrant_collection_of(const vg_op *op);
vg_slice vg_qdrant_physical_of(const vg_op *op);
/* Does a sole tenant ask for an object of the gateway's own by its name, which is nobody's? */
bool vg_qdrant_is_hidden(const vg_op *op);

/* NULL: the try has failed. */
vg_qdrant_share *vg_qdrant_share_of(const vg_op *op, vg_try *t);
/* The op as it is to be said of the shared object; the same op's is derived each time. NULL: the
 * try has failed. */
const vg_op *vg_qdrant_share_op(vg_qdrant_share *share, const vg_op *op);

/* Parts of that; what the arena had no room for, vg_qdrant_share_op() tells. */
vg_slice vg_qdrant_share_key(vg_qdrant_share *share, vg_slice key);
vg_point_id vg_qdrant_share_id(vg_qdrant_share *share, const vg_point_id *id);
/* Of this collection alone, and what matches `filter` (NULL: all of it). */
const vg_filter *vg_qdrant_share_filter(vg_qdrant_share *share, const vg_filter *filter);
/* Of all collections of the tenant. */
const vg_filter *vg_qdrant_tenant_filter(vg_qdrant_share *share);

/* A field's key as the client knows it. False: it is not one of this collection's. */
bool vg_qdrant_own_key(const vg_qdrant_share *share, vg_slice *key);
/* Id and payload of a point out of its stored payload. False: the try has failed, also when the
 * point is another collection's. */
bool vg_qdrant_own_point(vg_qdrant_share *share, const vg_json *payload, bool wants_payload,
                         vg_point *to);
/* Of a scroll: one point more than the client wants, whose id is where the next page begins. */
void vg_qdrant_own_page(const vg_op *op, vg_points *points, vg_point_id *next);
/* What a collection is, without what is others', and with what was said of it alone. False: memory
 * is gone. */
bool vg_qdrant_own_info(vg_qdrant_share *share, const vg_op *op, vg_collection_info *info);
/* A failure's text without names, keys and ids that the client does not know. */
void vg_qdrant_own_words(vg_qdrant_share *share, const vg_op *op);

/* A collection that is to be made. */
typedef struct vg_qdrant_newcomer {
    const vg_tenant *who;
    vg_slice name;
    const vg_collection_spec *spec;
    bool shares; /* if its tenant is not the only one */
} vg_qdrant_newcomer;

/* Where it goes: its own name, a name of its own, or a shared object. False: memory is gone. */
bool vg_qdrant_place(const vg_qdrant_newcomer *it, vg_arena *arena, vg_placement *out);
/* The settings that a shared object is made with: all but what is said of one collection alone.
 * Empty, though `settings` are not: memory is gone. */
vg_slice vg_qdrant_common_settings(vg_arena *arena, vg_slice settings);

/* What is said of one alone: the notes in it, as JSON; empty: none. */
vg_slice vg_qdrant_notes_of(vg_arena *arena, vg_slice settings);

/* An op of the gateway's own like the client's, on an object, to be filled in. NULL: memory is
 * gone. */
vg_op *vg_qdrant_op_there(vg_qdrant_share *share, const vg_op *op, vg_op_kind kind,
                          vg_slice physical);
/* Its points that match go, or are counted. False: the try has failed, also when one of the two is
 * NULL. */
bool vg_qdrant_ask_clear(vg_qdrant_share *share, vg_op *there, const vg_filter *filter,
                         vg_http_request *out);
bool vg_qdrant_ask_count(vg_qdrant_share *share, vg_op *there, const vg_filter *filter,
                         vg_http_request *out);

/* The steps of what takes several requests there, and of what concerns a whole tenant. */
vg_step_fn vg_qdrant_create_shared, vg_qdrant_drop_shared, vg_qdrant_describe_shared,
    vg_qdrant_matrix_shared, vg_qdrant_drop_tenant;

#endif
