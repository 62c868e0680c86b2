/* See load.h. One pass over each SQL table, in the order of its rows, so that the disk is read from
 * end to end. What does not fit its collection is damage and is told, never skipped. */
#include "engine/load.h"

#include <inttypes.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "base/log.h"
#include "engine/field_rows.h"
#include "engine/fill.h"
#include "engine/rows.h"
#include "engine/snapshot.h"
#include "engine/write.h"

enum {
    ARENA_BYTES = 64 << 20, /* for what one collection is */
    COPY_BYTES = 4 << 20
};

static const char collections_sql[] =
    "SELECT number,name,settings,operation,shape FROM collections ORDER BY number";

typedef struct loading {
    vg_sql *sql;
    vg_shelf *shelf;
    const char *snapshots;
    vg_arena *arena; /* for stories */
    vg_status *status;
} loading;

static vg_code damaged(const loading *l, vg_slice collection, const char *what)
{
    return vg_status_setf(l->status, l->arena, VG_BACKEND_ERROR, VG_LIT("points.db"),
                          "the store is damaged: collection `" VG_FMT
                          "` has %s; restore it from a copy",
                          VG_ARG(collection), what);
}

static vg_code no_memory(const loading *l, vg_slice collection)
{
    return vg_status_setf(l->status, l->arena, VG_OVERLOADED, (vg_slice){0},
                          "not enough memory for the vectors of collection `" VG_FMT "`",
                          VG_ARG(collection));
}

static vg_code trouble(const loading *l)
{
    return vg_sql_trouble(l->sql, "points.db", l->arena, l->status);
}

/* ---- graphs ---- */

/* The snapshot of one place, while its vectors come in: those that are in it take the first slots.
 */
typedef struct restoring {
    vg_snapshot *snapshot; /* NULL: there is none, and the rest means nothing */
    vg_dense *later;       /* vectors that come behind */
} restoring;

static vg_snapshot *open_snapshot(const loading *l, vg_table *table, uint32_t place)
{
    const vg_tuning *tuning = &table->shape->tunings[place];
    vg_build *build = &table->builds[place];
    vg_snapshot_want want = {
        .collection = table->number,
        .place = place,
        .form = vg_form_of(&table->vectors[place]),
        .conf = {.distance = table->vectors[place].distance,
                 .m = tuning->m,
                 .ef_construct = tuning->ef_construct},
    };

    if (tuning->m == 0)
        return NULL;
    want.conf.seed = vg_build_seed(table->number, place, ++build->made);
    return vg_snapshot_open(l->snapshots, &want);
}

/* NULL: no memory. */
static restoring *begin_restoring(const loading *l, vg_table *table)
{
    restoring *all = calloc(table->vector_count + 1U, sizeof *all);

    for (uint32_t i = 0; all && i < table->vector_count; i++) {
        all[i].snapshot = open_snapshot(l, table, i);
        if (all[i].snapshot)
            all[i].later = vg_dense_make(vg_dense_form(table->dense[i]));
        if (all[i].snapshot && !all[i].later) {
            vg_snapshot_close(all[i].snapshot);
            all[i].snapshot = NULL;
        }
    }
    return all;
}

static void end_restoring(const vg_table *table, restoring *all)
{
    for (uint32_t i = 0; all && i < table->vector_count; i++) {
        vg_snapshot_close(all[i].snapshot);
        vg_dense_let(all[i].later);
    }
    free(all);
}

static void restore_graph(vg_table *table, uint32_t place, vg_snapshot *snapshot)
{
    vg_build *build = &table->builds[place];
    vg_hnsw *graph = vg_snapshot_graph(snapshot, table->dense[place]);

    if (!graph)
        return; /* the builder makes one */
    table->graphs[place] = graph;
    build->saved = vg_build_number(graph);
    build->saved_next = vg_hnsw_next(graph);
    vg_log(VG_INFO, "an index was loaded", VG_S("collection", table->name),
           VG_S("vector", table->vectors[place].name), VG_N("indexed", vg_hnsw_next(graph)),
           VG_N("of", vg_dense_used(table->dense[place])),
           VG_N("operations_behind", table->operation - vg_snapshot_operation(snapshot)));
}

static vg_code restore_graphs(const loading *l, vg_table *table, const restoring *all)
{
    for (uint32_t i = 0; i < table->vector_count; i++) {
        uint32_t from = 0;

        if (!all[i].snapshot)
            continue;
        while (from < vg_dense_used(all[i].later))
            if (!vg_dense_copy(table->dense[i], all[i].later, &from, COPY_BYTES))
                return no_memory(l, table->name);
        restore_graph(table, i, all[i].snapshot);
    }
    return VG_OK;
}

/* ---- points ---- */

static vg_code load_vector(const loading *l, vg_table *table, restoring *at,
                           struct sqlite3_stmt *stmt, uint32_t place)
{
    vg_slice key = vg_sql_blob(stmt, 1), vector = vg_sql_blob(stmt, 3 + (int)place);
    vg_dense *dense = table->dense[place];

    if (!vector.at) /* NULL, or there is no memory for it */
        return sqlite3_column_type(stmt, 3 + (int)place) == SQLITE_NULL ? VG_OK : trouble(l);
    if (!vg_form_is(vg_dense_form(dense), vector))
        return damaged(l, table->name, "a vector of another length or form");
    if (at->snapshot && !vg_snapshot_has(at->snapshot, vg_sql_u64(stmt, 0), vector.at))
        dense = at->later;
    if (!vg_dense_reserve(dense, 1,
                          vg_dense_text_bytes(key) + vg_dense_blob_bytes(dense, vector.at)))
        return no_memory(l, table->name);
    vg_dense_put(dense, key, vg_sql_u64(stmt, 0), vector.at, vg_sql_u64(stmt, 2));
    return VG_OK;
}

