/* What an op is weighed as is no less than the request that becomes of it: it is cut by that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/vector/qdrant/qdrant.h"
#include "call/weigh.h"
#include "tests/support/chance.h"

extern const vg_adapter vg_qdrant;

enum { ROUNDS = 300, FRAME = 64, SHARED = 256 /* src/plan/limits.c */ };

/* ---- ops by chance ---- */

static vg_slice text_of(vg_arena *arena, size_t most)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz\"\\\n\x01 \xc3\xa4";
    size_t len = chance_below(most + 1);
    char *at = vg_arena_take_zero(arena, 1, len + VG_JSON_PAD);

    for (size_t i = 0; i < len; i++)
        at[i] = letters[chance_below(30)];
    return vg_slice_of(at, len);
}

static float some_float(void)
{
    uint32_t bits = (uint32_t)chance_next();
    float value;

    memcpy(&value, &bits, sizeof value);
    return value == value && value < 3e38f && value > -3e38f ? value : -1.1754944e-38f;
}

static vg_vector some_vector(vg_arena *arena)
{
    uint32_t count = 1 + (uint32_t)chance_below(100);
    float *floats = vg_arena_take(arena, count * sizeof *floats);
    uint32_t *indices = vg_arena_take(arena, count * sizeof *indices);
    vg_vector vector = {.name = text_of(arena, 5),
                        .form = VG_VECTOR_F32,
                        .bytes = {(const char *)floats, count * sizeof *floats},
                        .count = count};

    for (uint32_t i = 0; i < count; i++) {
        floats[i] = some_float();
        indices[i] = UINT32_MAX - count + i;
    }
    if (chance_below(3) == 0)
        vector.indices = indices;
    else if (chance_below(2) == 0)
        vector.rows = count;
    if (chance_below(3) == 0)
        vector = (vg_vector){.name = text_of(arena, 5),
                             .form = VG_VECTOR_JSON,
                             .bytes = VG_LIT("[0.25, 1,-3e4]"),
                             .count = 3};
    return vector;
}

static vg_point_id some_id(void)
{
    vg_point_id id = {.kind = chance_below(2) == 0 ? VG_ID_UUID : VG_ID_NUM, .num = UINT64_MAX};

    for (size_t i = 0; i < VG_UUID_BYTES; i++)
        id.uuid[i] = (uint8_t)chance_next();
    return id;
}

static const vg_point *some_points(vg_arena *arena, uint32_t count)
{
    vg_point *points = VG_TAKE_N(arena, vg_point, (size_t)count + 1);

    for (uint32_t i = 0; i < count; i++) {
        vg_vector *vectors = VG_TAKE_N(arena, vg_vector, 3);

        points[i] = (vg_point){.id = some_id(),
                               .vectors = vectors,
                               .vector_count = (uint32_t)chance_below(4),
                               .payload = VG_LIT("{\"a\": [1, 2]}")};
        for (int k = 0; k < 3; k++)
            vectors[k] = some_vector(arena);
    }
    return points;
}

static const vg_point_id *some_ids(vg_arena *arena, uint32_t count)
{
    vg_point_id *ids = VG_TAKE_N(arena, vg_point_id, (size_t)count + 1);

    for (uint32_t i = 0; i < count; i++)
        ids[i] = some_id();
    return ids;
}

static vg_update some_update(vg_arena *arena)
{
    vg_update update = {.kind = VG_OP_UPSERT + (vg_op_kind)chance_below(8)};
    uint32_t count = (uint32_t)chance_below(20);
    vg_slice *names = VG_TAKE_N(arena, vg_slice, 2);

    names[0] = text_of(arena, 30);
    names[1] = text_of(arena, 30);
    if (update.kind == VG_OP_UPSERT || update.kind == VG_OP_UPDATE_VECTORS) {
        update.points = some_points(arena, count);
        update.point_count = count;
        return update;
    }
    update.ids = some_ids(arena, count + 1);
    update.id_count = count + 1;
    update.payload = VG_LIT("{\"b\":  null}");
    update.key = text_of(arena, 30);
    update.names = names;
    update.name_count = 2;
    return update;
}

static vg_search some_search(vg_arena *arena)
{
    vg_example *examples = VG_TAKE_N(arena, vg_example, 4);

    for (int i = 0; i < 4; i++) {
        if (chance_below(2) == 0)
            examples[i].id = some_id();
        else
            examples[i].vector = some_vector(arena);
    }
    return (vg_search){.scoring = chance_below(2) == 0 ? VG_BY_NEAREST : VG_BY_AVERAGE,
                       .vector = some_vector(arena),
                       .positive = examples,
                       .positive_count = 1 + (uint32_t)chance_below(2),
                       .negative = examples + 2,
                       .negative_count = (uint32_t)chance_below(3),
                       .limit = UINT32_MAX,
                       .offset = UINT32_MAX,
                       .has_threshold = true,
                       .threshold = some_float(),
                       .exact = true,
                       .params = VG_LIT("{\"hnsw_ef\":128}"),
                       .using_name = text_of(arena, 9)};
}

