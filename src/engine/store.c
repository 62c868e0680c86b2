/* See store.h: opening and closing in order, and the stock of reading connections. */
#include "engine/store.h"

#include <pthread.h>
#include <stdlib.h>

#include "engine/builder.h"
#include "engine/datadir.h"
#include "engine/load.h"
#include "engine/schema.h"
#include "engine/writer.h"

#define APPLICATION 0x76677074U /* "vgpt" */

static const char *const steps[] = {
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
    "CREATE TABLE collections(number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,"
    "size INTEGER NOT NULL, distance TEXT NOT NULL, on_disk INTEGER NOT NULL,"
    "hnsw_config TEXT NOT NULL, settings TEXT NOT NULL, operation INTEGER NOT NULL) STRICT;"
    "CREATE TABLE dropped(number INTEGER PRIMARY KEY) STRICT;",
    /* several vectors with names; payload indexes */
    "CREATE TABLE vectors(collection INTEGER NOT NULL, place INTEGER NOT NULL, name TEXT NOT NULL,"
    "size INTEGER NOT NULL, distance TEXT NOT NULL, on_disk INTEGER NOT NULL,"
    "hnsw_config TEXT NOT NULL, datatype TEXT NOT NULL, PRIMARY KEY(collection, place)) STRICT, "
    "WITHOUT ROWID;"
    "INSERT INTO vectors SELECT number,0,'',size,distance,on_disk,hnsw_config,'' FROM collections;"
    "ALTER TABLE collections DROP COLUMN size;"
    "ALTER TABLE collections DROP COLUMN distance;"
    "ALTER TABLE collections DROP COLUMN on_disk;"
    "ALTER TABLE collections DROP COLUMN hnsw_config;"
    "ALTER TABLE collections ADD COLUMN shape INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE fields(number INTEGER PRIMARY KEY AUTOINCREMENT, collection INTEGER NOT NULL,"
    "key TEXT NOT NULL, kind TEXT NOT NULL, no_lookup INTEGER NOT NULL, no_range INTEGER NOT NULL,"
    "tokenizer TEXT NOT NULL, min_token_len INTEGER NOT NULL, max_token_len INTEGER NOT NULL,"
    "keeps_case INTEGER NOT NULL, has_phrases INTEGER NOT NULL, params TEXT NOT NULL,"
    "built_row INTEGER, UNIQUE(collection, key)) STRICT;"
    "CREATE TABLE dropped_fields(number INTEGER PRIMARY KEY) STRICT;",
    /* sparse vectors and multivectors */
    "ALTER TABLE vectors ADD COLUMN kind TEXT NOT NULL DEFAULT 'dense';"
    "ALTER TABLE vectors ADD COLUMN has_idf INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE vectors ADD COLUMN quantization_config TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE vectors ADD COLUMN sparse_index TEXT NOT NULL DEFAULT '';",
};

static const vg_schema schema = {
    .file = "points.db",
    .application = APPLICATION,
    .steps = steps,
    .version = sizeof steps / sizeof *steps,
};

struct vg_store {
    char *path;
    char *directory; /* that it is in */
    vg_shelf *shelf;
    vg_builder *builder;
    vg_writer *writer;
    pthread_mutex_t readers_lock;
    vg_sql *readers[VG_STORE_READERS]; /* last in, first out: the warmest cache */
    uint32_t reader_count, readers_kept;
};

/* The directory may be left from a start that was killed before its entry was on disk. */
static bool is_entered(const vg_store *store, vg_arena *arena, vg_status *status)
{
    if (vg_datadir_is_there(store->path) || vg_datadir_sync_parent(store->directory))
        return true;
    vg_datadir_fail(store->directory, "the directory cannot be made", arena, status);
    return false;
}

static bool make_places(vg_store *store, const vg_store_conf *conf, vg_arena *arena,
                        vg_status *status)
{
    vg_slice file = vg_arena_printf(arena, VG_FMT "/points.db", VG_ARG(conf->directory));
    vg_slice directory = vg_arena_copy(arena, conf->directory);

    if (!file.at || !directory.at) {
        vg_status_set(status, VG_OVERLOADED, VG_LIT("no memory is left"), (vg_slice){0});
        return false;
    }
    if (vg_datadir_make(directory, arena, status) != VG_OK)
        return false;
    store->path = strdup(file.at);
    store->directory = strdup(directory.at);
    if (store->path && store->directory)
        return is_entered(store, arena, status);
    vg_status_set(status, VG_OVERLOADED, VG_LIT("no memory is left"), (vg_slice){0});
    return false;
}

/* Takes over the connection. */
static vg_code start_threads(vg_store *store, vg_sql *sql, const vg_store_conf *conf,
                             vg_status *status)
{
    vg_writer_conf writer = {.queue_max = conf->queue_max, .wal_bytes = conf->wal_bytes};

    store->builder = vg_builder_start(store->shelf, store->directory);
    writer.builder = store->builder;
    if (store->builder)
        store->writer = vg_writer_start(sql, store->shelf, &writer);
    else
        vg_sql_close(sql);
    return store->writer
               ? VG_OK
               : vg_status_set(status, VG_OVERLOADED, VG_LIT("the store's threads cannot be made"),
                               (vg_slice){0});
}

