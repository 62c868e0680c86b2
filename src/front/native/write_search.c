/* Native answers of searches, groups of their points, and matrices. Pure: any thread. */
#include "front/native/native.h"

static void put(vg_json_out *out, const char *key)
{
    vg_json_put_key(out, vg_slice_str(key));
}

/* ---- searches ---- */

static const vg_search *search_of(const vg_op *op, uint32_t i)
{
    return op->kind == VG_OP_QUERY ? &op->in.query.at[i].search : &op->in.search.queries[i];
}

/* Points in an order and random ones have no scores, though they may be told some. */
static found found_by(const vg_query *query)
{
    return (found){.order = &query->order,
                   .has_no_scores =
                       query->kind == VG_QUERY_ORDER_BY || query->kind == VG_QUERY_SAMPLE};
}

static void put_answer(vg_json_out *json, const vg_op *op, uint32_t i, bool is_alone)
{
    vg_json_open_object(json);
    vg_native_write_list(json, op,
                         op->kind == VG_OP_QUERY ? found_by(&op->in.query.at[i]) : (found){0},
                         &op->out.searches.at[i]);
    if (search_of(op, i)->explains)
        vg_native_write_explain(json, op, i, is_alone);
    vg_json_close_object(json);
}

void vg_native_write_searched(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    put_answer(&json, op, 0, true);
}

void vg_native_write_searches(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    vg_json_open_object(&json);
    put(&json, "answers");
    vg_json_open_array(&json);
    for (uint32_t i = 0; i < op->out.searches.count; i++)
        put_answer(&json, op, i, false);
    vg_json_close_array(&json);
    if (op->out.searches.count > 0 && search_of(op, 0)->explains)
        vg_native_write_explain_all(&json, op);
    vg_json_close_object(&json);
}

/* ---- groups ---- */

/* A record of another collection: whether its vectors have names is not known here, so what it has
 * decides. */
static void put_record(vg_json_out *json, const vg_op *op, const vg_point *record)
{
    vg_op other = {.arena = op->arena};

    put(json, "lookup");
    if (!record) {
        vg_json_put_null(json);
        return;
    }
    vg_json_open_object(json);
    vg_native_write_members(json, &other, (found){0}, record);
    vg_json_close_object(json);
}

static void put_group(vg_json_out *json, const vg_op *op, const vg_group *group)
{
    vg_json_open_object(json);
    put(json, "id");
    vg_native_write_value(json, &group->id);
    vg_native_write_list(json, op, found_by(&op->in.groups.query), &group->hits);
    if (op->in.groups.grouping.lookup_collection.len > 0)
        put_record(json, op, group->lookup);
    vg_json_close_object(json);
}

void vg_native_write_groups(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    vg_json_open_object(&json);
    put(&json, "groups");
    vg_json_open_array(&json);
    for (uint32_t i = 0; i < op->out.groups.count; i++)
        put_group(&json, op, &op->out.groups.at[i]);
    vg_json_close_array(&json);
    vg_json_close_object(&json);
}

/* ---- matrices: each list is a point of the sample, then its neighbours ---- */

static void put_pairs(vg_json_out *json, const vg_points *row)
{
    for (uint32_t k = 1; k < row->count; k++) {
        vg_json_open_object(json);
        put(json, "a");
        vg_point_id_write(json, &row->at[0].id);
        put(json, "b");
        vg_point_id_write(json, &row->at[k].id);
        put(json, "score");
        vg_json_put_f32(json, row->at[k].score);
        vg_json_close_object(json);
    }
}

void vg_native_write_matrix(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    vg_json_open_object(&json);
    put(&json, "ids");
    vg_json_open_array(&json);
    for (uint32_t i = 0; i < op->out.searches.count; i++)
        vg_point_id_write(&json, &op->out.searches.at[i].at[0].id);
    vg_json_close_array(&json);
    put(&json, "pairs");
    vg_json_open_array(&json);
    for (uint32_t i = 0; i < op->out.searches.count; i++)
        put_pairs(&json, &op->out.searches.at[i]);
    vg_json_close_array(&json);
    vg_json_close_object(&json);
}
