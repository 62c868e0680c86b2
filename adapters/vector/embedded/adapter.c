/* The embedded backend: thin steps over src/engine, through the local transport only.
 *
 *     every one                 ─▶ the tenant's store is open: on at once
 *                               ─▶ VISIT: it is asked for, by the stores' queue
 *     reads                     ASK ──► ANSWER ──► done              on the search pool
 *     points, settings, indexes ASK ──► COMMIT ──► ANSWER ──► done   codec pool, then the store's
 *                                                                    queue
 *     create, drop              ASK ──► ANSWER ──► done              the store's queue
 *     drop the tenant           VISIT does it. Of `default`, whose store stays:
 *                               ASK ──► COMMIT ──► ANSWER … ──► done   search pool, then the
 * store's queue for each collection
 *
 * Writes answer after the commit, whether the client waits or not. */
#include "adapters/vector/embedded/ways.h"

typedef struct embedded_conf {
    uint64_t queue_max;
    uint64_t wal_bytes;
    uint64_t open_tenants;
} embedded_conf;

static const vg_option options[] = {
    {"queue", VG_OPT_COUNT, offsetof(embedded_conf, queue_max), .def = "1024", .min = 1,
     .max = 65536, .doc = "writes that may wait for the store's writer; more are refused with 503"},
    {"wal_size", VG_OPT_BYTES, offsetof(embedded_conf, wal_bytes), .def = "64MiB", .min = 1 << 20,
     .max = (uint64_t)1 << 40,
     .doc = "length of the write-ahead log above which it is moved into the database at once"},
    {"open_tenants", VG_OPT_COUNT, offsetof(embedded_conf, open_tenants), .def = "64", .min = 1,
     .max = 4096,
     .doc = "tenants' stores that are open at once, beside that of `default`; the one that nobody "
            "has used for longest is closed when another is needed"},
    {0},
};

/* ---- the tenant's store ---- */

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

/* How the engine is, the store of `default` tells: that one is always open. */
static vg_slice tenant_of(const vg_op *op)
{
    return op->who && op->kind != VG_OP_HEALTH ? op->who->name : VG_LIT("default");
}

static vg_aim aim_of(const vg_op *op)
{
    if (op->kind == VG_OP_DROP_TENANT)
        return VG_AIM_DROP;
    return op->kind == VG_OP_CREATE_COLLECTION ? VG_AIM_MAKE : VG_AIM_USE;
}

static embedded_job *begin(const vg_backend *self, const vg_op *op, vg_try *try)
{
    embedded_job *j = VG_TAKE(try->scratch, embedded_job);

    if (!j)
        return NULL;
    j->op = op;
    j->out = &try->result;
    j->read = (vg_read){.collection = collection_of(op),
                        .arena = try->scratch,
                        .status = &try->status,
                        .chance = op->chance};
    j->write.arena = try->scratch;
    j->visit.stores = self->store;
    j->visit.tenant = tenant_of(op);
    j->visit.aim = aim_of(op);
    j->visit.arena = try->scratch;
    try->state = j;
    return j;
}

static vg_next ask_for_store(embedded_job *j, vg_exchange *out)
{
    bool drops = j->visit.aim == VG_AIM_DROP;

    out->name = drops ? "embedded.drop_tenant" : "embedded.open";
    out->via = VG_VIA_LOCAL;
    out->repeat = VG_REPEAT_ALWAYS;
    out->writes = drops;
    out->as.local.queue = vg_stores_queue(j->visit.stores);
    out->as.local.work = &j->visit.work;
    return VG_SEND;
}

/* A tenant that has no directory has no collections. */
static vg_next answer_absent(const embedded_job *j, vg_try *try)
{
    switch (j->op->kind) {
    case VG_OP_DROP_TENANT:
        try->result.did = j->visit.did;
        return VG_DONE;
    case VG_OP_DESCRIBE:
    case VG_OP_LIST:
    case VG_OP_DROP_COLLECTION:
        try->result = (vg_op_result){0};
        return VG_DONE;
    default:
        vg_store_tell_missing(j->read.collection, try->scratch, &try->status);
        return VG_FAIL;
    }
}

static vg_next go_on(embedded_job *j, vg_try *try, vg_exchange *out)
{
    if (try->stage == EMBEDDED_VISIT) {
        try->status = j->visit.status;
        if (try->status.code != VG_OK)
            return VG_FAIL;
        if (!j->visit.store)
            return answer_absent(j, try);
        j->read.store = j->visit.store;
        try->stage = EMBEDDED_ASK;
    }
    return embedded_way_of(j->op->kind)(j, try, out);
}

