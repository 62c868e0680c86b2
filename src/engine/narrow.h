/* Distances between vectors of float16, of bfloat16, of bytes and of bits, as kernel.h has them for
 * float32. One table for plain C, one for AVX2 with F16C; chosen once, by asking the CPU. Any
 * length up to VG_MAX_DIMENSION and any alignment of a number. */
#ifndef ENGINE_NARROW_H
#define ENGINE_NARROW_H

#include <stdint.h>

#include "engine/kernel.h"

/* Sums of float32. */
typedef float vg_half_fn(const uint16_t *a, const uint16_t *b, size_t count);
/* The same; bfloat16 is the upper half of a float32. */
typedef float vg_bfloat_fn(const float *a, const uint16_t *b, size_t count);
/* Exact. */
typedef uint32_t vg_byte_fn(const uint8_t *a, const uint8_t *b, size_t count);

/* How many bits of so many words differ. */
typedef uint32_t vg_bits_fn(const uint64_t *a, const uint64_t *b, size_t words);

typedef struct vg_narrow {
    const char *name; /* "scalar", "avx2" */
    vg_half_fn *half[VG_METRICS];
    vg_bfloat_fn *bfloat[VG_METRICS];
    vg_byte_fn *byte[VG_METRICS];
    vg_bits_fn *bits;
} vg_narrow;

/* The best for this CPU. Any thread. */
const vg_narrow *vg_narrow_best(void);
/* What this CPU can run, scalar first, at most `room`; answers how many. */
size_t vg_narrow_list(const vg_narrow **to, size_t room);

/* ---- private to the engine ---- */
extern const vg_narrow vg_narrow_scalar;
#if defined(__x86_64__)
extern const vg_narrow vg_narrow_avx2;
#endif

#endif
