/* The vector that a recommendation by average searches with, for each kind of vector. */
#include "vecgate/json.h"

#include "engine/average.h"
#include "support.h"

static vg_arena *arena;
/* Readable behind, as JSON forms are. */
static const char pair[16 + VG_JSON_PAD] = "[1, 2.5]", beyond[16 + VG_JSON_PAD] = "[1e99]";

static int up(void **state)
{
    (void)state;
    arena = vg_arena_new(1 << 20);
    return arena ? 0 : -1;
}

static int down(void **state)
{
    (void)state;
    vg_arena_free(arena);
    return 0;
}

static vg_vector made(vg_vector_kind kind, const vg_vector *at, uint32_t positives, uint32_t count)
{
    const vg_averaged examples = {kind, at, positives, count};
    vg_vector out = {0};
    vg_status status = {0};

    assert_true(vg_average_make(arena, &examples, &out, &status));
    assert_int_equal(out.form, VG_VECTOR_F32);
    assert_int_equal(out.bytes.len, out.count * sizeof(float));
    return out;
}

static void must_be_floats(const vg_vector *got, const float *wanted, uint32_t count)
{
    assert_int_equal(got->count, count);
    assert_memory_equal(got->bytes.at, wanted, count * sizeof *wanted);
}

static void a_dense_average_leans_away_from_negatives(void **state)
{
    const vg_vector at[] = {
        {.form = VG_VECTOR_JSON, .bytes = vg_slice_str(pair), .count = 2},
        vector_of("", (const float[]){3, -2.5F}, 2),
        vector_of("", (const float[]){1, 1}, 2),
        vector_of("", (const float[]){2, 5}, 2),
    };
    vg_vector got = made(VG_DENSE, at, 2, 2);

    (void)state;
    must_be_floats(&got, (const float[]){2, 0}, 2);
    got = made(VG_DENSE, at, 2, 4); /* 2 * [2, 0] - [1.5, 3] */
    must_be_floats(&got, (const float[]){2.5F, -3}, 2);
    assert_int_equal(got.rows, 0);
    assert_null(got.indices);
}

static void rows_are_joined_and_those_of_negatives_turned(void **state)
{
    vg_vector at[] = {
        vector_of("", (const float[]){1, 2, 3, 4}, 4),
        vector_of("", (const float[]){5, 6}, 2), /* one row, as a list of numbers */
        vector_of("", (const float[]){7, -8}, 2),
    };
    vg_vector got;

    (void)state;
    at[0].rows = 2;
    at[2].rows = 1;
    got = made(VG_MULTI, at, 2, 3);
    must_be_floats(&got, (const float[]){1, 2, 3, 4, 5, 6, -7, 8}, 8);
    assert_int_equal(got.rows, 4);
}

static vg_vector sparse(const uint32_t *indices, const float *values, uint32_t count)
{
    vg_vector vector = vector_of("", values, count);

    vector.indices = indices;
    return vector;
}

static void an_index_that_is_lacking_counts_as_zero(void **state)
{
    const vg_vector at[] = {
        sparse((const uint32_t[]){1, 5}, (const float[]){2, 4}, 2),
        sparse((const uint32_t[]){5, 4000000000U}, (const float[]){6, 8}, 2),
        sparse((const uint32_t[]){0, 5}, (const float[]){3, 1}, 2),
    };
    const uint32_t indices[] = {0, 1, 5, 4000000000U};
    vg_vector got = made(VG_SPARSE, at, 2, 2);

    (void)state;
    must_be_floats(&got, (const float[]){1, 5, 4}, 3);
    assert_memory_equal(got.indices, indices + 1, 3 * sizeof *indices);
    got = made(VG_SPARSE, at, 2, 3);
    must_be_floats(&got, (const float[]){-3, 2, 9, 8}, 4);
    assert_memory_equal(got.indices, indices, sizeof indices);
}

static void a_sparse_average_of_nothing_is_sparse(void **state)
{
    const vg_vector empty = sparse((const uint32_t[]){0}, (const float[]){0}, 0);
    vg_vector got = made(VG_SPARSE, &empty, 1, 1);

    (void)state;
    assert_int_equal(got.count, 0);
    assert_non_null(got.indices);
}

static void what_cannot_be_read_is_told(void **state)
{
    const vg_vector one = {.form = VG_VECTOR_JSON, .bytes = vg_slice_str(beyond), .count = 1};
    const vg_averaged examples = {VG_DENSE, &one, 1, 1};
    vg_status status = {0};
    vg_vector out;

    (void)state;
    assert_false(vg_average_make(arena, &examples, &out, &status));
    assert_int_equal(status.code, VG_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_dense_average_leans_away_from_negatives, up, down),
        cmocka_unit_test_setup_teardown(rows_are_joined_and_those_of_negatives_turned, up, down),
        cmocka_unit_test_setup_teardown(an_index_that_is_lacking_counts_as_zero, up, down),
        cmocka_unit_test_setup_teardown(a_sparse_average_of_nothing_is_sparse, up, down),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_told, up, down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
