/* See datetime.h. Dates and days are converted by eras of 400 years that begin in March (H.
 * Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
#include "base/datetime.h"

#include <inttypes.h>
#include <stdio.h>

static const int64_t second_us = 1000000, minute_us = INT64_C(60) * 1000000,
                     hour_us = INT64_C(3600) * 1000000, day_us = INT64_C(86400) * 1000000;

/* ---- reading ---- */

/* Exactly `digits` of them, at most `most`. */
static bool read_number(vg_slice *left, size_t digits, int64_t most, int64_t *out)
{
    *out = 0;
    if (left->len < digits)
        return false;
    for (size_t i = 0; i < digits; i++) {
        if (left->at[i] < '0' || left->at[i] > '9')
            return false;
        *out = *out * 10 + (left->at[i] - '0');
    }
    *left = vg_slice_skip(*left, digits);
    return *out <= most;
}

static bool read_byte(vg_slice *left, char byte)
{
    if (left->len == 0 || left->at[0] != byte)
        return false;
    *left = vg_slice_skip(*left, 1);
    return true;
}

static int64_t days_in(int64_t year, int64_t month)
{
    static const int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leaps = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leaps);
}

static int64_t days_before(int64_t year, int64_t month, int64_t day)
{
    int64_t shifted = year - (month <= 2);
    int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    int64_t of_era = shifted - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool read_date(vg_slice *left, int64_t *us)
{
    int64_t year, month, day;

    if (!read_number(left, 4, 9999, &year) || !read_byte(left, '-') ||
        !read_number(left, 2, 12, &month) || !read_byte(left, '-') ||
        !read_number(left, 2, 31, &day))
        return false;
    if (month < 1 || day < 1 || day > days_in(year, month))
        return false;
    *us = days_before(year, month, day) * day_us;
    return true;
}

static bool read_fraction(vg_slice *left, int64_t *us)
{
    int64_t unit = second_us / 10;

    if (!read_byte(left, '.'))
        return true;
    if (left->len == 0 || left->at[0] < '0' || left->at[0] > '9')
        return false;
    while (left->len > 0 && left->at[0] >= '0' && left->at[0] <= '9') {
        *us += (left->at[0] - '0') * unit;
        unit /= 10;
        *left = vg_slice_skip(*left, 1);
    }
    return true;
}

static bool read_zone(vg_slice *left, int64_t *us)
{
    int64_t hours, minutes = 0;
    bool is_west = left->len > 0 && left->at[0] == '-';

    if (left->len == 0 || read_byte(left, 'Z') || read_byte(left, 'z'))
        return true;
    if (!read_byte(left, is_west ? '-' : '+') || !read_number(left, 2, 23, &hours))
        return false;
    if (left->len > 0) {
        read_byte(left, ':');
        if (!read_number(left, 2, 59, &minutes))
            return false;
    }
    *us += (is_west ? 1 : -1) * (hours * hour_us + minutes * minute_us);
    return true;
}

/* What stands behind the date. Without seconds there is neither a T nor a zone. */
static bool read_time(vg_slice *left, int64_t *us)
{
    bool is_blank = read_byte(left, ' ');
    int64_t hour, minute, second;

    if (!is_blank && !read_byte(left, 'T') && !read_byte(left, 't'))
        return false;
    if (!read_number(left, 2, 23, &hour) || !read_byte(left, ':') ||
        !read_number(left, 2, 59, &minute))
        return false;
    *us += hour * hour_us + minute * minute_us;
    if (left->len == 0)
        return is_blank;
    if (!read_byte(left, ':') || !read_number(left, 2, 60, &second))
        return false;
    *us += second * second_us;
    return read_fraction(left, us) && read_zone(left, us);
}

bool vg_datetime_read(vg_slice text, int64_t *us)
{
    int64_t at;

    if (!read_date(&text, &at) || (text.len > 0 && !read_time(&text, &at)) || text.len > 0)
        return false;
    *us = at;
    return true;
}

/* ---- writing ---- */

static int write_date(int64_t days, char *to)
{
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t of_era = shifted - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    int64_t day = of_year - (153 * month + 2) / 5 + 1;

    month = month < 10 ? month + 3 : month - 9;
    year += era * 400 + (month <= 2);
    return snprintf(to, VG_DATETIME_TEXT, "%04" PRId64 "-%02" PRId64 "-%02" PRId64, year, month,
                    day);
}

size_t vg_datetime_write(int64_t us, char *to)
{
    int64_t of_day = ((us % day_us) + day_us) % day_us;
    char text[VG_DATETIME_TEXT];
    int len = write_date(us / day_us - (us % day_us < 0), text);

    len += snprintf(text + len, sizeof text - (size_t)len,
                    "T%02" PRId64 ":%02" PRId64 ":%02" PRId64 ".%06" PRId64 "Z", of_day / hour_us,
                    of_day / minute_us % 60, of_day / second_us % 60, of_day % second_us);
    memcpy(to, text, (size_t)len);
    return (size_t)len;
}
