/* The embedded backend: thin steps over src/engine, through the local transport only.
 *
 *     reads                     ASK ──► ANSWER ──► done              on the search pool
 *     points, settings, indexes ASK ──► COMMIT ──► ANSWER ──► done   codec pool, then the store's
 *                                                                    queue
 *     create, drop              ASK ──► ANSWER ──► done              the store's queue
 *
 * Writes answer after the commit, whether the client waits or not. */
#include "vecgate/vector_backend.h"

#include "base/check.h"
#include "engine/read.h"

enum stage { ASK, COMMIT, ANSWER };

typedef struct embedded_conf {
    uint64_t queue_max;
    uint64_t wal_bytes;
} embedded_conf;

static const vg_option options[] = {
    {"queue", VG_OPT_COUNT, offsetof(embedded_conf, queue_max), .def = "1024", .min = 1,
     .max = 65536, .doc = "writes that may wait for the store's writer; more are refused with 503"},
    {"wal_size", VG_OPT_BYTES, offsetof(embedded_conf, wal_bytes), .def = "64MiB", .min = 1 << 20,
     .max = (uint64_t)1 << 40,
     .doc = "length of the write-ahead log above which it is moved into the database at once"},
    {0},
};

typedef bool reader(const vg_read *read, const vg_op_input *in, vg_op_result *out);

/* What a try works on: in its scratch, touched by one thread at a time. */
typedef struct job {
    vg_work work; /* of ASK */
    vg_read read;
    vg_op_result *out;
    const vg_op *op;
    reader *reader;
    vg_write write;
} job;

/* ---- reads ---- */

static bool check_health(const vg_read *read, const vg_op_input *in, vg_op_result *out)
{
    (void)in;
    out->health.title = VG_LIT("vecgate embedded engine");
    out->health.version = VG_LIT(VG_VERSION);
    return vg_store_check(read->store, read->arena, read->status) == VG_OK;
}

static const struct {
    const char *name;
    reader *reader;
} reads[VG_OP_KINDS] = {
    [VG_OP_HEALTH] = {"embedded.health", check_health},
    [VG_OP_DESCRIBE] = {"embedded.describe", vg_read_describe},
    [VG_OP_LIST] = {"embedded.list", vg_read_list},
    [VG_OP_GET] = {"embedded.get", vg_read_get},
    [VG_OP_SEARCH] = {"embedded.search", vg_read_search},
    [VG_OP_SCROLL] = {"embedded.scroll", vg_read_scroll},
    [VG_OP_COUNT] = {"embedded.count", vg_read_count},
    [VG_OP_FACET] = {"embedded.facet", vg_read_facet},
};

static vg_slice collection_of(const vg_op *op)
{
    if (op->kind == VG_OP_CREATE_COLLECTION)
        return op->in.create.physical;
    if (op->kind == VG_OP_UPDATE_COLLECTION)
        return op->in.change.physical;
    if (op->kind == VG_OP_DROP_COLLECTION || op->kind == VG_OP_DESCRIBE)
        return op->in.collection.physical;
    return op->collection ? op->collection->physical : (vg_slice){0};
}

static job *begin(const vg_backend *self, const vg_op *op, vg_try *try)
{
    job *j = VG_TAKE(try->scratch, job);

    if (!j)
        return NULL;
    j->op = op;
    j->out = &try->result;
    j->read = (vg_read){.store = self->store,
                        .collection = collection_of(op),
                        .arena = try->scratch,
                        .status = &try->status,
                        .chance = op->chance};
    j->write.arena = try->scratch;
    try->state = j;
    return j;
}

static vg_next too_large(vg_try *try)
{
    return vg_try_fail(try, VG_TOO_LARGE, VG_LIT("no memory is left for this request"));
}

/* On a pool's thread. It may come again when the runner repeats the exchange. */
static void run_read(vg_work *work)
{
    job *j = vg_container_of(work, job, work);

    *j->read.status = (vg_status){0};
    j->read.is_stopped = work->is_stopped;
    j->reader(&j->read, &j->op->in, j->out);
}

static vg_next send(job *j, const char *name, vg_pool_name pool, void (*run)(vg_work *),
                    vg_exchange *out)
{
    j->work.run = run;
    out->name = name;
    out->via = VG_VIA_LOCAL;
    out->repeat = VG_REPEAT_ALWAYS;
    out->as.local.pool = pool;
    out->as.local.work = &j->work;
    return VG_SEND;
}