/* What is checked here need not be checked by any reader: the key has a form, the version is one
 * that was given out, vectors have the form that their collection says. */
static vg_code load_point(const loading *l, vg_table *table, restoring *places,
                          struct sqlite3_stmt *stmt)
{
    vg_slice key = vg_sql_blob(stmt, 1);
    uint64_t version = vg_sql_u64(stmt, 2);
    vg_code code = VG_OK;
    vg_point_id id;

    table->points++;
    if (!vg_point_id_of_key((const uint8_t *)key.at, key.len, &id))
        return damaged(l, table->name, "a point id of no known form");
    if (version == 0 || version > table->operation)
        return damaged(l, table->name, "a point version that no operation had");
    for (uint32_t place = 0; code == VG_OK && place < table->vector_count; place++)
        code = load_vector(l, table, &places[place], stmt, place);
    return code;
}

static struct sqlite3_stmt *prepare_points(const loading *l, const vg_table *table)
{
    struct sqlite3_stmt *stmt = NULL;
    char *text = sqlite3_mprintf("SELECT row,id,version,%.*s FROM points_%llu ORDER BY row",
                                 VG_ARG(table->columns.list), (sqlite3_uint64)table->number);

    if (text)
        sqlite3_prepare_v2(vg_sql_db(l->sql), text, -1, &stmt, NULL);
    sqlite3_free(text);
    return stmt;
}

static vg_code load_rows(const loading *l, vg_table *table, restoring *places)
{
    struct sqlite3_stmt *stmt = prepare_points(l, table);
    vg_sql_step step = VG_SQL_FAILED;
    vg_code code = VG_OK;

    while (stmt && code == VG_OK && (step = vg_sql_next(stmt)) == VG_SQL_ROW)
        code = load_point(l, table, places, stmt);
    if (code == VG_OK && step == VG_SQL_FAILED)
        code = trouble(l);
    sqlite3_finalize(stmt);
    return code;
}

static vg_code load_points(const loading *l, vg_table *table)
{
    restoring *places = begin_restoring(l, table);
    vg_code code = places ? load_rows(l, table, places) : no_memory(l, table->name);

    if (code == VG_OK)
        code = restore_graphs(l, table, places);
    end_restoring(table, places);
    vg_table_publish(table, table->operation, table->points);
    table->floor = table->operation; /* what died before is not in memory */
    return code;
}

/* ---- collections ---- */

/* What is read of one collection's rows. */
typedef struct found {
    vg_arena *arena;
    vg_shape *shape;
    vg_fields fields;
    uint64_t *rows; /* how far each is filled */
} found;

static vg_code load_shape(const loading *l, struct sqlite3_stmt *row, found *f)
{
    vg_collection_spec spec = {.settings = vg_sql_text(row, 2)};
    vg_slice name = vg_sql_text(row, 1);

    if (!vg_rows_vectors(l->sql, vg_sql_u64(row, 0), f->arena, &spec) ||
        !vg_field_rows_read(l->sql, vg_sql_u64(row, 0), f->arena, &f->fields, &f->rows))
        return vg_arena_is_spent(f->arena) ? no_memory(l, name) : trouble(l);
    f->shape = vg_shape_new(vg_sql_u64(row, 4), &spec, &f->fields);
    if (!f->shape)
        return no_memory(l, name);
    if (vg_write_check_spec(&f->shape->spec, f->arena, NULL))
        return VG_OK;
    vg_shape_let(f->shape);
    return damaged(l, name, "parameters that none can have");
}

static vg_code load_fills(const loading *l, const found *f, vg_table *table)
{
    for (uint32_t i = 0; i < f->fields.count; i++) {
        vg_fill *fill;

        if (f->fields.at[i].is_ready)
            continue;
        fill = vg_fill_new(f->fields.at[i].number, f->rows[i]);
        if (!fill)
            return no_memory(l, table->name);
        vg_fill_add(table, fill);
    }
    return VG_OK;
}

static vg_code load_collection(const loading *l, struct sqlite3_stmt *row, found *f)
{
    vg_slice name = vg_sql_text(row, 1);
    vg_code code = load_shape(l, row, f);
    vg_table *table;

    if (code != VG_OK)
        return code;
    table = vg_table_new(vg_sql_u64(row, 0), name, f->shape);
    if (!table || !vg_shelf_reserve(l->shelf, 1)) {
        vg_table_let(table);
        return no_memory(l, name);
    }
    table->operation = vg_sql_u64(row, 3);
    vg_shelf_add(l->shelf, table); /* the shelf's from here on, also when its points are damaged */
    code = load_fills(l, f, table);
    return code == VG_OK ? load_points(l, table) : code;
}

static vg_code load_next(const loading *l, struct sqlite3_stmt *row)
{
    found f = {.arena = vg_arena_new(ARENA_BYTES)};
    vg_code code = f.arena ? load_collection(l, row, &f) : no_memory(l, vg_sql_text(row, 1));

    vg_arena_free(f.arena);
    return code;
}

vg_code vg_load_all(vg_sql *sql, vg_shelf *shelf, const char *snapshots, vg_arena *arena,
                    vg_status *status)
{
    const loading l = {sql, shelf, snapshots, arena, status};
    struct sqlite3_stmt *stmt = vg_sql_use(sql, collections_sql, 0);
    vg_sql_step step = VG_SQL_FAILED;
    vg_code code = VG_OK;

    while (stmt && code == VG_OK && (step = vg_sql_next(stmt)) == VG_SQL_ROW)
        code = load_next(&l, stmt);
    if (code == VG_OK && step == VG_SQL_FAILED)
        code = trouble(&l);
    vg_sql_done(stmt);
    return code;
}
