/* The parts of filter.c: what PostgreSQL's dialect of filter/sql.h writes. Inside this adapter
 * only. */
#ifndef ADAPTERS_VECTOR_PGVECTOR_FILTER_PARTS_H
#define ADAPTERS_VECTOR_PGVECTOR_FILTER_PARTS_H

#include "adapters/vector/pgvector/filter.h"
#include "filter/sql.h"

/* What the functions of the dialect are given. */
typedef struct vg_pg_scene {
    vg_arena *arena;
    const vg_collection_spec *spec;
    bool *is_too_long; /* a phrase, for PostgreSQL's regular expressions */
} vg_pg_scene;

/* A fragment with one %p, of a value of ours. */
void vg_pg_write_with(vg_sql_writer *writer, const vg_pg_scene *scene, const char *fragment,
                      vg_pg_param param);
/* The same of a text. A text with NUL becomes NULL, which equals nothing, as no stored text does.
 */
void vg_pg_write_text(vg_sql_writer *writer, const vg_pg_scene *scene, const char *fragment,
                      vg_slice text);
vg_pg_param vg_pg_param_stored(vg_slice text);

/* ---- filter_path.c ---- */

/* Only keys, and few: `%d->%p` goes there. */
bool vg_pg_path_is_plain(const vg_path *path);
/* Of type jsonpath: leads where filter/values.h leads, never to an error. NULL: it leads nowhere.
 */
vg_pg_param vg_pg_path_param(vg_arena *arena, const vg_path *path);
/* A document that holds `value`, JSON, at the end of the path, for @>. {NULL}: memory is gone, or
 * the path has an index, which no document can say. */
vg_slice vg_pg_path_document(vg_arena *arena, const vg_path *path, vg_slice value);

/* ---- the dialect's functions, `arg` is a vg_pg_scene ---- */

void vg_pg_write_source(vg_sql_writer *writer, const vg_ask *ask, vg_reach reach, const void *arg);
bool vg_pg_write_narrow(vg_sql_writer *writer, const vg_ask *ask, const void *arg);
/* What the field's own index answers, if it has one, and AND. */
void vg_pg_write_field(vg_sql_writer *writer, const vg_ask *ask, const void *arg);
void vg_pg_write_tokens(vg_sql_writer *writer, const vg_tokens *tokens, const void *arg);
void vg_pg_write_area(vg_sql_writer *writer, const vg_ask *ask, const void *arg);

/* ---- for what is no condition: orders and facets ---- */

typedef enum vg_pg_values {
    VG_PG_VALUES_TEXT,
    VG_PG_VALUES_TRUTH, /* 0 and 1 */
    VG_PG_VALUES_WHOLE,
    VG_PG_VALUES_REAL,
    VG_PG_VALUES_US, /* date-times, in microseconds */
} vg_pg_values;

/* What stands in FROM for the elements of a path of p.payload, each as its value of that kind, or
 * NULL: one column, of the kind's name in filter/sql.h. */
void vg_pg_write_values(vg_pg_sql *sql, const vg_path *path, vg_pg_values kind);

#endif
