/* Rules of searches by examples: ties, thresholds, examples that are lacking, memory that is spent,
 * numbers that overflow; and examples that are multivectors, sparse, or of small numbers. */
#include <math.h>

#include "asking.h"

static const float one[] = {1, 0}, two[] = {0, 1}, far_off[] = {-1, -1};

static void make_three(bench *b, vg_distance distance)
{
    vg_vector vector = floats((vg_slice){0}, one, 2);

    assert_int_equal(make_plain(b, 2, distance), VG_OK);
    put(b, 1, &vector, 1, "{}");
    vector = floats((vg_slice){0}, two, 2);
    put(b, 2, &vector, 1, "{}");
    put(b, 3, &vector, 1, "{}");
    vector = floats((vg_slice){0}, far_off, 2);
    put(b, 4, &vector, 1, "{}");
    put(b, 5, NULL, 0, "{}"); /* no vector */
}

static void equally_good_ones_come_by_id(void **state)
{
    bench *b = *state;
    vg_search query = {.scoring = VG_BY_CONTEXT, .limit = 10};
    const vg_points *lists;

    make_three(b, VG_DOT);
    assert_int_equal(search(b, &query, 1, &lists), VG_OK); /* no pair: nobody is charged */
    assert_int_equal(lists[0].count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(lists[0].at[i].id.num, i + 1);
        assert_true(lists[0].at[i].score == 0 && !signbit(lists[0].at[i].score));
    }
}

/* FACTS 9: so that the best score is a little below 0. */
static void a_pair_that_nobody_wins_costs_a_little(void **state)
{
    bench *b = *state;
    const vg_example same = {.vector = floats((vg_slice){0}, two, 2)};
    const vg_search query = {.scoring = VG_BY_CONTEXT,
                             .positive = &same,
                             .positive_count = 1,
                             .negative = &same,
                             .negative_count = 1,
                             .limit = 1};
    const vg_points *lists;

    make_three(b, VG_DOT);
    assert_int_equal(search(b, &query, 1, &lists), VG_OK);
    assert_true(lists[0].at[0].score < -1e-7F && lists[0].at[0].score > -1.2e-7F);
}

static const struct {
    const char *says;
    float threshold;
    uint32_t kept;
} cuts[] = {
    {"the best is not below: nothing is left", -1, 0},
    {"the best is below: all are, for they descend", 1, 4},
};

/* On a distance "passes" means smaller, and scores of examples are larger when they are better. */
static void a_threshold_of_a_distance_cuts_at_the_first_failure(void **state)
{
    bench *b = *state;
    vg_example example = {.vector = floats((vg_slice){0}, one, 2)};
    vg_search query = {.scoring = VG_BY_SUM_SCORES,
                       .positive = &example,
                       .positive_count = 1,
                       .limit = 10,
                       .has_threshold = true};
    const vg_points *lists;

    make_three(b, VG_EUCLID); /* 0, -2, -2, -5 */
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        print_message("%s\n", cuts[i].says);
        query.threshold = cuts[i].threshold;
        assert_int_equal(search(b, &query, 1, &lists), VG_OK);
        assert_int_equal(lists[0].count, cuts[i].kept);
    }
}

static void examples_that_are_lacking_are_told(void **state)
{
    bench *b = *state;
    vg_example known = {.id = number(1)}, missing = {.id = number(9)}, bare = {.id = number(5)},
               longer = {.vector = floats((vg_slice){0}, (const float[]){1, 2, 3}, 3)};
    const vg_example both[] = {known, longer};
    const struct {
        const char *words;
        vg_code code;
        vg_search query;
    } rows[] = {
        {"No point with id 9 found", VG_NOT_FOUND, {.positive = &missing, .positive_count = 1}},
        {"No point with id 9 found",
         VG_NOT_FOUND,
         {.positive = &known, .positive_count = 1, .negative = &missing, .negative_count = 1}},
        {"Vector with name \"\" for point not found",
         VG_NOT_FOUND,
         {.positive = &bare, .positive_count = 1}},
        {"Vector dimension error: expected dim: 2, got 3",
         VG_INVALID,
         {.positive = &longer, .positive_count = 1}},
        {"Vector dimension error: expected dim: 2, got 3",
         VG_INVALID,
         {.positive = both, .positive_count = 2}},
        {"Positive vectors should not be empty with `average` strategy",
         VG_INVALID,
         {.negative = &known, .negative_count = 1}},
    };
    const vg_points *lists;

    make_three(b, VG_DOT);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        vg_search query = rows[i].query;

        query.scoring = VG_BY_AVERAGE;
        query.limit = 1;
        assert_int_equal(search(b, &query, 1, &lists), rows[i].code);
        must_say(b, rows[i].words);
    }
}

