/* What the tests of the graph share: vectors in memory without a store, random or in clusters, a
 * graph over them, and how much of the truth it finds. */
#ifndef TESTS_ENGINE_GRAPHS_H
#define TESTS_ENGINE_GRAPHS_H

#include "engine/hnsw.h"
#include "support.h"

enum { WORLD_ROWS = 6 };

typedef struct world {
    vg_arena *arena;
    vg_dense *dense;
    vg_hnsw *graph;
    uint64_t operation; /* of the last change */
    uint64_t seed;
    uint32_t size;
    uint32_t clusters; /* 0: vectors are random numbers */
    vg_distance distance;
    vg_form form;
} world;

/* A graph with m = 16 and ef_construct = 100 over nothing yet. */
void make_world(world *w, uint32_t size, vg_distance distance, uint32_t clusters);
/* The same of any form but sparse. Rows of a multivector are near each other, and 1 to WORLD_ROWS.
 */
void make_form_world(world *w, const vg_form *form, uint32_t clusters);
void end_world(world *w);

/* The next vector of this world of dense float32, as it is stored; valid until the arena ends. */
const float *draw(world *w);
/* The next one of any world, as a request has it, and as it is stored. */
vg_vector draw_vector(world *w);
const void *draw_stored(world *w);
/* Rows of SQL are no slots. */
uint64_t row_of_id(uint64_t id);
void put_point(world *w, uint64_t id, const void *stored);
void end_point(world *w, uint64_t id);
/* Puts `count` points with ids from 0 on, and all of them into the graph. */
void fill_world(world *w, uint32_t count);
void insert_all(world *w);

vg_view view_now(const world *w);
/* A search of all that the graph holds, with room for its hits. */
vg_walk walk_for(world *w, const vg_view *view, const float *query, uint32_t limit);
uint64_t id_of(const world *w, vg_hit hit);
/* The share of the true nearest `limit` that searches for `queries` drawn vectors find. Checks each
 * hit: it is seen, admitted, in order, and as far as it says. */
double recall(world *w, uint32_t queries, uint32_t limit, uint32_t ef, const vg_rowset *rows);

#endif
