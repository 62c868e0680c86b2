/* Lists become one: by hand, and against a plain reference. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plan/fusion.h"
#include "tests/support/chance.h"

enum { MOST_LISTS = 5, MOST_HITS = 30 };

static int set_up(void **state)
{
    *state = vg_arena_new(1 << 22);
    return 0;
}

static int tear_down(void **state)
{
    vg_arena_free(*state);
    assert_int_equal(vg_arena_total_bytes(), 0);
    return 0;
}

static vg_point hit(uint64_t id, float score)
{
    return (vg_point){.id = {.kind = VG_ID_NUM, .num = id}, .score = score, .has_score = true};
}

static const vg_fusion_cut all = {.limit = UINT32_MAX};

/* "3:0.5 1:0.25", valid until the next call. */
static const char *say(const vg_points *list)
{
    static char text[1024];
    size_t used = 0;

    text[0] = '\0';
    for (uint32_t i = 0; i < list->count; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%d:%.4g", i > 0 ? " " : "",
                                 (int)list->at[i].id.num, (double)list->at[i].score);
    return text;
}

/* ---- by hand ---- */

static const vg_points *two_lists(void)
{
    static vg_point one[3], two[3];
    static vg_points lists[3];

    for (uint64_t i = 0; i < 3; i++) {
        one[i] = hit(i + 1, 3.0f - (float)i); /* 1 2 3 */
        two[i] = hit(4 - i, 9.0f - (float)i); /* 4 3 2 */
    }
    lists[0] = (vg_points){one, 3};
    lists[1] = (vg_points){two, 3};
    return lists;
}

static void ranks_are_summed(void **state)
{
    const vg_fusion_cut cut = {.limit = 10};
    vg_points out;

    assert_true(vg_fusion_rrf(*state, two_lists(), 2, &cut, &out));
    assert_string_equal(say(&out), "2:0.5833 3:0.5833 1:0.5 4:0.5"); /* 1/3 + 1/4, 1/2 */
    assert_true(vg_fusion_rrf(*state, two_lists(), 0, &cut, &out));
    assert_int_equal(out.count, 0);
}

static const struct {
    const char *says;
    vg_fusion_cut cut;
    const char *is;
} cuts[] = {
    {"a limit", {.limit = 2}, "2:0.5833 3:0.5833"},
    {"an offset is over what the limit leaves", {.limit = 2, .offset = 1}, "3:0.5833 1:0.5"},
    {"an offset beyond the end", {.limit = 2, .offset = 9}, ""},
    {"the largest of both", {.limit = UINT32_MAX, .offset = UINT32_MAX}, ""},
    {"a threshold leaves what is equal to it",
     {.limit = 9, .has_threshold = true, .threshold = 0.5f},
     "2:0.5833 3:0.5833 1:0.5 4:0.5"},
    {"and nothing below",
     {.limit = 9, .has_threshold = true, .threshold = 0.51f},
     "2:0.5833 3:0.5833"},
    {"a threshold before the offset",
     {.limit = 9, .offset = 1, .has_threshold = true, .threshold = 0.51f},
     "3:0.5833"},
};

static void the_merged_list_is_cut(void **state)
{
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        vg_points out;

        assert_true(vg_fusion_rrf(*state, two_lists(), 2, &cuts[i].cut, &out));
        if (strcmp(say(&out), cuts[i].is) != 0)
            fail_msg("%s: %s", cuts[i].says, say(&out));
    }
}

static void scores_are_spread_by_their_distribution(void **state)
{
    const vg_fusion_cut cut = {.limit = 10};
    vg_points out;

    /* mean 2 and 8, deviation 1: (s - m + 3) / 6 */
    assert_true(vg_fusion_dbsf(*state, two_lists(), 2, &cut, &out));
    assert_string_equal(say(&out), "2:0.8333 3:0.8333 1:0.6667 4:0.6667");
}

static void a_list_without_a_spread_is_in_the_middle(void **state)
{
    const vg_fusion_cut cut = {.limit = 10};
    const vg_point one = hit(1, 42), alike[] = {hit(2, 0.1f), hit(3, 0.1f), hit(4, 0.1f)};
    const vg_points lists[] = {{&one, 1}, {alike, 3}, {NULL, 0}};
    vg_points out;

    assert_true(vg_fusion_dbsf(*state, lists, 3, &cut, &out));
    assert_string_equal(say(&out), "1:0.5 2:0.5 3:0.5 4:0.5");
}

static void a_point_is_the_first_lists(void **state)
{
    const vg_fusion_cut cut = {.limit = 10};
    vg_point one = hit(1, 5), two = hit(1, 9);
    const vg_points lists[] = {{&one, 1}, {&two, 1}};
    vg_points out;

    one.version = 3;
    two.version = 4;
    assert_true(vg_fusion_rrf(*state, lists, 2, &cut, &out));
    assert_int_equal(out.count, 1);
    assert_int_equal(out.at[0].version, 3);
    assert_true(out.at[0].score == 1.0f);
}

