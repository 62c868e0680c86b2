/* Payloads, filters, payload indexes and named vectors of the embedded backend, through its steps.
 */
#include "vecgate/json.h"

#include "embedded.h"

static vg_slice padded(scene *s, const char *text)
{
    size_t len = strlen(text);
    char *at = vg_arena_take_zero(s->arena, 1, len + VG_JSON_PAD);

    memcpy(at, text, len);
    return vg_slice_of(at, len);
}

static void three_points(scene *s)
{
    assert_int_equal(create(s, 2, VG_DOT), VG_OK);
    assert_int_equal(upsert_one(s, number(1), "[1,0]", "{\"color\":\"red\",\"n\":3}"), VG_OK);
    assert_int_equal(upsert_one(s, number(2), "[2,0]", "{\"color\":\"red\",\"n\":1}"), VG_OK);
    assert_int_equal(upsert_one(s, number(3), "[3,0]", "{\"color\":\"blue\",\"n\":2}"), VG_OK);
}

/* color is … */
static const vg_filter *color(scene *s, const char *value)
{
    vg_condition *c = VG_TAKE(s->arena, vg_condition);
    vg_filter *filter = VG_TAKE(s->arena, vg_filter);

    *c = (vg_condition){.test = VG_TEST_MATCH_VALUE, .key = VG_LIT("color")};
    c->as.value.kind = VG_MATCH_TEXT;
    c->as.value.text = vg_slice_str(value);
    filter->must = (vg_clause){c, 1};
    return filter;
}

static vg_points scroll(scene *s)
{
    begin(s, VG_OP_SCROLL)->in.scroll.limit = 10;
    s->op.in.scroll.with_payload.want = VG_PAYLOAD_ALL;
    assert_int_equal(run(s), VG_OK);
    return s->op.out.page.points;
}

static uint64_t count_all(scene *s, const vg_filter *filter)
{
    begin(s, VG_OP_COUNT)->in.count.filter = filter;
    assert_int_equal(run(s), VG_OK);
    return s->op.out.count;
}

static vg_code index_of(scene *s, const char *key, vg_index_kind kind)
{
    begin(s, VG_OP_CREATE_INDEX);
    s->op.in.index.index = (vg_index){.key = vg_slice_str(key), .kind = kind};
    s->op.in.index.wait = true;
    return run(s);
}

/* ---- what it can do ---- */

static void everything_of_points_and_collections_is_there(void **state)
{
    (void)state;
    for (int kind = VG_OP_HEALTH; kind <= VG_OP_FACET; kind++)
        if (!vg_embedded.ops[kind] && !(kind >= VG_OP_QUERY && kind <= VG_OP_MATRIX) /* plan's */
            && kind != VG_OP_BUILD_INDEX /* the engine builds by itself */
            && kind != VG_OP_DROP_TENANT)
            fail_msg("%s is missing", vg_op_describe((vg_op_kind)kind)->name);
    assert_null(vg_embedded.ops[VG_OP_CHANGE_ALIASES]); /* the catalog's */
    assert_true(vg_embedded.can.supports_metadata_filter);
    assert_true(vg_embedded.can.supports_named_vectors);
    for (int test = 0; test < VG_TESTS; test++)
        assert_true(vg_embedded.can.filter_tests >> test & 1);
    assert_int_equal(vg_embedded.can.filter_tests >> VG_TESTS, 0);
}

/* ---- filters ---- */

