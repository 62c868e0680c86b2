/* See field.h. */
#include "engine/field.h"

#include <inttypes.h>
#include <stdio.h>

#include <sqlite3.h>

#include "base/buf.h"
#include "engine/fts.h"
#include "filter/values.h"

enum { TEXT = 400 };

const vg_field *vg_fields_find(const vg_fields *fields, vg_slice key)
{
    for (uint32_t i = 0; fields && i < fields->count; i++)
        if (vg_slice_is(fields->at[i].index.key, key))
            return &fields->at[i];
    return NULL;
}

/* ---- tables ---- */

static bool make_set(vg_sql *sql, uint64_t number, const char *columns, const char *key)
{
    char text[TEXT];

    snprintf(text, sizeof text,
             "CREATE TABLE field_%" PRIu64 "(%s,row INTEGER NOT NULL,PRIMARY KEY(%s,row))"
             "WITHOUT ROWID;"
             "CREATE INDEX field_%" PRIu64 "_row ON field_%" PRIu64 "(row)",
             number, columns, key, number, number);
    return vg_sql_run(sql, text);
}

/* Without phrases nothing is kept of where a token stands. */
static bool make_text(vg_sql *sql, const vg_field *field)
{
    char text[TEXT], arguments[VG_FTS_ARGUMENTS];

    vg_fts_arguments(&field->index.text, arguments);
    snprintf(text, sizeof text,
             "CREATE VIRTUAL TABLE field_%" PRIu64
             " USING fts5(text,tokenize='%s',detail=%s,columnsize=0)",
             field->number, arguments, field->index.text.has_phrases ? "full" : "none");
    return vg_sql_run(sql, text);
}

bool vg_field_make(vg_sql *sql, const vg_field *field)
{
    switch (field->index.kind) {
    case VG_INDEX_TEXT:
        return make_text(sql, field);
    case VG_INDEX_GEO:
        return make_set(sql, field->number, "lat REAL NOT NULL,lon REAL NOT NULL", "lat,lon");
    case VG_INDEX_KEYWORD:
    case VG_INDEX_UUID:
        return make_set(sql, field->number, "value TEXT NOT NULL", "value");
    default: /* no affinity: numbers stay as they are given */
        return make_set(sql, field->number, "value NOT NULL", "value");
    }
}

/* ---- values ---- */

typedef struct filling {
    vg_sql *sql;
    const vg_field *field;
    uint64_t row;
    bool is_broken;
    vg_buf text; /* TEXT */
    bool has_text;
} filling;

/* `beats`: it stands for an equal one of another type. */
static struct sqlite3_stmt *use_insert(filling *f, bool beats)
{
    struct sqlite3_stmt *stmt = vg_sql_use(f->sql,
                                           beats ? "INSERT OR REPLACE INTO field_%llu VALUES(?1,?2)"
                                                 : "INSERT OR IGNORE INTO field_%llu VALUES(?1,?2)",
                                           f->field->number);

    if (stmt)
        vg_sql_put_u64(stmt, 2, f->row);
    return stmt;
}

static bool put_text(filling *f, vg_slice text)
{
    struct sqlite3_stmt *stmt = use_insert(f, false);

    if (!stmt)
        return false;
    vg_sql_put_text(stmt, 1, text);
    return vg_sql_finish(stmt);
}

static bool put_whole(filling *f, int64_t whole, bool beats)
{
    struct sqlite3_stmt *stmt = use_insert(f, beats);

    if (!stmt)
        return false;
    vg_sql_put_u64(stmt, 1, (uint64_t)whole);
    return vg_sql_finish(stmt);
}

static bool put_real(filling *f, double real)
{
    struct sqlite3_stmt *stmt = use_insert(f, false);

    if (!stmt)
        return false;
    sqlite3_bind_double(stmt, 1, real);
    return vg_sql_finish(stmt);
}

/* A float's index is compared as float64s are; an i64 that is none is put as its nearest. */
static bool is_exact(const vg_number *number)
{
    return number->real < 0x1p63 && (int64_t)number->real == number->whole;
}

static bool put_number(filling *f, const vg_value *value)
{
    vg_number number;

    if (!vg_value_number(value, &number))
        return true;
    if (number.is_whole && (f->field->index.kind == VG_INDEX_INTEGER || is_exact(&number)))
        return put_whole(f, number.whole, true);
    return put_real(f, number.real);
}

static bool put_place(filling *f, const vg_value *value)
{
    struct sqlite3_stmt *stmt;
    vg_geo at;

    if (!vg_value_geo(value, &at))
        return true;
    stmt =
        vg_sql_use(f->sql, "INSERT OR IGNORE INTO field_%llu VALUES(?1,?2,?3)", f->field->number);
    if (!stmt)
        return false;
    sqlite3_bind_double(stmt, 1, at.lat);
    sqlite3_bind_double(stmt, 2, at.lon);
    vg_sql_put_u64(stmt, 3, f->row);
    return vg_sql_finish(stmt);
}

static bool add_text(filling *f, const vg_value *value)
{
    if (value->kind != VG_JSON_STRING)
        return true;
    if (f->has_text)
        vg_buf_put_byte(&f->text, VG_FTS_GAP);
    vg_buf_put(&f->text, value->text);
    f->has_text = true;
    return !vg_buf_is_spent(&f->text);
}

