/* One collection as the engine holds it: its SQL table, its vectors in memory, and what of them
 * readers may see. Made by the writer or when the store opens, shared by holders, freed by the
 * last.
 *
 * Disk and memory are two copies of one history, numbered by the collection's operations. The
 * writer commits operation n to disk, then publishes it here. A reader that needs both asks the
 * disk first (which operation is its snapshot at?), then takes a view at that operation: the two
 * cannot differ. What a collection is (shape.h) has a number of its own and goes the same way.
 *
 * Each vector of the spec has a place: its position there, from 0 on. Its column in points_<number>
 * is `vector` for place 0 and vector_<place> for the others; NULL: the point lacks it. A collection
 * without vectors has the column `vector` all the same, always NULL. */
#ifndef ENGINE_TABLE_H
#define ENGINE_TABLE_H

#include <pthread.h>

#include "engine/codes.h"
#include "engine/columns.h"
#include "engine/shape.h"

enum { VG_MAX_VECTORS = 256 }; /* of one collection: SQLite has room for 2000 columns */

/* Room that was asked for one place by the writes of a group. */
typedef struct vg_asked {
    size_t slots, text;
} vg_asked;

/* How far the builder (builder.h) is with the graph of one place. */
typedef struct vg_build {
    vg_hnsw *coming;     /* is made, and takes the shown one's place when it has all slots */
    uint32_t made;       /* graphs, by now: the newest one's number */
    uint32_t saved;      /* the number of the graph that the snapshot is of; 0: none */
    uint32_t saved_next; /* and its slots by then */
    uint64_t began_ns;   /* a build that is logged; 0: none */
    uint64_t told_ns;    /* when its progress was logged */
    bool is_refused;     /* there was no memory: not again before the next change */
} vg_build;

typedef struct vg_table {
    _Atomic uint32_t holders;
    _Atomic bool is_dropped; /* set when it is off the shelf */
    uint64_t number;         /* the SQL table is points_<number>; never used again */
    vg_slice name;
    const vg_vector_params *vectors; /* what of them never changes: names, kinds, sizes, distances,
                                        has_idf, datatypes; the rest is the shape's */
    uint32_t vector_count;
    vg_columns columns;
    vg_arena *arena; /* holds what is above */

    pthread_mutex_t lock; /* over what readers are shown: */
    pthread_cond_t published;
    vg_dense **dense; /* one for each place */
    uint32_t *used;
    uint32_t *live;
    vg_hnsw **graphs; /* held, over `dense`; NULL: none */
    vg_codes **codes; /* the same */
    /* What takes the place of `dense` is offered to the builder when all was copied, and shown when
     * it has a graph: */
    vg_dense *offered; /* `fresh`, not held; NULL: none */
    uint32_t offered_used;
    vg_hnsw *offered_graph; /* held: the builder has made it */
    bool is_given_up;       /* the builder could not make it */
    uint64_t operation;     /* the last one published */
    uint64_t points;        /* with and without vectors */
    uint64_t floor;  /* older operations cannot be seen any more: their dead slots are gone */
    vg_shape *shape; /* held */

    /* the writer's own: */
    vg_asked *asked;       /* for each place, by the writes of this group, not yet put */
    vg_dense *fresh;       /* being filled with what lives; NULL when no rebuild is under way */
    uint32_t fresh_for;    /* the place that is rebuilt */
    uint32_t copied;       /* slots of its `dense` that `fresh` has seen */
    vg_shape *next_shape;  /* of a write of this group, which holds it; NULL: no other */
    struct vg_fill *fills; /* fill.h */
    struct vg_table *next_grave; /* upkeep.h */
    struct vg_table *next_filling;

    /* the builder's own: */
    vg_build *builds;           /* for each place */
    struct vg_table *next_told; /* under the builder's lock */
    bool is_told;
} vg_table;

/* Copies the name, takes over one hold of the shape, also when it fails. Held once. NULL: no
 * memory. */
vg_table *vg_table_new(uint64_t number, vg_slice name, vg_shape *shape);
vg_table *vg_table_hold(vg_table *table);
/* NULL is fine. The last one frees all its vectors, which may take long: of what was dropped that
 * is the writer (upkeep.h), of all others the shelf. */
