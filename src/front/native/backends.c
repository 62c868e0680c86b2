/* /v1/backends, /v1/health, /v1/capabilities: what the configured backend is, how it is, what it
 * can do. */
#include "front/native/native.h"

static void put(vg_json_out *out, const char *key)
{
    vg_json_put_key(out, vg_slice_str(key));
}

static void put_number(vg_json_out *out, const char *key, uint64_t value)
{
    put(out, key);
    vg_json_put_u64(out, value);
}

static void write_distances(vg_json_out *out, const vg_capabilities *can)
{
    put(out, "distance_metrics");
    vg_json_open_array(out);
    for (int i = VG_COSINE; i < VG_DISTANCES; i++)
        if (can->distances[i])
            vg_json_put_text(out, vg_slice_str(vg_distance_name((vg_distance)i)));
    vg_json_close_array(out);
}

static void write_operations(vg_json_out *out, const vg_adapter *adapter)
{
    put(out, "operations");
    vg_json_open_array(out);
    for (int i = 0; i < VG_OP_META_CREATE; i++)
        if (adapter->ops[i])
            vg_json_put_text(out, vg_slice_str(vg_op_describe((vg_op_kind)i)->name));
    vg_json_close_array(out);
}

static void write_capabilities(vg_json_out *out, const vg_adapter *adapter)
{
    const vg_capabilities *can = &adapter->can;

    vg_json_open_object(out);
#define CAPABILITY(member, name, doc) \
    put(out, name);                   \
    vg_json_put_bool(out, can->member);
#include "vecgate/capabilities.def"
#undef CAPABILITY
    put_number(out, "max_vector_dimensions", can->max_vector_dimensions);
    put_number(out, "max_sparse_values", can->max_sparse_values);
    put_number(out, "max_sparse_index", can->max_sparse_index);
    put_number(out, "max_top_k", can->max_top_k);
    put_number(out, "max_points_per_call", can->max_points_per_call);
    put_number(out, "max_ids_per_call", can->max_ids_per_call);
    put_number(out, "max_queries_per_call", can->max_queries_per_call);
    put_number(out, "max_bytes_per_call", can->max_bytes_per_call);
    put(out, "consistency");
    vg_json_put_text(out, can->consistency == VG_EVENTUAL ? VG_LIT("eventual")
                                                          : VG_LIT("read_after_write"));
    write_distances(out, can);
    write_operations(out, adapter);
    vg_json_close_object(out);
}

static const vg_adapter *adapter_of(const vg_op *op)
{
    for (int i = 0; vg_adapters[i]; i++)
        if (vg_slice_is_str(op->backend, vg_adapters[i]->name))
            return vg_adapters[i];
    return NULL;
}

/* Down, unauthorised and not ready are told apart: each wants another hand. A backend that gave a
 * code of its own is there. */
static const char *health_word(const vg_status *status)
{
    switch (status->code) {
    case VG_OK:
        return "ok";
    case VG_BACKEND_AUTH:
    case VG_UNAUTHENTICATED:
    case VG_FORBIDDEN:
        return "unauthorised";
    case VG_OVERLOADED:
    case VG_THROTTLED:
        return "not_ready";
    default:
        return status->upstream.len > 0 ? "not_ready" : "down";
    }
}

static void write_one(vg_json_out *json, const vg_op *op)
{
    const vg_adapter *adapter = adapter_of(op);

    vg_json_open_object(json);
    put(json, "name");
    vg_json_put_text(json, op->backend);
    put(json, "health");
    vg_json_put_text(json, vg_slice_str(health_word(&op->status)));
    if (op->status.code != VG_OK) {
        put(json, "detail");
        vg_json_put_text(json, vg_status_what(&op->status));
    } else if (op->out.health.version.len > 0) {
        put(json, "version");
        vg_json_put_text(json, op->out.health.version);
    }
    put(json, "capabilities");
    if (adapter)
        write_capabilities(json, adapter);
    else
        vg_json_put_null(json);
    vg_json_close_object(json);
}

void vg_native_write_backends(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    vg_json_open_object(&json);
    put(&json, "backends");
    vg_json_open_array(&json);
    write_one(&json, op);
    vg_json_close_array(&json);
    vg_json_close_object(&json);
}

void vg_native_write_health(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    out->status = op->status.code == VG_OK ? 200 : 503;
    vg_json_open_object(&json);
    put(&json, "status");
    vg_json_put_text(&json, vg_slice_str(health_word(&op->status)));
    put(&json, "backend");
    vg_json_put_text(&json, op->backend);
    if (op->status.code != VG_OK) {
        put(&json, "detail");
        vg_json_put_text(&json, vg_status_what(&op->status));
    }
    vg_json_close_object(&json);
}

void vg_native_tell_capabilities(vg_front *front, const vg_front_in *in, vg_arena *arena,
                                 vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    if (!vg_native_is_bare(in, arena, out))
        return;
    write_capabilities(&json, vg_plan_backend(vg_front_parts_of(front)->plan)->adapter);
}
