/* Float text: it reads back as the same float, no shorter text does, and it looks as it should. */
#include <math.h>
#include <stdlib.h>

#include "vecgate/json.h"

#include "base/number.h"
#include "tests/support/chance.h"
#include "tests/unit/base/unit.h"

static void floats_look_as_they_should(void **state)
{
    static const struct {
        float value;
        const char *text;
    } rows[] = {
        {0.0f, "0.0"},
        {-0.0f, "-0.0"},
        {1.0f, "1.0"},
        {-1.5f, "-1.5"},
        {0.1f, "0.1"},
        {100.0f, "100.0"},
        {16777216.0f, "16777216.0"},
        {1e12f, "1000000000000.0"},
        {9.99e12f, "9990000000000.0"},
        {1e13f, "1e13"},
        {1.5e20f, "1.5e20"},
        {0.001234f, "0.001234"},
        {1e-6f, "0.000001"},
        {0.00001f, "0.00001"},
        {1.17549435e-38f, "1.1754944e-38"},
        {1e-45f, "1e-45"},
        {3.4028235e38f, "3.4028235e38"},
        {8388608.5f, "8388608.0"},
        {9.8e-7f, "9.8e-7"},
        {1e-7f, "1e-7"},
        {INFINITY, "null"},
        {NAN, "null"},
    };

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char text[VG_FLOAT_TEXT];

        expect_text(rows[i].text, vg_slice_of(text, vg_float_write(rows[i].value, text)),
                    rows[i].text);
    }
}

static void doubles_look_as_they_should(void **state)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {0.0, "0.0"},
        {-0.0, "-0.0"},
        {1.0, "1.0"},
        {0.1, "0.1"},
        {0.3, "0.3"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1e15, "1000000000000000.0"},
        {9007199254740993.0, "9007199254740992.0"},
        {1e16, "1e16"},
        {1.2345e-4, "0.00012345"},
        {1e-5, "0.00001"},
        {1e-6, "1e-6"},
        {5e-324, "5e-324"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {1.7976931348623157e308, "1.7976931348623157e308"},
        {9.5367431640625e-7, "9.5367431640625e-7"},
        {-INFINITY, "null"},
        {NAN, "null"},
    };

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char text[VG_FLOAT_TEXT];

        expect_text(rows[i].text, vg_slice_of(text, vg_double_write(rows[i].value, text)),
                    rows[i].text);
    }
}

static size_t count_digits(const char *text)
{
    size_t digits = 0, zeros = 0;

    for (; *text != '\0' && *text != 'e'; text++) {
        if (*text == '-' || *text == '.' || (digits == 0 && *text == '0'))
            continue;
        zeros = *text == '0' ? zeros + 1 : 0;
        digits++;
    }
    return digits - zeros;
}

/* The fewest digits with which the library's nearest text reads back, at most one too many: the
 * search knows only the nearest of each length, and Schubfach any in the interval. */
static size_t fewest_digits(double value, bool is_f32, int most)
{
    char text[64];

    for (int digits = 1; digits < most; digits++) {
        snprintf(text, sizeof(text), "%.*e", digits - 1, value);
        if (is_f32 ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value)
            return (size_t)digits;
    }
    return (size_t)most;
}

static void expect_good_f32(float value, bool is_shortest)
{
    char text[VG_FLOAT_TEXT + 1];
    size_t len = vg_float_write(value, text);
    float back;

    text[len] = '\0';
    assert_true(len <= VG_FLOAT_TEXT);
    back = strtof(text, NULL);
    if (memcmp(&back, &value, sizeof(value)) != 0)
        fail_msg("%a became %s", (double)value, text);
    if (is_shortest && count_digits(text) > fewest_digits((double)value, true, 9))
        fail_msg("%a became %s, which is not the shortest", (double)value, text);
}

static void expect_good_f64(double value, bool is_shortest)
{
    char text[VG_FLOAT_TEXT + 1];
    size_t len = vg_double_write(value, text);
    double back;

    text[len] = '\0';
    assert_true(len <= VG_FLOAT_TEXT);
    back = strtod(text, NULL);
    if (memcmp(&back, &value, sizeof(value)) != 0)
        fail_msg("%a became %s", value, text);
    if (is_shortest && count_digits(text) > fewest_digits(value, false, 17))
        fail_msg("%a became %s, which is not the shortest", value, text);
}

static void any_bits_read_back_as_themselves(void **state)
{
    (void)state;
    chance_begin(__func__);
    for (int i = 0; i < 1000000; i++) {
        uint64_t bits = chance_next();
        uint32_t half = (uint32_t)bits;
        double real;
        float value;

        memcpy(&value, &half, sizeof(value));
        memcpy(&real, &bits, sizeof(real));
        if (isfinite(value))
            expect_good_f32(value, i % 50 == 0);
        if (isfinite(real))
            expect_good_f64(real, i % 50 == 0);
    }
}

/* Where the interval is not even: powers of two, and their neighbours. */
static void powers_of_two_read_back_as_themselves(void **state)
{
    (void)state;
    for (int e = -149; e <= 127; e++) {
        float value = ldexpf(1.0f, e);

        expect_good_f32(value, true);
        expect_good_f32(nextafterf(value, 0.0f) != 0.0f ? nextafterf(value, 0.0f) : value, true);
        expect_good_f32(nextafterf(value, 1e38f), true);
    }
    for (int e = -1074; e <= 1023; e++) {
        double value = ldexp(1.0, e);

        expect_good_f64(value, true);
        expect_good_f64(nextafter(value, 0.0) != 0.0 ? nextafter(value, 0.0) : value, true);
        expect_good_f64(nextafter(value, 1e308), true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats_look_as_they_should),
        cmocka_unit_test(doubles_look_as_they_should),
        cmocka_unit_test(any_bits_read_back_as_themselves),
        cmocka_unit_test(powers_of_two_read_back_as_themselves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
