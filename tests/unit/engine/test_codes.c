/* Codes of vectors: what they measure against the numbers themselves, within what their rounding
 * allows, and how they grow. */
#include <math.h>

#include "engine/coded.h"
#include "graphs.h"

enum { POINTS = 500, QUERIES = 20, GREATEST = 127 }; /* POINTS: some chunks, the last not full */

static const vg_distance metrics[] = {VG_COSINE, VG_DOT, VG_EUCLID, VG_MANHATTAN};
enum { METRICS = sizeof metrics / sizeof *metrics };
static const uint32_t sizes[] = {1, 19, 64, 100};
enum { SIZES = sizeof sizes / sizeof *sizes };

static void put_points(world *w, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        put_point(w, i, draw_stored(w));
}

/* A point of the same number everywhere. */
static void put_flat(world *w, uint64_t id, float number)
{
    float *vector = VG_TAKE_N(w->arena, float, w->size);

    assert_non_null(vector);
    for (uint32_t i = 0; i < w->size; i++)
        vector[i] = number;
    put_point(w, id, vector);
}

static vg_codes *code(world *w, vg_coding coding)
{
    uint32_t used = vg_dense_used(w->dense);
    vg_codes *codes = vg_codes_new(w->dense, coding, used);

    assert_non_null(codes);
    assert_true(vg_codes_grow(codes, used, used));
    assert_int_equal(vg_codes_next(codes), used);
    return codes;
}

/* From a query, as it is stored, to all slots, the last first. */
static void measure_all(world *w, const vg_codes *codes, const float *query, float *far)
{
    const vg_measure *measure = vg_codes_measure(codes);
    uint32_t used = vg_dense_used(w->dense), slots[POINTS];
    float backward[POINTS];

    assert_in_range(used, 1, POINTS);
    for (uint32_t i = 0; i < used; i++)
        slots[i] = used - 1 - i;
    measure->far(measure, vg_codes_query(w->arena, codes, query), slots, used, backward);
    for (uint32_t i = 0; i < used; i++)
        far[slots[i]] = backward[i];
}

static float far_of_slot(const vg_codes *codes, const void *query, uint32_t slot)
{
    float far;

    vg_codes_measure(codes)->far(vg_codes_measure(codes), query, &slot, 1, &far);
    return far;
}

/* ---- against the numbers ---- */

/* By how much a number may be off: a share of it, and an amount. */
typedef struct rounding {
    double query_step, row_step, row_share;
} rounding;

typedef struct sum {
    double far, off; /* what the numbers say, and by how much rounding may change it */
} sum;

static sum sum_of(vg_metric metric, const float *a, const float *b, uint32_t size, rounding r)
{
    sum s = {0, 1e-5};

    for (uint32_t i = 0; i < size; i++) {
        double x = (double)a[i], y = (double)b[i], of_x = r.query_step;
        double of_y = r.row_step + r.row_share * fabs(y), of_both = of_x + of_y;

        s.off += 1e-5 * fabs(x * y);
        if (metric == VG_METRIC_DOT) {
            s.far -= x * y;
            s.off += fabs(x) * of_y + fabs(y) * of_x + of_x * of_y;
        } else if (metric == VG_METRIC_L2) {
            s.far += (x - y) * (x - y);
            s.off += (2 * fabs(x - y) + of_both) * of_both + 1e-5 * (x - y) * (x - y);
        } else {
            s.far += fabs(x - y);
            s.off += of_both + 1e-5 * fabs(x - y);
        }
    }
    return s;
}

static void must_be_near(world *w, const vg_codes *codes, rounding r)
{
    vg_metric metric = vg_exact_metric(w->distance);
    float far[POINTS];

    for (uint32_t q = 0; q < QUERIES; q++) {
        const float *query = vg_dense_row(w->dense, q * 23);

        measure_all(w, codes, query, far);
        for (uint32_t i = 0; i < POINTS; i++) {
            sum s = sum_of(metric, query, vg_dense_row(w->dense, i), w->size, r);

            if (!(fabs((double)far[i] - s.far) <= s.off))
                fail_msg("metric %d, size %u, slot %u: %g for %g", (int)w->distance, w->size, i,
                         (double)far[i], s.far);
        }
    }
}

static double greatest_of(const world *w)
{
    double greatest = 0;

    for (uint32_t slot = 0; slot < POINTS; slot++)
        for (uint32_t i = 0; i < w->size; i++)
            greatest = fmax(greatest, fabs((double)vg_dense_row(w->dense, slot)[i]));
    return greatest;
}

