/* Float16, bfloat16 and bytes by AVX2: eight halves become floats at a load; sixteen bytes become
 * 16-bit numbers, whose products are added in pairs. Ends are left to the scalar table. Bits are
 * counted by POPCNT, which each CPU with AVX2 has. See narrow.h. */
#include "engine/narrow.h"

#if defined(__x86_64__)
#    include <immintrin.h>

#    define TARGET __attribute__((target("avx2,fma,f16c,popcnt")))
#    define INLINE static inline __attribute__((always_inline, target("avx2,fma,f16c,popcnt")))

enum { HALVES = 8, BYTES = 16, LINE = 32 };

/* ---- float16 ---- */

INLINE __m256 load_halves(const uint16_t *at)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)at));
}

INLINE __m256 step(vg_metric metric, __m256 sum, __m256 a, __m256 b)
{
    __m256 d = _mm256_sub_ps(a, b);

    if (metric == VG_METRIC_DOT)
        return _mm256_fmadd_ps(a, b, sum);
    if (metric == VG_METRIC_L2)
        return _mm256_fmadd_ps(d, d, sum);
    return _mm256_add_ps(sum, _mm256_andnot_ps(_mm256_set1_ps(-0.0F), d));
}

INLINE float total(__m256 a)
{
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));

    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

INLINE float half(vg_metric metric, const uint16_t *a, const uint16_t *b, size_t count)
{
    __m256 s = _mm256_setzero_ps(), t = _mm256_setzero_ps();
    size_t i = 0;

    for (; i + (size_t)2 * HALVES <= count; i += (size_t)2 * HALVES) {
        s = step(metric, s, load_halves(a + i), load_halves(b + i));
        t = step(metric, t, load_halves(a + i + HALVES), load_halves(b + i + HALVES));
    }
    for (; i + HALVES <= count; i += HALVES)
        s = step(metric, s, load_halves(a + i), load_halves(b + i));
    return total(_mm256_add_ps(s, t)) + vg_narrow_scalar.half[metric](a + i, b + i, count - i);
}

TARGET static float half_dot(const uint16_t *a, const uint16_t *b, size_t count)
{
    return half(VG_METRIC_DOT, a, b, count);
}

TARGET static float half_l2(const uint16_t *a, const uint16_t *b, size_t count)
{
    return half(VG_METRIC_L2, a, b, count);
}

TARGET static float half_l1(const uint16_t *a, const uint16_t *b, size_t count)
{
    return half(VG_METRIC_L1, a, b, count);
}

/* ---- bfloat16 ---- */

INLINE __m256 load_bfloats(const uint16_t *at)
{
    __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(const void *)at));

    return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}

INLINE float bfloat(vg_metric metric, const float *a, const uint16_t *b, size_t count)
{
    __m256 s = _mm256_setzero_ps(), t = _mm256_setzero_ps();
    size_t i = 0;

    for (; i + (size_t)2 * HALVES <= count; i += (size_t)2 * HALVES) {
        s = step(metric, s, _mm256_loadu_ps(a + i), load_bfloats(b + i));
        t = step(metric, t, _mm256_loadu_ps(a + i + HALVES), load_bfloats(b + i + HALVES));
    }
    return total(_mm256_add_ps(s, t)) + vg_narrow_scalar.bfloat[metric](a + i, b + i, count - i);
}

TARGET static float bfloat_dot(const float *a, const uint16_t *b, size_t count)
{
    return bfloat(VG_METRIC_DOT, a, b, count);
}

TARGET static float bfloat_l2(const float *a, const uint16_t *b, size_t count)
{
    return bfloat(VG_METRIC_L2, a, b, count);
}

TARGET static float bfloat_l1(const float *a, const uint16_t *b, size_t count)
{
    return bfloat(VG_METRIC_L1, a, b, count);
}

/* ---- bytes ---- */

INLINE __m256i load_bytes(const uint8_t *at)
{
    return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(const void *)at));
}

INLINE uint32_t total_of_32(__m256i a)
{
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
    __m128i two = _mm_add_epi32(four, _mm_unpackhi_epi64(four, four));

    return (uint32_t)_mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 1)));
}

TARGET static uint32_t byte_dot(const uint8_t *a, const uint8_t *b, size_t count)
{
    __m256i sum = _mm256_setzero_si256();
    size_t i = 0;

    for (; i + BYTES <= count; i += BYTES)
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(load_bytes(a + i), load_bytes(b + i)));
    return total_of_32(sum) + vg_narrow_scalar.byte[VG_METRIC_DOT](a + i, b + i, count - i);
}

TARGET static uint32_t byte_l2(const uint8_t *a, const uint8_t *b, size_t count)
{
    __m256i sum = _mm256_setzero_si256();
    size_t i = 0;

    for (; i + BYTES <= count; i += BYTES) {
        __m256i d = _mm256_sub_epi16(load_bytes(a + i), load_bytes(b + i));

        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(d, d));
    }
    return total_of_32(sum) + vg_narrow_scalar.byte[VG_METRIC_L2](a + i, b + i, count - i);
}

/* Four sums of 64 bits: each of eight differences at a time. */
TARGET static uint32_t byte_l1(const uint8_t *a, const uint8_t *b, size_t count)
{
    __m256i sum = _mm256_setzero_si256();
    size_t i = 0;

    for (; i + LINE <= count; i += LINE)
        sum = _mm256_add_epi64(
            sum, _mm256_sad_epu8(_mm256_loadu_si256((const __m256i *)(const void *)(a + i)),
                                 _mm256_loadu_si256((const __m256i *)(const void *)(b + i))));
    return total_of_32(sum) + vg_narrow_scalar.byte[VG_METRIC_L1](a + i, b + i, count - i);
}

/* ---- bits ---- */

TARGET static uint32_t bits(const uint64_t *a, const uint64_t *b, size_t words)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < words; i++)
        sum += (uint64_t)_mm_popcnt_u64(a[i] ^ b[i]);
    return (uint32_t)sum;
}

const vg_narrow vg_narrow_avx2 = {
    .name = "avx2",
    .half = {[VG_METRIC_DOT] = half_dot, [VG_METRIC_L2] = half_l2, [VG_METRIC_L1] = half_l1},
    .bfloat =
        {[VG_METRIC_DOT] = bfloat_dot, [VG_METRIC_L2] = bfloat_l2, [VG_METRIC_L1] = bfloat_l1},
    .byte = {[VG_METRIC_DOT] = byte_dot, [VG_METRIC_L2] = byte_l2, [VG_METRIC_L1] = byte_l1},
    .bits = bits,
};
#endif
