/* Deleting a collection, in the reverse order of creating it:
 *
 *     META_GET ─▶ META_UPDATE deleting ─▶ DROP ─▶ its aliases go ─▶ META_DELETE
 *        │                                 └─(refused)─▶ META_UPDATE ready
 *        └─(none)──────────────────────▶ DROP, on a backend whose collections can be adopted
 *
 * Names are real ones: an alias is not deleted here, nor what it stands for (FACTS 2). When it is
 * not known whether the backend did what it was asked, the row stays as `deleting`. */
#include "catalog/errand.h"

static errand_step ask_row, on_row, go_on, mark, on_marked, drop_object, on_dropped, restore,
    on_restored, forget, on_forgotten;

static void ask_row(errand *e)
{
    vg_errand_ask_row(e, on_row);
}

static void on_row(errand *e)
{
    const vg_op *child = e->child;

    if (!vg_errand_child_is_ok(e))
        vg_errand_finish(e);
    else if (!child->out.row.found && vg_errand_can_adopt(e) &&
             vg_alias_target(e->catalog, e->row.tenant, e->name).len == 0)
        drop_object(e);
    else if (!child->out.row.found || !vg_errand_keep_row(e, &child->out.row.row))
        vg_errand_finish(e);
    else if (e->row.state == VG_META_READY)
        mark(e);
    else
        go_on(e); /* somebody stopped half-way: from there */
}

static void go_on(errand *e)
{
    e->rest = REST_UNCLEAR;
    drop_object(e);
}

static vg_op *update_child(errand *e, vg_meta_state state, errand_step *then)
{
    vg_op *child = vg_errand_child(e, VG_OP_META_UPDATE, then);

    if (!child)
        return NULL;
    child->in.row = e->row;
    child->in.row.state = state;
    child->in.row.updated_ms = child->now_ms;
    return child;
}

static void mark(errand *e)
{
    if (!update_child(e, VG_META_DELETING, on_marked))
        return;
    e->rest = REST_UNCLEAR;
    vg_errand_run(e);
}

static void on_marked(errand *e)
{
    bool is_marked = vg_errand_child_is_ok(e);

    if (is_marked || !vg_errand_was_refused(e->child->status.code))
        vg_errand_forget(e); /* the row is no longer ready, or perhaps not */
    else
        e->rest = REST_NONE;
    if (!is_marked) {
        vg_errand_finish(e);
        return;
    }
    e->parent->out.did = true;
    if (vg_errand_keep_row(e, &e->child->out.row.row)) {
        e->rest = REST_AS_KNOWN;
        drop_object(e);
    } else {
        vg_errand_finish(e);
    }
}

static void drop_object(errand *e)
{
    vg_errand_drop_object(e, on_dropped);
}

static void on_dropped(errand *e)
{
    const vg_op *child = e->child;
    bool was_absent = child->status.code == VG_NOT_FOUND;
    bool did = e->parent->out.did;

    if (!was_absent && !vg_errand_child_is_ok(e)) {
        if (did && vg_errand_was_refused(child->status.code))
            restore(e);
        else
            vg_errand_finish(e);
    } else {
        if (!e->has_row ||
            (e->row.state == VG_META_CREATING && vg_errand_can_adopt_row(e, &e->row)))
            e->parent->out.did = !was_absent && child->out.did;
        if (e->has_row)
            vg_errand_clean_aliases(e, forget);
        else
            vg_errand_finish(e);
    }
}

static void restore(errand *e)
{
    e->rest = REST_UNCLEAR;
    if (update_child(e, VG_META_READY, on_restored))
        vg_errand_run(e);
}

static void on_restored(errand *e)
{
    if (e->child->status.code == VG_OK)
        e->rest = REST_NONE;
    vg_errand_finish(e); /* with the failure that led here */
}

static void forget(errand *e)
{
    e->rest = REST_UNCLEAR;
    vg_errand_delete_row(e, on_forgotten);
}

static void on_forgotten(errand *e)
{
    if (vg_errand_child_is_ok(e))
        e->rest = REST_NONE;
    vg_errand_finish(e);
}

bool vg_catalog_drop(vg_catalog *catalog, vg_op *op)
{
    errand *e = vg_errand_new(catalog, op, ask_row);

    if (!e)
        return false;
    e->finished = op->done;
    op->out.did = false;
    if (!vg_collection_name_can_be(op->name)) {
        vg_errand_finish_later(e); /* there is none: no error */
        return true;
    }
    e->locks = true;
    vg_errand_start(e);
    return true;
}