static void a_union_has_each_id_once_in_order(void **state)
{
    const vg_point one[] = {hit(7, 1), hit(3, 1)}, two[] = {hit(5, 1), hit(7, 1)};
    const vg_points lists[] = {{one, 2}, {two, 2}};
    uint32_t count;
    const vg_point_id *ids = vg_fusion_union(*state, lists, 2, &count);

    assert_int_equal(count, 3);
    assert_int_equal(ids[0].num, 3);
    assert_int_equal(ids[1].num, 5);
    assert_int_equal(ids[2].num, 7);
}

static void without_memory_nothing_is_merged(void **state)
{
    vg_arena *small = vg_arena_new(64);
    vg_points out;
    uint32_t count;

    (void)state;
    assert_false(vg_fusion_rrf(small, two_lists(), 2, &all, &out));
    assert_false(vg_fusion_dbsf(small, two_lists(), 2, &all, &out));
    assert_null(vg_fusion_union(small, two_lists(), 2, &count));
    vg_arena_free(small);
}

/* ---- against a reference: for every id, a sum over all lists; the best is taken again and again
 */

typedef struct reference {
    double sums[MOST_HITS];
    bool is_there[MOST_HITS];
    uint32_t seen[MOST_HITS]; /* its place in all lists, one behind the other */
} reference;

static double spread_score(const vg_points *list, uint32_t rank)
{
    double mean = 0, variance = 0, low, high;

    for (uint32_t i = 0; i < list->count; i++)
        mean += (double)list->at[i].score / list->count;
    for (uint32_t i = 0; i < list->count; i++)
        variance += pow((double)list->at[i].score - mean, 2) / (list->count - 1.0);
    if (list->count < 2 || variance < 1e-12)
        return 0.5;
    low = mean - 3 * sqrt(variance);
    high = mean + 3 * sqrt(variance);
    return ((double)list->at[rank].score - low) / (high - low);
}

static void sum_up(const vg_points *lists, uint32_t count, bool by_rank, reference *out)
{
    uint32_t place = 0;

    *out = (reference){0};
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < lists[i].count; k++, place++) {
            uint64_t id = lists[i].at[k].id.num;

            out->seen[id] = out->is_there[id] ? out->seen[id] : place;
            out->is_there[id] = true;
            out->sums[id] += by_rank ? 1.0 / (k + 2.0) : spread_score(&lists[i], k);
        }
    }
}

static bool is_better(const reference *r, uint64_t a, uint64_t b)
{
    if (fabs(r->sums[a] - r->sums[b]) > 1e-5)
        return r->sums[a] > r->sums[b];
    return false; /* as near as that: either may be first */
}

static void assert_same(reference *r, const vg_points *out)
{
    for (uint32_t i = 0; i < out->count; i++) {
        uint64_t id = out->at[i].id.num;

        assert_true(r->is_there[id]);
        assert_true(fabs(r->sums[id] - (double)out->at[i].score) < 1e-4);
        r->is_there[id] = false;
        for (uint64_t other = 0; other < MOST_HITS; other++)
            assert_false(r->is_there[other] && is_better(r, other, id));
        if (i == 0 || out->at[i - 1].score != out->at[i].score)
            continue;
        assert_true(r->seen[out->at[i - 1].id.num] < r->seen[id]); /* ties are stable */
    }
    for (uint64_t id = 0; id < MOST_HITS; id++)
        assert_false(r->is_there[id]);
}

/* Ids in any order, each once; scores from few values, so that there are equal ones. */
static vg_points random_list(vg_arena *arena)
{
    uint32_t count = (uint32_t)chance_below(MOST_HITS + 1);
    vg_point *points = VG_TAKE_N(arena, vg_point, MOST_HITS);

    for (uint64_t i = 0; i < MOST_HITS; i++) {
        uint64_t k = chance_below(i + 1);

        points[i] = points[k];
        points[k] = hit(i, 0);
    }
    for (uint32_t i = 0; i < count; i++)
        points[i].score = (float)chance_below(7) / 3;
    return (vg_points){points, count};
}

static void any_lists_are_merged_as_the_reference_does(void **state)
{
    const vg_fusion_cut cut = {.limit = UINT32_MAX};

    chance_begin("any_lists_are_merged_as_the_reference_does");
    for (int turn = 0; turn < 300; turn++) {
        vg_points lists[MOST_LISTS], out;
        uint32_t count = (uint32_t)chance_below(MOST_LISTS + 1);
        vg_arena *arena = vg_arena_new(1 << 20);
        reference r;

        for (uint32_t i = 0; i < count; i++)
            lists[i] = random_list(arena);
        assert_true(vg_fusion_rrf(arena, lists, count, &cut, &out));
        sum_up(lists, count, true, &r);
        assert_same(&r, &out);
        assert_true(vg_fusion_dbsf(arena, lists, count, &cut, &out));
        sum_up(lists, count, false, &r);
        assert_same(&r, &out);
        vg_arena_free(arena);
    }
    (void)state;
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(ranks_are_summed),
        WITH_ARENA(the_merged_list_is_cut),
        WITH_ARENA(scores_are_spread_by_their_distribution),
        WITH_ARENA(a_list_without_a_spread_is_in_the_middle),
        WITH_ARENA(a_point_is_the_first_lists),
        WITH_ARENA(a_union_has_each_id_once_in_order),
        WITH_ARENA(without_memory_nothing_is_merged),
        WITH_ARENA(any_lists_are_merged_as_the_reference_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
