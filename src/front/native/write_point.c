/* One point as the native API tells it. Pure: any thread. */
#include "base/datetime.h"
#include "front/native/native.h"

static void put(vg_json_out *out, const char *key)
{
    vg_json_put_key(out, vg_slice_str(key));
}

/* Microseconds are told as the date-time that was stored, by which a page can go on. */
static void write_order(vg_json_out *json, const vg_op *op, const vg_order_by *order,
                        const vg_order_value *value)
{
    const vg_indexes *declared = op->collection ? &op->collection->spec.indexes : NULL;
    const vg_index *index = order ? vg_index_find(declared, order->key) : NULL;
    char text[VG_DATETIME_TEXT];

    put(json, "order_value");
    if (index && index->kind == VG_INDEX_DATETIME && value->is_integer)
        vg_json_put_text(json, vg_slice_of(text, vg_datetime_write(value->integer, text)));
    else if (value->is_integer)
        vg_json_put_i64(json, value->integer);
    else
        vg_json_put_f64(json, value->real);
}

static bool has_names(const vg_op *op, const vg_point *point)
{
    const vg_collection_spec *spec = op->collection ? &op->collection->spec : NULL;

    if (spec)
        return spec->vector_count != 1 || spec->vectors[0].name.len > 0;
    return point->vector_count > 0 && point->vectors[0].name.len > 0;
}

static void write_vectors(vg_json_out *json, const vg_op *op, const vg_point *point)
{
    if (!has_names(op, point)) {
        put(json, "vector");
        if (point->vector_count > 0)
            vg_vector_write(json, &point->vectors[0]);
        else
            vg_json_put_null(json);
        return;
    }
    put(json, "vectors");
    vg_json_open_object(json);
    for (uint32_t i = 0; i < point->vector_count; i++) {
        vg_json_put_key(json, point->vectors[i].name);
        vg_vector_write(json, &point->vectors[i]);
    }
    vg_json_close_object(json);
}

void vg_native_write_members(vg_json_out *json, const vg_op *op, found how, const vg_point *point)
{
    put(json, "id");
    vg_point_id_write(json, &point->id);
    if (point->has_score && !how.has_no_scores) {
        put(json, "score");
        vg_json_put_f32(json, point->score);
    }
    if (point->has_order)
        write_order(json, op, how.order, &point->order);
    if (point->has_payload) {
        put(json, "payload");
        vg_json_put_raw(json, point->payload.len > 0 ? point->payload : VG_LIT("{}"));
    }
    if (point->has_vectors)
        write_vectors(json, op, point);
}
