/* The probes of `vecgate check --isolation`, as a table: what is asked by whom, and what of the
 * answer is a leak. Pure: an op in, a verdict out. */
#ifndef CLI_PROBE_H
#define CLI_PROBE_H

#include "vecgate/op.h"

/* Both have a collection of this name with points 1 … 2 (the host) and 1, 3 (the guest), each with
 * its owner's word in the payload; the host has one more collection, and an alias of it. */
#define VG_PROBE_COMMON "isolation-check"
#define VG_PROBE_HOSTS  "isolation-check-of-the-host"
#define VG_PROBE_ALIAS  "isolation-check-alias-of-the-host"
enum { VG_PROBE_BOTH = 1, VG_PROBE_HOST = 2, VG_PROBE_GUEST = 3, VG_PROBE_POINTS = 2 };

typedef enum vg_probe_who { VG_IS_HOST, VG_IS_GUEST, VG_PROBE_TENANTS } vg_probe_who;

typedef struct vg_probe_side {
    vg_tenant tenant;
    vg_slice word; /* nobody else's */
} vg_probe_side;

typedef enum vg_probe_verdict { VG_PROBE_OK, VG_PROBE_LEAK, VG_PROBE_COULD_NOT } vg_probe_verdict;

/* `sides` by vg_probe_who. */
typedef bool vg_probe_fill_fn(vg_op *op, const vg_probe_side *sides);
typedef vg_probe_verdict vg_probe_judge_fn(const vg_op *op, const vg_probe_side *sides);

typedef struct vg_probe {
    const char *says;
    vg_probe_who who;
    vg_op_kind kind;
    const char *name;       /* of the collection; NULL: none */
    vg_probe_fill_fn *fill; /* NULL: there is nothing to fill in. False: no memory */
    vg_probe_judge_fn *judge;
} vg_probe;

extern const vg_probe vg_probes[];
extern const uint32_t vg_probe_count;

/* ---- what the probes look for ---- */
/* An input of CREATE_COLLECTION, and of UPSERT with the points that side has. False: no memory. */
bool vg_probe_fill_create(vg_op *op, const vg_probe_side *sides);
bool vg_probe_fill_points(vg_op *op, const vg_probe_side *side, vg_probe_who who);
bool vg_probe_fill_alias(vg_op *op);

#endif
