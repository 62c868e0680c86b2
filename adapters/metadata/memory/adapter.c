/* Metadata in memory, for tests and for gateways that own nothing: gone with the process. Each
 * operation is one local work on the misc pool, like that of a store that lasts.
 *
 *     ASK ──► ANSWER ──► done */
#include "adapters/metadata/memory/rows.h"
#include "adapters/metadata/metadata.h"
#include "base/check.h"

enum stage { ASK, ANSWER };

static const vg_option options[] = {{0}};

typedef vg_code runner(const memory_call *call);

typedef struct job {
    vg_work work;
    memory_call call;
    runner *run;
} job;

static vg_code check_health(const memory_call *call)
{
    call->out->health.title = VG_LIT("metadata in memory");
    call->out->health.version = VG_LIT(VG_VERSION);
    return VG_OK;
}

static const struct {
    const char *name;
    runner *run;
    bool writes;
} rows[VG_OP_KINDS] = {
    [VG_OP_HEALTH] = {"memory.health", check_health, false},
    [VG_OP_META_CREATE] = {"memory.create", memory_rows_create, true},
    [VG_OP_META_GET] = {"memory.get", memory_rows_get, false},
    [VG_OP_META_UPDATE] = {"memory.update", memory_rows_update, true},
    [VG_OP_META_DELETE] = {"memory.delete", memory_rows_delete, true},
    [VG_OP_META_LIST] = {"memory.list", memory_rows_list, false},
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
    job *j = VG_TAKE(try->scratch, job);

    if (!j)
        return vg_try_fail(try, VG_TOO_LARGE, VG_LIT("no memory is left for this request"));
    j->work.run = run;
    j->run = rows[op->kind].run;
    j->call = (memory_call){self->store, &op->in, &try->result, try->scratch, &try->status};
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
    return vg_try_fail(try, VG_INTERNAL, VG_LIT("memory: unknown stage"));
}

static vg_code open_store(vg_backend *backend, vg_slice data_dir, vg_arena *arena,
                          vg_status *status)
{
    const vg_metadata_conf *conf = backend->conf;

    (void)data_dir;
    (void)arena;
    if (conf && conf->url.len > 0 && !vg_slice_is_str(conf->url, "memory://"))
        return vg_status_set(status, VG_INVALID, VG_LIT("nothing may follow memory://"),
                             VG_LIT("metadata.store"));
    backend->store = memory_rows_new();
    if (backend->store)
        return VG_OK;
    return vg_status_set(status, VG_OVERLOADED, VG_LIT("no memory is left"), (vg_slice){0});
}

static void close_store(vg_backend *backend)
{
    memory_rows_free(backend->store);
    backend->store = NULL;
}

const vg_adapter vg_metadata_memory = {
    .name = "memory",
    .summary = "metadata in memory, gone with the process",
    .via = VG_VIA_LOCAL,
    .options = options,
    .conf_size = sizeof(vg_metadata_conf),
    .can = {.consistency = VG_READ_AFTER_WRITE},
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
