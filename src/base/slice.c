/* Views of bytes: comparing, finding, cutting. Never beyond `len`, never copying. */
#include "vecgate/slice.h"

static unsigned char lower(char byte)
{
    unsigned char b = (unsigned char)byte;

    return b >= 'A' && b <= 'Z' ? (unsigned char)(b | 0x20) : b;
}

bool vg_slice_is_nocase(vg_slice a, vg_slice b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.at[i]) != lower(b.at[i]))
            return false;
    return true;
}

bool vg_slice_starts(vg_slice a, vg_slice prefix)
{
    return a.len >= prefix.len && vg_slice_is(vg_slice_of(a.at, prefix.len), prefix);
}

bool vg_slice_ends(vg_slice a, vg_slice suffix)
{
    return a.len >= suffix.len && vg_slice_is(vg_slice_skip(a, a.len - suffix.len), suffix);
}

int vg_slice_cmp(vg_slice a, vg_slice b)
{
    size_t least = a.len < b.len ? a.len : b.len;
    int order = least == 0 ? 0 : memcmp(a.at, b.at, least);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

size_t vg_slice_find(vg_slice a, char byte)
{
    const char *found = a.len == 0 ? NULL : memchr(a.at, byte, a.len);

    return found == NULL ? a.len : (size_t)(found - a.at);
}

vg_slice vg_slice_skip(vg_slice a, size_t n)
{
    if (n == 0) /* {NULL, 0} stays what it is */
        return a;
    if (n > a.len)
        n = a.len;
    return n == 0 ? a : vg_slice_of(a.at + n, a.len - n);
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

vg_slice vg_slice_trim(vg_slice a)
{
    while (a.len > 0 && is_blank(a.at[0]))
        a = vg_slice_skip(a, 1);
    while (a.len > 0 && is_blank(a.at[a.len - 1]))
        a.len--;
    return a;
}

bool vg_slice_u64(vg_slice a, uint64_t *out)
{
    uint64_t value = 0;

    if (a.len == 0)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        unsigned digit = (unsigned)(unsigned char)a.at[i] - '0';

        if (digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *out = value;
    return true;
}
