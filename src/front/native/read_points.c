/* Native requests that read points. Pure: any thread. */
#include "front/native/native.h"

enum { DEFAULT_LIMIT = 10 };

static const bounds at_least_one = {1, UINT32_MAX};

struct wish {
    const vg_json *payload, *vector; /* as asked; NULL: as usual */
};

static bool read_wish(vg_arena *arena, struct wish from, vg_payload_selector *payload,
                      vg_vector_selector *vectors, vg_status *status)
{
    return vg_native_read_with_payload(arena, from.payload, payload, status) &&
           vg_native_read_with_vector(arena, from.vector, vectors, status);
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

/* ---- scroll ---- */

static bool read_place(vg_op *op, const vg_json *from, const vg_json *order, vg_status *status)
{
    if (from && order)
        return vg_native_wrong(op->arena, from,
                               "pages by \"order_by\" go on with its \"start_from\"", status);
    return (!from || vg_native_read_id(op->arena, from, &op->in.scroll.from, status)) &&
           vg_native_read_order(op->arena, order, &op->in.scroll.order, status);
}

bool vg_native_read_scroll(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_json *from = NULL, *order = NULL, *filter = NULL, *limit = NULL;
    struct wish wish = {0};
    const field fields[] = {
        {"from", &from, false},
        {"order_by", &order, false},
        {"filter", &filter, false},
        {"limit", &limit, false},
        {"with_payload", &wish.payload, false},
        {"with_vector", &wish.vector, false},
    };

    op->in.scroll.limit = DEFAULT_LIMIT;
    return vg_native_read_query(in, op, status) &&
           (!in->body || READ_FIELDS(op->arena, in->body, fields, status)) &&
           read_place(op, from, order, status) &&
           vg_native_read_filter(op->arena, filter, &op->in.scroll.filter, status) &&
           vg_native_read_count(op->arena, limit, at_least_one, &op->in.scroll.limit, status) &&
           read_wish(op->arena, wish, &op->in.scroll.with_payload, &op->in.scroll.with_vectors,
                     status);
}

/* ---- count, facets ---- */

bool vg_native_read_counting(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_json *filter = NULL, *exact = NULL;
    const field fields[] = {{"filter", &filter, false}, {"exact", &exact, false}};

    op->in.count.exact = true;
    return vg_native_read_query(in, op, status) &&
           (!in->body || READ_FIELDS(op->arena, in->body, fields, status)) &&
           vg_native_read_filter(op->arena, filter, &op->in.count.filter, status) &&
           vg_native_read_bool(op->arena, exact, &op->in.count.exact, status);
}

bool vg_native_read_facet(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_json *key = NULL, *filter = NULL, *limit = NULL, *exact = NULL;
    const field fields[] = {{"key", &key, true},
                            {"filter", &filter, false},
                            {"limit", &limit, false},
                            {"exact", &exact, false}};

    op->in.facet.limit = DEFAULT_LIMIT;
    return vg_native_read_query(in, op, status) &&
           READ_FIELDS(op->arena, in->body, fields, status) &&
           vg_native_read_path(op->arena, key, &op->in.facet.key, status) &&
           vg_native_read_filter(op->arena, filter, &op->in.facet.filter, status) &&
           vg_native_read_count(op->arena, limit, at_least_one, &op->in.facet.limit, status) &&
           vg_native_read_bool(op->arena, exact, &op->in.facet.exact, status);
}
