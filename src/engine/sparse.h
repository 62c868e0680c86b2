/* The inverted index of sparse vectors in memory: for each index the slots whose vectors hold it,
 * in the order of slots, with the value.
 *
 *     index ─▶ list ─▶ block {slot, value}… ─▶ block, up to twice as large …
 *
 * One thread adds (the one that puts slots); readers go beside it and need no lock: entries never
 * move, what is behind the slots of a reader's view he does not look at, and dead slots are passed
 * over. A table of lists that has become too small stays until the index is freed, for those who
 * look at it. Nothing here fails: without memory the index says that it does not know all, and
 * readers compare each vector. */
#ifndef ENGINE_SPARSE_H
#define ENGINE_SPARSE_H

#include "engine/dense.h"

typedef struct vg_sparse vg_sparse;

vg_sparse *vg_sparse_new(void); /* NULL: no memory */
void vg_sparse_free(vg_sparse *sparse);
/* Slots come in ascending order. */
void vg_sparse_add(vg_sparse *sparse, uint32_t slot, const void *stored);

/* ---- any thread ---- */

/* Does it know all slots that the reader may look at? */
bool vg_sparse_is_whole(const vg_sparse *sparse);
/* How many vectors of the view hold the index. */
uint32_t vg_sparse_count(const vg_sparse *sparse, const vg_view *view, uint32_t index);

/* A block of VG_SPARSE_BLOCK slots, from a multiple of that on: the sums of products with what is
 * stored, and which slots share an index with the query. Dead slots are among them. */
enum { VG_SPARSE_BLOCK = 4096 };

/* Where a pass over all slots is, block by block. */
typedef struct vg_sparse_cursor vg_sparse_cursor;

/* For this query; NULL: the arena is spent. */
vg_sparse_cursor *vg_sparse_begin(vg_arena *arena, const vg_sparse *sparse, const void *query);
/* The next block that some slot of has an entry, below `used`: its first slot. False: the end. The
 * sums and the mask are valid until the next call. */
bool vg_sparse_next(vg_sparse_cursor *cursor, uint32_t used, uint32_t *first);
float vg_sparse_sum(const vg_sparse_cursor *cursor, uint32_t slot);
/* Bit i: slot first + 64 * word + i has one. */
uint64_t vg_sparse_mask(const vg_sparse_cursor *cursor, uint32_t word);

#endif
