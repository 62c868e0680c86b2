/* See vector_json.h. */
#include "base/vector_json.h"

#include <inttypes.h>
#include <stdlib.h>

static bool out_of_range(vg_arena *arena, const vg_json *v, const char *what, vg_status *status)
{
    vg_status_set(status, VG_RANGE, vg_slice_str(what), vg_json_path(arena, v));
    return false;
}

/* ---- rows ---- */

/* A list that is not all numbers: the first that is none is what is wrong. */
static bool blame_element(vg_arena *arena, const vg_json *row, vg_status *status)
{
    for (const vg_json *element = row->first; element; element = element->next)
        if (element->kind != VG_JSON_NUMBER)
            return vg_json_mismatch(arena, element, "a number", status);
    return vg_json_mismatch(arena, row, "a list of numbers", status);
}

static bool check_row(vg_arena *arena, const vg_json *row, uint32_t size, vg_status *status)
{
    if (!vg_json_is_array(row))
        return vg_json_mismatch(arena, row, "a list of numbers", status);
    if (row->count == 0)
        return out_of_range(arena, row, "all vectors must be non-empty", status);
    if (row->kind != VG_JSON_VECTOR)
        return blame_element(arena, row, status);
    if (row->count == size)
        return true;
    vg_status_setf(status, arena, VG_RANGE, vg_json_path(arena, row),
                   "all vectors must have the same dimension, found vector with dimension %" PRIu32
                   " behind one with %" PRIu32,
                   row->count, size);
    return false;
}

bool vg_vector_read_rows(vg_arena *arena, const vg_json *v, vg_vector *out, vg_status *status)
{
    uint32_t size = v->first ? v->first->count : 0;

    if (!v->first)
        return out_of_range(arena, v, "a multivector must not be empty", status);
    for (const vg_json *row = v->first; row; row = row->next)
        if (!check_row(arena, row, size, status))
            return false;
    if ((uint64_t)v->count * size >= VG_MULTI_NUMBERS) {
        vg_status_setf(status, arena, VG_RANGE, vg_json_path(arena, v),
                       "Total size of all vectors (%" PRIu64 ") must be less than %d",
                       (uint64_t)v->count * size, VG_MULTI_NUMBERS);
        return false;
    }
    *out = (vg_vector){
        .form = VG_VECTOR_JSON, .bytes = v->raw, .count = v->count * size, .rows = v->count};
    return true;
}

/* ---- sparse ---- */

typedef struct pair {
    uint32_t index;
    float value;
} pair;

/* What is read of one. */
typedef struct sparse {
    vg_arena *arena;
    vg_status *status;
    uint32_t count;
    uint32_t *indices;
    float *values;
} sparse;

static bool no_memory(const sparse *s)
{
    vg_status_set(s->status, VG_TOO_LARGE, VG_LIT("no memory is left for a vector"), (vg_slice){0});
    return false;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* The next number of a checked list. */
static vg_slice next_number(const char **at)
{
    const char *p = *at;
    vg_slice number;

    while (*p == '[' || *p == ',' || is_blank(*p))
        p++;
    number.at = p;
    while (*p != ',' && *p != ']' && !is_blank(*p))
        p++;
    number.len = (size_t)(p - number.at);
    *at = p;
    return number;
}

static bool no_index(const sparse *s, const vg_json *v, uint32_t i, vg_slice number)
{
    vg_slice path = vg_json_path(s->arena, v);

    vg_status_setf(s->status, s->arena, VG_FORMAT,
                   vg_arena_printf(s->arena, VG_FMT "[%" PRIu32 "]", VG_ARG(path), i),
                   "expected an index from 0 to %" PRIu32 ", got " VG_FMT, UINT32_MAX,
                   (int)(number.len < 40 ? number.len : 40), number.at);
    return false;
}

static bool read_indices(const sparse *s, const vg_json *v)
{
    const char *at = v->raw.at;

    for (uint32_t i = 0; i < s->count; i++) {
        vg_slice number = next_number(&at);
        uint64_t index;

        if (!vg_slice_u64(number, &index) || index > UINT32_MAX)
            return no_index(s, v, i, number);
        s->indices[i] = (uint32_t)index;
    }
    return true;
}

static int by_index(const void *a, const void *b)
{
    uint32_t one = ((const pair *)a)->index, other = ((const pair *)b)->index;

    return (one > other) - (one < other);
}

static bool ascends(const sparse *s)
{
    for (uint32_t i = 1; i < s->count; i++)
        if (s->indices[i - 1] >= s->indices[i])
            return false;
    return true;
}

static bool sort(const sparse *s)
{
    pair *pairs = VG_TAKE_N(s->arena, pair, s->count);

    if (!pairs)
        return no_memory(s);
    for (uint32_t i = 0; i < s->count; i++)
        pairs[i] = (pair){s->indices[i], s->values[i]};
    qsort(pairs, s->count, sizeof *pairs, by_index);
    for (uint32_t i = 0; i < s->count; i++) {
        s->indices[i] = pairs[i].index;
        s->values[i] = pairs[i].value;
    }
    return true;
}

static const vg_json *need_list(const sparse *s, const vg_json *v, vg_slice name)
{
    const vg_json *list = vg_json_get(v, name);

    if (!list) {
        vg_status_setf(s->status, s->arena, VG_FORMAT, vg_json_path(s->arena, v),
                       "missing field `" VG_FMT "`", VG_ARG(name));
        return NULL;
    }
    if (list->kind == VG_JSON_VECTOR || (list->kind == VG_JSON_ARRAY && list->count == 0))
        return list;
    if (list->kind == VG_JSON_ARRAY)
        blame_element(s->arena, list, s->status);
    else
        vg_json_mismatch(s->arena, list, "a list of numbers", s->status);
    return NULL;
}

static bool read_lists(sparse *s, const vg_json *indices, const vg_json *values)
{
    if (values->count != indices->count)
        return out_of_range(s->arena, values, "must be the same length as indices", s->status);
    s->count = indices->count;
    s->indices = VG_TAKE_N(s->arena, uint32_t, (size_t)s->count + 1);
    s->values = VG_TAKE_N(s->arena, float, (size_t)s->count + 1);
    if (!s->indices || !s->values)
        return no_memory(s);
    if (s->count > 0 &&
        (!read_indices(s, indices) || !vg_json_read_floats(s->arena, values, s->values, s->status)))
        return false;
    if (ascends(s))
        return true;
    if (!sort(s))
        return false;
    return ascends(s) || out_of_range(s->arena, indices, "must be unique", s->status);
}

bool vg_vector_read_sparse(vg_arena *arena, const vg_json *v, vg_vector *out, vg_status *status)
{
    sparse s = {.arena = arena, .status = status};
    const vg_json *indices = need_list(&s, v, VG_LIT("indices"));
    const vg_json *values = indices ? need_list(&s, v, VG_LIT("values")) : NULL;

    if (!values || !read_lists(&s, indices, values))
        return false;
    *out = (vg_vector){
        .form = VG_VECTOR_F32,
        .bytes = vg_slice_of((const char *)s.values, s.count * sizeof *s.values),
        .count = s.count,
        .indices = s.indices,
    };
    return true;
}
