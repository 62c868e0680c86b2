/* Date-times: read in all their forms, written in one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/datetime.h"
#include "tests/support/chance.h"

static const int64_t noon = INT64_C(1709208000000000); /* 2024-02-29T12:00:00Z, of date(1) */

static const struct {
    const char *says;
    const char *text;
    bool is_one;
    int64_t us;
} rows[] = {
    {"RFC 3339", "2024-02-29T12:00:00Z", true, noon},
    {"in small letters", "2024-02-29t12:00:00z", true, noon},
    {"with a zone to the east", "2024-02-29T14:30:00+02:30", true, noon},
    {"and to the west, over midnight", "2024-02-28T23:00:00-13:00", true, noon},
    {"with a zone without a colon", "2024-02-29T14:30:00+0230", true, noon},
    {"with hours alone", "2024-02-29 10:00:00-02", true, noon},
    {"without a zone", "2024-02-29T12:00:00", true, noon},
    {"with a blank", "2024-02-29 12:00:00", true, noon},
    {"with a blank and Z", "2024-02-29 12:00:00Z", true, noon},
    {"with one digit of a fraction", "2024-02-29T12:00:00.5", true, noon + 500000},
    {"with six", "2024-02-29T12:00:00.000001Z", true, noon + 1},
    {"digits below count for nothing", "2024-02-29T12:00:00.0000019+00:00", true, noon + 1},
    {"without seconds", "2024-02-29 12:00", true, noon},
    {"a date alone", "2024-02-29", true, noon - INT64_C(43200000000)},
    {"the beginning", "1970-01-01", true, 0},
    {"before it, rounded down", "1969-12-31T23:59:59.9999999", true, -1},
    {"the first year", "0000-01-01", true, INT64_C(-62167219200000000)},
    {"the last moment", "9999-12-31T23:59:59.999999Z", true, INT64_C(253402300799999999)},
    {"a second that leaps", "2016-12-31T23:59:60Z", true, INT64_C(1483228800000000)},
    {"nothing", "", false, 0},
    {"no leap year", "2023-02-29", false, 0},
    {"nor this", "1900-02-29", false, 0},
    {"but this", "2000-02-29", true, INT64_C(951782400000000)},
    {"month 0", "2024-00-10", false, 0},
    {"month 13", "2024-13-10", false, 0},
    {"day 0", "2024-01-00", false, 0},
    {"day 31 of April", "2024-04-31", false, 0},
    {"hour 24", "2024-02-29 24:00:00", false, 0},
    {"minute 60", "2024-02-29 12:60", false, 0},
    {"second 61", "2024-02-29 12:00:61", false, 0},
    {"a point without a fraction", "2024-02-29T12:00:00.Z", false, 0},
    {"a zone of 24 hours", "2024-02-29T12:00:00+24:00", false, 0},
    {"a zone of 60 minutes", "2024-02-29T12:00:00+02:60", false, 0},
    {"half a zone", "2024-02-29T12:00:00+2", false, 0},
    {"a zone with an open end", "2024-02-29T12:00:00+02:", false, 0},
    {"T without seconds", "2024-02-29T12:00", false, 0},
    {"a zone without seconds", "2024-02-29 12:00Z", false, 0},
    {"a zone behind a date", "2024-02-29Z", false, 0},
    {"short numbers", "2024-2-9", false, 0},
    {"something behind", "2024-02-29 ", false, 0},
    {"something before", " 2024-02-29", false, 0},
    {"behind the zone", "2024-02-29T12:00:00Zulu", false, 0},
    {"a year of five digits", "12024-02-29", false, 0},
    {"a sign", "-024-02-29", false, 0},
};

static void date_times_are_read_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t us = 0;
        bool good = vg_datetime_read(vg_slice_str(rows[i].text), &us);

        if (good != rows[i].is_one || us != rows[i].us)
            fail_msg("%s: %s, %lld", rows[i].says, good ? "read" : "refused", (long long)us);
    }
}

static vg_slice written(int64_t us, char *to)
{
    return vg_slice_of(to, vg_datetime_write(us, to));
}

static void date_times_are_written_as_rfc_3339(void **state)
{
    char to[VG_DATETIME_TEXT];

    (void)state;
    assert_true(vg_slice_is_str(written(noon + 42, to), "2024-02-29T12:00:00.000042Z"));
    assert_true(vg_slice_is_str(written(-1, to), "1969-12-31T23:59:59.999999Z"));
    assert_true(vg_slice_is_str(written(INT64_MAX, to), "294247-01-10T04:00:54.775807Z"));
    assert_true(vg_slice_is_str(written(INT64_MIN, to), "-290308-12-21T19:59:05.224192Z"));
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    chance_begin("what_is_written_reads_back");
    for (int i = 0; i < 20000; i++) {
        const int64_t first = INT64_C(-62167219200000000), span = INT64_C(315569520000000000);
        int64_t us = first + (int64_t)(chance_next() % (uint64_t)span), back = 0;
        char to[VG_DATETIME_TEXT];

        assert_true(vg_datetime_read(written(us, to), &back));
        assert_int_equal(back, us);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(date_times_are_read_or_refused),
        cmocka_unit_test(date_times_are_written_as_rfc_3339),
        cmocka_unit_test(what_is_written_reads_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
