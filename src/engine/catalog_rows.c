/* See catalog_rows.h. */
#include "engine/catalog_rows.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "engine/datadir.h"
#include "engine/schema.h"

#define APPLICATION 0x7667636dU /* "vgcm" */

#define COLUMNS "tenant,backend,name,physical,raw_ids,state,version,created_ms,updated_ms,spec"
#define KEY     "tenant=?1 AND backend=?2 AND name=?3"

static const char *const steps[] = {
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
    "CREATE TABLE rows(tenant TEXT NOT NULL, backend TEXT NOT NULL, name TEXT NOT NULL,"
    "physical TEXT NOT NULL, raw_ids INTEGER NOT NULL, state INTEGER NOT NULL,"
    "version INTEGER NOT NULL, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,"
    "spec TEXT NOT NULL, PRIMARY KEY(tenant, backend, name)) STRICT, WITHOUT ROWID;",
};

static const vg_schema schema = {
    .file = "catalog.db",
    .application = APPLICATION,
    .steps = steps,
    .version = sizeof steps / sizeof *steps,
};

static const char add_sql[] =
    "INSERT INTO rows(" COLUMNS ") VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10) ON CONFLICT DO NOTHING";
static const char get_sql[] = "SELECT " COLUMNS " FROM rows WHERE " KEY;
static const char set_sql[] =
    "UPDATE rows SET physical=?4,raw_ids=?5,state=?6,version=?7,created_ms=?8,updated_ms=?9,"
    "spec=?10 WHERE " KEY " AND version=?7-1";
static const char remove_sql[] = "DELETE FROM rows WHERE " KEY " AND (?4=0 OR version=?4)";
/* Of one tenant and one backend, which is the order that rows lie in; of one tenant; of all. */
static const char list_sql[] = "SELECT " COLUMNS " FROM rows WHERE name>?1 AND tenant=?3 AND "
                               "backend=?4 ORDER BY name LIMIT ?2";
static const char list_backends_sql[] =
    "SELECT " COLUMNS " FROM rows WHERE tenant=?3 AND (name>?1 OR (?4<>'' AND name=?1 AND "
    "backend>?4)) ORDER BY name,backend LIMIT ?2";
static const char list_tenants_sql[] =
    "SELECT " COLUMNS " FROM rows WHERE (tenant,backend,name)>(?3,?4,?1) AND (?5='' OR backend=?5) "
    "ORDER BY tenant,backend,name LIMIT ?2";

struct vg_catalog_rows {
    pthread_mutex_t lock;
    vg_sql *sql;
};

typedef struct sqlite3_stmt statement;

/* ---- life ---- */

vg_code vg_catalog_rows_make_directory(vg_slice path, vg_arena *arena, vg_status *status)
{
    size_t len = path.len;

    while (len > 0 && path.at[len - 1] != '/')
        len--;
    return len > 0 ? vg_datadir_make(vg_slice_of(path.at, len), arena, status) : VG_OK;
}

vg_catalog_rows *vg_catalog_rows_open(vg_slice path, vg_arena *arena, vg_status *status)
{
    vg_catalog_rows *rows;
    vg_slice name = vg_arena_copy(arena, path);

    if (vg_catalog_rows_make_directory(path, arena, status) != VG_OK)
        return NULL;
    rows = name.at ? calloc(1, sizeof *rows) : NULL;
    if (!rows) {
        vg_status_set(status, VG_OVERLOADED, VG_LIT("no memory is left"), (vg_slice){0});
        return NULL;
    }
    pthread_mutex_init(&rows->lock, NULL);
    rows->sql = vg_sql_open_writer(name.at, arena, status);
    if (rows->sql && vg_schema_apply(rows->sql, &schema, arena, status) == VG_OK)
        return rows;
    vg_catalog_rows_close(rows);
    return NULL;
}

void vg_catalog_rows_close(vg_catalog_rows *rows)
{
    if (!rows)
        return;
    vg_sql_close(rows->sql);
    pthread_mutex_destroy(&rows->lock);
    free(rows);
}

/* ---- rows in and out ---- */

static vg_code trouble(const vg_catalog_call *call)
{
    return vg_sql_trouble(call->rows->sql, "the metadata store failed", call->arena, call->status);
}

static void put_key(statement *stmt, const vg_meta_row *row)
{
    vg_sql_put_text(stmt, 1, row->tenant);
    vg_sql_put_text(stmt, 2, row->backend);
    vg_sql_put_text(stmt, 3, row->name);
}

