/* Native requests that read points. Pure: any thread. */
#include "base/datetime.h"
#include "front/native/native.h"

enum { DEFAULT_LIMIT = 10 };

static const bounds at_least_one = {1, UINT32_MAX}, any_count = {0, UINT32_MAX};

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

/* ---- search ---- */

static bool read_target(vg_arena *arena, const vg_json *body, either of, vg_search *to,
                        vg_status *status)
{
    if (!vg_native_is_one(arena, body, of, status))
        return false;
    return of.at_one ? vg_native_read_vector(arena, of.at_one, &to->vector, status)
                     : vg_native_read_id(arena, of.at_other, &to->by_id, status);
}

static bool read_text(vg_arena *arena, const vg_json *v, vg_slice *out, vg_status *status)
{
    return !v || vg_json_read_text(arena, v, out, status);
}

static bool read_query_of(const vg_front_in *in, vg_op *op, vg_search *to, vg_status *status)
{
    const vg_json *vector = NULL, *id = NULL, *using = NULL, *filter = NULL, *limit = NULL,
                  *offset = NULL, *threshold = NULL, *exact = NULL;
    struct wish wish = {0};
    const field fields[] = {
        {"vector", &vector, false},
        {"id", &id, false},
        {"using", &using, false},
        {"filter", &filter, false},
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
    return read_target(op->arena, in->body, (either){"vector", "id", vector, id}, to, status) &&
           read_text(op->arena, using, &to->using_name, status) &&
           vg_native_read_filter(op->arena, filter, &to->filter, status) &&
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

/* ---- scroll ---- */

static bool read_direction(vg_arena *arena, const vg_json *v, bool *descends, vg_status *status)
{
    if (!v)
        return true;
    if (v->kind != VG_JSON_STRING)
        return vg_json_mismatch(arena, v, "a string", status);
    *descends = vg_slice_is(v->text, VG_LIT("desc"));
    return *descends || vg_slice_is(v->text, VG_LIT("asc")) ||
           vg_native_wrong(arena, v, "unknown direction; known are asc, desc", status);
}

/* A number, or a date-time. */
static bool read_start(vg_arena *arena, const vg_json *v, vg_order_by *to, vg_status *status)
{
    vg_order_value *start = &to->start;

    if (!v)
        return true;
    to->has_start = true;
    if (v->kind == VG_JSON_STRING) {
        start->is_integer = vg_datetime_read(v->text, &start->integer);
        return start->is_integer || vg_json_mismatch(arena, v, "a number or a date-time", status);
    }
    if (v->kind != VG_JSON_NUMBER)
        return vg_json_mismatch(arena, v, "a number or a date-time", status);
    start->is_integer = vg_json_read_i64(arena, v, &start->integer, NULL);
    return start->is_integer || vg_json_read_f64(arena, v, &start->real, status);
}

static bool read_order(vg_arena *arena, const vg_json *v, vg_order_by *to, vg_status *status)
{
    const vg_json *key = NULL, *direction = NULL, *start = NULL;
    const field fields[] = {
        {"key", &key, true}, {"direction", &direction, false}, {"start_from", &start, false}};

    return !v || (READ_FIELDS(arena, v, fields, status) &&
                  vg_native_read_path(arena, key, &to->key, status) &&
                  read_direction(arena, direction, &to->descends, status) &&
                  read_start(arena, start, to, status));
}

static bool read_place(vg_op *op, const vg_json *from, const vg_json *order, vg_status *status)
{
    if (from && order)
        return vg_native_wrong(op->arena, from,
                               "pages by \"order_by\" go on with its \"start_from\"", status);
    return (!from || vg_native_read_id(op->arena, from, &op->in.scroll.from, status)) &&
           read_order(op->arena, order, &op->in.scroll.order, status);
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
