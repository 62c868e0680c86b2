/* Numbers: values against strtof() and strtod(), over texts of every shape. */
#include <math.h>
#include <stdlib.h>

#include "vecgate/json.h"

#include "base/number.h"
#include "tests/support/chance.h"
#include "tests/unit/base/unit.h"

/* The value that the array [text] yields. */
static float through_array(const char *text)
{
    char padded[2048 + VG_JSON_PAD];
    int len = snprintf(padded, 2048, "[%s]", text);
    float value = NAN;
    size_t bad = 1;

    if (vg_json_floats(vg_slice_of(padded, (size_t)len), &value, 1, &bad) == 0)
        return bad == 0 ? INFINITY : NAN;
    return value;
}

/* An infinity that the array refuses has lost its sign. */
static bool is_same_f32(float a, float b)
{
    return memcmp(&a, &b, sizeof(a)) == 0 || (isinf(a) && isinf(b));
}

static void expect_library_value(const char *text)
{
    float wanted = strtof(text, NULL);
    double wanted_real = strtod(text, NULL);
    double real = vg_number_f64(vg_slice_str(text));
    double exact = vg_number_exact_f64(vg_slice_str(text));

    if (!is_same_f32(through_array(text), wanted))
        fail_msg("%s: got %a, wanted %a", text, (double)through_array(text), (double)wanted);
    if (!is_same_f32(vg_number_exact_f32(vg_slice_str(text)), wanted))
        fail_msg("%s: the exact way is wrong", text);
    if (memcmp(&real, &wanted_real, sizeof(real)) != 0)
        fail_msg("%s: got %a, wanted %a", text, real, wanted_real);
    if (memcmp(&exact, &wanted_real, sizeof(real)) != 0)
        fail_msg("%s: the exact way is wrong for float64", text);
}

static const char *const hard[] = {
    "0",
    "-0",
    "0.0",
    "-0.0e5",
    "1",
    "-1",
    "0.1",
    "1e0",
    "1E+5",
    "1e-5",
    "123456789",
    /* middles between two float32, and one digit beside them */
    "16777217",
    "16777217.0000000000000000001",
    "16777216.9999999999999999999",
    "33554434",
    "33554435",
    "33554437",
    "1.00000005960464477539062500",
    "1.00000005960464477539062501",
    "1.00000005960464477539062499",
    "0.000000059604644775390625",
    /* the ends of float32: subnormal, smallest normal, largest, beyond */
    "1e-45",
    "7.006492321624085e-46",
    "7.006492321624086e-46",
    "1.4e-45",
    "1e-46",
    "1.1754943508222875e-38",
    "1.1754942106924411e-38",
    "3.4028234663852886e38",
    "3.4028235677973366e38",
    "3.4028235677973365e38",
    "3.40282356779733662e38",
    "1e39",
    "-1e39",
    /* the ends of float64 */
    "4.9e-324",
    "2.4703282292062327e-324",
    "2.4703282292062328e-324",
    "2.2250738585072011e-308",
    "1.7976931348623157e308",
    "1.7976931348623159e308",
    "1e309",
    "-1e400",
    /* middles of float64 */
    "9007199254740993",
    "9007199254740992.9",
    "9007199254740993.0000000000000000001",
    "1e23",
    "8.5e22",
    "1e22",
    "123456789012345678901234567890",
    /* many digits, many zeros, large exponents that come to nothing */
    "18446744073709551615",
    "18446744073709551616",
    "9999999999999999999",
    "99999999999999999999",
    "0.00000000000000000000000000000000000000012345678901234567",
    "1000000000000000000000000e-24",
    "0.000000000000000000000001e24",
    "1e99999999999999999999",
    "1e-99999999999999999999",
    "0e99999999999",
    "0.12345678901234567890123456789",
    "1234567890.1234567890123456789e-10",
};

static void hard_numbers_have_the_librarys_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(hard); i++)
        expect_library_value(hard[i]);
}

/* ---- by chance ---- */

static size_t put_digits(char *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (char)('0' + chance_below(10));
    return n;
}

