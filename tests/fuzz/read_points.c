/* Bodies of Qdrant's routes on points and collections. */
#include "base/check.h"
#include "tests/support/fuzz.h"
#include "tests/support/fuzz_front.h"

#define P "/collections/{collection}/points"

static const fuzz_route routes[] = {
    {"PUT", P},           {"POST", P "/delete"},
    {"POST", P},          {"POST", P "/scroll"},
    {"POST", P "/count"}, {"PUT", "/collections/{collection}"},
};

static void check_upsert(const vg_op *op, vg_slice body)
{
    const vg_update *update = op->in.update.at;

    VG_CHECK(update->point_count > 0);
    for (uint32_t i = 0; i < update->point_count; i++) {
        const vg_point *point = &update->points[i];

        fuzz_check_id(&point->id, false);
        VG_CHECK(point->vector_count <= 1);
        if (point->vector_count == 1)
            fuzz_check_vector(point->vectors, body);
        fuzz_check_object(point->payload, body);
    }
}

static void check_ids(const vg_op *op)
{
    bool gets = op->kind == VG_OP_GET;
    const vg_point_id *ids = gets ? op->in.get.ids : op->in.update.at->ids;
    uint32_t count = gets ? op->in.get.count : op->in.update.at->id_count;

    VG_CHECK(gets || count > 0);
    for (uint32_t i = 0; i < count; i++)
        fuzz_check_id(&ids[i], false);
    if (gets)
        fuzz_check_selectors(&op->in.get.with_payload, &op->in.get.with_vectors);
}

static void check_scroll(const vg_op *op)
{
    VG_CHECK(op->in.scroll.limit > 0 && !op->in.scroll.filter);
    if (op->in.scroll.from.kind != VG_ID_NONE)
        fuzz_check_id(&op->in.scroll.from, true);
    fuzz_check_selectors(&op->in.scroll.with_payload, &op->in.scroll.with_vectors);
}

/* The settings are a document of their own by now. */
static void check_create(const vg_op *op, vg_slice body)
{
    const vg_collection_spec *spec = &op->in.create.spec;
    const vg_vector_params *vector = &spec->vectors[0];
    char *settings = vg_arena_take_zero(op->arena, 1, spec->settings.len + VG_JSON_PAD);
    vg_status status = {0};

    VG_CHECK(spec->vector_count == 1 && vector->size >= 1 && vector->size <= VG_MAX_DIMENSION);
    VG_CHECK(vector->distance > VG_DISTANCE_NONE && vector->distance < VG_DISTANCES);
    fuzz_check_object(vector->hnsw_config, body);
    if (spec->settings.len == 0 || !settings)
        return;
    memcpy(settings, spec->settings.at, spec->settings.len);
    VG_CHECK(
        vg_json_read(op->arena, vg_slice_of(settings, spec->settings.len), VG_JSON_DEPTH, &status));
}

static void check(const vg_op *op, vg_slice body)
{
    switch (op->kind) {
    case VG_OP_UPSERT:
        check_upsert(op, body);
        break;
    case VG_OP_SCROLL:
        check_scroll(op);
        break;
    case VG_OP_CREATE_COLLECTION:
        check_create(op, body);
        break;
    case VG_OP_COUNT:
        VG_CHECK(!op->in.count.filter);
        break;
    default:
        check_ids(op);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_front(data, size, routes, sizeof routes / sizeof routes[0], check);
    return 0;
}