static vg_next read_step(const vg_backend *self, const vg_op *op, vg_try *try,
                         const vg_reply *reply, vg_exchange *out)
{
    job *j;

    (void)reply; /* it says no more than that the work is finished */
    switch ((enum stage)try->stage) {
    case ASK:
        j = begin(self, op, try);
        if (!j)
            return too_large(try);
        j->reader = reads[op->kind].reader;
        try->stage = ANSWER;
        return send(j, reads[op->kind].name, VG_POOL_SEARCH, run_read, out);
    case ANSWER:
        return try->status.code == VG_OK ? VG_DONE : VG_FAIL;
    case COMMIT:
        break;
    }
    return vg_try_fail(try, VG_INTERNAL, VG_LIT("embedded: a read has no such stage"));
}

/* ---- writes ---- */

static const char *const writes[VG_OP_KINDS] = {
    [VG_OP_CREATE_COLLECTION] = "embedded.create",
    [VG_OP_DROP_COLLECTION] = "embedded.drop",
    [VG_OP_UPDATE_COLLECTION] = "embedded.change",
    [VG_OP_CREATE_INDEX] = "embedded.create_index",
    [VG_OP_DROP_INDEX] = "embedded.drop_index",
    [VG_OP_UPSERT] = "embedded.upsert",
    [VG_OP_DELETE] = "embedded.delete",
    [VG_OP_SET_PAYLOAD] = "embedded.set_payload",
    [VG_OP_OVERWRITE_PAYLOAD] = "embedded.overwrite_payload",
    [VG_OP_DELETE_PAYLOAD] = "embedded.delete_payload",
    [VG_OP_CLEAR_PAYLOAD] = "embedded.clear_payload",
    [VG_OP_UPDATE_VECTORS] = "embedded.update_vectors",
    [VG_OP_DELETE_VECTORS] = "embedded.delete_vectors",
    [VG_OP_BATCH] = "embedded.batch",
};

static bool prepare_for(job *j, vg_table *table)
{
    const vg_op_input *in = &j->op->in;

    switch (j->op->kind) {
    case VG_OP_UPDATE_COLLECTION:
        return vg_write_prepare_change(&j->write, table, &in->change.spec);
    case VG_OP_CREATE_INDEX:
        return vg_write_prepare_index(&j->write, table, &in->index.index, in->index.wait);
    case VG_OP_DROP_INDEX:
        vg_write_prepare_unindex(&j->write, table, in->index.index.key);
        return true;
    default:
        return vg_write_prepare_updates(&j->write, table, in->update.at, in->update.count,
                                        in->update.wait);
    }
}

/* On a pool's thread. */
static void prepare(vg_work *work)
{
    job *j = vg_container_of(work, job, work);
    vg_table *table;

    *j->read.status = (vg_status){0};
    table = vg_read_table(&j->read);
    if (table && !prepare_for(j, table))
        *j->read.status = j->write.status;
}

static vg_next commit(job *j, vg_try *try, vg_exchange *out)
{
    out->name = writes[j->op->kind];
    out->via = VG_VIA_LOCAL;
    out->repeat = vg_op_describe(j->op->kind)->repeats ? VG_REPEAT_ALWAYS : VG_REPEAT_IF_UNSENT;
    out->writes = true;
    out->as.local.queue = vg_store_queue(j->read.store);
    out->as.local.work = &j->write.work;
    try->stage = ANSWER;
    return VG_SEND;
}

static vg_next answer(const job *j, vg_try *try)
{
    const vg_write *write = &j->write;

    try->status = write->status;
    if (write->status.code != VG_OK)
        return VG_FAIL;
    switch (j->op->kind) {
    case VG_OP_CREATE_COLLECTION:
    case VG_OP_DROP_COLLECTION:
    case VG_OP_UPDATE_COLLECTION:
        try->result.did = write->did;
        return VG_DONE;
    case VG_OP_BATCH:
        try->result.batch.operation_ids = write->operations;
        try->result.batch.count = write->done;
        try->result.batch.completed = true;
        return VG_DONE;
    default: /* an index that nobody waits for is declared, and filled later */
        try->result.written.operation_id = write->operation;
        try->result.written.completed = j->op->kind != VG_OP_CREATE_INDEX || j->op->in.index.wait;
        return VG_DONE;
    }
}