static void every_read_keeps_to_its_filter(void **state)
{
    scene *s = *state;
    vg_search *query;

    three_points(s);
    query = ask(s, 1);
    query->vector = json_vector(s, "[1,0]");
    query->filter = color(s, "red");
    assert_int_equal(run(s), VG_OK);
    assert_int_equal(s->op.out.searches.at[0].count, 2);
    assert_int_equal(s->op.out.searches.at[0].at[0].id.num, 2);
    begin(s, VG_OP_SCROLL)->in.scroll.limit = 1;
    s->op.in.scroll.filter = color(s, "red");
    assert_int_equal(run(s), VG_OK);
    assert_int_equal(s->op.out.page.points.at[0].id.num, 1);
    assert_int_equal(s->op.out.page.next.num, 2);
    assert_int_equal(count_all(s, color(s, "blue")), 1);
    assert_int_equal(count_all(s, NULL), 3);
    assert_int_equal(index_of(s, "color", VG_INDEX_KEYWORD), VG_OK);
    begin(s, VG_OP_FACET)->in.facet.key = VG_LIT("color");
    s->op.in.facet.limit = 10;
    s->op.in.facet.filter = color(s, "blue");
    assert_int_equal(run(s), VG_OK);
    assert_int_equal(s->op.out.facet.count, 1);
    must_be(s->op.out.facet.at[0].value.text, "blue");
}

static void updates_by_filter_change_what_matches(void **state)
{
    scene *s = *state;
    vg_update *update;

    three_points(s);
    begin(s, VG_OP_SET_PAYLOAD);
    update = vg_op_update(&s->op);
    update->filter = color(s, "red");
    update->payload = padded(s, "{\"color\":\"green\"}");
    assert_int_equal(run(s), VG_OK);
    assert_int_equal(s->op.out.written.operation_id, 4);
    assert_int_equal(count_all(s, color(s, "green")), 2);
    vg_op_update(begin(s, VG_OP_DELETE))->filter = color(s, "green");
    assert_int_equal(run(s), VG_OK);
    assert_int_equal(scroll(s).count, 1);
    must_be(scroll(s).at[0].payload, "{\"color\":\"blue\",\"n\":2}");
}

static void ask_all(scene *s, int kind)
{
    vg_search *queries;

    switch (kind) {
    case 0:
        queries = ask(s, 2);
        queries[0].vector = queries[1].vector = json_vector(s, "[1,2]");
        queries[0].filter = color(s, "red");
        queries[1].filter = color(s, "blue");
        queries[1].with_payload.want = VG_PAYLOAD_ALL;
        return;
    case 1:
        begin(s, VG_OP_SCROLL)->in.scroll.limit = 10;
        s->op.in.scroll.filter = color(s, "red");
        s->op.in.scroll.with_vectors.want = VG_VECTORS_ALL;
        return;
    case 2:
        begin(s, VG_OP_FACET)->in.facet.key = VG_LIT("color");
        s->op.in.facet.limit = 10;
        s->op.in.facet.filter = color(s, "red");
        return;
    default:
        begin(s, VG_OP_COUNT)->in.count.filter = color(s, "red");
    }
}

static void a_small_scratch_is_told_by_filtered_reads(void **state)
{
    scene *s = *state;
    int failures = 0;

    three_points(s);
    assert_int_equal(index_of(s, "color", VG_INDEX_KEYWORD), VG_OK);
    for (size_t cap = 64; cap < 24576; cap += 96) {
        vg_arena *small = vg_arena_new(cap);

        ask_all(s, (int)(cap / 96 % 4));
        if (small && run_steps(&s->backend, &s->op, small, NULL) != VG_OK) {
            assert_int_equal(s->op.status.code, VG_TOO_LARGE);
            failures++;
        }
        vg_arena_free(small);
    }
    assert_true(failures > 0);
    assert_int_equal(count_all(s, color(s, "red")), 2);
}

/* ---- updates ---- */

static vg_update of_one(vg_op_kind kind, const vg_point_id *id)
{
    return (vg_update){.kind = kind, .ids = id, .id_count = 1};
}

