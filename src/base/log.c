/* One line a call, made on the stack and given to log_out.c whole.
 *
 *     {"time":"2026-01-31T23:59:59.999Z","level":"warn","what":"a reply was refused","bytes":3}
 *     23:59:59.999  warn a reply was refused bytes=3 backend="main"
 *
 * A line is at most PIPE_BUF bytes, so that the lines of several processes do not mix in a pipe. A
 * field that does not fit any more is left out, whole; then the line says "cut". Those behind it
 * are not: a long name, which anybody may choose, hides no outcome. */
#include "base/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "vecgate/json.h"

#include "base/log_out.h"
#include "base/log_sink.h"
#include "base/utf8.h"

enum { LINE_BYTES = 4096, TAIL_BYTES = 16, VALUE_BYTES = 1024 };

struct line {
    char at[LINE_BYTES];
    size_t len;
    bool is_full; /* something of the field under way did not fit */
    bool is_cut;  /* nor did a field */
};

static const char *const level_words[] = {"debug", "info", "warn", "error"};

static bool is_text;
static atomic_int least_level = VG_INFO;

static void begin(int fd, vg_log_level least, vg_log_form form)
{
    is_text = form == VG_LOG_TEXT || (form == VG_LOG_AUTO && isatty(fd) == 1);
    vg_log_set_level(least);
}

void vg_log_init(int fd, vg_log_level least, vg_log_form form)
{
    vg_log_sink_set(fd);
    begin(fd, least, form);
}

int vg_log_init_file(const char *path, vg_log_level least, vg_log_form form)
{
    int fd = vg_log_sink_open(path);

    if (fd < 0)
        return errno;
    begin(fd, least, form);
    return 0;
}

void vg_log_renew(void)
{
    vg_log_out_renew();
}

uint64_t vg_log_take_lost(void)
{
    return vg_log_sink_take_lost();
}

void vg_log_set_level(vg_log_level least)
{
    atomic_store_explicit(&least_level, (int)least, memory_order_relaxed);
}

bool vg_log_is_on(vg_log_level level)
{
    return (int)level >= atomic_load_explicit(&least_level, memory_order_relaxed);
}

/* ---- pieces of a line ---- */

static void put(struct line *line, vg_slice bytes)
{
    if (line->is_full || bytes.len > LINE_BYTES - TAIL_BYTES - line->len) {
        line->is_full = true;
        return;
    }
    memcpy(line->at + line->len, bytes.at, bytes.len);
    line->len += bytes.len;
}

static void put_str(struct line *line, const char *text)
{
    put(line, vg_slice_str(text));
}

/* Of a character of so many bytes; those of four are never escaped. */
static unsigned code_of(const unsigned char *at, size_t len)
{
    if (len == 2)
        return (at[0] & 0x1fu) << 6 | (at[1] & 0x3fu);
    if (len == 3)
        return (at[0] & 0x0fu) << 12 | (at[1] & 0x3fu) << 6 | (at[2] & 0x3fu);
    return len == 1 ? at[0] : ' ';
}

/* Controls, and what ends a line or turns its direction: whoever names a thing must not draw what
 * is seen of the line. */
static bool is_shown(unsigned code)
{
    bool is_control = code < 0x20 || (code >= 0x7f && code < 0xa0);

    return !is_control && !(code >= 0x2028 && code <= 0x202e) &&
           !(code >= 0x2066 && code <= 0x2069);
}

/* One character of a text, as JSON wants it; answers how many bytes it was. */
static size_t put_character(struct line *line, vg_slice text)
{
    size_t len = vg_utf8_len(text.at, text.len);
    unsigned code = code_of((const unsigned char *)text.at, len);
    char escape[8];

    if (len == 0) {
        put(line, VG_LIT("\xef\xbf\xbd"));
        return 1;
    }
    if (text.at[0] == '"' || text.at[0] == '\\') {
        put(line, VG_LIT("\\"));
    } else if (!is_shown(code)) {
        snprintf(escape, sizeof(escape), "\\u%04x", code & 0xffffu);
        put_str(line, escape);
        return len;
    }
    put(line, vg_slice_of(text.at, len));
    return len;
}

