/* Bodies of what changes points (FACTS 5), alone and in a batch: which points are meant, and what
 * is done with them. Bodies that carry points are read by read_upsert.c. */
#include "front/qdrant_rest/read_update.h"

#include "front/qdrant_rest/params.h"
#include "front/qdrant_rest/qdrant.h"
#include "front/qdrant_rest/read_select.h"
#include "front/read_payload.h"

static const vg_unbuilt unbuilt[] = {
    {"shard_key", NULL, "shard keys are"},
    {0},
};

bool vg_read_update_empty(vg_reader r)
{
    vg_status_set(r.status, VG_UNSUPPORTED, VG_LIT("Empty update request"), (vg_slice){0});
    return false;
}

/* ---- which points ---- */

/* Both given: `points` counts. *given is false when there is neither. */
static bool read_points(vg_reader r, const vg_json *body, vg_update *out, bool *given)
{
    const vg_json *points = vg_member_get(body, "points", NULL);

    *given = true;
    if (points)
        return vg_read_select_ids(r, points, &out->ids, &out->id_count) &&
               (out->id_count > 0 || vg_read_update_empty(r));
    *given = vg_member_get(body, "filter", NULL) != NULL;
    return vg_read_select_filter(r, body, &out->filter);
}

/* Each route has its own words for neither. */
static bool need_points(vg_reader r, const vg_json *body, vg_update *out, const vg_status *neither)
{
    bool given;

    if (!read_points(r, body, out, &given))
        return false;
    if (!given)
        vg_status_set(r.status, neither->code, neither->what, vg_json_path(r.arena, body));
    return given;
}

static const vg_status no_selector = {
    .code = VG_FORMAT,
    .what = VG_LIT_INIT("data did not match any variant of untagged enum PointsSelector: `points` "
                        "or `filter` is needed"),
};
static const vg_status no_points = {
    .code = VG_FORMAT,
    .what = VG_LIT_INIT("Either list of point ids or filter must be provided"),
};
static const vg_status no_points_of_vectors = {
    .code = VG_UNSUPPORTED,
    .what = VG_LIT_INIT("No filter or points provided"),
};

/* ---- what is done with them ---- */

static bool read_selector(vg_reader r, const vg_json *body, vg_update *out)
{
    return vg_member_refuse(r, body, unbuilt) && need_points(r, body, out, &no_selector);
}

/* `key` is a path of set_payload; overwriting ignores it, as Qdrant does. */
static bool read_key(vg_reader r, const vg_json *v, vg_update *out)
{
    vg_slice key = {0};

    if (v && !vg_member_path(r, v, &key))
        return false;
    if (out->kind == VG_OP_SET_PAYLOAD)
        out->key = key;
    return true;
}

static bool read_payload(vg_reader r, const vg_json *body, vg_update *out)
{
    const vg_json *payload;

    if (!vg_member_refuse(r, body, unbuilt))
        return false;
    payload = vg_member_need(r, body, "payload", NULL);
    return payload && vg_read_payload(r, payload, &out->payload) &&
           read_key(r, vg_member_get(body, "key", NULL), out) &&
           need_points(r, body, out, &no_points);
}

typedef bool read_name_fn(vg_reader r, const vg_json *v, vg_slice *out);

static bool read_names(vg_reader r, const vg_json *list, vg_update *out, read_name_fn *read)
{
    vg_slice *names;

    if (!vg_member_is_array(r, list))
        return false;
    if (list->kind == VG_JSON_VECTOR)
        return vg_member_wrong(r, list, VG_FORMAT, "expected strings, got numbers");
    names = VG_TAKE_N(r.arena, vg_slice, (size_t)list->count + 1);
    if (!names)
        return vg_member_wrong(r, list, VG_TOO_LARGE, "no memory is left for %u names",
                               list->count);
    out->names = names;
    out->name_count = list->count;
    for (const vg_json *v = list->first; v; v = v->next)
        if (!read(r, v, names++))
            return false;
    return true;
}

static bool read_keys(vg_reader r, const vg_json *body, vg_update *out)
{
    const vg_json *keys;

    if (!vg_member_refuse(r, body, unbuilt))
        return false;
    keys = vg_member_need(r, body, "keys", NULL);
    return keys && read_names(r, keys, out, vg_member_path) &&
           need_points(r, body, out, &no_points);
}

