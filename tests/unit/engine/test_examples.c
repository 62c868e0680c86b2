/* Searches by examples beside the plainest way: all points, one after the other, in double
 * precision. Random examples (given and stored), filters, thresholds and pages, several searches at
 * once, every metric and every scoring. Numbers are small and whole but for Cosine, so that who
 * wins a pair does not hang on the last digit. VG_SEED=… repeats a run. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "asking.h"

enum { POINTS = 700, SIZE = 5, MOST = 4, KINDS = 50, TURNS = 60, TOGETHER = 4 };
#define SLACK 2e-4

typedef struct world {
    bench *bench;
    vg_arena *arena; /* of one turn */
    uint64_t seed;
    vg_distance distance;
    float vectors[POINTS][SIZE]; /* as stored; the id is the place */
    bool has[POINTS];            /* a vector */
} world;

/* A search, and the same as numbers. */
typedef struct asked {
    vg_search search;
    vg_example positive[MOST], negative[MOST];
    vg_point_id except[MOST];
    double positives[MOST][SIZE], negatives[MOST][SIZE], target[SIZE];
    vg_condition kind;
    vg_filter filter; /* of that kind, so few that each is looked for; or of all others */
} asked;

static uint32_t below(world *w, uint32_t bound)
{
    return (uint32_t)(next_random(&w->seed) % bound);
}

static void choose_vector(world *w, float *to)
{
    for (int i = 0; i < SIZE; i++)
        to[i] = w->distance == VG_COSINE ? random_float(&w->seed) : (float)below(w, 7) - 3;
}

static void fill(world *w)
{
    vg_point *points = VG_TAKE_N(w->bench->arena, vg_point, POINTS);
    vg_vector *vectors = VG_TAKE_N(w->bench->arena, vg_vector, POINTS);
    char payload[24];

    assert_int_equal(make_plain(w->bench, SIZE, w->distance), VG_OK);
    for (uint32_t i = 0; i < POINTS; i++) {
        choose_vector(w, w->vectors[i]);
        w->has[i] = below(w, 20) > 0;
        vectors[i] = floats((vg_slice){0}, w->vectors[i], SIZE);
        snprintf(payload, sizeof payload, "{\"n\":%" PRIu32 "}", i % KINDS);
        points[i] = (vg_point){.id = number(i),
                               .vectors = &vectors[i],
                               .vector_count = w->has[i],
                               .payload = padded(w->bench, payload)};
    }
    assert_int_equal(upsert_points(w->bench, "c", points, POINTS, NULL), VG_OK);
    for (uint32_t i = 0; i < POINTS; i++)
        if (w->distance == VG_COSINE)
            vg_exact_normalise(w->vectors[i], SIZE);
}

/* ---- questions ---- */

static void widen(const float *from, double *to)
{
    for (int i = 0; i < SIZE; i++)
        to[i] = (double)from[i];
}

static uint32_t choose_stored(world *w)
{
    uint32_t id;

    do
        id = below(w, POINTS);
    while (!w->has[id]);
    return id;
}

static void choose_example(world *w, vg_example *example, double *numbers)
{
    float *raw = VG_TAKE_N(w->arena, float, SIZE);

    *example = (vg_example){0};
    if (below(w, 2)) {
        example->id = number(choose_stored(w));
        widen(w->vectors[example->id.num], numbers);
        return;
    }
    choose_vector(w, raw);
    raw[0] += 0.25F; /* never zero */
    example->vector = floats((vg_slice){0}, raw, SIZE);
    widen(raw, numbers);
}

static void choose_counts(world *w, vg_search *search)
{
    search->positive_count = below(w, MOST + 1);
    search->negative_count = below(w, MOST + 1);
    if (search->scoring == VG_BY_DISCOVERY || search->scoring == VG_BY_CONTEXT)
        search->negative_count = search->positive_count;
    else if (search->positive_count == 0)
        search->positive_count = search->scoring == VG_BY_AVERAGE || search->negative_count == 0;
}

static void choose_examples(world *w, asked *a)
{
    vg_example target;

    choose_counts(w, &a->search);
    choose_example(w, &target, a->target);
    a->search.by_id = target.id;
    a->search.vector = target.vector;
    for (uint32_t i = 0; i < a->search.positive_count; i++)
        choose_example(w, &a->positive[i], a->positives[i]);
    for (uint32_t i = 0; i < a->search.negative_count; i++)
        choose_example(w, &a->negative[i], a->negatives[i]);
    a->search.positive = a->positive;
    a->search.negative = a->negative;
}

