/* Writing: every value asks once whether a comma is due, and leaves one due behind it; opening and
 * keys clear it. Nothing is checked: whoever writes knows what JSON is. */
#include "vecgate/json.h"

#include "base/buf.h"
#include "base/text_scan.h"
#include "base/utf8.h"

static void before_value(vg_json_out *out)
{
    if (out->comma)
        vg_buf_put_byte(out->buf, ',');
    out->comma = true;
}

static void open(vg_json_out *out, char bracket)
{
    before_value(out);
    vg_buf_put_byte(out->buf, bracket);
    out->comma = false;
}

static void close(vg_json_out *out, char bracket)
{
    vg_buf_put_byte(out->buf, bracket);
    out->comma = true;
}

void vg_json_open_object(vg_json_out *out)
{
    open(out, '{');
}

void vg_json_close_object(vg_json_out *out)
{
    close(out, '}');
}

void vg_json_open_array(vg_json_out *out)
{
    open(out, '[');
}

void vg_json_close_array(vg_json_out *out)
{
    close(out, ']');
}

/* ---- strings ---- */

/* How a byte below 0x20, a quote or a backslash is written; answers the length. */
static size_t write_escape(char byte, char to[6])
{
    static const char digits[] = "0123456789abcdef";
    static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";

    to[0] = '\\';
    for (size_t i = 0; i + 1 < sizeof(letters); i += 2) {
        if (letters[i] == byte) {
            to[1] = letters[i + 1];
            return 2;
        }
    }
    memcpy(to + 1, "u00", 3);
    to[4] = digits[byte >> 4 & 1];
    to[5] = digits[byte & 15];
    return 6;
}

/* Writes the special byte or character that `text` begins with; answers how many bytes it was. */
static size_t put_special(vg_buf *buf, vg_slice text)
{
    char escape[6];
    size_t len;

    if ((unsigned char)text.at[0] < 0x80) {
        vg_buf_put(buf, vg_slice_of(escape, write_escape(text.at[0], escape)));
        return 1;
    }
    len = vg_utf8_len(text.at, text.len);
    if (len == 0) {
        vg_buf_put(buf, VG_LIT("\xef\xbf\xbd"));
        return 1;
    }
    vg_buf_put(buf, vg_slice_of(text.at, len));
    return len;
}

static void put_quoted(vg_buf *buf, vg_slice text)
{
    vg_buf_put_byte(buf, '"');
    while (text.len > 0) {
        size_t plain = (size_t)(vg_find_special(text.at, text.at + text.len) - text.at);

        vg_buf_put(buf, vg_slice_of(text.at, plain));
        text = vg_slice_skip(text, plain);
        if (text.len > 0)
            text = vg_slice_skip(text, put_special(buf, text));
    }
    vg_buf_put_byte(buf, '"');
}

/* The usual text, with nothing in it to escape: room is made once for all of it. False: it is not.
 */
static bool put_plain(vg_json_out *out, vg_slice text, bool is_key)
{
    const char *end = text.at + text.len;
    size_t bytes = text.len + 2 + out->comma + is_key;
    char *to;

    if (text.len == 0 || vg_find_special(text.at, end) != end)
        return false;
    to = vg_buf_reserve(out->buf, bytes);
    if (to == NULL)
        return true; /* spent, which whoever writes asks about at the end */
    if (out->comma)
        *to++ = ',';
    *to++ = '"';
    memcpy(to, text.at, text.len);
    to[text.len] = '"';
    if (is_key)
        to[text.len + 1] = ':';
    out->buf->len += bytes;
    return true;
}

void vg_json_put_key(vg_json_out *out, vg_slice key)
{
    if (!put_plain(out, key, true)) {
        before_value(out);
        put_quoted(out->buf, key);
        vg_buf_put_byte(out->buf, ':');
    }
    out->comma = false;
}

void vg_json_put_name(vg_json_out *out, vg_slice name)
{
    char *to = vg_buf_reserve(out->buf, name.len + out->comma);

    if (to != NULL) {
        if (out->comma)
            *to++ = ',';
        memcpy(to, name.at, name.len);
        out->buf->len += name.len + out->comma;
    }
    out->comma = false;
}

void vg_json_put_text(vg_json_out *out, vg_slice text)
{
    if (!put_plain(out, text, false)) {
        before_value(out);
        put_quoted(out->buf, text);
    }
    out->comma = true;
}

/* ---- the rest ---- */

void vg_json_put_raw(vg_json_out *out, vg_slice json)
{
    before_value(out);
    vg_buf_put(out->buf, json);
}

void vg_json_put_null(vg_json_out *out)
{
    vg_json_put_raw(out, VG_LIT("null"));
}

void vg_json_put_bool(vg_json_out *out, bool value)
{
    vg_json_put_raw(out, value ? VG_LIT("true") : VG_LIT("false"));
}

void vg_json_put_u64(vg_json_out *out, uint64_t value)
{
    before_value(out);
    vg_buf_put_u64(out->buf, value);
}

void vg_json_put_i64(vg_json_out *out, int64_t value)
{
    before_value(out);
    if (value < 0)
        vg_buf_put_byte(out->buf, '-');
    vg_buf_put_u64(out->buf, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void vg_json_put_f32(vg_json_out *out, float value)
{
    char text[VG_FLOAT_TEXT];

    vg_json_put_raw(out, vg_slice_of(text, vg_float_write(value, text)));
}

void vg_json_put_f64(vg_json_out *out, double value)
{
    char text[VG_FLOAT_TEXT];

    vg_json_put_raw(out, vg_slice_of(text, vg_double_write(value, text)));
}

void vg_json_put_floats(vg_json_out *out, const float *values, size_t count)
{
    vg_json_open_array(out);
    for (size_t i = 0; i < count; i++) {
        char *to = vg_buf_reserve(out->buf, VG_FLOAT_TEXT + 1);

        if (to == NULL)
            return;
        if (i > 0)
            *to++ = ',';
        out->buf->len += vg_float_write(values[i], to) + (i > 0);
    }
    vg_json_close_array(out);
}
