/* The SQL of points_<number> that depends on how many vectors a collection has. */
#ifndef ENGINE_COLUMNS_H
#define ENGINE_COLUMNS_H

#include "vecgate/arena.h"

/* Texts in the arena, each with a NUL behind. V stands for the columns of all places: there is
 * always one, also when a collection has no vector. */
typedef struct vg_columns {
    vg_slice list; /* V: "vector,vector_1,vector_2" */
    /* as vg_sql_use() takes them: their addresses must not be used again for the same table */
    const char *put_sql; /* upsert of (id, version, payload, V) */
    const char
        *set_sql; /* (row, version, V): vectors that are not NULL take the place of the old */
    const char *cut_sql; /* (row, version, V): where it is 1 the vector is no more */
} vg_columns;

/* The first of V's parameters in each. */
enum { VG_PUT_VECTOR = 4, VG_SET_VECTOR = 3 };

/* False: the arena is spent. */
bool vg_columns_make(vg_arena *arena, uint64_t table, uint32_t places, vg_columns *out);
/* Bytes of an arena that it takes, at most. */
size_t vg_columns_bytes(uint32_t places);

/* A place's column: "vector" for 0, else "vector_3"; `to` has room for VG_COLUMN. */
enum { VG_COLUMN = 24 };
const char *vg_column(uint32_t place, char *to);

#endif
