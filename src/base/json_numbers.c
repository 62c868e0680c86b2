/* The ways of checking a number array: byte by byte (the reference), and 64 bytes at once with the
 * sets of json_numbers_bits.h filled by SSE2, AVX2 or AVX-512. The way is chosen once, by what the
 * processor says it can. All ways stop at the same byte. */
#include "base/json_numbers.h"

#include <stdatomic.h>

#include "base/json_numbers_bits.h"
#include "base/number.h"

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

static bool scan_bytes(const char *at, const char *end, vg_numbers *out)
{
    for (out->count = 1;; out->count++) {
        const char *past = vg_number_skip(skip_blanks(at, end), end, &out->stop);

        if (past == NULL)
            return false;
        at = skip_blanks(past, end);
        out->stop = at;
        if (at == end)
            return false;
        if (*at != ',')
            return *at == ']';
        at++;
    }
}

#ifdef __x86_64__
#    include <immintrin.h>

#    define INLINE     static inline __attribute__((always_inline))
#    define FOR_AVX2   __attribute__((target("avx2,bmi,popcnt")))
#    define FOR_AVX512 __attribute__((target("avx512bw,avx2,bmi,popcnt")))

/* One block: false when the array goes on behind it. */
INLINE bool scan_block(vg_bits_state *s, const vg_bits *b, const char *at, vg_numbers *out)
{
    uint64_t wrong = vg_bits_wrong(s, b);
    uint64_t edge = wrong | vg_bits_foreign(b);
    unsigned place;

    if (edge == 0) {
        out->count += (size_t)__builtin_popcountll(b->comma);
        return false;
    }
    place = (unsigned)__builtin_ctzll(edge);
    out->stop = at + place;
    out->count += 1 + (size_t)__builtin_popcountll(b->comma & (((uint64_t)1 << place) - 1));
    if ((wrong >> place & 1) != 0)
        out->count = 0;
    return true;
}

/* What stopped the scan was found in the padding, or is no end of an array: a fault. */
INLINE bool conclude(const char *end, vg_numbers *out)
{
    if (out->stop >= end) {
        out->stop = end;
        return false;
    }
    return out->count != 0 && *out->stop == ']';
}

/* ---- SSE2: every x86-64 ---- */

INLINE uint64_t equal16(const __m128i v[4], char byte)
{
    const __m128i wanted = _mm_set1_epi8(byte);
    uint64_t bits = 0;

    for (int i = 0; i < 4; i++)
        bits |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v[i], wanted)) << 16 * i;
    return bits;
}

INLINE uint64_t digits16(const __m128i v[4])
{
    const __m128i zero = _mm_set1_epi8('0');
    const __m128i nine = _mm_set1_epi8(9);
    uint64_t bits = 0;

    for (int i = 0; i < 4; i++) {
        __m128i value = _mm_sub_epi8(v[i], zero);
        __m128i is = _mm_cmpeq_epi8(_mm_min_epu8(value, nine), value);

        bits |= (uint64_t)(unsigned)_mm_movemask_epi8(is) << 16 * i;
    }
    return bits;
}

INLINE vg_bits bits_of16(const char *at)
{
    __m128i v[4];
    vg_bits b = {0};

    for (size_t i = 0; i < 4; i++)
        v[i] = _mm_loadu_si128((const __m128i *)(const void *)(at + 16 * i));
    b.digit = digits16(v);
    b.zero = equal16(v, '0');
    b.minus = equal16(v, '-');
    b.dot = equal16(v, '.');
    b.comma = equal16(v, ',');
    b.blank = equal16(v, ' ');
    if (vg_bits_foreign(&b) != 0) {
        b.blank |= equal16(v, '\n') | equal16(v, '\r') | equal16(v, '\t');
        b.plus = equal16(v, '+');
        b.exp = equal16(v, 'e') | equal16(v, 'E');
    }
    return b;
}

static bool scan_sse2(const char *at, const char *end, vg_numbers *out)
{
    vg_bits_state state = {.wanted = 1};
    vg_bits bits;

    *out = (vg_numbers){.stop = end};
    for (; at < end; at += VG_BITS_BLOCK) {
        bits = bits_of16(at);
        if (scan_block(&state, &bits, at, out))
            break;
    }
    return conclude(end, out);
}

/* ---- AVX2 ---- */

FOR_AVX2 INLINE uint64_t bits32(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high)
                                                     << 32;
}

FOR_AVX2 INLINE uint64_t equal32(__m256i low, __m256i high, char byte)
{
    const __m256i wanted = _mm256_set1_epi8(byte);

    return bits32(_mm256_cmpeq_epi8(low, wanted), _mm256_cmpeq_epi8(high, wanted));
}