/* It ends by what it has become here: a byte may be six. */
static void put_quoted(struct line *line, vg_slice text)
{
    size_t most = line->len + 1 + VALUE_BYTES;

    put(line, VG_LIT("\""));
    while (text.len > 0 && line->len < most && !line->is_full)
        text = vg_slice_skip(text, put_character(line, text));
    put_str(line, text.len > 0 ? "…\"" : "\"");
}

static void put_real(struct line *line, double value)
{
    char text[VG_FLOAT_TEXT];

    if (__builtin_isfinite(value))
        put(line, vg_slice_of(text, vg_double_write(value, text)));
    else
        put(line, VG_LIT("null"));
}

static void put_number(struct line *line, int64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)value);
    put_str(line, text);
}

static void put_value(struct line *line, const vg_log_field *field)
{
    switch (field->kind) {
    case VG_FIELD_TEXT:
        put_quoted(line, field->text);
        return;
    case VG_FIELD_NUMBER:
        put_number(line, field->number);
        return;
    case VG_FIELD_REAL:
        put_real(line, field->real);
        return;
    case VG_FIELD_BOOL:
        put_str(line, field->number ? "true" : "false");
        return;
    case VG_FIELD_SKIP:
    case VG_FIELD_END:
        break;
    }
}

static void put_field(struct line *line, const vg_log_field *field)
{
    size_t before = line->len;

    if (field->kind == VG_FIELD_SKIP)
        return;
    put_str(line, is_text ? " " : ",\"");
    put_str(line, field->key);
    put_str(line, is_text ? "=" : "\":");
    put_value(line, field);
    if (line->is_full)
        line->len = before;
    line->is_cut = line->is_cut || line->is_full;
    line->is_full = false;
}

/* ---- the line ---- */

static void put_time(struct line *line)
{
    struct timespec now;
    struct tm tm;
    char text[40];
    char whole[64];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    strftime(text, sizeof(text), is_text ? "%H:%M:%S" : "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(whole, sizeof(whole), "%s.%03d", text, (int)(now.tv_nsec / 1000000));
    put_str(line, whole);
}

static void put_head(struct line *line, vg_log_level level, const char *phrase)
{
    if (is_text) {
        put_time(line);
        put_str(line, level == VG_INFO || level == VG_WARN ? "  " : " ");
        put_str(line, level_words[level]);
        put_str(line, " ");
        put_str(line, phrase);
        return;
    }
    put_str(line, "{\"time\":\"");
    put_time(line);
    put_str(line, "Z\",\"level\":\"");
    put_str(line, level_words[level]);
    put_str(line, "\",\"what\":");
    put_quoted(line, vg_slice_str(phrase));
}

/* The tail has room kept for it. */
static void put_tail(struct line *line)
{
    vg_slice cut = is_text ? VG_LIT(" cut=true") : VG_LIT(",\"cut\":true");
    vg_slice end = is_text ? VG_LIT("\n") : VG_LIT("}\n");

    if (line->is_cut) {
        memcpy(line->at + line->len, cut.at, cut.len);
        line->len += cut.len;
    }
    memcpy(line->at + line->len, end.at, end.len);
    line->len += end.len;
}

void vg_log_write(vg_log_level level, const char *phrase, const vg_log_field *fields)
{
    if (vg_log_is_on(level))
        vg_log_write_always(level, phrase, fields);
}

void vg_log_write_always(vg_log_level level, const char *phrase, const vg_log_field *fields)
{
    struct line line;

    line.len = 0;
    line.is_full = line.is_cut = false;
    put_head(&line, level, phrase);
    for (; fields->kind != VG_FIELD_END; fields++)
        put_field(&line, fields);
    put_tail(&line);
    vg_log_out_put(vg_slice_of(line.at, line.len));
}
