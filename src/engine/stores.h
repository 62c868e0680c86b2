/* The data directory: a store for each tenant, in a directory of its own.
 *
 *     <data>/LOCK                held while the set is open: one process at a time
 *     <data>/default/            the store of the tenant `default`: open from start to end
 *     <data>/tenants/<dir>/      that of another tenant (tenant_dir.h, store.h)
 *     <data>/tenants/.dropped-n  what is being deleted (dropped.h)
 *
 * A store other than the default's is opened when it is first used, and stays open until there are
 * too many: then the one that nobody has used for longest is closed. Whoever uses a store visits
 * it; a store with visitors is never closed.
 *
 *     vg_stores_enter() ──▶ it is open: used at once
 *            └─ no ──▶ vg_stores_queue() ──▶ a keeper opens, closes, drops ──▶ finished
 *     vg_stores_leave()
 *
 * 1. Visits of one tenant that had to be queued are admitted in the order in which they came.
 * 2. A drop waits until all who came before have left, and all who come later wait for its end.
 * 3. Files are touched by keepers alone, which are threads of the set, made when first needed; so
 *    neither the loop nor a pool's thread ever waits for a store.
 * 4. Opening fails for those who wait for it; the next visit tries again. */
#ifndef ENGINE_STORES_H
#define ENGINE_STORES_H

#include "vecgate/op.h"

#include "engine/store.h"

typedef struct vg_stores vg_stores;

typedef struct vg_stores_conf {
    vg_slice data_dir;  /* made if need be */
    uint32_t queue_max; /* writes that may wait, of each store; and visits, of all */
    uint64_t wal_bytes; /* of each store (store.h) */
    uint32_t open_max;  /* stores open at once, beside the default's; >= 1 */
} vg_stores_conf;

/* Blocks: takes the lock and opens the default's store. NULL: CONFLICT with the other's pid when
 * the directory is in use, else as vg_store_open() says. */
vg_stores *vg_stores_open(const vg_stores_conf *conf, vg_arena *arena, vg_status *status);
/* Nobody visits. Blocks: closes every store. NULL is fine. */
void vg_stores_close(vg_stores *stores);

vg_store *vg_stores_default(vg_stores *stores);

typedef enum vg_aim {
    VG_AIM_USE,  /* what is there; nothing is made */
    VG_AIM_MAKE, /* made if need be, durably */
    VG_AIM_DROP, /* closed, and its directory deleted; but not the default's */
} vg_aim;

/* `tenant`, its bytes, `arena` and the visit live until it is finished, and if there is a store
 * until vg_stores_leave(). */
typedef struct vg_visit {
    vg_work work; /* what is posted */
    vg_stores *stores;
    vg_slice tenant;
    vg_aim aim;
    vg_arena *arena; /* for the story */

    /* The answer. */
    vg_store *store;  /* NULL: `status` says why, or with OK that the tenant has none, or DROP */
    bool did;         /* DROP: was there a directory? */
    vg_status status; /* what vg_store_open() says; OVERLOADED when all that may be open are in use;
                         DROP: READ_ONLY, NO_SPACE: repeat it */

    /* the set's: */
    struct vg_slot *slot; /* NULL: nothing is held */
    struct vg_visit *next;
} vg_visit;

/* False: it is not open, or others wait for it, or it is to be dropped: post the visit's work. The
 * default's store is entered always. Any thread; never waits for files. */
bool vg_stores_enter(vg_visit *visit);
/* Takes the work of a visit; it is finished once there is an answer. */
vg_queue *vg_stores_queue(vg_stores *stores);
/* Any thread. A visit that holds no store is fine. */
void vg_stores_leave(vg_visit *visit);

/* Beside the default's. */
typedef struct vg_stores_count {
    uint32_t open;
    uint64_t opened, closed, failed; /* failed: to open */
} vg_stores_count;
vg_stores_count vg_stores_counted(vg_stores *stores);
/* How many of the open ones failed to commit last. It looks at each. */
uint32_t vg_stores_stuck(vg_stores *stores);
/* Points in the open ones, the default's too. It looks at each collection. Any thread. */
uint64_t vg_stores_points(vg_stores *stores);

#endif
