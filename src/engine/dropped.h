/* Directories that are to be deleted whole. One is first put aside, which is one step and survives
 * a power cut, and then deleted file by file; what a crash leaves of it, the next sweep deletes.
 *
 *     <root>/acme ──▶ <root>/.dropped-1 ──▶ nothing
 *
 * Any thread, and several at once. */
#ifndef ENGINE_DROPPED_H
#define ENGINE_DROPPED_H

#include "vecgate/status.h"

/* Nobody has a file of <root>/<name> open. *did: was there one? READ_ONLY, NO_SPACE. */
vg_code vg_dropped_put_aside(const char *root, const char *name, bool *did, vg_arena *arena,
                             vg_status *status);
/* Is there anything to sweep? */
bool vg_dropped_is_any(const char *root);
/* Deletes all that was put aside. READ_ONLY with the first that cannot be. */
vg_code vg_dropped_sweep(const char *root, vg_arena *arena, vg_status *status);

#endif
