/* Operations on points to native answers. Pure: any thread. */
#include "front/native/native.h"

static void put(vg_json_out *out, const char *key)
{
    vg_json_put_key(out, vg_slice_str(key));
}

/* ---- changes ---- */

static void write_change(vg_json_out *json, uint64_t operation_id, bool completed)
{
    vg_json_open_object(json);
    put(json, "operation_id");
    vg_json_put_u64(json, operation_id);
    put(json, "status");
    vg_json_put_text(json, completed ? VG_LIT("completed") : VG_LIT("acknowledged"));
    vg_json_close_object(json);
}

void vg_native_write_written(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    write_change(&json, op->out.written.operation_id, op->out.written.completed);
}

void vg_native_write_batch(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    vg_json_open_object(&json);
    put(&json, "operations");
    vg_json_open_array(&json);
    for (uint32_t i = 0; i < op->out.batch.count; i++)
        write_change(&json, op->out.batch.operation_ids[i], op->out.batch.completed);
    vg_json_close_array(&json);
    vg_json_close_object(&json);
}

/* ---- points ---- */

void vg_native_write_list(vg_json_out *json, const vg_op *op, found how, const vg_points *points)
{
    put(json, "points");
    vg_json_open_array(json);
    for (uint32_t i = 0; i < points->count; i++) {
        vg_json_open_object(json);
        vg_native_write_members(json, op, how, &points->at[i]);
        vg_json_close_object(json);
    }
    vg_json_close_array(json);
}

void vg_native_write_points(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    vg_json_open_object(&json);
    vg_native_write_list(&json, op, (found){0}, &op->out.points);
    vg_json_close_object(&json);
}

static void write_no_point(const vg_op *op, vg_front_out *out)
{
    vg_slice id = vg_point_id_text(op->arena, &op->in.get.ids[0]);

    vg_native_write_absent(
        op, "id", vg_arena_printf(op->arena, "Point with id " VG_FMT " doesn't exist!", VG_ARG(id)),
        out);
}

void vg_native_write_point(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    if (op->out.points.count == 0) {
        write_no_point(op, out);
        return;
    }
    vg_json_open_object(&json);
    vg_native_write_members(&json, op, (found){0}, &op->out.points.at[0]);
    vg_json_close_object(&json);
}

void vg_native_write_page(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    vg_json_open_object(&json);
    vg_native_write_list(&json, op, (found){.order = &op->in.scroll.order}, &op->out.page.points);
    put(&json, "next");
    vg_point_id_write(&json, &op->out.page.next);
    vg_json_close_object(&json);
}

void vg_native_write_count(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    vg_json_open_object(&json);
    put(&json, "count");
    vg_json_put_u64(&json, op->out.count);
    vg_json_close_object(&json);
}

/* ---- facets ---- */

void vg_native_write_value(vg_json_out *json, const vg_match_value *value)
{
    if (value->kind == VG_MATCH_TEXT)
        vg_json_put_text(json, value->text);
    else if (value->kind == VG_MATCH_BOOL)
        vg_json_put_bool(json, value->integer != 0);
    else
        vg_json_put_i64(json, value->integer);
}

void vg_native_write_facet(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    vg_json_open_object(&json);
    put(&json, "hits");
    vg_json_open_array(&json);
    for (uint32_t i = 0; i < op->out.facet.count; i++) {
        vg_json_open_object(&json);
        put(&json, "value");
        vg_native_write_value(&json, &op->out.facet.at[i].value);
        put(&json, "count");
        vg_json_put_u64(&json, op->out.facet.at[i].count);
        vg_json_close_object(&json);
    }
    vg_json_close_array(&json);
    vg_json_close_object(&json);
}