static vg_next write_step(const vg_backend *self, const vg_op *op, vg_try *try,
                          const vg_reply *reply, vg_exchange *out)
{
    job *j;

    (void)reply;
    switch ((enum stage)try->stage) {
    case ASK:
        j = begin(self, op, try);
        if (!j)
            return too_large(try);
        try->stage = COMMIT;
        return send(j, "embedded.prepare", VG_POOL_CODEC, prepare, out);
    case COMMIT:
        return try->status.code == VG_OK ? commit(try->state, try, out) : VG_FAIL;
    case ANSWER:
        return answer(try->state, try);
    }
    return vg_try_fail(try, VG_INTERNAL, VG_LIT("embedded: a write has no such stage"));
}

static vg_next change_collection(const vg_backend *self, const vg_op *op, vg_try *try,
                                 const vg_reply *reply, vg_exchange *out)
{
    job *j;

    (void)reply;
    switch ((enum stage)try->stage) {
    case ASK:
        if (op->kind == VG_OP_CREATE_COLLECTION &&
            !vg_write_check_spec(&op->in.create.spec, try->scratch, &try->status))
            return VG_FAIL;
        j = begin(self, op, try);
        if (!j)
            return too_large(try);
        j->write.kind = op->kind == VG_OP_CREATE_COLLECTION ? VG_WRITE_CREATE : VG_WRITE_DROP;
        j->write.name = j->read.collection;
        j->write.spec = &op->in.create.spec;
        return commit(j, try, out);
    case ANSWER:
        return answer(try->state, try);
    case COMMIT:
        break;
    }
    return vg_try_fail(try, VG_INTERNAL, VG_LIT("embedded: a change has no such stage"));
}

/* ---- life ---- */

static vg_code open_store(vg_backend *backend, vg_slice data_dir, vg_arena *arena,
                          vg_status *status)
{
    const embedded_conf *conf = backend->conf;
    vg_store_conf store = {
        .data_dir = data_dir,
        .queue_max = (uint32_t)conf->queue_max,
        .wal_bytes = conf->wal_bytes,
    };

    backend->store = vg_store_open(&store, arena, status);
    return backend->store ? VG_OK : status->code;
}

static void close_store(vg_backend *backend)
{
    vg_store_close(backend->store);
    backend->store = NULL;
}

const vg_adapter vg_embedded = {
    .name = "embedded",
    .summary = "the engine inside vecgate: SQLite on disk, vectors in memory, exact search",
    .via = VG_VIA_LOCAL,
    .options = options,
    .conf_size = sizeof(embedded_conf),
    .can =
        {
            .supports_metadata_filter = true,
            .supports_batch_upsert = true,
            .supports_batch_search = true,
            .supports_named_vectors = true,
            .supports_sparse_vectors = true,
            .supports_multivectors = true,
            .supports_bfloat16 = true,
            .supports_text_ids = true,
            .supports_nul_in_texts = true,
            .supports_search_by_id = true,
            .supports_examples = true,
            .supports_sampling = true,
            .supports_order_by = true,
            .supports_adoption = true, /* the store knows its collections */
            .is_durable = true,
            .max_vector_dimensions = VG_MAX_DIMENSION,
            .distances =
                {
                    [VG_COSINE] = true,
                    [VG_EUCLID] = true,
                    [VG_DOT] = true,
                    [VG_MANHATTAN] = true,
                },
            .filter_tests = (1U << VG_TESTS) - 1, /* all of them */
            .consistency = VG_READ_AFTER_WRITE,
        },
    .ops =
        {
            [VG_OP_HEALTH] = read_step,
            [VG_OP_CREATE_COLLECTION] = change_collection,
            [VG_OP_DROP_COLLECTION] = change_collection,
            [VG_OP_DESCRIBE] = read_step,
            [VG_OP_LIST] = read_step,
            [VG_OP_UPDATE_COLLECTION] = write_step,
            [VG_OP_CREATE_INDEX] = write_step,
            [VG_OP_DROP_INDEX] = write_step,
            [VG_OP_UPSERT] = write_step,
            [VG_OP_DELETE] = write_step,
            [VG_OP_SET_PAYLOAD] = write_step,
            [VG_OP_OVERWRITE_PAYLOAD] = write_step,
            [VG_OP_DELETE_PAYLOAD] = write_step,
            [VG_OP_CLEAR_PAYLOAD] = write_step,
            [VG_OP_UPDATE_VECTORS] = write_step,
            [VG_OP_DELETE_VECTORS] = write_step,
            [VG_OP_BATCH] = write_step,
            [VG_OP_GET] = read_step,
            [VG_OP_SEARCH] = read_step,
            [VG_OP_SCROLL] = read_step,
            [VG_OP_COUNT] = read_step,
            [VG_OP_FACET] = read_step,
        },
    .open = open_store,
    .close = close_store,
};
