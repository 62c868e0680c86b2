/* A string is found first and decoded after: most have no escapes and are views of the source. One
 * with escapes is decoded into the arena, where it never needs more bytes than its source. */
#include "base/json_string.h"

#include "base/id.h"
#include "base/utf8.h"

static bool fail(vg_json_string *string, const char *fault, const char *at)
{
    string->fault = fault;
    string->at = at;
    return false;
}

/* Over the characters above ASCII that are next; NULL when one is not well formed: then *bad is it.
 */
static const char *skip_high(const char *at, const char *end, const char **bad)
{
    while (at < end && (unsigned char)*at >= 0x80) {
        size_t len = vg_utf8_len(at, (size_t)(end - at));

        *bad = at;
        if (len == 0)
            return NULL;
        at += len;
    }
    return at;
}

static const char *find_quote(const vg_json_string *string, bool *escaped, const char **bad)
{
    const char *at = string->special;
    vg_text_window window = string->window;

    while (at < string->end) {
        if (at - window.at >= VG_WINDOW_BYTES)
            window = (vg_text_window){.at = at, .specials = vg_special_bits64(at)};
        if (window.specials >> (at - window.at) == 0) {
            at = window.at + VG_WINDOW_BYTES;
            continue;
        }
        at += __builtin_ctzll(window.specials >> (at - window.at));
        if (at >= string->end)
            break;
        if (*at == '\\') {
            *escaped = true;
            at += 2;
        } else if ((unsigned char)*at >= 0x80) {
            at = skip_high(at, string->end, bad);
            if (at == NULL)
                return NULL;
        } else {
            return at;
        }
    }
    return string->end;
}

/* The four digits of a \u; -1: they are none. */
static int read_unit(const char *at, const char *end)
{
    uint8_t bytes[2];

    if (end - at < 4 || !vg_hex_read(vg_slice_of(at, 4), bytes, 2))
        return -1;
    return bytes[0] << 8 | bytes[1];
}

static bool is_high_surrogate(int unit)
{
    return (unit & 0xfc00) == 0xd800;
}

static bool is_low_surrogate(int unit)
{
    return (unit & 0xfc00) == 0xdc00;
}

/* \uXXXX at `at`, two of them for a pair. Answers how many bytes were read; 0 with a fault. */
static size_t decode_unicode(const char *at, const char *end, uint32_t *point, const char **fault)
{
    int unit = read_unit(at + 2, end);
    int low;

    *fault = "expected four hex digits";
    if (unit < 0)
        return 0;
    *point = (uint32_t)unit;
    if (!is_high_surrogate(unit) && !is_low_surrogate(unit))
        return 6;
    *fault = "lone surrogate";
    if (is_low_surrogate(unit) || end - at < 12 || at[6] != '\\' || at[7] != 'u')
        return 0;
    low = read_unit(at + 8, end);
    if (!is_low_surrogate(low))
        return 0;
    *point = 0x10000 + ((uint32_t)(unit & 0x3ff) << 10 | (uint32_t)(low & 0x3ff));
    return 12;
}

/* What the letter behind a backslash stands for; 0: nothing. */
static char decode_letter(char letter)
{
    static const char letters[256] = {['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
                                      ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};

    return letters[(unsigned char)letter];
}

/* Decodes to `to` what lies before `end`, which is well-formed UTF-8 and has no quote but escaped
 * ones. Answers the end of what was made; NULL with a fault. Plain bytes are copied sixteen at a
 * time, beyond what is needed: there is room. */
static char *decode_to(char *to, vg_json_string *string, const char *end)
{
    const char *at = string->at;

    for (;;) {
        size_t plain = vg_copy_to_slash(at, to);
        size_t len = 2;

        if (plain >= (size_t)(end - at))
            return to + (end - at);
        at += plain;
        to += plain;
        if (plain == VG_COPY_BYTES)
            continue;
        if (end - at >= 2 && at[1] != 'u') {
            char letter = decode_letter(at[1]);

            *to++ = letter;
            string->fault = "unknown escape";
            len = letter != 0 ? 2 : 0;
        } else {
            uint32_t point = 0;

            len = decode_unicode(at, end, &point, &string->fault);
            to += len != 0 ? vg_utf8_write(point, to) : 0;
        }
        if (len == 0) {
            string->at = at;
            return NULL;
        }
        at += len;
    }
}

/* The whole string, into the arena. */
static bool decode(vg_arena *arena, vg_json_string *string, const char *end)
{
    size_t room = (size_t)(end - string->at) + VG_COPY_BYTES;
    char *text = vg_arena_take(arena, room);
    char *text_end;

    string->no_memory = text == NULL;
    if (text == NULL)
        return fail(string, "no memory is left", string->at);
    text_end = decode_to(text, string, end);
    if (text_end == NULL)
        return false;
    vg_arena_resize(arena, text, room, (size_t)(text_end - text));
    *string->text = vg_slice_of(text, (size_t)(text_end - text));
    return true;
}

bool vg_json_string_read(vg_arena *arena, vg_json_string *string)
{
    bool escaped = false;
    const char *bad = NULL;
    const char *quote = find_quote(string, &escaped, &bad);

    if (quote == NULL)
        return fail(string, "not UTF-8", bad);
    if (quote == string->end)
        return fail(string, "the string does not end", quote);
    if (*quote != '"')
        return fail(string, "a control byte must be escaped", quote);
    *string->text = vg_slice_of(string->at, (size_t)(quote - string->at));
    if (escaped && !decode(arena, string, quote))
        return false;
    string->at = quote + 1;
    return true;
}
