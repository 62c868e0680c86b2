/* See ways.h. What a try asks of its tenant's store, stage by stage. */
#include "adapters/vector/embedded/ways.h"

#include <inttypes.h>

#include "base/check.h"

vg_next embedded_too_large(vg_try *try)
{
    return vg_try_fail(try, VG_TOO_LARGE, VG_LIT("no memory is left for this request"));
}

static vg_next no_such_stage(vg_try *try)
{
    return vg_try_fail(try, VG_INTERNAL, VG_LIT("embedded: there is no such stage here"));
}

/* ---- reads ---- */

/* One tenant's trouble is no reason to send the others away: it is told, and no more. */
static vg_slice title_of(const vg_read *read)
{
    const embedded_job *j = vg_container_of(read, embedded_job, read);
    uint32_t stuck = vg_stores_stuck(j->visit.stores);

    if (stuck == 0)
        return VG_LIT("vecgate embedded engine");
    return vg_arena_printf(read->arena,
                           "vecgate embedded engine; the last write of %" PRIu32 " of %" PRIu32
                           " open tenants' stores failed",
                           stuck, vg_stores_counted(j->visit.stores).open);
}

static bool check_health(const vg_read *read, const vg_op_input *in, vg_op_result *out)
{
    (void)in;
    out->health.title = title_of(read);
    out->health.version = VG_LIT(VG_VERSION);
    return vg_store_check(read->store, read->arena, read->status) == VG_OK;
}

static const struct {
    const char *name;
    embedded_reader *reader;
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

/* On a pool's thread. It may come again when the runner repeats the exchange. */
static void run_read(vg_work *work)
{
    embedded_job *j = vg_container_of(work, embedded_job, work);

    *j->read.status = (vg_status){0};
    j->read.is_stopped = work->is_stopped;
    j->reader(&j->read, &j->op->in, j->out);
}

static vg_next send(embedded_job *j, const char *name, vg_pool_name pool, void (*run)(vg_work *),
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

static vg_next read_way(embedded_job *j, vg_try *try, vg_exchange *out)
{
    switch ((embedded_stage)try->stage) {
    case EMBEDDED_ASK:
        j->reader = reads[j->op->kind].reader;
        try->stage = EMBEDDED_ANSWER;
        return send(j, reads[j->op->kind].name, VG_POOL_SEARCH, run_read, out);
    case EMBEDDED_ANSWER:
        return try->status.code == VG_OK ? VG_DONE : VG_FAIL;
    default:
        return no_such_stage(try);
    }
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
    [VG_OP_DROP_TENANT] = "embedded.drop_tenant",
};

static bool prepare_for(embedded_job *j, vg_table *table)
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
    embedded_job *j = vg_container_of(work, embedded_job, work);
    vg_table *table;

    *j->read.status = (vg_status){0};
    table = vg_read_table(&j->read);
    if (table && !prepare_for(j, table))
        *j->read.status = j->write.status;
}

static vg_next commit(embedded_job *j, vg_exchange *out)
{
    out->name = writes[j->op->kind];
    out->via = VG_VIA_LOCAL;
    out->repeat = vg_op_describe(j->op->kind)->repeats ? VG_REPEAT_ALWAYS : VG_REPEAT_IF_UNSENT;
    out->writes = true;
    out->as.local.queue = vg_store_queue(j->read.store);
    out->as.local.work = &j->write.work;
    return VG_SEND;
}

static vg_next answer(const embedded_job *j, vg_try *try)
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

static vg_next write_way(embedded_job *j, vg_try *try, vg_exchange *out)
{
    switch ((embedded_stage)try->stage) {
    case EMBEDDED_ASK:
        try->stage = EMBEDDED_COMMIT;
        return send(j, "embedded.prepare", VG_POOL_CODEC, prepare, out);
    case EMBEDDED_COMMIT:
        if (try->status.code != VG_OK)
            return VG_FAIL;
        try->stage = EMBEDDED_ANSWER;
        return commit(j, out);
    case EMBEDDED_ANSWER:
        return answer(j, try);
    default:
        return no_such_stage(try);
    }
}

static vg_next change_way(embedded_job *j, vg_try *try, vg_exchange *out)
{
    switch ((embedded_stage)try->stage) {
    case EMBEDDED_ASK:
        j->write.kind = j->op->kind == VG_OP_CREATE_COLLECTION ? VG_WRITE_CREATE : VG_WRITE_DROP;
        j->write.name = j->read.collection;
        j->write.spec = &j->op->in.create.spec;
        try->stage = EMBEDDED_ANSWER;
        return commit(j, out);
    case EMBEDDED_ANSWER:
        return answer(j, try);
    default:
        return no_such_stage(try);
    }
}

/* ---- dropping a tenant ---- */

/* The next of `default`'s collections. */
static vg_next drop_next(embedded_job *j, vg_try *try, vg_exchange *out)
{
    if (j->dropped == j->out->names.count)
        return VG_DONE;
    j->write.kind = VG_WRITE_DROP;
    j->write.name = j->out->names.at[j->dropped];
    try->stage = EMBEDDED_ANSWER;
    return commit(j, out);
}

static vg_next drop_all(embedded_job *j, vg_try *try, vg_exchange *out)
{
    switch ((embedded_stage)try->stage) {
    case EMBEDDED_ASK:
        j->reader = vg_read_list;
        j->out = VG_TAKE(try->scratch, vg_op_result);
        if (!j->out)
            return embedded_too_large(try);
        try->stage = EMBEDDED_COMMIT;
        return send(j, "embedded.list", VG_POOL_SEARCH, run_read, out);
    case EMBEDDED_COMMIT:
        return try->status.code == VG_OK ? drop_next(j, try, out) : VG_FAIL;
    case EMBEDDED_ANSWER:
        try->status = j->write.status;
        if (try->status.code != VG_OK)
            return VG_FAIL;
        j->dropped++;
        try->result.did |= j->write.did;
        return drop_next(j, try, out);
    default:
        return no_such_stage(try);
    }
}

/* ---- which ---- */

embedded_way *embedded_way_of(vg_op_kind kind)
{
    if (reads[kind].reader)
        return read_way;
    if (kind == VG_OP_DROP_TENANT)
        return drop_all;
    return kind == VG_OP_CREATE_COLLECTION || kind == VG_OP_DROP_COLLECTION ? change_way
                                                                            : write_way;
}
