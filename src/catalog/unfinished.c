/* What rows of all tenants say is left half-made or half-deleted: at start, for jobs. */
#include "catalog/errand.h"

enum { PAGE = 1000 };

struct listing {
    vg_meta_row rows[VG_UNFINISHED];
    uint32_t count;
    vg_meta_row last; /* of the page before: its key */
};

static errand_step ask_page, on_page;

static void ask_page(errand *e)
{
    const struct listing *l = e->own;
    vg_op *child = vg_errand_child(e, VG_OP_META_LIST, on_page);

    if (!child)
        return;
    child->in.list = (vg_meta_query){.backend = e->row.backend,
                                     .after_tenant = l->last.tenant,
                                     .after_backend = l->last.backend,
                                     .after = l->last.name,
                                     .limit = PAGE};
    vg_errand_run(e);
}

static vg_meta_row key_of(errand *e, const vg_meta_row *row)
{
    return (vg_meta_row){.tenant = vg_arena_copy(e->arena, row->tenant),
                         .backend = vg_arena_copy(e->arena, row->backend),
                         .name = vg_arena_copy(e->arena, row->name)};
}

static void take_page(errand *e)
{
    const vg_op *child = e->child;
    struct listing *l = e->own;

    for (uint32_t i = 0; i < child->out.rows.count && l->count < VG_UNFINISHED; i++) {
        const vg_meta_row *row = &child->out.rows.at[i];

        if (row->state != VG_META_READY && !vg_meta_is_reserved(row->name))
            l->rows[l->count++] = key_of(e, row);
    }
    if (child->out.rows.count == 0)
        return;
    l->last = key_of(e, &child->out.rows.at[child->out.rows.count - 1]);
    l->last.name = vg_meta_leap(l->last.name);
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
        e->parent->out.rows.at = l->rows;
        e->parent->out.rows.count = l->count;
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
