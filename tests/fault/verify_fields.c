/* See verify_fields.h. */
#include "verify_fields.h"

#include <inttypes.h>
#include <time.h>

#include "engine/payload.h"

enum { FILL_TURNS = 10000, TURN_NS = 1000000, SCRATCH_BYTES = 16 << 20 };

/* One index, and where it is made anew. */
typedef struct check {
    const vg_read *read;
    vg_sql *sql; /* main: the new ones. store: the store's file */
    const vg_table *table;
    const vg_field *field;
} check;

static bool fail(const check *c, const char *what, uint64_t count)
{
    vg_status_setf(c->read->status, c->read->arena, VG_INTERNAL, (vg_slice){0},
                   "collection `" VG_FMT "`, index of `" VG_FMT "`: %s (%" PRIu64 ")",
                   VG_ARG(c->table ? c->table->name : VG_LIT("")),
                   VG_ARG(c->field ? c->field->index.key : VG_LIT("")), what, count);
    return false;
}

static bool fail_sql(const check *c)
{
    vg_sql_trouble(c->sql, "comparing payload indexes", c->read->arena, c->read->status);
    return false;
}

static bool run(const check *c, vg_slice text)
{
    return (text.at && vg_sql_run(c->sql, text.at)) || fail_sql(c);
}

/* The statement counts what must not be. */
static bool none(const check *c, const char *what, vg_slice text)
{
    uint64_t count;

    if (!text.at || !vg_sql_ask_u64(c->sql, text.at, &count))
        return fail_sql(c);
    return count == 0 || fail(c, what, count);
}

/* ---- an index made anew ---- */

static bool put_row(const check *c, uint64_t row, vg_slice payload)
{
    vg_arena *scratch = vg_arena_new(SCRATCH_BYTES);
    const vg_json *json;
    bool good = scratch && vg_payload_read(scratch, payload, &json, c->read->status) &&
                vg_field_put(c->sql, c->field, row, json, scratch);

    vg_arena_free(scratch);
    return good || fail(c, "the payload of this row cannot be read or put", row);
}

static bool make_anew(const check *c)
{
    vg_slice text = vg_arena_printf(c->read->arena, "SELECT row,payload FROM store.points_%" PRIu64,
                                    c->table->number);
    struct sqlite3_stmt *stmt =
        vg_field_make(c->sql, c->field) ? vg_sql_prepare(c->sql, text) : NULL;
    vg_sql_step next = VG_SQL_FAILED;
    bool good = stmt != NULL;

    while (good && (next = vg_sql_next(stmt)) == VG_SQL_ROW)
        good = put_row(c, vg_sql_u64(stmt, 0), vg_sql_text(stmt, 1));
    vg_sql_drop(stmt);
    return good ? next == VG_SQL_END || fail_sql(c) : c->read->status->code != VG_OK || fail_sql(c);
}

/* Rows that only one of the two has; `columns` of main.<table> and store.<table>. */
static bool are_equal(const check *c, const char *columns, const char *one, const char *other)
{
    return none(
        c, "it has values that the payloads have not, or lacks some",
        vg_arena_printf(c->read->arena,
                        "SELECT (SELECT count(*) FROM (SELECT %s FROM %s EXCEPT SELECT %s "
                        "FROM %s))+(SELECT count(*) FROM (SELECT %s FROM %s EXCEPT SELECT %s "
                        "FROM %s))",
                        columns, one, columns, other, columns, other, columns, one));
}

/* Its texts, and the tokens that are found. */
static bool is_text_equal(const check *c, const char *made, const char *there)
{
    vg_slice text = vg_arena_printf(
        c->read->arena,
        "DROP TABLE IF EXISTS temp.made;DROP TABLE IF EXISTS temp.there;"
        "CREATE VIRTUAL TABLE temp.made USING fts5vocab(main,field_%" PRIu64 ",instance);"
        "CREATE VIRTUAL TABLE temp.there USING fts5vocab(store,field_%" PRIu64 ",instance)",
        c->field->number, c->field->number);

    return are_equal(c, "rowid,text", made, there) && run(c, text) &&
           are_equal(c, "term,doc,\"offset\"", "temp.made", "temp.there");
}

