/* IEEE 754 binary16 ("float16") and back. Any thread. */
#ifndef ENGINE_HALF_H
#define ENGINE_HALF_H

#include <stdint.h>

/* The greatest finite one; what is nearer to the next power of two than to this becomes infinity.
 */
#define VG_HALF_MAX 65504.0F

/* To the nearest, ties to even; infinity beyond 65519.99. */
uint16_t vg_half_of(float value);
float vg_half_float(uint16_t half);

#endif
