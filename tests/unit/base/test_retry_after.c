/* Retry-After: seconds, and dates in three forms, from one clock or from two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/retry_after.h"

/* 1994-11-06 08:49:37, the date of RFC 9110. */
#define THEN ((uint64_t)784111777000)

#define DAY  VG_RETRY_AFTER_MOST_MS
#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"

static const struct {
    const char *says;
    const char *value, *date;
    uint64_t now_ms;
    uint32_t ms;
} rows[] = {
    {"nothing", "", "", THEN, 0},
    {"seconds", "7", "", THEN, 7000},
    {"with blanks", "  7 ", "", THEN, 7000},
    {"at once", "0", "", THEN, 0},
    {"a day at most", "86400", "", THEN, DAY},
    {"however many there are", "4294968", "", THEN, DAY},
    {"also more than a number holds", "99999999999999999999999", "", THEN, DAY},
    {"no fractions", "1.5", "", THEN, 0},
    {"nothing below zero", "-1", "", THEN, 0},
    {"no words", "soon", "", THEN, 0},
    {"a date", DATE, "", THEN - 1500, 1500},
    {"as servers once wrote it", "Sunday, 06-Nov-94 08:49:37 GMT", "", THEN - 2000, 2000},
    {"and C", "Sun Nov  6 08:49:37 1994", "", THEN - 2000, 2000},
    {"from the other's clock", DATE, "Sun, 06 Nov 1994 08:49:30 GMT", 5, 7000},
    {"unless that cannot be read", DATE, "yesterday", THEN - 3000, 3000},
    {"a date that is now", DATE, "", THEN, 0},
    {"that is over", DATE, "", THEN + 1, 0},
    {"a day at most, again", DATE, "", 5, DAY},
    {"before time began", "Sun, 06 Nov 1904 08:49:37 GMT", "", THEN, 0},
    {"with more behind it", DATE " or so", "", THEN - 1000, 0},
    {"of another zone", "Sun, 06 Nov 1994 08:49:37 CET", "", THEN - 1000, 0},
    {"of no such month", "Sun, 06 Foo 1994 08:49:37 GMT", "", THEN - 1000, 0},
    {"half of one", "Sun, 06 Nov", "", THEN, 0},
};

static void a_time_is_read_from_each_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%s\n", rows[i].says);
        assert_int_equal(vg_retry_after_ms(vg_slice_str(rows[i].value), vg_slice_str(rows[i].date),
                                           rows[i].now_ms),
                         rows[i].ms);
    }
}

static void a_zero_byte_ends_no_date(void **state)
{
    static const char text[] = DATE "\0 or so";

    (void)state;
    assert_int_equal(
        vg_retry_after_ms(vg_slice_of(text, sizeof text - 1), (vg_slice){0}, THEN - 1000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_read_from_each_form),
        cmocka_unit_test(a_zero_byte_ends_no_date),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
