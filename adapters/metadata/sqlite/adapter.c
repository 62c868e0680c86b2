/* Metadata in a SQLite file: each operation is one local work on the misc pool, over
 * engine/catalog_rows.h.
 *
 *     ASK ──► ANSWER ──► done
 *
 * One process or one group of workers has the file, by a lock beside it. SQLite itself keeps the
 * workers' changes apart; rows have versions, so none is lost. */
#include <stdlib.h>

#include "adapters/metadata/metadata.h"
#include "base/check.h"
#include "base/id.h"
#include "engine/catalog_rows.h"
#include "engine/datadir.h"

enum stage { ASK, ANSWER };

static const vg_option options[] = {{0}};

/* What backend->store points to. */
struct store {
    vg_catalog_rows *rows; /* NULL: of a parent, which has but the lock */
    int lock;              /* -1: another process holds it for this one */
};

typedef vg_code runner(const vg_catalog_call *call);

typedef struct job {
    vg_work work;
    vg_catalog_call call;
    runner *run;
    bool writes;
} job;

static vg_code check_health(const vg_catalog_call *call)
{
    call->out->health.title = VG_LIT("metadata in SQLite");
    call->out->health.version = VG_LIT(VG_VERSION);
    return vg_catalog_rows_check(call);
}

static const struct {
    const char *name;
    runner *run;
    bool writes;
} rows[VG_OP_KINDS] = {
    [VG_OP_HEALTH] = {"sqlite.health", check_health, false},
    [VG_OP_META_CREATE] = {"sqlite.create", vg_catalog_rows_create, true},
    [VG_OP_META_GET] = {"sqlite.get", vg_catalog_rows_get, false},
    [VG_OP_META_UPDATE] = {"sqlite.update", vg_catalog_rows_update, true},
    [VG_OP_META_DELETE] = {"sqlite.delete", vg_catalog_rows_delete, true},
    [VG_OP_META_LIST] = {"sqlite.list", vg_catalog_rows_list, false},
};

/* On a pool's thread. */
static void run(vg_work *work)
{
    job *j = vg_container_of(work, job, work);

    *j->call.status = (vg_status){0};
    j->run(&j->call);
}

static vg_next ask(const vg_backend *self, const vg_op *op, vg_try *try, vg_exchange *out)
{
    const struct store *store = self->store;
    job *j = VG_TAKE(try->scratch, job);

    if (!j)
        return vg_try_fail(try, VG_TOO_LARGE, VG_LIT("no memory is left for this request"));
    j->work.run = run;
    j->run = rows[op->kind].run;
    j->call = (vg_catalog_call){store->rows, &op->in, &try->result, try->scratch, &try->status};
    out->name = rows[op->kind].name;
    out->via = VG_VIA_LOCAL;
    out->writes = rows[op->kind].writes;
    out->repeat = out->writes ? VG_REPEAT_IF_UNSENT : VG_REPEAT_ALWAYS;
    out->as.local.pool = VG_POOL_MISC;
    out->as.local.work = &j->work;
    try->stage = ANSWER;
    return VG_SEND;
}

static vg_next step(const vg_backend *self, const vg_op *op, vg_try *try, const vg_reply *reply,
                    vg_exchange *out)
{
    (void)reply; /* it says no more than that the work is finished */
    switch ((enum stage)try->stage) {
    case ASK:
        return ask(self, op, try, out);
    case ANSWER:
        return try->status.code == VG_OK ? VG_DONE : VG_FAIL;
    }
    return vg_try_fail(try, VG_INTERNAL, VG_LIT("sqlite: unknown stage"));
}

/* ---- the connection string ---- */

/* The string itself is never shown: one that was meant for another store may hold a password. */
static vg_code refuse(const char *what, vg_arena *arena, vg_status *status)
{
    return vg_status_setf(status, arena, VG_INVALID, VG_LIT("metadata.store"),
                          "%s; it must look like sqlite:///path/to/file", what);
}

