/* The embedded store: everything of one tenant in one directory.
 *
 *     <data>/LOCK               held while the store is open: one process at a time
 *     <data>/default/points.db  SQLite, WAL: collections, their points, and the table
 *                               `meta (key, value)` with the file's `format`
 *     <data>/default/index-…    snapshots of graphs over vectors (snapshot.h); they may be missing
 *
 * All collections are in one file, so that one commit serves them all and making or dropping one is
 * a single transaction. Vectors are also in memory (dense.h), loaded when the store opens. Used
 * from pool threads and through its writer's queue; never from the loop. */
#ifndef ENGINE_STORE_H
#define ENGINE_STORE_H

#include "engine/shelf.h"
#include "engine/sql.h"
#include "engine/write.h"

typedef struct vg_store vg_store;

typedef struct vg_store_conf {
    vg_slice data_dir;  /* made if need be */
    uint32_t queue_max; /* writes that may wait */
    uint64_t wal_bytes; /* the WAL is moved into the database when it is longer than this */
} vg_store_conf;

/* Blocks: migrates, loads, goes on emptying what was dropped. NULL: CONFLICT (another process,
 * another program's file, a newer format), READ_ONLY, NO_SPACE, BACKEND_ERROR (damaged), OVERLOADED
 * (no memory). */
vg_store *vg_store_open(const vg_store_conf *conf, vg_arena *arena, vg_status *status);
/* No read or write may be under way. NULL is fine. */
void vg_store_close(vg_store *store);

vg_queue *vg_store_queue(vg_store *store); /* takes the work of a vg_write */
/* Waits until every graph has all that was published by now (builder.h). */
void vg_store_settle(vg_store *store);

/* Held; NULL with NOT_FOUND, "collection" in where. */
vg_table *vg_store_find(vg_store *store, vg_slice name, vg_arena *arena, vg_status *status);
vg_shelf *vg_store_shelf(vg_store *store);

/* A connection for reading, from a small stock: give it back. NULL with a status. */
vg_sql *vg_store_take_reader(vg_store *store, vg_arena *arena, vg_status *status);
void vg_store_give_reader(vg_store *store, vg_sql *sql);

/* Does a read of the disk work, and did the last write? If not, why. */
vg_code vg_store_check(vg_store *store, vg_arena *arena, vg_status *status);
/* The second half alone: true with the story when the last commit failed. */
bool vg_store_is_stuck(vg_store *store, vg_arena *arena, vg_status *status);

#endif
