/* From a reply about points to a result, but for queries (decode_query.c). A reply is gone after
 * the step, so a body of which parts are kept is copied into the scratch once, whole, and read
 * there: payloads and vectors are views of that copy. */
#include <float.h>
#include <math.h>

#include "adapters/vector/qdrant/shared.h"
#include "base/vector_json.h"

/* --- the envelope ---------------------------------------------------------------------------- */

static vg_slice keep(vg_try *t, vg_slice body)
{
    char *at = vg_arena_take(t->scratch, body.len + VG_JSON_PAD);

    if (at == NULL)
        return (vg_slice){0};
    if (body.len > 0)
        memcpy(at, body.at, body.len);
    memset(at + body.len, 0, VG_JSON_PAD);
    return vg_slice_of(at, body.len);
}

const vg_json *vg_qdrant_read_document(const vg_op *op, vg_try *t, const vg_http_reply *reply)
{
    vg_status fault = {0};
    vg_slice body;
    const vg_json *document;

    if (reply->status < 200 || reply->status > 202) {
        vg_qdrant_fail(op, t, reply);
        return NULL;
    }
    body = keep(t, reply->body);
    document = body.at != NULL ? vg_json_read(t->scratch, body, VG_JSON_DEPTH, &fault) : NULL;
    if (document == NULL && (body.at == NULL || fault.code == VG_TOO_LARGE))
        vg_try_fail(t, VG_TOO_LARGE,
                    VG_LIT("Qdrant's answer does not fit into the memory of one request"));
    else if (document == NULL)
        vg_try_failf(t, VG_BACKEND_REPLY, "Qdrant's answer is not JSON: " VG_FMT,
                     VG_ARG(vg_status_what(&fault)));
    t->status.is_unclear = document == NULL;
    return document;
}

const vg_json *vg_qdrant_read_result(const vg_op *op, vg_try *t, const vg_http_reply *reply)
{
    const vg_json *document = vg_qdrant_read_document(op, t, reply);
    const vg_json *result = vg_json_get(document, VG_LIT("result"));

    if (document != NULL && vg_json_is_null(result)) {
        vg_qdrant_misread(t, "it has no result");
        return NULL;
    }
    return result;
}

/* --- points ---------------------------------------------------------------------------------- */

bool vg_qdrant_read_id(vg_try *t, const vg_json *from, vg_point_id *to)
{
    if (from != NULL && from->kind == VG_JSON_STRING) {
        vg_point_id id;

        if (!vg_point_id_read_uuid(from->text, &id))
            return false;
        *to = id;
        return true;
    }
    to->kind = VG_ID_NUM;
    return from != NULL && from->kind == VG_JSON_NUMBER &&
           vg_json_read_u64(t->scratch, from, &to->num, NULL);
}

static bool read_score(vg_try *t, const vg_json *from, vg_point *to)
{
    double score = 0;

    if (from == NULL || from->kind != VG_JSON_NUMBER ||
        !vg_json_read_f64(t->scratch, from, &score, NULL) || fabs(score) > FLT_MAX)
        return false;
    to->has_score = true;
    to->score = (float)score;
    return true;
}

/* Of a scroll by a field's values. */
static bool read_order(vg_try *t, const vg_json *from, vg_point *to)
{
    vg_order_value *order = &to->order;

    if (vg_json_is_null(from))
        return true;
    to->has_order = true;
    order->is_integer =
        from->kind == VG_JSON_NUMBER && vg_json_read_i64(t->scratch, from, &order->integer, NULL);
    return order->is_integer || vg_json_read_f64(t->scratch, from, &order->real, NULL);
}

static bool read_payload(const vg_json *from, vg_point *to)
{
    if (from == NULL || from->kind == VG_JSON_NULL)
        return true;
    to->payload = from->raw;
    return from->kind == VG_JSON_OBJECT;
}

static bool read_vector(vg_try *t, const vg_json *from, vg_slice name, vg_vector *to)
{
    bool good = from->kind == VG_JSON_VECTOR;

    if (from->kind == VG_JSON_OBJECT)
        good = vg_vector_read_sparse(t->scratch, from, to, NULL);
    else if (from->kind == VG_JSON_ARRAY)
        good = vg_vector_read_rows(t->scratch, from, to, NULL);
    else
        *to = (vg_vector){.form = VG_VECTOR_JSON, .bytes = from->raw, .count = from->count};
    to->name = name;
    return good;
}

