/* The rows that say what collections are: `collections` and `vectors` (field_rows.h has those of
 * their payload indexes), and `dropped`, the numbers of those whose tables are to be emptied.
 * Within the caller's transaction; the writer's thread, or whoever opens the store before it. All
 * answer false when SQLite fails: vg_sql_trouble() tells. */
#ifndef ENGINE_ROWS_H
#define ENGINE_ROWS_H

#include "engine/shape.h"
#include "engine/sql.h"

/* 0: there is none of that name. */
bool vg_rows_find(vg_sql *sql, vg_slice name, uint64_t *number);
/* A new collection's row, its vectors', and its empty table points_<number>. */
bool vg_rows_add(vg_sql *sql, vg_slice name, const vg_collection_spec *spec, uint64_t *number);
/* Takes all rows of a collection out; its tables are to be emptied later (upkeep.h). */
bool vg_rows_drop(vg_sql *sql, uint64_t number);
/* The collection's operation number after `more` operations; 0: it is gone. */
bool vg_rows_count(vg_sql *sql, uint64_t number, uint32_t more, uint64_t *operation);

/* Takes over the settings of `spec`, and of its vectors hnsw_config, quantization_config,
 * sparse_index and on_disk, by name. */
bool vg_rows_change(vg_sql *sql, uint64_t number, const vg_collection_spec *spec);
/* The next number of its shape (shape.h), for a change of it; 0: it is gone. */
bool vg_rows_reshape(vg_sql *sql, uint64_t number, uint64_t *shape);
/* Has it no points? */
bool vg_rows_is_empty(vg_sql *sql, uint64_t number, bool *is_empty);

/* Its vectors, in the order of their places, in the arena. False also when that is spent. */
bool vg_rows_vectors(vg_sql *sql, uint64_t number, vg_arena *arena, vg_collection_spec *spec);

#endif