/* All kinds but upsert, in an order in which each needs the one before. */
static void a_batch_is_done_in_order(void **state)
{
    static const vg_slice keys[] = {VG_LIT_INIT("n")}, unnamed[] = {VG_LIT_INIT("")};
    scene *s = *state;
    vg_point_id one = number(1), two = number(2);
    vg_vector vector;
    vg_point moved = {.id = one, .vectors = &vector, .vector_count = 1};
    vg_update batch[7];

    three_points(s);
    vector = json_vector(s, "[0,9]");
    batch[0] = (vg_update){.kind = VG_OP_UPDATE_VECTORS, .points = &moved, .point_count = 1};
    batch[1] = of_one(VG_OP_OVERWRITE_PAYLOAD, &one);
    batch[1].payload = padded(s, "{\"n\":7,\"in\":{}}");
    batch[2] = of_one(VG_OP_SET_PAYLOAD, &one);
    batch[2].payload = padded(s, "{\"x\":1.0}");
    batch[2].key = VG_LIT("in");
    batch[3] = of_one(VG_OP_DELETE_PAYLOAD, &one);
    batch[3].names = keys;
    batch[3].name_count = 1;
    batch[4] = of_one(VG_OP_CLEAR_PAYLOAD, &two);
    batch[5] = of_one(VG_OP_DELETE_VECTORS, &two);
    batch[5].names = unnamed;
    batch[5].name_count = 1;
    batch[6] = (vg_update){.kind = VG_OP_DELETE, .filter = color(s, "blue")};
    begin(s, VG_OP_BATCH)->in.update.at = batch;
    s->op.in.update.count = 7;
    s->op.in.update.wait = true;
    assert_int_equal(run(s), VG_OK);
    assert_int_equal(s->op.out.batch.count, 7);
    assert_int_equal(s->op.out.batch.operation_ids[0], 4);
    assert_int_equal(s->op.out.batch.operation_ids[6], 10);
    assert_true(s->op.out.batch.completed);
    assert_int_equal(scroll(s).count, 2);
    must_be(scroll(s).at[0].payload, "{\"in\":{\"x\":1.0}}");
    assert_int_equal(scroll(s).at[0].version, 7);
    must_be(scroll(s).at[1].payload, ""); /* which stands for {} */
    ask(s, 1)->vector = json_vector(s, "[0,1]");
    assert_int_equal(run(s), VG_OK);
    assert_int_equal(s->op.out.searches.at[0].count, 1); /* the other one has no vector any more */
    assert_true(s->op.out.searches.at[0].at[0].score == 9);
}

static void ids_that_are_not_there_are_told_to_who_waits(void **state)
{
    scene *s = *state;
    vg_point_id ids[] = {number(1), number(77)};
    vg_update *update;

    three_points(s);
    for (int waits = 0; waits < 2; waits++) {
        begin(s, VG_OP_SET_PAYLOAD);
        update = vg_op_update(&s->op);
        update->ids = ids;
        update->id_count = 2;
        update->payload = padded(s, waits ? "{\"n\":9}" : "{\"n\":8}");
        s->op.in.update.wait = waits;
        assert_int_equal(run(s), waits ? VG_NOT_FOUND : VG_OK);
        must_be(scroll(s).at[0].payload,
                waits ? "{\"color\":\"red\",\"n\":9}" : "{\"color\":\"red\",\"n\":8}");
    }
}

/* ---- collections ---- */

static void indexes_are_made_used_told_and_dropped(void **state)
{
    scene *s = *state;

    three_points(s);
    assert_int_equal(index_of(s, "n", VG_INDEX_INTEGER), VG_OK);
    assert_int_equal(s->op.out.written.operation_id, 5); /* it takes two */
    assert_true(s->op.out.written.completed);
    begin(s, VG_OP_SCROLL)->in.scroll.limit = 2;
    s->op.in.scroll.order = (vg_order_by){.key = VG_LIT("n"), .descends = true};
    assert_int_equal(run(s), VG_OK);
    assert_int_equal(s->op.out.page.points.at[0].id.num, 1);
    assert_int_equal(s->op.out.page.points.at[1].order.integer, 2);
    begin(s, VG_OP_DESCRIBE)->in.collection.physical = VG_LIT("c");
    assert_int_equal(run(s), VG_OK);
    assert_int_equal(s->op.out.info.spec.indexes.count, 1);
    assert_int_equal(s->op.out.info.index_points[0], 3);
    begin(s, VG_OP_DROP_INDEX)->in.index.index.key = VG_LIT("n");
    assert_int_equal(run(s), VG_OK);
    assert_int_equal(s->op.out.written.operation_id, 7);
    begin(s, VG_OP_SCROLL)->in.scroll.limit = 2;
    s->op.in.scroll.order.key = VG_LIT("n");
    assert_int_equal(run(s), VG_INVALID);
    must_say(&s->op.status, "No range index for `order_by` key: `n`. Please create one");
}

