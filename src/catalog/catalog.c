/* The catalog itself: what it is made of, and ending an errand early. The errands are in find.c,
 * create.c, drop.c, lost.c, list.c, update.c, change_aliases.c, unfinished.c and repair.c. */
#include "catalog/catalog.h"

#include <stdlib.h>

#include "base/check.h"
#include "catalog/errand.h"

vg_catalog *vg_catalog_new(const vg_catalog_parts *parts)
{
    vg_catalog *catalog = calloc(1, sizeof *catalog);

    if (!catalog)
        return NULL;
    catalog->parts = *parts;
    if (parts->metrics)
        catalog->label.backend = vg_metrics_backend(
            parts->metrics, vg_slice_str(vg_runner_backend(parts->backend)->adapter->name));
    vg_list_init(&catalog->errands);
    vg_list_init(&catalog->aliases);
    vg_list_init(&catalog->waiting);
    vg_list_init(&catalog->holding);
    catalog->cache = vg_cache_new();
    catalog->epochs = vg_epochs_new(parts->generations);
    catalog->held = parts->holds ? calloc(VG_HOLDS_SLOTS, sizeof *catalog->held) : NULL;
    if (catalog->cache && catalog->epochs && (catalog->held || !parts->holds))
        return catalog;
    vg_catalog_free(catalog);
    return NULL;
}

void vg_catalog_free(vg_catalog *catalog)
{
    if (!catalog)
        return;
    VG_CHECK(catalog->busy == 0);
    vg_aliases_free(catalog);
    vg_cache_free(catalog->cache);
    vg_epochs_free(catalog->epochs);
    free(catalog->held);
    if (catalog->look.slot != 0)
        vg_timer_stop(catalog->parts.loop, &catalog->look);
    free(catalog);
}

uint32_t vg_catalog_busy(const vg_catalog *catalog)
{
    return catalog->busy;
}

void vg_catalog_cancel(vg_catalog *catalog, vg_op *op, vg_code why)
{
    for (vg_list *at = catalog->errands.next; at != &catalog->errands; at = at->next) {
        errand *e = vg_container_of(at, errand, link);

        if (e->parent != op)
            continue;
        vg_errand_cancel(e, why);
        return;
    }
}

/* ---- jobs ---- */

void vg_catalog_set_jobs(vg_catalog *catalog, const vg_catalog_jobs *jobs)
{
    catalog->jobs = jobs ? *jobs : (vg_catalog_jobs){0};
}

void vg_catalog_describe(vg_catalog *catalog, vg_op *op)
{
    if (catalog->jobs.describe && op->collection && op->out.info.exists)
        catalog->jobs.describe(catalog->jobs.arg, op);
}

bool vg_catalog_ask_jobs(vg_catalog *catalog, vg_op *op)
{
    if (catalog->jobs.ask)
        return catalog->jobs.ask(catalog->jobs.arg, op);
    vg_status_set(&op->status, VG_UNSUPPORTED, VG_LIT("this gateway has no jobs"), (vg_slice){0});
    return false;
}
