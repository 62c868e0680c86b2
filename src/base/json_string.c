/* A string is found first and decoded after: most have no escapes and are views of the source. One
 * with escapes is decoded into the arena, where it never needs more bytes than its source. */
#include "base/json_string.h"

#include "base/text_scan.h"
#include "base/utf8.h"

static vg_json_string fail(const char *fault, const char *at)
{
    return (vg_json_string){.fault = fault, .at = at};
}

/* The closing quote, or what forbids one: a control byte, or `end`. Escapes are stepped over, not
 * checked. */
static const char *find_quote(const char *at, const char *end, bool *escaped, bool *high)
{
    for (;;) {
        at = vg_find_special_padded(at, end);
        if (at == end)
            return end;
        if (*at == '\\') {
            *escaped = true;
            at += end - at > 1 ? 2 : 1;
        } else if ((unsigned char)*at >= 0x80) {
            *high = true;
            at++;
        } else {
            return at;
        }
    }
}

static int read_hex4(const char *at, const char *end)
{
    int value = 0;

    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char byte = at[i] >= '0' && at[i] <= '9' ? at[i] : (char)(at[i] | 0x20);

        if (byte >= '0' && byte <= '9')
            value = value << 4 | (byte - '0');
        else if (byte >= 'a' && byte <= 'f')
            value = value << 4 | (byte - 'a' + 10);
        else
            return -1;
    }
    return value;
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
    int unit = read_hex4(at + 2, end);
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
    low = read_hex4(at + 8, end);
    if (!is_low_surrogate(low))
        return 0;
    *point = 0x10000 + ((uint32_t)(unit & 0x3ff) << 10 | (uint32_t)(low & 0x3ff));
    return 12;
}

static char decode_letter(char letter)
{
    switch (letter) {
    case '"':
    case '\\':
    case '/':
        return letter;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    }
    return 0;
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

/* at..end has escapes and no quote, and is well-formed UTF-8. */
static vg_json_string decode(vg_arena *arena, const char *at, const char *end)
{
    size_t room = (size_t)(end - at);
    char *text = vg_arena_take(arena, room);
    char *to = text;
    const char *fault = NULL;

    if (text == NULL)
        return (vg_json_string){.fault = "no memory is left", .at = at, .no_memory = true};
    while (at < end) {
        const char *slash = memchr(at, '\\', (size_t)(end - at));
        size_t plain = (size_t)((slash != NULL ? slash : end) - at);
        size_t len;

        memcpy(to, at, plain);
        to += plain;
        at += plain;
        if (slash == NULL)
            break;
        len = decode_escape(at, end, &to, &fault);
        if (len == 0)
            return fail(fault, at);
        at += len;
    }
    vg_arena_resize(arena, text, room, (size_t)(to - text));
    return (vg_json_string){.text = {text, (size_t)(to - text)}};
}

vg_json_string vg_json_string_read(vg_arena *arena, const char *at, const char *end)
{
    bool escaped = false;
    bool high = false;
    const char *quote = find_quote(at, end, &escaped, &high);
    size_t len = (size_t)(quote - at);
    vg_json_string string = {.text = {at, len}};

    if (high) {
        size_t good = vg_utf8_check(string.text);

        if (good < len)
            return fail("not UTF-8", at + good);
    }
    if (quote == end)
        return fail("the string does not end", end);
    if (*quote != '"')
        return fail("a control byte must be escaped", quote);
    if (escaped)
        string = decode(arena, at, quote);
    string.end = quote + 1;
    return string;
}
