/* Generations: how the catalogs of several workers learn that a tenant's rows or aliases were
 * changed by one of them. A slab of counters in MAP_SHARED memory, made before the workers are
 * forked, a tenant's found by the hash of its name; two tenants that share one look again more
 * often than they had to, and that is all. Who changed something counts it up after the store's
 * commit and before the answer; who remembers something looks at the counter each time before
 * believing it.
 *
 * A catalog sees generations through a sight of its own, which tells its changes from those of
 * others: of its own it knows what they are, so they take nothing away that it remembers. What it
 * sees is an epoch, a number that moves when somebody else changed something. What was read from a
 * store belongs to the epoch of the moment before the store was asked. */
#ifndef CATALOG_GENERATION_H
#define CATALOG_GENERATION_H

#include "vecgate/slice.h"

typedef struct vg_generations vg_generations;

/* NULL: no memory. */
vg_generations *vg_generations_new(void);
void vg_generations_free(vg_generations *generations);
/* A worker is dead, and may have changed something and told nobody: all look again at everything.
 */
void vg_generations_bury(vg_generations *generations);

typedef struct vg_epochs vg_epochs;

/* `shared` outlives it; NULL: nobody else changes anything, and no epoch ever moves. NULL: no
 * memory. One thread. */
vg_epochs *vg_epochs_new(vg_generations *shared);
void vg_epochs_free(vg_epochs *epochs);
/* The tenant's epoch, now. */
uint64_t vg_epochs_now(vg_epochs *epochs, vg_slice tenant);
/* Something of the tenant's was changed here, or perhaps was. */
void vg_epochs_changed(vg_epochs *epochs, vg_slice tenant);

#endif