static void must_be_the_formula(world *w, const vg_codes *codes)
{
    float far[POINTS];

    for (uint32_t q = 0; q < QUERIES; q++) {
        const float *query = vg_dense_row(w->dense, q * 23);

        measure_all(w, codes, query, far);
        for (uint32_t i = 0; i < POINTS; i++) {
            float differ = 0, score = vg_exact_score(w->distance, far[i]);

            for (uint32_t k = 0; k < w->size; k++)
                differ += (query[k] > 0) != (vg_dense_row(w->dense, i)[k] > 0);
            if (w->distance == VG_EUCLID)
                assert_true(fabsf(score - 2 * sqrtf(differ)) < 1e-5F);
            else if (w->distance == VG_MANHATTAN)
                assert_true(score == 2 * differ);
            else
                assert_true(score == (float)w->size - 2 * differ);
        }
    }
}

/* Of each metric and size; the last vector is zero. */
static void for_each_world(void (*check)(world *w))
{
    uint64_t seed = seed_of_test();

    for (int i = 0; i < METRICS * SIZES; i++) {
        world w;

        make_world(&w, sizes[i / METRICS], metrics[i % METRICS], 0);
        w.seed = seed + (uint64_t)i;
        put_points(&w, POINTS - 1);
        put_flat(&w, POINTS - 1, 0);
        check(&w);
        end_world(&w);
    }
}

static void check_bfloats(world *w)
{
    vg_codes *codes = code(w, (vg_coding){.kind = VG_CODE_BFLOAT16});

    must_be_near(w, codes, (rounding){.row_share = 0x1p-8}); /* 8 bits of a number stay */
    vg_codes_let(codes);
}

static void bfloats_measure_what_8_bits_of_a_number_allow(void **state)
{
    (void)state;
    for_each_world(check_bfloats);
}

static void check_bytes(world *w)
{
    vg_codes *codes = code(w, (vg_coding){VG_CODE_INT8, 1});
    double half = greatest_of(w) / GREATEST / 2;

    must_be_near(w, codes, (rounding){.query_step = half, .row_step = half});
    vg_codes_let(codes);
}

static void bytes_measure_what_half_a_step_allows(void **state)
{
    (void)state;
    for_each_world(check_bytes);
}

static void check_bits(world *w)
{
    vg_codes *codes = code(w, (vg_coding){.kind = VG_CODE_BINARY});

    must_be_the_formula(w, codes);
    vg_codes_let(codes);
}

static void bits_measure_how_many_signs_differ(void **state)
{
    (void)state;
    for_each_world(check_bits);
}

static void check_slots_as_queries(world *w)
{
    for (int kind = VG_CODE_NONE + 1; kind < VG_CODE_KINDS; kind++) {
        vg_codes *codes = code(w, (vg_coding){(vg_code_kind)kind, 0.9F});
        const vg_measure *measure = vg_codes_measure(codes);
        float far[POINTS];

        for (uint32_t slot = 0; slot < POINTS; slot += 61) {
            measure_all(w, codes, vg_dense_row(w->dense, slot), far);
            for (uint32_t i = 0; i < POINTS; i += 7)
                assert_true(far_of_slot(codes, measure->query_of(measure, slot), i) == far[i]);
        }
        vg_codes_let(codes);
    }
}

static void a_slot_asks_as_its_vector_does(void **state)
{
    (void)state;
    for_each_world(check_slots_as_queries);
}

/* ---- numbers that are out of the way ---- */

static void a_quantile_cuts_off_what_is_far_out(void **state)
{
    enum { SIZE = 8, OUT = POINTS - 1 };
    float far[POINTS], zeros[16] = {0};
    double total = 0;
    vg_codes *codes;
    world w;

    (void)state;
    make_world(&w, SIZE, VG_MANHATTAN, 0);
    w.seed = seed_of_test();
    put_points(&w, POINTS - 1);
    put_flat(&w, OUT, -1000);
    codes = code(&w, (vg_coding){VG_CODE_INT8, 1});
    measure_all(&w, codes, zeros, far);
    for (uint32_t i = 0; i < OUT; i++)
        assert_true(far[i] == 0); /* a step is larger than they are */
    assert_true(fabsf(far[OUT] - SIZE * 1000) < 1);
    vg_codes_let(codes);

    codes = code(&w, (vg_coding){VG_CODE_INT8, 0.99F});
    assert_true(vg_codes_coding(codes).quantile == 0.99F);
    measure_all(&w, codes, zeros, far);
    for (uint32_t i = 0; i < OUT; i++)
        total += (double)far[i];
    assert_true(total / OUT > 0.45 * SIZE && total / OUT < 0.55 * SIZE); /* of -1 to 1 */
    assert_true(far[OUT] > 0.9F * SIZE && far[OUT] <= 1.0001F * SIZE);
    vg_codes_let(codes);
    end_world(&w);
}

