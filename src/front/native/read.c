/* Native requests to operations. Pure: any thread. */
#include "front/native/native.h"

#include <inttypes.h>

enum { DEFAULT_LIMIT = 10, MOST = UINT32_MAX };

bool read_none(const vg_front_in *in, vg_op *op, vg_status *status)
{
    return read_query(in, op, status);
}

static bool read_metric(vg_arena *arena, const vg_json *v, vg_distance *out, vg_status *status)
{
    vg_slice word;

    *out = VG_COSINE;
    if (!v)
        return true;
    if (!vg_json_read_text(arena, v, &word, status))
        return false;
    *out = vg_distance_of(word, true);
    if (*out != VG_DISTANCE_NONE)
        return true;
    vg_status_setf(status, arena, VG_INVALID, vg_json_path(arena, v),
                   "unknown metric; one of cosine, dot, euclid, manhattan");
    return false;
}

bool read_create(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_json *name = NULL, *dimension = NULL, *metric = NULL;
    const field fields[] = {
        {"name", &name, true}, {"dimension", &dimension, true}, {"metric", &metric, false}};
    vg_vector_params *vector = VG_TAKE(op->arena, vg_vector_params);

    if (!vector || !read_query(in, op, status) ||
        !READ_FIELDS(op->arena, in->body, fields, status) ||
        !vg_json_read_text(op->arena, name, &op->name, status) ||
        !read_count(op->arena, dimension, 1, VG_MAX_DIMENSION, &vector->size, status) ||
        !read_metric(op->arena, metric, &vector->distance, status))
        return false;
    vector->on_disk = -1;
    op->in.create.spec = (vg_collection_spec){.vectors = vector, .vector_count = 1};
    return true;
}

/* A vector stays text: the reader checked that it is numbers and counted them. */
static bool read_vector(vg_arena *arena, const vg_json *v, vg_vector *out, vg_status *status)
{
    if (v->kind != VG_JSON_VECTOR)
        return vg_json_mismatch(arena, v, "an array of numbers", status);
    *out = (vg_vector){.form = VG_VECTOR_JSON, .bytes = v->raw, .count = v->count};
    return true;
}

static bool read_point(vg_arena *arena, const vg_json *from, vg_point *to, vg_status *status)
{
    const vg_json *id = NULL, *vector = NULL, *payload = NULL;
    const field fields[] = {{"id", &id, true}, {"vector", &vector, true}, {"payload", &payload, false}};
    vg_vector *own = VG_TAKE(arena, vg_vector);

    if (!own || !READ_FIELDS(arena, from, fields, status) ||
        !read_id(arena, id, &to->id, status) || !read_vector(arena, vector, own, status))
        return false;
    if (payload && payload->kind != VG_JSON_OBJECT)
        return vg_json_mismatch(arena, payload, "an object", status);
    to->vectors = own;
    to->vector_count = 1;
    to->payload = payload ? payload->raw : (vg_slice){0};
    return true;
}

static bool is_filled_list(vg_arena *arena, const vg_json *list, vg_status *status)
{
    if (!vg_json_is_array(list))
        return vg_json_mismatch(arena, list, "an array", status);
    if (list->count > 0)
        return true;
    vg_status_set(status, VG_INVALID, VG_LIT("one element at least is needed"),
                  vg_json_path(arena, list));
    return false;
}

bool read_upsert(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_json *list = NULL;
    const field fields[] = {{"points", &list, true}};
    vg_point *points;

    if (!read_query(in, op, status) || !READ_FIELDS(op->arena, in->body, fields, status) ||
        !is_filled_list(op->arena, list, status))
        return false;
    if (list->kind == VG_JSON_VECTOR)
        return vg_json_mismatch(op->arena, list, "an array of objects", status);
    points = VG_TAKE_N(op->arena, vg_point, list->count);
    if (!points)
        return false;
    op->in.upsert.points = points;
    op->in.upsert.count = list->count;
    op->in.upsert.wait = true;
    for (const vg_json *at = list->first; at; at = at->next, points++)
        if (!read_point(op->arena, at, points, status))
            return false;
    return true;
}

/* An array of plain numbers is one node: its ids are read from its text. */
static bool read_numbers(vg_arena *arena, const vg_json *list, vg_point_id *ids, vg_status *status)
{
    for (uint32_t i = 0; i < list->count; i++) {
        vg_slice text = vg_json_number_at(list, i);

        ids[i].kind = VG_ID_NUM;
        if (vg_slice_u64(text, &ids[i].num))
            continue;
        vg_status_setf(status, arena, VG_FORMAT,
                       vg_arena_printf(arena, VG_FMT "[%" PRIu32 "]",
                                       VG_ARG(vg_json_path(arena, list)), i),
                       "expected an unsigned integer or a string as an id, got " VG_FMT,
                       VG_ARG(text));
        return false;
    }
    return true;
}

static bool read_ids(vg_arena *arena, const vg_json *list, vg_op *op, vg_status *status)
{
    vg_point_id *ids;

    if (!is_filled_list(arena, list, status))
        return false;
    ids = VG_TAKE_N(arena, vg_point_id, list->count);
    if (!ids)
        return false;
    op->in.ids.ids = ids;
    op->in.ids.count = list->count;
    if (list->kind == VG_JSON_VECTOR)
        return read_numbers(arena, list, ids, status);
    for (const vg_json *at = list->first; at; at = at->next, ids++)
        if (!read_id(arena, at, ids, status))
            return false;
    return true;
}

