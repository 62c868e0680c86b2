/* AVX-512F: what a pair is made of; the loops are in kernel_simd.h. */
#include "engine/kernel.h"

#if defined(__x86_64__)
#    include <immintrin.h>

#    define TARGET __attribute__((target("avx512f")))
#    define INLINE static inline __attribute__((always_inline, target("avx512f")))

#    define WIDTH ((size_t)16)

typedef __m512 v;

INLINE v zero(void)
{
    return _mm512_setzero_ps();
}

INLINE v load(const float *at)
{
    return _mm512_loadu_ps(at);
}

/* The first count <= WIDTH floats; the rest is zero and is not read. */
INLINE v part(const float *at, size_t count)
{
    return _mm512_maskz_loadu_ps((__mmask16)((1U << count) - 1U), at);
}

INLINE v add(v a, v b)
{
    return _mm512_add_ps(a, b);
}

INLINE v sub(v a, v b)
{
    return _mm512_sub_ps(a, b);
}

INLINE v step(vg_metric metric, v sum, v a, v b)
{
    v d = sub(a, b);

    if (metric == VG_METRIC_DOT)
        return _mm512_fmadd_ps(a, b, sum);
    if (metric == VG_METRIC_L2)
        return _mm512_fmadd_ps(d, d, sum);
    return add(sum, _mm512_abs_ps(d));
}

INLINE float total(v a)
{
    return _mm512_reduce_add_ps(a);
}

#    include "engine/kernel_simd.h"

const vg_kernels vg_kernels_avx512 = {
    .name = "avx512",
    .pair = {[VG_METRIC_DOT] = dot, [VG_METRIC_L2] = l2, [VG_METRIC_L1] = l1},
    .rows = {[VG_METRIC_DOT] = rows_dot, [VG_METRIC_L2] = rows_l2, [VG_METRIC_L1] = rows_l1},
    .scattered = {[VG_METRIC_DOT] = scattered_dot,
                  [VG_METRIC_L2] = scattered_l2,
                  [VG_METRIC_L1] = scattered_l1},
};
#endif
