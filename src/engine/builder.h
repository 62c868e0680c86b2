/* The builder: a thread that keeps the graph (hnsw.h) of each place, of all collections of a store.
 *
 *     writer ── publishes, tells ──▶ builder ── a few slots at a time ──▶ graph ◀── readers walk it
 *
 * It makes a graph when a place has vectors enough for one (tuning.h), inserts what the writer has
 * published, makes another one when m or ef_construct is changed and shows that once it has all
 * slots, does the same over vectors that the writer has rebuilt (upkeep.h), and lets go of it when
 * there is to be none. When there is nothing to insert it writes snapshots (snapshot.h). Tables
 * have their turns, some slots each; locks are held for a few loads and stores only. What is not
 * in a graph yet is scanned by whoever searches (method.h). */
#ifndef ENGINE_BUILDER_H
#define ENGINE_BUILDER_H

#include "engine/shelf.h"

typedef struct vg_builder vg_builder;

/* `directory` is where snapshots go, copied; `shelf` outlives it. Begins with the tables that are
 * on it. NULL: no memory, no thread. */
vg_builder *vg_builder_start(vg_shelf *shelf, const char *directory);
/* Something of the table was published, or it was dropped. The writer's thread; NULL is fine. */
void vg_builder_tell(vg_builder *builder, vg_table *table);
/* Waits until all that it was told of is done. Any thread. */
void vg_builder_settle(vg_builder *builder);
/* Is all of it done? Any thread. */
bool vg_builder_is_at_rest(vg_builder *builder);
/* Ends the thread, without what is left to insert, and writes the snapshots of graphs that have
 * grown. Nobody tells any more. NULL is fine. */
void vg_builder_stop(vg_builder *builder);

#endif
