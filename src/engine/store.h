/* A store: everything of one tenant in one directory. stores.h has those of all tenants, and the
 * lock that lets only one process in.
 *
 *     points.db  SQLite, WAL: collections, their points, and the table `meta (key, value)` with the
 *                file's `format`
 *     index-…    snapshots of graphs over vectors (snapshot.h); they may be missing
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

enum { VG_STORE_READERS = 16 }; /* as many as a pool has threads, usually */

typedef struct vg_store_conf {
    vg_slice directory;    /* made if need be; nobody else may have it open */
    uint32_t queue_max;    /* writes that may wait */
    uint64_t wal_bytes;    /* the WAL is moved into the database when it is longer than this */
    uint32_t readers_kept; /* connections for reading that wait for their next use, at most
                              VG_STORE_READERS */
} vg_store_conf;

/* Blocks: migrates, loads, goes on emptying what was dropped. NULL: CONFLICT (another program's
 * file, a newer format), READ_ONLY, NO_SPACE, BACKEND_ERROR (damaged), OVERLOADED (no memory). */
vg_store *vg_store_open(const vg_store_conf *conf, vg_arena *arena, vg_status *status);
/* No read or write may be under way. NULL is fine. */
void vg_store_close(vg_store *store);

vg_queue *vg_store_queue(vg_store *store); /* takes the work of a vg_write */
/* Waits until every graph has all that was published by now (builder.h). */
void vg_store_settle(vg_store *store);
/* Has it nothing to do: no write that waits, no index to be filled or built? Any thread. */
bool vg_store_is_at_rest(vg_store *store);

/* Held; NULL with NOT_FOUND, "collection" in where. */
vg_table *vg_store_find(vg_store *store, vg_slice name, vg_arena *arena, vg_status *status);
/* As vg_store_find() does. */
void vg_store_tell_missing(vg_slice name, vg_arena *arena, vg_status *status);
vg_shelf *vg_store_shelf(vg_store *store);

/* A connection for reading, from a small stock: give it back. NULL with a status. */
vg_sql *vg_store_take_reader(vg_store *store, vg_arena *arena, vg_status *status);
void vg_store_give_reader(vg_store *store, vg_sql *sql);

/* In all its collections. Any thread. */
uint64_t vg_store_points(vg_store *store);
/* Does a read of the disk work, and did the last write? If not, why. */
vg_code vg_store_check(vg_store *store, vg_arena *arena, vg_status *status);
/* The second half alone: true, with the story if `status` is not NULL, when the last commit failed.
 */
bool vg_store_is_stuck(vg_store *store, vg_arena *arena, vg_status *status);

#endif
