/* Table 3-7 of the Unicode standard: the first byte tells the length, and bounds the second byte.
 */
#include "base/utf8.h"

static bool is_between(char byte, uint8_t low, uint8_t high)
{
    return (uint8_t)byte >= low && (uint8_t)byte <= high;
}

static bool is_more(char byte)
{
    return ((uint8_t)byte & 0xc0) == 0x80;
}

/* The second byte's bounds keep out overlong forms, surrogates, and what is above U+10FFFF. */
size_t vg_utf8_len(const char *at, size_t left)
{
    uint8_t first = left > 0 ? (uint8_t)at[0] : 0xff;

    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4 || left < 2)
        return 0;
    if (first < 0xe0)
        return is_more(at[1]) ? 2 : 0;
    if (first < 0xf0) {
        bool second = is_between(at[1], first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf);

        return left >= 3 && second && is_more(at[2]) ? 3 : 0;
    }
    if (left < 4 || !is_between(at[1], first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf))
        return 0;
    return is_more(at[2]) && is_more(at[3]) ? 4 : 0;
}

static bool is_ascii_word(const char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof(word));
    return (word & 0x8080808080808080) == 0;
}

size_t vg_utf8_check(vg_slice bytes)
{
    size_t at = 0;

    while (at < bytes.len) {
        size_t len;

        if (bytes.len - at >= 8 && is_ascii_word(bytes.at + at)) {
            at += 8;
            continue;
        }
        len = vg_utf8_len(bytes.at + at, bytes.len - at);
        if (len == 0)
            return at;
        at += len;
    }
    return at;
}

size_t vg_utf8_write(uint32_t point, char *to)
{
    if (point < 0x80) {
        to[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        to[0] = (char)(0xc0 | point >> 6);
        to[1] = (char)(0x80 | (point & 0x3f));
        return 2;
    }
    if (point < 0x10000) {
        to[0] = (char)(0xe0 | point >> 12);
        to[1] = (char)(0x80 | (point >> 6 & 0x3f));
        to[2] = (char)(0x80 | (point & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | point >> 18);
    to[1] = (char)(0x80 | (point >> 12 & 0x3f));
    to[2] = (char)(0x80 | (point >> 6 & 0x3f));
    to[3] = (char)(0x80 | (point & 0x3f));
    return 4;
}
