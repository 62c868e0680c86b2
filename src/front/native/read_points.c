/* Native requests about points to operations. Pure: any thread. Vectors and payloads stay text. */
#include "front/native/native.h"

enum { DEFAULT_LIMIT = 10 };

static const bounds at_least_one = {1, UINT32_MAX}, any_count = {0, UINT32_MAX};

/* ---- vectors ---- */

/* Among several values the first that is no number is the one to name. */
static bool not_a_vector(vg_arena *arena, const vg_json *v, vg_status *status)
{
    if (v->kind != VG_JSON_ARRAY || v->count == 0)
        return vg_json_mismatch(arena, v, "an array of numbers", status);
    for (const vg_json *at = v->first; at; at = at->next)
        if (at->kind != VG_JSON_NUMBER)
            return vg_json_mismatch(arena, at, "a number", status);
    return vg_json_mismatch(arena, v, "an array of numbers", status);
}

static bool read_vector(vg_arena *arena, const vg_json *v, vg_vector *out, vg_status *status)
{
    if (v->kind != VG_JSON_VECTOR)
        return not_a_vector(arena, v, status);
    *out = (vg_vector){.form = VG_VECTOR_JSON, .bytes = v->raw, .count = v->count};
    return true;
}

/* ---- upsert ---- */

static bool read_payload(vg_arena *arena, const vg_json *v, vg_slice *out, vg_status *status)
{
    if (!v)
        return true;
    if (v->kind != VG_JSON_OBJECT)
        return vg_json_mismatch(arena, v, "an object", status);
    *out = v->raw;
    return true;
}

static bool read_point(vg_arena *arena, const vg_json *from, vg_point *to, vg_status *status)
{
    const vg_json *id = NULL, *vector = NULL, *payload = NULL;
    const field fields[] = {
        {"id", &id, true}, {"vector", &vector, true}, {"payload", &payload, false}};
    vg_vector *own = VG_TAKE(arena, vg_vector);

    if (!own)
        return vg_native_no_memory(status);
    to->vectors = own;
    to->vector_count = 1;
    return READ_FIELDS(arena, from, fields, status) &&
           vg_native_read_id(arena, id, &to->id, status) &&
           read_vector(arena, vector, own, status) &&
           read_payload(arena, payload, &to->payload, status);
}

static bool read_list(const vg_json *list, vg_op *op, vg_status *status)
{
    vg_update *update = vg_op_update(op);
    vg_point *points;

    if (!vg_native_is_filled_list(op->arena, list, status))
        return false;
    if (list->kind == VG_JSON_VECTOR)
        return vg_json_mismatch(op->arena, list, "an array of objects", status);
    points = VG_TAKE_N(op->arena, vg_point, list->count);
    if (!points || !update)
        return vg_native_no_memory(status);
    update->points = points;
    update->point_count = list->count;
    op->in.update.wait = true;
    for (const vg_json *at = list->first; at; at = at->next, points++)
        if (!read_point(op->arena, at, points, status))
            return false;
    return true;
}

bool vg_native_read_upsert(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_json *points = NULL;
    const field fields[] = {{"points", &points, true}};

    return vg_native_read_query(in, op, status) &&
           READ_FIELDS(op->arena, in->body, fields, status) && read_list(points, op, status);
}

/* ---- what comes back ---- */

struct wish {
    const vg_json *payload, *vector; /* as asked; NULL: as usual */
};

static bool read_wish(vg_arena *arena, struct wish from, vg_payload_selector *payload,
                      vg_vector_selector *vectors, vg_status *status)
{
    bool with_payload = true, with_vector = false;

    if (!vg_native_read_bool(arena, from.payload, &with_payload, status) ||
        !vg_native_read_bool(arena, from.vector, &with_vector, status))
        return false;
    payload->want = with_payload ? VG_PAYLOAD_ALL : VG_PAYLOAD_NONE;
    payload->raw = with_payload ? VG_LIT("true") : VG_LIT("false");
    vectors->want = with_vector ? VG_VECTORS_ALL : VG_VECTORS_NONE;
    return true;
}

/* ---- by ids ---- */

bool vg_native_read_get(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_json *ids = NULL;
    struct wish wish = {0};
    const field fields[] = {{"ids", &ids, true},
                            {"with_payload", &wish.payload, false},
                            {"with_vector", &wish.vector, false}};

    return vg_native_read_query(in, op, status) &&
           READ_FIELDS(op->arena, in->body, fields, status) &&
           vg_native_read_ids(op->arena, ids, &(id_list){&op->in.get.ids, &op->in.get.count},
                              status) &&
           read_wish(op->arena, wish, &op->in.get.with_payload, &op->in.get.with_vectors, status);
}

