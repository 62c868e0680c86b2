/* A string is found first and decoded after: most have no escapes and are views of the source. One
 * with escapes is decoded into the arena, where it never needs more bytes than its source. */
#include "base/json_string.h"

#include "base/id.h"
#include "base/text_scan.h"
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

/* From a special byte on: the closing quote, or what forbids one: a control byte, or `end`; NULL
 * with *bad when there is something that is not UTF-8 before it. Escapes are stepped over, not
 * checked. */
static const char *find_quote(const char *at, const char *end, bool *escaped, const char **bad)
{
    while (at < end) {
        if (*at == '\\') {
            *escaped = true;
            at += end - at > 1 ? 2 : 1;
        } else if ((unsigned char)*at >= 0x80) {
            at = skip_high(at, end, bad);
            if (at == NULL)
                return NULL;
        } else {
            return at;
        }
        at = vg_find_special(at, end);
    }
    return end;
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

/* The escape at `at`, decoded to *to, which moves on. Answers how many bytes it was; 0 with a
 * fault. */
static size_t decode_escape(const char *at, const char *end, char **to, const char **fault)
{
    uint32_t point = 0;
    size_t len;

    if (end - at >= 2 && at[1] != 'u') {
        **to = decode_letter(at[1]);
        *fault = "unknown escape";
        return *(*to)++ != 0 ? 2 : 0;
    }
    len = decode_unicode(at, end, &point, fault);
    if (len != 0)
        *to += vg_utf8_write(point, *to);
    return len;
}

/* Decodes what lies before `end`, which is well-formed UTF-8 and has no quote but escaped ones.
 * Plain bytes are copied sixteen at a time, beyond what is needed: there is room. */
static bool decode(vg_arena *arena, vg_json_string *string, const char *end)
{
    const char *at = string->at;
    size_t room = (size_t)(end - at) + VG_COPY_BYTES;
    char *text = vg_arena_take(arena, room);
    char *to = text;

    string->no_memory = text == NULL;
    if (text == NULL)
        return fail(string, "no memory is left", at);
    for (;;) {
        size_t left = (size_t)(end - at);
        size_t plain = vg_copy_to_slash(at, to);
        size_t len;

        plain = plain < left ? plain : left;
        at += plain;
        to += plain;
        if (at == end)
            break;
        if (*at != '\\')
            continue;
        len = decode_escape(at, end, &to, &string->fault);
        if (len == 0)
            return fail(string, string->fault, at);
        at += len;
    }
    vg_arena_resize(arena, text, room, (size_t)(to - text));
    string->text = vg_slice_of(text, (size_t)(to - text));
    return true;
}

bool vg_json_string_read(vg_arena *arena, vg_json_string *string)
{
    bool escaped = false;
    const char *bad = NULL;
    const char *quote = find_quote(string->special, string->end, &escaped, &bad);

    if (quote == NULL)
        return fail(string, "not UTF-8", bad);
    if (quote == string->end)
        return fail(string, "the string does not end", quote);
    if (*quote != '"')
        return fail(string, "a control byte must be escaped", quote);
    string->text = vg_slice_of(string->at, (size_t)(quote - string->at));
    if (escaped && !decode(arena, string, quote))
        return false;
    string->at = quote + 1;
    return true;
}