/* A list is the unnamed vector; a map holds named ones. */
static bool read_vectors(vg_try *t, const vg_json *from, vg_point *to)
{
    vg_vector *vectors;
    uint32_t i = 0;

    if (vg_json_is_null(from) || (from->kind == VG_JSON_OBJECT && from->count == 0))
        return true;
    to->vector_count = from->kind == VG_JSON_OBJECT ? from->count : 1;
    to->vectors = vectors = VG_TAKE_N(t->scratch, vg_vector, to->vector_count);
    if (vectors == NULL)
        return false;
    if (from->kind != VG_JSON_OBJECT)
        return read_vector(t, from, (vg_slice){0}, vectors);
    for (const vg_json *at = from->first; at != NULL; at = at->next) {
        if (!read_vector(t, at, at->key, &vectors[i++]))
            return false;
    }
    return true;
}

enum member { ID, VERSION, SCORE, PAYLOAD, VECTOR, ORDER, MEMBERS };

/* The members of a point that mean something here; NULL where it has none. All in one pass: each
 * hit of each answer goes through here. */
static void find_members(const vg_json *from, const vg_json *found[MEMBERS])
{
    static const vg_slice names[MEMBERS] = {
        [ID] = VG_LIT_INIT("id"),         [VERSION] = VG_LIT_INIT("version"),
        [SCORE] = VG_LIT_INIT("score"),   [PAYLOAD] = VG_LIT_INIT("payload"),
        [VECTOR] = VG_LIT_INIT("vector"), [ORDER] = VG_LIT_INIT("order_value"),
    };

    if (from->kind != VG_JSON_OBJECT)
        return;
    for (const vg_json *at = from->first; at != NULL; at = at->next) {
        int m = 0;

        while (m < MEMBERS && !vg_slice_is(at->key, names[m]))
            m++;
        if (m < MEMBERS)
            found[m] = at;
    }
}

/* Its id, and its payload. */
static bool read_identity(vg_try *t, const vg_json *const members[MEMBERS], struct wanted wanted,
                          vg_point *to)
{
    if (t->state != NULL)
        return vg_qdrant_own_point(t->state, members[PAYLOAD], wanted.payload, to);
    return vg_qdrant_read_id(t, members[ID], &to->id) && read_payload(members[PAYLOAD], to);
}

static bool read_point(vg_try *t, const vg_json *from, struct wanted wanted, vg_point *to)
{
    const vg_json *members[MEMBERS] = {NULL};

    find_members(from, members);
    to->has_payload = wanted.payload;
    to->has_vectors = wanted.vectors;
    if (!vg_json_is_null(members[VERSION]) &&
        !vg_json_read_u64(t->scratch, members[VERSION], &to->version, NULL))
        return false;
    return read_identity(t, members, wanted, to) &&
           (!wanted.score || read_score(t, members[SCORE], to)) &&
           read_order(t, members[ORDER], to) && read_vectors(t, members[VECTOR], to);
}

bool vg_qdrant_read_points(vg_try *t, const vg_json *list, struct wanted wanted, vg_points *out)
{
    vg_point *points;
    uint32_t i = 0;

    if (list == NULL || list->kind != VG_JSON_ARRAY)
        return vg_qdrant_misread(t, "where points should be is no list") == VG_DONE;
    points = VG_TAKE_N(t->scratch, vg_point, list->count > 0 ? list->count : 1);
    if (points == NULL)
        return vg_try_fail(t, VG_TOO_LARGE, (vg_slice){0}) == VG_DONE;
    for (const vg_json *at = list->first; at != NULL; at = at->next) {
        if (!read_point(t, at, wanted, &points[i++]))
            return vg_qdrant_misread(t, "one of its points is not of the form it should have") ==
                   VG_DONE;
    }
    *out = (vg_points){points, i};
    return true;
}

vg_next vg_qdrant_decode_get(const vg_op *op, vg_try *t, const vg_http_reply *reply)
{
    const vg_json *result = vg_qdrant_read_result(op, t, reply);
    struct wanted wanted = {op->in.get.with_payload.want != VG_PAYLOAD_NONE,
                            op->in.get.with_vectors.want != VG_VECTORS_NONE, false};

    if (result == NULL || !vg_qdrant_read_points(t, result, wanted, &t->result.points))
        return VG_FAIL;
    return VG_DONE;
}

vg_next vg_qdrant_decode_scroll(const vg_op *op, vg_try *t, const vg_http_reply *reply)
{
    const vg_json *result = vg_qdrant_read_result(op, t, reply);
    const vg_json *next = vg_json_get(result, VG_LIT("next_page_offset"));
    struct wanted wanted = {op->in.scroll.with_payload.want != VG_PAYLOAD_NONE,
                            op->in.scroll.with_vectors.want != VG_VECTORS_NONE, false};

    if (result == NULL || !vg_qdrant_read_points(t, vg_json_get(result, VG_LIT("points")), wanted,
                                                 &t->result.page.points))
        return VG_FAIL;
    if (t->state != NULL) {
        vg_qdrant_own_page(op, &t->result.page.points, &t->result.page.next);
        return VG_DONE;
    }
    if (!vg_json_is_null(next) && !vg_qdrant_read_id(t, next, &t->result.page.next))
        return vg_qdrant_misread(t, "next_page_offset is no point id");
    return VG_DONE;
}

