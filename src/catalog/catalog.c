/* The catalog itself: what it is made of, and ending an errand early. The errands are in find.c,
 * create.c, drop.c, lost.c, list.c, update.c, index.c, change_aliases.c and sweep.c. */
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
    if (!catalog->cache) {
        free(catalog);
        return NULL;
    }
    return catalog;
}

void vg_catalog_free(vg_catalog *catalog)
{
    if (!catalog)
        return;
    VG_CHECK(catalog->busy == 0);
    vg_timer_stop(catalog->parts.loop, &catalog->sweep_again);
    vg_aliases_free(catalog);
    vg_cache_free(catalog->cache);
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