static void choose(world *w, asked *a)
{
    *a = (asked){.search = {.scoring = (vg_scoring)below(w, VG_SCORINGS),
                            .limit = 1 + below(w, below(w, 4) ? 30 : POINTS),
                            .offset = below(w, 3) ? 0 : below(w, 5),
                            .except = a->except,
                            .except_count = below(w, MOST)}};
    choose_examples(w, a);
    for (int i = 0; i < MOST; i++)
        a->except[i] = number(below(w, POINTS + 5));
    if (below(w, 2)) {
        a->kind = has_integer("n", below(w, KINDS));
        a->filter = below(w, 2) ? only(&a->kind) : (vg_filter){.must_not = {&a->kind, 1}};
        a->search.filter = &a->filter;
    }
    if (below(w, 3) == 0) {
        a->search.has_threshold = true;
        a->search.threshold = random_float(&w->seed) * (w->distance == VG_COSINE ? 1 : 6);
    }
}

/* ---- the plainest way ---- */

static double length(const double *a)
{
    double square = 0;

    for (int i = 0; i < SIZE; i++)
        square += a[i] * a[i];
    return sqrt(square);
}

static double similar(const world *w, const double *a, const float *stored)
{
    double dot = 0, square = 0, sum = 0, b[SIZE];

    widen(stored, b);
    for (int i = 0; i < SIZE; i++) {
        dot += a[i] * b[i];
        square += (a[i] - b[i]) * (a[i] - b[i]);
        sum += fabs(a[i] - b[i]);
    }
    if (w->distance == VG_COSINE)
        return length(a) > 0 ? dot / length(a) : 0;
    if (w->distance == VG_EUCLID)
        return -square;
    return w->distance == VG_MANHATTAN ? -sum : dot;
}

static double soft(double x)
{
    return x / (1 + fabs(x));
}

static double sigmoid(double x)
{
    return (soft(x) + 1) / 2;
}

static double best_of(const world *w, const float *v, const double from[MOST][SIZE], uint32_t count)
{
    double best = -INFINITY;

    for (uint32_t i = 0; i < count; i++)
        best = fmax(best, similar(w, from[i], v));
    return best;
}

static double sum_of(const world *w, const float *v, const double from[MOST][SIZE], uint32_t count)
{
    double sum = 0;

    for (uint32_t i = 0; i < count; i++)
        sum += similar(w, from[i], v);
    return sum;
}

static double to_average(const world *w, const asked *a, const float *v)
{
    double query[SIZE];

    for (int k = 0; k < SIZE; k++) {
        double positive = 0, negative = 0;

        for (uint32_t i = 0; i < a->search.positive_count; i++)
            positive += a->positives[i][k] / a->search.positive_count;
        for (uint32_t i = 0; i < a->search.negative_count; i++)
            negative += a->negatives[i][k] / a->search.negative_count;
        query[k] = a->search.negative_count ? 2 * positive - negative : positive;
    }
    return similar(w, query, v);
}

static double by_pairs(const world *w, const asked *a, const float *v)
{
    double total = a->search.scoring == VG_BY_DISCOVERY ? sigmoid(similar(w, a->target, v)) : 0;

    for (uint32_t i = 0; i < a->search.positive_count; i++) {
        double won = similar(w, a->positives[i], v) - similar(w, a->negatives[i], v);

        if (a->search.scoring == VG_BY_CONTEXT)
            total += soft(fmin(won - 1.1920929e-7, 0));
        else
            total += (won > 0) - (won < 0);
    }
    return total;
}

/* Larger is better. */
static double worth(const world *w, const asked *a, const float *v)
{
    const vg_search *s = &a->search;
    double best, worst;

    switch (s->scoring) {
    case VG_BY_NEAREST:
        return similar(w, a->target, v);
    case VG_BY_AVERAGE:
        return to_average(w, a, v);
    case VG_BY_BEST_SCORE:
        best = best_of(w, v, a->positives, s->positive_count);
        worst = best_of(w, v, a->negatives, s->negative_count);
        return best > worst ? sigmoid(best) : -sigmoid(worst);
    case VG_BY_SUM_SCORES:
        return sum_of(w, v, a->positives, s->positive_count) -
               sum_of(w, v, a->negatives, s->negative_count);
    default:
        return by_pairs(w, a, v);
    }
}

static bool is_nearest(const asked *a)
{
    return a->search.scoring <= VG_BY_AVERAGE;
}

static double reported(const world *w, const asked *a, double worth)
{
    if (!is_nearest(a) || vg_distance_descends(w->distance))
        return worth;
    return w->distance == VG_EUCLID ? sqrt(-worth) : -worth;
}