static void leave(void *visit)
{
    vg_stores_leave(visit);
}

/* The store is held until the scratch goes: what was read may point into it. */
static bool leaves_later(embedded_job *j, vg_try *try)
{
    if (vg_arena_defer(try->scratch, leave, &j->visit))
        return true;
    vg_stores_leave(&j->visit);
    return false;
}

static vg_next begin_step(const vg_backend *self, const vg_op *op, vg_try *try, vg_exchange *out)
{
    bool enters;
    embedded_job *j;

    if (op->kind == VG_OP_CREATE_COLLECTION &&
        !vg_write_check_spec(&op->in.create.spec, try->scratch, &try->status))
        return VG_FAIL;
    j = begin(self, op, try);
    if (!j)
        return embedded_too_large(try);
    enters = vg_stores_enter(&j->visit);
    if (!(enters && !j->visit.slot) && !leaves_later(j, try)) /* the default's is always open */
        return embedded_too_large(try);
    try->stage = EMBEDDED_VISIT;
    return enters ? go_on(j, try, out) : ask_for_store(j, out);
}

/* Of a tenant's own store, which may be broken while the others are well: not the backend has
 * failed, for which its breaker would open to all. */
static bool is_private(const vg_try *try)
{
    const embedded_job *j = try->state;

    return j && (!j->visit.store || j->visit.slot);
}

static vg_next step(const vg_backend *self, const vg_op *op, vg_try *try, const vg_reply *reply,
                    vg_exchange *out)
{
    vg_next next =
        try->stage == EMBEDDED_BEGIN ? begin_step(self, op, try, out) : go_on(try->state, try, out);

    (void)reply; /* it says no more than that the work is finished */
    if (next == VG_FAIL && try->status.code == VG_BACKEND_ERROR && is_private(try))
        try->status.code = VG_BACKEND_REPLY;
    return next;
}

/* ---- life ---- */

static vg_code open_stores(vg_backend *backend, vg_slice data_dir, vg_arena *arena,
                           vg_status *status)
{
    const embedded_conf *conf = backend->conf;
    vg_stores_conf stores = {
        .data_dir = data_dir,
        .queue_max = (uint32_t)conf->queue_max,
        .wal_bytes = conf->wal_bytes,
        .open_max = (uint32_t)conf->open_tenants,
    };

    backend->store = vg_stores_open(&stores, arena, status);
    return backend->store ? VG_OK : status->code;
}

static void close_stores(vg_backend *backend)
{
    vg_stores_close(backend->store);
    backend->store = NULL;
}

static void count_stores(const vg_backend *self, vg_store_counts *out)
{
    vg_stores_count count = vg_stores_counted(self->store);

    *out = (vg_store_counts){.tenants_open = count.open,
                             .tenants_opened = count.opened,
                             .tenants_closed = count.closed,
                             .tenants_failed = count.failed};
}

static uint64_t count_points(const vg_backend *self)
{
    return vg_stores_points(self->store);
}

const vg_adapter vg_embedded = {
    .name = "embedded",
    .summary =
        "the engine inside vecgate: SQLite on disk, vectors in memory, HNSW graphs or exact search",
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
            [VG_OP_HEALTH] = step,
            [VG_OP_CREATE_COLLECTION] = step,
            [VG_OP_DROP_COLLECTION] = step,
            [VG_OP_DESCRIBE] = step,
            [VG_OP_LIST] = step,
            [VG_OP_UPDATE_COLLECTION] = step,
            [VG_OP_CREATE_INDEX] = step,
            [VG_OP_DROP_INDEX] = step,
            [VG_OP_UPSERT] = step,
            [VG_OP_DELETE] = step,
            [VG_OP_SET_PAYLOAD] = step,
            [VG_OP_OVERWRITE_PAYLOAD] = step,
            [VG_OP_DELETE_PAYLOAD] = step,
            [VG_OP_CLEAR_PAYLOAD] = step,
            [VG_OP_UPDATE_VECTORS] = step,
            [VG_OP_DELETE_VECTORS] = step,
            [VG_OP_BATCH] = step,
            [VG_OP_GET] = step,
            [VG_OP_SEARCH] = step,
            [VG_OP_SCROLL] = step,
            [VG_OP_COUNT] = step,
            [VG_OP_FACET] = step,
            [VG_OP_DROP_TENANT] = step,
        },
    .open = open_stores,
    .close = close_stores,
    .count = count_stores,
    .count_points = count_points,
};
