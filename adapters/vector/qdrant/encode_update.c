/* Requests that change points. One change is the body of its own path; several are a list of such
 * bodies, each under the name of its kind. */
#include "adapters/vector/qdrant/body.h"

/* --- points ---------------------------------------------------------------------------------- */

/* A list is the unnamed vector; all else is a map. {} is a point without vectors. */
static void put_vectors(struct body *body, const vg_point *point)
{
    vg_json_put_key(&body->out, VG_LIT("vector"));
    if (point->vector_count == 1 && point->vectors[0].name.len == 0 &&
        point->vectors[0].form != VG_VECTOR_NONE) {
        vg_vector_write(&body->out, &point->vectors[0]);
        return;
    }
    vg_json_open_object(&body->out);
    for (uint32_t i = 0; i < point->vector_count; i++) {
        if (point->vectors[i].form == VG_VECTOR_NONE)
            continue;
        vg_json_put_key(&body->out, point->vectors[i].name);
        vg_vector_write(&body->out, &point->vectors[i]);
    }
    vg_json_close_object(&body->out);
}

static bool put_point(struct body *body, const vg_point *point, bool is_whole, vg_try *t)
{
    vg_json_open_object(&body->out);
    vg_json_put_key(&body->out, VG_LIT("id"));
    if (!vg_qdrant_put_id(body, &point->id, t))
        return false;
    put_vectors(body, point);
    if (is_whole && point->payload.len > 0)
        vg_qdrant_put_raw(body, VG_LIT("payload"), point->payload);
    vg_json_close_object(&body->out);
    return true;
}

static bool put_points(struct body *body, const vg_update *update, vg_try *t)
{
    vg_json_put_key(&body->out, VG_LIT("points"));
    vg_json_open_array(&body->out);
    for (uint32_t i = 0; i < update->point_count; i++) {
        if (!put_point(body, &update->points[i], update->kind == VG_OP_UPSERT, t))
            return false;
    }
    vg_json_close_array(&body->out);
    return true;
}

/* --- changes of those that are there --------------------------------------------------------- */

static bool put_selected(struct body *body, const vg_update *update, vg_try *t)
{
    if (update->id_count == 0 && update->filter != NULL)
        return vg_qdrant_put_filter(body, update->filter, t);
    return vg_qdrant_put_ids(body, VG_LIT("points"), update->ids, update->id_count, t);
}

static bool put_payload(struct body *body, const vg_update *update, vg_try *t)
{
    vg_qdrant_put_raw(body, VG_LIT("payload"),
                      update->payload.len > 0 ? update->payload : VG_LIT("{}"));
    if (update->kind == VG_OP_SET_PAYLOAD && update->key.len > 0)
        vg_qdrant_put_text(body, VG_LIT("key"), update->key);
    return put_selected(body, update, t);
}

static bool put_keys(struct body *body, const vg_update *update, vg_try *t)
{
    vg_json_put_key(&body->out, VG_LIT("keys"));
    vg_qdrant_put_texts(body, update->names, update->name_count);
    return put_selected(body, update, t);
}

static bool put_names(struct body *body, const vg_update *update, vg_try *t)
{
    vg_json_put_key(&body->out, VG_LIT("vector"));
    vg_qdrant_put_texts(body, update->names, update->name_count);
    return put_selected(body, update, t);
}

/* --- the table ------------------------------------------------------------------------------- */

static const struct row {
    const char *method;
    const char *path;
    const char *word; /* in a batch */
    bool (*put)(struct body *body, const vg_update *update, vg_try *t);
} rows[VG_OP_KINDS] = {
    [VG_OP_UPSERT] = {"PUT", "/points", "upsert", put_points},
    [VG_OP_DELETE] = {"POST", "/points/delete", "delete", put_selected},
    [VG_OP_SET_PAYLOAD] = {"POST", "/points/payload", "set_payload", put_payload},
    [VG_OP_OVERWRITE_PAYLOAD] = {"PUT", "/points/payload", "overwrite_payload", put_payload},
    [VG_OP_DELETE_PAYLOAD] = {"POST", "/points/payload/delete", "delete_payload", put_keys},
    [VG_OP_CLEAR_PAYLOAD] = {"POST", "/points/payload/clear", "clear_payload", put_selected},
    [VG_OP_UPDATE_VECTORS] = {"PUT", "/points/vectors", "update_vectors", put_points},
    [VG_OP_DELETE_VECTORS] = {"POST", "/points/vectors/delete", "delete_vectors", put_names},
};

/* A guess: text as it is, a packed float as 12 characters. */
static size_t guess_one(const vg_update *update)
{
    size_t bytes = 64 + update->payload.len + 40 * (size_t)update->id_count;

    for (uint32_t i = 0; i < update->point_count; i++) {
        const vg_point *point = &update->points[i];

        bytes += point->payload.len + 96;
        for (uint32_t j = 0; j < point->vector_count; j++)
            bytes +=
                point->vectors[j].bytes.len * (point->vectors[j].form == VG_VECTOR_F32 ? 3u : 1u);
    }
    return bytes;
}

static size_t guess(const vg_op *op)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < op->in.update.count && bytes < VG_QDRANT_REQUEST_BYTES; i++)
        bytes += guess_one(&op->in.update.at[i]);
    return bytes < VG_QDRANT_REQUEST_BYTES ? bytes : VG_QDRANT_REQUEST_BYTES;
}

bool vg_qdrant_encode_change(const vg_op *op, vg_try *t, vg_http_request *out)
{
    const struct row *row = &rows[op->kind];
    struct body *body;

    if (!vg_qdrant_ask(t, out, row->method,
                       vg_qdrant_change_path(op, t, row->path, op->in.update.wait)) ||
        (body = vg_qdrant_open_body(t, guess(op))) == NULL || !row->put(body, op->in.update.at, t))
        return false;
    return vg_qdrant_close_body(body, t, out);
}

static bool put_operation(struct body *body, const vg_update *update, vg_try *t)
{
    const struct row *row = &rows[update->kind];

    vg_json_open_object(&body->out);
    vg_json_put_key(&body->out, vg_slice_str(row->word));
    vg_json_open_object(&body->out);
    if (!row->put(body, update, t))
        return false;
    vg_json_close_object(&body->out);
    vg_json_close_object(&body->out);
    return true;
}

bool vg_qdrant_encode_batch(const vg_op *op, vg_try *t, vg_http_request *out)
{
    struct body *body;

    if (!vg_qdrant_ask(t, out, "POST",
                       vg_qdrant_change_path(op, t, "/points/batch", op->in.update.wait)) ||
        (body = vg_qdrant_open_body(t, guess(op))) == NULL)
        return false;
    vg_json_put_key(&body->out, VG_LIT("operations"));
    vg_json_open_array(&body->out);
    for (uint32_t i = 0; i < op->in.update.count; i++) {
        if (!put_operation(body, &op->in.update.at[i], t))
            return false;
    }
    vg_json_close_array(&body->out);
    return vg_qdrant_close_body(body, t, out);
}
