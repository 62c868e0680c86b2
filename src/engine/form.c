/* See form.h. */
#include "engine/form.h"

#include <inttypes.h>
#include <math.h>

#include "engine/exact.h"
#include "engine/half.h"

/* ---- the bytes ---- */

vg_form vg_form_of(const vg_vector_params *params)
{
    bool is_sparse = params->kind == VG_SPARSE;

    return (vg_form){
        .kind = params->kind,
        .datatype = is_sparse ? VG_FLOAT32 : vg_datatype_of(params->datatype),
        .size = params->size,
        .distance = params->distance,
    };
}

size_t vg_form_width(const vg_form *form)
{
    static const size_t widths[VG_DATATYPES] = {
        [VG_FLOAT32] = sizeof(float), [VG_FLOAT16] = sizeof(uint16_t), [VG_UINT8] = 1};

    return widths[form->datatype];
}

static size_t row_bytes(const vg_form *form)
{
    return form->size * vg_form_width(form);
}

/* Of rows, or of indices; disks do not align. */
static uint32_t count_of(const void *stored)
{
    uint32_t count;

    memcpy(&count, stored, sizeof count);
    return count;
}

static size_t bytes_of(const vg_form *form, size_t count)
{
    if (form->kind == VG_DENSE)
        return row_bytes(form);
    return VG_FORM_HEAD +
           count * (form->kind == VG_MULTI ? row_bytes(form) : sizeof(uint32_t) + sizeof(float));
}

size_t vg_form_bytes(const vg_form *form, const void *stored)
{
    return bytes_of(form, form->kind == VG_DENSE ? 1 : count_of(stored));
}

static bool ascends(const char *indices, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        if (count_of(indices + (size_t)(i - 1) * sizeof(uint32_t)) >=
            count_of(indices + (size_t)i * sizeof(uint32_t)))
            return false;
    return true;
}

bool vg_form_is(const vg_form *form, vg_slice bytes)
{
    uint32_t count;

    if (form->kind == VG_DENSE)
        return bytes.len == row_bytes(form);
    if (bytes.len < VG_FORM_HEAD)
        return false;
    count = count_of(bytes.at);
    if (bytes.len != bytes_of(form, count))
        return false;
    if (form->kind == VG_SPARSE)
        return ascends(bytes.at + VG_FORM_HEAD, count);
    return count > 0 && (uint64_t)count * form->size < VG_MULTI_MAX;
}

uint32_t vg_form_rows(const vg_form *form, const void *stored)
{
    return form->kind == VG_DENSE ? 1 : count_of(stored);
}

const void *vg_form_first(const vg_form *form, const void *stored)
{
    return form->kind == VG_DENSE ? stored : (const char *)stored + VG_FORM_HEAD;
}

vg_sparse_view vg_form_sparse(const void *stored)
{
    vg_sparse_view view = {.count = count_of(stored)};

    view.indices = (const uint32_t *)stored + 1;
    view.values = (const float *)(const void *)(view.indices + view.count);
    return view;
}

/* ---- making ---- */

static bool refuse(vg_status *status, vg_slice what)
{
    vg_status_set(status, VG_INVALID, what, (vg_slice){0});
    return false;
}

static void *spent(vg_status *status)
{
    vg_status_set(status, VG_TOO_LARGE, VG_LIT("no memory is left for a vector"), (vg_slice){0});
    return NULL;
}

static bool check(vg_arena *arena, const vg_form *form, const vg_vector *vector, vg_status *status)
{
    const vg_vector_params params = {.kind = form->kind, .size = form->size};

    if (!vg_vector_fits(arena, &params, vector, status))
        return false;
    if (form->kind == VG_SPARSE)
        return ascends((const char *)vector->indices, vector->count) ||
               refuse(status, VG_LIT("the indices of a sparse vector must be unique and ascend"));
    return vector->count < VG_MULTI_MAX ||
           refuse(status, VG_LIT("a multivector holds too many numbers: 1048575 are the most"));
}

/* Without a branch in the loop: vectors are long, and nearly all are fine. */
static bool are_finite(const float *numbers, size_t count)
{
    float nothing = 0;

    for (size_t i = 0; i < count; i++)
        nothing += numbers[i] * 0.0F; /* infinity and NaN make NaN of it */
    return !isnan(nothing);
}

static float *make_floats(vg_arena *arena, const vg_vector *vector, vg_status *status)
{
    float *floats = vg_vector_floats(arena, vector, status);

    if (!floats || are_finite(floats, vector->count))
        return floats;
    refuse(status, VG_LIT("a vector holds NaN or infinity: its numbers must be finite"));
    return NULL;
}

static void normalise(const vg_form *form, float *floats, size_t count)
{
    if (form->distance != VG_COSINE || form->datatype == VG_UINT8)
        return;
    for (size_t i = 0; i < count; i += form->size)
        vg_exact_normalise(floats + i, form->size);
}

