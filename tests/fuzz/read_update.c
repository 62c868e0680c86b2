/* Bodies of Qdrant's changes of points, alone and in a batch. */
#include "vecgate/payload_path.h"

#include "base/check.h"
#include "tests/support/fuzz.h"
#include "tests/support/fuzz_front.h"

#define P "/collections/{collection}/points"

static const fuzz_route routes[] = {
    {"PUT", P},
    {"POST", P "/delete"},
    {"POST", P "/payload"},
    {"PUT", P "/payload"},
    {"POST", P "/payload/delete"},
    {"POST", P "/payload/clear"},
    {"PUT", P "/vectors"},
    {"POST", P "/vectors/delete"},
    {"POST", P "/batch"},
};

static void check_points(const vg_update *update, vg_slice body)
{
    VG_CHECK(update->point_count > 0);
    for (uint32_t i = 0; i < update->point_count; i++) {
        const vg_point *point = &update->points[i];

        fuzz_check_id(&point->id, false);
        VG_CHECK(update->kind == VG_OP_UPSERT || point->vector_count > 0);
        for (uint32_t j = 0; j < point->vector_count; j++)
            fuzz_check_vector_of(&point->vectors[j], body);
        fuzz_check_object(point->payload, body);
    }
}

/* Either ids or a filter. */
static void check_selected(const vg_update *update, vg_slice body)
{
    VG_CHECK((update->id_count > 0) != (update->filter != NULL));
    VG_CHECK(update->point_count == 0);
    for (uint32_t i = 0; i < update->id_count; i++)
        fuzz_check_id(&update->ids[i], false);
    if (update->filter)
        fuzz_check_object(update->filter->raw, body);
}

static void check_names(const vg_update *update)
{
    for (uint32_t i = 0; i < update->name_count; i++)
        VG_CHECK(update->kind == VG_OP_DELETE_VECTORS || vg_path_is(update->names[i]));
    VG_CHECK(update->kind != VG_OP_DELETE_VECTORS || update->name_count > 0);
}

static void check_update(const vg_update *update, vg_slice body)
{
    bool has_payload = update->kind == VG_OP_SET_PAYLOAD || update->kind == VG_OP_OVERWRITE_PAYLOAD;

    if (update->kind == VG_OP_UPSERT || update->kind == VG_OP_UPDATE_VECTORS) {
        check_points(update, body);
        return;
    }
    check_selected(update, body);
    check_names(update);
    VG_CHECK(has_payload == (update->payload.len > 0));
    fuzz_check_object(update->payload, body);
    VG_CHECK(update->key.len == 0 ||
             (update->kind == VG_OP_SET_PAYLOAD && vg_path_is(update->key)));
}

static void check(const vg_op *op, vg_slice body)
{
    VG_CHECK(vg_op_is_update(op->kind));
    VG_CHECK(op->kind == VG_OP_BATCH || op->in.update.count == 1);
    for (uint32_t i = 0; i < op->in.update.count; i++) {
        const vg_update *update = &op->in.update.at[i];

        VG_CHECK(op->kind == VG_OP_BATCH || update->kind == op->kind);
        VG_CHECK(update->kind >= VG_OP_UPSERT && update->kind < VG_OP_BATCH);
        check_update(update, body);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_front(data, size, routes, sizeof routes / sizeof routes[0], check);
    return 0;
}
