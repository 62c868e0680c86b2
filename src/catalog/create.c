/* Creating a collection, so that a crash leaves a row that tells what to finish:
 *
 *     META_GET ─(ready)─▶ it exists            (before it: is the name an alias?)
 *        ├─(left half-made or half-deleted)─▶ DROP ─▶ META_DELETE ─┐
 *        ├─(left half-made, adoptable)──────────────▶ META_DELETE ─┤
 *        └─(none)──────────────────────────────────────────────────┴▶ META_CREATE creating ─▶
 * is the tenant being erased? ─▶ CREATE │ META_DELETE ◀─(it is, refused)─┴─▶ its index's job, where
 * there is one to build ─▶ META_UPDATE ready
 *
 * Aliases of what was left go before its row. Before the new row is written they are looked for
 * once more, for what was taken away behind the gateway's back: an alias does not come to life
 * again.
 *
 * When it is not known whether the backend did what it was asked, the row stays as `creating`.
 * Where collections are adopted, such a row does not prove that the object is ours: it may have
 * been there all along, with somebody's points. It is not dropped; creating it again then says that
 * it exists. */
#include "catalog/errand.h"

static errand_step check_aliases, on_aliases, ask_row, on_row, drop_rest, on_rest_dropped,
    forget_rest, on_rest_forgotten, clean, write_row, on_row_written, on_mark, make_object, on_made,
    on_job, undo, on_undone, on_ready;

static void check_aliases(errand *e)
{
    vg_errand_need_aliases(e, on_aliases);
}

static void on_aliases(errand *e)
{
    vg_slice what;

    if (vg_alias_target(e->catalog, e->row.tenant, e->name).len == 0) {
        ask_row(e);
        return;
    }
    what = vg_arena_printf(e->arena,
                           "Can't create collection with name " VG_FMT
                           ". Alias with the same name already exists",
                           VG_ARG(e->name));
    vg_errand_fail(e, VG_INVALID, what, VG_LIT("name"));
    vg_errand_finish_later(e);
}

static void ask_row(errand *e)
{
    vg_errand_ask_row(e, on_row);
}

static void on_row(errand *e)
{
    const vg_op *child = e->child;

    if (!vg_errand_child_is_ok(e)) {
        vg_errand_finish(e);
    } else if (!child->out.row.found) {
        clean(e);
    } else if (child->out.row.row.state == VG_META_READY) {
        vg_errand_exists(e, e->name);
        vg_errand_finish(e);
    } else if (!vg_errand_keep_row(e, &child->out.row.row)) {
        vg_errand_finish(e);
    } else if (e->row.state == VG_META_CREATING && vg_errand_can_adopt_row(e, &e->row)) {
        forget_rest(e);
    } else {
        drop_rest(e);
    }
}

static void drop_rest(errand *e)
{
    vg_errand_drop_object(e, on_rest_dropped);
}

static void on_rest_dropped(errand *e)
{
    if (e->child->status.code == VG_NOT_FOUND || vg_errand_child_is_ok(e))
        vg_errand_clean_aliases(e, forget_rest);
    else
        vg_errand_finish(e);
}

static void forget_rest(errand *e)
{
    vg_errand_delete_row(e, on_rest_forgotten);
}

static void on_rest_forgotten(errand *e)
{
    if (vg_errand_child_is_ok(e))
        clean(e);
    else
        vg_errand_finish(e);
}

static void clean(errand *e)
{
    vg_errand_clean_aliases(e, write_row);
}

static void write_row(errand *e)
{
    vg_slice spec = vg_errand_spec(e, &e->parent->in.create.spec);
    vg_op *child;

    if (spec.len == 0 || !vg_errand_place(e, &e->parent->in.create.spec)) {
        vg_errand_finish(e);
        return;
    }
    child = vg_errand_row_child(e, VG_OP_META_CREATE, on_row_written);
    if (!child)
        return;
    child->in.row.physical = e->row.physical;
    child->in.row.raw_ids = e->row.raw_ids;
    child->in.row.state = VG_META_CREATING;
    child->in.row.spec = spec;
    child->in.row.created_ms = child->in.row.updated_ms = child->now_ms;
    e->rest = REST_UNCLEAR;
    vg_errand_run(e);
}

static void on_row_written(errand *e)
{
    if (e->child->status.code == VG_EXISTS)
        vg_errand_exists(e, e->name); /* another gateway was faster */
    if (vg_errand_was_refused(e->child->status.code))
        e->rest = REST_NONE;
    if (vg_errand_child_is_ok(e) && vg_errand_keep_row(e, &e->child->out.row.row)) {
        e->rest = REST_AS_KNOWN;
        vg_errand_ask_mark(e, on_mark);
    } else {
        vg_errand_finish(e);
    }
}

static void on_mark(errand *e)
{
    if (vg_errand_may_make(e))
        make_object(e);
    else
        undo(e);
}

static void make_object(errand *e)
{
    vg_op *child = vg_errand_child(e, VG_OP_CREATE_COLLECTION, on_made);

    if (!child)
        return;
    child->in.create.physical = e->row.physical;
    child->in.create.raw_ids = e->row.raw_ids;
    child->in.create.spec = e->parent->in.create.spec;
    vg_errand_run(e);
}

static void on_made(errand *e)
{
    if (e->child->status.code == VG_EXISTS)
        vg_errand_exists(e, e->name); /* it was there without a row: the next who asks adopts it */
    if (!vg_errand_child_is_ok(e)) {
        if (vg_errand_was_refused(e->child->status.code))
            undo(e);
        else
            vg_errand_finish(e);
        return;
    }
    if (e->child->out.made.is_indexed)
        on_job(e);
    else
        vg_errand_make_index_job(e, on_job);
}

static void on_job(errand *e)
{
    vg_op *child;

    if (!vg_errand_child_is_ok(e)) {
        vg_errand_finish(e);
        return;
    }
    child = vg_errand_child(e, VG_OP_META_UPDATE, on_ready);
    if (!child)
        return;
    child->in.row = e->row;
    child->in.row.state = VG_META_READY;
    child->in.row.updated_ms = child->now_ms;
    e->rest = REST_UNCLEAR;
    vg_errand_run(e);
}

static void undo(errand *e)
{
    e->rest = REST_UNCLEAR;
    vg_errand_delete_row(e, on_undone);
}

static void on_undone(errand *e)
{
    if (e->child->status.code == VG_OK)
        e->rest = REST_NONE;
    vg_errand_finish(e); /* with the failure that led here */
}

static void on_ready(errand *e)
{
    if (e->child->status.code == VG_OK)
        e->rest = REST_NONE;
    if (vg_errand_child_is_ok(e) && vg_errand_keep_row(e, &e->child->out.row.row) &&
        vg_errand_publish(e))
        e->parent->out.did = true;
    vg_errand_finish(e);
}

bool vg_catalog_create(vg_catalog *catalog, vg_op *op)
{
    errand *e = vg_errand_new(catalog, op, check_aliases);

    if (!e)
        return false;
    e->finished = op->done;
    if (!vg_collection_name_check(op->arena, op->name, &e->failure)) {
        vg_errand_finish_later(e);
        return true;
    }
    e->locks = true;
    vg_errand_start(e);
    return true;
}
