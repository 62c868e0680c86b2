/* Routes on payload indexes (FACTS 10.1). */
#include "vecgate/payload_path.h"

#include "front/qdrant_rest/params.h"
#include "front/qdrant_rest/qdrant.h"
#include "front/read_index.h"

bool vg_read_field_create(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_index_reader reader = {.arena = op->arena, .status = status};
    vg_reader r = {op->arena, status};
    vg_index *index = &op->in.index.index;
    const vg_json *name;

    if (!vg_params_write(in, op, &op->in.index.wait, status) || !vg_member_body(r, in->body))
        return false;
    name = vg_member_need(r, in->body, "field_name", NULL);
    return name && vg_member_path(r, name, &index->key) &&
           vg_index_read(&reader, vg_member_get(in->body, "field_schema", "field_type"), index);
}

bool vg_read_field_drop(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_slice key = in->params[1];

    op->in.index.index.key = key;
    if (!vg_params_write(in, op, &op->in.index.wait, status))
        return false;
    if (vg_path_is(key))
        return true;
    vg_status_setf(status, op->arena, VG_PATH, VG_LIT("field_name"),
                   "Invalid json path: '" VG_FMT "'", (int)(key.len < 200 ? key.len : 200), key.at);
    return false;
}
