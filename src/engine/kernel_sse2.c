/* SSE2, which every x86-64 has: what a pair is made of; the loops are in kernel_simd.h. */
#include "engine/kernel.h"

#if defined(__x86_64__)
#    include <emmintrin.h>

#    define TARGET __attribute__((target("sse2")))
#    define INLINE static inline __attribute__((always_inline, target("sse2")))

#    define WIDTH ((size_t)4)

typedef __m128 v;

INLINE v zero(void)
{
    return _mm_setzero_ps();
}

INLINE v load(const float *at)
{
    return _mm_loadu_ps(at);
}

/* The first count <= WIDTH floats; the rest is zero and is not read. */
INLINE v part(const float *at, size_t count)
{
    float end[WIDTH] = {0};

    if (count == WIDTH)
        return load(at);
    for (size_t i = 0; i < count; i++)
        end[i] = at[i];
    return load(end);
}

INLINE v add(v a, v b)
{
    return _mm_add_ps(a, b);
}

INLINE v sub(v a, v b)
{
    return _mm_sub_ps(a, b);
}

INLINE v step(vg_metric metric, v sum, v a, v b)
{
    v d = sub(a, b);

    if (metric == VG_METRIC_DOT)
        return add(sum, _mm_mul_ps(a, b));
    if (metric == VG_METRIC_L2)
        return add(sum, _mm_mul_ps(d, d));
    return add(sum, _mm_andnot_ps(_mm_set1_ps(-0.0F), d));
}

INLINE float total(v a)
{
    v two = add(a, _mm_movehl_ps(a, a));

    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

#    include "engine/kernel_simd.h"

const vg_kernels vg_kernels_sse2 = {
    .name = "sse2",
    .pair = {[VG_METRIC_DOT] = dot, [VG_METRIC_L2] = l2, [VG_METRIC_L1] = l1},
    .rows = {[VG_METRIC_DOT] = rows_dot, [VG_METRIC_L2] = rows_l2, [VG_METRIC_L1] = rows_l1},
    .scattered = {[VG_METRIC_DOT] = scattered_dot,
                  [VG_METRIC_L2] = scattered_l2,
                  [VG_METRIC_L1] = scattered_l1},
};
#endif