static void fill_updates(vg_op *op)
{
    uint32_t count = 1 + (uint32_t)chance_below(4);
    vg_update *updates = VG_TAKE_N(op->arena, vg_update, count);

    for (uint32_t i = 0; i < count; i++)
        updates[i] = some_update(op->arena);
    op->kind = count > 1 ? VG_OP_BATCH : updates[0].kind;
    op->in.update.at = updates;
    op->in.update.count = count;
}

static void fill_searches(vg_op *op)
{
    uint32_t count = 1 + (uint32_t)chance_below(4);
    vg_search *searches = VG_TAKE_N(op->arena, vg_search, count);

    for (uint32_t i = 0; i < count; i++)
        searches[i] = some_search(op->arena);
    op->kind = VG_OP_SEARCH;
    op->in.search.queries = searches;
    op->in.search.count = count;
}

static void fill_queries(vg_op *op)
{
    vg_query *query = VG_TAKE(op->arena, vg_query);
    vg_query *prefetches = VG_TAKE_N(op->arena, vg_query, 3);

    for (int i = 0; i < 3; i++)
        prefetches[i] = (vg_query){.kind = VG_QUERY_SEARCH, .search = some_search(op->arena)};
    *query = (vg_query){.kind = VG_QUERY_RRF,
                        .search = some_search(op->arena),
                        .prefetch = prefetches,
                        .prefetch_count = (uint32_t)chance_below(4)};
    op->kind = VG_OP_QUERY;
    op->in.query.at = query;
    op->in.query.count = 1;
}

static void fill(vg_op *op)
{
    switch (chance_below(5)) {
    case 0:
        fill_searches(op);
        return;
    case 1:
        fill_queries(op);
        return;
    case 2:
        op->kind = VG_OP_GET;
        op->in.get.count = (uint32_t)chance_below(30);
        op->in.get.ids = some_ids(op->arena, op->in.get.count);
        return;
    default:
        fill_updates(op);
    }
}

/* ---- as they are sent ---- */

static uint32_t parts_of(const vg_op *op)
{
    uint32_t count = op->kind == VG_OP_GET;

    for (uint32_t i = 0; vg_op_is_update(op->kind) && i < op->in.update.count; i++)
        count += 1 + op->in.update.at[i].point_count + op->in.update.at[i].name_count;
    if (op->kind == VG_OP_SEARCH)
        count = op->in.search.count;
    if (op->kind == VG_OP_QUERY)
        count = 1 + op->in.query.at->prefetch_count;
    return count;
}

static void no_request_is_more_than_it_was_weighed_as(void **state)
{
    static const vg_collection own = {
        .name = VG_LIT_INIT("a"), .physical = VG_LIT_INIT("a"), .raw_ids = true};
    static const vg_collection part = {.name = VG_LIT_INIT("a"), .physical = VG_LIT_INIT("a")};
    static const vg_tenant who = {.name = VG_LIT_INIT("t")};
    size_t sent = 0, weighed = 0;

    (void)state;
    chance_begin("weight");
    for (int i = 0; i < ROUNDS; i++) {
        vg_arena *arena = vg_arena_new(1 << 24);
        vg_try try = {.scratch = vg_arena_new(1 << 24)};
        bool shares = chance_below(2) == 0;
        vg_op op = {
            .magic = VG_OP_MAGIC, .arena = arena, .who = &who, .collection = shares ? &part : &own};
        vg_backend backend = {.adapter = &vg_qdrant};
        vg_exchange x = {0};

        fill(&op);
        assert_int_equal(vg_qdrant.ops[op.kind](&backend, &op, &try, NULL, &x), VG_SEND);
        assert_in_range(x.as.http.body.len, 1,
                        vg_weigh(&op, SIZE_MAX) + FRAME +
                            (shares ? SHARED * (size_t)parts_of(&op) : 0));
        sent += x.as.http.body.len;
        weighed += vg_weigh(&op, SIZE_MAX);
        vg_arena_free(try.scratch);
        vg_arena_free(arena);
    }
    assert_in_range(weighed, sent / 2, 3 * sent); /* and is something like it */
}

static void weighing_stops_at_enough(void **state)
{
    static const vg_point points[1000];
    const vg_update update = {.kind = VG_OP_UPSERT, .points = points, .point_count = 1000};
    const vg_op op = {.kind = VG_OP_UPSERT, .in.update = {.at = &update, .count = 1}};
    size_t all = vg_weigh(&op, SIZE_MAX);

    (void)state;
    assert_int_equal(all, vg_weigh_frame(&update) + 1000 * vg_weigh_point(points));
    assert_in_range(vg_weigh(&op, all / 2), all / 2, all / 2 + vg_weigh_point(points));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_request_is_more_than_it_was_weighed_as),
        cmocka_unit_test(weighing_stops_at_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
