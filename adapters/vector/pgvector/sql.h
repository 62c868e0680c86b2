/* A statement while it is written: its text, and the values that $1, $2, … stand for. No value ever
 * gets into the text: what is bound writes its `$n` where the text has got to. Inside this adapter
 * only.
 *
 *     vg_pg_sql sql = {.arena = t->scratch};
 *
 *     vg_pg_sql_text(&sql, "SELECT id FROM ");
 *     vg_pg_sql_name(&sql, table);
 *     vg_pg_sql_text(&sql, " p WHERE id=");
 *     vg_pg_sql_bind_id(&sql, &id);
 *     if (!vg_pg_sql_end(&sql, &statement, &t->status))
 *         return VG_FAIL;
 *
 * Nothing fails on the way: what went wrong is told at the end. Text and values live in the arena;
 * values that are bound are not copied and must live as long as the statement. */
#ifndef ADAPTERS_VECTOR_PGVECTOR_SQL_H
#define ADAPTERS_VECTOR_PGVECTOR_SQL_H

#include "adapters/vector/pgvector/param.h"

enum { VG_PG_MOST_PARAMS = 65535 }; /* the wire counts them in 16 bits */

/* Zero but for `arena` is an empty statement. */
typedef struct vg_pg_sql {
    vg_arena *arena;
    char *at;
    size_t len, room;
    vg_pg_param *params;
    uint32_t count, param_room;
    bool has_too_many;
} vg_pg_sql;

/* ---- text ---- */

void vg_pg_sql_text(vg_pg_sql *sql, const char *text); /* ours, as it stands in the source */
void vg_pg_sql_slice(vg_pg_sql *sql, vg_slice text);   /* the same */
void vg_pg_sql_name(vg_pg_sql *sql, vg_slice name);    /* an identifier, gets its quotes */
void vg_pg_sql_u64(vg_pg_sql *sql, uint64_t number);

/* ---- values ---- */

/* `$n` of this value (param.h). */
void vg_pg_sql_bind(vg_pg_sql *sql, vg_pg_param param);
/* The value alone: its `$n` was written, or will be. The first one's n is 1. */
void vg_pg_sql_add(vg_pg_sql *sql, vg_pg_param param);
/* A text that PostgreSQL turns into the type: as($1, "vector") is `$1::vector`. */
void vg_pg_sql_bind_as(vg_pg_sql *sql, vg_slice text, const char *type);
void vg_pg_sql_bind_text(vg_pg_sql *sql, vg_slice text); /* no NUL in it: PostgreSQL has no such */
void vg_pg_sql_bind_json(vg_pg_sql *sql, vg_slice json); /* jsonb */
void vg_pg_sql_bind_bytes(vg_pg_sql *sql, vg_slice bytes);
void vg_pg_sql_bind_int(vg_pg_sql *sql, int64_t number);
void vg_pg_sql_bind_float(vg_pg_sql *sql, double number);
void vg_pg_sql_bind_bool(vg_pg_sql *sql, bool value);
void vg_pg_sql_bind_id(vg_pg_sql *sql, const vg_point_id *id);

/* Arrays. */
void vg_pg_sql_bind_texts(vg_pg_sql *sql, const vg_slice *at, uint32_t count);
void vg_pg_sql_bind_bytes_array(vg_pg_sql *sql, const vg_slice *at, uint32_t count);
void vg_pg_sql_bind_ints(vg_pg_sql *sql, const int64_t *at, uint32_t count);
void vg_pg_sql_bind_floats(vg_pg_sql *sql, const double *at, uint32_t count);
void vg_pg_sql_bind_ids(vg_pg_sql *sql, const vg_point_id *at, uint32_t count);

/* ---- the end ---- */

/* Text, params and their number; the rest of `out` stays. False: TOO_LARGE (more values than a
 * statement may have, or than the arena holds), OVERLOADED (memory is gone for all). */
bool vg_pg_sql_end(const vg_pg_sql *sql, vg_pg_statement *out, vg_status *status);

#endif
