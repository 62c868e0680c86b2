/* See coded.h. */
#include "engine/coded.h"

#include <math.h>

bool vg_coded_walks(const vg_view *view, const vg_search_params *how)
{
    return view->codes && !how->ignores_quantization && vg_codes_next(view->codes) >= view->used;
}

uint32_t vg_coded_candidates(const vg_search_params *how, uint32_t wanted)
{
    double most = ceil((double)how->oversampling * wanted);

    if (most <= wanted) /* not given, too */
        return wanted;
    return most < (double)UINT32_MAX ? (uint32_t)most : UINT32_MAX;
}

bool vg_coded_begin(vg_arena *arena, const vg_view *view, const vg_search_params *how,
                    const vg_nearest *nearest, vg_coded *out)
{
    *out = (vg_coded){.rescores = how->rescore != VG_RESCORE_NO};
    if (!vg_coded_walks(view, how))
        return true;
    out->codes = view->codes;
    out->query = vg_codes_query(arena, view->codes, nearest->query);
    return out->query != NULL;
}

void vg_coded_offer(const vg_view *view, const vg_coded *coded, vg_nearest *nearest,
                    const vg_hit *hits, uint32_t count)
{
    bool rescores = coded->codes && coded->rescores;

    for (uint32_t i = 0; i < count; i++) {
        vg_hit hit = hits[i];

        if (rescores)
            hit.far = vg_exact_far(view, nearest, hit.slot);
        vg_exact_offer(view, nearest, hit);
    }
}

static bool is_sought(const vg_view *view, const vg_nearest *nearest, uint32_t slot)
{
    return vg_place_is_seen(vg_dense_place(view->dense, slot), view->operation) &&
           (!nearest->rows || vg_rowset_has(nearest->rows, vg_dense_row_of(view->dense, slot)));
}

uint64_t vg_coded_scan(const vg_view *view, const vg_coded *coded, uint32_t first,
                       vg_nearest *nearest)
{
    const vg_measure *measure;
    uint64_t compared = 0;

    if (!coded->codes || coded->rescores)
        return vg_exact_scan(view, first, nearest);
    measure = vg_codes_measure(coded->codes);
    for (uint32_t slot = first; slot < view->used; slot++) {
        vg_hit hit = {.slot = slot};

        if (!is_sought(view, nearest, slot))
            continue;
        measure->far(measure, coded->query, &slot, 1, &hit.far);
        vg_exact_offer(view, nearest, hit);
        compared++;
    }
    return compared;
}
