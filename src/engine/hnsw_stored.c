/* The measures that a graph has of its own, over what vg_dense stores: minus s of compare.h.
 *
 * Of multivectors s grows with the rows of the query and is another one the other way round. For a
 * search that is as it should be. Slots among themselves need distances that can be held against
 * each other: s is divided by the rows of the query, and taken both ways, but for Dot, where a long
 * vector is near to all and they are not near to it. Recall of 2000 random points of 1 to 6 rows,
 * at ef 100: 0.97 to 0.99; with s as it is Euclid and Manhattan have 0.86 to 0.91. */
#include <math.h>
#include <string.h>

#include "engine/hnsw_graph.h"

enum {
    BLOCK = 64,
    LINE_BYTES = 64,
    AHEAD = 8,        /* rows that are fetched while one is measured … */
    AHEAD_BYTES = 512 /* … this far: behind that the CPU goes on by itself */
};

static const vg_stored_measure *self_of(const vg_measure *measure)
{
    return (const vg_stored_measure *)(const void *)measure;
}

/* ---- float32 ---- */

/* As exact.h has it: overflow makes infinities, and their differences are no numbers. */
static void turn(vg_metric metric, uint32_t count, float *far)
{
    for (uint32_t i = 0; i < count; i++) {
        float measured = metric == VG_METRIC_DOT ? -far[i] : far[i];

        far[i] = isnan(measured) ? INFINITY : measured;
    }
}

static void far_floats(const vg_measure *measure, const void *query, const uint32_t *slots,
                       uint32_t count, float *far)
{
    const vg_compare *c = &self_of(measure)->compare;
    vg_scattered_fn *kernel = vg_kernel_best()->scattered[c->metric];
    const float *rows[BLOCK];
    vg_scattered scattered = {.at = rows, .count = vg_dense_stride(c->dense)};

    for (uint32_t done = 0; done < count; done += (uint32_t)scattered.rows) {
        scattered.rows = count - done < BLOCK ? count - done : BLOCK;
        for (uint32_t i = 0; i < scattered.rows; i++)
            rows[i] = vg_dense_row(c->dense, slots[done + i]);
        kernel(query, &scattered, far + done);
    }
    turn(c->metric, count, far);
}

/* ---- all others ---- */

static void fetch(const char *row, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += LINE_BYTES)
        __builtin_prefetch(row + at);
}

/* s for each row of the query. */
static float mean_of(const vg_compare *c, const void *query, const void *stored)
{
    return vg_compare_pair(c, query, stored) / (float)vg_form_rows(&c->form, query);
}

static float similar(const vg_stored_measure *self, const void *one, const void *other)
{
    const vg_compare *c = &self->compare;

    if (!self->is_mean)
        return vg_compare_pair(c, one, other);
    if (c->form.distance == VG_DOT)
        return mean_of(c, one, other);
    return (mean_of(c, one, other) + mean_of(c, other, one)) / 2;
}

static void far_block(const vg_stored_measure *self, const void *query, const uint32_t *slots,
                      uint32_t count, float *far)
{
    const void *rows[BLOCK];

    for (uint32_t i = 0; i < count; i++)
        rows[i] = vg_dense_stored(self->compare.dense, slots[i]);
    for (uint32_t i = 0; i < count && i < AHEAD; i++)
        fetch(rows[i], self->fetched);
    for (uint32_t i = 0; i < count; i++) {
        if (i + AHEAD < count)
            fetch(rows[i + AHEAD], self->fetched);
        far[i] = 0 - similar(self, query, rows[i]);
    }
}

static void far_any(const vg_measure *measure, const void *query, const uint32_t *slots,
                    uint32_t count, float *far)
{
    for (uint32_t done = 0; done < count; done += BLOCK)
        far_block(self_of(measure), query, slots + done,
                  count - done < BLOCK ? count - done : BLOCK, far + done);
}

/* ---- slots ---- */

static const void *stored_of(const vg_measure *measure, uint32_t slot)
{
    return vg_dense_stored(self_of(measure)->compare.dense, slot);
}

static bool is_same(const vg_measure *measure, uint32_t a, uint32_t b)
{
    const vg_form *form = &self_of(measure)->compare.form;
    const void *one = stored_of(measure, a), *other = stored_of(measure, b);
    size_t bytes = vg_form_bytes(form, one);

    return bytes == vg_form_bytes(form, other) && memcmp(one, other, bytes) == 0;
}

void vg_stored_measure_init(vg_stored_measure *m, const vg_dense *dense, vg_distance distance,
                            bool is_mean)
{
    vg_compare *c = &m->compare;

    *m =
        (vg_stored_measure){.measure = {.far = far_any, .query_of = stored_of, .is_same = is_same}};
    vg_compare_begin(dense, c);
    m->is_mean = is_mean && c->form.kind == VG_MULTI;
    m->fetched = vg_dense_stride(dense) * vg_form_width(&c->form);
    if (m->fetched > AHEAD_BYTES)
        m->fetched = AHEAD_BYTES;
    if (c->form.kind == VG_DENSE && c->form.datatype == VG_FLOAT32) {
        c->metric = vg_exact_metric(distance);
        m->measure.far = far_floats;
    }
}
