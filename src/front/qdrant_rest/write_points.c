/* Answers of the reads of points (FACTS 4, 6 and 8). */
#include "front/qdrant_rest/qdrant.h"

/* ---- records and hits ---- */

/* The unnamed vector alone is a plain list, everything else a map by names (FACTS 4). */
static void put_vectors(vg_json_out *json, const vg_point *point)
{
    if (point->vector_count == 1 && point->vectors[0].name.len == 0) {
        vg_vector_write(json, &point->vectors[0]);
        return;
    }
    vg_json_open_object(json);
    for (uint32_t i = 0; i < point->vector_count; i++) {
        vg_json_put_key(json, point->vectors[i].name);
        vg_vector_write(json, &point->vectors[i]);
    }
    vg_json_close_object(json);
}

static void put_parts(vg_json_out *json, const vg_point *point)
{
    if (point->has_payload) {
        vg_json_put_name(json, VG_JSON_NAME("payload"));
        vg_json_put_raw(json, point->payload.len > 0 ? point->payload : VG_LIT("{}"));
    }
    if (point->has_vectors) {
        vg_json_put_name(json, VG_JSON_NAME("vector"));
        put_vectors(json, point);
    }
}

static void put_order(vg_json_out *json, const vg_point *point)
{
    if (!point->has_order)
        return;
    vg_json_put_name(json, VG_JSON_NAME("order_value"));
    if (point->order.is_integer)
        vg_json_put_i64(json, point->order.integer);
    else
        vg_json_put_f64(json, point->order.real);
}

void vg_write_points_put_record(vg_json_out *json, const vg_point *point)
{
    vg_json_open_object(json);
    vg_json_put_name(json, VG_JSON_NAME("id"));
    vg_point_id_write(json, &point->id);
    put_parts(json, point);
    put_order(json, point);
    vg_json_close_object(json);
}

void vg_write_points_put_hit(vg_json_out *json, const vg_point *point)
{
    vg_json_open_object(json);
    vg_json_put_name(json, VG_JSON_NAME("id"));
    vg_point_id_write(json, &point->id);
    vg_json_put_name(json, VG_JSON_NAME("version"));
    vg_json_put_u64(json, point->has_score ? point->version : 0);
    vg_json_put_name(json, VG_JSON_NAME("score"));
    vg_json_put_f32(json, point->has_score ? point->score : 0);
    put_parts(json, point);
    put_order(json, point);
    vg_json_close_object(json);
}

static void put_records(vg_json_out *json, vg_points list)
{
    vg_json_open_array(json);
    for (uint32_t i = 0; i < list.count; i++)
        vg_write_points_put_record(json, &list.at[i]);
    vg_json_close_array(json);
}

/* ---- retrieve, scroll, count, facet ---- */

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
    vg_write_points_put_record(&json, &op->out.points.at[0]);
    vg_envelope_close(&json, out);
}

void vg_write_points_many(const vg_op *op, vg_front_out *out)
{
    vg_json_out json;

    vg_envelope_open(&json, out);
    put_records(&json, op->out.points);
    vg_envelope_close(&json, out);
}

void vg_write_points_page(const vg_op *op, vg_front_out *out)
{
    vg_json_out json;

    vg_envelope_open(&json, out);
    vg_json_open_object(&json);
    vg_json_put_name(&json, VG_JSON_NAME("points"));
    put_records(&json, op->out.page.points);
    vg_json_put_name(&json, VG_JSON_NAME("next_page_offset"));
    vg_point_id_write(&json, &op->out.page.next);
    vg_json_close_object(&json);
    vg_envelope_close(&json, out);
}

void vg_write_points_count(const vg_op *op, vg_front_out *out)
{
    vg_json_out json;

    vg_envelope_open(&json, out);
    vg_json_open_object(&json);
    vg_json_put_name(&json, VG_JSON_NAME("count"));
    vg_json_put_u64(&json, op->out.count);
    vg_json_close_object(&json);
    vg_envelope_close(&json, out);
}

void vg_write_points_put_value(vg_json_out *json, const vg_match_value *value)
{
    if (value->kind == VG_MATCH_TEXT)
        vg_json_put_text(json, value->text);
    else if (value->kind == VG_MATCH_BOOL)
        vg_json_put_bool(json, value->integer != 0);
    else
        vg_json_put_i64(json, value->integer);
}

void vg_write_points_facet(const vg_op *op, vg_front_out *out)
{
    vg_json_out json;

    vg_envelope_open(&json, out);
    vg_json_open_object(&json);
    vg_json_put_name(&json, VG_JSON_NAME("hits"));
    vg_json_open_array(&json);
    for (uint32_t i = 0; i < op->out.facet.count; i++) {
        vg_json_open_object(&json);
        vg_json_put_name(&json, VG_JSON_NAME("value"));
        vg_write_points_put_value(&json, &op->out.facet.at[i].value);
        vg_json_put_name(&json, VG_JSON_NAME("count"));
        vg_json_put_u64(&json, op->out.facet.at[i].count);
        vg_json_close_object(&json);
    }
    vg_json_close_array(&json);
    vg_json_close_object(&json);
    vg_envelope_close(&json, out);
}
