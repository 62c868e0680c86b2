/* See read_select.h. */
#include "front/qdrant_rest/read_select.h"

/* ---- ids ---- */

bool vg_read_select_id(vg_reader r, const vg_json *v, vg_point_id *out)
{
    vg_slice shown = v->kind == VG_JSON_STRING ? v->text : v->raw;

    *out = (vg_point_id){.kind = VG_ID_NUM};
    if (v->kind == VG_JSON_NUMBER && vg_slice_u64(v->raw, &out->num))
        return true;
    if (v->kind == VG_JSON_STRING && vg_point_id_read_uuid(v->text, out))
        return true;
    if (shown.len > 80)
        shown.len = 80;
    return vg_member_wrong(r, v, VG_FORMAT,
                           "value " VG_FMT " is not a valid point ID, valid values are either an "
                           "unsigned integer or a UUID",
                           VG_ARG(shown));
}

/* One element of a list that is all numbers, which has no nodes of its own. */
static bool read_number_id(vg_reader r, const vg_json *list, vg_slice number, vg_point_id *out)
{
    *out = (vg_point_id){.kind = VG_ID_NUM};
    return vg_slice_u64(number, &out->num) ||
           vg_member_wrong(r, list, VG_FORMAT,
                           "value " VG_FMT " is not a valid point ID, valid values are either an "
                           "unsigned integer or a UUID",
                           (int)(number.len < 80 ? number.len : 80), number.at);
}

static bool read_numbers(vg_reader r, const vg_json *v, vg_point_id *ids)
{
    const char *at = v->raw.at;

    for (uint32_t i = 0; i < v->count; i++)
        if (!read_number_id(r, v, vg_member_next_number(&at), &ids[i]))
            return false;
    return true;
}

bool vg_read_select_ids(vg_reader r, const vg_json *v, const vg_point_id **out, uint32_t *count)
{
    vg_point_id *ids;
    uint32_t n = 0;

    if (!vg_member_is_array(r, v))
        return false;
    ids = VG_TAKE_N(r.arena, vg_point_id, v->count + 1);
    if (!ids)
        return vg_member_wrong(r, v, VG_TOO_LARGE, "no memory is left for %u ids", v->count);
    *out = ids;
    *count = v->count;
    if (v->kind == VG_JSON_VECTOR)
        return read_numbers(r, v, ids);
    for (const vg_json *id = v->first; id; id = id->next)
        if (!vg_read_select_id(r, id, &ids[n++]))
            return false;
    return true;
}

/* ---- payload ---- */

static bool read_paths(vg_reader r, const vg_json *v, vg_payload_selector *out)
{
    vg_slice *paths;

    if (!vg_json_is_array(v))
        return vg_json_mismatch(r.arena, v, "a list of payload paths", r.status);
    if (v->kind == VG_JSON_VECTOR)
        return vg_member_wrong(r, v, VG_FORMAT, "expected strings, got numbers");
    paths = VG_TAKE_N(r.arena, vg_slice, v->count + 1);
    if (!paths)
        return vg_member_wrong(r, v, VG_TOO_LARGE, "no memory is left for %u paths", v->count);
    out->paths = paths;
    out->path_count = 0;
    for (const vg_json *path = v->first; path; path = path->next)
        if (!vg_member_path(r, path, &paths[out->path_count++]))
            return false;
    return true;
}

/* {"include": […]} or {"exclude": […]} and nothing else. */
static bool read_one_of(vg_reader r, const vg_json *v, vg_payload_selector *out)
{
    const vg_json *only = v->count == 1 ? v->first : NULL;

    if (only && vg_slice_is(only->key, VG_LIT("include")))
        out->want = VG_PAYLOAD_INCLUDE;
    else if (only && vg_slice_is(only->key, VG_LIT("exclude")))
        out->want = VG_PAYLOAD_EXCLUDE;
    else
        return vg_member_wrong(r, v, VG_FORMAT,
                               "data did not match any variant of untagged enum "
                               "WithPayloadInterface: expected true, false, a list of paths, or "
                               "an object with either `include` or `exclude` and nothing else");
    return read_paths(r, only, out);
}

bool vg_read_select_payload(vg_reader r, const vg_json *body, vg_payload_selector *out)
{
    const vg_json *v = vg_member_get(body, "with_payload", NULL);

    if (!v)
        return true;
    *out = (vg_payload_selector){.raw = v->raw};
    switch (v->kind) {
    case VG_JSON_TRUE:
        out->want = VG_PAYLOAD_ALL;
        return true;
    case VG_JSON_FALSE:
        out->want = VG_PAYLOAD_NONE;
        return true;
    case VG_JSON_OBJECT:
        return read_one_of(r, v, out);
    default:
        out->want = VG_PAYLOAD_INCLUDE;
        return read_paths(r, v, out);
    }
}

/* ---- vectors ---- */

static bool read_names(vg_reader r, const vg_json *v, vg_vector_selector *out)
{
    vg_slice *names = VG_TAKE_N(r.arena, vg_slice, v->count + 1);

    if (!names)
        return vg_member_wrong(r, v, VG_TOO_LARGE, "no memory is left for %u names", v->count);
    *out = (vg_vector_selector){.want = VG_VECTORS_NAMED, .names = names};
    for (const vg_json *name = v->first; name; name = name->next) {
        if (!vg_json_read_text(r.arena, name, &names[out->name_count++], r.status))
            return false;
        if (name->text.len > 0)
            return vg_member_unbuilt(r, name, "named vectors are");
    }
    return true;
}

bool vg_read_select_vectors(vg_reader r, const vg_json *body, vg_vector_selector *out)
{
    const vg_json *v = vg_member_get(body, "with_vector", "with_vectors");
    bool all;

    if (!v)
        return true;
    if (v->kind == VG_JSON_ARRAY)
        return read_names(r, v, out);
    if (v->kind != VG_JSON_TRUE && v->kind != VG_JSON_FALSE)
        return vg_json_mismatch(r.arena, v, "true, false or a list of names", r.status);
    all = v->kind == VG_JSON_TRUE;
    *out = (vg_vector_selector){.want = all ? VG_VECTORS_ALL : VG_VECTORS_NONE};
    return true;
}