static bool is_example(const asked *a, uint32_t id)
{
    const vg_search *s = &a->search;
    bool has_target = s->scoring == VG_BY_NEAREST || s->scoring == VG_BY_DISCOVERY;
    bool found = has_target && s->by_id.kind == VG_ID_NUM && s->by_id.num == id;

    for (uint32_t i = 0; i < s->positive_count && s->scoring != VG_BY_NEAREST; i++)
        found |= a->positive[i].id.kind == VG_ID_NUM && a->positive[i].id.num == id;
    for (uint32_t i = 0; i < s->negative_count && s->scoring != VG_BY_NEAREST; i++)
        found |= a->negative[i].id.kind == VG_ID_NUM && a->negative[i].id.num == id;
    for (uint32_t i = 0; i < s->except_count; i++)
        found |= s->except[i].num == id;
    return found;
}

static bool is_admitted(const world *w, const asked *a, uint32_t id)
{
    bool is_of_kind = id % KINDS == (uint32_t)a->kind.as.value.integer;

    return w->has[id] && !is_example(a, id) &&
           (!a->search.filter || is_of_kind == (a->filter.must.count > 0));
}

static bool passes(const world *w, const asked *a, double score)
{
    double threshold = (double)a->search.threshold;

    return vg_distance_descends(w->distance) ? score > threshold : score < threshold;
}

/* ---- both ---- */

static int by_worth(const void *a, const void *b)
{
    const double *one = a, *other = b;

    return (*one < *other) - (*one > *other);
}

/* The worths of all that may be found, the best first; how many. */
static uint32_t rank(const world *w, asked *a, double *to)
{
    uint32_t count = 0, kept = 0;

    for (uint32_t i = 0; i < POINTS; i++)
        if (is_admitted(w, a, i))
            to[count++] = worth(w, a, w->vectors[i]);
    qsort(to, count, sizeof *to, by_worth);
    for (uint32_t i = 0; i < count; i++)
        if (fabs(reported(w, a, to[i]) - (double)a->search.threshold) < SLACK)
            a->search.has_threshold = false; /* who passes is a matter of digits */
    if (!a->search.has_threshold)
        return count;
    while (kept < count && passes(w, a, reported(w, a, to[kept])))
        kept++;
    return kept;
}

/* Place by place the worth that belongs there, and each point its own. */
static void check(const world *w, const asked *a, const double *ranked, uint32_t count,
                  const vg_points *got)
{
    uint32_t left = count > a->search.offset ? count - a->search.offset : 0;

    assert_int_equal(got->count, left < a->search.limit ? left : a->search.limit);
    for (uint32_t i = 0; i < got->count; i++) {
        const vg_point *hit = &got->at[i];
        double own = worth(w, a, w->vectors[hit->id.num]), wanted = ranked[a->search.offset + i];

        assert_true(is_admitted(w, a, (uint32_t)hit->id.num));
        assert_true(fabs(own - wanted) <= SLACK * (1 + fabs(wanted)));
        assert_true(fabs((double)hit->score - reported(w, a, own)) <= SLACK * (1 + fabs(own)));
        for (uint32_t k = 0; k < i; k++)
            assert_true(got->at[k].id.num != hit->id.num);
    }
}

static void check_turn(world *w, uint64_t *found)
{
    asked *a = VG_TAKE_N(w->arena, asked, TOGETHER);
    vg_search *searches = VG_TAKE_N(w->arena, vg_search, TOGETHER);
    double *ranked = VG_TAKE_N(w->arena, double, TOGETHER *POINTS);
    uint32_t counts[TOGETHER];
    const vg_points *lists;

    for (int i = 0; i < TOGETHER; i++) {
        choose(w, &a[i]);
        counts[i] = rank(w, &a[i], ranked + i * POINTS);
        searches[i] = a[i].search;
    }
    assert_int_equal(search(w->bench, searches, TOGETHER, &lists), VG_OK);
    for (int i = 0; i < TOGETHER; i++) {
        check(w, &a[i], ranked + i * POINTS, counts[i], &lists[i]);
        *found += lists[i].count;
    }
}

static void scores_are_those_of_the_plainest_way(void **state)
{
    world *w = calloc(1, sizeof *w);
    uint64_t found = 0;
    bool did;

    w->bench = *state;
    w->seed = seed_of_test();
    for (int turn = 0; turn < 4 * TURNS; turn++) {
        w->distance = (vg_distance)(VG_COSINE + turn / TURNS);
        if (turn % TURNS == 0) {
            fill(w);
            found = 0;
        }
        w->arena = vg_arena_new(64 << 20);
        check_turn(w, &found);
        vg_arena_free(w->arena);
        if (turn % TURNS < TURNS - 1)
            continue;
        assert_true(found > TURNS * 10);
        assert_int_equal(drop(w->bench, "c", &did), VG_OK);
    }
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(scores_are_those_of_the_plainest_way, bench_up, bench_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
