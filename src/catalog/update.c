/* What changes in a collection that stays: its settings (UPDATE_COLLECTION) and its declared fields
 * (CREATE_INDEX, DROP_INDEX). With the name held, the backend first, then the row:
 *
 *     META_GET ─▶ the backend's part ─▶ its index's job ─▶ META_UPDATE ─▶ entry
 *      ▲                                                      │
 *      └──────────(somebody was faster)───────────────────────┘
 *
 * Both parts may be repeated. When it is not known whether the row was written, or the gateway ends
 * between them, the backend has the change and the row perhaps not: the client is told of the
 * failure, descriptions by the backend show the change, and asking for it again mends the row. A
 * local backend is asked what the collection is when there is no entry (find.c): the next change
 * goes out from that and takes nothing back. Of another one the entry is the old one until then:
 * filters treat the field as it was declared before. */
#include "catalog/errand.h"

enum { MOST_TRIES = 8 };

static errand_step ask_row, on_row, on_found, change_backend, on_changed, keep, on_job, on_kept;

static void ask_row(errand *e)
{
    vg_errand_ask_row(e, on_row);
}

static bool hold(errand *e, const vg_collection *collection)
{
    if (!vg_collection_hold(collection, e->arena)) {
        vg_errand_no_memory(e);
        return false;
    }
    e->parent->collection = collection;
    return true;
}

/* The parent is to hold the collection as the row has it now: made again since, or changed. */
static void use_row(errand *e)
{
    const vg_collection *known = vg_catalog_known(e->catalog, e->row.tenant, e->name);
    bool is_known = known && known->version == e->row.version;

    if (!is_known && vg_errand_is_sole(e))
        vg_errand_ask_find(e, e->name, on_found);
    else if (is_known ? known == e->parent->collection || hold(e, known) : vg_errand_publish(e))
        change_backend(e);
    else
        vg_errand_finish(e);
}

static void on_found(errand *e)
{
    if (vg_errand_child_is_ok(e) && hold(e, e->child->collection))
        change_backend(e);
    else
        vg_errand_finish(e);
}

static void on_row(errand *e)
{
    const vg_op *child = e->child;

    if (!vg_errand_child_is_ok(e)) {
        vg_errand_finish(e);
    } else if (!child->out.row.found || child->out.row.row.state != VG_META_READY) {
        vg_errand_no_such(e);
        vg_errand_finish(e);
    } else if (vg_errand_keep_row(e, &child->out.row.row)) {
        use_row(e);
    } else {
        vg_errand_finish(e);
    }
}

/* ---- what it is to be ---- */

static bool add_index(errand *e, vg_collection_spec *spec)
{
    const vg_index *index = &e->parent->in.index.index;
    const vg_index *old = vg_index_find(&spec->indexes, index->key);
    uint32_t count = spec->indexes.count;
    vg_index *at = VG_TAKE_N(e->arena, vg_index, (size_t)count + 1);

    if (!at) {
        vg_errand_no_memory(e);
        return false;
    }
    if (count > 0)
        memcpy(at, spec->indexes.at, count * sizeof *at);
    at[old ? (size_t)(old - spec->indexes.at) : count] = *index;
    spec->indexes = (vg_indexes){at, old ? count : count + 1};
    return true;
}

static bool remove_index(errand *e, vg_collection_spec *spec)
{
    const vg_index *old = vg_index_find(&spec->indexes, e->parent->in.index.index.key);
    vg_index *at = VG_TAKE_N(e->arena, vg_index, (size_t)spec->indexes.count + 1);
    uint32_t count = 0;

    if (!at) {
        vg_errand_no_memory(e);
        return false;
    }
    for (uint32_t i = 0; i < spec->indexes.count; i++)
        if (&spec->indexes.at[i] != old)
            at[count++] = spec->indexes.at[i];
    spec->indexes = (vg_indexes){at, count};
    return true;
}

/* The collection's spec after the change; false: failure is told. */
static bool make_spec(errand *e, vg_collection_spec *spec)
{
    *spec = e->parent->collection->spec;
    switch (e->parent->kind) {
    case VG_OP_CREATE_INDEX:
        return add_index(e, spec);
    case VG_OP_DROP_INDEX:
        return remove_index(e, spec);
    default:
        return vg_spec_merge(e->arena, &e->parent->collection->spec, e->parent->in.change.patch,
                             spec, &e->failure);
    }
}

/* ---- the backend's part ---- */

/* What could not be kept must not be begun. */
static void change_backend(errand *e)
{
    vg_collection_spec *spec = VG_TAKE(e->arena, vg_collection_spec);
    vg_slice text;
    vg_op *child;

    if (!spec)
        vg_errand_no_memory(e);
    if (!spec || !make_spec(e, spec) || (text = vg_errand_spec(e, spec)).len == 0) {
        vg_errand_finish(e);
        return;
    }
    e->row.spec = text;
    child = vg_errand_child(e, e->parent->kind, on_changed);
    if (!child)
        return;
    child->in = e->parent->in;
    child->collection = e->parent->collection;
    if (child->kind == VG_OP_UPDATE_COLLECTION) {
        child->in.change.physical = e->row.physical;
        child->in.change.spec = *spec;
    }
    vg_errand_run(e);
}

static void take_result(errand *e)
{
    vg_op *parent = e->parent;

    if (parent->kind == VG_OP_UPDATE_COLLECTION)
        parent->out.did = e->child->out.did;
    else
        parent->out.written = e->child->out.written;
}

static bool has_changed(const errand *e)
{
    const vg_index *index = &e->parent->in.index.index;

    return e->parent->kind != VG_OP_DROP_INDEX ||
           vg_index_find(&e->parent->collection->spec.indexes, index->key) != NULL;
}

static void on_changed(errand *e)
{
    if (!vg_errand_child_is_ok(e)) {
        /* whether it was changed is not known, and can be asked */
        if (vg_errand_is_sole(e) && !vg_errand_was_refused(e->child->status.code))
            vg_errand_forget(e);
        vg_errand_finish(e);
        return;
    }
    take_result(e);
    if (has_changed(e))
        vg_errand_make_index_job(e, on_job);
    else
        vg_errand_finish(e); /* the row does not have it either */
}

static void on_job(errand *e)
{
    if (vg_errand_child_is_ok(e))
        keep(e);
    else
        vg_errand_finish(e);
}

/* ---- the row's ---- */

static void keep(errand *e)
{
    vg_errand_update_spec(e, e->row.spec, on_kept);
}

static void on_kept(errand *e)
{
    vg_code code = e->child->status.code;

    if (vg_errand_lost_race(code) && ++e->tries < MOST_TRIES) {
        ask_row(e);
        return;
    }
    /* which version counts is not known; or the entry is not what the backend has any more */
    if (code != VG_OK && (vg_errand_is_sole(e) || !vg_errand_was_refused(code)))
        vg_errand_forget(e);
    if (vg_errand_child_is_ok(e) && vg_errand_keep_row(e, &e->child->out.row.row))
        vg_errand_publish(e);
    vg_errand_finish(e);
}

bool vg_catalog_update(vg_catalog *catalog, vg_op *op)
{
    errand *e = vg_errand_new(catalog, op, ask_row);

    if (!e)
        return false;
    e->finished = op->done;
    vg_errand_rename(e, op->collection->name);
    e->locks = true;
    vg_errand_start(e);
    return true;
}
