/* Who of a group of workers is alive, by the names under which they hold leases: a slab made before
 * they are forked, one word for each worker. Of a store that the group has to itself, a lease of
 * anybody else is one of a worker that died, or of an earlier group, and is over. */
#ifndef JOBS_CREW_H
#define JOBS_CREW_H

#include "vecgate/slice.h"

typedef struct vg_crew vg_crew;

/* NULL: no memory. */
vg_crew *vg_crew_new(uint32_t workers);
void vg_crew_free(vg_crew *crew);
/* That worker lives under this name, of 16 hex digits; before it takes its first lease. */
void vg_crew_join(vg_crew *crew, uint32_t worker, vg_slice holder);
/* That worker is dead, and not yet replaced. */
void vg_crew_bury(vg_crew *crew, uint32_t worker);
bool vg_crew_has(const vg_crew *crew, vg_slice holder);

#endif
