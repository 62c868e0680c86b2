/* Distances between float32 vectors: dot product, squared L2, L1. One table per instruction set;
 * the best one that this CPU has is chosen once, at the first call, by asking the CPU (not by build
 * flags, not by target_clones, which crashes under ThreadSanitizer). The scalar table is the
 * reference.
 *
 * Any length from 0 on and any alignment of 4 bytes; rows of 64 bytes and lengths that are a
 * multiple of 16 (padded with zeros, which add nothing to any of the three) never run the slow
 * ends. Sums are float32 in several accumulators, so the last digits depend on the table; overflow
 * gives infinity or NaN. */
#ifndef ENGINE_KERNEL_H
#define ENGINE_KERNEL_H

#include "vecgate/types.h"

typedef enum vg_metric { VG_METRIC_DOT, VG_METRIC_L2, VG_METRIC_L1, VG_METRICS } vg_metric;

typedef float vg_pair_fn(const float *a, const float *b, size_t count);

/* Rows of one array, `stride` floats apart. */
typedef struct vg_rows {
    const float *at;
    size_t stride;
    size_t rows;
    size_t count; /* floats that are compared */
} vg_rows;

/* out[i] = metric(query, row i) */
typedef void vg_rows_fn(const float *query, const vg_rows *rows, float *out);

/* Rows that lie anywhere. Those that come later are fetched into the cache while the first are
 * measured. */
typedef struct vg_scattered {
    const float *const *at;
    size_t rows;
    size_t count; /* floats that are compared */
} vg_scattered;

typedef void vg_scattered_fn(const float *query, const vg_scattered *rows, float *out);

typedef struct vg_kernels {
    const char *name; /* "scalar", "sse2", "avx2", "avx512" */
    vg_pair_fn *pair[VG_METRICS];
    vg_rows_fn *rows[VG_METRICS];
    vg_scattered_fn *scattered[VG_METRICS];
} vg_kernels;

/* The best for this CPU. Any thread. */
const vg_kernels *vg_kernel_best(void);
/* What this CPU can run, scalar first, at most `room`; answers how many. */
size_t vg_kernel_list(const vg_kernels **to, size_t room);

/* ---- private to the engine ---- */
extern const vg_kernels vg_kernels_scalar;
#if defined(__x86_64__)
extern const vg_kernels vg_kernels_sse2, vg_kernels_avx2, vg_kernels_avx512;
#endif

#endif
