/* See narrow.h: the scalar table, and the choice. */
#include "engine/narrow.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#if defined(__x86_64__)
#    include <cpuid.h>
#endif

#include "engine/half.h"

static inline float step(vg_metric metric, float x, float y)
{
    if (metric == VG_METRIC_DOT)
        return x * y;
    return metric == VG_METRIC_L2 ? (x - y) * (x - y) : fabsf(x - y);
}

static inline float half(vg_metric metric, const uint16_t *a, const uint16_t *b, size_t count)
{
    float sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += step(metric, vg_half_float(a[i]), vg_half_float(b[i]));
    return sum;
}

static float half_dot(const uint16_t *a, const uint16_t *b, size_t count)
{
    return half(VG_METRIC_DOT, a, b, count);
}

static float half_l2(const uint16_t *a, const uint16_t *b, size_t count)
{
    return half(VG_METRIC_L2, a, b, count);
}

static float half_l1(const uint16_t *a, const uint16_t *b, size_t count)
{
    return half(VG_METRIC_L1, a, b, count);
}

static inline float bfloat(vg_metric metric, const float *a, const uint16_t *b, size_t count)
{
    float sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += step(metric, a[i], vg_bfloat_float(b[i]));
    return sum;
}

static float bfloat_dot(const float *a, const uint16_t *b, size_t count)
{
    return bfloat(VG_METRIC_DOT, a, b, count);
}

static float bfloat_l2(const float *a, const uint16_t *b, size_t count)
{
    return bfloat(VG_METRIC_L2, a, b, count);
}

static float bfloat_l1(const float *a, const uint16_t *b, size_t count)
{
    return bfloat(VG_METRIC_L1, a, b, count);
}

static uint32_t byte_dot(const uint8_t *a, const uint8_t *b, size_t count)
{
    uint32_t sum = 0; /* 65536 * 255 * 255 < 2^32 */

    for (size_t i = 0; i < count; i++)
        sum += (uint32_t)a[i] * b[i];
    return sum;
}

static uint32_t byte_l2(const uint8_t *a, const uint8_t *b, size_t count)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        int d = a[i] - b[i];

        sum += (uint32_t)(d * d);
    }
    return sum;
}

static uint32_t byte_l1(const uint8_t *a, const uint8_t *b, size_t count)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += (uint32_t)abs(a[i] - b[i]);
    return sum;
}

static uint32_t bits(const uint64_t *a, const uint64_t *b, size_t words)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < words; i++)
        sum += (uint32_t)__builtin_popcountll(a[i] ^ b[i]);
    return sum;
}

const vg_narrow vg_narrow_scalar = {
    .name = "scalar",
    .half = {[VG_METRIC_DOT] = half_dot, [VG_METRIC_L2] = half_l2, [VG_METRIC_L1] = half_l1},
    .bfloat =
        {[VG_METRIC_DOT] = bfloat_dot, [VG_METRIC_L2] = bfloat_l2, [VG_METRIC_L1] = bfloat_l1},
    .byte = {[VG_METRIC_DOT] = byte_dot, [VG_METRIC_L2] = byte_l2, [VG_METRIC_L1] = byte_l1},
    .bits = bits,
};

#if defined(__x86_64__)
/* __builtin_cpu_supports() does not know F16C everywhere. */
static bool has_f16c(void)
{
    unsigned int a, b, c, d;

    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}
#endif

size_t vg_narrow_list(const vg_narrow **to, size_t room)
{
    const vg_narrow *all[2] = {&vg_narrow_scalar};
    size_t count = 1;

#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
        __builtin_cpu_supports("popcnt") && has_f16c())
        all[count++] = &vg_narrow_avx2;
#endif
    for (size_t i = 0; i < count && i < room; i++)
        to[i] = all[i];
    return count < room ? count : room;
}

static const vg_narrow *best;

static void choose(void)
{
    const vg_narrow *all[2];
    size_t count = vg_narrow_list(all, 2);

    best = all[count - 1];
}

const vg_narrow *vg_narrow_best(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, choose);
    return best;
}
