/* See record.h. */
#include "engine/record.h"

#include "vecgate/json.h"

static bool read_vectors(vg_arena *arena, const vg_vector_selector *selector, vg_record *out,
                         vg_status *status)
{
    out->vectors = selector->want != VG_VECTORS_NONE;
    out->unnamed = selector->want == VG_VECTORS_ALL;
    for (uint32_t i = 0; selector->want == VG_VECTORS_NAMED && i < selector->name_count; i++) {
        if (selector->names[i].len > 0) {
            vg_status_setf(status, arena, VG_INVALID, VG_LIT("with_vector"),
                           "Not existing vector name error: " VG_FMT, VG_ARG(selector->names[i]));
            return false;
        }
        out->unnamed = true;
    }
    return true;
}

bool vg_record_read(vg_arena *arena, const vg_payload_selector *payload,
                    const vg_vector_selector *vectors, vg_record *out, vg_status *status)
{
    *out = (vg_record){.payload = payload->want != VG_PAYLOAD_NONE};
    if (out->payload && !vg_project_read(arena, payload, &out->projection, status))
        return false;
    return read_vectors(arena, vectors, out, status);
}

/* A copy that the JSON reader may read behind. */
static vg_slice copy_padded(vg_arena *arena, vg_slice text)
{
    char *copy = vg_arena_take(arena, text.len + VG_JSON_PAD);

    if (!copy)
        return (vg_slice){0};
    if (text.len > 0)
        memcpy(copy, text.at, text.len);
    memset(copy + text.len, 0, VG_JSON_PAD);
    return vg_slice_of(copy, text.len);
}

static bool too_large(vg_status *status)
{
    vg_status_set(status, VG_TOO_LARGE,
                  VG_LIT("the answer is larger than one request may hold: ask for less at a time"),
                  (vg_slice){0});
    return false;
}

bool vg_record_payload(const vg_record *record, vg_slice text, vg_arena *arena, vg_point *point,
                       vg_status *status)
{
    vg_slice copy;

    point->has_payload = record->payload;
    if (!record->payload)
        return true;
    copy = record->projection.is_whole ? vg_arena_copy(arena, text) : copy_padded(arena, text);
    if (!copy.at)
        return too_large(status);
    point->payload = vg_project(arena, &record->projection, copy, status);
    return point->payload.at != NULL;
}

bool vg_record_vector(const vg_record *record, const void *floats, uint32_t count, vg_arena *arena,
                      vg_point *point)
{
    vg_vector *vector;

    point->has_vectors = record->vectors;
    if (!record->unnamed || !floats)
        return true;
    vector = VG_TAKE(arena, vg_vector);
    if (!vector)
        return false;
    vector->form = VG_VECTOR_F32;
    vector->bytes = vg_arena_copy(arena, vg_slice_of(floats, count * sizeof(float)));
    vector->count = count;
    point->vectors = vector;
    point->vector_count = 1;
    return vector->bytes.at != NULL;
}

bool vg_record_fill(const vg_record *record, struct sqlite3_stmt *row, vg_arena *arena,
                    vg_point *point, vg_status *status)
{
    vg_slice vector = record->unnamed ? vg_sql_blob(row, 2) : (vg_slice){0};
    vg_slice payload = record->payload ? vg_sql_text(row, 1) : (vg_slice){0};

    point->version = vg_sql_u64(row, 0);
    if (!vg_record_vector(record, vector.at, (uint32_t)(vector.len / sizeof(float)), arena, point))
        return too_large(status);
    return vg_record_payload(record, payload, arena, point, status);
}
