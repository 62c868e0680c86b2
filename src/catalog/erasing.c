/* A tenant that is being erased, which a row of it says (VG_META_ERASING), so that all gateways
 * know. Whoever makes something for a tenant writes it first and then looks for that row: whoever
 * erases writes that row first and then looks for what is there. So one of them sees the other, and
 * nothing comes to be that is not erased. */
#include "base/check.h"
#include "catalog/errand.h"

void vg_errand_ask_mark(errand *e, errand_step *then)
{
    vg_op *child = vg_errand_row_child(e, VG_OP_META_GET, then);

    if (!child)
        return;
    child->in.row.name = VG_META_ERASING;
    vg_errand_run(e);
}

bool vg_errand_may_make(errand *e)
{
    if (!vg_errand_child_is_ok(e))
        return false;
    if (!e->child->out.row.found)
        return true;
    vg_errand_fail(e, VG_CONFLICT,
                   vg_arena_printf(e->arena,
                                   "tenant `" VG_FMT "` is being erased: nothing can be made for "
                                   "it before that has ended",
                                   VG_ARG(e->row.tenant)),
                   VG_LIT("tenant"));
    return false;
}

bool vg_errand_is_erased(const errand *e)
{
    return e->failure.code == VG_CONFLICT && vg_slice_is(e->failure.where, VG_LIT("tenant"));
}

void vg_catalog_forget_tenant(vg_catalog *catalog, vg_slice tenant)
{
    vg_cache_drop_tenant(catalog->cache, tenant);
    vg_aliases_forget(catalog, tenant);
    for (vg_list *at = catalog->errands.next; at != &catalog->errands; at = at->next) {
        errand *e = vg_container_of(at, errand, link);

        if (vg_slice_is(e->row.tenant, tenant))
            e->is_stale = true;
    }
    vg_metrics_set(catalog->parts.metrics, VG_M_collections, catalog->label,
                   (int64_t)vg_cache_count(catalog->cache));
}

void vg_catalog_tenant_changed(vg_catalog *catalog, vg_slice tenant)
{
    vg_catalog_forget_tenant(catalog, tenant);
    vg_epochs_changed(catalog->epochs, tenant);
}
