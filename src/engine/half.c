/* See half.h.
 *
 *     float32   1 sign, 8 exponent (bias 127), 23 fraction
 *     float16   1 sign, 5 exponent (bias 15),  10 fraction
 *
 * Adding and taking away a power of two makes the FPU round where the smallest halves, which have
 * no leading one, need it. */
#include "engine/half.h"

#include <string.h>

enum { SHIFT = 23 - 10, BIAS = 127 - 15, SIGN = 0x8000, INFINITE = 0x7c00 };

static uint32_t bits_of(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

uint16_t vg_half_of(float value)
{
    uint32_t bits = bits_of(value), sign = bits >> 16 & SIGN, amount = bits & 0x7fffffffU, odd;

    if (amount > 0x7f800000U)
        return (uint16_t)(sign | INFINITE | 0x200); /* NaN */
    if (amount >= 0x47800000U)                      /* 65536 */
        return (uint16_t)(sign | INFINITE);
    if (amount < 0x38800000U) { /* below 2^-14: units of 2^-24, which 0.5 + x counts in its end */
        float rounded = float_of(amount) + 0.5F;

        return (uint16_t)(sign | (bits_of(rounded) - bits_of(0.5F)));
    }
    odd = amount >> SHIFT & 1;
    amount += (1U << (SHIFT - 1)) - 1 + odd;
    return (uint16_t)(sign | ((amount >> SHIFT) - ((uint32_t)BIAS << 10)));
}

float vg_half_float(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & SIGN) << 16, amount = half & 0x7fffU;

    if (amount >= INFINITE)
        return float_of(sign | 0x7f800000U | (amount & 0x3ffU) << SHIFT);
    if (amount < 0x400) /* no leading one: units of 2^-24 */
        return float_of(sign | bits_of((float)amount * 0x1p-24F));
    return float_of(sign | ((amount << SHIFT) + ((uint32_t)BIAS << 23)));
}
