/* Bodies that carry points: upsert in both its forms, and the update of vectors (FACTS 4 and 5). */
#include "front/qdrant_rest/read_select.h"
#include "front/qdrant_rest/read_update.h"
#include "front/read_payload.h"

static const vg_unbuilt unbuilt[] = {
    {"shard_key", NULL, "shard keys are"},
    {"update_filter", NULL, "conditional updates are"},
    {"update_mode", NULL, "update modes are"},
    {0},
};

/* Where the points go, as many as the list is long; and a vector for each of those that have one.
 */
struct room {
    vg_point *points;
    vg_vector *vectors;
    uint32_t count;
};

static bool take_room(vg_reader r, const vg_json *list, struct room *to, vg_update *out)
{
    to->count = list->count;
    to->points = VG_TAKE_N(r.arena, vg_point, (size_t)to->count + 1);
    to->vectors = VG_TAKE_N(r.arena, vg_vector, (size_t)to->count + 1);
    out->points = to->points;
    out->point_count = to->count;
    return (to->points && to->vectors) ||
           vg_member_wrong(r, list, VG_TOO_LARGE, "no memory is left for %u points", to->count);
}

/* NULL stands for {}. */
static bool read_payload(vg_reader r, const vg_json *v, vg_point *out)
{
    if (!v)
        return true;
    out->has_payload = true;
    return vg_read_payload(r, v, &out->payload);
}

/* ---- a list of points ---- */

typedef bool read_point_fn(vg_reader r, const vg_json *v, vg_vector *one, vg_point *out);

static bool read_vectors(vg_reader r, const vg_json *v, vg_vector *one, vg_point *out)
{
    const vg_json *id, *given;

    if (!vg_member_is_object(r, v))
        return false;
    id = vg_member_need(r, v, "id", NULL);
    if (!id || !vg_read_select_id(r, id, &out->id))
        return false;
    given = vg_member_need(r, v, "vector", "vectors");
    return given && vg_read_vector_of_point(r, given, one, out);
}

static bool read_point(vg_reader r, const vg_json *v, vg_vector *one, vg_point *out)
{
    return read_vectors(r, v, one, out) && read_payload(r, vg_member_get(v, "payload", NULL), out);
}

/* Unlike an upsert, it must have vectors. */
static bool read_vectors_only(vg_reader r, const vg_json *v, vg_vector *one, vg_point *out)
{
    return read_vectors(r, v, one, out) &&
           (out->vector_count > 0 ||
            vg_member_wrong(r, vg_member_get(v, "vector", "vectors"), VG_RANGE,
                            "must specify vectors to update for point"));
}

static bool read_list(vg_reader r, const vg_json *list, struct room to, read_point_fn *read)
{
    uint32_t n = 0;

    if (list->kind == VG_JSON_VECTOR)
        return vg_member_wrong(r, list, VG_FORMAT, "expected points, got numbers");
    for (const vg_json *v = list->first; v; v = v->next, n++)
        if (!read(r, v, &to.vectors[n], &to.points[n]))
            return false;
    return true;
}

/* ---- a batch: lists of ids, vectors and payloads ---- */

/* What is said when the lists of a batch differ. */
static bool differ(vg_reader r, const vg_json *batch, const char *what, uint32_t ids,
                   uint32_t others)
{
    return vg_member_wrong(r, batch, VG_RANGE, "number of ids and %s must be equal (%u != %u)",
                           what, ids, others);
}

static bool check_column(vg_reader r, const vg_json *batch, const vg_json *column, struct room to)
{
    if (column->kind != VG_JSON_ARRAY)
        return vg_json_mismatch(r.arena, column, "a list of vectors", r.status);
    return column->count == to.count || differ(r, batch, "vectors", to.count, column->count);
}

