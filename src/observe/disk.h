/* How full the disk is that has our files, and how much of it they are. Both block. */
#ifndef OBSERVE_DISK_H
#define OBSERVE_DISK_H

#include "vecgate/slice.h"

typedef struct vg_disk {
    uint64_t bytes;      /* of the file system */
    uint64_t free_bytes; /* of these, what may be written without being root */
} vg_disk;

/* False: the system does not tell, as when the directory is not there. Any thread. */
bool vg_disk_sample(vg_slice directory, vg_disk *out);
/* What the files in there take on the disk, however deep; links are not followed. Files that come
 * and go meanwhile may be missing. Any thread. */
uint64_t vg_disk_used(vg_slice directory);

#endif
