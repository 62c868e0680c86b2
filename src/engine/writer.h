/* The store's writer: a thread with a bounded queue. It takes all that waits, applies each write
 * under a savepoint of its own, commits once, publishes to memory, and only then answers. So a
 * hundred clients share one fsync, and what was answered survives a power cut.
 *
 *     post ─▶ queue ─▶ [BEGIN (SAVEPOINT write RELEASE)* COMMIT] ─▶ publish ─▶ finish
 *
 * 1. Writes are applied, published and finished in the order in which they were posted.
 * 2. A write that fails by itself is rolled back by itself, and the others go on.
 * 3. If the commit fails, all of the group fail with its reason and nothing is published: memory
 *    is as it was before the group, as the disk is. Only a crash right after a failed fsync may
 *    find the group on disk all the same; nobody was told that it is there.
 * 4. What was published was committed; what is finished was published: whoever has an answer reads
 *    what it says.
 *
 * Between groups it does upkeep (upkeep.h). */
#ifndef ENGINE_WRITER_H
#define ENGINE_WRITER_H

#include "vecgate/exchange.h"

#include "engine/shelf.h"
#include "engine/sql.h"

typedef struct vg_writer vg_writer;

typedef struct vg_writer_conf {
    struct vg_builder *builder; /* told of what changes; outlives the writer; NULL: nobody is */
    uint32_t queue_max;         /* writes that may wait */
    uint64_t wal_bytes;         /* see upkeep.h */
} vg_writer_conf;

/* Takes over `sql`, also when it fails; `shelf` outlives it. NULL: no memory, no thread. */
vg_writer *vg_writer_start(vg_sql *sql, vg_shelf *shelf, const vg_writer_conf *conf);
/* Finishes what was taken, moves the WAL into the database, closes. NULL is fine. */
void vg_writer_stop(vg_writer *writer);

/* Takes the `work` of a prepared vg_write. */
vg_queue *vg_writer_queue(vg_writer *writer);
/* Does nothing wait, and is there no upkeep to do? Any thread. */
bool vg_writer_is_at_rest(vg_writer *writer);
/* Why the last commit failed, in the arena; false when it did not. `status` may be NULL. Any
 * thread.
 */
bool vg_writer_trouble(vg_writer *writer, vg_arena *arena, vg_status *status);

#endif