/* %XX to bytes, in place. */
static bool decode(char *text, size_t *len)
{
    size_t to = 0;

    for (size_t i = 0; i < *len; i++, to++) {
        if (text[i] != '%') {
            text[to] = text[i];
            continue;
        }
        if (*len - i < 3 || !vg_hex_read(vg_slice_of(text + i + 1, 2), text + to, 1) ||
            text[to] == '\0')
            return false;
        i += 2;
    }
    *len = to;
    return true;
}

static vg_code read_url(vg_slice url, vg_slice *path, vg_arena *arena, vg_status *status)
{
    vg_slice rest = vg_slice_skip(url, sizeof "sqlite://" - 1);
    vg_slice copy = vg_arena_copy(arena, rest);
    size_t len = copy.len;

    if (!vg_slice_starts(url, VG_LIT("sqlite://")))
        return refuse("the scheme is not sqlite", arena, status);
    if (rest.len == 0 || rest.at[0] != '/')
        return refuse("a host or a relative path has no meaning here", arena, status);
    if (vg_slice_find(rest, '?') < rest.len || vg_slice_find(rest, '#') < rest.len)
        return refuse("parameters are not known here", arena, status);
    if (!copy.at || !decode((char *)copy.at, &len))
        return refuse("an escape must be % and two hex digits, and not %00", arena, status);
    if (len < 2 || copy.at[len - 1] == '/')
        return refuse("the path names no file", arena, status);
    *path = vg_slice_of(copy.at, len);
    return VG_OK;
}

/* The directory before the lock in it. */
static vg_code open_rows(struct store *store, vg_slice path, vg_metadata_place place,
                         vg_arena *arena, vg_status *status)
{
    if (vg_catalog_rows_make_directory(path, arena, status) != VG_OK)
        return status->code;
    if (place != VG_METADATA_WORKER &&
        (store->lock = vg_datadir_lock_file(path, arena, status)) < 0)
        return status->code;
    store->rows = vg_catalog_rows_open(path, arena, status);
    if (!store->rows)
        return status->code;
    if (place == VG_METADATA_PARENT) {
        vg_catalog_rows_close(store->rows);
        store->rows = NULL;
    }
    return VG_OK;
}

static void close_store(vg_backend *backend)
{
    struct store *store = backend->store;

    if (!store)
        return;
    vg_catalog_rows_close(store->rows);
    vg_datadir_unlock(store->lock);
    free(store);
    backend->store = NULL;
}

static vg_code open_store(vg_backend *backend, vg_slice data_dir, vg_arena *arena,
                          vg_status *status)
{
    const vg_metadata_conf *conf = backend->conf;
    vg_slice path = {0};
    vg_code code = VG_OK;
    struct store *store;

    if (conf && conf->url.len > 0)
        code = read_url(conf->url, &path, arena, status);
    else
        path = vg_arena_printf(arena, VG_FMT "/catalog.db", VG_ARG(data_dir));
    if (code != VG_OK)
        return code;
    store = calloc(1, sizeof *store);
    if (!store)
        return vg_status_set(status, VG_OVERLOADED, VG_LIT("no memory is left"), (vg_slice){0});
    store->lock = -1;
    backend->store = store;
    code = open_rows(store, path, conf ? conf->place : VG_METADATA_ALONE, arena, status);
    if (code != VG_OK)
        close_store(backend);
    return code;
}

const vg_adapter vg_metadata_sqlite = {
    .name = "sqlite",
    .summary = "metadata in a SQLite file, by default catalog.db in the data directory",
    .via = VG_VIA_LOCAL,
    .options = options,
    .conf_size = sizeof(vg_metadata_conf),
    .can = {.is_durable = true, .consistency = VG_READ_AFTER_WRITE, .serves_workers = true},
    .ops =
        {
            [VG_OP_HEALTH] = step,
            [VG_OP_META_CREATE] = step,
            [VG_OP_META_GET] = step,
            [VG_OP_META_UPDATE] = step,
            [VG_OP_META_DELETE] = step,
            [VG_OP_META_LIST] = step,
        },
    .open = open_store,
    .close = close_store,
};
