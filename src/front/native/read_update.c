/* Native requests that change points. One change is the body of its own route; several are a list
 * of such bodies, each under the name of its kind. Pure: any thread. */
#include "front/native/native.h"

/* ---- points ---- */

static bool read_point(vg_arena *arena, const vg_json *from, vg_point *to, vg_status *status)
{
    const vg_json *id = NULL, *vector = NULL, *vectors = NULL, *payload = NULL;
    const field fields[] = {{"id", &id, true},
                            {"vector", &vector, false},
                            {"vectors", &vectors, false},
                            {"payload", &payload, false}};

    return READ_FIELDS(arena, from, fields, status) &&
           vg_native_read_id(arena, id, &to->id, status) &&
           vg_native_read_vectors(arena, from, (either){"vector", "vectors", vector, vectors}, to,
                                  status) &&
           vg_native_read_payload(arena, payload, &to->payload, status);
}

/* Without its payload, which stays as it is. */
static bool read_vectors_of(vg_arena *arena, const vg_json *from, vg_point *to, vg_status *status)
{
    const vg_json *id = NULL, *vector = NULL, *vectors = NULL;
    const field fields[] = {
        {"id", &id, true}, {"vector", &vector, false}, {"vectors", &vectors, false}};

    if (!READ_FIELDS(arena, from, fields, status) ||
        !vg_native_read_id(arena, id, &to->id, status) ||
        !vg_native_read_vectors(arena, from, (either){"vector", "vectors", vector, vectors}, to,
                                status))
        return false;
    return to->vector_count > 0 ||
           vg_native_wrong(arena, vectors, "one vector at least is needed", status);
}

static bool read_points(vg_arena *arena, const vg_json *body, vg_update *to, vg_status *status)
{
    const vg_json *list = NULL;
    const field fields[] = {{"points", &list, true}};
    vg_point *points;

    if (!READ_FIELDS(arena, body, fields, status) || !vg_native_is_filled_list(arena, list, status))
        return false;
    if (list->kind == VG_JSON_VECTOR)
        return vg_json_mismatch(arena, list, "an array of objects", status);
    points = VG_TAKE_N(arena, vg_point, list->count);
    if (!points)
        return vg_native_no_memory(status);
    to->points = points;
    to->point_count = list->count;
    for (const vg_json *at = list->first; at; at = at->next, points++)
        if (!(to->kind == VG_OP_UPSERT ? read_point(arena, at, points, status)
                                       : read_vectors_of(arena, at, points, status)))
            return false;
    return true;
}

/* ---- changes of those that are there ---- */

struct selected {
    const vg_json *ids, *filter;
};

static bool read_selected(vg_arena *arena, const vg_json *body, struct selected from, vg_update *to,
                          vg_status *status)
{
    if (!vg_native_is_one(arena, body, (either){"ids", "filter", from.ids, from.filter}, status))
        return false;
    if (!from.ids)
        return vg_native_read_filter(arena, from.filter, &to->filter, status);
    return vg_native_read_ids(arena, from.ids, &(id_list){&to->ids, &to->id_count}, status);
}

static bool read_bare(vg_arena *arena, const vg_json *body, vg_update *to, vg_status *status)
{
    struct selected selected = {0};
    const field fields[] = {{"ids", &selected.ids, false}, {"filter", &selected.filter, false}};

    return READ_FIELDS(arena, body, fields, status) &&
           read_selected(arena, body, selected, to, status);
}

static bool read_set(vg_arena *arena, const vg_json *body, vg_update *to, vg_status *status)
{
    const vg_json *payload = NULL, *key = NULL;
    struct selected selected = {0};
    const field fields[] = {{"payload", &payload, true},
                            {"ids", &selected.ids, false},
                            {"filter", &selected.filter, false},
                            {"key", &key, false}};

    return READ_FIELDS(arena, body, fields, status) &&
           vg_native_read_payload(arena, payload, &to->payload, status) &&
           vg_native_read_path(arena, key, &to->key, status) &&
           read_selected(arena, body, selected, to, status);
}

static bool read_overwrite(vg_arena *arena, const vg_json *body, vg_update *to, vg_status *status)
{
    const vg_json *payload = NULL;
    struct selected selected = {0};
    const field fields[] = {{"payload", &payload, true},
                            {"ids", &selected.ids, false},
                            {"filter", &selected.filter, false}};

    return READ_FIELDS(arena, body, fields, status) &&
           vg_native_read_payload(arena, payload, &to->payload, status) &&
           read_selected(arena, body, selected, to, status);
}

