/* See case_parts.h. */
#include "tests/support/case_parts.h"

#include "base/vector_json.h"

const vg_json *case_get(const vg_json *from, const char *key)
{
    return vg_json_get(from, vg_slice_str(key));
}

vg_slice case_text(const vg_json *from, const char *key)
{
    const vg_json *v = case_get(from, key);

    return v != NULL ? v->text : (vg_slice){0};
}

vg_slice case_raw(const vg_json *from, const char *key)
{
    const vg_json *v = case_get(from, key);

    return v != NULL ? v->raw : (vg_slice){0};
}

bool case_flag(const vg_json *from, const char *key)
{
    const vg_json *v = case_get(from, key);

    return v != NULL && v->kind == VG_JSON_TRUE;
}

uint32_t case_number(vg_arena *arena, const vg_json *from, const char *key, uint32_t otherwise)
{
    const vg_json *v = case_get(from, key);
    uint64_t number = otherwise;

    if (v != NULL)
        vg_json_read_u64(arena, v, &number, NULL);
    return (uint32_t)number;
}

vg_point_id case_id(vg_arena *arena, const vg_json *from)
{
    vg_point_id id = {0};

    if (from == NULL)
        return id;
    if (from->kind == VG_JSON_NUMBER) {
        id.kind = VG_ID_NUM;
        vg_json_read_u64(arena, from, &id.num, NULL);
    } else if (!vg_point_id_read_uuid(from->text, &id)) {
        id = (vg_point_id){.kind = VG_ID_TEXT, .text = from->text};
    }
    return id;
}

vg_vector case_vector(vg_arena *arena, const vg_json *from)
{
    const vg_json *packed = case_get(from, "f32");
    vg_vector vector = {0};

    if (packed != NULL) {
        float *floats = VG_TAKE_N(arena, float, packed->count);

        vg_json_read_floats(arena, packed, floats, NULL);
        vector.form = VG_VECTOR_F32;
        vector.bytes = vg_slice_of((const char *)floats, packed->count * sizeof *floats);
        vector.count = packed->count;
    } else if (case_get(from, "indices") != NULL) {
        vg_vector_read_sparse(arena, from, &vector, NULL);
    } else if (from != NULL && from->kind == VG_JSON_ARRAY && from->first != NULL) {
        vg_vector_read_rows(arena, from, &vector, NULL);
    } else if (from != NULL && from->kind == VG_JSON_VECTOR) {
        vector = (vg_vector){.form = VG_VECTOR_JSON, .bytes = from->raw, .count = from->count};
    }
    return vector;
}

uint32_t case_texts(vg_arena *arena, const vg_json *list, const vg_slice **out)
{
    vg_slice *texts = VG_TAKE_N(arena, vg_slice, list != NULL ? list->count + 1 : 1);
    uint32_t i = 0;

    for (const vg_json *at = list != NULL ? list->first : NULL; at != NULL; at = at->next)
        texts[i++] = at->text;
    *out = texts;
    return i;
}

const vg_filter *case_filter(vg_arena *arena, const vg_json *from)
{
    const vg_json *v = case_get(from, "filter");
    vg_filter *filter = NULL;

    if (v != NULL) {
        filter = VG_TAKE(arena, vg_filter);
        filter->raw = v->raw;
    }
    return filter;
}

vg_payload_selector case_payload_selector(vg_arena *arena, const vg_json *from)
{
    const vg_json *v = case_get(from, "with_payload");
    vg_payload_selector selector = {0};

    if (v == NULL || v->kind == VG_JSON_FALSE)
        return selector;
    selector.want = v->kind == VG_JSON_TRUE          ? VG_PAYLOAD_ALL
                    : case_get(v, "exclude") != NULL ? VG_PAYLOAD_EXCLUDE
                                                     : VG_PAYLOAD_INCLUDE;
    selector.raw = v->raw;
    if (v->kind == VG_JSON_OBJECT)
        v = case_get(v, selector.want == VG_PAYLOAD_EXCLUDE ? "exclude" : "include");
    selector.path_count = case_texts(arena, v, &selector.paths);
    return selector;
}

vg_vector_selector case_vector_selector(vg_arena *arena, const vg_json *from)
{
    const vg_json *v = case_get(from, "with_vector");
    vg_vector_selector selector = {0};

    if (v == NULL || v->kind == VG_JSON_FALSE)
        return selector;
    selector.want = v->kind == VG_JSON_TRUE ? VG_VECTORS_ALL : VG_VECTORS_NAMED;
    selector.name_count = case_texts(arena, v, &selector.names);
    return selector;
}

/* A list of numbers only is one vector to the reader. */
uint32_t case_ids(vg_arena *arena, const vg_json *list, const vg_point_id **out)
{
    uint32_t count = list != NULL ? list->count : 0;
    vg_point_id *ids = VG_TAKE_N(arena, vg_point_id, count + 1);
    uint32_t i = 0;

    for (; list != NULL && list->kind == VG_JSON_VECTOR && i < count; i++) {
        ids[i].kind = VG_ID_NUM;
        vg_slice_u64(vg_json_number_at(list, i), &ids[i].num);
    }
    for (const vg_json *at = list != NULL ? list->first : NULL; at != NULL; at = at->next)
        ids[i++] = case_id(arena, at);
    *out = ids;
    return i;
}

void case_order(vg_arena *arena, const vg_json *from, vg_order_by *to)
{
    const vg_json *start = case_get(from, "start");

    to->key = case_text(from, "key");
    to->descends = case_flag(from, "descends");
    to->has_start = start != NULL;
    if (start == NULL)
        return;
    to->start.is_integer = vg_json_read_i64(arena, start, &to->start.integer, NULL);
    vg_json_read_f64(arena, start, &to->start.real, NULL);
}
