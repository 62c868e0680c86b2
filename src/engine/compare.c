/* See compare.h. */
#include "engine/compare.h"

#include <math.h>

#include "engine/exact.h"
#include "engine/sparse.h"

enum { LINE_BYTES = 64 };

/* ---- one row with another ---- */

static float signed_of(vg_metric metric, float measured)
{
    if (isnan(measured)) /* a difference of infinities: as far as can be */
        return -INFINITY;
    return metric == VG_METRIC_DOT ? measured : 0 - measured;
}

static float bytes_cosine(vg_byte_fn *dot, const uint8_t *a, const uint8_t *b, size_t count)
{
    double squares = (double)dot(a, a, count) * (double)dot(b, b, count);

    return squares > 0 ? (float)((double)dot(a, b, count) / sqrt(squares)) : 0;
}

/* `count` may be more than a row has, when both have zeros behind. */
static float row_with_row(const vg_compare *c, const void *a, const void *b, size_t count)
{
    if (c->form.datatype == VG_FLOAT32)
        return signed_of(c->metric, c->pair.floats(a, b, count));
    if (c->form.datatype == VG_FLOAT16)
        return signed_of(c->metric, c->pair.halves(a, b, count));
    if (c->form.distance == VG_COSINE)
        return bytes_cosine(c->pair.bytes, a, b, count);
    return signed_of(c->metric, (float)c->pair.bytes(a, b, count));
}

/* ---- kinds ---- */

static float max_sim(const vg_compare *c, const void *asked, const void *stored)
{
    size_t size = c->form.size, step = size * vg_form_width(&c->form);
    const char *query = vg_form_first(&c->form, asked), *row = vg_form_first(&c->form, stored);
    uint32_t query_rows = vg_form_rows(&c->form, asked), rows = vg_form_rows(&c->form, stored);
    float sum = 0;

    for (uint32_t i = 0; i < query_rows; i++) {
        float best = -INFINITY;

        for (uint32_t k = 0; k < rows; k++)
            best = fmaxf(best, row_with_row(c, query + i * step, row + k * step, size));
        sum += best;
    }
    return isnan(sum) ? -INFINITY : sum;
}

/* The sum of products over the shared indices; *shared: are there some? */
static float sparse_dot(const void *one, const void *other, bool *shared)
{
    vg_sparse_view a = vg_form_sparse(one), b = vg_form_sparse(other);
    float sum = 0;

    *shared = false;
    for (uint32_t i = 0, k = 0; i < a.count && k < b.count;) {
        if (a.indices[i] < b.indices[k]) {
            i++;
        } else if (a.indices[i] > b.indices[k]) {
            k++;
        } else {
            sum += a.values[i++] * b.values[k++];
            *shared = true;
        }
    }
    return isnan(sum) ? -INFINITY : sum;
}

float vg_compare_pair(const vg_compare *c, const void *query, const void *stored)
{
    bool shared;

    switch (c->form.kind) {
    case VG_MULTI:
        return max_sim(c, query, stored);
    case VG_SPARSE:
        return sparse_dot(query, stored, &shared);
    default:
        return row_with_row(c, query, stored, vg_dense_stride(c->dense));
    }
}

float vg_compare_slot(const vg_compare *c, uint32_t slot)
{
    return vg_compare_pair(c, c->query, vg_dense_stored(c->dense, slot));
}

