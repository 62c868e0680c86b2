/* What rows say is left half-made or half-deleted: at start, for jobs. */
#include "catalog/errand.h"

enum { PAGE = 1000 };

struct listing {
    vg_slice names[VG_UNFINISHED];
    uint32_t count;
    vg_slice after; /* the last name of the page before */
};

static errand_step ask_page, on_page;

static void ask_page(errand *e)
{
    const struct listing *l = e->own;
    vg_op *child = vg_errand_child(e, VG_OP_META_LIST, on_page);

    if (!child)
        return;
    child->in.list = (vg_meta_query){
        .tenant = e->row.tenant, .backend = e->row.backend, .after = l->after, .limit = PAGE};
    vg_errand_run(e);
}

static void take_page(errand *e)
{
    const vg_op *child = e->child;
    struct listing *l = e->own;

    for (uint32_t i = 0; i < child->out.rows.count && l->count < VG_UNFINISHED; i++) {
        const vg_meta_row *row = &child->out.rows.at[i];

        if (row->state != VG_META_READY && !vg_meta_is_reserved(row->name))
            l->names[l->count++] = vg_arena_copy(e->arena, row->name);
    }
    if (child->out.rows.count > 0)
        l->after = vg_arena_copy(e->arena, child->out.rows.at[child->out.rows.count - 1].name);
}

static void on_page(errand *e)
{
    struct listing *l = e->own;

    if (vg_errand_child_is_ok(e)) {
        take_page(e);
        if (!vg_arena_is_spent(e->arena) && e->child->out.rows.count >= PAGE &&
            l->count < VG_UNFINISHED) {
            ask_page(e);
            return;
        }
        if (vg_arena_is_spent(e->arena))
            vg_errand_no_memory(e);
        e->parent->out.names.at = l->names;
        e->parent->out.names.count = l->count;
    }
    vg_errand_finish(e);
}

bool vg_catalog_unfinished(vg_catalog *catalog, vg_op *op)
{
    struct listing *l = VG_TAKE(op->arena, struct listing);
    errand *e = l ? vg_errand_new(catalog, op, ask_page) : NULL;

    if (!e)
        return false;
    e->own = l;
    e->finished = op->done;
    vg_errand_start(e);
    return true;
}
