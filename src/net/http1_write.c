/* Heads of answers, put together without printf: this is on the way of every request. */
#include "net/http1_write.h"

#include <stdio.h>
#include <time.h>

enum { DIGITS = 20 };

static void put_number(vg_buf *to, uint64_t n)
{
    char digits[DIGITS];
    int at = DIGITS;

    do
        digits[--at] = (char)('0' + n % 10);
    while ((n /= 10) != 0);
    vg_buf_put(to, vg_slice_of(digits + at, (size_t)(DIGITS - at)));
}

/* clang-format off */
static vg_slice reason_of(int status)
{
    switch (status) {
    case 200: return VG_LIT("OK");
    case 201: return VG_LIT("Created");
    case 202: return VG_LIT("Accepted");
    case 204: return VG_LIT("No Content");
    case 304: return VG_LIT("Not Modified");
    case 400: return VG_LIT("Bad Request");
    case 401: return VG_LIT("Unauthorized");
    case 403: return VG_LIT("Forbidden");
    case 404: return VG_LIT("Not Found");
    case 405: return VG_LIT("Method Not Allowed");
    case 408: return VG_LIT("Request Timeout");
    case 409: return VG_LIT("Conflict");
    case 413: return VG_LIT("Content Too Large");
    case 414: return VG_LIT("URI Too Long");
    case 415: return VG_LIT("Unsupported Media Type");
    case 417: return VG_LIT("Expectation Failed");
    case 422: return VG_LIT("Unprocessable Content");
    case 429: return VG_LIT("Too Many Requests");
    case 431: return VG_LIT("Request Header Fields Too Large");
    case 500: return VG_LIT("Internal Server Error");
    case 501: return VG_LIT("Not Implemented");
    case 502: return VG_LIT("Bad Gateway");
    case 503: return VG_LIT("Service Unavailable");
    case 504: return VG_LIT("Gateway Timeout");
    case 505: return VG_LIT("HTTP Version Not Supported");
    case 507: return VG_LIT("Insufficient Storage");
    default:  return VG_LIT("");
    }
}
/* clang-format on */

static void put_status_line(vg_buf *to, int status)
{
    if (status == 200) {
        vg_buf_put(to, VG_LIT("HTTP/1.1 200 OK\r\n"));
        return;
    }
    vg_buf_put(to, VG_LIT("HTTP/1.1 "));
    put_number(to, (uint64_t)status);
    vg_buf_put_byte(to, ' ');
    vg_buf_put(to, reason_of(status));
    vg_buf_put(to, VG_LIT("\r\n"));
}

static void put_field(vg_buf *to, vg_slice name, vg_slice value)
{
    size_t from;

    vg_buf_put(to, name);
    vg_buf_put(to, VG_LIT(": "));
    from = to->len;
    vg_buf_put(to, value);
    for (size_t i = from; i < to->len; i++)
        if (to->at[i] == '\r' || to->at[i] == '\n' || to->at[i] == '\0')
            to->at[i] = ' ';
    vg_buf_put(to, VG_LIT("\r\n"));
}

void vg_http1_write_head(vg_buf *to, const vg_answer_head *head)
{
    const vg_answer *answer = head->answer;

    put_status_line(to, answer->status);
    if (head->framing == VG_FRAMING_LENGTH) {
        vg_buf_put(to, VG_LIT("content-length: "));
        put_number(to, head->length);
        vg_buf_put(to, VG_LIT("\r\n"));
    } else if (head->framing == VG_FRAMING_CHUNKS) {
        vg_buf_put(to, VG_LIT("transfer-encoding: chunked\r\n"));
    }
    if (answer->content_type.len > 0)
        put_field(to, VG_LIT("content-type"), answer->content_type);
    for (uint32_t i = 0; i < answer->header_count; i++)
        put_field(to, answer->headers[i].name, answer->headers[i].value);
    if (head->closes)
        vg_buf_put(to, VG_LIT("connection: close\r\n"));
    else if (head->says_persist)
        vg_buf_put(to, VG_LIT("connection: keep-alive\r\n"));
    vg_buf_put(to, VG_LIT("date: "));
    vg_buf_put(to, head->date);
    vg_buf_put(to, VG_LIT("\r\n\r\n"));
}

void vg_http1_write_chunk_size(vg_buf *to, uint64_t bytes)
{
    static const char digits[] = "0123456789abcdef";
    char text[16];
    int at = (int)sizeof(text);

    do
        text[--at] = digits[bytes & 15];
    while ((bytes >>= 4) != 0);
    vg_buf_put(to, vg_slice_of(text + at, sizeof(text) - (size_t)at));
    vg_buf_put(to, VG_LIT("\r\n"));
}

/* RFC 9110 5.6.7; the names are the standard's, whatever the locale. */
vg_slice vg_date_of(vg_date *date, uint64_t wall_ms)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    uint64_t second = wall_ms / 1000;
    time_t seconds = (time_t)second;
    struct tm tm;

    if (date->second != second && gmtime_r(&seconds, &tm) != NULL) {
        date->second = second;
        snprintf(date->text, sizeof(date->text), "%s, %02u %s %04u %02u:%02u:%02u GMT",
                 days[tm.tm_wday], (unsigned)tm.tm_mday % 100, months[tm.tm_mon],
                 (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)tm.tm_hour % 100,
                 (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
    }
    return vg_slice_str(date->text);
}
