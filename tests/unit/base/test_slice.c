/* Slices: comparing, finding, cutting. */
#include "tests/unit/base/unit.h"

static void numbers_are_read_whole_or_not_at_all(void **state)
{
    static const struct {
        const char *says, *text;
        bool good;
        uint64_t value;
    } rows[] = {
        {"one digit", "7", true, 7},
        {"leading zeros are fine", "007", true, 7},
        {"the largest", "18446744073709551615", true, UINT64_MAX},
        {"one more is too large", "18446744073709551616", false, 0},
        {"ten times too large", "99999999999999999999", false, 0},
        {"nothing", "", false, 0},
        {"a sign", "+1", false, 0},
        {"a blank behind", "1 ", false, 0},
        {"hex", "0x1", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        uint64_t value = 0;

        expect(rows[i].says, vg_slice_u64(vg_slice_str(rows[i].text), &value) == rows[i].good);
        expect(rows[i].says, value == rows[i].value);
    }
}

static void order_is_by_bytes_and_prefixes_come_first(void **state)
{
    static const char *const ordered[] = {"", "A", "a", "aa", "ab", "b", "\x7f", "\x80"};

    (void)state;
    for (size_t i = 0; i < ROWS(ordered); i++)
        for (size_t j = 0; j < ROWS(ordered); j++) {
            int order = vg_slice_cmp(vg_slice_str(ordered[i]), vg_slice_str(ordered[j]));

            expect(ordered[i], (order < 0) == (i < j) && (order == 0) == (i == j));
        }
}

static void letters_match_in_either_case_and_nothing_else_does(void **state)
{
    (void)state;
    assert_true(vg_slice_is_nocase(VG_LIT("Content-Type"), VG_LIT("cONTENT-tYPE")));
    assert_false(vg_slice_is_nocase(VG_LIT("a@"), VG_LIT("a`")));
    assert_false(vg_slice_is_nocase(VG_LIT("["), VG_LIT("{")));
    assert_false(vg_slice_is_nocase(VG_LIT("ab"), VG_LIT("abc")));
}

static void ends_are_found(void **state)
{
    (void)state;
    assert_true(vg_slice_starts(VG_LIT("urn:uuid:x"), VG_LIT("urn:")));
    assert_true(vg_slice_starts(VG_LIT("x"), VG_LIT("")));
    assert_false(vg_slice_starts(VG_LIT("ur"), VG_LIT("urn")));
    assert_true(vg_slice_ends(VG_LIT("points.json"), VG_LIT(".json")));
    assert_false(vg_slice_ends(VG_LIT("json"), VG_LIT(".json")));
    assert_int_equal(vg_slice_find(VG_LIT("a.b.c"), '.'), 1);
    assert_int_equal(vg_slice_find(VG_LIT("abc"), '.'), 3);
    assert_int_equal(vg_slice_find((vg_slice){0}, '.'), 0);
}

static void cutting_stays_inside(void **state)
{
    (void)state;
    expect_text("blanks and tabs go", vg_slice_trim(VG_LIT(" \t a b\t ")), "a b");
    expect_text("only blanks", vg_slice_trim(VG_LIT("  ")), "");
    expect_text("skip", vg_slice_skip(VG_LIT("abc"), 1), "bc");
    expect_text("skip too many", vg_slice_skip(VG_LIT("abc"), 9), "");
    assert_null(vg_slice_skip((vg_slice){0}, 3).at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_whole_or_not_at_all),
        cmocka_unit_test(order_is_by_bytes_and_prefixes_come_first),
        cmocka_unit_test(letters_match_in_either_case_and_nothing_else_does),
        cmocka_unit_test(ends_are_found),
        cmocka_unit_test(cutting_stays_inside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
