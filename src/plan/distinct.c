/* See distinct.h. Clients mostly send ascending ids: then nothing is sorted. */
#include "plan/distinct.h"

#include <stdlib.h>

static int by_id(const void *a, const void *b)
{
    const vg_placed_id *one = a, *two = b;
    int order = vg_point_id_cmp(one->id, two->id);

    return order != 0 ? order : (one->place > two->place) - (one->place < two->place);
}

static bool ascend(const vg_placed_id *at, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        if (vg_point_id_cmp(at[i - 1].id, at[i].id) >= 0)
            return false;
    return true;
}

uint32_t vg_distinct_mark(vg_placed_id *at, uint32_t count, bool keeps_last, bool *repeats)
{
    uint32_t found = 0;

    if (ascend(at, count))
        return 0;
    qsort(at, count, sizeof *at, by_id);
    for (uint32_t i = 1; i < count; i++) {
        if (vg_point_id_cmp(at[i - 1].id, at[i].id) != 0)
            continue;
        repeats[at[keeps_last ? i - 1 : i].place] = true;
        found++;
    }
    return found;
}