static void make_number(char *to)
{
    size_t whole = chance_below(chance_below(8) == 0 ? 25 : 3);

    if (chance_below(2) == 0)
        *to++ = '-';
    *to++ = (char)(whole > 0 ? '1' + chance_below(9) : '0');
    to += put_digits(to, whole);
    if (chance_below(4) != 0) {
        *to++ = '.';
        to += put_digits(to, 1 + chance_below(chance_below(8) == 0 ? 40 : 19));
    }
    if (chance_below(4) == 0)
        to += snprintf(to, 8, "e%d", (int)chance_below(90) - 45);
    *to = '\0';
}

static void any_number_has_the_librarys_value(void **state)
{
    char text[128];

    (void)state;
    chance_begin(__func__);
    for (int i = 0; i < 300000; i++) {
        make_number(text);
        expect_library_value(text);
    }
}

/* Texts of any float32 at hand, and of the middle between it and the next, exactly and nearly. */
static void middles_are_rounded_as_the_library_does(void **state)
{
    char text[400];

    (void)state;
    chance_begin(__func__);
    for (int i = 0; i < 50000; i++) {
        uint32_t bits = (uint32_t)chance_next() & 0x7fffffff;
        float low, high;

        memcpy(&low, &bits, sizeof(low));
        high = nextafterf(low, INFINITY);
        if (!isfinite(low) || !isfinite(high))
            continue;
        snprintf(text, sizeof(text), "%.*e", (int)chance_below(12) + 6, (double)low);
        expect_library_value(text);
        snprintf(text, sizeof(text), "%.*e", (int)chance_below(40) + 10,
                 ((double)low + (double)high) / 2);
        expect_library_value(text);
        snprintf(text, sizeof(text), "%.200f", ((double)low + (double)high) / 2);
        expect_library_value(text);
    }
}

static void very_long_numbers_keep_their_last_digit(void **state)
{
    static char text[3100];
    double below, above;

    (void)state;
    /* A middle of float64 (2^53 + 1), then a thousand zeros: to even; then a 1: up. */
    memset(text, '0', 3000);
    memcpy(text, "9007199254740993.", 17);
    below = vg_number_f64(vg_slice_of(text, 3000));
    text[2999] = '1';
    above = vg_number_f64(vg_slice_of(text, 3000));
    assert_true(below == 9007199254740992.0);
    assert_true(above == 9007199254740994.0);
}

static void zeros_before_the_first_digit_take_no_room(void **state)
{
    static char text[1100];

    (void)state;
    memset(text, '0', 1000);
    memcpy(text, "0.", 2);
    memcpy(text + 1000, "123e1001", 9);
    expect_library_value(text);
}

static void whole_numbers_are_read_within_their_type(void **state)
{
    static const struct {
        const char *text;
        bool is_u64, is_i64;
        int64_t value;
    } rows[] = {
        {"0", true, true, 0},
        {"-0", false, true, 0},
        {"9223372036854775807", true, true, INT64_MAX},
        {"9223372036854775808", true, false, INT64_MIN},
        {"-9223372036854775808", false, true, INT64_MIN},
        {"-9223372036854775809", false, false, 0},
        {"18446744073709551615", true, false, -1},
        {"18446744073709551616", false, false, 0},
        {"1.0", false, false, 0},
        {"1e2", false, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        uint64_t u = (uint64_t)rows[i].value;
        int64_t s = rows[i].value;

        expect(rows[i].text, vg_number_u64(vg_slice_str(rows[i].text), &u) == rows[i].is_u64);
        expect(rows[i].text, vg_number_i64(vg_slice_str(rows[i].text), &s) == rows[i].is_i64);
        expect(rows[i].text, u == (uint64_t)rows[i].value && s == rows[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hard_numbers_have_the_librarys_value),
        cmocka_unit_test(any_number_has_the_librarys_value),
        cmocka_unit_test(middles_are_rounded_as_the_library_does),
        cmocka_unit_test(very_long_numbers_keep_their_last_digit),
        cmocka_unit_test(zeros_before_the_first_digit_take_no_room),
        cmocka_unit_test(whole_numbers_are_read_within_their_type),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