static bool read_name(vg_reader r, const vg_json *v, vg_slice *out)
{
    return vg_json_read_text(r.arena, v, out, r.status);
}

static bool read_vector_names(vg_reader r, const vg_json *body, vg_update *out)
{
    const vg_json *names;

    if (!vg_member_refuse(r, body, unbuilt))
        return false;
    names = vg_member_need(r, body, "vector", "vectors");
    if (!names || !read_names(r, names, out, read_name))
        return false;
    if (names->count == 0)
        return vg_member_wrong(r, names, VG_RANGE, "must specify vector names to delete");
    return need_points(r, body, out, &no_points_of_vectors);
}

/* ---- one, and several ---- */

static const struct change {
    vg_op_kind kind;
    const char *name; /* in a batch */
    vg_read_update_fn *read;
} changes[] = {
    {VG_OP_UPSERT, "upsert", vg_read_upsert},
    {VG_OP_DELETE, "delete", read_selector},
    {VG_OP_SET_PAYLOAD, "set_payload", read_payload},
    {VG_OP_OVERWRITE_PAYLOAD, "overwrite_payload", read_payload},
    {VG_OP_DELETE_PAYLOAD, "delete_payload", read_keys},
    {VG_OP_CLEAR_PAYLOAD, "clear_payload", read_selector},
    {VG_OP_UPDATE_VECTORS, "update_vectors", vg_read_upsert_vectors},
    {VG_OP_DELETE_VECTORS, "delete_vectors", read_vector_names},
};

enum { CHANGES = sizeof changes / sizeof changes[0] };

static const struct change *find_change(vg_op_kind kind)
{
    int i = 0;

    while (i < CHANGES - 1 && changes[i].kind != kind)
        i++;
    return &changes[i];
}

static bool begin(const vg_front_in *in, vg_op *op, vg_reader r)
{
    return vg_params_write(in, op, &op->in.update.wait, r.status) && vg_member_body(r, in->body);
}

bool vg_read_update_one(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_reader r = {op->arena, status};
    vg_update *update;

    if (!begin(in, op, r))
        return false;
    update = vg_op_update(op);
    if (!update)
        return vg_member_wrong(r, in->body, VG_TOO_LARGE, "no memory is left for the change");
    return find_change(op->kind)->read(r, in->body, update);
}

/* {"upsert": {…}}: its one name says what it is. */
static bool read_element(vg_reader r, const vg_json *v, vg_update *out)
{
    if (!vg_member_is_object(r, v))
        return false;
    for (int i = 0; v->count == 1 && i < CHANGES; i++) {
        if (!vg_slice_is_str(v->first->key, changes[i].name))
            continue;
        out->kind = changes[i].kind;
        return vg_member_is_object(r, v->first) && changes[i].read(r, v->first, out);
    }
    return vg_member_wrong(r, v, VG_FORMAT,
                           "data did not match any variant of untagged enum UpdateOperation: "
                           "expected one of `upsert`, `delete`, `set_payload`, "
                           "`overwrite_payload`, `delete_payload`, `clear_payload`, "
                           "`update_vectors`, `delete_vectors`, and nothing else");
}

bool vg_read_update_batch(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_reader r = {op->arena, status};
    const vg_json *list;
    vg_update *updates;

    if (!begin(in, op, r))
        return false;
    list = vg_member_need(r, in->body, "operations", NULL);
    if (!list || !vg_member_is_array(r, list))
        return false;
    if (list->kind == VG_JSON_VECTOR)
        return vg_member_wrong(r, list, VG_FORMAT, "expected operations, got numbers");
    updates = VG_TAKE_N(r.arena, vg_update, (size_t)list->count + 1);
    if (!updates)
        return vg_member_wrong(r, list, VG_TOO_LARGE, "no memory is left for %u operations",
                               list->count);
    op->in.update.at = updates;
    op->in.update.count = list->count;
    for (const vg_json *v = list->first; v; v = v->next)
        if (!read_element(r, v, updates++))
            return false;
    return true;
}
