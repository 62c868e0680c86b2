/* Float16, bfloat16, bytes and bits: rounded as IEEE 754 says, and every instruction set against
 * plain sums. */
#include <float.h>
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

/* ---- bfloat16 ---- */

static bool is_finite(uint32_t bits)
{
    return (bits & 0x7f80) != 0x7f80;
}

static void every_bfloat_comes_back_and_others_go_to_the_nearest(void **state)
{
    static const struct {
        const char *says;
        float from, to;
    } rows[] = {
        {"one", 1, 1},
        {"a tie goes to the even one below", 0x1.01p0F, 1},
        {"a tie goes to the even one above", 0x1.03p0F, 0x1.04p0F},
        {"just above a tie", 0x1.010002p0F, 0x1.02p0F},
        {"just below a tie", 0x1.02fffep0F, 0x1.02p0F},
        {"up to the next power of two", 0x1.ffp0F, 2},
        {"the greatest", 0x1.fep127F, 0x1.fep127F},
        {"a tie with infinity", 0x1.ffp127F, 0x1.fep127F},
        {"the greatest float", FLT_MAX, 0x1.fep127F},
        {"the same below nothing", -FLT_MAX, -0x1.fep127F},
        {"a negative tie", -0x1.03p0F, -0x1.04p0F},
        {"the smallest", 0x1p-133F, 0x1p-133F},
        {"half of the smallest is a tie", 0x1p-134F, 0},
        {"more than half of the smallest", 0x1.8p-134F, 0x1p-133F},
    };

    (void)state;
    for (uint32_t bits = 0; bits <= UINT16_MAX; bits++)
        if (is_finite(bits))
            assert_int_equal(vg_bfloat_of(vg_bfloat_float((uint16_t)bits)), bits);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (vg_bfloat_float(vg_bfloat_of(rows[i].from)) != rows[i].to)
            fail_msg("%s: %g", rows[i].says, (double)vg_bfloat_float(vg_bfloat_of(rows[i].from)));
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

static void check_bfloats(const vg_narrow *table, const float *a, const uint16_t *b, size_t count)
{
    for (int m = 0; m < VG_METRICS; m++) {
        double sum = 0;

        for (size_t i = 0; i < count; i++)
            sum += term((vg_metric)m, (double)a[i], (double)vg_bfloat_float(b[i]));
        if (fabs((double)table->bfloat[m](a, b, count) - sum) > 1e-3)
            fail_msg("%s: metric %d of %zu bfloats", table->name, m, count);
    }
}

static void check_bits(const vg_narrow *table, const uint64_t *a, const uint64_t *b, size_t words)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < words; i++)
        for (int bit = 0; bit < 64; bit++)
            sum += (a[i] >> bit & 1) != (b[i] >> bit & 1);
    if (table->bits(a, b, words) != sum)
        fail_msg("%s: bits of %zu words", table->name, words);
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

static void those_of_bfloats_and_bits_do_too(void **state)
{
    enum { MOST = 131 };
    uint64_t seed = seed_of_test();
    float floats[MOST];
    uint16_t bfloats[MOST];
    uint64_t words[2][MOST];
    const vg_narrow *all[2];
    size_t tables = vg_narrow_list(all, 2);

    (void)state;
    for (size_t i = 0; i < MOST; i++) {
        floats[i] = random_float(&seed);
        bfloats[i] = vg_bfloat_of(random_float(&seed));
        for (int k = 0; k < 2; k++)
            words[k][i] = next_random(&seed) << 32 ^ next_random(&seed);
    }
    for (size_t t = 0; t < tables; t++)
        for (size_t count = 0; count < MOST; count++) {
            size_t from = count < MOST - 1; /* at any alignment of a number */

            check_bfloats(all[t], floats + from, bfloats, count);
            check_bits(all[t], words[0] + from, words[1], count);
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
        cmocka_unit_test(every_bfloat_comes_back_and_others_go_to_the_nearest),
        cmocka_unit_test(narrow_kernels_agree_with_plain_sums),
        cmocka_unit_test(those_of_bfloats_and_bits_do_too),
        cmocka_unit_test(the_longest_rows_of_bytes_do_not_overflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
