/* Dates are the C library's to read: the process has no locale but "C". */
#include "base/retry_after.h"

#include <string.h>
#include <time.h>

enum { MOST_DATE = 64 };

static bool is_number(vg_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
    return text.len > 0;
}

static uint32_t bounded(uint64_t ms)
{
    return ms < VG_RETRY_AFTER_MOST_MS ? (uint32_t)ms : VG_RETRY_AFTER_MOST_MS;
}

static bool read_as(const char *text, const char *form, uint64_t *ms)
{
    struct tm tm = {.tm_sec = 0};
    const char *end = strptime(text, form, &tm);
    time_t seconds;

    if (end == NULL || *end != '\0')
        return false;
    seconds = timegm(&tm);
    *ms = seconds > 0 ? (uint64_t)seconds * 1000 : 0;
    return true;
}

static bool read_date(vg_slice date, uint64_t *ms)
{
    static const char *const forms[] = {
        "%a, %d %b %Y %H:%M:%S GMT", /* IMF-fixdate */
        "%A, %d-%b-%y %H:%M:%S GMT", /* RFC 850 */
        "%a %b %e %H:%M:%S %Y",      /* asctime() */
    };
    char text[MOST_DATE];

    if (date.len == 0 || date.len >= sizeof text || vg_slice_find(date, '\0') < date.len)
        return false;
    memcpy(text, date.at, date.len);
    text[date.len] = '\0';
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (read_as(text, forms[i], ms))
            return true;
    return false;
}

uint32_t vg_retry_after_ms(vg_slice value, vg_slice date, uint64_t now_ms)
{
    uint64_t until = 0;

    value = vg_slice_trim(value);
    if (is_number(value))
        return vg_slice_u64(value, &until) && until < VG_RETRY_AFTER_MOST_MS / 1000
                   ? bounded(until * 1000)
                   : VG_RETRY_AFTER_MOST_MS;
    if (!read_date(value, &until))
        return 0;
    read_date(vg_slice_trim(date), &now_ms);
    return until > now_ms ? bounded(until - now_ms) : 0;
}