static void put_row(statement *stmt, const vg_meta_row *row, uint64_t version)
{
    put_key(stmt, row);
    vg_sql_put_text(stmt, 4, row->physical);
    vg_sql_put_u64(stmt, 5, row->raw_ids);
    vg_sql_put_u64(stmt, 6, (uint64_t)row->state);
    vg_sql_put_u64(stmt, 7, version);
    vg_sql_put_u64(stmt, 8, row->created_ms);
    vg_sql_put_u64(stmt, 9, row->updated_ms);
    vg_sql_put_text(stmt, 10, row->spec);
}

static bool take_row(statement *stmt, vg_arena *arena, vg_meta_row *row)
{
    *row = (vg_meta_row){
        .tenant = vg_arena_copy(arena, vg_sql_text(stmt, 0)),
        .backend = vg_arena_copy(arena, vg_sql_text(stmt, 1)),
        .name = vg_arena_copy(arena, vg_sql_text(stmt, 2)),
        .physical = vg_arena_copy(arena, vg_sql_text(stmt, 3)),
        .raw_ids = vg_sql_u64(stmt, 4) != 0,
        .state = (vg_meta_state)vg_sql_u64(stmt, 5),
        .version = vg_sql_u64(stmt, 6),
        .created_ms = vg_sql_u64(stmt, 7),
        .updated_ms = vg_sql_u64(stmt, 8),
        .spec = vg_arena_copy(arena, vg_sql_text(stmt, 9)),
    };
    return !vg_arena_is_spent(arena);
}

static vg_code too_large(const vg_catalog_call *call)
{
    return vg_status_set(call->status, VG_TOO_LARGE,
                         VG_LIT("the metadata is larger than one request may hold"), (vg_slice){0});
}

/* Under the lock. */
static vg_code find(const vg_catalog_call *call, bool *found, vg_meta_row *row)
{
    statement *stmt = vg_sql_use(call->rows->sql, get_sql, 0);
    vg_code code = VG_OK;
    vg_sql_step step;

    if (!stmt)
        return trouble(call);
    put_key(stmt, &call->in->row);
    step = vg_sql_next(stmt);
    *found = step == VG_SQL_ROW;
    if (step == VG_SQL_FAILED)
        code = trouble(call);
    else if (*found && !take_row(stmt, call->arena, row))
        code = too_large(call);
    vg_sql_done(stmt);
    return code;
}

/* The row as it was given, now with this version. */
static void answer(const vg_catalog_call *call, uint64_t version)
{
    call->out->row.found = true;
    call->out->row.row = call->in->row;
    call->out->row.row.version = version;
}

static vg_code say_conflict(const vg_catalog_call *call, uint64_t version)
{
    return vg_status_setf(call->status, call->arena, VG_CONFLICT, VG_LIT("version"),
                          "the metadata of `" VG_FMT "` has version %" PRIu64 ", not %" PRIu64
                          ": somebody else changed it first",
                          VG_ARG(call->in->row.name), version, call->in->row.version);
}

/* ---- operations, each under the lock ---- */

static vg_code create(const vg_catalog_call *call)
{
    statement *stmt = vg_sql_use(call->rows->sql, add_sql, 0);

    if (!stmt)
        return trouble(call);
    put_row(stmt, &call->in->row, 1);
    if (!vg_sql_finish(stmt))
        return trouble(call);
    if (vg_sql_changes(call->rows->sql) == 0)
        return vg_status_setf(call->status, call->arena, VG_EXISTS, VG_LIT("name"),
                              "metadata of `" VG_FMT "` exists already",
                              VG_ARG(call->in->row.name));
    answer(call, 1);
    return VG_OK;
}

static vg_code get(const vg_catalog_call *call)
{
    return find(call, &call->out->row.found, &call->out->row.row);
}

static vg_code update(const vg_catalog_call *call)
{
    statement *stmt = vg_sql_use(call->rows->sql, set_sql, 0);
    const vg_meta_row *row = &call->in->row;
    vg_meta_row now = {0};
    bool found = false;
    vg_code code;

    if (!stmt)
        return trouble(call);
    put_row(stmt, row, row->version + 1);
    if (!vg_sql_finish(stmt))
        return trouble(call);
    if (vg_sql_changes(call->rows->sql) == 1) {
        answer(call, row->version + 1);
        return VG_OK;
    }
    code = find(call, &found, &now);
    if (code != VG_OK)
        return code;
    if (found)
        return say_conflict(call, now.version);
    return vg_status_setf(call->status, call->arena, VG_NOT_FOUND, VG_LIT("name"),
                          "there is no metadata of `" VG_FMT "`", VG_ARG(row->name));
}

