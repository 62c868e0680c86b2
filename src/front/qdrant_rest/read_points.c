/* Bodies of the routes on points, except queries: upsert in both forms, delete, retrieve, scroll,
 * count (FACTS 2 to 6). */
#include "front/qdrant_rest/params.h"
#include "front/qdrant_rest/qdrant.h"
#include "front/qdrant_rest/read_select.h"

static const vg_unbuilt unbuilt_of_upsert[] = {
    {"shard_key", NULL, "shard keys are"},
    {"update_filter", NULL, "conditional updates are"},
    {"update_mode", NULL, "update modes are"},
    {0},
};

static const vg_unbuilt unbuilt_of_ids[] = {
    {"shard_key", NULL, "shard keys are"},
    {0},
};

static const vg_unbuilt unbuilt_of_scroll[] = {
    {"filter", NULL, "filters are"},
    {"order_by", NULL, "order_by is"},
    {"shard_key", NULL, "shard keys are"},
    {0},
};

static const vg_unbuilt unbuilt_of_count[] = {
    {"filter", NULL, "filters are"},
    {"shard_key", NULL, "shard keys are"},
    {0},
};

static vg_reader reader_of(const vg_op *op, vg_status *status)
{
    return (vg_reader){op->arena, status};
}

static bool is_empty_update(vg_reader r)
{
    vg_status_set(r.status, VG_UNSUPPORTED, VG_LIT("Empty update request"), (vg_slice){0});
    return false;
}

/* ---- upsert ---- */

/* NULL stands for {}. */
static bool read_payload(vg_reader r, const vg_json *v, vg_point *out)
{
    if (!v)
        return true;
    if (!vg_member_is_object(r, v))
        return false;
    out->payload = v->raw;
    out->has_payload = true;
    return true;
}

static bool read_point(vg_reader r, const vg_json *v, vg_point *out, vg_vector *vector)
{
    const vg_json *id, *given;
    bool has;

    if (!vg_member_is_object(r, v))
        return false;
    id = vg_member_need(r, v, "id", NULL);
    if (!id || !vg_read_select_id(r, id, &out->id))
        return false;
    given = vg_member_need(r, v, "vector", "vectors");
    if (!given || !vg_read_vector_of_point(r, given, vector, &has))
        return false;
    out->vectors = vector;
    out->vector_count = has;
    return read_payload(r, vg_member_get(v, "payload", NULL), out);
}

/* Where the points go: as many of each as the list is long. */
struct room {
    vg_point *points;
    vg_vector *vectors;
    uint32_t count;
};

static bool read_list(vg_reader r, const vg_json *list, struct room to)
{
    uint32_t n = 0;

    if (list->kind == VG_JSON_VECTOR)
        return vg_member_wrong(r, list, VG_FORMAT, "expected points, got numbers");
    for (const vg_json *v = list->first; v; v = v->next, n++)
        if (!read_point(r, v, &to.points[n], &to.vectors[n]))
            return false;
    return true;
}

/* What is said when the lists of a batch differ. */
static bool differ(vg_reader r, const char *what, uint32_t ids, uint32_t others)
{
    vg_status_setf(r.status, r.arena, VG_RANGE, VG_LIT("batch"),
                   "number of ids and %s must be equal (%u != %u)", what, ids, others);
    return false;
}

/* {"": [[…], …]} names the unnamed vectors; {} is points without any, and answers NULL. */
static bool find_unnamed(vg_reader r, const vg_json *map, const vg_json **out)
{
    for (const vg_json *named = map->first; named; named = named->next)
        if (named->key.len > 0)
            return vg_member_unbuilt(r, named, "named vectors are");
    *out = vg_json_get(map, VG_LIT(""));
    return true;
}

static bool read_batch_vectors(vg_reader r, const vg_json *v, struct room to)
{
    uint32_t n = 0;

    if (v->kind == VG_JSON_OBJECT && !find_unnamed(r, v, &v))
        return false;
    if (!v)
        return true;
    if (v->kind != VG_JSON_ARRAY)
        return vg_json_mismatch(r.arena, v, "a list of vectors", r.status);
    if (v->count != to.count)
        return differ(r, "vectors", to.count, v->count);
    for (const vg_json *one = v->first; one; one = one->next, n++) {
        if (!vg_read_vector(r, one, &to.vectors[n]))
            return false;
        to.points[n].vectors = &to.vectors[n];
        to.points[n].vector_count = 1;
    }
    return true;
}

static bool read_batch_payloads(vg_reader r, const vg_json *v, struct room to)
{
    uint32_t n = 0;

    if (!v)
        return true;
    if (v->kind != VG_JSON_ARRAY)
        return vg_json_mismatch(r.arena, v, "a list of payloads", r.status);
    if (v->count != to.count)
        return differ(r, "payloads", to.count, v->count);
    for (const vg_json *one = v->first; one; one = one->next, n++)
        if (!read_payload(r, vg_json_is_null(one) ? NULL : one, &to.points[n]))
            return false;
    return true;
}

static bool read_batch(vg_reader r, const vg_json *ids, struct room to)
{
    const vg_json *vectors = vg_member_need(r, ids->parent, "vectors", NULL);
    const vg_point_id *list;
    uint32_t count;

    if (!vectors || !vg_read_select_ids(r, ids, &list, &count))
        return false;
    for (uint32_t i = 0; i < count; i++)
        to.points[i].id = list[i];
    return read_batch_vectors(r, vectors, to) &&
           read_batch_payloads(r, vg_member_get(ids->parent, "payloads", NULL), to);
}

