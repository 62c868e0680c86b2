/* AVX2 and FMA: what a pair is made of; the loops are in kernel_simd.h. */
#include "engine/kernel.h"

#if defined(__x86_64__)
#    include <immintrin.h>

#    define TARGET __attribute__((target("avx2,fma")))
#    define INLINE static inline __attribute__((always_inline, target("avx2,fma")))

#    define WIDTH ((size_t)8)

typedef __m256 v;

INLINE v zero(void)
{
    return _mm256_setzero_ps();
}

INLINE v load(const float *at)
{
    return _mm256_loadu_ps(at);
}

/* The first count <= WIDTH floats; the rest is zero and is not read. */
INLINE v part(const float *at, size_t count)
{
    __m256i place = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);

    return _mm256_maskload_ps(at, _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), place));
}

INLINE v add(v a, v b)
{
    return _mm256_add_ps(a, b);
}

INLINE v sub(v a, v b)
{
    return _mm256_sub_ps(a, b);
}

INLINE v step(vg_metric metric, v sum, v a, v b)
{
    v d = sub(a, b);

    if (metric == VG_METRIC_DOT)
        return _mm256_fmadd_ps(a, b, sum);
    if (metric == VG_METRIC_L2)
        return _mm256_fmadd_ps(d, d, sum);
    return add(sum, _mm256_andnot_ps(_mm256_set1_ps(-0.0F), d));
}

INLINE float total(v a)
{
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));

    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

#    include "engine/kernel_simd.h"

const vg_kernels vg_kernels_avx2 = {
    .name = "avx2",
    .pair = {[VG_METRIC_DOT] = dot, [VG_METRIC_L2] = l2, [VG_METRIC_L1] = l1},
    .rows = {[VG_METRIC_DOT] = rows_dot, [VG_METRIC_L2] = rows_l2, [VG_METRIC_L1] = rows_l1},
    .scattered = {[VG_METRIC_DOT] = scattered_dot,
                  [VG_METRIC_L2] = scattered_l2,
                  [VG_METRIC_L1] = scattered_l1},
};
#endif
