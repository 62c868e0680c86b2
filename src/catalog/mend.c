/* At the start of a gateway whose backend is inside this process: what a crash left half-made or
 * half-deleted is finished or undone, so that nothing waits for somebody to ask for it. Nobody else
 * can be at work on such a backend; on one that gateways share this could undo what another is
 * doing, so there a leftover is mended by whoever asks for its name.
 *
 *     META_LIST, page by page: for each row that is not ready, with its name held
 *
 *     META_GET ─(deleting)─▶ DROP ──────────────────────────────────▶ META_DELETE
 *        └─(creating)─▶ DESCRIBE ─(nothing there)───────────────────────▲
 *                           └─(is there)─▶ META_UPDATE ready
 *
 * What fails is left as it is: whoever asks for the name meets it. */
#include "base/id.h"
#include "catalog/errand.h"

enum { PAGE = 1000, MEND_MS = 30000 };

static errand_step ask_page, on_page, look, on_row, on_dropped, on_described, on_end;

/* ---- one leftover ---- */

static void look(errand *e)
{
    vg_errand_ask_row(e, on_row);
}

static void on_row(errand *e)
{
    const vg_op *asked = e->child;
    bool is_deleting;
    vg_op *child;

    if (asked->status.code != VG_OK || !asked->out.row.found ||
        asked->out.row.row.state == VG_META_READY || !vg_errand_keep_row(e, &asked->out.row.row)) {
        vg_errand_finish(e);
        return;
    }
    is_deleting = e->row.state == VG_META_DELETING;
    child = vg_errand_child(e, is_deleting ? VG_OP_DROP_COLLECTION : VG_OP_DESCRIBE,
                            is_deleting ? on_dropped : on_described);
    if (!child)
        return;
    child->in.collection.physical = e->row.physical;
    vg_errand_run(e);
}

static void forget(errand *e)
{
    vg_op *child = vg_errand_row_child(e, VG_OP_META_DELETE, on_end);

    if (!child)
        return;
    child->in.row.version = e->row.version;
    vg_errand_run(e);
}

static void on_dropped(errand *e)
{
    if (e->child->status.code == VG_OK || e->child->status.code == VG_NOT_FOUND)
        forget(e);
    else
        vg_errand_finish(e);
}

static void on_described(errand *e)
{
    const vg_op *asked = e->child;
    vg_slice spec;
    vg_op *child;

    if (asked->status.code == VG_OK && !asked->out.info.exists) {
        forget(e);
        return;
    }
    spec = asked->status.code == VG_OK ? vg_errand_spec(e, &asked->out.info.spec) : (vg_slice){0};
    child = spec.len > 0 ? vg_errand_child(e, VG_OP_META_UPDATE, on_end) : NULL;
    if (!child) {
        if (spec.len == 0)
            vg_errand_finish(e);
        return;
    }
    child->in.row = e->row;
    child->in.row.spec = spec;
    child->in.row.state = VG_META_READY;
    child->in.row.updated_ms = child->now_ms;
    vg_errand_run(e);
}

static void on_end(errand *e)
{
    vg_errand_finish(e);
}

static void mend_one(errand *pages, vg_slice name)
{
    vg_op like = *pages->parent;
    errand *e;

    like.name = name;
    e = vg_errand_new_alone(pages->catalog, &like, look);
    if (!e)
        return;
    e->locks = true;
    vg_errand_start(e);
}

/* ---- all of them ---- */

static void ask_page(errand *e)
{
    vg_op *child = vg_errand_child(e, VG_OP_META_LIST, on_page);

    if (!child)
        return;
    child->in.list = (vg_meta_query){
        .tenant = e->row.tenant, .backend = e->row.backend, .after = e->row.name, .limit = PAGE};
    vg_errand_run(e);
}

static void on_page(errand *e)
{
    const vg_op *child = e->child;
    uint32_t count = child->status.code == VG_OK ? child->out.rows.count : 0;

    for (uint32_t i = 0; i < count; i++)
        if (child->out.rows.at[i].state != VG_META_READY)
            mend_one(e, child->out.rows.at[i].name);
    if (count == PAGE)
        e->row.name = vg_arena_copy(e->arena, child->out.rows.at[PAGE - 1].name);
    if (count == PAGE && e->row.name.len > 0)
        ask_page(e);
    else
        vg_errand_finish(e);
}

void vg_catalog_mend(vg_catalog *catalog, const vg_tenant *tenant)
{
    const vg_loop *loop = catalog->parts.loop;
    vg_op like = {.who = tenant,
                  .deadline_ns = vg_loop_now_ns(loop) + (uint64_t)MEND_MS * 1000000,
                  .now_ms = vg_loop_wall_ms(loop)};
    errand *e;

    if (vg_runner_backend(catalog->parts.backend)->adapter->via != VG_VIA_LOCAL)
        return;
    vg_random_bytes(like.chance, sizeof like.chance);
    e = vg_errand_new_alone(catalog, &like, ask_page);
    if (e)
        vg_errand_start(e);
}
