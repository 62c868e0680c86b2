/* Who a request comes from and what that one may do: what a credential is turned into, before the
 * body is read. Immutable; lives as long as the gate says (gate.h). */
#ifndef GATE_IDENTITY_H
#define GATE_IDENTITY_H

#include "vecgate/op.h"

/* Of all collections, or of one. Each has what those before it have, but for POINTS, which is
 * Qdrant's `prw`: reading and writing points, and nothing of the collection itself (FACTS 12). */
typedef enum vg_access {
    VG_ACCESS_NONE,
    VG_ACCESS_READ,
    VG_ACCESS_POINTS,
    VG_ACCESS_WRITE,  /* points, payload fields and settings */
    VG_ACCESS_MANAGE, /* making and deleting collections, aliases, jobs */
} vg_access;

typedef struct vg_collection_access {
    vg_slice collection; /* as the client names it */
    vg_access access;
    const vg_filter *only; /* Qdrant's `payload`; NULL: all points */
} vg_collection_access;

typedef struct vg_identity {
    vg_slice name; /* for audit, never a secret: "key app", "token alice", "certificate CN", "-" */
    vg_tenant tenant;
    bool may_choose_tenant; /* by the header X-Vecgate-Tenant */
    vg_access global;       /* of every collection; NONE: only of those listed */
    const vg_collection_access *collections;
    uint32_t collection_count;
    vg_slice exists_in;      /* Qdrant's `value_exists`: a collection, … */
    const vg_filter *exists; /* … and what one of its points must match. NULL: none */
    uint64_t expires_ms;     /* 0: never */
} vg_identity;

#endif
