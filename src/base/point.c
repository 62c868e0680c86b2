/* Points: the order of ids, their texts and sort keys, and vectors in either of their two forms. */
#include "vecgate/point.h"

#include <inttypes.h>

#include "vecgate/json.h"

#include "base/id.h"

enum { NUM_KEY = 1 + 8, UUID_KEY = 1 + VG_UUID_BYTES };

static const char *const distance_names[] = {
    [VG_DISTANCE_NONE] = "", [VG_COSINE] = "Cosine",       [VG_EUCLID] = "Euclid",
    [VG_DOT] = "Dot",        [VG_MANHATTAN] = "Manhattan",
};

int vg_point_id_cmp(const vg_point_id *a, const vg_point_id *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    switch (a->kind) {
    case VG_ID_NUM:
        return (a->num > b->num) - (a->num < b->num);
    case VG_ID_UUID:
        return memcmp(a->uuid, b->uuid, VG_UUID_BYTES);
    case VG_ID_TEXT:
        return vg_slice_cmp(a->text, b->text);
    case VG_ID_NONE:
        break;
    }
    return 0;
}

bool vg_point_id_read_uuid(vg_slice text, vg_point_id *out)
{
    vg_point_id id = {.kind = VG_ID_UUID};

    if (!vg_uuid_read(text, id.uuid))
        return false;
    *out = id;
    return true;
}

vg_slice vg_point_id_text(vg_arena *arena, const vg_point_id *id)
{
    char uuid[VG_UUID_TEXT];

    if (id->kind == VG_ID_NUM)
        return vg_arena_printf(arena, "%" PRIu64, id->num);
    if (id->kind == VG_ID_UUID) {
        vg_uuid_write(id->uuid, uuid);
        return vg_arena_copy(arena, vg_slice_of(uuid, VG_UUID_TEXT));
    }
    return id->text;
}

void vg_point_id_write(vg_json_out *out, const vg_point_id *id)
{
    char uuid[VG_UUID_TEXT];

    switch (id->kind) {
    case VG_ID_NUM:
        vg_json_put_u64(out, id->num);
        return;
    case VG_ID_UUID:
        vg_uuid_write(id->uuid, uuid);
        vg_json_put_text(out, vg_slice_of(uuid, VG_UUID_TEXT));
        return;
    case VG_ID_TEXT:
        vg_json_put_text(out, id->text);
        return;
    case VG_ID_NONE:
        break;
    }
    vg_json_put_null(out);
}

size_t vg_point_id_key(const vg_point_id *id, uint8_t *to)
{
    to[0] = (uint8_t)id->kind;
    switch (id->kind) {
    case VG_ID_NUM:
        for (int i = 0; i < 8; i++)
            to[1 + i] = (uint8_t)(id->num >> (56 - 8 * i));
        return NUM_KEY;
    case VG_ID_UUID:
        memcpy(to + 1, id->uuid, VG_UUID_BYTES);
        return UUID_KEY;
    case VG_ID_TEXT:
        memcpy(to + 1, id->text.at, id->text.len);
        return 1 + id->text.len;
    case VG_ID_NONE:
        break;
    }
    return 0;
}

static uint64_t read_big_endian(const uint8_t *from)
{
    uint64_t value = 0;

    for (int i = 0; i < 8; i++)
        value = value << 8 | from[i];
    return value;
}

bool vg_point_id_of_key(const uint8_t *key, size_t len, vg_point_id *out)
{
    *out = (vg_point_id){.kind = len > 0 ? (vg_id_kind)key[0] : VG_ID_NONE};
    switch (out->kind) {
    case VG_ID_NUM:
        if (len != NUM_KEY)
            return false;
        out->num = read_big_endian(key + 1);
        return true;
    case VG_ID_UUID:
        if (len != UUID_KEY)
            return false;
        memcpy(out->uuid, key + 1, VG_UUID_BYTES);
        return true;
    case VG_ID_TEXT:
        out->text = vg_slice_of((const char *)key + 1, len - 1);
        return len > 1 && len <= VG_ID_KEY_MAX;
    case VG_ID_NONE:
        break;
    }
    return false;
}

/* [[…], […]]: rows of equal length, one after the other. As vg_json_floats(). */
static size_t read_rows(const vg_vector *vector, float *out, size_t *bad)
{
    const char *at = vector->bytes.at + 1, *end = vector->bytes.at + vector->bytes.len;
    uint32_t each = vector->count / vector->rows;

    for (uint32_t done = 0; done < vector->count; done += each) {
        const char *open = memchr(at, '[', (size_t)(end - at));
        const char *close = open ? memchr(open, ']', (size_t)(end - open)) : NULL;

        if (!close)
            return 0;
        at = close + 1;
        if (vg_json_floats(vg_slice_of(open, (size_t)(at - open)), out + done, each, bad) == each)
            continue;
        *bad += done;
        return 0;
    }
    return vector->count;
}

