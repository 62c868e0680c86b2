/* Table 3-7 of the Unicode standard: the first byte tells the length, and bounds the second byte.
 */
#include "base/utf8.h"

struct row {
    uint8_t from, to; /* first byte */
    uint8_t len;
    uint8_t low, high; /* second byte */
};

static const struct row rows[] = {
    {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf}, {0xe1, 0xec, 3, 0x80, 0xbf},
    {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf}, {0xf0, 0xf0, 4, 0x90, 0xbf},
    {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

static const struct row *row_of(uint8_t first)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (first <= rows[i].to)
            return first >= rows[i].from ? &rows[i] : NULL;
    return NULL;
}

static bool is_continuation(char byte)
{
    return ((uint8_t)byte & 0xc0) == 0x80;
}

size_t vg_utf8_len(const char *at, size_t left)
{
    const struct row *row;
    uint8_t second;

    if (left == 0)
        return 0;
    if ((uint8_t)at[0] < 0x80)
        return 1;
    row = row_of((uint8_t)at[0]);
    if (row == NULL || left < row->len)
        return 0;
    second = (uint8_t)at[1];
    if (second < row->low || second > row->high)
        return 0;
    for (size_t i = 2; i < row->len; i++)
        if (!is_continuation(at[i]))
            return 0;
    return row->len;
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
