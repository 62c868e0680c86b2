/* What the bodies of several routes are made of: vectors, payloads, paths, filters, and what is to
 * come back. Pure: any thread. Vectors and payloads stay text. */
#include "base/datetime.h"
#include "base/vector_json.h"
#include "front/member.h"
#include "front/native/native.h"
#include "front/read_filter.h"
#include "front/read_payload.h"

/* ---- vectors ---- */

/* Among several values the first that is no number is the one to name. */
static bool not_a_vector(vg_arena *arena, const vg_json *v, vg_status *status)
{
    for (const vg_json *at = v->kind == VG_JSON_ARRAY ? v->first : NULL; at; at = at->next)
        if (at->kind != VG_JSON_NUMBER)
            return vg_json_mismatch(arena, at, "a number", status);
    return vg_json_mismatch(arena, v, "an array of numbers", status);
}

static bool read_sparse(vg_arena *arena, const vg_json *v, vg_vector *out, vg_status *status)
{
    const vg_json *indices = NULL, *values = NULL;
    const field fields[] = {{"indices", &indices, true}, {"values", &values, true}};

    return READ_FIELDS(arena, v, fields, status) && vg_vector_read_sparse(arena, v, out, status);
}

static bool read_form(vg_arena *arena, const vg_json *v, vg_vector *out, vg_status *status)
{
    if (v->kind == VG_JSON_OBJECT)
        return read_sparse(arena, v, out, status);
    if (v->kind == VG_JSON_ARRAY && v->first && vg_json_is_array(v->first))
        return vg_vector_read_rows(arena, v, out, status);
    if (v->kind != VG_JSON_VECTOR)
        return not_a_vector(arena, v, status);
    *out = (vg_vector){.form = VG_VECTOR_JSON, .bytes = v->raw, .count = v->count};
    return true;
}

bool vg_native_read_vector(vg_arena *arena, const vg_json *v, vg_vector *out, vg_status *status)
{
    vg_slice name = out->name;
    bool good = read_form(arena, v, out, status);

    out->name = name;
    return good;
}

static bool read_map(vg_arena *arena, const vg_json *map, vg_vector *to, vg_status *status)
{
    const vg_json *twice = vg_json_repeated(map);

    if (twice)
        return vg_native_wrong(arena, twice, "this name comes twice", status);
    for (const vg_json *v = map->first; v; v = v->next, to++) {
        to->name = v->key;
        if (!vg_native_read_vector(arena, v, to, status))
            return false;
    }
    return true;
}

bool vg_native_read_vectors(vg_arena *arena, const vg_json *point, either of, vg_point *to,
                            vg_status *status)
{
    const vg_json *map = of.at_other;
    vg_vector *vectors;

    if (!vg_native_is_one(arena, point, of, status))
        return false;
    if (map && map->kind != VG_JSON_OBJECT)
        return vg_json_mismatch(arena, map, "an object of vectors by name", status);
    to->vector_count = map ? map->count : 1;
    to->vectors = vectors = VG_TAKE_N(arena, vg_vector, to->vector_count + 1);
    if (!vectors)
        return vg_native_no_memory(status);
    return map ? read_map(arena, map, vectors, status)
               : vg_native_read_vector(arena, of.at_one, vectors, status);
}

/* ---- payloads, paths, names ---- */

bool vg_native_read_payload(vg_arena *arena, const vg_json *v, vg_slice *out, vg_status *status)
{
    return !v || vg_read_payload((vg_reader){arena, status}, v, out);
}

bool vg_native_read_path(vg_arena *arena, const vg_json *v, vg_slice *out, vg_status *status)
{
    return !v || vg_member_path((vg_reader){arena, status}, v, out);
}

typedef bool read_text_fn(vg_arena *arena, const vg_json *v, vg_slice *out, vg_status *status);

static bool read_texts(vg_arena *arena, const vg_json *list, const text_list *to,
                       read_text_fn *read, vg_status *status)
{
    vg_slice *texts;

    if (!vg_native_is_filled_list(arena, list, status))
        return false;
    if (list->kind == VG_JSON_VECTOR)
        return vg_json_mismatch(arena, list, "an array of strings", status);
    texts = VG_TAKE_N(arena, vg_slice, list->count);
    if (!texts)
        return vg_native_no_memory(status);
    *to->at = texts;
    *to->count = list->count;
    for (const vg_json *v = list->first; v; v = v->next)
        if (!read(arena, v, texts++, status))
            return false;
    return true;
}

bool vg_native_read_names(vg_arena *arena, const vg_json *list, const text_list *to,
                          vg_status *status)
{
    return read_texts(arena, list, to, vg_json_read_text, status);
}

bool vg_native_read_paths(vg_arena *arena, const vg_json *list, const text_list *to,
                          vg_status *status)
{
    return read_texts(arena, list, to, vg_native_read_path, status);
}

/* ---- filters ---- */

bool vg_native_read_filter(vg_arena *arena, const vg_json *v, const vg_filter **out,
                           vg_status *status)
{
    const vg_filter_reader reader = {
        .arena = arena, .status = status, .read_id = vg_native_read_id, .refuses_unknown = true};

    return vg_filter_read(&reader, v, out);
}

