/* One vector of each point of a collection (of one name), in memory. A slot holds one version of
 * one point: its numbers in a row of 64-byte lines, apart from its id, from the point's row in SQL,
 * and from the numbers of the operations that wrote it (born), ended it (died), and changed the
 * point last (version). A slot never moves and its numbers never change, so a reader needs no lock:
 *
 *     a reader at operation S sees the slots with born <= S < died
 *
 *     slot     0      1      2      3      chunk k holds 64 << k slots: addresses are stable,
 *     rows     [lines, zeros at the end]   and memory that nobody touched yet is not there
 *     born     1      1      2      3      (operation numbers of the collection)
 *     died     3      never  never  never  the point of slot 0 was replaced: it is in slot 3 now
 *     version  1      4      2      3      the payload of slot 1's point was changed by operation 4
 *
 * One thread at a time changes it (the store's writer; whoever loads it, before). Readers on other
 * threads look only at slots below a `used` that they got after the writer had published (table.h).
 * Memory for a point: its numbers, 53 bytes of slot, and 10 to 15 of the maps from ids and rows to
 * slots.
 *
 * The vectors have one form (form.h). Of dense ones a row is the numbers themselves; of multi and
 * sparse ones it is the address of a blob that the vectors own, which never moves either. Sparse
 * ones have an inverted index beside them (sparse.h). */
#ifndef ENGINE_DENSE_H
#define ENGINE_DENSE_H

#include <stdatomic.h>

#include "engine/form.h"
#include "engine/kernel.h"
#include "engine/slotmap.h"
#include "engine/tuning.h"

enum { VG_DENSE_FIRST = 64, VG_DENSE_CHUNKS = 26 };
#define VG_DENSE_NEVER UINT64_MAX

/* An id in 16 bytes; its kind stands apart. A text is {address, length} of a copy that the vectors
 * own. */
typedef struct vg_slot_id {
    uint64_t a, b;
} vg_slot_id;

typedef struct vg_chunk {
    union {
        char *data;    /* rows */
        float *floats; /* the same, of dense float32 */
    };
    uint64_t *born;
    _Atomic uint64_t *died;
    _Atomic uint64_t *versions;
    uint64_t *rows;   /* of points_<number> */
    uint32_t *before; /* the slot that was the newest of this row before; VG_SLOT_NONE: none */
    vg_slot_id *ids;
    uint8_t *kinds; /* vg_id_kind */
} vg_chunk;

typedef struct vg_dense vg_dense;
typedef struct vg_hnsw vg_hnsw;
typedef struct vg_codes vg_codes;

/* What a reader looks at: these vectors, as they were after `operation`. From vg_table_view(). */
typedef struct vg_view {
    vg_dense *dense; /* held */
    uint64_t operation;
    uint32_t used;
    uint32_t live;    /* of these, not ended when they were published last */
    vg_hnsw *graph;   /* held (hnsw.h); NULL: there is none */
    uint32_t indexed; /* slots before this one are in the graph, also when more go in meanwhile; 0
                         without one */
    vg_codes *codes;  /* held (codes.h), of what `dense` holds; NULL: there are none */
    vg_tuning tuning;
} vg_view;

/* Held once. NULL: no memory. */
vg_dense *vg_dense_make(const vg_form *form);
vg_dense *vg_dense_new(uint32_t dimension); /* dense float32 */
void vg_dense_hold(vg_dense *dense);        /* any thread */
void vg_dense_let(vg_dense *dense);         /* any thread; the last one frees it */

const vg_form *vg_dense_form(const vg_dense *dense);
uint32_t vg_dense_dimension(const vg_dense *dense);
size_t vg_dense_stride(const vg_dense *dense); /* numbers from row to row of dense ones */
/* How much `count` of them store: dense ones their numbers, multivectors about as many rows as all
 * that ever came had on the average. Any thread. */
uint64_t vg_dense_bytes_of(const vg_dense *dense, uint64_t count);
/* The inverted index of sparse ones; else NULL. */
const struct vg_sparse *vg_dense_sparse(const vg_dense *dense);

/* ---- the thread that changes it ---- */

/* Room for `slots` more and for text ids and blobs of `text_bytes` in all, so that the puts that
 * follow cannot fail. False: no memory, or more than 2^32 slots. */
bool vg_dense_reserve(vg_dense *dense, size_t slots, size_t text_bytes);
/* What a key takes of that: nothing, unless it is a text id's. */
size_t vg_dense_text_bytes(vg_slice key);
/* What a vector takes of that: nothing, unless it is a blob. */
size_t vg_dense_blob_bytes(const vg_dense *dense, const void *vector);
/* A new version of a point's vector (`key` as vg_point_id_key makes it; `row` of its SQL table; in
 * the stored form, perhaps unaligned); the older one dies with it. */
void vg_dense_put(vg_dense *dense, vg_slice key, uint64_t row, const void *vector,
                  uint64_t operation);
/* The point's version ends, if there is one. */
void vg_dense_end(vg_dense *dense, vg_slice key, uint64_t operation);
/* Something else of the point was changed: the slot stays, if there is one, and has this version.
 */
void vg_dense_touch(vg_dense *dense, vg_slice key, uint64_t operation);
uint32_t vg_dense_used(const vg_dense *dense); /* slots taken */
uint32_t vg_dense_live(const vg_dense *dense); /* of these, not ended */
/* Puts live slots of `old`, from *from on, into `dense`: at most about `bytes` of rows, and moves
 * *from on. False: no memory; what was copied stays. */
bool vg_dense_copy(vg_dense *dense, const vg_dense *old, uint32_t *from, size_t bytes);

/* ---- any thread, for slots it may look at ---- */

typedef struct vg_place {
    const vg_chunk *chunk;
    uint32_t at; /* within the chunk */
} vg_place;
vg_place vg_dense_place(const vg_dense *dense, uint32_t slot);

static inline bool vg_place_is_seen(vg_place p, uint64_t operation)
{
    return p.chunk->born[p.at] <= operation &&
           atomic_load_explicit(&p.chunk->died[p.at], memory_order_relaxed) > operation;
}
/* The vector in its stored form, aligned for its numbers. */
const void *vg_dense_stored(const vg_dense *dense, uint32_t slot);
const float *vg_dense_row(const vg_dense *dense, uint32_t slot); /* of dense float32 */
/* A text is a view that lives as long as the vectors are held. */
vg_point_id vg_dense_id(const vg_dense *dense, uint32_t slot);
uint64_t vg_dense_born(const vg_dense *dense, uint32_t slot);
/* The point's row in SQL. The row of a point that is gone may be another's by now: ask a state of
 * the disk that is no newer than the view. */
uint64_t vg_dense_row_of(const vg_dense *dense, uint32_t slot);
/* The slot of a row that a reader at `operation` sees, or VG_SLOT_NONE. It may be asked for only if
 * vg_dense_knows_rows() said so to this reader. */
uint32_t vg_dense_slot_of(const vg_dense *dense, uint64_t row, uint64_t operation);
bool vg_dense_knows_rows(const vg_dense *dense);
/* Number of the operation that changed the point last: never before born, and perhaps later than
 * the view's. */
uint64_t vg_dense_version(const vg_dense *dense, uint32_t slot);

#endif
