/* See cells.h. */
#include "adapters/vector/pgvector/cells.h"

#include <arpa/inet.h>

enum { FIRST_ROOM = 256, ARRAY_HEAD = 20, LENGTH_BYTES = 4 };

/* ---- writing ---- */

static char *more(vg_cells *cells, size_t n)
{
    size_t room = cells->room ? cells->room : FIRST_ROOM;
    char *at;

    if (cells->is_spent)
        return NULL;
    while (room - cells->len < n)
        room *= 2;
    if (room != cells->room) {
        at = cells->at ? vg_arena_resize(cells->arena, cells->at, cells->room, room)
                       : vg_arena_take(cells->arena, room);
        cells->is_spent = at == NULL;
        if (!at)
            return NULL;
        cells->at = at;
        cells->room = room;
    }
    cells->len += n;
    return cells->at + cells->len - n;
}

static void put_u32(char *to, uint32_t value)
{
    uint32_t turned = htonl(value);

    memcpy(to, &turned, sizeof turned);
}

static void put_float(char *to, float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    put_u32(to, bits);
}

static void number(vg_cells *cells, uint32_t value)
{
    char *to = more(cells, LENGTH_BYTES);

    if (to)
        put_u32(to, value);
}

void vg_cells_open_array(vg_cells *cells, uint32_t element, uint32_t count)
{
    number(cells, count > 0); /* dimensions */
    number(cells, 1);         /* there may be NULLs */
    number(cells, element);
    if (count == 0)
        return;
    number(cells, count);
    number(cells, 1); /* the first index */
}

void vg_cells_null(vg_cells *cells)
{
    number(cells, UINT32_MAX);
}

/* Where an element of so many bytes goes, behind its length. */
static char *element(vg_cells *cells, size_t bytes)
{
    char *to = more(cells, LENGTH_BYTES + bytes);

    if (!to)
        return NULL;
    put_u32(to, (uint32_t)bytes);
    return to + LENGTH_BYTES;
}

void vg_cells_bytes(vg_cells *cells, vg_slice bytes)
{
    char *to = element(cells, bytes.len);

    if (to && bytes.len > 0)
        memcpy(to, bytes.at, bytes.len);
}

void vg_cells_i64(vg_cells *cells, int64_t value)
{
    char *to = element(cells, sizeof value);

    if (!to)
        return;
    put_u32(to, (uint32_t)((uint64_t)value >> 32));
    put_u32(to + 4, (uint32_t)value);
}

void vg_cells_float(vg_cells *cells, float value)
{
    char *to = element(cells, sizeof value);

    if (to)
        put_float(to, value);
}

void vg_cells_vector(vg_cells *cells, const float *floats, uint32_t count)
{
    char *to = element(cells, 4 + (size_t)count * sizeof *floats);

    if (!to)
        return;
    put_u32(to, count << 16);
    for (uint32_t i = 0; i < count; i++)
        put_float(to + 4 + (size_t)i * 4, floats[i]);
}

void vg_cells_sparse(vg_cells *cells, const uint32_t *indices, const float *values, uint32_t count)
{
    uint32_t kept = 0, k = 0;
    char *to;

    for (uint32_t i = 0; i < count; i++)
        kept += values[i] != 0;
    to = element(cells, 12 + (size_t)kept * 8);
    if (!to)
        return;
    put_u32(to, VG_CELLS_SPARSE_SIZE);
    put_u32(to + 4, kept);
    put_u32(to + 8, 0);
    for (uint32_t i = 0; i < count; i++) {
        if (values[i] == 0)
            continue;
        put_u32(to + 12 + (size_t)k * 4, indices[i]);
        put_float(to + 12 + (size_t)(kept + k) * 4, values[i]);
        k++;
    }
}

static vg_pg_param param_of(const vg_cells *cells, size_t from)
{
    if (cells->is_spent || cells->len < from)
        return (vg_pg_param){.is_binary = true};
    return (vg_pg_param){.value = vg_slice_of(cells->at + from, cells->len - from),
                         .is_binary = true};
}

vg_pg_param vg_cells_array(const vg_cells *cells)
{
    return param_of(cells, 0);
}

vg_pg_param vg_cells_value(const vg_cells *cells)
{
    return param_of(cells, LENGTH_BYTES);
}

/* ---- reading ---- */

static uint32_t get_u32(const char *from)
{
    uint32_t value;

    memcpy(&value, from, sizeof value);
    return ntohl(value);
}

