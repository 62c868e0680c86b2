/* Bodies of Qdrant's reads of points, except queries. */
#include "vecgate/payload_path.h"

#include "base/check.h"
#include "tests/support/fuzz.h"
#include "tests/support/fuzz_front.h"

#define P "/collections/{collection}/points"

static const fuzz_route routes[] = {
    {"POST", P},
    {"POST", P "/scroll"},
    {"POST", P "/count"},
    {"POST", "/collections/{collection}/facet"},
};

static void check_filter(const vg_filter *filter, vg_slice body)
{
    if (filter)
        fuzz_check_object(filter->raw, body);
}

static void check_get(const vg_op *op)
{
    for (uint32_t i = 0; i < op->in.get.count; i++)
        fuzz_check_id(&op->in.get.ids[i], false);
    fuzz_check_selectors(&op->in.get.with_payload, &op->in.get.with_vectors);
}

static void check_scroll(const vg_op *op, vg_slice body)
{
    const vg_order_by *order = &op->in.scroll.order;

    VG_CHECK(op->in.scroll.limit > 0);
    if (op->in.scroll.from.kind != VG_ID_NONE)
        fuzz_check_id(&op->in.scroll.from, true);
    VG_CHECK(order->key.len == 0 || op->in.scroll.from.kind == VG_ID_NONE);
    VG_CHECK(order->key.len == 0 || vg_path_is(order->key));
    VG_CHECK(order->start.real - order->start.real == 0); /* finite */
    check_filter(op->in.scroll.filter, body);
    fuzz_check_selectors(&op->in.scroll.with_payload, &op->in.scroll.with_vectors);
}

static void check(const vg_op *op, vg_slice body)
{
    switch (op->kind) {
    case VG_OP_GET:
        check_get(op);
        break;
    case VG_OP_SCROLL:
        check_scroll(op, body);
        break;
    case VG_OP_COUNT:
        check_filter(op->in.count.filter, body);
        break;
    default:
        VG_CHECK(op->kind == VG_OP_FACET && op->in.facet.limit > 0);
        VG_CHECK(vg_path_is(op->in.facet.key));
        check_filter(op->in.facet.filter, body);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_front(data, size, routes, sizeof routes / sizeof routes[0], check);
    return 0;
}
