/* See numbers.h. */
#include "adapters/vector/pgvector/numbers.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "vecgate/json.h"

static const float unit_slack = 1e-6F;

static const float *refuse(vg_status *status, vg_slice what)
{
    vg_status_set(status, VG_INVALID, what, (vg_slice){0});
    return NULL;
}

static bool are_finite(const float *numbers, size_t count)
{
    float nothing = 0;

    for (size_t i = 0; i < count; i++)
        nothing += numbers[i] * 0.0F; /* infinity and NaN make NaN of it */
    return !isnan(nothing);
}

static void normalise(float *row, size_t count)
{
    float square = 0, length;

    for (size_t i = 0; i < count; i++)
        square += row[i] * row[i];
    if (square < FLT_EPSILON || fabsf(square - 1.0F) <= unit_slack)
        return;
    length = sqrtf(square);
    for (size_t i = 0; i < count; i++)
        row[i] /= length;
}

static void cut(float *row, size_t count)
{
    for (size_t i = 0; i < count; i++)
        row[i] = row[i] < 0 ? 0 : truncf(fminf(row[i], UINT8_MAX));
}

static bool is_uint8(const vg_vector_params *params)
{
    return params->kind != VG_SPARSE && vg_datatype_of(params->datatype) == VG_UINT8;
}

const float *vg_numbers_ask(vg_arena *arena, const vg_vector_params *params,
                            const vg_vector *vector, vg_status *status)
{
    float *floats = vg_vector_floats(arena, vector, status);

    if (!floats)
        return NULL;
    if (!are_finite(floats, vector->count))
        return refuse(status, VG_LIT("a vector holds NaN or infinity: its numbers must be finite"));
    if (params->kind != VG_SPARSE && params->distance == VG_COSINE && !is_uint8(params))
        for (size_t i = 0; i + params->size <= vector->count; i += params->size)
            normalise(floats + i, params->size);
    return floats;
}

const float *vg_numbers_make(vg_arena *arena, const vg_vector_params *params,
                             const vg_vector *vector, vg_status *status)
{
    const float *floats = vg_numbers_ask(arena, params, vector, status);

    if (floats && is_uint8(params))
        cut((float *)(uintptr_t)floats, vector->count);
    return floats;
}

void vg_numbers_put(vg_cells *cells, const vg_vector_params *params, const vg_vector *vector,
                    const float *floats)
{
    if (params->kind == VG_SPARSE)
        vg_cells_sparse(cells, vector->indices, floats, vector->count);
    else
        vg_cells_vector(cells, floats, vector->count);
}

void vg_numbers_put_rows(vg_cells *cells, const vg_vector *vector, const float *floats)
{
    uint32_t rows = vector->rows > 0 ? vector->rows : 1, each = vector->count / rows;

    vg_cells_open_array(cells, VG_CELLS_EXTENSION, rows);
    for (uint32_t i = 0; i < rows; i++)
        vg_cells_vector(cells, floats + (size_t)i * each, each);
}

vg_slice vg_numbers_rows_text(vg_arena *arena, const vg_vector *vector, const float *floats)
{
    uint32_t rows = vector->rows > 0 ? vector->rows : 1, each = vector->count / rows;
    char *text =
        vg_arena_take(arena, (size_t)vector->count * (VG_FLOAT_TEXT + 1) + (size_t)rows * 5 + 2);
    size_t len = 0;

    if (!text)
        return (vg_slice){0};
    text[len++] = '{';
    for (uint32_t i = 0; i < vector->count; i++) {
        if (i % each == 0) {
            memcpy(text + len, i == 0 ? "\"[" : ",\"[", i == 0 ? 2 : 3);
            len += i == 0 ? 2 : 3;
        }
        len += vg_float_write(floats[i], text + len);
        if (i % each < each - 1) {
            text[len++] = ',';
        } else {
            memcpy(text + len, "]\"", 2);
            len += 2;
        }
    }
    text[len++] = '}';
    return vg_slice_of(text, len);
}

vg_slice vg_numbers_indices_text(vg_arena *arena, const vg_vector *vector)
{
    enum { DIGITS = 11 };
    char *text = vg_arena_take(arena, (size_t)vector->count * DIGITS + 3);
    size_t len = 0;

    if (!text)
        return (vg_slice){0};
    text[len++] = '{';
    for (uint32_t i = 0; i < vector->count; i++)
        len += (size_t)snprintf(text + len, DIGITS + 1, i ? ",%" PRIu32 : "%" PRIu32,
                                vector->indices[i]);
    text[len++] = '}';
    return vg_slice_of(text, len);
}