static bool put_value(filling *f, const vg_value *value)
{
    int64_t us;

    switch (f->field->index.kind) {
    case VG_INDEX_KEYWORD:
    case VG_INDEX_UUID:
        return value->kind != VG_JSON_STRING || put_text(f, value->text);
    case VG_INDEX_INTEGER:
    case VG_INDEX_FLOAT:
        return put_number(f, value);
    case VG_INDEX_BOOL:
        return (value->kind != VG_JSON_TRUE && value->kind != VG_JSON_FALSE) ||
               put_whole(f, value->kind == VG_JSON_TRUE, false);
    case VG_INDEX_DATETIME:
        return !vg_value_datetime(value, &us) || put_whole(f, us, false);
    case VG_INDEX_GEO:
        return put_place(f, value);
    default:
        return add_text(f, value);
    }
}

static bool put_next(const vg_value *value, void *arg)
{
    filling *f = arg;

    f->is_broken = !put_value(f, value);
    return f->is_broken;
}

static bool put_texts(filling *f)
{
    struct sqlite3_stmt *stmt =
        vg_sql_use(f->sql, "INSERT INTO field_%llu(rowid,text) VALUES(?2,?1)", f->field->number);

    if (!stmt)
        return false;
    vg_sql_put_text(stmt, 1, vg_buf_bytes(&f->text));
    vg_sql_put_u64(stmt, 2, f->row);
    return vg_sql_finish(stmt);
}

bool vg_field_put(vg_sql *sql, const vg_field *field, uint64_t row, const vg_json *payload,
                  vg_arena *scratch)
{
    filling f = {.sql = sql, .field = field, .row = row};
    vg_path path;

    if (vg_path_read(scratch, field->index.key, &path) != VG_PATH_OK)
        return false;
    vg_buf_init(&f.text, 0);
    vg_values_each(payload, &path, VG_REACH_ELEMENTS, put_next, &f);
    if (!f.is_broken && f.has_text)
        f.is_broken = !put_texts(&f);
    vg_buf_fini(&f.text);
    return !f.is_broken;
}

bool vg_field_remove(vg_sql *sql, const vg_field *field, uint64_t row)
{
    struct sqlite3_stmt *stmt =
        vg_sql_use(sql,
                   field->index.kind == VG_INDEX_TEXT ? "DELETE FROM field_%llu WHERE rowid=?1"
                                                      : "DELETE FROM field_%llu WHERE row=?1",
                   field->number);

    if (!stmt)
        return false;
    vg_sql_put_u64(stmt, 1, row);
    return vg_sql_finish(stmt);
}

/* ---- the end ---- */

static bool ask(vg_sql *sql, const char *format, uint64_t number, uint64_t *out)
{
    char text[TEXT];

    snprintf(text, sizeof text, format, (unsigned long long)number);
    return vg_sql_ask_u64(sql, text, out);
}

static bool empty(vg_sql *sql, const char *format, uint64_t number, uint32_t rows)
{
    const unsigned long long n = number;
    char text[TEXT];

    snprintf(text, sizeof text, format, n, n, (unsigned)rows);
    return vg_sql_run(sql, text);
}

/* An FTS5 table that nobody asks any more: what it keeps is thrown away from under it, piece by
 * piece, which leaves little for the DROP. */
static bool empty_text(vg_sql *sql, uint64_t number, uint32_t rows, uint64_t *left)
{
    static const char *const steps[] = {
        "DELETE FROM field_%llu_content WHERE id IN(SELECT id FROM field_%llu_content LIMIT %u)",
        "DELETE FROM field_%llu_data WHERE id IN(SELECT id FROM field_%llu_data LIMIT %u)",
    };

    *left = 0;
    for (size_t i = 0; *left == 0 && i < sizeof steps / sizeof *steps; i++) {
        if (!empty(sql, steps[i], number, rows))
            return false;
        *left = vg_sql_changes(sql);
    }
    return true;
}

static bool empty_set(vg_sql *sql, uint64_t number, uint32_t rows, uint64_t *left)
{
    bool good =
        empty(sql, "DELETE FROM field_%llu WHERE row IN(SELECT row FROM field_%llu LIMIT %u)",
              number, rows);

    *left = vg_sql_changes(sql);
    return good;
}

bool vg_field_sweep(vg_sql *sql, uint64_t number, uint32_t rows, bool *is_gone)
{
    uint64_t exists, is_text, left;
    char text[TEXT];

    *is_gone = false;
    if (!ask(sql, "SELECT count(*) FROM sqlite_master WHERE name='field_%llu'", number, &exists) ||
        !ask(sql,
             "SELECT count(*) FROM sqlite_master WHERE name='field_%llu' "
             "AND sql LIKE 'CREATE VIRTUAL%%'",
             number, &is_text))
        return false;
    if (exists && !(is_text ? empty_text : empty_set)(sql, number, rows, &left))
        return false;
    if (exists && left > 0)
        return true;
    *is_gone = true;
    snprintf(text, sizeof text, "DROP TABLE IF EXISTS field_%" PRIu64, number);
    return vg_sql_run(sql, text);
}

bool vg_field_points(vg_sql *sql, const vg_field *field, uint64_t *points)
{
    if (field->index.kind == VG_INDEX_TEXT)
        return ask(sql, "SELECT count(*) FROM field_%llu_content", field->number, points);
    return ask(sql, "SELECT count(*) FROM (SELECT DISTINCT row FROM field_%llu)", field->number,
               points);
}
