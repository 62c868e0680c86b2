/* See scorer.h. Of each scoring what `total` and `held` are until the end:
 *
 *     best score   the largest s to a positive        the largest s to a negative
 *     sum          sum of s to positives              sum of s to negatives
 *     discovery    pairs won less pairs lost          s to the positive of this pair, to the target
 *     context      what lost pairs cost               s to the positive of this pair */
#include "engine/scorer.h"

#include <float.h>
#include <math.h>

/* x / (1 + |x|), which ends at -1 and 1. */
static float soften(float x)
{
    return isinf(x) ? copysignf(1, x) : x / (1 + fabsf(x));
}

static float sigmoid(float x)
{
    return (soften(x) + 1) * 0.5F;
}

void vg_scorer_begin(vg_scoring scoring, vg_lanes *lanes)
{
    float first = scoring == VG_BY_BEST_SCORE ? -INFINITY : 0;

    for (uint32_t i = 0; i < lanes->count; i++)
        lanes->total[i] = lanes->held[i] = first;
}

static void keep_larger(const float *similar, uint32_t count, float *to)
{
    for (uint32_t i = 0; i < count; i++)
        to[i] = similar[i] > to[i] ? similar[i] : to[i];
}

static void add(const float *similar, uint32_t count, float *to)
{
    for (uint32_t i = 0; i < count; i++)
        to[i] += similar[i];
}

static void hold(const float *similar, vg_lanes *lanes)
{
    memcpy(lanes->held, similar, lanes->count * sizeof *similar);
}

/* Is the point on the positive's side of the pair? */
static void judge_pair(const float *negative, vg_lanes *lanes)
{
    for (uint32_t i = 0; i < lanes->count; i++)
        lanes->total[i] += (float)((lanes->held[i] > negative[i]) - (lanes->held[i] < negative[i]));
}

/* How far is it on the negative's? */
static void charge_pair(const float *negative, vg_lanes *lanes)
{
    for (uint32_t i = 0; i < lanes->count; i++) {
        float won = lanes->held[i] - negative[i] - FLT_EPSILON;

        lanes->total[i] += won < 0 ? soften(won) : 0;
    }
}

void vg_scorer_fold(vg_scoring scoring, vg_role role, const float *similar, vg_lanes *lanes)
{
    float *to = role == VG_POSITIVE ? lanes->total : lanes->held;

    switch (scoring) {
    case VG_BY_BEST_SCORE:
        keep_larger(similar, lanes->count, to);
        return;
    case VG_BY_SUM_SCORES:
        add(similar, lanes->count, to);
        return;
    case VG_BY_DISCOVERY:
        if (role == VG_NEGATIVE)
            judge_pair(similar, lanes);
        else
            hold(similar, lanes);
        return;
    default:
        if (role == VG_NEGATIVE)
            charge_pair(similar, lanes);
        else
            hold(similar, lanes);
    }
}

static float finish(vg_scoring scoring, float total, float held)
{
    switch (scoring) {
    case VG_BY_BEST_SCORE:
        return total > held ? sigmoid(total) : -sigmoid(held);
    case VG_BY_SUM_SCORES:
        return total - held;
    case VG_BY_DISCOVERY:
        return total + sigmoid(held);
    default:
        return total;
    }
}

void vg_scorer_end(vg_scoring scoring, vg_lanes *lanes)
{
    for (uint32_t i = 0; i < lanes->count; i++) {
        float score = finish(scoring, lanes->total[i], lanes->held[i]);

        lanes->total[i] = isnan(score) ? -INFINITY : score;
    }
}
