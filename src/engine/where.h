/* A filter as a condition over a row `p` of points_<n>, for statements of this shape:
 *
 *     SELECT … FROM points_7 p WHERE <text> AND …
 *
 * The text is never NULL (1 or 0), holds no byte that a client sent, and uses the fields that are
 * ready as indexes. It means exactly what filter/eval.h means with the same indexes; and where SQL
 * would be too long or too deep, filter/eval.h is what it calls (holds.h), behind what indexes
 * can say of the filter's `must`. */
#ifndef ENGINE_WHERE_H
#define ENGINE_WHERE_H

#include "vecgate/op.h"

#include "engine/field.h"

struct sqlite3;

/* Over what a filter is asked, for statements on the way to one collection. */
typedef struct vg_where_over {
    const vg_collection_spec *spec; /* its vectors, for HAS_VECTOR; no more of it is looked at */
    const vg_fields *fields;        /* decide what indexes mean; those not ready too, but they are
                                       not used. May be NULL */
    int first_place;                /* the number of the first parameter: others may come before */
} vg_where_over;

typedef struct vg_where {
    vg_slice text; /* "1" without a filter */
    /* The same for a walk that may end early: indexes are asked about each row by itself, where
     * `text` first makes a list of all that they find. Equal to `text` when it uses none. */
    vg_slice each;
    /* When one index answers all of it: its rows, each once, as something for FROM. "SELECT
     * count(*) FROM <rows>" need not look at points. Else empty. */
    vg_slice rows;
    const struct vg_sql_value *binds; /* what stands for the parameters of each of the three, in
                                         order (filter/sql.h) */
    uint32_t count;                   /* of the parameters */
    struct vg_holds *holds;           /* stands for the last of them, after `binds`; or NULL */
    int first_place; /* the first one's number; the next free number is first_place + count */
} vg_where;

/* Everything is in the arena and must live as long as statements with these values run. `filter`
 * may be NULL. False: INVALID (`Invalid json path: 'x'`), TOO_LARGE (the arena is spent). */
bool vg_where_make(vg_arena *arena, const vg_filter *filter, const vg_where_over *over,
                   vg_where *out, vg_status *status);
/* After vg_sql_prepare(); reset keeps them. */
void vg_where_bind(const vg_where *where, struct sqlite3_stmt *stmt);
/* The functions, the table functions and the tokenizer that such statements and fields need. Every
 * connection of sql.h has them. False: no memory. */
bool vg_where_functions(struct sqlite3 *db);

#endif
