/* How the vectors of one place are stored: on disk as a BLOB, in memory as a row (dense) or a blob
 * of its own (multi, sparse). The bytes are the same in both, but for zeros behind a row:
 *
 *     dense    size numbers
 *     multi    uint32 rows >= 1, then rows * size numbers
 *     sparse   uint32 count >= 0, then count uint32 indices, ascending, then count float32 values
 *
 * A number is a float32, a float16 (IEEE 754 binary16, rounded to nearest, ties to even) or a byte
 * (truncated, and kept within 0 to 255), as the datatype says; a sparse vector's are float32. All
 * little-endian. Rows of a Cosine place have length 1, but for bytes, which stay as they are (FACTS
 * 4). Any thread. */
#ifndef ENGINE_FORM_H
#define ENGINE_FORM_H

#include "vecgate/op.h"

enum {
    VG_FORM_HEAD = sizeof(uint32_t),
    VG_MULTI_MAX = 1 << 20 /* numbers of one, less than that */
};

typedef struct vg_form {
    vg_vector_kind kind;
    vg_datatype datatype; /* sparse: VG_FLOAT32 */
    uint32_t size;        /* numbers of a row; sparse: 0 */
    vg_distance distance;
} vg_form;

/* Of a collection's params, which were checked: of a known datatype. */
vg_form vg_form_of(const vg_vector_params *params);
/* Is each row of memory the vector itself? Else it is a blob that stands elsewhere. */
static inline bool vg_form_is_row(const vg_form *form)
{
    return form->kind == VG_DENSE;
}
size_t vg_form_width(const vg_form *form); /* bytes of a number */
/* Bytes of one that is stored. */
size_t vg_form_bytes(const vg_form *form, const void *stored);
/* Are these bytes such a vector? */
bool vg_form_is(const vg_form *form, vg_slice bytes);
/* Rows of a dense or multivector that is stored, and the first of them. */
uint32_t vg_form_rows(const vg_form *form, const void *stored);
const void *vg_form_first(const vg_form *form, const void *stored);

/* A stored sparse vector, aligned for its numbers, as it stands there. */
typedef struct vg_sparse_view {
    uint32_t count;
    const uint32_t *indices;
    const float *values;
} vg_sparse_view;
vg_sparse_view vg_form_sparse(const void *stored);

/* A vector in its stored form, aligned for its numbers; in the arena. NULL: TOO_LARGE, or INVALID,
 * and then status->where is empty:
 *     `Vector dimension error: expected dim: 4, got 3`
 *     `Conversion between sparse and regular vectors failed`, `… multi and regular …`
 *     a number that is not finite, or beyond its datatype; indices that do not ascend; too many
 *     numbers */
const void *vg_form_make(vg_arena *arena, const vg_form *form, const vg_vector *vector,
                         vg_status *status);
/* Back as float32, in the arena: all of `out` but its name; `out` comes zeroed. False: the arena is
 * spent. */
bool vg_form_read(vg_arena *arena, const vg_form *form, const void *stored, vg_vector *out);

#endif
