/* The metadata stores that are built in (vecgate/metadata_store.h), found by the scheme of a
 * connection string. Their conf is the same for all, so that whoever opens one need not know which
 * it is. */
#ifndef ADAPTERS_METADATA_H
#define ADAPTERS_METADATA_H

#include "vecgate/vector_backend.h"

/* Who opens a store. A file belongs to one process or to one group of workers, whose parent locks
 * it for all: a second gateway gets CONFLICT with the pid of the first. */
typedef enum vg_metadata_place {
    VG_METADATA_ALONE,  /* locks it, opens it */
    VG_METADATA_PARENT, /* locks it, makes what is missing, and leaves nothing open but the lock: it
                           is about to fork, and what it has open its children must not use */
    VG_METADATA_WORKER, /* a child of that one: opens it */
} vg_metadata_place;

/* What backend->conf points to. The option `metadata.store` fills its first member:
 *
 *     memory://               nothing outlives the process
 *     sqlite:///path/to/file  an absolute path; %XX stands for a byte
 *     (empty)                 sqlite, catalog.db in the data directory */
typedef struct vg_metadata_conf {
    vg_slice url;
    vg_metadata_place place;
} vg_metadata_conf;

/* Found by the scheme; the rest of the string is checked in open(): INVALID with what would be
 * right. */
extern const vg_adapter vg_metadata_sqlite, vg_metadata_memory;

#endif
