/* Names that are held in a group of workers: who changes a collection holds its name, in its own
 * process by the lists of errand.c and here for all the others. A slab made before the workers are
 * forked, a word for each hash of a name that says which worker has it. Names that share one wait
 * for each other, and that is all. Nobody waits here: what is taken is tried again later. Any
 * thread. */
#ifndef CATALOG_HOLDS_H
#define CATALOG_HOLDS_H

#include "vecgate/slice.h"

typedef struct vg_holds vg_holds;

enum { VG_HOLDS_SLOTS = 4096 };

/* NULL: no memory. */
vg_holds *vg_holds_new(void);
void vg_holds_free(vg_holds *holds);
uint16_t vg_holds_slot(vg_slice tenant, vg_slice name);
/* True: nobody had it, and that worker has it now. */
bool vg_holds_take(vg_holds *holds, uint32_t worker, uint16_t slot);
void vg_holds_give(vg_holds *holds, uint16_t slot);
/* That worker is dead, and not yet replaced: what it had is free. */
void vg_holds_bury(vg_holds *holds, uint32_t worker);

#endif
