/* See fusion.h. All hits become one row, in the order in which they were seen; sorted by id, those
 * of one point stand together and become one; sorted by score, they are the answer. */
#include "plan/fusion.h"

#include <math.h>
#include <stdlib.h>

typedef struct entry {
    const vg_point *point;
    uint32_t order; /* when it was seen */
    float score;
} entry;

typedef struct entries {
    entry *at;
    uint32_t count;
} entries;

static int by_order(const entry *a, const entry *b)
{
    return (a->order > b->order) - (a->order < b->order);
}

static int by_id(const void *a, const void *b)
{
    const entry *one = a, *two = b;
    int sign = vg_point_id_cmp(&one->point->id, &two->point->id);

    return sign != 0 ? sign : by_order(one, two);
}

static int by_score(const void *a, const void *b)
{
    const entry *one = a, *two = b;

    if (one->score != two->score)
        return one->score > two->score ? -1 : 1;
    return by_order(one, two);
}

static void sort(entries *all, int (*compare)(const void *, const void *))
{
    if (all->count > 1)
        qsort(all->at, all->count, sizeof *all->at, compare);
}

/* ---- scores of one list ---- */

typedef struct spread {
    double low, width; /* width 0: all are alike */
} spread;

typedef float scorer(const vg_point *point, uint32_t rank, const spread *spread);

static float score_rrf(const vg_point *point, uint32_t rank, const spread *of)
{
    (void)point;
    (void)of;
    return 1.0f / ((float)rank + 2.0f);
}

static float score_dbsf(const vg_point *point, uint32_t rank, const spread *of)
{
    (void)rank;
    return of->width > 0 ? (float)(((double)point->score - of->low) / of->width) : 0.5f;
}

static bool are_alike(const vg_points *list)
{
    for (uint32_t i = 1; i < list->count; i++)
        if (list->at[i].score != list->at[0].score)
            return false;
    return true;
}

static spread measure(const vg_points *list)
{
    double mean = 0, squares = 0, deviation;

    if (are_alike(list)) /* by their deviation it would be known but nearly */
        return (spread){0, 0};
    for (uint32_t i = 0; i < list->count; i++)
        mean += (double)list->at[i].score;
    mean /= list->count;
    for (uint32_t i = 0; i < list->count; i++)
        squares += ((double)list->at[i].score - mean) * ((double)list->at[i].score - mean);
    deviation = sqrt(squares / (list->count - 1));
    return (spread){mean - 3 * deviation, 6 * deviation};
}

/* ---- merging ---- */

static bool take_all(vg_arena *arena, const vg_points *lists, uint32_t count, entries *out)
{
    size_t total = 0;

    for (uint32_t i = 0; i < count; i++)
        total += lists[i].count;
    *out = (entries){0};
    if (total > UINT32_MAX)
        return false;
    out->at = VG_TAKE_N(arena, entry, total + 1);
    return out->at != NULL;
}

static void gather(entries *all, const vg_points *lists, uint32_t count, scorer *score)
{
    for (uint32_t i = 0; i < count; i++) {
        spread of = measure(&lists[i]);

        for (uint32_t rank = 0; rank < lists[i].count; rank++) {
            const vg_point *point = &lists[i].at[rank];

            all->at[all->count] = (entry){point, all->count, score(point, rank, &of)};
            all->count++;
        }
    }
}

/* Those of one point become one, the first that was seen. */
static void merge(entries *all)
{
    uint32_t used = 0;

    sort(all, by_id);
    for (uint32_t i = 0; i < all->count; i++) {
        bool is_again =
            used > 0 && vg_point_id_cmp(&all->at[used - 1].point->id, &all->at[i].point->id) == 0;

        if (is_again)
            all->at[used - 1].score += all->at[i].score;
        else
            all->at[used++] = all->at[i];
    }
    all->count = used;
}

static uint32_t count_passing(const entries *all, const vg_fusion_cut *cut)
{
    uint64_t most = (uint64_t)cut->limit + cut->offset;
    uint32_t count = all->count < most ? all->count : (uint32_t)most;

    while (cut->has_threshold && count > 0 && !(all->at[count - 1].score >= cut->threshold))
        count--;
    return count;
}

static bool write_out(vg_arena *arena, entries *all, const vg_fusion_cut *cut, vg_points *out)
{
    uint32_t end, count;
    vg_point *points;

    sort(all, by_score);
    end = count_passing(all, cut);
    count = end > cut->offset ? end - cut->offset : 0;
    points = VG_TAKE_N(arena, vg_point, (size_t)count + 1);
    if (!points)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        points[i] = *all->at[cut->offset + i].point;
        points[i].score = all->at[cut->offset + i].score;
        points[i].has_score = true;
    }
    *out = (vg_points){points, count};
    return true;
}

static bool fuse(vg_arena *arena, const vg_points *lists, uint32_t count, scorer *score,
                 entries *all)
{
    if (!take_all(arena, lists, count, all))
        return false;
    gather(all, lists, count, score);
    merge(all);
    return true;
}

bool vg_fusion_rrf(vg_arena *arena, const vg_points *lists, uint32_t count,
                   const vg_fusion_cut *cut, vg_points *out)
{
    entries all;

    return fuse(arena, lists, count, score_rrf, &all) && write_out(arena, &all, cut, out);
}

bool vg_fusion_dbsf(vg_arena *arena, const vg_points *lists, uint32_t count,
                    const vg_fusion_cut *cut, vg_points *out)
{
    entries all;

    return fuse(arena, lists, count, score_dbsf, &all) && write_out(arena, &all, cut, out);
}

const vg_point_id *vg_fusion_union(vg_arena *arena, const vg_points *lists, uint32_t count,
                                   uint32_t *id_count)
{
    entries all;
    vg_point_id *ids;

    *id_count = 0;
    if (!fuse(arena, lists, count, score_rrf, &all))
        return NULL;
    ids = VG_TAKE_N(arena, vg_point_id, (size_t)all.count + 1);
    for (uint32_t i = 0; ids && i < all.count; i++)
        ids[i] = all.at[i].point->id;
    *id_count = ids ? all.count : 0;
    return ids;
}