static bool read_keys(vg_arena *arena, const vg_json *body, vg_update *to, vg_status *status)
{
    const vg_json *keys = NULL;
    struct selected selected = {0};
    const field fields[] = {
        {"keys", &keys, true}, {"ids", &selected.ids, false}, {"filter", &selected.filter, false}};

    return READ_FIELDS(arena, body, fields, status) &&
           vg_native_read_paths(arena, keys, &(text_list){&to->names, &to->name_count}, status) &&
           read_selected(arena, body, selected, to, status);
}

static bool read_names(vg_arena *arena, const vg_json *body, vg_update *to, vg_status *status)
{
    const vg_json *names = NULL;
    struct selected selected = {0};
    const field fields[] = {{"vectors", &names, true},
                            {"ids", &selected.ids, false},
                            {"filter", &selected.filter, false}};

    return READ_FIELDS(arena, body, fields, status) &&
           vg_native_read_names(arena, names, &(text_list){&to->names, &to->name_count}, status) &&
           read_selected(arena, body, selected, to, status);
}

/* ---- the table ---- */

typedef bool read_fn(vg_arena *arena, const vg_json *body, vg_update *to, vg_status *status);

static const struct change {
    const char *name; /* in a batch */
    vg_op_kind kind;
    read_fn *read;
} changes[] = {
    {"upsert", VG_OP_UPSERT, read_points},
    {"delete", VG_OP_DELETE, read_bare},
    {"set_payload", VG_OP_SET_PAYLOAD, read_set},
    {"overwrite_payload", VG_OP_OVERWRITE_PAYLOAD, read_overwrite},
    {"delete_payload", VG_OP_DELETE_PAYLOAD, read_keys},
    {"clear_payload", VG_OP_CLEAR_PAYLOAD, read_bare},
    {"update_vectors", VG_OP_UPDATE_VECTORS, read_points},
    {"delete_vectors", VG_OP_DELETE_VECTORS, read_names},
};

enum { CHANGES = sizeof changes / sizeof changes[0] };

static const struct change *find_change(vg_op_kind kind)
{
    const struct change *at = changes;

    while (at->kind != kind)
        at++;
    return at;
}

bool vg_native_read_update(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_update *update = vg_op_update(op);

    if (!update)
        return vg_native_no_memory(status);
    op->in.update.wait = true;
    return vg_native_read_query(in, op, status) &&
           find_change(op->kind)->read(op->arena, in->body, update, status);
}

/* ---- several ---- */

/* {"upsert": {…}} */
static bool read_operation(vg_arena *arena, const vg_json *from, vg_update *to, vg_status *status)
{
    const vg_json *bodies[CHANGES] = {0};
    field fields[CHANGES];
    int given = 0, last = 0;

    for (int i = 0; i < CHANGES; i++)
        fields[i] = (field){changes[i].name, &bodies[i], false};
    if (!vg_native_read_fields(arena, from, fields, CHANGES, status))
        return false;
    for (int i = 0; i < CHANGES; i++) {
        given += bodies[i] != NULL;
        last = bodies[i] ? i : last;
    }
    if (given != 1)
        return vg_native_wrong(arena, from, "an operation has exactly one field, its kind", status);
    to->kind = changes[last].kind;
    return changes[last].read(arena, bodies[last], to, status);
}

static bool read_operations(vg_op *op, const vg_json *list, vg_status *status)
{
    vg_update *updates;

    if (!vg_native_is_filled_list(op->arena, list, status))
        return false;
    if (list->kind == VG_JSON_VECTOR)
        return vg_json_mismatch(op->arena, list, "an array of objects", status);
    updates = VG_TAKE_N(op->arena, vg_update, list->count);
    if (!updates)
        return vg_native_no_memory(status);
    op->in.update.at = updates;
    op->in.update.count = list->count;
    for (const vg_json *at = list->first; at; at = at->next)
        if (!read_operation(op->arena, at, updates++, status))
            return false;
    return true;
}

bool vg_native_read_batch(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_json *operations = NULL;
    const field fields[] = {{"operations", &operations, true}};

    op->in.update.wait = true;
    return vg_native_read_query(in, op, status) &&
           READ_FIELDS(op->arena, in->body, fields, status) &&
           read_operations(op, operations, status);
}