static size_t read_floats(const vg_vector *vector, float *out, size_t *bad)
{
    if (vector->form == VG_VECTOR_JSON)
        return vector->rows > 0 ? read_rows(vector, out, bad)
                                : vg_json_floats(vector->bytes, out, vector->count, bad);
    if (vector->count > 0)
        memcpy(out, vector->bytes.at, vector->count * sizeof *out);
    return vector->count;
}

float *vg_vector_floats(vg_arena *arena, const vg_vector *vector, vg_status *status)
{
    size_t bad = 0;
    float *floats = vg_arena_take_zero(arena, vector->count ? vector->count : 1, sizeof(float));

    if (!floats) {
        vg_status_set(status, VG_TOO_LARGE, VG_LIT("no memory is left for a vector"),
                      (vg_slice){0});
        return NULL;
    }
    if (read_floats(vector, floats, &bad) == vector->count)
        return floats;
    vg_status_setf(status, arena, VG_INVALID, (vg_slice){0},
                   "number %zu of a vector is beyond what a 32-bit float can hold", bad);
    return NULL;
}

/* Of those in VG_VECTOR_F32, which may be unaligned. */
static void write_floats(vg_json_out *out, const char *from, uint32_t count)
{
    float value;

    vg_json_open_array(out);
    for (uint32_t i = 0; i < count; i++) {
        memcpy(&value, from + i * sizeof value, sizeof value);
        vg_json_put_f32(out, value);
    }
    vg_json_close_array(out);
}

static void write_rows(vg_json_out *out, const vg_vector *vector)
{
    uint32_t each = vector->count / vector->rows;

    vg_json_open_array(out);
    for (uint32_t i = 0; i < vector->rows; i++)
        write_floats(out, vector->bytes.at + (size_t)i * each * sizeof(float), each);
    vg_json_close_array(out);
}

static void write_sparse(vg_json_out *out, const vg_vector *vector)
{
    vg_json_open_object(out);
    vg_json_put_key(out, VG_LIT("indices"));
    vg_json_open_array(out);
    for (uint32_t i = 0; i < vector->count; i++)
        vg_json_put_u64(out, vector->indices[i]);
    vg_json_close_array(out);
    vg_json_put_key(out, VG_LIT("values"));
    write_floats(out, vector->bytes.at, vector->count);
    vg_json_close_object(out);
}

void vg_vector_write(vg_json_out *out, const vg_vector *vector)
{
    if (vector->indices)
        write_sparse(out, vector);
    else if (vector->form == VG_VECTOR_JSON)
        vg_json_put_raw(out, vector->bytes);
    else if (vector->rows > 0)
        write_rows(out, vector);
    else
        write_floats(out, vector->bytes.at, vector->count);
}

const char *vg_distance_name(vg_distance distance)
{
    return (unsigned)distance < VG_DISTANCES ? distance_names[distance] : "";
}

vg_distance vg_distance_of(vg_slice name, bool any_case)
{
    for (int i = VG_COSINE; i < VG_DISTANCES; i++) {
        vg_slice known = vg_slice_str(distance_names[i]);

        if (any_case ? vg_slice_is_nocase(name, known) : vg_slice_is(name, known))
            return (vg_distance)i;
    }
    return VG_DISTANCE_NONE;
}

static const char *const kind_words[VG_VECTOR_KINDS] = {
    [VG_DENSE] = "dense", [VG_MULTI] = "multi", [VG_SPARSE] = "sparse"};

const char *vg_vector_kind_word(vg_vector_kind kind)
{
    return (unsigned)kind < VG_VECTOR_KINDS ? kind_words[kind] : "";
}

vg_vector_kind vg_vector_kind_of(vg_slice word)
{
    int i = 0;

    while (i < VG_VECTOR_KINDS && !vg_slice_is(word, vg_slice_str(kind_words[i])))
        i++;
    return (vg_vector_kind)i;
}

vg_datatype vg_datatype_of(vg_slice name)
{
    static const char *const names[VG_DATATYPES] = {"float32", "float16", "uint8"};
    int i = 0;

    if (name.len == 0)
        return VG_FLOAT32;
    while (i < VG_DATATYPES && !vg_slice_is(name, vg_slice_str(names[i])))
        i++;
    return (vg_datatype)i;
}