bool vg_native_read_one(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_point_id *id = VG_TAKE(op->arena, vg_point_id);

    if (!id)
        return vg_native_no_memory(status);
    op->in.get.ids = id;
    op->in.get.count = 1;
    op->in.get.with_payload =
        (vg_payload_selector){.want = VG_PAYLOAD_ALL, .raw = VG_LIT_INIT("true")};
    op->in.get.with_vectors = (vg_vector_selector){.want = VG_VECTORS_ALL};
    return vg_native_read_query(in, op, status) &&
           vg_native_read_path_id(op->arena, in->params[1], id, status);
}

bool vg_native_read_delete(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_json *ids = NULL;
    const field fields[] = {{"ids", &ids, true}};
    vg_update *update = vg_op_update(op);

    if (!update)
        return vg_native_no_memory(status);
    op->in.update.wait = true;
    return vg_native_read_query(in, op, status) &&
           READ_FIELDS(op->arena, in->body, fields, status) &&
           vg_native_read_ids(op->arena, ids, &(id_list){&update->ids, &update->id_count}, status);
}

/* ---- search ---- */

static bool read_target(vg_arena *arena, const vg_json *vector, const vg_json *id, vg_search *to,
                        vg_status *status)
{
    if (!vector == !id) {
        vg_status_set(status, VG_INVALID, VG_LIT("give one of \"vector\" and \"id\""),
                      VG_LIT("vector"));
        return false;
    }
    return vector ? read_vector(arena, vector, &to->vector, status)
                  : vg_native_read_id(arena, id, &to->by_id, status);
}

static bool read_query_of(const vg_front_in *in, vg_op *op, vg_search *to, vg_status *status)
{
    const vg_json *vector = NULL, *id = NULL, *limit = NULL, *offset = NULL, *threshold = NULL,
                  *exact = NULL;
    struct wish wish = {0};
    const field fields[] = {
        {"vector", &vector, false},
        {"id", &id, false},
        {"limit", &limit, false},
        {"offset", &offset, false},
        {"score_threshold", &threshold, false},
        {"exact", &exact, false},
        {"with_payload", &wish.payload, false},
        {"with_vector", &wish.vector, false},
    };

    if (!READ_FIELDS(op->arena, in->body, fields, status))
        return false;
    to->has_threshold = threshold != NULL;
    return read_target(op->arena, vector, id, to, status) &&
           vg_native_read_count(op->arena, limit, at_least_one, &to->limit, status) &&
           vg_native_read_count(op->arena, offset, any_count, &to->offset, status) &&
           vg_native_read_float(op->arena, threshold, &to->threshold, status) &&
           vg_native_read_bool(op->arena, exact, &to->exact, status) &&
           read_wish(op->arena, wish, &to->with_payload, &to->with_vectors, status);
}

bool vg_native_read_search(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_search *search = VG_TAKE(op->arena, vg_search);

    if (!search)
        return vg_native_no_memory(status);
    search->limit = DEFAULT_LIMIT;
    op->in.search.queries = search;
    op->in.search.count = 1;
    return vg_native_read_query(in, op, status) && read_query_of(in, op, search, status);
}

/* ---- scroll, count ---- */

bool vg_native_read_scroll(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_json *from = NULL, *limit = NULL;
    struct wish wish = {0};
    const field fields[] = {
        {"from", &from, false},
        {"limit", &limit, false},
        {"with_payload", &wish.payload, false},
        {"with_vector", &wish.vector, false},
    };

    op->in.scroll.limit = DEFAULT_LIMIT;
    return vg_native_read_query(in, op, status) &&
           (!in->body || READ_FIELDS(op->arena, in->body, fields, status)) &&
           (!from || vg_native_read_id(op->arena, from, &op->in.scroll.from, status)) &&
           vg_native_read_count(op->arena, limit, at_least_one, &op->in.scroll.limit, status) &&
           read_wish(op->arena, wish, &op->in.scroll.with_payload, &op->in.scroll.with_vectors,
                     status);
}

bool vg_native_read_counting(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_json *exact = NULL;
    const field fields[] = {{"exact", &exact, false}};

    op->in.count.exact = true;
    return vg_native_read_query(in, op, status) &&
           (!in->body || READ_FIELDS(op->arena, in->body, fields, status)) &&
           vg_native_read_bool(op->arena, exact, &op->in.count.exact, status);
}
