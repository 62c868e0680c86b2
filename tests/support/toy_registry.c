/* The adapters of a gateway that has two toys and nothing else. */
#include "vecgate/vector_backend.h"

static vg_next step(const vg_backend *self, const vg_op *op, vg_try *try, const vg_reply *reply,
                    vg_exchange *out)
{
    (void)self;
    (void)op;
    (void)try;
    (void)reply;
    (void)out;
    return VG_DONE;
}

static const vg_adapter toy = {
    .name = "toy",
    .can = {.supports_metadata_filter = true,
            .max_vector_dimensions = 8,
            .max_top_k = 100,
            .distances = {[VG_COSINE] = true, [VG_DOT] = true}},
    .ops = {[VG_OP_HEALTH] = step, [VG_OP_SEARCH] = step, [VG_OP_META_GET] = step},
};
static const vg_adapter notes = {.name = "notes"};

const vg_adapter *const vg_adapters[] = {&toy, NULL};
const vg_adapter *const vg_metadata_adapters[] = {&notes, NULL};