/* The vector of each point, `step` places apart. */
static bool read_column(vg_reader r, const vg_json *column, vg_slice name, vg_vector *at,
                        uint32_t step)
{
    for (const vg_json *one = column->first; one; one = one->next, at += step) {
        if (!vg_read_vector(r, one, at))
            return false;
        at->name = name;
    }
    return true;
}

static void share_out(struct room to, vg_vector *vectors, uint32_t each)
{
    for (uint32_t i = 0; i < to.count && each > 0; i++) {
        to.points[i].vectors = vectors + (size_t)i * each;
        to.points[i].vector_count = each;
    }
}

/* {"a": [[…], …], "b": …}: a list for each name; {}: points without vectors. */
static bool read_named_columns(vg_reader r, const vg_json *batch, const vg_json *map,
                               struct room to)
{
    vg_vector *vectors;

    if (!vg_read_vector_names(r, map))
        return false;
    for (const vg_json *column = map->first; column; column = column->next)
        if (!check_column(r, batch, column, to))
            return false;
    vectors = VG_TAKE_N(r.arena, vg_vector, (size_t)to.count * map->count + 1);
    if (!vectors)
        return vg_member_wrong(r, map, VG_TOO_LARGE, "no memory is left for the vectors");
    share_out(to, vectors, map->count);
    for (const vg_json *column = map->first; column; column = column->next, vectors++)
        if (!read_column(r, column, column->key, vectors, map->count))
            return false;
    return true;
}

static bool read_batch_vectors(vg_reader r, const vg_json *batch, struct room to)
{
    const vg_json *v = vg_member_need(r, batch, "vectors", NULL);

    if (!v)
        return false;
    if (v->kind == VG_JSON_OBJECT)
        return read_named_columns(r, batch, v, to);
    share_out(to, to.vectors, 1);
    return check_column(r, batch, v, to) && read_column(r, v, (vg_slice){0}, to.vectors, 1);
}

static bool read_batch_payloads(vg_reader r, const vg_json *batch, struct room to)
{
    const vg_json *v = vg_member_get(batch, "payloads", NULL);
    uint32_t n = 0;

    if (!v)
        return true;
    if (v->kind != VG_JSON_ARRAY)
        return vg_json_mismatch(r.arena, v, "a list of payloads", r.status);
    if (v->count != to.count)
        return differ(r, batch, "payloads", to.count, v->count);
    for (const vg_json *one = v->first; one; one = one->next, n++)
        if (!read_payload(r, vg_json_is_null(one) ? NULL : one, &to.points[n]))
            return false;
    return true;
}

static bool read_batch(vg_reader r, const vg_json *ids, struct room to)
{
    const vg_point_id *list;
    uint32_t count;

    if (!vg_read_select_ids(r, ids, &list, &count))
        return false;
    for (uint32_t i = 0; i < count; i++)
        to.points[i].id = list[i];
    return read_batch_vectors(r, ids->parent, to) && read_batch_payloads(r, ids->parent, to);
}

/* ---- the bodies ---- */

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

bool vg_read_upsert(vg_reader r, const vg_json *body, vg_update *out)
{
    const vg_json *list;
    struct room to;

    if (!vg_member_refuse(r, body, unbuilt))
        return false;
    list = find_list(r, body);
    if (!list || !take_room(r, list, &to, out))
        return false;
    if (!(list->parent == body ? read_list(r, list, to, read_point) : read_batch(r, list, to)))
        return false;
    return to.count > 0 || vg_read_update_empty(r);
}

bool vg_read_upsert_vectors(vg_reader r, const vg_json *body, vg_update *out)
{
    const vg_json *list;
    struct room to;

    if (!vg_member_refuse(r, body, unbuilt))
        return false;
    list = vg_member_need(r, body, "points", NULL);
    if (!list || !vg_member_is_array(r, list))
        return false;
    if (list->count == 0)
        return vg_member_wrong(r, list, VG_RANGE, "must specify points to update");
    return take_room(r, list, &to, out) && read_list(r, list, to, read_vectors_only);
}
