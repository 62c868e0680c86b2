/* Bodies of Qdrant's routes on collections, their aliases and their payload indexes. */
#include "vecgate/payload_path.h"

#include "base/check.h"
#include "tests/support/fuzz.h"
#include "tests/support/fuzz_front.h"
#include "tests/support/fuzz_vector.h"

#define C "/collections/{collection}"

static const fuzz_route routes[] = {
    {"PUT", C},
    {"PATCH", C},
    {"POST", "/collections/aliases"},
    {"PUT", C "/index"},
};

static void check_vector(const vg_vector_params *vector, vg_slice body)
{
    fuzz_check_params(vector);
    fuzz_check_object(vector->hnsw_config, body);
    fuzz_check_object(vector->quantization_config, body);
    fuzz_check_object(vector->sparse_index, body);
    VG_CHECK(!vg_vector_is_bfloat16(vector));
}

/* Once among the dense and once among the sparse ones at most: what is in both is plan's to refuse.
 */
static void check_name(const vg_collection_spec *spec, const vg_vector_params *vector)
{
    const vg_vector_params *first = vg_spec_vector(spec, vector->name);

    VG_CHECK(first == vector || (first->kind != VG_SPARSE && vector->kind == VG_SPARSE));
}

/* The settings are a document of their own by now. */
static void check_create(const vg_op *op, vg_slice body)
{
    const vg_collection_spec *spec = &op->in.create.spec;

    for (uint32_t i = 0; i < spec->vector_count; i++) {
        check_vector(&spec->vectors[i], body);
        check_name(spec, &spec->vectors[i]);
    }
    if (spec->settings.len > 0)
        fuzz_check_json(op->arena, spec->settings);
}

static void check_change(const vg_op *op, vg_slice body)
{
    fuzz_check_object(op->in.change.raw, body);
    fuzz_check_json(op->arena, op->in.change.patch);
}

static void check_aliases(const vg_op *op)
{
    for (uint32_t i = 0; i < op->in.aliases.count; i++) {
        const vg_alias_action *action = &op->in.aliases.at[i];

        VG_CHECK(action->name.at);
        VG_CHECK((action->kind == VG_ALIAS_CREATE) == (action->collection.at != NULL));
        VG_CHECK((action->kind == VG_ALIAS_RENAME) == (action->to.len > 0));
    }
}

static void check(const vg_op *op, vg_slice body)
{
    switch (op->kind) {
    case VG_OP_CREATE_COLLECTION:
        check_create(op, body);
        break;
    case VG_OP_UPDATE_COLLECTION:
        check_change(op, body);
        break;
    case VG_OP_CHANGE_ALIASES:
        check_aliases(op);
        break;
    default:
        VG_CHECK(op->kind == VG_OP_CREATE_INDEX && vg_path_is(op->in.index.index.key));
        VG_CHECK(op->in.index.index.kind != VG_INDEX_NONE);
        if (op->in.index.index.params.len > 0)
            fuzz_check_json(op->arena, op->in.index.index.params);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_front(data, size, routes, sizeof routes / sizeof routes[0], check);
    return 0;
}
