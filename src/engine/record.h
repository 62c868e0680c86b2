/* A stored point as a reader gets it: which parts of it were asked for, and these parts copied out
 * of a row of the SQL table. Such a row begins with the columns that vg_record_columns() names:
 *
 *     version, payload (NULL when nobody wants it), one column for each wanted vector; then more */
#ifndef ENGINE_RECORD_H
#define ENGINE_RECORD_H

#include "engine/sql.h"
#include "engine/table.h"
#include "filter/project.h"

typedef struct vg_record {
    const vg_vector_params *params; /* of the collection */
    bool payload;
    vg_projection projection;
    bool vectors;           /* were they asked for? */
    const uint32_t *places; /* of those that were, each once, as in the collection */
    uint32_t place_count;
} vg_record;

/* What a request may ask of a point. */
typedef struct vg_record_ask {
    const vg_payload_selector *payload;
    const vg_vector_selector *vectors;
} vg_record_ask;

/* INVALID: a path that is none, or `Not existing vector name error: x`. TOO_LARGE. The names of
 * vectors are the table's: hold it as long as the points that are filled. */
bool vg_record_read(vg_arena *arena, const vg_table *table, vg_record_ask ask, vg_record *out,
                    vg_status *status);

/* Does it want no vector but, perhaps, this one? */
bool vg_record_is_within(const vg_record *record, uint32_t place);
/* "p.version,p.payload,p.vector,p.vector_2", in the arena; empty when it is spent. */
vg_slice vg_record_columns(const vg_record *record, vg_arena *arena);
/* How many these are: the place of the first column behind them. */
int vg_record_width(const vg_record *record);

/* The parts from such a row. False with TOO_LARGE or BACKEND_ERROR. */
bool vg_record_fill(const vg_record *record, struct sqlite3_stmt *row, vg_arena *arena,
                    vg_point *point, vg_status *status);
/* The same from memory for a record within this place: its stored form. False: the arena is spent.
 */
bool vg_record_vector(const vg_record *record, const void *stored, vg_arena *arena,
                      vg_point *point);

#endif