/* The list that says how many points there are: `points`, or `batch.ids`. */
static const vg_json *find_list(vg_reader r, const vg_json *body)
{
    const vg_json *batch = vg_json_get(body, VG_LIT("batch"));
    const vg_json *points = vg_json_get(body, VG_LIT("points"));
    const vg_json *list;

    if (!batch && !points) {
        vg_status_set(r.status, VG_FORMAT, VG_LIT("Invalid PointInsertOperations format"),
                      (vg_slice){0});
        return NULL;
    }
    if (batch && !vg_member_is_object(r, batch))
        return NULL;
    list = batch ? vg_member_need(r, batch, "ids", NULL) : points;
    return list && vg_member_is_array(r, list) ? list : NULL;
}

static bool read_upsert(vg_reader r, const vg_json *body, vg_op *op)
{
    const vg_json *list = find_list(r, body);
    struct room to = {.count = list ? list->count : 0};
    vg_update *update = vg_op_update(op);

    if (!list)
        return false;
    to.points = VG_TAKE_N(r.arena, vg_point, (size_t)to.count + 1);
    to.vectors = VG_TAKE_N(r.arena, vg_vector, (size_t)to.count + 1);
    if (!to.points || !to.vectors || !update)
        return vg_member_wrong(r, list, VG_TOO_LARGE, "no memory is left for %u points", to.count);
    update->points = to.points;
    update->point_count = to.count;
    if (!(list->parent == body ? read_list : read_batch)(r, list, to))
        return false;
    return to.count > 0 || is_empty_update(r);
}

bool vg_read_points_upsert(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_reader r = reader_of(op, status);

    return vg_params_write(in, op, &op->in.update.wait, status) && vg_member_body(r, in->body) &&
           vg_member_refuse(r, in->body, unbuilt_of_upsert) && read_upsert(r, in->body, op);
}

/* ---- delete ---- */

/* Both given: `points` counts (FACTS 5). */
bool vg_read_points_delete(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_reader r = reader_of(op, status);
    const vg_json *points, *filter;
    vg_update *update;

    if (!vg_params_write(in, op, &op->in.update.wait, status) || !vg_member_body(r, in->body) ||
        !vg_member_refuse(r, in->body, unbuilt_of_ids))
        return false;
    points = vg_member_get(in->body, "points", NULL);
    filter = vg_member_get(in->body, "filter", NULL);
    if (!points && filter)
        return vg_member_unbuilt(r, filter, "filters are");
    if (!points)
        return vg_member_wrong(r, in->body, VG_FORMAT,
                               "data did not match any variant of untagged enum PointsSelector: "
                               "`points` or `filter` is needed");
    update = vg_op_update(op);
    if (!update)
        return vg_member_wrong(r, points, VG_TOO_LARGE, "no memory is left");
    if (!vg_read_select_ids(r, points, &update->ids, &update->id_count))
        return false;
    return update->id_count > 0 || is_empty_update(r);
}

/* ---- reads ---- */

bool vg_read_points_one(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_point_id *id = VG_TAKE(op->arena, vg_point_id);

    if (!id) {
        vg_status_set(status, VG_TOO_LARGE, (vg_slice){0}, (vg_slice){0});
        return false;
    }
    op->in.get.ids = id;
    op->in.get.count = 1;
    op->in.get.with_payload.want = VG_PAYLOAD_ALL;
    op->in.get.with_vectors.want = VG_VECTORS_ALL;
    return vg_params_read(in, op, status) && vg_params_id(op->arena, in->params[1], id, status);
}

bool vg_read_points_many(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_reader r = reader_of(op, status);
    const vg_json *ids;

    if (!vg_params_read(in, op, status) || !vg_member_body(r, in->body) ||
        !vg_member_refuse(r, in->body, unbuilt_of_ids))
        return false;
    ids = vg_member_need(r, in->body, "ids", NULL);
    return ids && vg_read_select_ids(r, ids, &op->in.get.ids, &op->in.get.count) &&
           vg_read_select_payload(r, in->body, &op->in.get.with_payload) &&
           vg_read_select_vectors(r, in->body, &op->in.get.with_vectors);
}

/* Collections that were filled through the native API may hold ids that are texts, and then
 * next_page_offset is one: so it is taken back here, and nowhere else. */
static bool read_offset(vg_reader r, const vg_json *v, vg_point_id *out)
{
    if (!v)
        return true;
    if (v->kind != VG_JSON_STRING || v->text.len == 0 || v->text.len > VG_ID_TEXT_MAX)
        return vg_read_select_id(r, v, out);
    if (!vg_point_id_read_uuid(v->text, out))
        *out = (vg_point_id){.kind = VG_ID_TEXT, .text = v->text};
    return true;
}

bool vg_read_points_scroll(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_reader r = reader_of(op, status);

    op->in.scroll.limit = 10;
    op->in.scroll.with_payload.want = VG_PAYLOAD_ALL;
    return vg_params_read(in, op, status) && vg_member_body(r, in->body) &&
           vg_member_refuse(r, in->body, unbuilt_of_scroll) &&
           vg_member_count(r, vg_member_get(in->body, "limit", NULL), 1, &op->in.scroll.limit) &&
           read_offset(r, vg_member_get(in->body, "offset", NULL), &op->in.scroll.from) &&
           vg_read_select_payload(r, in->body, &op->in.scroll.with_payload) &&
           vg_read_select_vectors(r, in->body, &op->in.scroll.with_vectors);
}

bool vg_read_points_count(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_reader r = reader_of(op, status);

    op->in.count.exact = true;
    return vg_params_read(in, op, status) && vg_member_body(r, in->body) &&
           vg_member_refuse(r, in->body, unbuilt_of_count) &&
           vg_member_bool(r, vg_member_get(in->body, "exact", NULL), &op->in.count.exact);
}