/* Each answers how many numbers it could put: all of them, or those before one that is too large.
 */
typedef size_t put_fn(const float *from, size_t count, char *to);

static size_t put_floats(const float *from, size_t count, char *to)
{
    memcpy(to, from, count * sizeof *from);
    return count;
}

static size_t put_halves(const float *from, size_t count, char *to)
{
    for (size_t i = 0; i < count; i++) {
        uint16_t half = vg_half_of(from[i]);

        if (isinf(vg_half_float(half)))
            return i;
        memcpy(to + i * sizeof half, &half, sizeof half);
    }
    return count;
}

static size_t put_bytes(const float *from, size_t count, char *to)
{
    for (size_t i = 0; i < count; i++) {
        float within = from[i] < 0 ? 0 : fminf(from[i], UINT8_MAX);

        to[i] = (char)(uint8_t)within;
    }
    return count;
}

static put_fn *const putters[VG_DATATYPES] = {
    [VG_FLOAT32] = put_floats, [VG_FLOAT16] = put_halves, [VG_UINT8] = put_bytes};

static const void *make_sparse(vg_arena *arena, const vg_vector *vector, const float *floats,
                               vg_status *status)
{
    size_t half = vector->count * sizeof(float);
    char *to = vg_arena_take(arena, VG_FORM_HEAD + 2 * half);

    if (!to)
        return spent(status);
    memcpy(to, &vector->count, VG_FORM_HEAD);
    memcpy(to + VG_FORM_HEAD, vector->indices, half);
    memcpy(to + VG_FORM_HEAD + half, floats, half);
    return to;
}

static const void *make_rows(vg_arena *arena, const vg_form *form, const vg_vector *vector,
                             const float *floats, vg_status *status)
{
    uint32_t rows = vector->rows > 0 ? vector->rows : 1;
    size_t head = form->kind == VG_MULTI ? VG_FORM_HEAD : 0, put;
    char *to = vg_arena_take(arena, bytes_of(form, rows));

    if (!to)
        return spent(status);
    memcpy(to, &rows, head);
    put = putters[form->datatype](floats, vector->count, to + head);
    if (put == vector->count)
        return to;
    vg_status_setf(status, arena, VG_INVALID, (vg_slice){0},
                   "number %zu of a vector is beyond what a 16-bit float can hold", put);
    return NULL;
}

const void *vg_form_make(vg_arena *arena, const vg_form *form, const vg_vector *vector,
                         vg_status *status)
{
    float *floats;

    if (!check(arena, form, vector, status))
        return NULL;
    floats = make_floats(arena, vector, status);
    if (!floats)
        return NULL;
    if (form->kind == VG_SPARSE)
        return make_sparse(arena, vector, floats, status);
    normalise(form, floats, vector->count);
    if (form->kind == VG_DENSE && form->datatype == VG_FLOAT32)
        return floats;
    return make_rows(arena, form, vector, floats, status);
}

/* ---- reading ---- */

static void get_floats(const char *from, size_t count, float *to)
{
    memcpy(to, from, count * sizeof *to);
}

static void get_halves(const char *from, size_t count, float *to)
{
    for (size_t i = 0; i < count; i++) {
        uint16_t half;

        memcpy(&half, from + i * sizeof half, sizeof half);
        to[i] = vg_half_float(half);
    }
}

static void get_bytes(const char *from, size_t count, float *to)
{
    for (size_t i = 0; i < count; i++)
        to[i] = (float)(uint8_t)from[i];
}

typedef void get_fn(const char *from, size_t count, float *to);

static get_fn *const getters[VG_DATATYPES] = {
    [VG_FLOAT32] = get_floats, [VG_FLOAT16] = get_halves, [VG_UINT8] = get_bytes};

static bool read_sparse(vg_arena *arena, const char *from, vg_vector *out)
{
    uint32_t count = count_of(from);
    size_t half = count * sizeof(float);
    char *copy = vg_arena_take(arena, 2 * half + 1);

    if (!copy)
        return false;
    memcpy(copy, from + VG_FORM_HEAD, 2 * half);
    out->count = count;
    out->indices = (const uint32_t *)(const void *)copy;
    out->bytes = vg_slice_of(copy + half, half);
    return true;
}

bool vg_form_read(vg_arena *arena, const vg_form *form, const void *stored, vg_vector *out)
{
    uint32_t rows = vg_form_rows(form, stored), count = rows * form->size;
    float *floats;

    out->form = VG_VECTOR_F32;
    if (form->kind == VG_SPARSE)
        return read_sparse(arena, stored, out);
    floats = vg_arena_take(arena, count * sizeof *floats);
    if (!floats)
        return false;
    getters[form->datatype](vg_form_first(form, stored), count, floats);
    out->rows = form->kind == VG_MULTI ? rows : 0;
    out->count = count;
    out->bytes = vg_slice_of((const char *)floats, count * sizeof *floats);
    return true;
}
