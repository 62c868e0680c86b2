/* See sql.h. Binary forms are those of PostgreSQL's send functions: integers big-endian, an array
 * as dimensions, a flag for NULLs, the elements' type, its length, its lower bound, and the
 * elements each behind its length. */
#include "adapters/vector/pgvector/sql.h"

#include <stdio.h>

#include "adapters/vector/pgvector/quote.h"

enum { FIRST_ROOM = 1024, FIRST_PARAMS = 16 };

/* ---- text ---- */

/* A place for `n` bytes, or NULL: the arena is spent, and the end will tell. */
static char *reserve(vg_pg_sql *sql, size_t n)
{
    size_t room = sql->room ? sql->room : FIRST_ROOM;
    char *at = sql->at;

    while (room - sql->len < n)
        room *= 2;
    if (room != sql->room)
        at = vg_arena_resize(sql->arena, sql->at, sql->room, room);
    if (!at)
        return NULL;
    sql->at = at;
    sql->room = room;
    return at + sql->len;
}

void vg_pg_sql_slice(vg_pg_sql *sql, vg_slice text)
{
    char *to = text.len > 0 ? reserve(sql, text.len) : NULL;

    if (!to)
        return;
    memcpy(to, text.at, text.len);
    sql->len += text.len;
}

void vg_pg_sql_text(vg_pg_sql *sql, const char *text)
{
    vg_pg_sql_slice(sql, vg_slice_str(text));
}

void vg_pg_sql_name(vg_pg_sql *sql, vg_slice name)
{
    vg_pg_sql_slice(sql, vg_pg_quote(sql->arena, name));
}

void vg_pg_sql_u64(vg_pg_sql *sql, uint64_t number)
{
    char text[24];

    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    vg_pg_sql_text(sql, text);
}

/* ---- values ---- */

void vg_pg_sql_add(vg_pg_sql *sql, vg_pg_param param)
{
    if (sql->count == VG_PG_MOST_PARAMS) {
        sql->has_too_many = true;
        return;
    }
    if (sql->count == sql->param_room) {
        uint32_t room = sql->param_room ? sql->param_room * 2 : FIRST_PARAMS;
        vg_pg_param *params = vg_arena_resize(
            sql->arena, sql->params, sql->param_room * sizeof *params, room * sizeof *params);

        if (!params)
            return;
        sql->params = params;
        sql->param_room = room;
    }
    sql->params[sql->count++] = param;
}

void vg_pg_sql_bind(vg_pg_sql *sql, vg_pg_param param)
{
    vg_pg_sql_add(sql, param);
    vg_pg_sql_text(sql, "$");
    vg_pg_sql_u64(sql, sql->count);
}

void vg_pg_sql_bind_as(vg_pg_sql *sql, vg_slice text, const char *type)
{
    vg_pg_sql_bind(sql, vg_pg_param_of(text, 0));
    vg_pg_sql_text(sql, "::");
    vg_pg_sql_text(sql, type);
}

void vg_pg_sql_bind_text(vg_pg_sql *sql, vg_slice text)
{
    vg_pg_sql_bind(sql, vg_pg_param_of(text, VG_PG_TEXT));
}

void vg_pg_sql_bind_json(vg_pg_sql *sql, vg_slice json)
{
    vg_pg_sql_bind(sql, vg_pg_param_of(json, VG_PG_JSONB));
}

void vg_pg_sql_bind_bytes(vg_pg_sql *sql, vg_slice bytes)
{
    vg_pg_sql_bind(sql, vg_pg_param_bytes(bytes));
}

void vg_pg_sql_bind_int(vg_pg_sql *sql, int64_t number)
{
    vg_pg_sql_bind(sql, vg_pg_param_int(sql->arena, number));
}

void vg_pg_sql_bind_float(vg_pg_sql *sql, double number)
{
    vg_pg_sql_bind(sql, vg_pg_param_float(sql->arena, number));
}

void vg_pg_sql_bind_bool(vg_pg_sql *sql, bool value)
{
    vg_pg_sql_bind(sql, vg_pg_param_bool(value));
}

void vg_pg_sql_bind_id(vg_pg_sql *sql, const vg_point_id *id)
{
    vg_pg_sql_bind(sql, vg_pg_param_id(sql->arena, id));
}

void vg_pg_sql_bind_texts(vg_pg_sql *sql, const vg_slice *at, uint32_t count)
{
    vg_pg_sql_bind(sql, vg_pg_param_texts(sql->arena, at, count));
}

void vg_pg_sql_bind_bytes_array(vg_pg_sql *sql, const vg_slice *at, uint32_t count)
{
    vg_pg_sql_bind(sql, vg_pg_param_bytes_array(sql->arena, at, count));
}

void vg_pg_sql_bind_ints(vg_pg_sql *sql, const int64_t *at, uint32_t count)
{
    vg_pg_sql_bind(sql, vg_pg_param_ints(sql->arena, at, count));
}

void vg_pg_sql_bind_floats(vg_pg_sql *sql, const double *at, uint32_t count)
{
    vg_pg_sql_bind(sql, vg_pg_param_floats(sql->arena, at, count));
}

void vg_pg_sql_bind_ids(vg_pg_sql *sql, const vg_point_id *at, uint32_t count)
{
    vg_pg_sql_bind(sql, vg_pg_param_ids(sql->arena, at, count));
}

/* ---- the end ---- */

bool vg_pg_sql_end(const vg_pg_sql *sql, vg_pg_statement *out, vg_status *status)
{
    if (sql->has_too_many)
        return vg_status_set(status, VG_TOO_LARGE,
                             VG_LIT("the request has more values than one statement may have"),
                             (vg_slice){0}) == VG_OK;
    if (vg_arena_is_starved(sql->arena))
        return vg_status_set(status, VG_OVERLOADED, VG_LIT(VG_STARVED), (vg_slice){0}) == VG_OK;
    if (vg_arena_is_spent(sql->arena))
        return vg_status_set(status, VG_TOO_LARGE,
                             VG_LIT("the request is larger than one request may be"),
                             (vg_slice){0}) == VG_OK;
    out->sql = vg_slice_of(sql->at, sql->len);
    out->params = sql->params;
    out->param_count = sql->count;
    return true;
}
