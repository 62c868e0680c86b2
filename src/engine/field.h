/* The values of a payload index on disk: tables of its own beside the points, made and filled
 * inside the transaction that changes the points. Which tables there are:
 *
 *     KEYWORD, UUID            field_<n>(value, row): every text
 *     INTEGER, FLOAT           …: every number; INTEGER for an i64, REAL for others (1.0 is REAL).
 *                              FLOAT: also REAL when no float64 is that integer
 *     BOOL                     …: 0 and 1
 *     DATETIME                 …: microseconds since 1970 of every text that is a date-time
 *     GEO                      field_<n>(lat, lon, row): every point
 *     TEXT                     field_<n>: FTS5, rowid is the point's row, the texts together
 *
 * All but TEXT are sets, WITHOUT ROWID, in the order of their columns, with an index on `row`. The
 * values are those of the path's elements (filter/values.h); 1 and 1.0 of one point are one value,
 * 1. A connection's thread; false: vg_sql_trouble(). */
#ifndef ENGINE_FIELD_H
#define ENGINE_FIELD_H

#include "vecgate/json.h"
#include "vecgate/payload_index.h"

#include "engine/sql.h"

typedef struct vg_field {
    vg_index index;
    uint64_t number;
    bool is_ready; /* false: being filled; no statement may look for points in it */
} vg_field;

/* The payload indexes of a collection, at most one for each key; immutable. */
typedef struct vg_fields {
    const vg_field *at;
    uint32_t count;
} vg_fields;

/* The field of that key, or NULL. Keys are compared as texts. `fields` may be NULL: none. */
const vg_field *vg_fields_find(const vg_fields *fields, vg_slice key);

bool vg_field_make(vg_sql *sql, const vg_field *field);
/* Adds the values of a row that has none in it. `payload`: the document, NULL for {}. Also false
 * when `scratch` is spent. */
bool vg_field_put(vg_sql *sql, const vg_field *field, uint64_t row, const vg_json *payload,
                  vg_arena *scratch);
/* A row that is not in it is fine. */
bool vg_field_remove(vg_sql *sql, const vg_field *field, uint64_t row);
/* Empties the tables of a field that is gone, about `rows` rows a call, and drops them when they
 * are empty: then `is_gone`. Tables that are not there are gone. Not in a transaction that put
 * something in. */
bool vg_field_sweep(vg_sql *sql, uint64_t number, uint32_t rows, bool *is_gone);
/* How many points have a value. Reads the whole index. */
bool vg_field_points(vg_sql *sql, const vg_field *field, uint64_t *points);

#endif