static void zeros_are_as_far_as_zeros_are(void **state)
{
    enum { SIZE = 20 };
    float zeros[32] = {0}, far[POINTS];

    (void)state;
    for (int i = 0; i < METRICS * (VG_CODE_KINDS - 1); i++) {
        vg_code_kind kind = (vg_code_kind)(1 + i / METRICS);
        vg_codes *codes;
        float wanted = 0;
        world w;

        make_world(&w, SIZE, metrics[i % METRICS], 0);
        for (uint32_t k = 0; k < 70; k++)
            put_flat(&w, k, 0);
        if (kind == VG_CODE_BINARY && vg_exact_metric(w.distance) == VG_METRIC_DOT)
            wanted = -SIZE; /* all signs are the same */
        codes = code(&w, (vg_coding){kind, 1});
        measure_all(&w, codes, zeros, far);
        for (uint32_t k = 0; k < 70; k++)
            assert_true(far[k] == wanted);
        vg_codes_let(codes);
        end_world(&w);
    }
}

/* What is larger than any float is as far as can be, or as near, and never no number. */
static void overflow_is_a_number(void **state)
{
    enum { SIZE = 4 };
    static const float mixed[16] = {0x1p127F, -0x1p127F, 0x1p127F, -0x1p127F};
    float far[POINTS];

    (void)state;
    for (int i = 0; i < METRICS * (VG_CODE_KINDS - 1); i++) {
        vg_codes *codes;
        world w;

        make_world(&w, SIZE, metrics[i % METRICS], 0);
        put_flat(&w, 0, 0x1p127F);
        put_flat(&w, 1, -0x1p127F);
        put_flat(&w, 2, 1);
        put_point(&w, 3, mixed);
        codes = code(&w, (vg_coding){(vg_code_kind)(1 + i / METRICS), 1});
        for (uint32_t query = 0; query < 4; query++) {
            measure_all(&w, codes, vg_dense_row(w.dense, query), far);
            for (uint32_t k = 0; k < 4; k++)
                assert_false(isnan(far[k]));
            if (query < 2)
                assert_true(far[query] < far[1 - query]);
        }
        vg_codes_let(codes);
        end_world(&w);
    }
}

/* ---- growing ---- */

static void they_grow_in_parts_and_what_is_coded_stays(void **state)
{
    static const struct {
        const char *says;
        uint32_t used, most, next;
    } rows[] = {
        {"some", 100, 30, 30},
        {"none", 100, 0, 30},
        {"all that are left", 100, 1000, 100},
        {"nothing is left", 100, 10, 100},
        {"a view that is older", 50, 10, 100},
        {"over the border of a chunk", 300, 100, 200},
        {"to the last", POINTS, POINTS, POINTS},
    };
    float whole[POINTS], parts[POINTS];
    vg_codes *codes, *at_once;
    world w;

    (void)state;
    make_world(&w, 33, VG_EUCLID, 0);
    w.seed = seed_of_test();
    put_points(&w, POINTS);
    codes = vg_codes_new(w.dense, (vg_coding){VG_CODE_INT8, 1}, POINTS);
    assert_non_null(codes);
    assert_int_equal(vg_codes_next(codes), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(vg_codes_grow(codes, rows[i].used, rows[i].most));
        if (vg_codes_next(codes) != rows[i].next)
            fail_msg("%s: %u", rows[i].says, vg_codes_next(codes));
    }
    at_once = code(&w, (vg_coding){VG_CODE_INT8, 1});
    measure_all(&w, codes, vg_dense_row(w.dense, 7), parts);
    measure_all(&w, at_once, vg_dense_row(w.dense, 7), whole);
    assert_memory_equal(parts, whole, sizeof whole);
    vg_codes_let(at_once);
    vg_codes_let(codes);
    end_world(&w);
}

/* A scale of nothing is 1 a step: it serves until there is another. */
static void what_is_not_coded_is_as_far_as_can_be(void **state)
{
    float far[POINTS];
    world w;

    (void)state;
    make_world(&w, 33, VG_DOT, 0);
    put_points(&w, POINTS);
    for (int kind = VG_CODE_BFLOAT16; kind < VG_CODE_KINDS; kind++) {
        vg_codes *codes = vg_codes_new(w.dense, (vg_coding){(vg_code_kind)kind, 1}, POINTS);

        assert_non_null(codes);
        assert_true(vg_codes_grow(codes, POINTS / 2, POINTS));
        measure_all(&w, codes, vg_dense_row(w.dense, 7), far);
        for (uint32_t slot = 0; slot < POINTS; slot++)
            assert_true(isinf(far[slot]) == (slot >= POINTS / 2));
        vg_codes_let(codes);
    }
    end_world(&w);
}

