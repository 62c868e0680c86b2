/* Float16 and bytes: rounded as IEEE 754 says, and every instruction set against plain sums. */
#include <math.h>
#include <stdlib.h>

#include "engine/half.h"
#include "engine/narrow.h"
#include "support.h"

/* ---- float16 ---- */

static void every_half_comes_back_and_others_go_to_the_nearest(void **state)
{
    static const struct {
        const char *says;
        float from, to;
    } rows[] = {
        {"one", 1, 1},
        {"the greatest", 65504, 65504},
        {"just below what rounds up", 65519.996F, 65504},
        {"what rounds up", 65520, INFINITY},
        {"a tie goes to the even one below", 2049, 2048},
        {"a tie goes to the even one above", 2051, 2052},
        {"the smallest", 0x1p-24F, 0x1p-24F},
        {"half of the smallest is a tie", 0x1p-25F, 0},
        {"more than half of the smallest", 0x1.000002p-25F, 0x1p-24F},
        {"the greatest that has no leading one", 0x1.ff8p-15F, 0x1.ff8p-15F},
        {"negative", -0.1F, -0.0999755859375F},
    };

    (void)state;
    for (uint32_t bits = 0; bits < 0x7c00; bits++)
        assert_int_equal(vg_half_of(vg_half_float((uint16_t)bits)), bits);
    assert_true(isnan(vg_half_float(vg_half_of(NAN))));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (vg_half_float(vg_half_of(rows[i].from)) != rows[i].to)
            fail_msg("%s: %g", rows[i].says, (double)vg_half_float(vg_half_of(rows[i].from)));
}

/* ---- kernels ---- */

static double term(vg_metric metric, double a, double b)
{
    if (metric == VG_METRIC_DOT)
        return a * b;
    return metric == VG_METRIC_L2 ? (a - b) * (a - b) : fabs(a - b);
}

static void check_halves(const vg_narrow *table, const uint16_t *a, const uint16_t *b, size_t count)
{
    for (int m = 0; m < VG_METRICS; m++) {
        double sum = 0;

        for (size_t i = 0; i < count; i++)
            sum += term((vg_metric)m, (double)vg_half_float(a[i]), (double)vg_half_float(b[i]));
        if (fabs((double)table->half[m](a, b, count) - sum) > 1e-3)
            fail_msg("%s: metric %d of %zu halves", table->name, m, count);
    }
}

static void check_bytes(const vg_narrow *table, const uint8_t *a, const uint8_t *b, size_t count)
{
    for (int m = 0; m < VG_METRICS; m++) {
        double sum = 0;

        for (size_t i = 0; i < count; i++)
            sum += term((vg_metric)m, a[i], b[i]);
        if ((double)table->byte[m](a, b, count) != sum)
            fail_msg("%s: metric %d of %zu bytes", table->name, m, count);
    }
}

static void narrow_kernels_agree_with_plain_sums(void **state)
{
    enum { MOST = 130 };
    uint64_t seed = seed_of_test();
    uint16_t halves[2][MOST];
    uint8_t bytes[2][MOST];
    const vg_narrow *all[2];
    size_t tables = vg_narrow_list(all, 2);

    (void)state;
    for (size_t i = 0; i < MOST; i++)
        for (int k = 0; k < 2; k++) {
            halves[k][i] = vg_half_of(random_float(&seed));
            bytes[k][i] = (uint8_t)(next_random(&seed) % 256);
        }
    for (size_t t = 0; t < tables; t++)
        for (size_t count = 0; count < MOST - 1; count++) {
            check_halves(all[t], halves[0] + 1, halves[1], count);
            check_bytes(all[t], bytes[0] + 1, bytes[1], count);
        }
}

static void the_longest_rows_of_bytes_do_not_overflow(void **state)
{
    uint8_t *ones = malloc(VG_MAX_DIMENSION), *zeros = calloc(1, VG_MAX_DIMENSION);
    const vg_narrow *all[2];
    size_t tables = vg_narrow_list(all, 2);

    (void)state;
    memset(ones, 255, VG_MAX_DIMENSION);
    for (size_t t = 0; t < tables; t++) {
        assert_int_equal(all[t]->byte[VG_METRIC_DOT](ones, ones, VG_MAX_DIMENSION), 4261478400U);
        assert_int_equal(all[t]->byte[VG_METRIC_L2](ones, zeros, VG_MAX_DIMENSION), 4261478400U);
        assert_int_equal(all[t]->byte[VG_METRIC_L1](ones, zeros, VG_MAX_DIMENSION), 16711680U);
    }
    free(ones);
    free(zeros);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_half_comes_back_and_others_go_to_the_nearest),
        cmocka_unit_test(narrow_kernels_agree_with_plain_sums),
        cmocka_unit_test(the_longest_rows_of_bytes_do_not_overflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
