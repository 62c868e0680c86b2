/* Vectors of every form: stored and read back, compared, found by the inverted index; each against
 * plain sums over what is read back. */
#include <math.h>
#include <stdlib.h>

#include "engine/compare.h"
#include "engine/exact.h"
#include "engine/sparse.h"
#include "support.h"

enum { ARENA = 64 << 20, SIZE = 37, POINTS = 300, MOST_ROWS = 4, MOST_INDICES = 12, INDICES = 40 };

static vg_arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = vg_arena_new(ARENA);
    return arena ? 0 : -1;
}

static int close_arena(void **state)
{
    (void)state;
    vg_arena_free(arena);
    return 0;
}

/* ---- stored and read back ---- */

static vg_vector list_of(const float *floats, uint32_t count, uint32_t rows)
{
    return (vg_vector){.form = VG_VECTOR_F32,
                       .bytes = vg_slice_of((const char *)floats, count * sizeof *floats),
                       .count = count,
                       .rows = rows};
}

static vg_vector back(const vg_form *form, const vg_vector *vector)
{
    vg_status status = {0};
    const void *stored = vg_form_make(arena, form, vector, &status);
    vg_vector out = {0};

    if (!stored)
        fail_msg(VG_FMT, VG_ARG(vg_status_what(&status)));
    assert_true(vg_form_is(form, vg_slice_of(stored, vg_form_bytes(form, stored))));
    assert_false(vg_form_is(form, vg_slice_of(stored, vg_form_bytes(form, stored) - 1)));
    assert_true(vg_form_read(arena, form, stored, &out));
    return out;
}

static float number(const vg_vector *vector, uint32_t i)
{
    float value;

    memcpy(&value, vector->bytes.at + i * sizeof value, sizeof value);
    return value;
}

static void bytes_are_cut_and_kept_within_bounds(void **state)
{
    static const float values[] = {-3, 0.9F, 1.99F, 254.999F, 255, 300};
    static const float wanted[] = {0, 0, 1, 254, 255, 255};
    const vg_form form = {.datatype = VG_UINT8, .size = 6, .distance = VG_COSINE};
    const vg_vector vector = list_of(values, 6, 0);
    vg_vector out = back(&form, &vector);

    (void)state;
    for (uint32_t i = 0; i < 6; i++)
        assert_true(number(&out, i) == wanted[i]);
}

static void each_row_of_a_cosine_multivector_gets_length_one(void **state)
{
    static const float values[] = {3, 4, 0, 2};
    static const float wanted[] = {0.6F, 0.8F, 0, 1};
    const vg_form form = {.kind = VG_MULTI, .size = 2, .distance = VG_COSINE};
    const vg_vector vector = list_of(values, 4, 2);
    vg_vector out = back(&form, &vector);

    (void)state;
    assert_int_equal(out.rows, 2);
    for (uint32_t i = 0; i < 4; i++)
        assert_true(fabsf(number(&out, i) - wanted[i]) < 1e-6F);
}

