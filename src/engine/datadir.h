/* The data directory: made with mode 0700 where it is missing, and held by one process at a time
 * through the file LOCK in it. The lock is the kernel's (flock): it ends with the process and those
 * it forked, however these end; the pid in the file is for people. */
#ifndef ENGINE_DATADIR_H
#define ENGINE_DATADIR_H

#include "vecgate/status.h"

/* Makes the directory and those above it, as far as they are missing. READ_ONLY, NO_SPACE, or
 * INVALID when the path is taken by something else. */
vg_code vg_datadir_make(vg_slice path, vg_arena *arena, vg_status *status);

/* Makes a directory's entries survive a power cut. False: errno. */
bool vg_datadir_sync(const char *path);
/* Makes the entry of what `path` names in the directory above survive a power cut. False: errno. */
bool vg_datadir_sync_parent(const char *path);
/* Something is; also what cannot be looked at. */
bool vg_datadir_is_there(const char *path);
/* `what` of `path` failed as errno says: the code and the story for it. */
vg_code vg_datadir_fail(const char *path, const char *what, vg_arena *arena, vg_status *status);

/* Takes <path>/LOCK. Answers a descriptor that holds it, or -1: CONFLICT with the other's pid, or
 * as above. */
int vg_datadir_lock(vg_slice path, vg_arena *arena, vg_status *status);
/* The same for a file of its own, by <path>.lock beside it. */
int vg_datadir_lock_file(vg_slice path, vg_arena *arena, vg_status *status);
void vg_datadir_unlock(int lock); /* -1 is fine */

#endif
