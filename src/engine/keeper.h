/* The inside of stores.h: what its two halves share. stores.c decides who is admitted and what is
 * to be done; keeper.c does it, on threads of its own. */
#ifndef ENGINE_KEEPER_H
#define ENGINE_KEEPER_H

#include <pthread.h>

#include "base/list.h"
#include "base/map.h"
#include "engine/stores.h"

enum { VG_KEEPERS = 4 }; /* so many tenants' stores are opened at once */

/* A tenant that has a store open, or about whom somebody asks. */
typedef struct vg_slot {
    vg_list link;    /* in `todo` while it waits for a keeper; in `idle` while nobody uses it */
    vg_store *store; /* NULL: it is not open */
    bool is_busy;    /* a keeper has it or will have it: nobody else touches it or its first visit.
                        It then has no store, or somebody waits */
    uint32_t visitors;
    vg_visit *first, **last; /* that wait */
    size_t len;
    char tenant[];
} vg_slot;

struct vg_stores {
    vg_queue queue; /* first: what post() is given */
    int lock_file;  /* -1: not held */
    vg_store *home; /* the default's */
    char *root;     /* <data>/tenants */
    vg_stores_conf conf;

    pthread_mutex_t lock;          /* over what follows; never held while files are touched */
    pthread_cond_t asked, changed; /* something is to do; a store was closed */
    pthread_t keepers[VG_KEEPERS];
    uint32_t keeper_count, keepers_free, todo_count;
    vg_map *slots;
    vg_list todo; /* slots for keepers, first come first served */
    vg_list idle; /* slots with an open store that nobody uses; the longest unused first */
    uint32_t waiting;
    uint32_t places; /* of conf.open_max: stores that are open, being opened or being closed */
    uint32_t closing;
    vg_stores_count count;
    bool is_closing; /* the set is */
    bool sweeps;     /* something that was dropped is to be deleted */
};

/* Visits to be finished once the lock is given back. */
typedef struct vg_ends {
    vg_visit *first;
} vg_ends;
void vg_ends_finish(vg_ends *ends);

/* ---- under the lock (stores.c) ---- */

/* Goes on with the first that wait, as far as can be; or lets the slot go, if it is of no use. */
void vg_slot_advance(vg_stores *stores, vg_slot *slot, vg_ends *done);
/* The first that waits, taken out and put to those that are finished. */
vg_visit *vg_slot_take(vg_stores *stores, vg_slot *slot, vg_ends *done);

/* ---- keeper.c ---- */

/* Under the lock: a keeper is there for what is to do. False: there is none, and no thread. */
bool vg_keepers_want(vg_stores *stores);
/* Ends them, when all that is to do is done. */
void vg_keepers_stop(vg_stores *stores);

#endif
