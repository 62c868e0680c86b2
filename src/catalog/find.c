/* Finding a collection: the cache, then the store's row, then what exists on a backend whose
 * collections can be adopted.
 *
 *     META_GET ─(ready)──────────────────────────────────────────────────────────▶ entry
 *        ├─(none)─▶ DESCRIBE ─(is there)─▶ with the name held, all once more ─▶ META_CREATE ─▶
 * entry └─(creating)─▶ with the name held, all once more ─▶ DESCRIBE ─▶ META_UPDATE ready ──▶ entry
 *
 * Only adopting changes something, so only that waits for others who change the name. A row that is
 * still `creating` when its name is held is left from a creation whose end nobody knows: what the
 * backend has counts. */
#include "catalog/errand.h"

static errand_step ask_row, on_row, describe, on_described, adopt, on_adopted;

static void no_such(errand *e)
{
    vg_errand_no_such(e);
    vg_errand_finish(e);
}

static void ask_row(errand *e)
{
    e->has_row = false;
    vg_errand_ask_row(e, on_row);
}

static void use_row(errand *e, const vg_meta_row *row)
{
    if (vg_errand_keep_row(e, row))
        vg_errand_publish(e);
    vg_errand_finish(e);
}

static void hold_name(errand *e)
{
    e->locks = true;
    vg_errand_start(e);
}

/* With the name held: nobody here is creating it now. */
static void look_at_leftover(errand *e)
{
    if (!e->holds)
        hold_name(e);
    else if (vg_errand_keep_row(e, &e->child->out.row.row))
        describe(e);
    else
        vg_errand_finish(e);
}

static void on_row(errand *e)
{
    const vg_op *child = e->child;

    if (!vg_errand_child_is_ok(e))
        vg_errand_finish(e);
    else if (e->is_stale)
        ask_row(e);
    else if (!child->out.row.found && vg_errand_can_adopt(e))
        describe(e);
    else if (child->out.row.found && child->out.row.row.state == VG_META_CREATING &&
             vg_errand_can_adopt(e))
        look_at_leftover(e);
    else if (!child->out.row.found || child->out.row.row.state != VG_META_READY)
        no_such(e);
    else
        use_row(e, &child->out.row.row);
}

static void describe(errand *e)
{
    vg_op *child = vg_errand_child(e, VG_OP_DESCRIBE, on_described);

    if (!child)
        return;
    child->in.collection.physical = e->row.physical;
    vg_errand_run(e);
}

static bool is_absent(const vg_op *child)
{
    return child->status.code == VG_NOT_FOUND ||
           (child->status.code == VG_OK && !child->out.info.exists);
}

static void on_described(errand *e)
{
    if (is_absent(e->child)) {
        no_such(e);
    } else if (!vg_errand_child_is_ok(e)) {
        vg_errand_finish(e);
    } else if (e->holds) {
        adopt(e);
    } else {
        hold_name(e);
    }
}

/* What exists on the backend becomes a row. */
static void adopt(errand *e)
{
    vg_slice spec = vg_errand_spec(e, &e->child->out.info.spec);
    vg_op *child;

    if (spec.len == 0) {
        vg_errand_finish(e);
        return;
    }
    child = vg_errand_child(e, e->has_row ? VG_OP_META_UPDATE : VG_OP_META_CREATE, on_adopted);
    if (!child)
        return;
    child->in.row = e->row;
    child->in.row.spec = spec;
    child->in.row.state = VG_META_READY;
    child->in.row.updated_ms = child->now_ms;
    if (!e->has_row)
        child->in.row.created_ms = child->now_ms;
    vg_errand_run(e);
}

/* Reading goes on while nothing can be written: the row serves whoever asked, and the next to ask
 * tries again to write it. */
static void use_unwritten(errand *e)
{
    if (vg_errand_keep_row(e, &e->child->in.row) && vg_errand_publish(e))
        vg_errand_forget(e);
    vg_errand_finish(e);
}

static void on_adopted(errand *e)
{
    vg_code code = e->child->status.code;

    if (code == VG_EXISTS || (e->has_row && (code == VG_CONFLICT || code == VG_NOT_FOUND)))
        ask_row(e); /* another gateway was faster: its row counts */
    else if (code == VG_READ_ONLY || code == VG_NO_SPACE)
        use_unwritten(e);
    else if (!vg_errand_child_is_ok(e))
        vg_errand_finish(e);
    else
        use_row(e, &e->child->out.row.row);
}

static void refuse_name(errand *e)
{
    vg_errand_no_such(e);
    vg_errand_finish_later(e);
}

bool vg_catalog_find(vg_catalog *catalog, vg_op *op, vg_catalog_found_fn *found)
{
    const vg_collection *known = vg_cache_find(catalog->cache, op->who->name, op->name);
    errand *e;

    if (known && vg_collection_hold(known, op->arena)) {
        op->collection = known;
        return true;
    }
    e = vg_errand_new(catalog, op, vg_collection_name_can_be(op->name) ? ask_row : refuse_name);
    if (!e) {
        vg_status_set(&op->status, VG_TOO_LARGE,
                      VG_LIT("the request needs more memory than one may have"), (vg_slice){0});
        return true;
    }
    e->finished = found;
    vg_errand_start(e);
    return false;
}
