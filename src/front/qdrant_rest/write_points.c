/* Answers of the routes on points (FACTS 5, 6 and 8). */
#include "front/member.h"
#include "front/qdrant_rest/qdrant.h"

/* `wait` asks for completion; without it, a write is acknowledged, though it is done already. */
void vg_write_points_written(const vg_op *op, vg_front_out *out)
{
    bool wait = op->in.update.wait;
    bool is_complete = wait && op->out.written.completed;
    vg_json_out json;

    vg_envelope_open(&json, out);
    vg_json_open_object(&json);
    vg_json_put_key(&json, VG_LIT("operation_id"));
    vg_json_put_u64(&json, op->out.written.operation_id);
    vg_json_put_key(&json, VG_LIT("status"));
    vg_json_put_text(&json, is_complete ? VG_LIT("completed") : VG_LIT("acknowledged"));
    vg_json_close_object(&json);
    vg_envelope_close(&json, out);
}

/* ---- records and hits ---- */

static void put_parts(vg_json_out *json, const vg_point *point)
{
    if (point->has_payload) {
        vg_json_put_key(json, VG_LIT("payload"));
        vg_json_put_raw(json, point->payload.len > 0 ? point->payload : VG_LIT("{}"));
    }
    if (!point->has_vectors)
        return;
    vg_json_put_key(json, VG_LIT("vector"));
    if (point->vector_count > 0)
        vg_vector_write(json, &point->vectors[0]);
    else
        vg_json_put_raw(json, VG_LIT("{}"));
}

static void put_record(vg_json_out *json, const vg_point *point)
{
    vg_json_open_object(json);
    vg_json_put_key(json, VG_LIT("id"));
    vg_point_id_write(json, &point->id);
    put_parts(json, point);
    vg_json_close_object(json);
}

/* What a query without a score finds has version and score 0. */
static void put_hit(vg_json_out *json, const vg_point *point)
{
    vg_json_open_object(json);
    vg_json_put_key(json, VG_LIT("id"));
    vg_point_id_write(json, &point->id);
    vg_json_put_key(json, VG_LIT("version"));
    vg_json_put_u64(json, point->has_score ? point->version : 0);
    vg_json_put_key(json, VG_LIT("score"));
    vg_json_put_f32(json, point->has_score ? point->score : 0);
    put_parts(json, point);
    vg_json_close_object(json);
}

typedef void put_point_fn(vg_json_out *json, const vg_point *point);

static void put_list(vg_json_out *json, vg_points list, put_point_fn *put)
{
    vg_json_open_array(json);
    for (uint32_t i = 0; i < list.count; i++)
        put(json, &list.at[i]);
    vg_json_close_array(json);
}

/* {"points": […]} */
static void put_hits(vg_json_out *json, vg_points list)
{
    vg_json_open_object(json);
    vg_json_put_key(json, VG_LIT("points"));
    put_list(json, list, put_hit);
    vg_json_close_object(json);
}

/* ---- retrieve, scroll, count ---- */

static void say_missing(const vg_op *op, vg_front_out *out)
{
    vg_slice id = vg_point_id_text(op->arena, &op->in.get.ids[0]);
    vg_status status = {.code = VG_NOT_FOUND};

    status.what =
        vg_arena_printf(op->arena, "Point with id " VG_FMT " does not exists!", VG_ARG(id));
    vg_error_write(op->arena, &status, out);
}

void vg_write_points_one(const vg_op *op, vg_front_out *out)
{
    vg_json_out json;

    if (op->out.points.count == 0) {
        say_missing(op, out);
        return;
    }
    vg_envelope_open(&json, out);
    put_record(&json, &op->out.points.at[0]);
    vg_envelope_close(&json, out);
}

void vg_write_points_many(const vg_op *op, vg_front_out *out)
{
    vg_json_out json;

    vg_envelope_open(&json, out);
    put_list(&json, op->out.points, put_record);
    vg_envelope_close(&json, out);
}

void vg_write_points_page(const vg_op *op, vg_front_out *out)
{
    vg_json_out json;

    vg_envelope_open(&json, out);
    vg_json_open_object(&json);
    vg_json_put_key(&json, VG_LIT("points"));
    put_list(&json, op->out.page.points, put_record);
    vg_json_put_key(&json, VG_LIT("next_page_offset"));
    vg_point_id_write(&json, &op->out.page.next);
    vg_json_close_object(&json);
    vg_envelope_close(&json, out);
}

void vg_write_points_count(const vg_op *op, vg_front_out *out)
{
    vg_json_out json;

    vg_envelope_open(&json, out);
    vg_json_open_object(&json);
    vg_json_put_key(&json, VG_LIT("count"));
    vg_json_put_u64(&json, op->out.count);
    vg_json_close_object(&json);
    vg_envelope_close(&json, out);
}

/* ---- query and search ---- */

/* The page of a query without `query` begins with what its `offset` leaves out. */
static vg_points behind_offset(const vg_op *op, const vg_front_in *in)
{
    vg_points page = op->out.page.points;
    vg_status ignored = {0};
    vg_reader r = {op->arena, &ignored};
    uint32_t offset = 0;

    vg_member_count(r, vg_member_get(in->body, "offset", NULL), 0, &offset);
    if (offset > page.count)
        offset = page.count;
    return (vg_points){page.at + offset, page.count - offset};
}

void vg_write_points_query(const vg_op *op, vg_front_out *out)
{
    bool is_scroll = op->kind == VG_OP_SCROLL;
    vg_json_out json;

    vg_envelope_open(&json, out);
    put_hits(&json, is_scroll ? behind_offset(op, out->in) : op->out.searches.at[0]);
    vg_envelope_close(&json, out);
}

void vg_write_points_batch(const vg_op *op, vg_front_out *out)
{
    vg_json_out json;

    vg_envelope_open(&json, out);
    vg_json_open_array(&json);
    for (uint32_t i = 0; i < op->out.searches.count; i++)
        put_hits(&json, op->out.searches.at[i]);
    vg_json_close_array(&json);
    vg_envelope_close(&json, out);
}

void vg_write_points_search(const vg_op *op, vg_front_out *out)
{
    vg_json_out json;

    vg_envelope_open(&json, out);
    put_list(&json, op->out.searches.at[0], put_hit);
    vg_envelope_close(&json, out);
}

void vg_write_points_searches(const vg_op *op, vg_front_out *out)
{
    vg_json_out json;

    vg_envelope_open(&json, out);
    vg_json_open_array(&json);
    for (uint32_t i = 0; i < op->out.searches.count; i++)
        put_list(&json, op->out.searches.at[i], put_hit);
    vg_json_close_array(&json);
    vg_envelope_close(&json, out);
}