static vg_code open_database(vg_store *store, const vg_store_conf *conf, vg_arena *arena,
                             vg_status *status)
{
    vg_sql *sql = vg_sql_open_writer(store->path, arena, status);
    vg_code code;

    if (!sql)
        return status->code;
    code = vg_schema_apply(sql, &schema, arena, status);
    /* loading comes before the writer's thread is there, so it needs no lock */
    if (code == VG_OK)
        code = vg_load_all(sql, store->shelf, store->directory, arena, status);
    /* the writer moves the WAL when it suits (upkeep.h), not in the middle of a commit */
    if (code == VG_OK && !vg_sql_run(sql, "PRAGMA wal_autocheckpoint=0;PRAGMA cache_size=-16384;"))
        code = vg_sql_trouble(sql, store->path, arena, status);
    if (code != VG_OK) {
        vg_sql_close(sql);
        return code;
    }
    return start_threads(store, sql, conf, status);
}

static vg_code open_all(vg_store *store, const vg_store_conf *conf, vg_arena *arena,
                        vg_status *status)
{
    if (!make_places(store, conf, arena, status))
        return status->code;
    store->shelf = vg_shelf_new();
    if (!store->shelf)
        return vg_status_set(status, VG_OVERLOADED, VG_LIT("no memory is left"), (vg_slice){0});
    return open_database(store, conf, arena, status);
}

vg_store *vg_store_open(const vg_store_conf *conf, vg_arena *arena, vg_status *status)
{
    vg_store *store = calloc(1, sizeof *store);
    vg_status here = {0};

    if (!store) {
        vg_status_set(status, VG_OVERLOADED, VG_LIT("no memory is left"), (vg_slice){0});
        return NULL;
    }
    store->readers_kept =
        conf->readers_kept < VG_STORE_READERS ? conf->readers_kept : VG_STORE_READERS;
    pthread_mutex_init(&store->readers_lock, NULL);
    if (open_all(store, conf, arena, &here) == VG_OK)
        return store;
    if (status)
        *status = here;
    vg_store_close(store);
    return NULL;
}

void vg_store_close(vg_store *store)
{
    if (!store)
        return;
    while (store->reader_count > 0)
        vg_sql_close(store->readers[--store->reader_count]);
    vg_writer_stop(store->writer); /* the last connection: it moves the WAL and removes it */
    vg_builder_stop(store->builder);
    vg_shelf_free(store->shelf);
    pthread_mutex_destroy(&store->readers_lock);
    free(store->path);
    free(store->directory);
    free(store);
}

void vg_store_settle(vg_store *store)
{
    vg_builder_settle(store->builder);
}

bool vg_store_is_at_rest(vg_store *store)
{
    return vg_writer_is_at_rest(store->writer) && vg_builder_is_at_rest(store->builder);
}

vg_queue *vg_store_queue(vg_store *store)
{
    return vg_writer_queue(store->writer);
}

vg_shelf *vg_store_shelf(vg_store *store)
{
    return store->shelf;
}

void vg_store_tell_missing(vg_slice name, vg_arena *arena, vg_status *status)
{
    vg_status_setf(status, arena, VG_NOT_FOUND, VG_LIT("collection"),
                   "Collection `" VG_FMT "` doesn't exist!", VG_ARG(name));
}

vg_table *vg_store_find(vg_store *store, vg_slice name, vg_arena *arena, vg_status *status)
{
    vg_table *table = vg_shelf_find(store->shelf, name);

    if (!table)
        vg_store_tell_missing(name, arena, status);
    return table;
}

vg_sql *vg_store_take_reader(vg_store *store, vg_arena *arena, vg_status *status)
{
    vg_sql *sql = NULL;

    pthread_mutex_lock(&store->readers_lock);
    if (store->reader_count > 0)
        sql = store->readers[--store->reader_count];
    pthread_mutex_unlock(&store->readers_lock);
    return sql ? sql : vg_sql_open_reader(store->path, arena, status);
}

void vg_store_give_reader(vg_store *store, vg_sql *sql)
{
    pthread_mutex_lock(&store->readers_lock);
    if (store->reader_count < store->readers_kept) {
        store->readers[store->reader_count++] = sql;
        sql = NULL;
    }
    pthread_mutex_unlock(&store->readers_lock);
    vg_sql_close(sql);
}

bool vg_store_is_stuck(vg_store *store, vg_arena *arena, vg_status *status)
{
    return vg_writer_trouble(store->writer, arena, status);
}

static void add_points(vg_table *table, void *arg)
{
    *(uint64_t *)arg += vg_table_points(table);
}

uint64_t vg_store_points(vg_store *store)
{
    uint64_t points = 0;

    vg_shelf_each(store->shelf, add_points, &points);
    return points;
}

vg_code vg_store_check(vg_store *store, vg_arena *arena, vg_status *status)
{
    vg_sql *sql = vg_store_take_reader(store, arena, status);
    vg_status here = {0};
    uint64_t tables;
    bool good;

    if (!sql)
        return status ? status->code : VG_BACKEND_ERROR;
    good = vg_sql_ask_u64(sql, "SELECT count(*) FROM sqlite_master", &tables);
    if (!good)
        vg_sql_trouble(sql, "the store cannot be read", arena, &here);
    vg_store_give_reader(store, sql);
    if (good && !vg_store_is_stuck(store, arena, &here))
        return VG_OK;
    if (status)
        *status = here;
    return here.code;
}