static float get_float(const char *from)
{
    uint32_t bits = get_u32(from);
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

bool vg_cell_i64(vg_slice cell, int64_t *out)
{
    if (cell.len != sizeof *out)
        return false;
    *out = (int64_t)((uint64_t)get_u32(cell.at) << 32 | get_u32(cell.at + 4));
    return true;
}

bool vg_cell_f64(vg_slice cell, double *out)
{
    int64_t bits;

    if (!vg_cell_i64(cell, &bits))
        return false;
    memcpy(out, &bits, sizeof *out);
    return true;
}

bool vg_cell_bool(vg_slice cell, bool *out)
{
    if (cell.len != 1)
        return false;
    *out = cell.at[0] != 0;
    return true;
}

static bool is_vector(vg_slice cell, uint32_t *count)
{
    if (cell.len < 4)
        return false;
    *count = get_u32(cell.at) >> 16;
    return cell.len == 4 + (size_t)*count * 4;
}

static void get_floats(vg_slice cell, float *to, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        to[i] = get_float(cell.at + 4 + (size_t)i * 4);
}

float *vg_cell_vector(vg_arena *arena, vg_slice cell, uint32_t *count)
{
    float *floats;

    if (!is_vector(cell, count))
        return NULL;
    floats = vg_arena_take(arena, (size_t)*count * sizeof *floats + 1);
    if (floats)
        get_floats(cell, floats, *count);
    return floats;
}

bool vg_cell_array_open(vg_slice cell, vg_cell_array *out)
{
    uint32_t dimensions;

    *out = (vg_cell_array){0};
    if (cell.len < 12)
        return false;
    dimensions = get_u32(cell.at);
    if (dimensions == 0)
        return cell.len == 12;
    if (dimensions != 1 || cell.len < ARRAY_HEAD)
        return false;
    out->rest = vg_slice_skip(cell, ARRAY_HEAD);
    out->count = out->left = get_u32(cell.at + 12);
    return out->count <= out->rest.len / LENGTH_BYTES;
}

bool vg_cell_array_next(vg_cell_array *array, vg_slice *element_out)
{
    uint32_t len;

    if (array->left == 0 || array->rest.len < LENGTH_BYTES)
        return false;
    array->left--;
    len = get_u32(array->rest.at);
    array->rest = vg_slice_skip(array->rest, LENGTH_BYTES);
    *element_out = (vg_slice){0};
    if (len == UINT32_MAX)
        return true;
    if (len > array->rest.len)
        return false;
    *element_out = vg_slice_of(array->rest.at, len);
    array->rest = vg_slice_skip(array->rest, len);
    return true;
}

static bool read_dense(vg_arena *arena, vg_slice cell, vg_vector *out)
{
    float *floats = vg_cell_vector(arena, cell, &out->count);

    out->bytes = vg_slice_of((const char *)floats, (size_t)out->count * sizeof *floats);
    return floats != NULL;
}

static bool read_rows(vg_arena *arena, vg_slice cell, vg_vector *out)
{
    vg_cell_array rows;
    vg_slice row;
    float *floats = NULL;
    uint32_t each = 0, size;

    if (!vg_cell_array_open(cell, &rows) || rows.count == 0)
        return false;
    for (uint32_t i = 0; i < rows.count; i++) {
        if (!vg_cell_array_next(&rows, &row) || !is_vector(row, &size) || size == 0 ||
            (i > 0 && size != each))
            return false;
        if (i == 0)
            floats = VG_TAKE_N(arena, float, (size_t)rows.count *size);
        if (!floats)
            return false;
        each = size;
        get_floats(row, floats + (size_t)i * each, each);
    }
    out->rows = rows.count;
    out->count = rows.count * each;
    out->bytes = vg_slice_of((const char *)floats, (size_t)out->count * sizeof *floats);
    return true;
}

/* The value that a sparsevec has at an index; 0: none. Both lists ascend: `at` goes along. */
static float value_at(vg_slice cell, uint32_t count, uint32_t *at, uint32_t index)
{
    while (*at < count && get_u32(cell.at + 12 + (size_t)*at * 4) < index)
        ++*at;
    if (*at == count || get_u32(cell.at + 12 + (size_t)*at * 4) != index)
        return 0;
    return get_float(cell.at + 12 + (size_t)(count + *at) * 4);
}

static bool read_sparse(vg_arena *arena, vg_slice cell, vg_slice indices, vg_vector *out)
{
    vg_cell_array list;
    uint32_t *to, kept, at = 0;
    float *values;

    if (!vg_cell_array_open(indices, &list) || cell.len < 12)
        return false;
    kept = get_u32(cell.at + 4);
    to = VG_TAKE_N(arena, uint32_t, (size_t)list.count + 1);
    values = VG_TAKE_N(arena, float, (size_t)list.count + 1);
    if (cell.len != 12 + (size_t)kept * 8 || !to || !values)
        return false;
    for (uint32_t i = 0; i < list.count; i++) {
        vg_slice one;
        int64_t index = -1;

        if (!vg_cell_array_next(&list, &one) || !vg_cell_i64(one, &index) || index < 0 ||
            index > UINT32_MAX)
            return false;
        to[i] = (uint32_t)index;
        values[i] = value_at(cell, kept, &at, to[i]);
    }
    out->indices = to;
    out->count = list.count;
    out->bytes = vg_slice_of((const char *)values, (size_t)list.count * sizeof *values);
    return true;
}

bool vg_cell_read_vector(vg_arena *arena, vg_vector_kind kind, vg_slice cell, vg_slice indices,
                         vg_vector *out)
{
    out->form = VG_VECTOR_F32;
    if (kind == VG_SPARSE)
        return read_sparse(arena, cell, indices, out);
    return kind == VG_MULTI ? read_rows(arena, cell, out) : read_dense(arena, cell, out);
}
