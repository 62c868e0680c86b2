/* Kernels: every instruction set against sums in double precision, for all lengths and alignments.
 */
#include <math.h>
#include <stdlib.h>

#include "support.h"

enum { MOST = 300, SHIFTS = 16, ROWS = 9, TABLES = 4 };

static double reference(vg_metric metric, const float *a, const float *b, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++) {
        double d = (double)a[i] - (double)b[i];

        sum += metric == VG_METRIC_DOT  ? (double)a[i] * (double)b[i]
               : metric == VG_METRIC_L2 ? d * d
                                        : fabs(d);
    }
    return sum;
}

/* Products cancel, so the bound is taken from their absolute sum. */
static double bound(const float *a, const float *b, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++) {
        double size = fabs((double)a[i]) + fabs((double)b[i]);

        sum += size * size;
    }
    return (sum + 1) * 3e-6;
}

static void check(const vg_kernels *kernels, vg_metric metric, const float *a, const float *b,
                  size_t count)
{
    double got = (double)kernels->pair[metric](a, b, count);

    if (fabs(got - reference(metric, a, b, count)) > bound(a, b, count))
        fail_msg("%s, metric %d, %zu floats: %g instead of %g", kernels->name, (int)metric, count,
                 got, reference(metric, a, b, count));
}

static void every_set_agrees_with_double_precision(void **state)
{
    static float a[MOST + SHIFTS], b[MOST + SHIFTS];
    const vg_kernels *all[TABLES];
    size_t tables = vg_kernel_list(all, TABLES);
    uint64_t seed = seed_of_test();

    (void)state;
    for (size_t i = 0; i < MOST + SHIFTS; i++) {
        a[i] = random_float(&seed);
        b[i] = random_float(&seed);
    }
    for (size_t t = 0; t < tables; t++)
        for (size_t count = 0; count <= MOST; count++)
            for (size_t at = 0; at < SHIFTS * VG_METRICS; at++)
                check(all[t], (vg_metric)(at % VG_METRICS), a + at / VG_METRICS,
                      b + (at * 7 + count) % SHIFTS, count);
}

static void check_rows(const vg_kernels *kernels, vg_metric metric, const float *query,
                       const vg_rows *rows)
{
    float out[ROWS + 1];

    for (size_t i = 0; i <= ROWS; i++)
        out[i] = 12345;
    kernels->rows[metric](query, rows, out);
    for (size_t i = 0; i < rows->rows; i++) {
        const float *row = rows->at + i * rows->stride;

        if (fabs((double)out[i] - reference(metric, query, row, rows->count)) >
            bound(query, row, rows->count))
            fail_msg("%s, metric %d, row %zu of %zu floats", kernels->name, (int)metric, i,
                     rows->count);
    }
    assert_true(out[rows->rows] == 12345); /* nothing is written behind */
}

static void rows_are_measured_like_pairs(void **state)
{
    static float at[ROWS * (MOST + 3)], query[MOST];
    const vg_kernels *all[TABLES];
    size_t tables = vg_kernel_list(all, TABLES);
    uint64_t seed = seed_of_test();

    (void)state;
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        at[i] = random_float(&seed);
    for (size_t i = 0; i < MOST; i++)
        query[i] = random_float(&seed);
    for (size_t t = 0; t < tables; t++)
        for (size_t count = 0; count <= MOST; count++)
            for (size_t rows = 0; rows <= ROWS; rows++)
                check_rows(all[t], (vg_metric)((count + rows) % VG_METRICS), query,
                           &(vg_rows){at, MOST + 3, rows, count});
}

/* Equal vectors are equally far to the last bit, whichever way they were come by. */
static void a_row_alone_is_measured_as_among_others(void **state)
{
    static float at[ROWS * (MOST + 3)], query[MOST];
    const vg_kernels *all[TABLES];
    size_t tables = vg_kernel_list(all, TABLES);
    uint64_t seed = seed_of_test();
    const float *rows[ROWS];

    (void)state;
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        at[i] = random_float(&seed);
    for (size_t i = 0; i < MOST; i++)
        query[i] = random_float(&seed);
    for (size_t i = 0; i < ROWS; i++)
        rows[i] = at + (i * 5 % ROWS) * (MOST + 3);
    for (size_t turn = 0; turn < tables * VG_METRICS * (MOST + 1); turn++) {
        const vg_kernels *kernels = all[turn % tables];
        vg_metric metric = (vg_metric)(turn / tables % VG_METRICS);
        size_t count = turn / tables / VG_METRICS, some = turn % (ROWS + 1);
        float together[ROWS], scattered[ROWS + 1] = {[ROWS] = 12345};

        kernels->rows[metric](query, &(vg_rows){at, MOST + 3, ROWS, count}, together);
        kernels->scattered[metric](query, &(vg_scattered){rows, some, count}, scattered);
        assert_true(scattered[ROWS] == 12345); /* nothing is written behind */
        for (size_t i = 0; i < some; i++) {
            float alone = kernels->pair[metric](query, rows[i], count);

            if (scattered[i] != alone || together[i * 5 % ROWS] != alone)
                fail_msg("%s, metric %d, row %zu of %zu, %zu floats", kernels->name, (int)metric, i,
                         some, count);
        }
    }
}

/* Exactly as many bytes as there are floats: a read behind the end is a fault under ASan. */
static void no_kernel_reads_behind_the_end(void **state)
{
    const vg_kernels *all[TABLES];
    size_t tables = vg_kernel_list(all, TABLES);

    (void)state;
    for (size_t count = 1; count < 70; count++) {
        float *a = calloc(count, sizeof *a), *b = calloc(count, sizeof *b);

        for (size_t t = 0; t < tables * VG_METRICS; t++)
            assert_true(all[t / VG_METRICS]->pair[t % VG_METRICS](a, b, count) == 0);
        free(a);
        free(b);
    }
}

static void the_best_is_the_last_of_the_list(void **state)
{
    const vg_kernels *all[TABLES];
    size_t tables = vg_kernel_list(all, TABLES);

    (void)state;
    assert_true(tables >= 1);
    assert_string_equal(all[0]->name, "scalar");
    assert_ptr_equal(vg_kernel_best(), all[tables - 1]);
    print_message("kernels: %s\n", vg_kernel_best()->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_set_agrees_with_double_precision),
        cmocka_unit_test(rows_are_measured_like_pairs),
        cmocka_unit_test(a_row_alone_is_measured_as_among_others),
        cmocka_unit_test(no_kernel_reads_behind_the_end),
        cmocka_unit_test(the_best_is_the_last_of_the_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