static vg_code delete_row(const vg_catalog_call *call)
{
    statement *stmt = vg_sql_use(call->rows->sql, remove_sql, 0);
    vg_meta_row now = {0};
    vg_code code;

    if (!stmt)
        return trouble(call);
    put_key(stmt, &call->in->row);
    vg_sql_put_u64(stmt, 4, call->in->row.version);
    if (!vg_sql_finish(stmt))
        return trouble(call);
    call->out->row.found = vg_sql_changes(call->rows->sql) == 1;
    if (call->out->row.found || call->in->row.version == 0)
        return VG_OK;
    code = find(call, &call->out->row.found, &now);
    if (code != VG_OK || !call->out->row.found)
        return code;
    return say_conflict(call, now.version);
}

static vg_code take_rows(const vg_catalog_call *call, statement *stmt)
{
    vg_meta_row *rows = NULL;
    uint32_t count = 0, room = 0;
    vg_sql_step step;

    while ((step = vg_sql_next(stmt)) == VG_SQL_ROW) {
        if (count == room) {
            size_t old = room * sizeof *rows;

            room = room ? 2 * room : 16;
            rows = vg_arena_resize(call->arena, rows, old, room * sizeof *rows);
        }
        if (!rows || !take_row(stmt, call->arena, &rows[count++]))
            return too_large(call);
    }
    call->out->rows.at = rows;
    call->out->rows.count = count;
    return step == VG_SQL_END ? VG_OK : trouble(call);
}

static statement *use_list(const vg_catalog_call *call)
{
    const vg_meta_query *query = &call->in->list;
    bool is_of_all = query->tenant.len == 0, is_of_one = query->backend.len > 0;
    const char *sql = is_of_all ? list_tenants_sql : is_of_one ? list_sql : list_backends_sql;
    statement *stmt = vg_sql_use(call->rows->sql, sql, 0);

    if (!stmt)
        return NULL;
    vg_sql_put_text(stmt, 1, query->after);
    vg_sql_put_u64(stmt, 2, query->limit);
    vg_sql_put_text(stmt, 3, is_of_all ? query->after_tenant : query->tenant);
    vg_sql_put_text(stmt, 4, is_of_all || !is_of_one ? query->after_backend : query->backend);
    if (is_of_all)
        vg_sql_put_text(stmt, 5, query->backend);
    return stmt;
}

static vg_code list(const vg_catalog_call *call)
{
    statement *stmt = use_list(call);
    vg_code code;

    if (!stmt)
        return trouble(call);
    code = take_rows(call, stmt);
    vg_sql_done(stmt);
    return code;
}

static vg_code check(const vg_catalog_call *call)
{
    uint64_t rows;

    if (vg_sql_ask_u64(call->rows->sql, "SELECT count(*) FROM meta", &rows))
        return VG_OK;
    return trouble(call);
}

/* An update or delete that changes nothing looks again for the reason: both in one transaction. */
static vg_code in_transaction(const vg_catalog_call *call, vg_code (*run)(const vg_catalog_call *))
{
    vg_sql *sql = call->rows->sql;
    vg_code code;

    pthread_mutex_lock(&call->rows->lock);
    code = vg_sql_run(sql, "BEGIN IMMEDIATE") ? run(call) : trouble(call);
    if (code == VG_OK && !vg_sql_run(sql, "COMMIT"))
        code = trouble(call);
    if (code != VG_OK)
        vg_sql_run(sql, "ROLLBACK"); /* fails when there is none any more: fine */
    pthread_mutex_unlock(&call->rows->lock);
    return code;
}

static vg_code alone(const vg_catalog_call *call, vg_code (*run)(const vg_catalog_call *))
{
    vg_code code;

    pthread_mutex_lock(&call->rows->lock);
    code = run(call);
    pthread_mutex_unlock(&call->rows->lock);
    return code;
}

vg_code vg_catalog_rows_create(const vg_catalog_call *call)
{
    return in_transaction(call, create);
}

vg_code vg_catalog_rows_get(const vg_catalog_call *call)
{
    return alone(call, get);
}

vg_code vg_catalog_rows_update(const vg_catalog_call *call)
{
    return in_transaction(call, update);
}

vg_code vg_catalog_rows_delete(const vg_catalog_call *call)
{
    return in_transaction(call, delete_row);
}

vg_code vg_catalog_rows_list(const vg_catalog_call *call)
{
    return alone(call, list);
}

vg_code vg_catalog_rows_check(const vg_catalog_call *call)
{
    return alone(call, check);
}
