/* See param.h. Binary forms are those of PostgreSQL's send functions: integers big-endian; an array
 * as its dimensions, a flag for NULLs, the elements' type, its length, its lower bound, and the
 * elements each behind its length. */
#include "adapters/vector/pgvector/param.h"

enum { ARRAY_HEAD = 20, NUMBER = 8, NUMBER_ELEMENT = 4 + NUMBER };

static void write_u32(char *to, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        to[i] = (char)(number >> (24 - 8 * i));
}

static void write_u64(char *to, uint64_t number)
{
    write_u32(to, (uint32_t)(number >> 32));
    write_u32(to + 4, (uint32_t)number);
}

static uint64_t bits_of(double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof bits);
    return bits;
}

/* ---- one value ---- */

vg_pg_param vg_pg_param_of(vg_slice text, uint32_t type)
{
    return (vg_pg_param){text.at ? text : VG_LIT(""), type, false};
}

vg_pg_param vg_pg_param_bytes(vg_slice bytes)
{
    return (vg_pg_param){bytes.at ? bytes : VG_LIT(""), VG_PG_BYTEA, true};
}

vg_pg_param vg_pg_param_bool(bool value)
{
    return (vg_pg_param){value ? VG_LIT("\1") : VG_LIT("\0"), VG_PG_BOOL, true};
}

static vg_pg_param of_bits(vg_arena *arena, uint64_t bits, uint32_t type)
{
    char *at = vg_arena_take(arena, NUMBER);

    if (at)
        write_u64(at, bits);
    return (vg_pg_param){vg_slice_of(at, NUMBER), type, true};
}

vg_pg_param vg_pg_param_int(vg_arena *arena, int64_t number)
{
    return of_bits(arena, (uint64_t)number, VG_PG_INT8);
}

vg_pg_param vg_pg_param_float(vg_arena *arena, double number)
{
    return of_bits(arena, bits_of(number), VG_PG_FLOAT8);
}

vg_pg_param vg_pg_param_id(vg_arena *arena, const vg_point_id *id)
{
    uint8_t *at = vg_arena_take(arena, VG_ID_KEY_MAX);

    return vg_pg_param_bytes(vg_slice_of((char *)at, at ? vg_pg_write_id(id, at) : 0));
}

/* ---- arrays ---- */

/* An array of so many elements, with room for `bytes` behind its head; NULL: no memory. */
static char *open_array(vg_arena *arena, uint32_t element, uint32_t count, size_t bytes)
{
    char *at = vg_arena_take(arena, ARRAY_HEAD + bytes);

    if (!at)
        return NULL;
    write_u32(at, 1);
    write_u32(at + 4, 0);
    write_u32(at + 8, element);
    write_u32(at + 12, count);
    write_u32(at + 16, 1);
    return at;
}

static vg_pg_param array_of(const char *at, const char *end, uint32_t type)
{
    return (vg_pg_param){vg_slice_of(at, (size_t)(end - at)), type, true};
}

static char *write_element(char *to, vg_slice bytes)
{
    write_u32(to, (uint32_t)bytes.len);
    if (bytes.len > 0)
        memcpy(to + 4, bytes.at, bytes.len);
    return to + 4 + bytes.len;
}

static vg_pg_param of_slices(vg_arena *arena, const vg_slice *at, uint32_t count, bool is_text)
{
    size_t bytes = 0;
    char *array, *to;

    for (uint32_t i = 0; i < count; i++)
        bytes += 4 + at[i].len;
    array = open_array(arena, is_text ? VG_PG_TEXT : VG_PG_BYTEA, count, bytes);
    if (!array)
        return (vg_pg_param){0};
    to = array + ARRAY_HEAD;
    for (uint32_t i = 0; i < count; i++)
        to = write_element(to, at[i]);
    return array_of(array, to, is_text ? VG_PG_TEXTS : VG_PG_BYTEAS);
}

vg_pg_param vg_pg_param_texts(vg_arena *arena, const vg_slice *at, uint32_t count)
{
    return of_slices(arena, at, count, true);
}

vg_pg_param vg_pg_param_bytes_array(vg_arena *arena, const vg_slice *at, uint32_t count)
{
    return of_slices(arena, at, count, false);
}

static char *write_number(char *to, uint64_t bits)
{
    write_u32(to, NUMBER);
    write_u64(to + 4, bits);
    return to + NUMBER_ELEMENT;
}

vg_pg_param vg_pg_param_ints(vg_arena *arena, const int64_t *at, uint32_t count)
{
    char *array = open_array(arena, VG_PG_INT8, count, (size_t)count * NUMBER_ELEMENT), *to;

    if (!array)
        return (vg_pg_param){0};
    to = array + ARRAY_HEAD;
    for (uint32_t i = 0; i < count; i++)
        to = write_number(to, (uint64_t)at[i]);
    return array_of(array, to, VG_PG_INT8S);
}

vg_pg_param vg_pg_param_floats(vg_arena *arena, const double *at, uint32_t count)
{
    char *array = open_array(arena, VG_PG_FLOAT8, count, (size_t)count * NUMBER_ELEMENT), *to;

    if (!array)
        return (vg_pg_param){0};
    to = array + ARRAY_HEAD;
    for (uint32_t i = 0; i < count; i++)
        to = write_number(to, bits_of(at[i]));
    return array_of(array, to, VG_PG_FLOAT8S);
}

vg_pg_param vg_pg_param_ids(vg_arena *arena, const vg_point_id *at, uint32_t count)
{
    size_t bytes = 0;
    char *array, *to;

    for (uint32_t i = 0; i < count; i++)
        bytes += 4 + 1 + VG_UUID_BYTES + at[i].text.len;
    array = open_array(arena, VG_PG_BYTEA, count, bytes);
    if (!array)
        return (vg_pg_param){0};
    to = array + ARRAY_HEAD;
    for (uint32_t i = 0; i < count; i++) {
        size_t len = vg_pg_write_id(&at[i], (uint8_t *)to + 4);

        write_u32(to, (uint32_t)len);
        to += 4 + len;
    }
    return array_of(array, to, VG_PG_BYTEAS);
}

/* ---- ids ---- */

/* A sort key of point.h, whose kinds begin with 1. */
size_t vg_pg_write_id(const vg_point_id *id, uint8_t *to)
{
    size_t len = vg_point_id_key(id, to);

    to[0]--;
    return len;
}

bool vg_pg_read_id(vg_slice bytes, vg_point_id *out)
{
    uint8_t key[VG_ID_KEY_MAX];

    if (bytes.len == 0 || bytes.len > sizeof key)
        return false;
    memcpy(key, bytes.at, bytes.len);
    key[0]++;
    if (!vg_point_id_of_key(key, bytes.len, out))
        return false;
    if (out->kind == VG_ID_TEXT)
        out->text = vg_slice_skip(bytes, 1);
    return true;
}
