/* The toys' steps and tables. Every operation is one exchange, whose work is done where and when
 * the transport says. */
#include <stdlib.h>

#include "base/check.h"
#include "tests/support/toy_stores.h"

toy_script_state *toy_scripted(toys *toy)
{
    return &toy->script;
}

/* ---- steps ---- */

void toy_fail(toy_work *w, vg_code code, const char *what, const char *where)
{
    vg_status_set(&w->try->status, code, vg_slice_str(what), vg_slice_str(where));
}

static void run(vg_work *work)
{
    toy_work *w = vg_container_of(work, toy_work, work);
    toy_deed *deed = toy_vector_deeds[w->op->kind];

    if (!deed)
        deed = toy_metadata_deeds[w->op->kind];
    if (deed)
        deed(w);
}

static vg_next ask(const vg_backend *self, const vg_op *op, vg_try *try, vg_exchange *out)
{
    toy_work *w = VG_TAKE(try->scratch, toy_work);

    if (!w)
        return vg_try_fail(try, VG_TOO_LARGE, VG_LIT("the toy has no memory"));
    *w = (toy_work){.work = {.run = run}, .toy = self->store, .op = op, .try = try};
    out->name = vg_op_describe(op->kind)->name;
    out->via = VG_VIA_LOCAL;
    out->repeat = vg_op_describe(op->kind)->repeats ? VG_REPEAT_ALWAYS : VG_REPEAT_NEVER;
    out->writes = vg_op_describe(op->kind)->writes && op->kind != VG_OP_BUILD_INDEX;
    out->as.local.work = &w->work;
    out->as.local.pool = VG_POOL_MISC;
    try->state = w;
    try->stage = 1;
    return VG_SEND;
}

static bool wants_wait(const toys *toy, const vg_op *op)
{
    for (unsigned i = 0; i < toy->script.count; i++)
        if (toy->script.rules[i].fate == TOY_WAIT && toy->script.rules[i].kind == (int)op->kind)
            return true;
    return false;
}

static vg_next step(const vg_backend *self, const vg_op *op, vg_try *try, const vg_reply *reply,
                    vg_exchange *out)
{
    const toy_work *w = try->state;

    if (!reply && wants_wait(self->store, op)) {
        out->wait_ms = 3600 * 1000;
        return VG_WAIT;
    }
    if (!reply)
        return ask(self, op, try, out);
    if (w->refused != VG_OK)
        return vg_try_fail(try, w->refused, VG_LIT("the toy refuses"));
    return try->status.code == VG_OK ? VG_DONE : VG_FAIL;
}

static const vg_adapter vectors_table = {
    .name = "toy",
    .via = VG_VIA_LOCAL,
    .can = {.max_vector_dimensions = 8,
            .distances = {[VG_COSINE] = true, [VG_EUCLID] = true, [VG_DOT] = true},
            .supports_named_vectors = true,
            .supports_sparse_vectors = true,
            .supports_multivectors = true,
            .supports_adoption = true},
    .ops = {[VG_OP_HEALTH] = step,
            [VG_OP_CREATE_COLLECTION] = step,
            [VG_OP_DROP_COLLECTION] = step,
            [VG_OP_DROP_TENANT] = step,
            [VG_OP_DESCRIBE] = step,
            [VG_OP_LIST] = step,
            [VG_OP_UPDATE_COLLECTION] = step,
            [VG_OP_CREATE_INDEX] = step,
            [VG_OP_DROP_INDEX] = step,
            [VG_OP_UPSERT] = step,
            [VG_OP_SET_PAYLOAD] = step,
            [VG_OP_BATCH] = step,
            [VG_OP_GET] = step,
            [VG_OP_DELETE] = step,
            [VG_OP_SEARCH] = step,
            [VG_OP_SCROLL] = step,
            [VG_OP_COUNT] = step},
};

static const vg_adapter metadata_table = {
    .name = "toy-metadata",
    .via = VG_VIA_LOCAL,
    .ops = {[VG_OP_META_CREATE] = step,
            [VG_OP_META_GET] = step,
            [VG_OP_META_UPDATE] = step,
            [VG_OP_META_DELETE] = step,
            [VG_OP_META_LIST] = step},
};

toys *toy_new(void)
{
    toys *toy = calloc(1, sizeof *toy);

    VG_CHECK(toy);
    toy->vectors_adapter = vectors_table;
    toy->metadata_adapter = metadata_table;
    toy->vectors = (vg_backend){.adapter = &toy->vectors_adapter, .store = toy};
    toy->metadata = (vg_backend){.adapter = &toy->metadata_adapter, .store = toy};
    vg_list_init(&toy->script.held);
    return toy;
}

void toy_free(toys *toy)
{
    toy_free_collections(toy);
    toy_free_rows(toy);
    toy_free_texts(toy);
    free(toy);
}

void toy_make_placed(toys *toy)
{
    toy->vectors_adapter.place = toy_place;
}

void toy_make_without_drop_tenant(toys *toy)
{
    toy->vectors_adapter.ops[VG_OP_DROP_TENANT] = NULL;
}

toy_build *toy_make_builder(toys *toy)
{
    toy->vectors_adapter.ops[VG_OP_BUILD_INDEX] = step;
    return &toy->build;
}

static vg_code open_it(vg_backend *backend, vg_slice data_dir, vg_arena *arena, vg_status *status)
{
    (void)backend;
    (void)data_dir;
    (void)arena;
    (void)status;
    return VG_OK;
}

void toy_make_local(toys *toy)
{
    toy->vectors_adapter.open = open_it;
}

void toy_make_metadata_local(toys *toy)
{
    toy->metadata_adapter.open = open_it;
}

vg_adapter *toy_vectors_adapter(toys *toy)
{
    return &toy->vectors_adapter;
}

const vg_backend *toy_vectors(toys *toy)
{
    return &toy->vectors;
}

const vg_backend *toy_metadata(toys *toy)
{
    return &toy->metadata;
}
