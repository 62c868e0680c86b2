/* A filter as a condition over a row `p` of points_<n>, for statements of this shape:
 *
 *     SELECT … FROM points_7 p WHERE <text> AND …
 *
 * The text is never NULL (1 or 0), holds no byte that a client sent, and uses the fields that are
 * ready as indexes. It means exactly what filter/eval.h means with the same indexes. */
#ifndef ENGINE_WHERE_H
#define ENGINE_WHERE_H

#include "vecgate/op.h"

#include "engine/field.h"

struct sqlite3;

typedef struct vg_where {
    vg_slice text;                    /* "1" without a filter */
    const struct vg_sql_value *binds; /* what stands for its parameters, in order (filter/sql.h) */
    uint32_t count;
    int first_place; /* the first one's number; the next free number is first_place + count */
    /* When one index answers all of it: its rows, something for FROM, with the same parameters.
     * "SELECT count(*) FROM <rows>" need not look at points. Else empty. */
    vg_slice rows;
    /* private: see vg_where_choose() */
    vg_slice walk;
    const struct vg_sql_condition *leads;
    uint32_t lead_count, least_ids;
} vg_where;

/* Everything is in the arena and must live as long as statements with these values run. `filter`
 * may be NULL. `fields` (may be NULL) decides what indexes mean: also of those that are not ready,
 * which are not used. Of `spec` only the vectors are looked at, for HAS_VECTOR. Parameters are
 * numbered from first_place on, so that the caller may have others before. False: INVALID (`Invalid
 * json path: 'x'`), TOO_LARGE (arena, or nested deeper than SQLite's parser goes). */
bool vg_where_make(vg_arena *arena, const vg_filter *filter, const vg_collection_spec *spec,
                   const vg_fields *fields, int first_place, vg_where *out, vg_status *status);
/* For the first `limit` points in an order of their own (as scroll by id): is it cheaper to list
 * what the narrowest index finds and sort it, or to walk in this order and look each point up in
 * the indexes? Asks the indexes how many they find, up to a bound, and sets `text` accordingly.
 * `points`: about how many there are. Not asking is always right, and slow when an index finds
 * many. False: vg_sql_trouble(). */
bool vg_where_choose(vg_sql *sql, vg_where *where, uint64_t points, uint32_t limit);
/* After vg_sql_prepare(); reset keeps them. */
void vg_where_bind(const vg_where *where, struct sqlite3_stmt *stmt);
/* The functions, the table functions and the tokenizer that such statements and fields need. Every
 * connection of sql.h has them. False: no memory. */
bool vg_where_functions(struct sqlite3 *db);

#endif