static void codes_of_nothing_yet_can_grow(void **state)
{
    vg_codes *codes;
    world w;

    (void)state;
    make_world(&w, 5, VG_MANHATTAN, 0);
    codes = vg_codes_new(w.dense, (vg_coding){VG_CODE_INT8, 1}, 0);
    assert_non_null(codes);
    assert_true(vg_codes_grow(codes, 0, 10));
    put_flat(&w, 1, 3);
    put_flat(&w, 2, 500);
    assert_true(vg_codes_grow(codes, 2, 10));
    assert_true(far_of_slot(codes, vg_codes_measure(codes)->query_of(vg_codes_measure(codes), 0),
                            1) == 5 * (GREATEST - 3));
    vg_codes_let(codes);
    end_world(&w);
}

static void they_hold_the_vectors_and_have_few_bytes(void **state)
{
    static const size_t bytes[VG_CODE_KINDS] = {
        [VG_CODE_BFLOAT16] = 2, [VG_CODE_INT8] = 1, [VG_CODE_BINARY] = 0};
    enum { SIZE = 1536, MORE = 64 };
    world w;

    (void)state;
    make_world(&w, SIZE, VG_DOT, 0);
    put_points(&w, 3);
    for (int kind = VG_CODE_NONE + 1; kind < VG_CODE_KINDS; kind++) {
        vg_codes *codes = code(&w, (vg_coding){(vg_code_kind)kind, 1});

        assert_ptr_equal(vg_codes_dense(codes), w.dense);
        assert_int_equal(vg_codes_coding(codes).kind, kind);
        assert_in_range(vg_codes_slot_bytes(codes), bytes[kind] > 0 ? bytes[kind] * SIZE : SIZE / 8,
                        (bytes[kind] > 0 ? bytes[kind] * SIZE : SIZE / 8) + MORE);
        vg_codes_hold(codes);
        vg_codes_let(codes);
        assert_int_equal(vg_codes_next(codes), 3);
        vg_codes_let(codes);
    }
    vg_codes_let(NULL);
    assert_null(vg_code_word(VG_CODE_NONE));
    end_world(&w);
}

/* ---- what a search makes of them ---- */

static void a_walk_needs_codes_of_all_that_is_shown(void **state)
{
    vg_search_params how = {0}, ignoring = {.ignores_quantization = true};
    vg_view view;
    world w;

    (void)state;
    make_world(&w, 8, VG_DOT, 0);
    put_points(&w, 10);
    view = view_now(&w);
    assert_false(vg_coded_walks(&view, &how));
    view.codes = vg_codes_new(w.dense, (vg_coding){VG_CODE_INT8, 1}, 10);
    assert_true(vg_codes_grow(view.codes, 10, 9));
    assert_false(vg_coded_walks(&view, &how));
    assert_true(vg_codes_grow(view.codes, 10, 1));
    assert_true(vg_coded_walks(&view, &how));
    assert_false(vg_coded_walks(&view, &ignoring));
    put_points(&w, 11);
    view.used = vg_dense_used(w.dense);
    assert_false(vg_coded_walks(&view, &how));
    vg_codes_let(view.codes);
    end_world(&w);
}

static void oversampling_multiplies_the_candidates(void **state)
{
    static const struct {
        float oversampling;
        uint32_t wanted, candidates;
    } rows[] = {
        {0, 10, 10},
        {1, 10, 10},
        {2.5F, 10, 25},
        {1.01F, 10, 11},
        {1e30F, 3, UINT32_MAX},
        {4, 1U << 31, UINT32_MAX},
        {3, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        vg_search_params how = {.oversampling = rows[i].oversampling};

        assert_int_equal(vg_coded_candidates(&how, rows[i].wanted), rows[i].candidates);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bfloats_measure_what_8_bits_of_a_number_allow),
        cmocka_unit_test(bytes_measure_what_half_a_step_allows),
        cmocka_unit_test(bits_measure_how_many_signs_differ),
        cmocka_unit_test(a_slot_asks_as_its_vector_does),
        cmocka_unit_test(a_quantile_cuts_off_what_is_far_out),
        cmocka_unit_test(zeros_are_as_far_as_zeros_are),
        cmocka_unit_test(overflow_is_a_number),
        cmocka_unit_test(they_grow_in_parts_and_what_is_coded_stays),
        cmocka_unit_test(what_is_not_coded_is_as_far_as_can_be),
        cmocka_unit_test(codes_of_nothing_yet_can_grow),
        cmocka_unit_test(they_hold_the_vectors_and_have_few_bytes),
        cmocka_unit_test(a_walk_needs_codes_of_all_that_is_shown),
        cmocka_unit_test(oversampling_multiplies_the_candidates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