/* Sums of what overflows are no numbers, and no number is worse than any. */
static void what_is_no_number_is_worst(void **state)
{
    bench *b = *state;
    const float huge[] = {3e38F, 3e38F};
    vg_vector vector = floats((vg_slice){0}, huge, 2);
    vg_example examples[] = {{.vector = vector}, {.vector = vector}};
    vg_search query = {.positive = examples,
                       .positive_count = 1,
                       .negative = examples,
                       .negative_count = 1,
                       .limit = 10};
    const vg_points *lists;

    make_three(b, VG_DOT);
    put(b, 6, &vector, 1, "{}");
    for (query.scoring = VG_BY_BEST_SCORE; query.scoring < VG_BY_DISCOVERY; query.scoring++) {
        assert_int_equal(search(b, &query, 1, &lists), VG_OK);
        assert_int_equal(lists[0].count, 5);
        for (uint32_t i = 0; i < 5; i++)
            assert_false(isnan(lists[0].at[i].score));
    }
    assert_int_equal(lists[0].at[4].id.num, 6); /* infinity minus infinity */
    query.negative_count = 0;
    query.scoring = VG_BY_BEST_SCORE;
    assert_int_equal(search(b, &query, 1, &lists), VG_OK);
    for (uint32_t i = 0; i < 5; i++) /* of infinities: 1, and 0 for the one on the other side */
        assert_true(lists[0].at[i].score == (lists[0].at[i].id.num == 4 ? 0 : 1));
}

/* ---- other kinds ---- */

static vg_vector rows_of(const float *at, uint32_t count, uint32_t rows)
{
    vg_vector vector = floats((vg_slice){0}, at, count);

    vector.rows = rows;
    return vector;
}

static vg_vector sparse(const uint32_t *indices, const float *values, uint32_t count)
{
    vg_vector vector = floats(VG_LIT("s"), values, count);

    vector.indices = indices;
    return vector;
}

static void make_kind(bench *b, vg_vector_params params)
{
    vg_collection_spec spec = {.vectors = &params, .vector_count = 1};

    params.on_disk = -1;
    assert_int_equal(make(b, &spec), VG_OK);
}

static void must_be_hits(const vg_points *got, const uint64_t *ids, const float *scores,
                         uint32_t count)
{
    assert_int_equal(got->count, count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(got->at[i].id.num, ids[i]);
        assert_true(fabsf(got->at[i].score - scores[i]) < 1e-5F);
    }
}

/* Of rows [1,0] and [0,1]; [2,0]; [0,-1]. */
static void rows_of_examples_are_compared_by_max_sim(void **state)
{
    bench *b = *state;
    const float first[] = {1, 0, 0, 1}, second[] = {2, 0}, third[] = {0, -1}, ask[] = {1, 1, 0, 2};
    vg_vector at[] = {rows_of(first, 4, 2), rows_of(second, 2, 1), rows_of(third, 2, 1)};
    vg_example positive = {.vector = rows_of(ask, 4, 2)}, negative = {.id = number(2)};
    vg_search query = {.scoring = VG_BY_SUM_SCORES,
                       .positive = &positive,
                       .positive_count = 1,
                       .negative = &negative,
                       .negative_count = 1,
                       .limit = 10};
    const vg_points *lists;

    make_kind(b, (vg_vector_params){.kind = VG_MULTI, .size = 2, .distance = VG_DOT});
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(put(b, i + 1, &at[i], 1, "{}"), VG_OK);
    assert_int_equal(search(b, &query, 1, &lists), VG_OK); /* 1 + 2 - 2; -1 + -2 - 0 */
    must_be_hits(&lists[0], (const uint64_t[]){1, 3}, (const float[]){1, -3}, 2);
    query.scoring = VG_BY_AVERAGE; /* rows [1,1], [0,2], [-2,0] */
    assert_int_equal(search(b, &query, 1, &lists), VG_OK);
    must_be_hits(&lists[0], (const uint64_t[]){1, 3}, (const float[]){1 + 2 + 0, -1 - 2 + 0}, 2);
}

