/* See base64url.h. */
#include "gate/base64url.h"

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '-')
        return 62;
    return c == '_' ? 63 : -1;
}

bool vg_base64url_read(vg_arena *arena, vg_slice text, size_t pad, vg_slice *out)
{
    char *to = vg_arena_take(arena, text.len + pad + 1);
    unsigned bits = 0, held = 0;
    size_t len = 0;

    if (to == NULL)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        int value = value_of(text.at[i]);

        if (value < 0)
            return false;
        bits = (bits << 6 | (unsigned)value) & 0xfff;
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        to[len++] = (char)(bits >> held);
    }
    memset(to + len, 0, text.len + pad + 1 - len);
    *out = vg_slice_of(to, len);
    return text.len % 4 != 1 && (bits & ((1u << held) - 1)) == 0;
}
