/* UTF-8: every code point both ways, and every way to get it wrong. */
#include "base/utf8.h"
#include "tests/unit/base/unit.h"

static void every_code_point_goes_both_ways(void **state)
{
    (void)state;
    for (uint32_t point = 0; point <= 0x10ffff; point++) {
        char text[4];
        size_t len = vg_utf8_write(point, text);
        bool is_surrogate = point >= 0xd800 && point < 0xe000;

        if (vg_utf8_len(text, len) != (is_surrogate ? 0 : len))
            fail_msg("U+%04X", point);
        if (vg_utf8_len(text, len - 1) != 0)
            fail_msg("U+%04X with its last byte missing", point);
    }
}

static void what_is_not_utf8_is_found_where_it_is(void **state)
{
    static const struct {
        const char *says, *text;
        size_t good;
    } rows[] = {
        {"all is well", "aä€😀", 10},
        {"a continuation alone", "ab\x80", 2},
        {"overlong slash", "\xc0\xaf", 0},
        {"overlong in three", "a\xe0\x9f\xbf", 1},
        {"overlong in four", "\xf0\x8f\xbf\xbf", 0},
        {"a surrogate", "\xed\xa0\x80", 0},
        {"above the last", "\xf4\x90\x80\x80", 0},
        {"far above", "\xf5\x80\x80\x80", 0},
        {"a byte that is never used", "xyz\xff", 3},
        {"cut after two of three", "\xe2\x82", 0},
        {"a letter instead of the third", "\xe2\x82z", 0},
        {"a letter instead of the fourth", "\xf0\x9f\x98z", 0},
        {"behind a long plain text", "0123456789abcdef\xc1", 16},
    };

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++)
        expect(rows[i].says, vg_utf8_check(vg_slice_str(rows[i].text)) == rows[i].good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_goes_both_ways),
        cmocka_unit_test(what_is_not_utf8_is_found_where_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
