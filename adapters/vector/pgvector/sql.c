/* See sql.h. Binary forms are those of PostgreSQL's send functions: integers big-endian, an array
 * as dimensions, a flag for NULLs, the elements' type, its length, its lower bound, and the
 * elements each behind its length. */
#include "adapters/vector/pgvector/sql.h"

#include <stdio.h>

#include "adapters/vector/pgvector/quote.h"

enum { FIRST_ROOM = 1024, FIRST_PARAMS = 16, ARRAY_HEAD = 20 };

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

void vg_pg_sql_bind(vg_pg_sql *sql, vg_pg_param param)
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
    vg_pg_sql_text(sql, "$");
    vg_pg_sql_u64(sql, sql->count);
}

static vg_slice known(vg_slice text)
{
    return text.at ? text : VG_LIT(""); /* no bytes are a value, too, and not NULL */
}

void vg_pg_sql_bind_as(vg_pg_sql *sql, vg_slice text, const char *type)
{
    vg_pg_sql_bind(sql, (vg_pg_param){.value = known(text)});
    vg_pg_sql_text(sql, "::");
    vg_pg_sql_text(sql, type);
}

void vg_pg_sql_bind_text(vg_pg_sql *sql, vg_slice text)
{
    vg_pg_sql_bind(sql, (vg_pg_param){.value = known(text), .type = VG_PG_TEXT});
}

void vg_pg_sql_bind_json(vg_pg_sql *sql, vg_slice json)
{
    vg_pg_sql_bind(sql, (vg_pg_param){.value = json, .type = VG_PG_JSONB});
}

void vg_pg_sql_bind_bytes(vg_pg_sql *sql, vg_slice bytes)
{
    vg_pg_sql_bind(sql,
                   (vg_pg_param){.value = known(bytes), .type = VG_PG_BYTEA, .is_binary = true});
}

static void write_u32(char *to, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        to[i] = (char)(number >> (24 - 8 * i));
}

static void write_u64(char *to, uint64_t number)
{
    write_u32(to, (uint32_t)(number >> 32));
    write_u32(to + 4, (uint32_t)number);
}

