/* See apply.h. A collection is a row of `collections` and an SQL table of its own, points_<number>,
 * so that loading reads one table from end to end, an index on a payload field will be an index on
 * that table, and dropping needs no row touched: the collection's row goes, its number joins
 * `dropped`, and the writer empties the table in small steps when it has nothing better to do
 * (upkeep.c). */
#include "engine/apply.h"

#include <sqlite3.h>

#include "engine/rows.h"

static const char put_sql[] =
    "INSERT INTO points_%llu(id,version,payload,vector) VALUES(?1,?2,?3,?4) ON CONFLICT(id) DO "
    "UPDATE SET version=excluded.version,payload=excluded.payload,vector=excluded.vector RETURNING "
    "row";
static const char delete_sql[] = "DELETE FROM points_%llu WHERE id=?1";

static vg_code trouble(vg_sql *sql, vg_write *write)
{
    return vg_sql_trouble(sql, "the write failed", write->arena, &write->status);
}

static vg_code no_collection(vg_write *write, vg_slice name)
{
    return vg_status_setf(&write->status, write->arena, VG_NOT_FOUND, VG_LIT("collection"),
                          "Collection `" VG_FMT "` doesn't exist!", VG_ARG(name));
}

static vg_code no_memory(vg_write *write)
{
    return vg_status_set(&write->status, VG_OVERLOADED,
                         VG_LIT("no memory is left to hold the collection's vectors"),
                         (vg_slice){0});
}

/* ---- collections ---- */

static vg_code create(vg_sql *sql, vg_write *write)
{
    const vg_fields none = {0};
    vg_shape *shape;
    uint64_t number;

    if (!vg_rows_find(sql, write->name, &number))
        return trouble(sql, write);
    if (number != 0)
        return vg_status_setf(&write->status, write->arena, VG_EXISTS, VG_LIT("collection"),
                              "Collection `" VG_FMT "` already exists!", VG_ARG(write->name));
    if (!vg_rows_add(sql, write->name, write->spec, &number))
        return trouble(sql, write);
    shape = vg_shape_new(0, write->spec, &none);
    write->table = shape ? vg_table_new(number, write->name, shape) : NULL;
    write->did = true;
    return write->table ? VG_OK : no_memory(write);
}

/* The SQL table stays until the writer empties it (upkeep.c): its number is never given again. */
static vg_code drop(vg_sql *sql, vg_write *write)
{
    uint64_t number;

    if (!vg_rows_find(sql, write->name, &number))
        return trouble(sql, write);
    write->did = number != 0;
    if (number == 0 || vg_rows_drop(sql, number))
        return VG_OK;
    return trouble(sql, write);
}

/* ---- points ---- */

static bool put_point(vg_sql *sql, sqlite3_stmt *stmt, vg_write *write, vg_put *put)
{
    size_t bytes = write->table->vectors[0].size * sizeof(float);

    sqlite3_set_last_insert_rowid(vg_sql_db(sql), 0); /* stays 0 when a row is replaced */
    vg_sql_put_blob(stmt, 1, put->key);
    vg_sql_put_u64(stmt, 2, write->operation);
    vg_sql_put_text(stmt, 3, put->payload);
    if (put->vector)
        vg_sql_put_blob(stmt, 4, vg_slice_of((const char *)put->vector, bytes));
    else
        vg_sql_put_null(stmt, 4);
    if (vg_sql_next(stmt) == VG_SQL_ROW)
        put->row = vg_sql_u64(stmt, 0);
    if (!vg_sql_finish(stmt))
        return false;
    write->grown += sqlite3_last_insert_rowid(vg_sql_db(sql)) != 0;
    return true;
}

static bool delete_point(vg_sql *sql, sqlite3_stmt *stmt, vg_write *write, vg_put *put)
{
    vg_sql_put_blob(stmt, 1, put->key);
    if (!vg_sql_finish(stmt))
        return false;
    write->grown -= (int64_t)vg_sql_changes(sql);
    return true;
}

/* For all writes of the group so far: they are put after the commit, which must not find memory
 * gone. What a write that is rolled back had asked for stays asked: too much, not too little. */
static bool reserve(vg_write *write)
{
    vg_table *table = write->table;

    for (uint32_t i = 0; i < write->count; i++) {
        table->asked[0].slots += write->puts[i].vector != NULL;
        table->asked[0].text += vg_dense_text_bytes(write->puts[i].key);
    }
    return vg_dense_reserve(table->dense[0], table->asked[0].slots, table->asked[0].text);
}

static vg_code change_points(vg_sql *sql, vg_write *write)
{
    bool puts = write->kind == VG_WRITE_UPSERT;
    sqlite3_stmt *stmt;

    if (!vg_rows_count(sql, write->table->number, 1, &write->operation))
        return trouble(sql, write);
    if (write->operation == 0)
        return no_collection(write, write->table->name);
    if (puts && !reserve(write))
        return no_memory(write);
    stmt = vg_sql_use(sql, puts ? put_sql : delete_sql, write->table->number);
    for (uint32_t i = 0; stmt && i < write->count; i++)
        if (!(puts ? put_point : delete_point)(sql, stmt, write, &write->puts[i]))
            return trouble(sql, write);
    return stmt ? VG_OK : trouble(sql, write);
}

vg_code vg_apply(vg_sql *sql, vg_write *write)
{
    write->status = (vg_status){0};
    write->operation = 0;
    write->grown = 0;
    write->did = false;
    switch (write->kind) {
    case VG_WRITE_CREATE:
        write->table = NULL;
        return create(sql, write);
    case VG_WRITE_DROP:
        return drop(sql, write);
    case VG_WRITE_UPSERT:
    case VG_WRITE_DELETE:
        return change_points(sql, write);
    }
    return vg_status_set(&write->status, VG_INTERNAL, VG_LIT("a write of no known kind"),
                         (vg_slice){0});
}