/* ---- what comes back ---- */

static bool is_truth(const vg_json *v)
{
    return v->kind == VG_JSON_TRUE || v->kind == VG_JSON_FALSE;
}

static bool read_parts_of(vg_arena *arena, const vg_json *v, vg_payload_selector *out,
                          vg_status *status)
{
    const vg_json *include = NULL, *exclude = NULL;
    const field fields[] = {{"include", &include, false}, {"exclude", &exclude, false}};

    if (!READ_FIELDS(arena, v, fields, status) ||
        !vg_native_is_one(arena, v, (either){"include", "exclude", include, exclude}, status))
        return false;
    out->want = include ? VG_PAYLOAD_INCLUDE : VG_PAYLOAD_EXCLUDE;
    return vg_native_read_paths(arena, include ? include : exclude,
                                &(text_list){&out->paths, &out->path_count}, status);
}

bool vg_native_read_with_payload(vg_arena *arena, const vg_json *v, vg_payload_selector *out,
                                 vg_status *status)
{
    *out = (vg_payload_selector){.want = VG_PAYLOAD_ALL, .raw = VG_LIT_INIT("true")};
    if (!v)
        return true;
    out->raw = v->raw;
    if (v->kind == VG_JSON_OBJECT)
        return read_parts_of(arena, v, out, status);
    if (!is_truth(v))
        return vg_json_mismatch(
            arena, v, "true, false, or an object with \"include\" or \"exclude\"", status);
    if (v->kind == VG_JSON_FALSE)
        out->want = VG_PAYLOAD_NONE;
    return true;
}

bool vg_native_read_with_vector(vg_arena *arena, const vg_json *v, vg_vector_selector *out,
                                vg_status *status)
{
    *out = (vg_vector_selector){.want = VG_VECTORS_NONE};
    if (!v)
        return true;
    if (vg_json_is_array(v)) {
        out->want = VG_VECTORS_NAMED;
        return vg_native_read_names(arena, v, &(text_list){&out->names, &out->name_count}, status);
    }
    if (!is_truth(v))
        return vg_json_mismatch(arena, v, "true, false, or an array of names", status);
    if (v->kind == VG_JSON_TRUE)
        out->want = VG_VECTORS_ALL;
    return true;
}

/* ---- words, and the order of values ---- */

bool vg_native_read_text(vg_arena *arena, const vg_json *v, vg_slice *out, vg_status *status)
{
    return !v || vg_json_read_text(arena, v, out, status);
}

/* "asc, desc" */
static vg_slice list_words(vg_arena *arena, const char *const *known)
{
    vg_slice list = VG_LIT("");

    for (size_t i = 0; known[i]; i++)
        list = vg_arena_printf(arena, VG_FMT "%s%s", VG_ARG(list), i > 0 ? ", " : "", known[i]);
    return list;
}

bool vg_native_read_word(vg_arena *arena, const vg_json *v, const char *const *known, uint32_t *out,
                         vg_status *status)
{
    vg_slice list;

    if (!v)
        return true;
    if (v->kind != VG_JSON_STRING)
        return vg_json_mismatch(arena, v, "a string", status);
    for (uint32_t i = 0; known[i]; i++) {
        *out = i;
        if (vg_slice_is_str(v->text, known[i]))
            return true;
    }
    list = list_words(arena, known);
    vg_status_setf(status, arena, VG_INVALID, vg_json_path(arena, v),
                   "unknown value; known are " VG_FMT, VG_ARG(list));
    return false;
}

static bool read_direction(vg_arena *arena, const vg_json *v, vg_order_by *to, vg_status *status)
{
    static const char *const known[] = {"asc", "desc", NULL};
    uint32_t direction = 0;

    if (!vg_native_read_word(arena, v, known, &direction, status))
        return false;
    to->descends = direction == 1;
    return true;
}

/* A number, or a date-time. */
static bool read_start(vg_arena *arena, const vg_json *v, vg_order_by *to, vg_status *status)
{
    vg_order_value *start = &to->start;

    if (!v)
        return true;
    to->has_start = true;
    if (v->kind == VG_JSON_STRING) {
        start->is_integer = vg_datetime_read(v->text, &start->integer);
        return start->is_integer || vg_json_mismatch(arena, v, "a number or a date-time", status);
    }
    if (v->kind != VG_JSON_NUMBER)
        return vg_json_mismatch(arena, v, "a number or a date-time", status);
    start->is_integer = vg_json_read_i64(arena, v, &start->integer, NULL);
    return start->is_integer || vg_json_read_f64(arena, v, &start->real, status);
}

bool vg_native_read_order(vg_arena *arena, const vg_json *v, vg_order_by *to, vg_status *status)
{
    const vg_json *key = NULL, *direction = NULL, *start = NULL;
    const field fields[] = {
        {"key", &key, true}, {"direction", &direction, false}, {"start_from", &start, false}};

    return !v ||
           (READ_FIELDS(arena, v, fields, status) &&
            vg_native_read_path(arena, key, &to->key, status) &&
            read_direction(arena, direction, to, status) && read_start(arena, start, to, status));
}