static uint64_t bits_of(double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static void bind_u64(vg_pg_sql *sql, uint64_t bits, uint32_t type)
{
    char *bytes = vg_arena_take(sql->arena, 8);

    if (!bytes)
        return;
    write_u64(bytes, bits);
    vg_pg_sql_bind(sql, (vg_pg_param){vg_slice_of(bytes, 8), type, true});
}

void vg_pg_sql_bind_int(vg_pg_sql *sql, int64_t number)
{
    bind_u64(sql, (uint64_t)number, VG_PG_INT8);
}

void vg_pg_sql_bind_float(vg_pg_sql *sql, double number)
{
    bind_u64(sql, bits_of(number), VG_PG_FLOAT8);
}

void vg_pg_sql_bind_bool(vg_pg_sql *sql, bool value)
{
    vg_pg_sql_bind(sql, (vg_pg_param){value ? VG_LIT("\1") : VG_LIT("\0"), VG_PG_BOOL, true});
}

/* ---- arrays ---- */

/* An array of so many elements, with room for `bytes` behind its head; NULL: no memory. */
static char *open_array(vg_pg_sql *sql, uint32_t element, uint32_t count, size_t bytes)
{
    char *at = vg_arena_take(sql->arena, ARRAY_HEAD + bytes);

    if (!at)
        return NULL;
    write_u32(at, 1);
    write_u32(at + 4, 0);
    write_u32(at + 8, element);
    write_u32(at + 12, count);
    write_u32(at + 16, 1);
    return at;
}

static char *write_element(char *to, vg_slice bytes)
{
    write_u32(to, (uint32_t)bytes.len);
    if (bytes.len > 0)
        memcpy(to + 4, bytes.at, bytes.len);
    return to + 4 + bytes.len;
}

static void close_array(vg_pg_sql *sql, char *at, const char *end, uint32_t type)
{
    vg_pg_sql_bind(sql, (vg_pg_param){vg_slice_of(at, (size_t)(end - at)), type, true});
}

static void bind_slices(vg_pg_sql *sql, const vg_slice *at, uint32_t count, bool is_text)
{
    size_t bytes = 0;
    char *array, *to;

    for (uint32_t i = 0; i < count; i++)
        bytes += 4 + at[i].len;
    array = open_array(sql, is_text ? VG_PG_TEXT : VG_PG_BYTEA, count, bytes);
    if (!array)
        return;
    to = array + ARRAY_HEAD;
    for (uint32_t i = 0; i < count; i++)
        to = write_element(to, at[i]);
    close_array(sql, array, to, is_text ? VG_PG_TEXTS : VG_PG_BYTEAS);
}

void vg_pg_sql_bind_texts(vg_pg_sql *sql, const vg_slice *at, uint32_t count)
{
    bind_slices(sql, at, count, true);
}

void vg_pg_sql_bind_bytes_array(vg_pg_sql *sql, const vg_slice *at, uint32_t count)
{
    bind_slices(sql, at, count, false);
}

void vg_pg_sql_bind_ints(vg_pg_sql *sql, const int64_t *at, uint32_t count)
{
    char *array = open_array(sql, VG_PG_INT8, count, (size_t)count * 12), *to;

    if (!array)
        return;
    to = array + ARRAY_HEAD;
    for (uint32_t i = 0; i < count; i++, to += 12) {
        write_u32(to, 8);
        write_u64(to + 4, (uint64_t)at[i]);
    }
    close_array(sql, array, to, VG_PG_INT8S);
}

void vg_pg_sql_bind_floats(vg_pg_sql *sql, const double *at, uint32_t count)
{
    char *array = open_array(sql, VG_PG_FLOAT8, count, (size_t)count * 12), *to;

    if (!array)
        return;
    to = array + ARRAY_HEAD;
    for (uint32_t i = 0; i < count; i++, to += 12) {
        write_u32(to, 8);
        write_u64(to + 4, bits_of(at[i]));
    }
    close_array(sql, array, to, VG_PG_FLOAT8S);
}

/* ---- ids ---- */

/* A sort key of point.h, whose kinds begin with 1. */
size_t vg_pg_write_id(const vg_point_id *id, uint8_t *to)
{
    size_t len = vg_point_id_key(id, to);

    to[0]--;
    return len;
}

bool vg_pg_read_id(vg_slice bytes, vg_point_id *out)
{
    uint8_t key[VG_ID_KEY_MAX];

    if (bytes.len == 0 || bytes.len > sizeof key)
        return false;
    memcpy(key, bytes.at, bytes.len);
    key[0]++;
    if (!vg_point_id_of_key(key, bytes.len, out))
        return false;
    if (out->kind == VG_ID_TEXT)
        out->text = vg_slice_skip(bytes, 1);
    return true;
}

void vg_pg_sql_bind_id(vg_pg_sql *sql, const vg_point_id *id)
{
    uint8_t *key = vg_arena_take(sql->arena, VG_ID_KEY_MAX);

    if (key)
        vg_pg_sql_bind_bytes(sql, vg_slice_of((char *)key, vg_pg_write_id(id, key)));
}

void vg_pg_sql_bind_ids(vg_pg_sql *sql, const vg_point_id *at, uint32_t count)
{
    size_t bytes = 0;
    char *array, *to;

    for (uint32_t i = 0; i < count; i++)
        bytes += 4 + 1 + VG_UUID_BYTES + at[i].text.len;
    array = open_array(sql, VG_PG_BYTEA, count, bytes);
    if (!array)
        return;
    to = array + ARRAY_HEAD;
    for (uint32_t i = 0; i < count; i++) {
        size_t len = vg_pg_write_id(&at[i], (uint8_t *)to + 4);

        write_u32(to, (uint32_t)len);
        to += 4 + len;
    }
    close_array(sql, array, to, VG_PG_BYTEAS);
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
