/* See apply.h. A collection is a row of `collections` and an SQL table of its own, points_<number>,
 * so that loading reads one table from end to end, an index on a payload field will be an index on
 * that table, and dropping needs no row touched: the collection's row goes, its number joins
 * `dropped`, and the writer empties the table in small steps when it has nothing better to do
 * (upkeep.c). */
#include "engine/apply.h"

#include <sqlite3.h>

static const char find_sql[] = "SELECT number FROM collections WHERE name=?1";
static const char add_sql[] =
    "INSERT INTO collections(name,size,distance,on_disk,hnsw_config,settings,operation) "
    "VALUES(?1,?2,?3,?4,?5,?6,0)";
static const char make_sql[] =
    "CREATE TABLE points_%llu(row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,"
    "version INTEGER NOT NULL, payload TEXT NOT NULL, vector BLOB) STRICT";
static const char remove_sql[] = "DELETE FROM collections WHERE name=?1";
static const char sweep_sql[] = "INSERT INTO dropped(number) VALUES(?1)";
static const char count_sql[] =
    "UPDATE collections SET operation=operation+1 WHERE number=?1 RETURNING operation";
static const char put_sql[] =
    "INSERT INTO points_%llu(id,version,payload,vector) VALUES(?1,?2,?3,?4) ON CONFLICT(id) DO "
    "UPDATE SET version=excluded.version,payload=excluded.payload,vector=excluded.vector";
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

/* 0: there is none. */
static bool find(vg_sql *sql, vg_slice name, uint64_t *number)
{
    sqlite3_stmt *stmt = vg_sql_use(sql, find_sql, 0);
    vg_sql_step step;

    if (!stmt)
        return false;
    vg_sql_put_text(stmt, 1, name);
    step = vg_sql_next(stmt);
    *number = step == VG_SQL_ROW ? vg_sql_u64(stmt, 0) : 0;
    vg_sql_done(stmt);
    return step != VG_SQL_FAILED;
}

static bool add(vg_sql *sql, vg_slice name, const vg_collection_spec *spec, uint64_t *number)
{
    sqlite3_stmt *stmt = vg_sql_use(sql, add_sql, 0);
    const vg_vector_params *vector = &spec->vectors[0];

    if (!stmt)
        return false;
    vg_sql_put_text(stmt, 1, name);
    vg_sql_put_u64(stmt, 2, vector->size);
    vg_sql_put_text(stmt, 3, vg_slice_str(vg_distance_name(vector->distance)));
    vg_sql_put_u64(stmt, 4, (uint64_t)(int64_t)vector->on_disk);
    vg_sql_put_text(stmt, 5, vector->hnsw_config);
    vg_sql_put_text(stmt, 6, spec->settings);
    if (!vg_sql_finish(stmt))
        return false;
    *number = (uint64_t)sqlite3_last_insert_rowid(vg_sql_db(sql));
    stmt = vg_sql_use(sql, make_sql, *number);
    return stmt && vg_sql_finish(stmt);
}

static vg_code create(vg_sql *sql, vg_write *write)
{
    uint64_t number;

    if (!find(sql, write->name, &number))
        return trouble(sql, write);
    if (number != 0)
        return vg_status_setf(&write->status, write->arena, VG_EXISTS, VG_LIT("collection"),
                              "Collection `" VG_FMT "` already exists!", VG_ARG(write->name));
    if (!add(sql, write->name, write->spec, &number))
        return trouble(sql, write);
    write->table = vg_table_new(number, write->name, write->spec);
    write->did = true;
    return write->table ? VG_OK : no_memory(write);
}

static bool run_named(vg_sql *sql, const char *format, vg_slice name)
{
    sqlite3_stmt *stmt = vg_sql_use(sql, format, 0);

    if (!stmt)
        return false;
    vg_sql_put_text(stmt, 1, name);
    return vg_sql_finish(stmt);
}

static bool run_numbered(vg_sql *sql, const char *format, uint64_t number)
{
    sqlite3_stmt *stmt = vg_sql_use(sql, format, 0);

    if (!stmt)
        return false;
    vg_sql_put_u64(stmt, 1, number);
    return vg_sql_finish(stmt);
}

/* The SQL table stays until the writer empties it (upkeep.c): its number is never given again. */
static vg_code drop(vg_sql *sql, vg_write *write)
{
    uint64_t number;

    if (!find(sql, write->name, &number))
        return trouble(sql, write);
    write->did = number != 0;
    if (number == 0 ||
        (run_named(sql, remove_sql, write->name) && run_numbered(sql, sweep_sql, number)))
        return VG_OK;
    return trouble(sql, write);
}

/* ---- points ---- */

/* The collection's next operation number; 0 when it is gone. */
static bool next_operation(vg_sql *sql, const vg_table *table, uint64_t *operation)
{
    sqlite3_stmt *stmt = vg_sql_use(sql, count_sql, 0);
    vg_sql_step step;

    if (!stmt)
        return false;
    vg_sql_put_u64(stmt, 1, table->number);
    step = vg_sql_next(stmt);
    *operation = step == VG_SQL_ROW ? vg_sql_u64(stmt, 0) : 0;
    if (step == VG_SQL_ROW)
        step = vg_sql_next(stmt);
    vg_sql_done(stmt);
    return step != VG_SQL_FAILED;
}

static bool put_point(vg_sql *sql, sqlite3_stmt *stmt, vg_write *write, const vg_put *put)
{
    size_t bytes = vg_table_dimension(write->table) * sizeof(float);

    sqlite3_set_last_insert_rowid(vg_sql_db(sql), 0); /* stays 0 when a row is replaced */
    vg_sql_put_blob(stmt, 1, put->key);
    vg_sql_put_u64(stmt, 2, write->operation);
    vg_sql_put_text(stmt, 3, put->payload);
    if (put->vector)
        vg_sql_put_blob(stmt, 4, vg_slice_of((const char *)put->vector, bytes));
    else
        vg_sql_put_null(stmt, 4);
    if (!vg_sql_finish(stmt))
        return false;
    write->grown += sqlite3_last_insert_rowid(vg_sql_db(sql)) != 0;
    return true;
}

static bool delete_point(vg_sql *sql, sqlite3_stmt *stmt, vg_write *write, const vg_put *put)
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
        table->asked_slots += write->puts[i].vector != NULL;
        table->asked_text += vg_dense_text_bytes(write->puts[i].key);
    }
    return vg_dense_reserve(table->dense, table->asked_slots, table->asked_text);
}

static vg_code change_points(vg_sql *sql, vg_write *write)
{
    bool puts = write->kind == VG_WRITE_UPSERT;
    sqlite3_stmt *stmt;

    if (!next_operation(sql, write->table, &write->operation))
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