void vg_table_let(vg_table *table);
/* Does nobody hold it but the caller? Once it is off the shelf that stays so. */
bool vg_table_is_last(const vg_table *table);

enum { VG_NO_PLACE = -1 };
/* The place of a vector's name, or VG_NO_PLACE. */
int vg_table_place(const vg_table *table, vg_slice name);

/* What was published last of one place's vectors. Give every view back. */
void vg_table_view(vg_table *table, uint32_t place, vg_view *out);
/* The same at an operation of the disk, in two calls. Before the disk is asked for its operation:
 * the graph, and which slots are in it by then (hnsw.h says why). */
void vg_table_view_begin(vg_table *table, uint32_t place, vg_view *out);
/* Then, of a view that was begun, or is zero and then has no graph: the vectors as they were after
 * `operation`; waits for the moment between commit and publishing. False: that state is gone (a
 * rebuild came between); give it back, begin again, take a newer snapshot of the disk. */
bool vg_table_view_at(vg_table *table, uint32_t place, uint64_t operation, vg_view *view);
void vg_table_view_give(vg_view *view); /* an empty one is fine */
uint64_t vg_table_points(vg_table *table);
uint64_t vg_table_operation(vg_table *table); /* the last one published */

/* The shape that was published last; held for the caller. */
vg_shape *vg_table_shape(vg_table *table);
/* The one of that number, which is on disk (`collections.shape`): a query must use the fields that
 * its snapshot of the disk has. Waits as above. NULL: a newer one came; take a newer snapshot. */
vg_shape *vg_table_shape_at(vg_table *table, uint64_t number);

/* ---- the writer ---- */

/* Shows readers all that was put up to `operation`, and how many points there are now. */
void vg_table_publish(vg_table *table, uint64_t operation, uint64_t points);
/* Shows them the rebuilt vectors of a place instead, and the graph that was made of these; NULL:
 * none. Takes over both. The codes of the old ones go. */
void vg_table_replace(vg_table *table, uint32_t place, vg_dense *fresh, vg_hnsw *graph);
/* Has the builder make a graph of `fresh` as far as it is used now; again whenever that grew.
 * False: it has given up. NULL: no longer. */
bool vg_table_offer(vg_table *table, vg_dense *fresh);
/* That graph, if it is made; the caller's. */
vg_hnsw *vg_table_take_offered(vg_table *table);
/* Shows them this shape, whose hold it takes over. */
void vg_table_reshape(vg_table *table, vg_shape *shape);

/* ---- the builder ---- */

/* What a place's graph is to be made of. */
typedef struct vg_site {
    vg_view view;    /* as readers are shown it */
    vg_dense *fresh; /* held: offered in its place; NULL: none */
    uint32_t fresh_used;
    bool is_awaited; /* … and the graph of it was given back already: the writer is to take it */
} vg_site;
void vg_table_site(vg_table *table, uint32_t place, vg_site *out);
void vg_table_site_give(vg_site *site);
/* Shows readers this graph of the place's vectors, or none; takes over the hold. A graph of vectors
 * that were replaced meanwhile is not shown. */
void vg_table_show(vg_table *table, uint32_t place, vg_hnsw *graph);
/* The same of codes. */
void vg_table_show_codes(vg_table *table, uint32_t place, vg_codes *codes);
/* For the writer: the graph of what it offered, whose hold is taken over; NULL: there is no memory
 * for it. */
void vg_table_answer(vg_table *table, vg_hnsw *graph);
bool vg_table_has_graph(vg_table *table, uint32_t place); /* any thread */
/* Has it graphs, or vectors enough for one, or is it gone? Any thread. */
bool vg_table_needs_builder(vg_table *table);

/* The number of a graph among those of its place (vg_build.made) is in the seed that its levels are
 * drawn with. */
static inline uint64_t vg_build_seed(uint64_t table, uint32_t place, uint32_t made)
{
    return table << 40 ^ (uint64_t)place << 32 ^ made;
}
static inline uint32_t vg_build_number(const vg_hnsw *graph)
{
    return (uint32_t)vg_hnsw_conf_of(graph)->seed;
}

#endif