static void settings_are_changed_and_told(void **state)
{
    scene *s = *state;
    vg_vector_params vector = {.size = 2, .distance = VG_DOT, .on_disk = 1};

    three_points(s);
    begin(s, VG_OP_UPDATE_COLLECTION)->in.change.physical = VG_LIT("c");
    s->op.in.change.spec = (vg_collection_spec){
        .vectors = &vector, .vector_count = 1, .settings = VG_LIT("{\"shard_number\":2}")};
    assert_int_equal(run(s), VG_OK);
    begin(s, VG_OP_DESCRIBE)->in.collection.physical = VG_LIT("c");
    assert_int_equal(run(s), VG_OK);
    must_be(s->op.out.info.spec.settings, "{\"shard_number\":2}");
    assert_int_equal(s->op.out.info.spec.vectors[0].on_disk, 1);
    assert_int_equal(s->op.out.info.points_count, 3);
}

static void points_have_several_vectors(void **state)
{
    static const vg_vector_params params[] = {
        {.name = VG_LIT_INIT("a"), .size = 1, .distance = VG_DOT, .on_disk = -1},
        {.name = VG_LIT_INIT("b"), .size = 2, .distance = VG_EUCLID, .on_disk = -1},
    };
    scene *s = *state;
    vg_vector vectors[2];
    vg_point point = {.id = number(1), .vectors = vectors, .vector_count = 2};
    vg_update *update;
    vg_search *query;

    begin(s, VG_OP_CREATE_COLLECTION)->in.create.physical = VG_LIT("c");
    s->op.in.create.spec = (vg_collection_spec){.vectors = params, .vector_count = 2};
    assert_int_equal(run(s), VG_OK);
    vectors[0] = json_vector(s, "[3,4]");
    vectors[0].name = VG_LIT("b");
    vectors[1] = json_vector(s, "[2]");
    vectors[1].name = VG_LIT("a");
    begin(s, VG_OP_UPSERT);
    update = vg_op_update(&s->op);
    update->points = &point;
    update->point_count = 1;
    assert_int_equal(run(s), VG_OK);
    query = ask(s, 2);
    query[0].vector = json_vector(s, "[0,0]");
    query[0].using_name = VG_LIT("b");
    query[0].with_vectors.want = VG_VECTORS_ALL;
    query[1].vector = json_vector(s, "[3]");
    query[1].using_name = VG_LIT("a");
    assert_int_equal(run(s), VG_OK);
    assert_true(s->op.out.searches.at[0].at[0].score == 5);
    assert_int_equal(s->op.out.searches.at[0].at[0].vector_count, 2);
    must_be(s->op.out.searches.at[0].at[0].vectors[0].name, "a");
    assert_true(s->op.out.searches.at[1].at[0].score == 6);
    query = ask(s, 1);
    query->vector = json_vector(s, "[1]");
    assert_int_equal(run(s), VG_INVALID);
    must_be(s->op.status.what, "Collection requires specified vector name in the request, "
                               "available names: a, b");
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, up, down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_of_points_and_collections_is_there),
        WITH_STORE(every_read_keeps_to_its_filter),
        WITH_STORE(updates_by_filter_change_what_matches),
        WITH_STORE(a_small_scratch_is_told_by_filtered_reads),
        WITH_STORE(a_batch_is_done_in_order),
        WITH_STORE(ids_that_are_not_there_are_told_to_who_waits),
        WITH_STORE(indexes_are_made_used_told_and_dropped),
        WITH_STORE(settings_are_changed_and_told),
        WITH_STORE(points_have_several_vectors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
