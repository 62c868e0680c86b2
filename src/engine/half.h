/* IEEE 754 binary16 ("float16"), bfloat16 (the upper half of a float32), and back. Any thread. */
#ifndef ENGINE_HALF_H
#define ENGINE_HALF_H

#include <stdint.h>
#include <string.h>

/* The greatest finite one; what is nearer to the next power of two than to this becomes infinity.
 */
#define VG_HALF_MAX 65504.0F

/* To the nearest, ties to even; infinity beyond 65519.99. */
uint16_t vg_half_of(float value);
float vg_half_float(uint16_t half);

/* Of a finite float. To the nearest, ties to even; what rounds to infinity is the greatest finite
 * one. */
static inline uint16_t vg_bfloat_of(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    bits += 0x7fff + (bits >> 16 & 1);
    if ((bits & 0x7f800000) == 0x7f800000)
        bits -= 0x10000;
    return (uint16_t)(bits >> 16);
}

static inline float vg_bfloat_float(uint16_t bfloat)
{
    uint32_t bits = (uint32_t)bfloat << 16;
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

#endif
