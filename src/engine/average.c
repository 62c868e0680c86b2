/* See average.h. Sums are float32 in the order of the examples, as Qdrant's are. */
#include "engine/average.h"

#include <stdlib.h>

typedef struct averaging {
    vg_arena *arena;
    const vg_averaged *examples;
    vg_status *status;
} averaging;

static bool too_large(const averaging *a)
{
    vg_status_set(a->status, VG_TOO_LARGE, VG_LIT("no memory is left for this request"),
                  (vg_slice){0});
    return false;
}

static void show(const float *numbers, uint32_t count, vg_vector *out)
{
    *out = (vg_vector){.form = VG_VECTOR_F32,
                       .bytes = vg_slice_of((const char *)numbers, count * sizeof *numbers),
                       .count = count};
}

static float blend(const averaging *a, float positive, float negative)
{
    uint32_t positives = a->examples->positive_count, negatives = a->examples->count - positives;

    positive /= (float)positives;
    if (negatives == 0)
        return positive;
    return positive + positive - negative / (float)negatives;
}

/* ---- dense ---- */

static bool add_dense(const averaging *a, const vg_vector *example, float *sum)
{
    const float *numbers = vg_vector_floats(a->arena, example, a->status);

    for (uint32_t i = 0; numbers && i < example->count; i++)
        sum[i] += numbers[i];
    return numbers != NULL;
}

static bool blend_dense(const averaging *a, vg_vector *out)
{
    const vg_averaged *examples = a->examples;
    uint32_t size = examples->at[0].count;
    float *positive = VG_TAKE_N(a->arena, float, (size_t)size + 1),
          *negative = VG_TAKE_N(a->arena, float, (size_t)size + 1);

    if (!positive || !negative)
        return too_large(a);
    for (uint32_t i = 0; i < examples->count; i++)
        if (!add_dense(a, &examples->at[i], i < examples->positive_count ? positive : negative))
            return false;
    for (uint32_t i = 0; i < size; i++)
        positive[i] = blend(a, positive[i], negative[i]);
    show(positive, size, out);
    return true;
}

/* ---- multi ---- */

/* Of a multivector's name, a list of numbers is one row. */
static uint32_t rows_of(const vg_vector *example)
{
    return example->rows > 0 ? example->rows : 1;
}

static bool join_rows(const averaging *a, vg_vector *out)
{
    const vg_averaged *examples = a->examples;
    uint64_t count = 0;
    uint32_t rows = 0, at = 0;
    float *joined;

    for (uint32_t i = 0; i < examples->count; i++) {
        count += examples->at[i].count;
        rows += rows_of(&examples->at[i]);
    }
    joined = count < UINT32_MAX ? VG_TAKE_N(a->arena, float, count + 1) : NULL;
    if (!joined)
        return too_large(a);
    for (uint32_t i = 0; i < examples->count; i++) {
        const float *numbers = vg_vector_floats(a->arena, &examples->at[i], a->status);

        if (!numbers)
            return false;
        for (uint32_t k = 0; k < examples->at[i].count; k++)
            joined[at++] = i < examples->positive_count ? numbers[k] : -numbers[k];
    }
    show(joined, at, out);
    out->rows = rows;
    return true;
}

/* ---- sparse ---- */

typedef struct entry {
    uint32_t index;
    uint32_t example;
    float value;
} entry;

static int by_index(const void *a, const void *b)
{
    const entry *one = a, *other = b;

    if (one->index != other->index)
        return one->index < other->index ? -1 : 1;
    return (one->example > other->example) - (one->example < other->example);
}

/* Entries of all examples, sorted. NULL with a status. */
static entry *gather(const averaging *a, uint32_t *count)
{
    const vg_averaged *examples = a->examples;
    uint64_t room = 0;
    entry *entries;

    *count = 0;
    for (uint32_t i = 0; i < examples->count; i++)
        room += examples->at[i].count;
    entries = room < UINT32_MAX ? VG_TAKE_N(a->arena, entry, room + 1) : NULL;
    if (!entries) {
        too_large(a);
        return NULL;
    }
    for (uint32_t i = 0; i < examples->count; i++) {
        const vg_vector *example = &examples->at[i];
        const float *values = vg_vector_floats(a->arena, example, a->status);

        if (!values)
            return NULL;
        for (uint32_t k = 0; k < example->count; k++)
            entries[(*count)++] = (entry){example->indices[k], i, values[k]};
    }
    if (*count > 1)
        qsort(entries, *count, sizeof *entries, by_index);
    return entries;
}

static bool blend_sparse(const averaging *a, vg_vector *out)
{
    uint32_t count, at = 0, made = 0, *indices;
    entry *entries = gather(a, &count);
    float *values;

    if (!entries)
        return false;
    indices = VG_TAKE_N(a->arena, uint32_t, (size_t)count + 1);
    values = VG_TAKE_N(a->arena, float, (size_t)count + 1);
    if (!indices || !values)
        return too_large(a);
    for (; at < count; made++) {
        float positive = 0, negative = 0;

        indices[made] = entries[at].index;
        for (; at < count && entries[at].index == indices[made]; at++)
            *(entries[at].example < a->examples->positive_count ? &positive : &negative) +=
                entries[at].value;
        values[made] = blend(a, positive, negative);
    }
    show(values, made, out);
    out->indices = indices;
    return true;
}

bool vg_average_make(vg_arena *arena, const vg_averaged *examples, vg_vector *out,
                     vg_status *status)
{
    const averaging a = {arena, examples, status};

    switch (examples->kind) {
    case VG_SPARSE:
        return blend_sparse(&a, out);
    case VG_MULTI:
        return join_rows(&a, out);
    default:
        return blend_dense(&a, out);
    }
}