void vg_compare_slots(const vg_compare *c, uint32_t first, uint32_t count, float *out)
{
    size_t stride = vg_dense_stride(c->dense);

    if (c->form.kind == VG_DENSE && c->form.datatype == VG_FLOAT32) {
        const vg_rows rows = {vg_dense_stored(c->dense, first), stride, count, stride};

        vg_kernel_best()->rows[c->metric](c->query, &rows, out);
        for (uint32_t i = 0; i < count; i++)
            out[i] = signed_of(c->metric, out[i]);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        out[i] = vg_compare_slot(c, first + i);
}

bool vg_compare_meets(const vg_compare *c, uint32_t slot)
{
    bool shared = true;

    if (c->form.kind == VG_SPARSE)
        sparse_dot(c->query, vg_dense_stored(c->dense, slot), &shared);
    return shared;
}

float vg_compare_score(vg_distance distance, float s)
{
    if (vg_distance_descends(distance))
        return s;
    return distance == VG_EUCLID ? sqrtf(fabsf(s)) : fabsf(s);
}

/* ---- making ---- */

void vg_compare_begin(const vg_dense *dense, vg_compare *out)
{
    const vg_form *form = vg_dense_form(dense);

    *out = (vg_compare){.dense = dense, .form = *form, .metric = vg_exact_metric(form->distance)};
    if (form->datatype == VG_FLOAT16)
        out->pair.halves = vg_narrow_best()->half[out->metric];
    else if (form->datatype == VG_UINT8) /* the dot product of Cosine as well */
        out->pair.bytes = vg_narrow_best()->byte[out->metric];
    else
        out->pair.floats = vg_kernel_best()->pair[out->metric];
}

/* As a row of memory is: on a line, zeros behind. */
static const void *pad(vg_arena *arena, const vg_dense *dense, const void *stored)
{
    const vg_form *form = vg_dense_form(dense);
    size_t bytes = vg_dense_stride(dense) * vg_form_width(form);
    char *at = vg_arena_take_zero(arena, 1, bytes + LINE_BYTES);

    if (!at)
        return NULL;
    at += (LINE_BYTES - (uintptr_t)at % LINE_BYTES) % LINE_BYTES;
    memcpy(at, stored, vg_form_bytes(form, stored));
    return at;
}

bool vg_compare_prepare(vg_arena *arena, const vg_dense *dense, const vg_vector *vector,
                        vg_compare *out, vg_status *status)
{
    const void *made;

    vg_compare_begin(dense, out);
    made = vg_form_make(arena, &out->form, vector, status);
    if (!made)
        return false;
    out->query = vg_form_is_row(&out->form) ? pad(arena, dense, made) : made;
    if (!out->query)
        vg_status_set(status, VG_TOO_LARGE, VG_LIT("no memory is left for a vector"),
                      (vg_slice){0});
    return out->query != NULL;
}

void vg_compare_with_slot(const vg_dense *dense, uint32_t slot, vg_compare *out)
{
    vg_compare_begin(dense, out);
    out->query = vg_dense_stored(dense, slot);
}

/* ---- idf ---- */

/* FACTS 9. Points and vectors are counted one after the other: there may be more of these by now.
 */
static float idf(uint64_t points, uint32_t vectors)
{
    float n = (float)(points > vectors ? points : vectors), df = (float)vectors;

    return logf((n - df + 0.5F) / (df + 0.5F) + 1.0F);
}

/* Without an inverted index that knows all: one look at each vector. */
static uint32_t count_by_scan(const vg_view *view, uint32_t index)
{
    uint32_t count = 0;

    for (uint32_t slot = 0; slot < view->used; slot++) {
        vg_sparse_view v;

        if (!vg_place_is_seen(vg_dense_place(view->dense, slot), view->operation))
            continue;
        v = vg_form_sparse(vg_dense_stored(view->dense, slot));
        for (uint32_t i = 0; i < v.count && v.indices[i] <= index; i++)
            count += v.indices[i] == index;
    }
    return count;
}

bool vg_compare_weigh(vg_arena *arena, const vg_view *view, uint64_t points, vg_compare *c)
{
    const vg_sparse *sparse = vg_dense_sparse(view->dense);
    vg_sparse_view v = vg_form_sparse(c->query);
    size_t bytes = vg_form_bytes(&c->form, c->query);
    char *copy = vg_arena_take(arena, bytes);
    float *weights;

    if (!copy)
        return false;
    memcpy(copy, c->query, bytes);
    weights = (float *)(void *)(copy + VG_FORM_HEAD) + v.count;
    for (uint32_t i = 0; i < v.count; i++)
        weights[i] *=
            idf(points, vg_sparse_is_whole(sparse) ? vg_sparse_count(sparse, view, v.indices[i])
                                                   : count_by_scan(view, v.indices[i]));
    c->query = copy;
    return true;
}