static bool read_selectors(vg_arena *arena, const vg_json *payload, const vg_json *vector,
                           vg_payload_selector *to_payload, vg_vector_selector *to_vectors,
                           vg_status *status)
{
    bool with_payload = true, with_vector = false;

    if (!read_bool(arena, payload, &with_payload, status) ||
        !read_bool(arena, vector, &with_vector, status))
        return false;
    to_payload->want = with_payload ? VG_PAYLOAD_ALL : VG_PAYLOAD_NONE;
    to_payload->raw = with_payload ? VG_LIT("true") : VG_LIT("false");
    to_vectors->want = with_vector ? VG_VECTORS_ALL : VG_VECTORS_NONE;
    return true;
}

bool read_get(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_json *ids = NULL, *payload = NULL, *vector = NULL;
    const field fields[] = {
        {"ids", &ids, true}, {"with_payload", &payload, false}, {"with_vector", &vector, false}};

    return read_query(in, op, status) && READ_FIELDS(op->arena, in->body, fields, status) &&
           read_ids(op->arena, ids, op, status) &&
           read_selectors(op->arena, payload, vector, &op->in.ids.with_payload,
                          &op->in.ids.with_vectors, status);
}

/* In a path an id that reads as a number is one. */
bool read_one(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_point_id *id = VG_TAKE(op->arena, vg_point_id);
    vg_slice text = in->params[1];

    if (!id || !read_query(in, op, status))
        return false;
    if (vg_slice_u64(text, &id->num)) {
        id->kind = VG_ID_NUM;
    } else if (!vg_point_id_read_uuid(text, id)) {
        id->kind = VG_ID_TEXT;
        id->text = text;
    }
    if (text.len < 1 || text.len > VG_ID_TEXT_MAX) {
        vg_status_setf(status, op->arena, VG_RANGE_PATH, VG_LIT("id"),
                       "an id must have from 1 to %d bytes", VG_ID_TEXT_MAX);
        return false;
    }
    op->in.ids.ids = id;
    op->in.ids.count = 1;
    return read_selectors(op->arena, NULL, NULL, &op->in.ids.with_payload,
                          &op->in.ids.with_vectors, status) &&
           (op->in.ids.with_vectors.want = VG_VECTORS_ALL, true);
}

bool read_delete(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_json *ids = NULL;
    const field fields[] = {{"ids", &ids, true}};

    op->in.ids.wait = true;
    return read_query(in, op, status) && READ_FIELDS(op->arena, in->body, fields, status) &&
           read_ids(op->arena, ids, op, status);
}

static bool read_target(vg_arena *arena, const vg_json *vector, const vg_json *id, vg_search *to,
                        vg_status *status)
{
    if (!vector == !id) {
        vg_status_set(status, VG_INVALID, VG_LIT("give one of \"vector\" and \"id\""),
                      VG_LIT("vector"));
        return false;
    }
    return vector ? read_vector(arena, vector, &to->vector, status)
                  : read_id(arena, id, &to->by_id, status);
}

static bool read_threshold(vg_arena *arena, const vg_json *v, vg_search *to, vg_status *status)
{
    double threshold = 0;

    if (v && !vg_json_read_f64(arena, v, &threshold, status))
        return false;
    to->has_threshold = v != NULL;
    to->threshold = (float)threshold;
    return true;
}

bool read_search(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_json *vector = NULL, *id = NULL, *limit = NULL, *offset = NULL, *threshold = NULL;
    const vg_json *exact = NULL, *payload = NULL, *with_vector = NULL;
    const field fields[] = {
        {"vector", &vector, false},
        {"id", &id, false},
        {"limit", &limit, false},
        {"offset", &offset, false},
        {"score_threshold", &threshold, false},
        {"exact", &exact, false},
        {"with_payload", &payload, false},
        {"with_vector", &with_vector, false},
    };
    vg_search *search = VG_TAKE(op->arena, vg_search);

    if (!search)
        return false;
    search->limit = DEFAULT_LIMIT;
    op->in.search.queries = search;
    op->in.search.count = 1;
    return read_query(in, op, status) && READ_FIELDS(op->arena, in->body, fields, status) &&
           read_target(op->arena, vector, id, search, status) &&
           read_count(op->arena, limit, 1, MOST, &search->limit, status) &&
           read_count(op->arena, offset, 0, MOST, &search->offset, status) &&
           read_threshold(op->arena, threshold, search, status) &&
           read_bool(op->arena, exact, &search->exact, status) &&
           read_selectors(op->arena, payload, with_vector, &search->with_payload,
                          &search->with_vectors, status);
}

bool read_scroll(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_json *from = NULL, *limit = NULL, *payload = NULL, *vector = NULL;
    const field fields[] = {
        {"from", &from, false},
        {"limit", &limit, false},
        {"with_payload", &payload, false},
        {"with_vector", &vector, false},
    };

    op->in.scroll.limit = DEFAULT_LIMIT;
    return read_query(in, op, status) &&
           (!in->body || READ_FIELDS(op->arena, in->body, fields, status)) &&
           (!from || read_id(op->arena, from, &op->in.scroll.from, status)) &&
           read_count(op->arena, limit, 1, MOST, &op->in.scroll.limit, status) &&
           read_selectors(op->arena, payload, vector, &op->in.scroll.with_payload,
                          &op->in.scroll.with_vectors, status);
}

bool read_counting(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_json *exact = NULL;
    const field fields[] = {{"exact", &exact, false}};

    op->in.count.exact = true;
    return read_query(in, op, status) &&
           (!in->body || READ_FIELDS(op->arena, in->body, fields, status)) &&
           read_bool(op->arena, exact, &op->in.count.exact, status);
}
