/* What an index over a payload field holds of each point, as an expression of SQL: in the index's
 * definition, and word for word in the conditions of filters, or PostgreSQL does not see that the
 * one answers the other. So a field's name is a literal here, the one text of a client's that is
 * not bound: CREATE INDEX takes no parameters, and a parameter equals no literal.
 *
 *     NUMBER   float8   the number                            btree
 *     DAY      text     "2024-02-29", the text's beginning    btree
 *     PLACE    point    (lon, lat), to nine digits            gist
 *     WORDS    text[]   runs of a-z and 0-9, lower case       gin
 *
 * Made of functions that are in every PostgreSQL and immutable, and none of them fails, whatever is
 * stored. What one value cannot say is always found, for the exact condition to look at: an array
 * (any of its elements may be meant), and numbers beyond 1e±300. So what they find is all that
 * meets the condition, and more. Inside this adapter only. */
#ifndef ADAPTERS_VECTOR_PGVECTOR_EXTRACT_H
#define ADAPTERS_VECTOR_PGVECTOR_EXTRACT_H

#include "vecgate/payload_index.h"
#include "vecgate/payload_path.h"

typedef enum vg_pg_extract {
    VG_PG_EXTRACT_NONE, /* no index of its own serves that field */
    VG_PG_EXTRACT_NUMBER,
    VG_PG_EXTRACT_DAY,
    VG_PG_EXTRACT_PLACE,
    VG_PG_EXTRACT_WORDS,
} vg_pg_extract;

/* What each finds besides: behind the expression. */
#define VG_PG_EXTRACT_MANY_NUMBERS "='NaN'"
#define VG_PG_EXTRACT_MANY_PLACES  "<@box(point(1000,1000),point(1000,1000))"
#define VG_PG_EXTRACT_MANY_WORDS   "@>'{~}'"
/* A JSON array's text begins with [; the text of no day does. */
#define VG_PG_EXTRACT_MANY_DAYS_FROM ">='['"
#define VG_PG_EXTRACT_MANY_DAYS_TO   "<']'"

/* A run of more characters is several words: GIN takes no long keys. */
enum { VG_PG_WORD_CHARS = 60 };

/* Of all names of a path together: a definition of much longer ones is refused (54000). */
enum { VG_PG_EXTRACT_BYTES = 256 };

/* What an index that was declared so is made of; fields inside of arrays, and those of long paths,
 * have none. */
vg_pg_extract vg_pg_extract_of(const vg_index *index, const vg_path *path);
/* The expression, in parentheses; `document`: "payload", "p.payload". {NULL}: no memory. */
vg_slice vg_pg_extract_write(vg_arena *arena, vg_pg_extract what, const char *document,
                             const vg_path *path);
const char *vg_pg_extract_method(vg_pg_extract what); /* "btree" */
const char *vg_pg_extract_word(vg_pg_extract what);   /* "number" */

#endif
