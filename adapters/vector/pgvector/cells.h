/* PostgreSQL's binary forms: numbers big-endian; an array is its dimensions, then each element with
 * its length; a vector is its dimension and float4s; a sparsevec its indices and values. Written
 * for parameters, read from cells of replies. Pure. Source: the manual's "Frontend/Backend
 * Protocol", arrayfuncs.c, and pgvector's vector.c and sparsevec.c. */
#ifndef ADAPTERS_VECTOR_PGVECTOR_CELLS_H
#define ADAPTERS_VECTOR_PGVECTOR_CELLS_H

#include "vecgate/pg.h"
#include "vecgate/point.h"

/* As the element type of an array of vectors: their oids differ from database to database, and
 * since PostgreSQL 14 only built-in ones are compared with what stands in an array's head. */
enum { VG_CELLS_EXTENSION = 0 };

/* The dimension that every sparsevec has: pgvector's most. Indices are below it. */
enum { VG_CELLS_SPARSE_SIZE = 1000000000, VG_CELLS_SPARSE_MOST = 16000 };

/* Bytes in an arena that grow. Spent: writing goes on into nothing. */
typedef struct vg_cells {
    vg_arena *arena;
    char *at;
    size_t len, room;
    bool is_spent;
} vg_cells;

/* An array of `count` elements, of which each is to follow, by one of the functions below. */
void vg_cells_open_array(vg_cells *cells, uint32_t element, uint32_t count);
void vg_cells_null(vg_cells *cells);
void vg_cells_bytes(vg_cells *cells, vg_slice bytes);
void vg_cells_i64(vg_cells *cells, int64_t value);
void vg_cells_float(vg_cells *cells, float value);
/* floats: `count` of them, at most 16000. */
void vg_cells_vector(vg_cells *cells, const float *floats, uint32_t count);
/* What is 0 is left out, as sparsevec wants it. */
void vg_cells_sparse(vg_cells *cells, const uint32_t *indices, const float *values, uint32_t count);

/* The array, when it is whole. Spent: NULL, and the arena says so. */
vg_pg_param vg_cells_array(const vg_cells *cells);
/* The one value that was put, by itself. */
vg_pg_param vg_cells_value(const vg_cells *cells);

/* ---- reading; false: it is not of that form ---- */

bool vg_cell_i64(vg_slice cell, int64_t *out);
bool vg_cell_f64(vg_slice cell, double *out);
bool vg_cell_bool(vg_slice cell, bool *out);
/* A vector's floats, in the arena; NULL also when memory is gone. */
float *vg_cell_vector(vg_arena *arena, vg_slice cell, uint32_t *count);

/* The elements of an array of one dimension, one after the other. */
typedef struct vg_cell_array {
    vg_slice rest;
    uint32_t count, left;
} vg_cell_array;
bool vg_cell_array_open(vg_slice cell, vg_cell_array *out);
bool vg_cell_array_next(vg_cell_array *array, vg_slice *element);

/* One vector of `kind`, in the arena as VG_VECTOR_F32. `indices`: the bigint[] that stands beside
 * a sparse one and has those of zeros too. */
bool vg_cell_read_vector(vg_arena *arena, vg_vector_kind kind, vg_slice cell, vg_slice indices,
                         vg_vector *out);

#endif
