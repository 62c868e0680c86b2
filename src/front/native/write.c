/* Operations to native answers. Pure: any thread. */
#include "front/native/native.h"

static const char *const colors[] = {
    [VG_GREEN] = "green", [VG_YELLOW] = "yellow", [VG_GREY] = "grey", [VG_RED] = "red"};

static void put(vg_json_out *out, const char *key)
{
    vg_json_put_key(out, vg_slice_str(key));
}

/* Adopted collections may have several vectors or none: then there is no dimension to tell. */
static void write_spec(vg_json_out *out, vg_slice name, const vg_collection_spec *spec)
{
    put(out, "name");
    vg_json_put_text(out, name);
    if (spec->vector_count != 1)
        return;
    put(out, "dimension");
    vg_json_put_u64(out, spec->vectors[0].size);
    put(out, "metric");
    vg_json_put_text(out, vg_slice_str(vg_distance_name(spec->vectors[0].distance)));
}

static void add_location(const vg_op *op, vg_front_out *out)
{
    vg_slice name = vg_path_escape(op->arena, op->name);
    vg_slice path = vg_arena_printf(op->arena, "/v1/collections/" VG_FMT, VG_ARG(name));

    if (name.len > 0 && path.len > 0)
        out->headers[out->header_count++] = (vg_header){VG_LIT_INIT("location"), path};
}

void vg_native_write_created(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    out->status = 201;
    add_location(op, out);
    vg_json_open_object(&json);
    write_spec(&json, op->name, &op->in.create.spec);
    vg_json_close_object(&json);
}

void vg_native_write_names(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    vg_json_open_object(&json);
    put(&json, "collections");
    vg_json_open_array(&json);
    for (uint32_t i = 0; i < op->out.names.count; i++) {
        vg_json_open_object(&json);
        put(&json, "name");
        vg_json_put_text(&json, op->out.names.at[i]);
        vg_json_close_object(&json);
    }
    vg_json_close_array(&json);
    vg_json_close_object(&json);
}

void vg_native_write_info(const vg_op *op, vg_front_out *out)
{
    const vg_collection_info *info = &op->out.info;
    vg_json_out json = {.buf = out->body};

    vg_json_open_object(&json);
    write_spec(&json, op->name, &op->collection->spec);
    put(&json, "status");
    vg_json_put_text(&json, vg_slice_str(colors[info->color]));
    if (info->trouble.len > 0) {
        put(&json, "trouble");
        vg_json_put_text(&json, info->trouble);
    }
    put(&json, "points");
    vg_json_put_u64(&json, info->points_count);
    put(&json, "indexed_vectors");
    vg_json_put_u64(&json, info->indexed_vectors_count);
    vg_json_close_object(&json);
}

static void write_missing(const vg_op *op, const char *where, vg_slice what, vg_front_out *out)
{
    vg_status status = {.code = VG_NOT_FOUND, .what = what, .where = vg_slice_str(where)};

    vg_native_write_problem(op->arena, &status, out);
}

void vg_native_write_dropped(const vg_op *op, vg_front_out *out)
{
    vg_slice what;

    if (op->out.did) {
        out->status = 204;
        out->content_type = (vg_slice){0};
        return;
    }
    what = vg_arena_printf(op->arena, "Collection `" VG_FMT "` doesn't exist!", VG_ARG(op->name));
    write_missing(op, "collection", what, out);
}

void vg_native_write_written(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    vg_json_open_object(&json);
    put(&json, "operation_id");
    vg_json_put_u64(&json, op->out.written.operation_id);
    put(&json, "status");
    vg_json_put_text(&json,
                     op->out.written.completed ? VG_LIT("completed") : VG_LIT("acknowledged"));
    vg_json_close_object(&json);
}

static void write_members(vg_json_out *json, const vg_point *point)
{
    put(json, "id");
    vg_point_id_write(json, &point->id);
    if (point->has_score) {
        put(json, "score");
        vg_json_put_f32(json, point->score);
    }
    if (point->has_payload) {
        put(json, "payload");
        vg_json_put_raw(json, point->payload.len > 0 ? point->payload : VG_LIT("{}"));
    }
    if (point->has_vectors) {
        put(json, "vector");
        if (point->vector_count > 0)
            vg_vector_write(json, &point->vectors[0]);
        else
            vg_json_put_null(json);
    }
}

static void write_list(vg_json_out *json, const vg_points *points)
{
    put(json, "points");
    vg_json_open_array(json);
    for (uint32_t i = 0; i < points->count; i++) {
        vg_json_open_object(json);
        write_members(json, &points->at[i]);
        vg_json_close_object(json);
    }
    vg_json_close_array(json);
}

void vg_native_write_points(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    vg_json_open_object(&json);
    write_list(&json, &op->out.points);
    vg_json_close_object(&json);
}

void vg_native_write_searched(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    vg_json_open_object(&json);
    write_list(&json, &op->out.searches.at[0]);
    vg_json_close_object(&json);
}

static void write_no_point(const vg_op *op, vg_front_out *out)
{
    vg_slice id = vg_point_id_text(op->arena, &op->in.get.ids[0]);

    write_missing(op, "id",
                  vg_arena_printf(op->arena, "Point with id " VG_FMT " doesn't exist!", VG_ARG(id)),
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
    write_members(&json, &op->out.points.at[0]);
    vg_json_close_object(&json);
}

void vg_native_write_page(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    vg_json_open_object(&json);
    write_list(&json, &op->out.page.points);
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
