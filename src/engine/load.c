/* See load.h. One pass over each SQL table, in the order of its rows, so that the disk is read from
 * end to end. What does not fit its collection is damage and is told, never skipped. */
#include "engine/load.h"

#include "engine/write.h"

static const char collections_sql[] =
    "SELECT number,name,size,distance,on_disk,hnsw_config,settings,"
    "operation FROM collections ORDER BY number";
static const char points_sql[] = "SELECT id,version,vector FROM points_%llu ORDER BY row";

static vg_code damaged(vg_slice collection, const char *what, vg_arena *arena, vg_status *status)
{
    return vg_status_setf(status, arena, VG_BACKEND_ERROR, VG_LIT("points.db"),
                          "the store is damaged: collection `" VG_FMT
                          "` has %s; restore it from a copy",
                          VG_ARG(collection), what);
}

static vg_code no_memory(vg_slice collection, vg_arena *arena, vg_status *status)
{
    return vg_status_setf(status, arena, VG_OVERLOADED, (vg_slice){0},
                          "not enough memory for the vectors of collection `" VG_FMT "`",
                          VG_ARG(collection));
}

/* What is checked here need not be checked by any reader: the key has a form, the version is one
 * that was given out, the vector has as many floats as its collection says. */
static vg_code load_point(vg_table *table, struct sqlite3_stmt *stmt, vg_arena *arena,
                          vg_status *status)
{
    vg_slice key = vg_sql_blob(stmt, 0), vector = vg_sql_blob(stmt, 2);
    uint64_t version = vg_sql_u64(stmt, 1);
    vg_point_id id;

    table->points++;
    if (!vg_point_id_of_key((const uint8_t *)key.at, key.len, &id))
        return damaged(table->name, "a point id of no known form", arena, status);
    if (version == 0 || version > table->operation)
        return damaged(table->name, "a point version that no operation had", arena, status);
    if (!vector.at)
        return VG_OK;
    if (vector.len != vg_table_dimension(table) * sizeof(float))
        return damaged(table->name, "a vector of another length", arena, status);
    if (!vg_dense_reserve(table->dense, 1, vg_dense_text_bytes(key)))
        return no_memory(table->name, arena, status);
    vg_dense_put(table->dense, key, (const float *)(const void *)vector.at, version);
    return VG_OK;
}

static vg_code load_points(vg_sql *sql, vg_table *table, vg_arena *arena, vg_status *status)
{
    struct sqlite3_stmt *stmt = vg_sql_use(sql, points_sql, table->number);
    vg_sql_step step = VG_SQL_FAILED;
    vg_code code = VG_OK;

    while (stmt && code == VG_OK && (step = vg_sql_next(stmt)) == VG_SQL_ROW)
        code = load_point(table, stmt, arena, status);
    if (code == VG_OK && step == VG_SQL_FAILED)
        code = vg_sql_trouble(sql, "points.db", arena, status);
    vg_sql_done(stmt);
    table->used = vg_dense_used(table->dense);
    table->floor = table->operation; /* what died before is not in memory */
    return code;
}

static vg_code load_collection(vg_sql *sql, struct sqlite3_stmt *stmt, vg_shelf *shelf,
                               vg_arena *arena, vg_status *status)
{
    vg_slice name = vg_sql_text(stmt, 1);
    vg_vector_params vector = {
        .size = (uint32_t)vg_sql_u64(stmt, 2),
        .distance = vg_distance_of(vg_sql_text(stmt, 3), false),
        .on_disk = (int8_t)vg_sql_u64(stmt, 4),
        .hnsw_config = vg_sql_text(stmt, 5),
    };
    vg_collection_spec spec = {
        .vectors = &vector, .vector_count = 1, .settings = vg_sql_text(stmt, 6)};
    vg_table *table;

    if (!vg_write_check_spec(&spec, arena, NULL))
        return damaged(name, "parameters that none can have", arena, status);
    table = vg_table_new(vg_sql_u64(stmt, 0), name, &spec);
    if (!table || !vg_shelf_reserve(shelf, 1)) {
        vg_table_let(table);
        return no_memory(name, arena, status);
    }
    table->operation = vg_sql_u64(stmt, 7);
    vg_shelf_add(shelf, table); /* the shelf's from here on, also when its points are damaged */
    return load_points(sql, table, arena, status);
}

vg_code vg_load_all(vg_sql *sql, vg_shelf *shelf, vg_arena *arena, vg_status *status)
{
    struct sqlite3_stmt *stmt = vg_sql_use(sql, collections_sql, 0);
    vg_sql_step step = VG_SQL_FAILED;
    vg_code code = VG_OK;

    while (stmt && code == VG_OK && (step = vg_sql_next(stmt)) == VG_SQL_ROW)
        code = load_collection(sql, stmt, shelf, arena, status);
    if (code == VG_OK && step == VG_SQL_FAILED)
        code = vg_sql_trouble(sql, "points.db", arena, status);
    vg_sql_done(stmt);
    return code;
}
