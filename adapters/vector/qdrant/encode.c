/* From an op to a request that reads points. Vectors, filters, selectors and parameters that came
 * as JSON go through as they came: no float is made. Packed floats are printed. */
#include "adapters/vector/qdrant/body.h"

/* --- parts ----------------------------------------------------------------------------------- */

static void put_payload_selector(struct body *body, const vg_payload_selector *want)
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

static void put_vector_selector(struct body *body, const vg_vector_selector *want)
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
    put_payload_selector(body, &op->in.get.with_payload);
    put_vector_selector(body, &op->in.get.with_vectors);
    return vg_qdrant_close_body(body, t, out);
}

/* `exact` joins the parameters unless they name it themselves. */
static void put_params(struct body *body, const vg_search *search)
{
    vg_slice members = vg_qdrant_members_of(search->params);
    bool names_exact = members.len > 0 && memmem(members.at, members.len, "\"exact\"", 7) != NULL;

    if (members.len == 0 && !search->exact)
        return;
    vg_json_put_key(&body->out, VG_LIT("params"));
    if (!search->exact || names_exact) {
        vg_json_put_raw(&body->out, search->params);
        return;
    }
    vg_json_open_object(&body->out);
    vg_json_put_key(&body->out, VG_LIT("exact"));
    vg_json_put_bool(&body->out, true);
    if (members.len > 0) {
        vg_buf_put_byte(&body->buf, ',');
        vg_buf_put(&body->buf, members);
    }
    vg_json_close_object(&body->out);
}

static bool put_query(struct body *body, const vg_search *search, vg_try *t)
{
    vg_json_put_key(&body->out, VG_LIT("query"));
    if (search->by_id.kind == VG_ID_NONE)
        vg_vector_write(&body->out, &search->vector);
    else if (!vg_qdrant_put_id(body, &search->by_id, t))
        return false;
    if (search->using_name.len > 0)
        vg_qdrant_put_text(body, VG_LIT("using"), search->using_name);
    if (!vg_qdrant_put_filter(body, search->filter, t))
        return false;
    put_params(body, search);
    if (search->has_threshold) {
        vg_json_put_key(&body->out, VG_LIT("score_threshold"));
        vg_json_put_f32(&body->out, search->threshold);
    }
    vg_qdrant_put_u64(body, VG_LIT("limit"), search->limit);
    if (search->offset > 0)
        vg_qdrant_put_u64(body, VG_LIT("offset"), search->offset);
    put_payload_selector(body, &search->with_payload);
    put_vector_selector(body, &search->with_vectors);
    return true;
}

static bool put_queries(struct body *body, const vg_op *op, vg_try *t)
{
    vg_json_put_key(&body->out, VG_LIT("searches"));
    vg_json_open_array(&body->out);
    for (uint32_t i = 0; i < op->in.search.count; i++) {
        vg_json_open_object(&body->out);
        if (!put_query(body, &op->in.search.queries[i], t))
            return false;
        vg_json_close_object(&body->out);
    }
    vg_json_close_array(&body->out);
    return true;
}

bool vg_qdrant_encode_search(const vg_op *op, vg_try *t, vg_http_request *out)
{
    bool is_one = op->in.search.count == 1;
    vg_slice suffix = is_one ? VG_LIT("/points/query") : VG_LIT("/points/query/batch");
    struct body *body;

    if (!vg_qdrant_ask(t, out, "POST", vg_qdrant_points_path(op, t, suffix)) ||
        (body = vg_qdrant_open_body(t, 0)) == NULL)
        return false;
    if (is_one ? !put_query(body, op->in.search.queries, t) : !put_queries(body, op, t))
        return false;
    return vg_qdrant_close_body(body, t, out);
}

/* Date-times are microseconds for Qdrant, too. */
static void put_order(struct body *body, const vg_order_by *order)
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

bool vg_qdrant_encode_scroll(const vg_op *op, vg_try *t, vg_http_request *out)
{
    struct body *body;

    if (!vg_qdrant_ask(t, out, "POST", vg_qdrant_points_path(op, t, VG_LIT("/points/scroll"))) ||
        (body = vg_qdrant_open_body(t, 0)) == NULL ||
        !vg_qdrant_put_filter(body, op->in.scroll.filter, t))
        return false;
    vg_qdrant_put_u64(body, VG_LIT("limit"), op->in.scroll.limit);
    if (op->in.scroll.order.key.len > 0)
        put_order(body, &op->in.scroll.order);
    if (op->in.scroll.from.kind != VG_ID_NONE) {
        vg_json_put_key(&body->out, VG_LIT("offset"));
        if (!vg_qdrant_put_id(body, &op->in.scroll.from, t))
            return false;
    }
    put_payload_selector(body, &op->in.scroll.with_payload);
    put_vector_selector(body, &op->in.scroll.with_vectors);
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