static void what_does_not_fit_is_refused(void **state)
{
    static const float numbers[] = {1, 2, 3, 70000};
    static const uint32_t falling[] = {2, 1}, rising[] = {1, 2};
    const vg_form dense = {.size = 2}, multi = {.kind = VG_MULTI, .size = 2},
                  sparse = {.kind = VG_SPARSE}, half = {.datatype = VG_FLOAT16, .size = 4};
    const struct {
        const vg_form *form;
        vg_vector vector;
        const uint32_t *indices;
        const char *says;
    } rows[] = {
        {&dense, list_of(numbers, 3, 0), NULL, "Vector dimension error: expected dim: 2, got 3"},
        {&multi, list_of(numbers, 3, 1), NULL, "Vector dimension error: expected dim: 2, got 3"},
        {&dense, list_of(numbers, 2, 1), NULL, "between multi and regular vectors failed"},
        {&sparse, list_of(numbers, 2, 0), NULL, "between sparse and regular vectors failed"},
        {&dense, list_of(numbers, 2, 0), rising, "between sparse and regular vectors failed"},
        {&multi, list_of(numbers, 2, 0), rising, "between multi and regular vectors failed"},
        {&sparse, list_of(numbers, 2, 0), falling, "must be unique and ascend"},
        {&half, list_of(numbers, 4, 0), NULL, "number 3 of a vector is beyond"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        vg_status status = {0};
        vg_vector vector = rows[i].vector;
        vg_slice what;

        vector.indices = rows[i].indices;
        assert_null(vg_form_make(arena, rows[i].form, &vector, &status));
        what = vg_status_what(&status);
        if (!memmem(what.at, what.len, rows[i].says, strlen(rows[i].says)))
            fail_msg("\"" VG_FMT "\" instead of \"%s\"", VG_ARG(what), rows[i].says);
    }
}

/* ---- compared ---- */

static vg_vector random_vector(const vg_form *form, uint64_t *seed)
{
    uint32_t rows = form->kind == VG_MULTI ? 1 + next_random(seed) % MOST_ROWS : 0;
    uint32_t count = form->size * (rows > 0 ? rows : 1), *indices;
    float *floats;

    if (form->kind == VG_SPARSE)
        count = next_random(seed) % MOST_INDICES;
    floats = VG_TAKE_N(arena, float, count + 1);
    indices = VG_TAKE_N(arena, uint32_t, count + 1);
    for (uint32_t i = 0, next = 0; i < count; i++) {
        next += (uint32_t)(next_random(seed) % (INDICES / MOST_INDICES));
        indices[i] = next++;
        floats[i] = random_float(seed);
        if (form->datatype == VG_UINT8)
            floats[i] = fabsf(floats[i]) * 200;
    }
    return (vg_vector){.form = VG_VECTOR_F32,
                       .bytes = vg_slice_of((const char *)floats, count * sizeof *floats),
                       .count = count,
                       .rows = rows,
                       .indices = form->kind == VG_SPARSE ? indices : NULL};
}

static double s_of_rows(const vg_form *form, const vg_vector *a, uint32_t i, const vg_vector *b,
                        uint32_t k)
{
    double dot = 0, one = 0, other = 0, far = 0;

    for (uint32_t n = 0; n < form->size; n++) {
        double x = (double)number(a, i * form->size + n), y = (double)number(b, k * form->size + n);

        dot += x * y;
        one += x * x;
        other += y * y;
        far += form->distance == VG_EUCLID ? (x - y) * (x - y) : fabs(x - y);
    }
    if (!vg_distance_descends(form->distance))
        return -far;
    if (form->distance == VG_COSINE && form->datatype == VG_UINT8)
        return one * other > 0 ? dot / sqrt(one * other) : 0;
    return dot;
}

static double s_of_sparse(const vg_vector *a, const vg_vector *b, bool *shared)
{
    double sum = 0;

    *shared = false;
    for (uint32_t i = 0; i < a->count; i++)
        for (uint32_t k = 0; k < b->count; k++)
            if (a->indices[i] == b->indices[k]) {
                sum += (double)number(a, i) * (double)number(b, k);
                *shared = true;
            }
    return sum;
}

static double s_of(const vg_form *form, const vg_vector *a, const vg_vector *b)
{
    double sum = 0;
    bool shared;

    if (form->kind == VG_SPARSE)
        return s_of_sparse(a, b, &shared);
    for (uint32_t i = 0; i < (a->rows > 0 ? a->rows : 1); i++) {
        double best = -INFINITY;

        for (uint32_t k = 0; k < (b->rows > 0 ? b->rows : 1); k++)
            best = fmax(best, s_of_rows(form, a, i, b, k));
        sum += best;
    }
    return sum;
}

static void put(vg_dense *dense, const vg_form *form, const vg_vector *vector, uint64_t num)
{
    const void *stored = vg_form_make(arena, form, vector, NULL);
    vg_point_id id = {.kind = VG_ID_NUM, .num = num};
    uint8_t room[VG_ID_KEY_MAX];
    vg_slice key = vg_slice_of((const char *)room, vg_point_id_key(&id, room));

    assert_non_null(stored);
    assert_true(vg_dense_reserve(dense, 1, vg_dense_blob_bytes(dense, stored)));
    vg_dense_put(dense, key, num + 1, stored, num + 1);
}

/* Each with the one before it: as a request's vector and as a slot's. */
static void check_form(const vg_form *form, uint64_t *seed)
{
    vg_dense *dense = vg_dense_make(form);
    vg_vector *values = VG_TAKE_N(arena, vg_vector, POINTS);

    for (uint32_t i = 0; i < POINTS; i++) {
        vg_vector vector = random_vector(form, seed);

        values[i] = back(form, &vector);
        put(dense, form, &vector, i);
    }
    for (uint32_t i = 1; i < POINTS; i++) {
        double wanted = s_of(form, &values[i - 1], &values[i]);
        vg_compare by_vector, by_slot;
        bool shared = true;

        if (form->kind == VG_SPARSE)
            s_of_sparse(&values[i - 1], &values[i], &shared);
        assert_true(vg_compare_prepare(arena, dense, &values[i - 1], &by_vector, NULL));
        vg_compare_with_slot(dense, i - 1, &by_slot);
        if (fabs((double)vg_compare_slot(&by_slot, i) - wanted) > 1e-4 * (1 + fabs(wanted)))
            fail_msg("kind %d, datatype %d, distance %d: %g instead of %g", form->kind,
                     form->datatype, form->distance, (double)vg_compare_slot(&by_slot, i), wanted);
        /* normalised halves are normalised and rounded once more */
        assert_true(fabs((double)vg_compare_slot(&by_vector, i) - wanted) <
                    2e-3 * (1 + fabs(wanted)));
        assert_int_equal(vg_compare_meets(&by_slot, i), shared);
    }
    vg_dense_let(dense);
}

static void every_form_is_compared_as_plain_sums_say(void **state)
{
    uint64_t seed = seed_of_test();
    const vg_form sparse = {.kind = VG_SPARSE, .distance = VG_DOT};

    (void)state;
    for (int kind = VG_DENSE; kind <= VG_MULTI; kind++)
        for (int datatype = 0; datatype < VG_DATATYPES; datatype++)
            for (int distance = VG_COSINE; distance < VG_DISTANCES; distance++)
                check_form(&(vg_form){(vg_vector_kind)kind, (vg_datatype)datatype, SIZE,
                                      (vg_distance)distance},
                           &seed);
    check_form(&sparse, &seed);
}

static void what_overflows_is_as_far_as_can_be(void **state)
{
    static const float great[] = {3e38F, 3e38F}, mixed[] = {3e38F, -3e38F};
    const vg_form form = {.size = 2, .distance = VG_DOT};
    vg_dense *dense = vg_dense_make(&form);
    const vg_vector one = list_of(great, 2, 0), other = list_of(mixed, 2, 0);
    vg_compare c;

    (void)state;
    put(dense, &form, &other, 1);
    assert_true(vg_compare_prepare(arena, dense, &one, &c, NULL));
    assert_true(vg_compare_slot(&c, 0) == -INFINITY);
    vg_dense_let(dense);
}

static void scores_are_reported_as_the_metric_says(void **state)
{
    (void)state;
    assert_true(vg_compare_score(VG_DOT, -2) == -2);
    assert_true(vg_compare_score(VG_EUCLID, -9) == 3);
    assert_true(vg_compare_score(VG_MANHATTAN, -9) == 9);
}

/* ---- the inverted index ---- */

/* Every slot of the view, by the cursor and by comparing. */
static void check_pass(const vg_view *view, const vg_vector *query)
{
    const vg_sparse *sparse = vg_dense_sparse(view->dense);
    bool *found = VG_TAKE_N(arena, bool, view->used + 1);
    vg_sparse_cursor *cursor;
    vg_compare c;
    uint32_t first;

    assert_true(vg_compare_prepare(arena, view->dense, query, &c, NULL));
    cursor = vg_sparse_begin(arena, sparse, c.query);
    while (vg_sparse_next(cursor, view->used, &first))
        for (uint32_t i = 0; i < VG_SPARSE_BLOCK && first + i < view->used; i++) {
            if (!(vg_sparse_mask(cursor, i / 64) >> i % 64 & 1))
                continue;
            found[first + i] = true;
            assert_true(fabsf(vg_sparse_sum(cursor, first + i) - vg_compare_slot(&c, first + i)) <
                        1e-5F);
        }
    for (uint32_t slot = 0; slot < view->used; slot++)
        assert_int_equal(found[slot], vg_compare_meets(&c, slot));
}

static void the_inverted_index_finds_what_comparing_finds(void **state)
{
    enum { MANY = 3 * VG_SPARSE_BLOCK + 100, QUERIES = 20 };
    const vg_form form = {.kind = VG_SPARSE, .distance = VG_DOT};
    uint64_t seed = seed_of_test();
    vg_dense *dense = vg_dense_make(&form);

    (void)state;
    for (uint32_t i = 0; i < MANY; i++) {
        vg_vector vector = random_vector(&form, &seed);

        put(dense, &form, &vector, i);
    }
    for (uint32_t i = 0; i < QUERIES; i++) {
        vg_vector query = random_vector(&form, &seed);
        vg_view view = {
            .dense = dense, .operation = MANY, .used = (uint32_t)(next_random(&seed) % (MANY + 1))};

        check_pass(&view, &query);
    }
    vg_dense_let(dense);
}

static void rare_indices_weigh_more(void **state)
{
    static const uint32_t indices[] = {1, 2};
    static const float ones[] = {1, 1};
    const vg_form form = {.kind = VG_SPARSE, .distance = VG_DOT};
    vg_dense *dense = vg_dense_make(&form);
    vg_vector both = list_of(ones, 2, 0), one = list_of(ones, 1, 0);
    vg_view view = {.dense = dense, .operation = 4, .used = 4};
    vg_sparse_view weighed;
    vg_compare c;

    (void)state;
    both.indices = one.indices = indices;
    put(dense, &form, &both, 0);
    put(dense, &form, &one, 1);
    put(dense, &form, &one, 2);
    put(dense, &form, &one, 0); /* the first has ended */
    assert_int_equal(vg_sparse_count(vg_dense_sparse(dense), &view, 1), 4 - 1);
    assert_true(vg_compare_prepare(arena, dense, &both, &c, NULL));
    assert_true(vg_compare_weigh(arena, &view, 10, &c));
    weighed = vg_form_sparse(c.query);
    assert_true(fabsf(weighed.values[0] - logf(7.5F / 3.5F + 1)) < 1e-6F);
    assert_true(fabsf(weighed.values[1] - logf(10.5F / 0.5F + 1)) < 1e-5F);
    vg_dense_let(dense);
}

/* Each takes 32 bytes of a block but for its last ones: the end is met within a vector's alignment.
 */
static void blocks_of_blobs_are_filled_to_their_ends(void **state)
{
    enum { BLOBS = 40000 };
    static const float ones[] = {1, 1, 1};
    static const uint32_t indices[] = {0, 1, 2};
    const vg_form form = {.kind = VG_SPARSE, .distance = VG_DOT};
    vg_dense *dense = vg_dense_make(&form);
    vg_vector vector = list_of(ones, 3, 0);

    (void)state;
    vector.indices = indices;
    for (uint32_t i = 0; i < BLOBS; i++)
        put(dense, &form, &vector, i);
    for (uint32_t i = 0; i < BLOBS; i++)
        assert_memory_equal(vg_form_sparse(vg_dense_stored(dense, i)).values, ones, sizeof ones);
    vg_dense_let(dense);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bytes_are_cut_and_kept_within_bounds, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(each_row_of_a_cosine_multivector_gets_length_one,
                                        open_arena, close_arena),
        cmocka_unit_test_setup_teardown(what_does_not_fit_is_refused, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(every_form_is_compared_as_plain_sums_say, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(what_overflows_is_as_far_as_can_be, open_arena,
                                        close_arena),
        cmocka_unit_test(scores_are_reported_as_the_metric_says),
        cmocka_unit_test_setup_teardown(the_inverted_index_finds_what_comparing_finds, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(rare_indices_weigh_more, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(blocks_of_blobs_are_filled_to_their_ends, open_arena,
                                        close_arena),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
