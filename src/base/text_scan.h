/* Finding the bytes that a JSON string cannot hold as they are: quote, backslash, control bytes,
 * and those above ASCII, which must be checked. Sixteen at a time where the machine has SSE2. */
#ifndef BASE_TEXT_SCAN_H
#define BASE_TEXT_SCAN_H

#include <string.h>

#include "vecgate/types.h"

#ifdef __SSE2__
#    include <emmintrin.h>
#endif

static inline bool vg_is_special(char byte)
{
    unsigned char b = (unsigned char)byte;

    return b < 0x20 || b >= 0x80 || b == '"' || b == '\\';
}

#ifdef __SSE2__
/* A bit for each special byte of the 16 at `at`. */
static inline unsigned vg_special_bits(const char *at)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    __m128i slash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    /* Signed: control bytes and those from 0x80 on are both below the blank. */
    __m128i edges = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));

    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), edges));
}
#endif

/* Is any of the eight bytes special? Which one it does not tell. */
static inline bool vg_word_has_special(uint64_t word)
{
    const uint64_t ones = UINT64_MAX / 255, tops = ones << 7;
    uint64_t quote = word ^ ones * '"', slash = word ^ ones * '\\';

    /* A byte below the one taken from it borrows, and so sets a top bit that it had not. */
    return ((word | ((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) |
             ((slash - ones) & ~slash)) &
            tops) != 0;
}

static inline uint64_t vg_word_at(const char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof(word));
    return word;
}

/* The four bytes at each of two places. */
static inline uint64_t vg_words_at(const char *at, const char *other)
{
    uint32_t one, two;

    memcpy(&one, at, sizeof(one));
    memcpy(&two, other, sizeof(two));
    return one | (uint64_t)two << 32;
}

/* Four to sixteen bytes with nothing special in them, as keys are: two words that may overlap. */
static inline bool vg_is_short_plain(const char *at, const char *end)
{
    if (end - at >= 8)
        return !vg_word_has_special(vg_word_at(at)) && !vg_word_has_special(vg_word_at(end - 8));
    return end - at >= 4 && !vg_word_has_special(vg_words_at(at, end - 4));
}

/* The first special byte, or `end`. Reads nothing behind `end`. */
static inline const char *vg_find_special(const char *at, const char *end)
{
#ifdef __SSE2__
    for (; end - at >= 16; at += 16) {
        unsigned bits = vg_special_bits(at);

        if (bits != 0)
            return at + __builtin_ctz(bits);
    }
#endif
    if (end - at <= 16 && vg_is_short_plain(at, end))
        return end;
    while (at < end && !vg_is_special(*at))
        at++;
    return at;
}

/* A bit for each special byte of the 64 at `at`, all of which may be read. */
static inline uint64_t vg_special_bits64(const char *at)
{
#ifdef __SSE2__
    return vg_special_bits(at) | vg_special_bits(at + 16) << 16 |
           (uint64_t)(vg_special_bits(at + 32) | vg_special_bits(at + 48) << 16) << 32;
#else
    uint64_t bits = 0;

    for (int i = 0; i < 64; i++)
        bits |= (uint64_t)vg_is_special(at[i]) << i;
    return bits;
#endif
}

/* Sixty-four bytes whose special ones are known: lowest bit, first byte. */
typedef struct vg_text_window {
    const char *at;
    uint64_t specials;
} vg_text_window;

enum { VG_WINDOW_BYTES = 64 };

/* Copies 16 bytes, all of which must be readable and have room; answers how many come before the
 * first backslash. */
enum { VG_COPY_BYTES = 16 };

static inline size_t vg_copy_to_slash(const char *at, char *to)
{
#ifdef __SSE2__
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    unsigned bits = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));

    _mm_storeu_si128((__m128i *)(void *)to, bytes);
    return bits != 0 ? (size_t)__builtin_ctz(bits) : VG_COPY_BYTES;
#else
    size_t plain = 0;

    memcpy(to, at, VG_COPY_BYTES);
    while (plain < VG_COPY_BYTES && at[plain] != '\\')
        plain++;
    return plain;
#endif
}

#endif
