/* Deleting a collection, in the reverse order of creating it:
 *
 *     META_GET ─▶ META_UPDATE deleting ─▶ DROP ─▶ META_DELETE
 *        └─(none)──────────────────────▶ DROP, on a backend whose collections can be adopted
 *
 * and forgetting one that the backend no longer has. */
#include "catalog/errand.h"

static errand_step ask_row, on_row, mark, on_marked, drop_object, on_dropped, on_forgotten, forget;

static void ask_row(errand *e)
{
    vg_op *child = vg_errand_child(e, VG_OP_META_GET, on_row);

    if (!child)
        return;
    vg_errand_key(e, child);
    vg_errand_run(e);
}

static void on_row(errand *e)
{
    const vg_op *child = e->child;
    bool can_adopt = vg_runner_backend(e->catalog->parts.backend)->adapter->can.supports_adoption;

    if (!vg_errand_child_is_ok(e))
        vg_errand_finish(e);
    else if (!child->out.row.found && can_adopt)
        drop_object(e);
    else if (!child->out.row.found || !vg_errand_keep_row(e, &child->out.row.row))
        vg_errand_finish(e);
    else if (e->row.state == VG_META_READY)
        mark(e);
    else
        drop_object(e); /* somebody stopped half-way: go on from there */
}

static void mark(errand *e)
{
    vg_op *child = vg_errand_child(e, VG_OP_META_UPDATE, on_marked);

    if (!child)
        return;
    child->in.row = e->row;
    child->in.row.state = VG_META_DELETING;
    child->in.row.updated_ms = child->now_ms;
    vg_errand_run(e);
}

static void on_marked(errand *e)
{
    if (!vg_errand_child_is_ok(e) || !vg_errand_keep_row(e, &e->child->out.row.row)) {
        vg_errand_finish(e);
        return;
    }
    e->parent->out.did = true;
    vg_cache_drop(e->catalog->cache, e->row.tenant, e->row.name);
    vg_catalog_count(e->catalog);
    drop_object(e);
}

static void drop_object(errand *e)
{
    vg_op *child = vg_errand_child(e, VG_OP_DROP_COLLECTION, on_dropped);

    if (!child)
        return;
    child->in.collection.physical = e->row.physical;
    vg_errand_run(e);
}

static void on_dropped(errand *e)
{
    bool is_gone = e->child->status.code == VG_NOT_FOUND;

    if (!is_gone && !vg_errand_child_is_ok(e)) {
        vg_errand_finish(e); /* the row says `deleting`: the next attempt goes on from here */
        return;
    }
    if (!e->has_row) {
        e->parent->out.did = !is_gone && e->child->out.did;
        vg_errand_finish(e);
        return;
    }
    forget(e);
}

static void forget(errand *e)
{
    vg_op *child = vg_errand_child(e, VG_OP_META_DELETE, on_forgotten);

    if (!child)
        return;
    vg_errand_key(e, child);
    child->in.row.version = e->row.version;
    vg_errand_run(e);
}

static void on_forgotten(errand *e)
{
    vg_errand_child_is_ok(e);
    vg_errand_finish(e);
}

bool vg_catalog_drop(vg_catalog *catalog, vg_op *op)
{
    errand *e = vg_errand_new(catalog, op, ask_row);

    if (!e)
        return false;
    e->finished = op->done;
    e->locks = true;
    vg_errand_start(e);
    return true;
}

void vg_catalog_lost(vg_catalog *catalog, const vg_op *op)
{
    errand *e;

    vg_cache_drop(catalog->cache, op->who->name, op->name);
    vg_catalog_count(catalog);
    e = vg_errand_new_alone(catalog, op, op->name, forget);
    if (!e)
        return; /* the row stays: whoever uses it next comes here again */
    e->row.version = op->collection->version;
    e->locks = true;
    vg_errand_start(e);
}
