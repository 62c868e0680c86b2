/* See rows.h. */
#include "engine/rows.h"

#include <stdio.h>

#include <sqlite3.h>

#include "engine/columns.h"

static const char find_sql[] = "SELECT number FROM collections WHERE name=?1";
static const char add_sql[] = "INSERT INTO collections(name,settings,operation) VALUES(?1,?2,0)";
static const char add_vector_sql[] =
    "INSERT INTO vectors(collection,place,name,size,distance,on_disk,hnsw_config,datatype,kind,"
    "has_idf,quantization_config,sparse_index) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)";
static const char vectors_sql[] =
    "SELECT name,size,distance,on_disk,hnsw_config,datatype,kind,has_idf,quantization_config,"
    "sparse_index,place FROM vectors WHERE collection=?1 ORDER BY place";
static const char count_vectors_sql[] = "SELECT count(*) FROM vectors WHERE collection=?1";
static const char count_sql[] =
    "UPDATE collections SET operation=operation+?2 WHERE number=?1 RETURNING operation";
static const char settings_sql[] = "UPDATE collections SET settings=?2 WHERE number=?1";
static const char change_vector_sql[] =
    "UPDATE vectors SET on_disk=?3,hnsw_config=?4,quantization_config=?5,sparse_index=?6 "
    "WHERE collection=?1 AND name=?2";
static const char reshape_sql[] =
    "UPDATE collections SET shape=shape+1 WHERE number=?1 RETURNING shape";
static const char is_empty_sql[] = "SELECT NOT EXISTS(SELECT 1 FROM points_%llu)";

typedef struct sqlite3_stmt statement;

/* ---- one value, and statements without one ---- */

/* The only column of the only row, or `otherwise`. */
static bool ask(statement *stmt, uint64_t otherwise, uint64_t *out)
{
    vg_sql_step step = vg_sql_next(stmt);

    *out = step == VG_SQL_ROW ? vg_sql_u64(stmt, 0) : otherwise;
    if (step == VG_SQL_ROW)
        step = vg_sql_next(stmt);
    vg_sql_done(stmt);
    return step != VG_SQL_FAILED;
}

static bool run(vg_sql *sql, const char *format, uint64_t number)
{
    statement *stmt = vg_sql_use(sql, format, 0);

    if (!stmt)
        return false;
    vg_sql_put_u64(stmt, 1, number);
    return vg_sql_finish(stmt);
}

/* ---- collections ---- */

bool vg_rows_find(vg_sql *sql, vg_slice name, uint64_t *number)
{
    statement *stmt = vg_sql_use(sql, find_sql, 0);

    if (!stmt)
        return false;
    vg_sql_put_text(stmt, 1, name);
    return ask(stmt, 0, number);
}

static bool add_vector(vg_sql *sql, uint64_t number, uint32_t place, const vg_vector_params *vector)
{
    statement *stmt = vg_sql_use(sql, add_vector_sql, 0);

    if (!stmt)
        return false;
    vg_sql_put_u64(stmt, 1, number);
    vg_sql_put_u64(stmt, 2, place);
    vg_sql_put_text(stmt, 3, vector->name);
    vg_sql_put_u64(stmt, 4, vector->size);
    vg_sql_put_text(stmt, 5, vg_slice_str(vg_distance_name(vector->distance)));
    vg_sql_put_u64(stmt, 6, (uint64_t)(int64_t)vector->on_disk);
    vg_sql_put_text(stmt, 7, vector->hnsw_config);
    vg_sql_put_text(stmt, 8, vector->datatype);
    vg_sql_put_text(stmt, 9, vg_slice_str(vg_vector_kind_word(vector->kind)));
    vg_sql_put_u64(stmt, 10, vector->has_idf);
    vg_sql_put_text(stmt, 11, vector->quantization_config);
    vg_sql_put_text(stmt, 12, vector->sparse_index);
    return vg_sql_finish(stmt);
}

static bool make_points(vg_sql *sql, uint64_t number, uint32_t vectors)
{
    char column[VG_COLUMN],
        *text = sqlite3_mprintf(
            "CREATE TABLE points_%llu(row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,"
            "version INTEGER NOT NULL, payload TEXT NOT NULL, vector BLOB",
            (sqlite3_uint64)number);
    bool good;

    for (uint32_t i = 1; text && i < vectors; i++)
        text = sqlite3_mprintf("%z, %s BLOB", text, vg_column(i, column));
    text = text ? sqlite3_mprintf("%z) STRICT", text) : NULL;
    good = text && vg_sql_run(sql, text);
    sqlite3_free(text);
    return good;
}

bool vg_rows_add(vg_sql *sql, vg_slice name, const vg_collection_spec *spec, uint64_t *number)
{
    statement *stmt = vg_sql_use(sql, add_sql, 0);

    if (!stmt)
        return false;
    vg_sql_put_text(stmt, 1, name);
    vg_sql_put_text(stmt, 2, spec->settings);
    if (!vg_sql_finish(stmt))
        return false;
    *number = (uint64_t)sqlite3_last_insert_rowid(vg_sql_db(sql));
    for (uint32_t i = 0; i < spec->vector_count; i++)
        if (!add_vector(sql, *number, i, &spec->vectors[i]))
            return false;
    return make_points(sql, *number, spec->vector_count);
}

