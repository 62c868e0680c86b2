/* The measure that a graph has of its own: distances between the floats of vg_dense. */
#include <math.h>
#include <string.h>

#include "engine/hnsw_graph.h"

enum { BLOCK = 64 };

static const vg_float_measure *self_of(const vg_measure *measure)
{
    return (const vg_float_measure *)(const void *)measure;
}

/* As exact.h has it: overflow makes infinities, and their differences are no numbers. */
static void turn(vg_metric metric, uint32_t count, float *far)
{
    for (uint32_t i = 0; i < count; i++) {
        float measured = metric == VG_METRIC_DOT ? -far[i] : far[i];

        far[i] = isnan(measured) ? INFINITY : measured;
    }
}

static void measure_far(const vg_measure *measure, const void *query, const uint32_t *slots,
                        uint32_t count, float *far)
{
    const vg_float_measure *self = self_of(measure);
    vg_scattered_fn *kernel = vg_kernel_best()->scattered[self->metric];
    const float *rows[BLOCK];
    vg_scattered scattered = {.at = rows, .count = vg_dense_stride(self->dense)};

    for (uint32_t done = 0; done < count; done += (uint32_t)scattered.rows) {
        scattered.rows = count - done < BLOCK ? count - done : BLOCK;
        for (uint32_t i = 0; i < scattered.rows; i++)
            rows[i] = vg_dense_row(self->dense, slots[done + i]);
        kernel(query, &scattered, far + done);
    }
    turn(self->metric, count, far);
}

static const void *row_of(const vg_measure *measure, uint32_t slot)
{
    return vg_dense_row(self_of(measure)->dense, slot);
}

static bool is_same(const vg_measure *measure, uint32_t a, uint32_t b)
{
    const vg_dense *dense = self_of(measure)->dense;

    return memcmp(vg_dense_row(dense, a), vg_dense_row(dense, b),
                  vg_dense_dimension(dense) * sizeof(float)) == 0;
}

void vg_float_measure_init(vg_float_measure *m, const vg_dense *dense, vg_distance distance)
{
    *m = (vg_float_measure){
        .measure = {.far = measure_far, .query_of = row_of, .is_same = is_same},
        .dense = dense,
        .metric = VG_METRIC_DOT,
    };
    if (distance == VG_EUCLID)
        m->metric = VG_METRIC_L2;
    if (distance == VG_MANHATTAN)
        m->metric = VG_METRIC_L1;
}
