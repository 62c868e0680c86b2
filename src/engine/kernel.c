/* See kernel.h: the scalar tables, and the choice. */
#include "engine/kernel.h"

#include <math.h>
#include <pthread.h>

static inline float step(vg_metric metric, float a, float b)
{
    float d = a - b;

    if (metric == VG_METRIC_DOT)
        return a * b;
    return metric == VG_METRIC_L2 ? d * d : fabsf(d);
}

static inline float pair(vg_metric metric, const float *a, const float *b, size_t count)
{
    float sum[4] = {0};
    size_t i = 0;

    for (; i + 4 <= count; i += 4) {
        sum[0] += step(metric, a[i], b[i]);
        sum[1] += step(metric, a[i + 1], b[i + 1]);
        sum[2] += step(metric, a[i + 2], b[i + 2]);
        sum[3] += step(metric, a[i + 3], b[i + 3]);
    }
    for (; i < count; i++)
        sum[0] += step(metric, a[i], b[i]);
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static float dot(const float *a, const float *b, size_t count)
{
    return pair(VG_METRIC_DOT, a, b, count);
}

static float l2(const float *a, const float *b, size_t count)
{
    return pair(VG_METRIC_L2, a, b, count);
}

static float l1(const float *a, const float *b, size_t count)
{
    return pair(VG_METRIC_L1, a, b, count);
}

static void rows_dot(const float *query, const vg_rows *r, float *out)
{
    for (size_t i = 0; i < r->rows; i++)
        out[i] = dot(query, r->at + i * r->stride, r->count);
}

static void rows_l2(const float *query, const vg_rows *r, float *out)
{
    for (size_t i = 0; i < r->rows; i++)
        out[i] = l2(query, r->at + i * r->stride, r->count);
}

static void rows_l1(const float *query, const vg_rows *r, float *out)
{
    for (size_t i = 0; i < r->rows; i++)
        out[i] = l1(query, r->at + i * r->stride, r->count);
}

static void scattered_dot(const float *query, const vg_scattered *r, float *out)
{
    for (size_t i = 0; i < r->rows; i++)
        out[i] = dot(query, r->at[i], r->count);
}

static void scattered_l2(const float *query, const vg_scattered *r, float *out)
{
    for (size_t i = 0; i < r->rows; i++)
        out[i] = l2(query, r->at[i], r->count);
}

static void scattered_l1(const float *query, const vg_scattered *r, float *out)
{
    for (size_t i = 0; i < r->rows; i++)
        out[i] = l1(query, r->at[i], r->count);
}

const vg_kernels vg_kernels_scalar = {
    .name = "scalar",
    .pair = {[VG_METRIC_DOT] = dot, [VG_METRIC_L2] = l2, [VG_METRIC_L1] = l1},
    .rows = {[VG_METRIC_DOT] = rows_dot, [VG_METRIC_L2] = rows_l2, [VG_METRIC_L1] = rows_l1},
    .scattered = {[VG_METRIC_DOT] = scattered_dot,
                  [VG_METRIC_L2] = scattered_l2,
                  [VG_METRIC_L1] = scattered_l1},
};

size_t vg_kernel_list(const vg_kernels **to, size_t room)
{
    const vg_kernels *all[4] = {&vg_kernels_scalar};
    size_t count = 1;

#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("sse2"))
        all[count++] = &vg_kernels_sse2;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        all[count++] = &vg_kernels_avx2;
    if (__builtin_cpu_supports("avx512f"))
        all[count++] = &vg_kernels_avx512;
#endif
    for (size_t i = 0; i < count && i < room; i++)
        to[i] = all[i];
    return count < room ? count : room;
}

static const vg_kernels *best;

static void choose(void)
{
    const vg_kernels *all[4];
    size_t count = vg_kernel_list(all, 4);

    best = all[count - 1];
}

const vg_kernels *vg_kernel_best(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, choose);
    return best;
}
