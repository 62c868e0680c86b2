/* Random points: how many, which, how often each. VG_SEED=… repeats a run. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "asking.h"

enum { POINTS = 200, KINDS = 10, GONE = 40, TURNS = 2500 };

static void fill(bench *b, uint32_t count)
{
    vg_point *points = VG_TAKE_N(b->arena, vg_point, count);
    char payload[24];

    assert_int_equal(make_plain(b, 1, VG_DOT), VG_OK);
    for (uint32_t i = 0; i < count; i++) {
        snprintf(payload, sizeof payload, "{\"n\":%" PRIu32 "}", i % KINDS);
        points[i] = (vg_point){.id = number(i), .payload = padded(b, payload)};
    }
    assert_int_equal(upsert_points(b, "c", points, count, NULL), VG_OK);
}

static vg_points sample_by(bench *b, const uint8_t *chance, const vg_filter *filter, uint32_t limit)
{
    vg_read read = reading(b, "c");
    vg_op_input in = {.scroll = {.limit = limit, .is_random = true, .filter = filter}};
    vg_op_result out = {0};

    read.chance = chance;
    in.scroll.with_payload.want = VG_PAYLOAD_ALL;
    assert_true(vg_read_scroll(&read, &in, &out));
    assert_int_equal(out.page.next.kind, VG_ID_NONE);
    return out.page.points;
}

static vg_points sample(bench *b, uint64_t *seed, const vg_filter *filter, uint32_t limit)
{
    uint64_t chance[2] = {next_random(seed), next_random(seed)};

    return sample_by(b, (const uint8_t *)chance, filter, limit);
}

/* Of all that matches when there are no more, however it is found. */
static void a_sample_has_no_point_twice(void **state)
{
    bench *b = *state;
    const uint32_t limits[] = {1, 2, 19, 20, 21, POINTS / 2, POINTS - 1, POINTS, UINT32_MAX};
    vg_condition three = has_integer("n", 3);
    vg_filter filter = only(&three);
    uint64_t seed = seed_of_test();

    fill(b, POINTS);
    for (size_t i = 0; i < 2 * sizeof limits / sizeof limits[0]; i++) {
        bool is_filtered = i % 2;
        uint32_t limit = limits[i / 2], most = is_filtered ? POINTS / KINDS : POINTS;
        vg_points got = sample(b, &seed, is_filtered ? &filter : NULL, limit);
        bool seen[POINTS] = {0};
        char payload[24];

        assert_int_equal(got.count, limit < most ? limit : most);
        for (uint32_t k = 0; k < got.count; k++) {
            uint64_t id = got.at[k].id.num;

            assert_true(id < POINTS && !seen[id]);
            seen[id] = true;
            assert_true(!is_filtered || id % KINDS == 3);
            snprintf(payload, sizeof payload, "{\"n\":%" PRIu64 "}", id % KINDS);
            must_be(got.at[k].payload, payload);
        }
    }
}

static void an_empty_collection_has_no_sample(void **state)
{
    bench *b = *state;
    uint64_t seed = 1, ids[] = {0, 1, 2};

    fill(b, 3);
    assert_int_equal(delete_ids(b, "c", ids, 3, NULL), VG_OK);
    assert_int_equal(sample(b, &seed, NULL, 5).count, 0);
}

static void the_same_chance_is_the_same_sample(void **state)
{
    bench *b = *state;
    uint8_t chance[16] = {1}, other[16] = {2}, late[16] = {1, [15] = 1};
    uint32_t limits[] = {20, POINTS};

    fill(b, POINTS);
    for (int i = 0; i < 2; i++) {
        uint32_t limit = limits[i], different = 0, later = 0;
        vg_points got = sample_by(b, chance, NULL, limit),
                  again = sample_by(b, chance, NULL, limit);
        vg_points others = sample_by(b, other, NULL, limit),
                  lates = sample_by(b, late, NULL, limit);

        for (uint32_t k = 0; k < limit; k++) {
            assert_int_equal(got.at[k].id.num, again.at[k].id.num);
            different += got.at[k].id.num != others.at[k].id.num;
            later += got.at[k].id.num != lates.at[k].id.num;
        }
        assert_true(different > limit / 2 && later > limit / 2);
    }
}

static const struct {
    const char *says;
    uint32_t limit;
    bool is_filtered;
    bool is_most; /* who passes: nine in ten, or one */
} ways[] = {
    {"all may come", 4, false, false}, {"more than half do", POINTS / 2, false, false},
    {"of most", 4, true, true},        {"of few", 4, true, false},
    {"most of few", 15, true, false},
};

/* How often each point is sampled: within six deviations of what is expected. */
static void count_each(bench *b, const vg_filter *filter, uint32_t limit, uint64_t *seed)
{
    uint32_t counts[POINTS] = {0}, passing = (uint32_t)count_matching(b, filter), seen = 0;
    double expected = (double)limit * TURNS / passing, most = 6 * sqrt(expected);

    for (uint32_t turn = 0; turn < TURNS; turn++) {
        vg_points got = sample(b, seed, filter, limit);

        assert_int_equal(got.count, limit);
        for (uint32_t k = 0; k < limit; k++)
            counts[got.at[k].id.num]++;
        if (turn % 100 == 0) { /* what the samples are made of is not needed any more */
            vg_arena_free(b->arena);
            b->arena = vg_arena_new(64 << 20);
        }
    }
    for (uint32_t i = 0; i < POINTS; i++) {
        seen += counts[i] > 0;
        assert_true(counts[i] == 0 || fabs(counts[i] - expected) < most);
    }
    assert_int_equal(seen, passing);
}

/* Rows of points that are gone make no neighbour more likely. */
static void each_point_is_as_likely_as_any_other(void **state)
{
    bench *b = *state;
    vg_condition three = has_integer("n", 3);
    vg_filter few = only(&three), most = {.must_not = {&three, 1}};
    uint64_t seed = seed_of_test(), gone[GONE];

    fill(b, POINTS);
    for (uint64_t i = 0; i < GONE; i++)
        gone[i] = 60 + i;
    assert_int_equal(delete_ids(b, "c", gone, GONE, NULL), VG_OK);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        print_message("%s\n", ways[i].says);
        count_each(b, ways[i].is_filtered ? (ways[i].is_most ? &most : &few) : NULL, ways[i].limit,
                   &seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_sample_has_no_point_twice, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(an_empty_collection_has_no_sample, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(the_same_chance_is_the_same_sample, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(each_point_is_as_likely_as_any_other, bench_up, bench_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