/* A scan by examples looks at all vectors; a search by average at those that share an index. */
static void sparse_examples_are_compared_by_shared_indices(void **state)
{
    bench *b = *state;
    const uint32_t low[] = {1, 2}, high[] = {2, 9}, apart[] = {7};
    const float plain[] = {1, 2}, half[] = {0.5F};
    vg_vector at[] = {sparse(low, plain, 2), sparse(high, plain, 2), sparse(apart, half, 1)};
    vg_example positive = {.id = number(1)}, negative = {.vector = sparse(high, plain, 2)};
    vg_search query = {.scoring = VG_BY_SUM_SCORES,
                       .positive = &positive,
                       .positive_count = 1,
                       .negative = &negative,
                       .negative_count = 1,
                       .limit = 10,
                       .using_name = VG_LIT("s")};
    const vg_points *lists;

    make_kind(b, (vg_vector_params){.name = VG_LIT("s"), .kind = VG_SPARSE, .distance = VG_DOT});
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(put(b, i + 1, &at[i], 1, "{}"), VG_OK);
    assert_int_equal(search(b, &query, 1, &lists), VG_OK); /* 0 - 0; 2 - (1 + 4) */
    must_be_hits(&lists[0], (const uint64_t[]){3, 2}, (const float[]){0, -3}, 2);
    query.scoring = VG_BY_AVERAGE; /* 1: 2, 2: 2 * 2 - 1, 9: -2 */
    assert_int_equal(search(b, &query, 1, &lists), VG_OK);
    must_be_hits(&lists[0], (const uint64_t[]){2}, (const float[]){3 - 4}, 1);
}

static void bytes_are_compared_as_bytes(void **state)
{
    bench *b = *state;
    const float near[] = {200, 10}, far[] = {0, 255};
    vg_vector at[] = {floats((vg_slice){0}, near, 2), floats((vg_slice){0}, far, 2)};
    vg_example positive = {.vector = floats((vg_slice){0}, near, 2)};
    vg_search query = {
        .scoring = VG_BY_SUM_SCORES, .positive = &positive, .positive_count = 1, .limit = 10};
    const vg_points *lists;

    make_kind(b,
              (vg_vector_params){.size = 2, .distance = VG_MANHATTAN, .datatype = VG_LIT("uint8")});
    for (uint64_t i = 0; i < 2; i++)
        assert_int_equal(put(b, i + 1, &at[i], 1, "{}"), VG_OK);
    assert_int_equal(search(b, &query, 1, &lists), VG_OK);
    must_be_hits(&lists[0], (const uint64_t[]){1, 2}, (const float[]){0, -445}, 2);
}

/* ---- memory ---- */

static bool search_within(bench *b, const vg_search *query, size_t bytes)
{
    vg_op_input in = {.search = {query, 1}};
    vg_read read = reading(b, "c");
    vg_op_result out = {0};
    bool good;

    b->status = (vg_status){0};
    read.arena = vg_arena_new(bytes);
    good = read.arena && vg_read_search(&read, &in, &out);
    if (read.arena && !good)
        assert_int_equal(b->status.code, VG_TOO_LARGE);
    vg_arena_free(read.arena);
    return good;
}

static void whatever_memory_is_lacking_is_told(void **state)
{
    bench *b = *state;
    const vg_example raw = {.vector = floats((vg_slice){0}, one, 2)}, stored = {.id = number(2)};
    const vg_example positive[] = {raw, stored}, negative[] = {stored, raw};
    vg_search query = {.by_id = number(3),
                       .positive = positive,
                       .positive_count = 2,
                       .negative = negative,
                       .negative_count = 2,
                       .limit = 10};

    make_three(b, VG_COSINE);
    for (query.scoring = VG_BY_NEAREST; query.scoring < VG_SCORINGS; query.scoring++) {
        size_t bytes = 0;

        while (!search_within(b, &query, bytes))
            bytes += 64;
        assert_true(bytes > 1000 && bytes < 100000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(equally_good_ones_come_by_id, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(a_pair_that_nobody_wins_costs_a_little, bench_up,
                                        bench_down),
        cmocka_unit_test_setup_teardown(a_threshold_of_a_distance_cuts_at_the_first_failure,
                                        bench_up, bench_down),
        cmocka_unit_test_setup_teardown(examples_that_are_lacking_are_told, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(what_is_no_number_is_worst, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(rows_of_examples_are_compared_by_max_sim, bench_up,
                                        bench_down),
        cmocka_unit_test_setup_teardown(sparse_examples_are_compared_by_shared_indices, bench_up,
                                        bench_down),
        cmocka_unit_test_setup_teardown(bytes_are_compared_as_bytes, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(whatever_memory_is_lacking_is_told, bench_up, bench_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
