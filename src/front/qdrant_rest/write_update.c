/* Answers of what changes points and payload indexes (FACTS 5): numbers of operations. `wait` asks
 * for completion; without it, a write is acknowledged, though it may be done already. */
#include "front/qdrant_rest/qdrant.h"

static void put_result(vg_json_out *json, uint64_t operation_id, bool is_complete)
{
    vg_json_open_object(json);
    vg_json_put_key(json, VG_LIT("operation_id"));
    vg_json_put_u64(json, operation_id);
    vg_json_put_key(json, VG_LIT("status"));
    vg_json_put_text(json, is_complete ? VG_LIT("completed") : VG_LIT("acknowledged"));
    vg_json_close_object(json);
}

static void write_result(const vg_op *op, bool wait, vg_front_out *out)
{
    vg_json_out json;

    vg_envelope_open(&json, out);
    put_result(&json, op->out.written.operation_id, wait && op->out.written.completed);
    vg_envelope_close(&json, out);
}

void vg_write_update_one(const vg_op *op, vg_front_out *out)
{
    write_result(op, op->in.update.wait, out);
}

void vg_write_update_field(const vg_op *op, vg_front_out *out)
{
    write_result(op, op->in.index.wait, out);
}

void vg_write_update_batch(const vg_op *op, vg_front_out *out)
{
    bool is_complete = op->in.update.wait && op->out.batch.completed;
    vg_json_out json;

    vg_envelope_open(&json, out);
    vg_json_open_array(&json);
    for (uint32_t i = 0; i < op->out.batch.count; i++)
        put_result(&json, op->out.batch.operation_ids[i], is_complete);
    vg_json_close_array(&json);
    vg_envelope_close(&json, out);
}