static bool check_field(const check *c)
{
    vg_arena *arena = c->read->arena;
    vg_slice made = vg_arena_printf(arena, "main.field_%" PRIu64, c->field->number);
    vg_slice there = vg_arena_printf(arena, "store.field_%" PRIu64, c->field->number);

    if (!make_anew(c))
        return false;
    switch (c->field->index.kind) {
    case VG_INDEX_TEXT:
        return is_text_equal(c, made.at, there.at);
    case VG_INDEX_GEO:
        return are_equal(c, "lat,lon,row", made.at, there.at);
    default:
        return are_equal(c, "typeof(value),value,row", made.at, there.at);
    }
}

/* ---- all of them ---- */

static bool is_filled(const vg_fields *fields)
{
    for (uint32_t i = 0; i < fields->count; i++)
        if (!fields->at[i].is_ready)
            return false;
    return true;
}

/* Its shape once all of its indexes are filled; to be let go. NULL: they never are. */
static vg_shape *wait_for_filled(vg_table *table)
{
    const struct timespec turn = {.tv_nsec = TURN_NS};

    for (int i = 0; i < FILL_TURNS; i++) {
        vg_shape *shape = vg_table_shape(table);

        if (is_filled(&shape->fields))
            return shape;
        vg_shape_let(shape);
        nanosleep(&turn, NULL);
    }
    return NULL;
}

/* The connection sees one state of the store, from its first read on: that comes after the waiting
 * for all tables. */
static bool wait_for_table(check *c, vg_table *table)
{
    vg_shape *shape = wait_for_filled(table);

    c->table = table;
    c->field = NULL;
    vg_shape_let(shape);
    return shape || fail(c, "one is never filled, milliseconds", FILL_TURNS);
}

static bool check_table(check *c, vg_table *table)
{
    vg_shape *shape = vg_table_shape(table);
    bool good = true;

    c->table = table;
    for (uint32_t i = 0; good && i < shape->fields.count; i++) {
        c->field = &shape->fields.at[i];
        good = check_field(c);
    }
    vg_shape_let(shape);
    return good;
}

static bool each_table(check *c, bool (*do_it)(check *c, vg_table *table))
{
    vg_op_input in = {0};
    vg_op_result names = {0};
    vg_read read = *c->read;

    if (!vg_read_list(&read, &in, &names))
        return false;
    for (uint32_t i = 0; i < names.names.count; i++) {
        vg_table *table;

        read.collection = names.names.at[i];
        table = vg_read_table(&read);
        if (!table || !do_it(c, table))
            return false;
    }
    return true;
}

static bool check_file(const check *c)
{
    return none(c, "SQLite's check of points.db found faults",
                VG_LIT("SELECT count(*) FROM pragma_integrity_check(100,'store') "
                       "WHERE integrity_check<>'ok'")) &&
           none(c, "points.db has tables that nobody knows of",
                VG_LIT("SELECT count(*) FROM store.sqlite_master WHERE type='table' AND ("
                       "name GLOB 'points_[0-9]*' AND CAST(substr(name,8) AS INTEGER) NOT IN "
                       "(SELECT number FROM store.collections UNION SELECT number FROM "
                       "store.dropped) OR "
                       "name GLOB 'field_[0-9]*' AND CAST(substr(name,7) AS INTEGER) NOT IN "
                       "(SELECT number FROM store.fields UNION SELECT number FROM "
                       "store.dropped_fields))"));
}

static vg_sql *open_beside(const vg_read *read, vg_slice dir)
{
    vg_slice path = vg_arena_printf(read->arena, VG_FMT "/verify.db", VG_ARG(dir));
    vg_slice attach =
        vg_arena_printf(read->arena,
                        "PRAGMA journal_mode=OFF;PRAGMA synchronous=OFF;ATTACH '" VG_FMT
                        "/default/points.db' AS store;BEGIN",
                        VG_ARG(dir));
    vg_sql *sql =
        path.at && attach.at ? vg_sql_open_writer(path.at, read->arena, read->status) : NULL;

    if (!sql || vg_sql_run(sql, attach.at))
        return sql;
    vg_sql_trouble(sql, "attaching", read->arena, read->status);
    vg_sql_close(sql);
    return NULL;
}

bool verify_fields(const vg_read *read, vg_slice dir)
{
    check c = {.read = read, .sql = open_beside(read, dir)};
    bool good = c.sql && each_table(&c, wait_for_table) && each_table(&c, check_table);

    c.table = NULL;
    c.field = NULL;
    good = good && check_file(&c);
    vg_sql_close(c.sql);
    return good;
}
