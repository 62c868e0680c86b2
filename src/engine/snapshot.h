/* A graph as a file, so that a store that opens need not build it again:
 *
 *     <data>/default/index-<number of the collection>-<place>      mode 0600, little-endian
 *
 *     head    what it is of: format, collection, m, … (vg_snapshot_head), and an XXH3 of it all
 *     nodes   one for each slot of the graph:
 *             uint64 row in SQL, 0 when the point's vector had ended
 *             uint64 XXH3 of its vector, as it is stored (form.h)
 *             uint32 how many words, and these (vg_hnsw_node_write())
 *     order   uint32 each: the nodes that have rows, by ascending row
 *
 * It is written beside the old one and takes its place in one step, after an fsync. It may be of
 * an older state than the disk's: what it says of a row is taken only if the row's vector is still
 * the same, what has gone is taken out of the links, and what is newer comes behind and is
 * inserted. So a snapshot can be late, damaged or missing, and never wrong. The builder's thread
 * writes (builder.h); whoever opens the store reads (load.h). */
#ifndef ENGINE_SNAPSHOT_H
#define ENGINE_SNAPSHOT_H

#include "engine/hnsw.h"

enum { VG_SNAPSHOT_FORMAT = 1, VG_SNAPSHOT_NAME = 64 };

/* Where one is. */
typedef struct vg_snapshot_at {
    const char *directory;
    uint64_t collection; /* its number */
    uint32_t place;
} vg_snapshot_at;

typedef struct vg_snapshot_head {
    char magic[8]; /* "vg-index" */
    uint32_t format;
    uint32_t byte_order; /* 0x01020304, as this machine writes it */
    uint64_t collection;
    uint32_t place;
    uint32_t size; /* … datatype: the form of the vectors */
    uint32_t distance;
    uint32_t m;
    uint32_t ef_construct;
    uint32_t nodes;
    uint64_t operation; /* of the collection, when it was written */
    uint32_t rows;      /* nodes that have one */
    uint16_t kind;
    uint16_t datatype;
    uint64_t body_bytes; /* behind this head */
    uint64_t sum;        /* XXH3 of the body, xor that of the head, this being 0 */
} vg_snapshot_head;

/* ---- the builder ---- */

/* False: it could not be written, which is logged; an older one stays. Nobody inserts meanwhile. */
bool vg_snapshot_write(const vg_snapshot_at *at, const vg_hnsw *graph, uint64_t operation);
void vg_snapshot_remove(const vg_snapshot_at *at);
/* Removes those that `is_kept` does not know, and what a crash left half-written. */
void vg_snapshot_sweep(const char *directory, bool (*is_kept)(const vg_snapshot_at *at, void *arg),
                       void *arg);

/* ---- who opens a store ---- */

/* What a graph is to be like. */
typedef struct vg_snapshot_want {
    uint64_t collection;
    uint32_t place;
    vg_form form;
    vg_hnsw_conf conf;
} vg_snapshot_want;

typedef struct vg_snapshot vg_snapshot;

/* NULL: there is none; or it is of no use, which is logged. */
vg_snapshot *vg_snapshot_open(const char *directory, const vg_snapshot_want *want);
/* The same of bytes that stay where they are. NULL, with why: "is damaged", … */
vg_snapshot *vg_snapshot_read(const void *bytes, size_t len, const vg_snapshot_want *want,
                              const char **why);
void vg_snapshot_close(vg_snapshot *snapshot); /* NULL is fine */

/* Rows in ascending order, each once: does it have this one with this vector (in its stored
 * form, perhaps unaligned)? Then the caller puts it into the next slot: those that it has come
 * first. */
bool vg_snapshot_has(vg_snapshot *snapshot, uint64_t row, const void *vector);
/* After the last row: the graph over the slots that it had, the first ones of `dense`. NULL: no
 * memory, or the nodes are none, which is logged. */
vg_hnsw *vg_snapshot_graph(vg_snapshot *snapshot, vg_dense *dense);
uint64_t vg_snapshot_operation(const vg_snapshot *snapshot);

/* XXH3 of bytes, as heads and nodes have it. */
uint64_t vg_snapshot_sum(const void *bytes, size_t len, uint64_t seed);

#endif
