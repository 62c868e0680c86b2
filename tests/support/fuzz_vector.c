/* See fuzz_vector.h. */
#include "tests/support/fuzz_vector.h"

#include <string.h>

#include "vecgate/json.h"

#include "base/check.h"

static void check_sparse(const vg_vector *vector)
{
    VG_CHECK(vector->form == VG_VECTOR_F32 && vector->rows == 0);
    VG_CHECK(vector->bytes.len == vector->count * sizeof(float));
    for (uint32_t i = 1; i < vector->count; i++)
        VG_CHECK(vector->indices[i - 1] < vector->indices[i]);
}

static void check_list(const vg_vector *vector)
{
    size_t count = 0, bad_at = 0;

    if (vector->count > 0)
        VG_CHECK(vg_json_check_numbers(vector->bytes, &count, &bad_at) && count == vector->count);
}

/* A row ends at its bracket: rows hold numbers alone. */
static void check_rows(const vg_vector *vector)
{
    const char *at = vector->bytes.at + 1, *end = vector->bytes.at + vector->bytes.len;
    uint32_t rows = 0;

    VG_CHECK(vector->count > 0 && vector->count % vector->rows == 0);
    while ((at = memchr(at, '[', (size_t)(end - at))) != NULL) {
        const char *close = memchr(at, ']', (size_t)(end - at));
        size_t count = 0, bad_at = 0;

        VG_CHECK(close != NULL);
        VG_CHECK(vg_json_check_numbers(vg_slice_of(at, (size_t)(close + 1 - at)), &count, &bad_at));
        VG_CHECK(count == vector->count / vector->rows);
        at = close;
        rows++;
    }
    VG_CHECK(rows == vector->rows);
}

void fuzz_check_vector(const vg_vector *vector)
{
    if (vector->indices) {
        check_sparse(vector);
        return;
    }
    VG_CHECK(vector->form == VG_VECTOR_JSON);
    if (vector->rows > 0)
        check_rows(vector);
    else
        check_list(vector);
}

void fuzz_check_params(const vg_vector_params *params)
{
    VG_CHECK(params->kind < VG_VECTOR_KINDS);
    VG_CHECK(params->distance > VG_DISTANCE_NONE && params->distance < VG_DISTANCES);
    VG_CHECK(vg_datatype_of(params->datatype) != VG_DATATYPES);
    VG_CHECK(params->on_disk >= -1 && params->on_disk <= 1);
    if (params->kind == VG_SPARSE) {
        VG_CHECK(params->size == 0 && params->distance == VG_DOT);
        VG_CHECK(params->hnsw_config.len == 0 && params->quantization_config.len == 0);
        VG_CHECK(!params->has_idf || !params->names_no_idf);
    } else {
        VG_CHECK(params->size >= 1 && params->size <= VG_MAX_DIMENSION && !params->has_idf);
        VG_CHECK(!params->names_no_idf);
    }
}
