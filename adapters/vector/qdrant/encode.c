/* From an op to a request that reads points, but for queries (encode_query.c). Vectors, filters,
 * selectors and parameters that came as JSON go through as they came: no float is made. Packed
 * floats are printed. */
#include "adapters/vector/qdrant/body.h"

/* --- parts ----------------------------------------------------------------------------------- */

void vg_qdrant_put_payload_selector(struct body *body, const vg_payload_selector *want)
{
    vg_json_put_key(&body->out, VG_LIT("with_payload"));
    if (want->want == VG_PAYLOAD_NONE || want->want == VG_PAYLOAD_ALL) {
        vg_json_put_bool(&body->out, want->want == VG_PAYLOAD_ALL);
        return;
    }
    if (want->raw.len > 0) {
        vg_json_put_raw(&body->out, want->raw);
        return;
    }
    vg_json_open_object(&body->out);
    vg_json_put_key(&body->out,
                    want->want == VG_PAYLOAD_INCLUDE ? VG_LIT("include") : VG_LIT("exclude"));
    vg_qdrant_put_texts(body, want->paths, want->path_count);
    vg_json_close_object(&body->out);
}

void vg_qdrant_put_vector_selector(struct body *body, const vg_vector_selector *want)
{
    vg_json_put_key(&body->out, VG_LIT("with_vector"));
    if (want->want == VG_VECTORS_NAMED)
        vg_qdrant_put_texts(body, want->names, want->name_count);
    else
        vg_json_put_bool(&body->out, want->want == VG_VECTORS_ALL);
}

/* --- reading points -------------------------------------------------------------------------- */

bool vg_qdrant_encode_get(const vg_op *op, vg_try *t, vg_http_request *out)
{
    struct body *body;

    if (!vg_qdrant_ask(t, out, "POST", vg_qdrant_points_path(op, t, VG_LIT("/points"))) ||
        (body = vg_qdrant_open_body(t, 128 + 40 * (size_t)op->in.get.count)) == NULL ||
        !vg_qdrant_put_ids(body, VG_LIT("ids"), op->in.get.ids, op->in.get.count, t))
        return false;
    vg_qdrant_put_payload_selector(body, &op->in.get.with_payload);
    vg_qdrant_put_vector_selector(body, &op->in.get.with_vectors);
    return vg_qdrant_close_body(body, t, out);
}

/* Date-times are microseconds for Qdrant, too. */
void vg_qdrant_put_order(struct body *body, const vg_order_by *order)
{
    vg_json_put_key(&body->out, VG_LIT("order_by"));
    vg_json_open_object(&body->out);
    vg_qdrant_put_text(body, VG_LIT("key"), order->key);
    vg_qdrant_put_text(body, VG_LIT("direction"), order->descends ? VG_LIT("desc") : VG_LIT("asc"));
    if (order->has_start) {
        vg_json_put_key(&body->out, VG_LIT("start_from"));
        if (order->start.is_integer)
            vg_json_put_i64(&body->out, order->start.integer);
        else
            vg_json_put_f64(&body->out, order->start.real);
    }
    vg_json_close_object(&body->out);
}

/* A random sample is a query of its own. */
bool vg_qdrant_encode_scroll(const vg_op *op, vg_try *t, vg_http_request *out)
{
    struct body *body;

    if (op->in.scroll.is_random)
        return vg_qdrant_encode_sample(op, t, out);
    if (!vg_qdrant_ask(t, out, "POST", vg_qdrant_points_path(op, t, VG_LIT("/points/scroll"))) ||
        (body = vg_qdrant_open_body(t, 0)) == NULL ||
        !vg_qdrant_put_filter(body, op->in.scroll.filter, t))
        return false;
    vg_qdrant_put_u64(body, VG_LIT("limit"), op->in.scroll.limit);
    if (op->in.scroll.order.key.len > 0)
        vg_qdrant_put_order(body, &op->in.scroll.order);
    if (op->in.scroll.from.kind != VG_ID_NONE) {
        vg_json_put_key(&body->out, VG_LIT("offset"));
        if (!vg_qdrant_put_id(body, &op->in.scroll.from, t))
            return false;
    }
    vg_qdrant_put_payload_selector(body, &op->in.scroll.with_payload);
    vg_qdrant_put_vector_selector(body, &op->in.scroll.with_vectors);
    return vg_qdrant_close_body(body, t, out);
}

bool vg_qdrant_encode_count(const vg_op *op, vg_try *t, vg_http_request *out)
{
    struct body *body;

    if (!vg_qdrant_ask(t, out, "POST", vg_qdrant_points_path(op, t, VG_LIT("/points/count"))) ||
        (body = vg_qdrant_open_body(t, 0)) == NULL ||
        !vg_qdrant_put_filter(body, op->in.count.filter, t))
        return false;
    vg_qdrant_put_bool(body, VG_LIT("exact"), op->in.count.exact);
    return vg_qdrant_close_body(body, t, out);
}

bool vg_qdrant_encode_facet(const vg_op *op, vg_try *t, vg_http_request *out)
{
    struct body *body;

    if (!vg_qdrant_ask(t, out, "POST", vg_qdrant_points_path(op, t, VG_LIT("/facet"))) ||
        (body = vg_qdrant_open_body(t, 0)) == NULL)
        return false;
    vg_qdrant_put_text(body, VG_LIT("key"), op->in.facet.key);
    vg_qdrant_put_u64(body, VG_LIT("limit"), op->in.facet.limit);
    if (!vg_qdrant_put_filter(body, op->in.facet.filter, t))
        return false;
    vg_qdrant_put_bool(body, VG_LIT("exact"), op->in.facet.exact);
    return vg_qdrant_close_body(body, t, out);
}
