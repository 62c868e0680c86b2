/* See record.h. */
#include "engine/record.h"

#include <stdio.h>

#include "engine/payload.h"

enum { VERSION, PAYLOAD, FIRST_VECTOR }; /* columns */
enum { COLUMN_TEXT = VG_COLUMN + 3 };    /* ",p." and a column */

/* ---- what is asked ---- */

static bool too_large(vg_status *status)
{
    vg_status_set(status, VG_TOO_LARGE,
                  VG_LIT("the answer is larger than one request may hold: ask for less at a time"),
                  (vg_slice){0});
    return false;
}

static bool is_named(const vg_vector_selector *selector, vg_slice name)
{
    for (uint32_t i = 0; i < selector->name_count; i++)
        if (vg_slice_is(selector->names[i], name))
            return true;
    return false;
}

static bool check_names(vg_arena *arena, const vg_table *table, const vg_vector_selector *selector,
                        vg_status *status)
{
    for (uint32_t i = 0; i < selector->name_count; i++) {
        if (vg_table_place(table, selector->names[i]) != VG_NO_PLACE)
            continue;
        vg_status_setf(status, arena, VG_INVALID, VG_LIT("with_vector"),
                       "Not existing vector name error: " VG_FMT, VG_ARG(selector->names[i]));
        return false;
    }
    return true;
}

static bool read_vectors(vg_arena *arena, const vg_table *table, const vg_vector_selector *selector,
                         vg_record *out, vg_status *status)
{
    bool all = selector->want == VG_VECTORS_ALL;
    uint32_t *places;

    out->vectors = selector->want != VG_VECTORS_NONE;
    if (!out->vectors)
        return true;
    if (!all && !check_names(arena, table, selector, status))
        return false;
    places = VG_TAKE_N(arena, uint32_t, (size_t)table->vector_count + 1);
    if (!places)
        return too_large(status);
    for (uint32_t i = 0; i < table->vector_count; i++)
        if (all || is_named(selector, table->vectors[i].name))
            places[out->place_count++] = i;
    out->places = places;
    return true;
}

bool vg_record_read(vg_arena *arena, const vg_table *table, vg_record_ask ask, vg_record *out,
                    vg_status *status)
{
    *out = (vg_record){
        .params = table->vectors,
        .payload = ask.payload->want != VG_PAYLOAD_NONE,
    };
    if (out->payload && !vg_project_read(arena, ask.payload, &out->projection, status))
        return false;
    return read_vectors(arena, table, ask.vectors, out, status);
}

bool vg_record_is_within(const vg_record *record, uint32_t place)
{
    return record->place_count == 0 || (record->place_count == 1 && record->places[0] == place);
}

vg_slice vg_record_columns(const vg_record *record, vg_arena *arena)
{
    size_t room = COLUMN_TEXT * ((size_t)record->place_count + 2), len;
    char *text = vg_arena_take(arena, room), column[VG_COLUMN];

    if (!text)
        return (vg_slice){0};
    len = (size_t)snprintf(text, room, "p.version,%s", record->payload ? "p.payload" : "NULL");
    for (uint32_t i = 0; i < record->place_count; i++)
        len +=
            (size_t)snprintf(text + len, room - len, ",p.%s", vg_column(record->places[i], column));
    return vg_slice_of(text, len);
}

int vg_record_width(const vg_record *record)
{
    return FIRST_VECTOR + (int)record->place_count;
}

/* ---- what comes back ---- */

static bool fill_payload(const vg_record *record, vg_slice text, vg_arena *arena, vg_point *point,
                         vg_status *status)
{
    vg_slice copy;

    point->has_payload = record->payload;
    if (!record->payload)
        return true;
    copy = record->projection.is_whole ? vg_arena_copy(arena, text) : vg_payload_copy(arena, text);
    if (!copy.at)
        return too_large(status);
    point->payload = vg_project(arena, &record->projection, copy, status);
    return point->payload.at != NULL;
}

/* An absent vector is NULL. */
static bool add_vector(const vg_vector_params *params, const void *stored, vg_arena *arena,
                       vg_point *point, vg_vector *to)
{
    vg_form form = vg_form_of(params);

    if (!stored)
        return true;
    to->name = params->name;
    point->vector_count++;
    return vg_form_read(arena, &form, stored, to);
}

static bool take_vectors(const vg_record *record, vg_arena *arena, vg_point *point, vg_vector **to)
{
    point->has_vectors = record->vectors;
    if (record->place_count == 0)
        return true;
    *to = VG_TAKE_N(arena, vg_vector, record->place_count);
    point->vectors = *to;
    return *to != NULL;
}

bool vg_record_vector(const vg_record *record, const void *stored, vg_arena *arena, vg_point *point)
{
    vg_vector *to = NULL;

    if (!take_vectors(record, arena, point, &to))
        return false;
    if (!to)
        return true;
    return add_vector(&record->params[record->places[0]], stored, arena, point, to);
}

/* Who else wrote into the file is not believed: what is read goes by what it says of itself. */
static bool is_whole(const vg_record *record, uint32_t i, vg_slice stored, vg_status *status)
{
    vg_form form = vg_form_of(&record->params[record->places[i]]);

    if (!stored.at || vg_form_is(&form, stored))
        return true;
    vg_status_set(status, VG_BACKEND_ERROR,
                  VG_LIT("the store is damaged: a vector has another length or form"),
                  VG_LIT("points.db"));
    return false;
}

static bool fill_vectors(const vg_record *record, struct sqlite3_stmt *row, vg_arena *arena,
                         vg_point *point, vg_status *status)
{
    vg_vector *to = NULL;

    if (!take_vectors(record, arena, point, &to))
        return too_large(status);
    for (uint32_t i = 0; i < record->place_count; i++) {
        vg_slice stored = vg_sql_blob(row, FIRST_VECTOR + (int)i);

        if (!is_whole(record, i, stored, status))
            return false;
        if (!add_vector(&record->params[record->places[i]], stored.at, arena, point,
                        to + point->vector_count))
            return too_large(status);
    }
    return true;
}

bool vg_record_fill(const vg_record *record, struct sqlite3_stmt *row, vg_arena *arena,
                    vg_point *point, vg_status *status)
{
    vg_slice payload = record->payload ? vg_sql_text(row, PAYLOAD) : (vg_slice){0};

    point->version = vg_sql_u64(row, VERSION);
    return fill_vectors(record, row, arena, point, status) &&
           fill_payload(record, payload, arena, point, status);
}