bool vg_rows_drop(vg_sql *sql, uint64_t number)
{
    return run(sql, "DELETE FROM collections WHERE number=?1", number) &&
           run(sql, "DELETE FROM vectors WHERE collection=?1", number) &&
           run(sql, "INSERT INTO dropped_fields SELECT number FROM fields WHERE collection=?1",
               number) &&
           run(sql, "DELETE FROM fields WHERE collection=?1", number) &&
           run(sql, "INSERT INTO dropped(number) VALUES(?1)", number);
}

bool vg_rows_count(vg_sql *sql, uint64_t number, uint32_t more, uint64_t *operation)
{
    statement *stmt = vg_sql_use(sql, count_sql, 0);

    if (!stmt)
        return false;
    vg_sql_put_u64(stmt, 1, number);
    vg_sql_put_u64(stmt, 2, more);
    return ask(stmt, 0, operation);
}

static bool change_vector(vg_sql *sql, uint64_t number, const vg_vector_params *vector)
{
    statement *stmt = vg_sql_use(sql, change_vector_sql, 0);

    if (!stmt)
        return false;
    vg_sql_put_u64(stmt, 1, number);
    vg_sql_put_text(stmt, 2, vector->name);
    vg_sql_put_u64(stmt, 3, (uint64_t)(int64_t)vector->on_disk);
    vg_sql_put_text(stmt, 4, vector->hnsw_config);
    vg_sql_put_text(stmt, 5, vector->quantization_config);
    vg_sql_put_text(stmt, 6, vector->sparse_index);
    return vg_sql_finish(stmt);
}

bool vg_rows_change(vg_sql *sql, uint64_t number, const vg_collection_spec *spec)
{
    statement *stmt = vg_sql_use(sql, settings_sql, 0);

    if (!stmt)
        return false;
    vg_sql_put_u64(stmt, 1, number);
    vg_sql_put_text(stmt, 2, spec->settings);
    if (!vg_sql_finish(stmt))
        return false;
    for (uint32_t i = 0; i < spec->vector_count; i++)
        if (!change_vector(sql, number, &spec->vectors[i]))
            return false;
    return true;
}

bool vg_rows_reshape(vg_sql *sql, uint64_t number, uint64_t *shape)
{
    statement *stmt = vg_sql_use(sql, reshape_sql, 0);

    if (!stmt)
        return false;
    vg_sql_put_u64(stmt, 1, number);
    return ask(stmt, 0, shape);
}

bool vg_rows_is_empty(vg_sql *sql, uint64_t number, bool *is_empty)
{
    statement *stmt = vg_sql_use(sql, is_empty_sql, number);
    uint64_t answer;

    if (!stmt || !ask(stmt, 0, &answer))
        return false;
    *is_empty = answer != 0;
    return true;
}

/* ---- vectors ---- */

static vg_vector_params vector_of(statement *row, vg_arena *arena)
{
    return (vg_vector_params){
        .name = vg_arena_copy(arena, vg_sql_text(row, 0)),
        .size = (uint32_t)vg_sql_u64(row, 1),
        .distance = vg_distance_of(vg_sql_text(row, 2), false),
        .on_disk = (int8_t)vg_sql_u64(row, 3),
        .hnsw_config = vg_arena_copy(arena, vg_sql_text(row, 4)),
        .datatype = vg_arena_copy(arena, vg_sql_text(row, 5)),
        .kind = vg_vector_kind_of(vg_sql_text(row, 6)),
        .has_idf = vg_sql_u64(row, 7) != 0,
        .quantization_config = vg_arena_copy(arena, vg_sql_text(row, 8)),
        .sparse_index = vg_arena_copy(arena, vg_sql_text(row, 9)),
    };
}

static bool read_vectors(statement *stmt, vg_vector_params *vectors, uint64_t count,
                         vg_arena *arena)
{
    vg_sql_step step = VG_SQL_ROW;

    for (uint64_t i = 0; i < count && (step = vg_sql_next(stmt)) == VG_SQL_ROW; i++)
        vectors[i] = vector_of(stmt, arena);
    vg_sql_done(stmt);
    return step == VG_SQL_ROW && !vg_arena_is_spent(arena);
}

bool vg_rows_vectors(vg_sql *sql, uint64_t number, vg_arena *arena, vg_collection_spec *spec)
{
    statement *stmt = vg_sql_use(sql, count_vectors_sql, 0);
    vg_vector_params *vectors;
    uint64_t count;

    if (!stmt)
        return false;
    vg_sql_put_u64(stmt, 1, number);
    if (!ask(stmt, 0, &count))
        return false;
    stmt = vg_sql_use(sql, vectors_sql, 0);
    vectors = VG_TAKE_N(arena, vg_vector_params, count + 1);
    if (!stmt || !vectors)
        return false;
    vg_sql_put_u64(stmt, 1, number);
    spec->vectors = vectors;
    spec->vector_count = (uint32_t)count;
    return read_vectors(stmt, vectors, count, arena);
}
