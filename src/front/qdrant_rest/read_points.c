/* Bodies of the reads of points, except queries: retrieve, scroll, count, facet (FACTS 6). */
#include "front/qdrant_rest/params.h"
#include "front/qdrant_rest/qdrant.h"
#include "front/qdrant_rest/read_select.h"

enum { DEFAULT_LIMIT = 10 };

static const vg_unbuilt unbuilt[] = {
    {"shard_key", NULL, "shard keys are"},
    {0},
};

static vg_reader reader_of(const vg_op *op, vg_status *status)
{
    return (vg_reader){op->arena, status};
}

static bool begin(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_reader r = reader_of(op, status);

    return vg_params_read(in, op, status) && vg_member_body(r, in->body) &&
           vg_member_refuse(r, in->body, unbuilt);
}

/* ---- by ids ---- */

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

    if (!begin(in, op, status))
        return false;
    ids = vg_member_need(r, in->body, "ids", NULL);
    return ids && vg_read_select_ids(r, ids, &op->in.get.ids, &op->in.get.count) &&
           vg_read_select_payload(r, in->body, &op->in.get.with_payload) &&
           vg_read_select_vectors(r, in->body, &op->in.get.with_vectors);
}

/* ---- page by page ---- */

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

/* ---- in the order of a field's values ---- */

/* Pages of such an order are told by its values, not by an id. */
static bool check_order(vg_reader r, const vg_json *body)
{
    const vg_json *offset = vg_member_get(body, "offset", NULL);

    return !offset || !vg_member_get(body, "order_by", NULL) ||
           vg_member_wrong(r, offset, VG_INVALID,
                           "Cannot use an `offset` when using `order_by`. The alternative for "
                           "paging is to use `order_by.start_from` and a filter to exclude the IDs "
                           "that you've already seen for the `order_by.start_from` value");
}

bool vg_read_points_scroll(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_reader r = reader_of(op, status);

    op->in.scroll.limit = DEFAULT_LIMIT;
    op->in.scroll.with_payload.want = VG_PAYLOAD_ALL;
    return begin(in, op, status) &&
           vg_member_count(r, vg_member_get(in->body, "limit", NULL), 1, &op->in.scroll.limit) &&
           read_offset(r, vg_member_get(in->body, "offset", NULL), &op->in.scroll.from) &&
           vg_read_order(r, vg_member_get(in->body, "order_by", NULL), &op->in.scroll.order) &&
           vg_read_select_filter(r, in->body, &op->in.scroll.filter) &&
           vg_read_select_payload(r, in->body, &op->in.scroll.with_payload) &&
           vg_read_select_vectors(r, in->body, &op->in.scroll.with_vectors) &&
           check_order(r, in->body);
}

/* ---- numbers of points ---- */

bool vg_read_points_count(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_reader r = reader_of(op, status);

    op->in.count.exact = true;
    return begin(in, op, status) &&
           vg_member_bool(r, vg_member_get(in->body, "exact", NULL), &op->in.count.exact) &&
           vg_read_select_filter(r, in->body, &op->in.count.filter);
}

bool vg_read_points_facet(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_reader r = reader_of(op, status);
    const vg_json *key;

    op->in.facet.limit = DEFAULT_LIMIT;
    if (!begin(in, op, status))
        return false;
    key = vg_member_need(r, in->body, "key", NULL);
    return key && vg_member_path(r, key, &op->in.facet.key) &&
           vg_member_count(r, vg_member_get(in->body, "limit", NULL), 1, &op->in.facet.limit) &&
           vg_member_bool(r, vg_member_get(in->body, "exact", NULL), &op->in.facet.exact) &&
           vg_read_select_filter(r, in->body, &op->in.facet.filter);
}
