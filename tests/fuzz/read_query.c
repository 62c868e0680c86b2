/* Bodies of Qdrant's queries and searches. */
#include "base/check.h"
#include "tests/support/fuzz.h"
#include "tests/support/fuzz_front.h"

#define P "/collections/{collection}/points"

static const fuzz_route routes[] = {
    {"POST", P "/query"},
    {"POST", P "/query/batch"},
    {"POST", P "/search"},
    {"POST", P "/search/batch"},
};

static void check_query(const vg_search *query, vg_slice body)
{
    VG_CHECK(query->limit > 0);
    fuzz_check_object(query->filter ? query->filter->raw : (vg_slice){0}, body);
    if (query->by_id.kind != VG_ID_NONE)
        fuzz_check_id(&query->by_id, false);
    else
        fuzz_check_vector(&query->vector, body);
    VG_CHECK(!query->has_threshold || query->threshold - query->threshold == 0); /* finite */
    fuzz_check_object(query->params, body);
    fuzz_check_selectors(&query->with_payload, &query->with_vectors);
}

static void check(const vg_op *op, vg_slice body)
{
    if (op->kind == VG_OP_SCROLL) {
        VG_CHECK(op->in.scroll.limit > 0);
        return;
    }
    for (uint32_t i = 0; i < op->in.search.count; i++)
        check_query(&op->in.search.queries[i], body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_front(data, size, routes, sizeof routes / sizeof routes[0], check);
    return 0;
}
