/* A write as SQL: what it changes on disk, within the transaction of its group. The writer's thread
 * only.
 *
 * Each answers VG_OK when what it did is to stay, and write->stays says so; write->status may tell
 * of a failure all the same (write.h: updates that are done in part). Else the code, whose story is
 * in write->status, and nothing of it is to stay: the caller rolls back to before it. What
 * publishing needs is made here, so that publishing cannot fail. */
#ifndef ENGINE_APPLY_H
#define ENGINE_APPLY_H

#include "engine/sql.h"
#include "engine/write.h"

/* Any write. CREATE makes write->table. */
vg_code vg_apply(vg_sql *sql, vg_write *write);
/* What an earlier vg_apply() made and nobody published. */
void vg_apply_forget(vg_write *write);

vg_code vg_apply_index(vg_sql *sql, vg_write *write);   /* apply_index.c: INDEX */
vg_code vg_apply_unindex(vg_sql *sql, vg_write *write); /* UNINDEX */
vg_code vg_apply_points(vg_sql *sql, vg_write *write);  /* apply_points.c: POINTS */

/* Stories. */
vg_code vg_apply_trouble(vg_sql *sql, vg_write *write); /* SQLite's */
vg_code vg_apply_no_memory(vg_write *write);
vg_code vg_apply_no_collection(vg_write *write, vg_slice name);

/* The table's shape as the writes of this group have left it. */
const vg_shape *vg_apply_shape(const vg_table *table);
/* A new shape for the table, on disk and, when all of the group is committed, for readers. */
vg_code vg_apply_reshape(vg_sql *sql, vg_write *write, const vg_collection_spec *spec,
                         const vg_fields *fields);

#endif