FOR_AVX2 INLINE __m256i is_digit32(__m256i v)
{
    __m256i value = _mm256_sub_epi8(v, _mm256_set1_epi8('0'));

    return _mm256_cmpeq_epi8(_mm256_min_epu8(value, _mm256_set1_epi8(9)), value);
}

FOR_AVX2 INLINE vg_bits bits_of32(const char *at)
{
    __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)at);
    __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(at + 32));
    vg_bits b = {0};

    b.digit = bits32(is_digit32(low), is_digit32(high));
    b.zero = equal32(low, high, '0');
    b.minus = equal32(low, high, '-');
    b.dot = equal32(low, high, '.');
    b.comma = equal32(low, high, ',');
    b.blank = equal32(low, high, ' ');
    if (vg_bits_foreign(&b) != 0) {
        b.blank |= equal32(low, high, '\n') | equal32(low, high, '\r') | equal32(low, high, '\t');
        b.plus = equal32(low, high, '+');
        b.exp = equal32(low, high, 'e') | equal32(low, high, 'E');
    }
    return b;
}

FOR_AVX2 static bool scan_avx2(const char *at, const char *end, vg_numbers *out)
{
    vg_bits_state state = {.wanted = 1};
    vg_bits bits;

    *out = (vg_numbers){.stop = end};
    for (; at < end; at += VG_BITS_BLOCK) {
        bits = bits_of32(at);
        if (scan_block(&state, &bits, at, out))
            break;
    }
    return conclude(end, out);
}

/* ---- AVX-512 ---- */

FOR_AVX512 INLINE uint64_t equal64(__m512i v, char byte)
{
    return _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(byte));
}

FOR_AVX512 INLINE vg_bits bits_of64(const char *at)
{
    __m512i v = _mm512_loadu_si512(at);
    __m512i value = _mm512_sub_epi8(v, _mm512_set1_epi8('0'));
    vg_bits b = {0};

    b.digit = _mm512_cmple_epu8_mask(value, _mm512_set1_epi8(9));
    b.zero = equal64(v, '0');
    b.minus = equal64(v, '-');
    b.dot = equal64(v, '.');
    b.comma = equal64(v, ',');
    b.blank = equal64(v, ' ');
    if (vg_bits_foreign(&b) != 0) {
        b.blank |= equal64(v, '\n') | equal64(v, '\r') | equal64(v, '\t');
        b.plus = equal64(v, '+');
        b.exp = equal64(v, 'e') | equal64(v, 'E');
    }
    return b;
}

FOR_AVX512 static bool scan_avx512(const char *at, const char *end, vg_numbers *out)
{
    vg_bits_state state = {.wanted = 1};
    vg_bits bits;

    *out = (vg_numbers){.stop = end};
    for (; at < end; at += VG_BITS_BLOCK) {
        bits = bits_of64(at);
        if (scan_block(&state, &bits, at, out))
            break;
    }
    return conclude(end, out);
}

#endif

/* ---- the choice ---- */

static const vg_numbers_way ways[] = {
    {"bytes", scan_bytes},
#ifdef __x86_64__
    {"sse2", scan_sse2},
    {"avx2", scan_avx2},
    {"avx512", scan_avx512},
#endif
};

static size_t count_ways(void)
{
#ifdef __x86_64__
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi") ||
        !__builtin_cpu_supports("popcnt"))
        return 2;
    return __builtin_cpu_supports("avx512bw") ? 4 : 3;
#else
    return 1;
#endif
}

const vg_numbers_way *vg_numbers_ways(size_t place)
{
    return place < count_ways() ? &ways[place] : NULL;
}

/* Does the array end soon? Then the bytes are faster: what the processor guesses right it need not
 * wait for, while the sets are a long chain of steps. */
static bool is_short(const char *at)
{
#ifdef __x86_64__
    const __m128i bracket = _mm_set1_epi8(']');
    __m128i low = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i high = _mm_loadu_si128((const __m128i *)(const void *)(at + 16));

    low = _mm_or_si128(_mm_cmpeq_epi8(low, bracket), _mm_cmpeq_epi8(high, bracket));
    return _mm_movemask_epi8(low) != 0;
#else
    return at != NULL;
#endif
}

bool vg_numbers_scan(const char *at, const char *end, vg_numbers *out)
{
    static _Atomic(vg_numbers_fn *) chosen;
    vg_numbers_fn *scan = atomic_load_explicit(&chosen, memory_order_relaxed);

    if (is_short(at))
        return scan_bytes(at, end, out);
    if (scan == NULL) { /* threads that meet here choose the same */
        scan = ways[count_ways() - 1].scan;
        atomic_store_explicit(&chosen, scan, memory_order_relaxed);
    }
    return scan(at, end, out);
}
