/* The rows of `fields`, one for each payload index, and of `dropped_fields`, the numbers of those
 * whose tables are to be emptied (upkeep.h). As rows.h: within the caller's transaction, false when
 * SQLite fails. */
#ifndef ENGINE_FIELD_ROWS_H
#define ENGINE_FIELD_ROWS_H

#include "engine/field.h"
#include "engine/sql.h"

/* A new row and the field's empty tables; sets its number. One that is not ready begins before the
 * first row of points. */
bool vg_field_rows_add(vg_sql *sql, uint64_t collection, vg_field *field);
bool vg_field_rows_drop(vg_sql *sql, uint64_t field);
bool vg_field_rows_set_params(vg_sql *sql, uint64_t field, vg_slice params);
/* The values of all rows of points up to this one are in. */
bool vg_field_rows_filled(vg_sql *sql, uint64_t field, uint64_t row);
bool vg_field_rows_ready(vg_sql *sql, uint64_t field);

/* Fields of a collection in the order of their numbers, and how far each is filled (nothing said of
 * those that are ready); in the arena. A kind that is not known is VG_INDEX_NONE. False also when
 * the arena is spent. */
bool vg_field_rows_read(vg_sql *sql, uint64_t collection, vg_arena *arena, vg_fields *out,
                        uint64_t **rows);

#endif