vg_next vg_qdrant_decode_count(const vg_op *op, vg_try *t, const vg_http_reply *reply)
{
    const vg_json *result = vg_qdrant_read_result(op, t, reply);
    const vg_json *count = vg_json_get(result, VG_LIT("count"));

    if (result == NULL)
        return VG_FAIL;
    if (count == NULL || !vg_json_read_u64(t->scratch, count, &t->result.count, NULL))
        return vg_qdrant_misread(t, "it has no count");
    return VG_DONE;
}

/* --- facets ---------------------------------------------------------------------------------- */

bool vg_qdrant_read_value(vg_try *t, const vg_json *from, vg_match_value *to)
{
    if (from == NULL)
        return false;
    if (from->kind == VG_JSON_STRING) {
        *to = (vg_match_value){.kind = VG_MATCH_TEXT, .text = from->text};
        return true;
    }
    if (from->kind == VG_JSON_TRUE || from->kind == VG_JSON_FALSE) {
        *to = (vg_match_value){.kind = VG_MATCH_BOOL, .integer = from->kind == VG_JSON_TRUE};
        return true;
    }
    to->kind = VG_MATCH_INTEGER;
    return vg_json_read_i64(t->scratch, from, &to->integer, NULL);
}

vg_next vg_qdrant_decode_facet(const vg_op *op, vg_try *t, const vg_http_reply *reply)
{
    const vg_json *result = vg_qdrant_read_result(op, t, reply);
    const vg_json *list = vg_json_get(result, VG_LIT("hits"));
    vg_facet_hit *hits;
    uint32_t i = 0;

    if (result == NULL)
        return VG_FAIL;
    if (list == NULL || list->kind != VG_JSON_ARRAY)
        return vg_qdrant_misread(t, "it has no hits");
    hits = VG_TAKE_N(t->scratch, vg_facet_hit, list->count > 0 ? list->count : 1);
    if (hits == NULL)
        return vg_try_fail(t, VG_TOO_LARGE, (vg_slice){0});
    for (const vg_json *at = list->first; at != NULL; at = at->next, i++) {
        const vg_json *count = vg_json_get(at, VG_LIT("count"));

        if (!vg_qdrant_read_value(t, vg_json_get(at, VG_LIT("value")), &hits[i].value) ||
            count == NULL || !vg_json_read_u64(t->scratch, count, &hits[i].count, NULL))
            return vg_qdrant_misread(t, "one of its hits is not of the form it should have");
    }
    t->result.facet.at = hits;
    t->result.facet.count = i;
    return VG_DONE;
}

/* --- what became of a change ----------------------------------------------------------------- */

/* "completed", or accepted only: "acknowledged", "wait_timeout". */
static bool read_written(vg_try *t, const vg_json *from, uint64_t *operation_id, bool *completed)
{
    const vg_json *id = vg_json_get(from, VG_LIT("operation_id"));
    const vg_json *status = vg_json_get(from, VG_LIT("status"));

    if (status == NULL || status->kind != VG_JSON_STRING ||
        (!vg_json_is_null(id) && !vg_json_read_u64(t->scratch, id, operation_id, NULL)))
        return vg_qdrant_misread(t, "it does not say what became of the write") == VG_DONE;
    *completed = vg_slice_is(status->text, VG_LIT("completed"));
    return true;
}

vg_next vg_qdrant_decode_written(const vg_op *op, vg_try *t, const vg_http_reply *reply)
{
    const vg_json *result = vg_qdrant_read_result(op, t, reply);

    if (result == NULL ||
        !read_written(t, result, &t->result.written.operation_id, &t->result.written.completed))
        return VG_FAIL;
    return VG_DONE;
}

vg_next vg_qdrant_decode_batch(const vg_op *op, vg_try *t, const vg_http_reply *reply)
{
    const vg_json *result = vg_qdrant_read_result(op, t, reply);
    uint64_t *ids;
    uint32_t i = 0;
    bool all = true;

    if (result == NULL)
        return VG_FAIL;
    if (result->kind != VG_JSON_ARRAY || result->count != op->in.update.count)
        return vg_qdrant_misread(t, "it has another number of results than there were operations");
    ids = VG_TAKE_N(t->scratch, uint64_t, result->count > 0 ? result->count : 1);
    if (ids == NULL)
        return vg_try_fail(t, VG_TOO_LARGE, (vg_slice){0});
    for (const vg_json *at = result->first; at != NULL; at = at->next) {
        bool completed = false;

        if (!read_written(t, at, &ids[i++], &completed))
            return VG_FAIL;
        all = all && completed;
    }
    t->result.batch.operation_ids = ids;
    t->result.batch.count = i;
    t->result.batch.completed = all;
    return VG_DONE;
}
