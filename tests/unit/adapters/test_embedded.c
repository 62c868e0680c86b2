/* The embedded backend through its steps, as the runner would drive them. */
#include <math.h>

#include "embedded.h"

static void four_points(scene *s)
{
    assert_int_equal(create(s, 2, VG_COSINE), VG_OK);
    assert_int_equal(upsert_one(s, number(1), "[3, 4]", "{\"n\":1}"), VG_OK);
    assert_int_equal(upsert_one(s, number(2), "[0,2.0]", "{\"n\":2,\"m\":1.0}"), VG_OK);
    assert_int_equal(
        upsert_one(s, (vg_point_id){.kind = VG_ID_TEXT, .text = VG_LIT("three")}, "[-1,0]", "{}"),
        VG_OK);
    assert_int_equal(upsert_one(s, number(4), NULL, ""), VG_OK);
}

/* ---- what is asked of the transport ---- */

static void a_write_is_prepared_on_a_pool_and_committed_by_the_queue(void **state)
{
    scene *s = *state;
    trace seen;

    four_points(s);
    upsert_one(s, number(9), "[1,1]", "");
    run_steps(&s->backend, &s->op, s->scratch, &seen);
    assert_int_equal(seen.count, 2);
    assert_null(seen.asked[0].as.local.queue);
    assert_int_equal(seen.asked[0].as.local.pool, VG_POOL_CODEC);
    assert_false(seen.asked[0].writes);
    assert_non_null(seen.asked[1].as.local.queue);
    assert_true(seen.asked[1].writes);
    assert_int_equal(seen.asked[1].repeat, VG_REPEAT_ALWAYS);
    assert_string_equal(seen.asked[1].name, "embedded.upsert");
}

static void a_read_is_one_work_on_the_search_pool(void **state)
{
    scene *s = *state;
    trace seen;

    four_points(s);
    begin(s, VG_OP_COUNT);
    assert_int_equal(run_steps(&s->backend, &s->op, s->scratch, &seen), VG_OK);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.asked[0].as.local.pool, VG_POOL_SEARCH);
    assert_int_equal(seen.asked[0].repeat, VG_REPEAT_ALWAYS);
    assert_false(seen.asked[0].writes);
    assert_int_equal(s->op.out.count, 4);
}

/* ---- what comes back ---- */

static void cosine_gives_back_what_it_stores(void **state)
{
    scene *s = *state;
    vg_point_id ids[] = {{.kind = VG_ID_NUM, .num = 1}};
    float got[2];

    four_points(s);
    begin(s, VG_OP_GET);
    s->op.in.get.ids = ids;
    s->op.in.get.count = 1;
    s->op.in.get.with_vectors.want = VG_VECTORS_ALL;
    assert_int_equal(run(s), VG_OK);
    assert_int_equal(s->op.out.points.count, 1);
    assert_false(s->op.out.points.at[0].has_payload);
    memcpy(got, s->op.out.points.at[0].vectors[0].bytes.at, sizeof got);
    assert_true(got[0] == 0.6F && got[1] == 0.8F);
}

static void each_query_gets_its_own_answer(void **state)
{
    scene *s = *state;
    vg_slice paths[] = {VG_LIT("m")};
    vg_search *queries;
    const vg_points *lists;

    four_points(s);
    queries = ask(s, 3);
    queries[0].vector = json_vector(s, "[0,5]");
    queries[1].vector = json_vector(s, "[-2,0]");
    queries[1].limit = 1;
    queries[1].with_payload.want = VG_PAYLOAD_ALL;
    queries[2].vector = json_vector(s, "[0,1]");
    queries[2].offset = 1;
    queries[2].has_threshold = true;
    queries[2].threshold = 0.5F;
    queries[0].with_payload =
        (vg_payload_selector){.want = VG_PAYLOAD_INCLUDE, .paths = paths, .path_count = 1};
    assert_int_equal(run(s), VG_OK);
    assert_int_equal(s->op.out.searches.count, 3);
    lists = s->op.out.searches.at;
    assert_int_equal(lists[0].count, 3);
    assert_int_equal(lists[0].at[0].id.num, 2);
    assert_true(lists[0].at[0].score == 1.0F && lists[0].at[0].has_score);
    must_be(lists[0].at[0].payload, "{\"m\":1.0}");
    must_be(lists[0].at[1].payload, "{}");
    assert_int_equal(lists[1].count, 1);
    must_be(lists[1].at[0].id.text, "three");
    must_be(lists[1].at[0].payload, "{}");
    assert_int_equal(lists[2].count, 1); /* 2 is skipped, "three" is under the threshold */
    assert_int_equal(lists[2].at[0].id.num, 1);
    assert_int_equal(lists[2].at[0].version, 1);
}

static void a_stored_point_is_left_out_of_its_own_answer(void **state)
{
    scene *s = *state;
    vg_search *query;

    four_points(s);
    query = ask(s, 1);
    query->by_id = number(2);
    query->limit = 2;
    assert_int_equal(run(s), VG_OK);
    assert_int_equal(s->op.out.searches.at[0].count, 2);
    assert_int_equal(s->op.out.searches.at[0].at[0].id.num, 1);
    assert_true(fabsf(s->op.out.searches.at[0].at[0].score - 0.8F) < 1e-6F);
    query = ask(s, 1);
    query->by_id = number(5);
    assert_int_equal(run(s), VG_NOT_FOUND);
    must_be(s->op.status.what, "No point with id 5 found");
    assert_false(vg_slice_is_str(s->op.status.where, "collection"));
    query = ask(s, 1);
    query->by_id = number(4);
    assert_int_equal(run(s), VG_NOT_FOUND);
    must_be(s->op.status.what, "Vector with name \"\" for point not found");
}

static void collections_are_listed_and_described(void **state)
{
    scene *s = *state;

    four_points(s);
    begin(s, VG_OP_LIST);
    assert_int_equal(run(s), VG_OK);
    assert_int_equal(s->op.out.names.count, 1);
    must_be(s->op.out.names.at[0], "c");
    begin(s, VG_OP_DESCRIBE)->in.collection.physical = VG_LIT("c");
    assert_int_equal(run(s), VG_OK);
    assert_true(s->op.out.info.exists);
    assert_int_equal(s->op.out.info.points_count, 4);
    assert_int_equal(s->op.out.info.spec.vectors[0].distance, VG_COSINE);
    must_be(s->op.out.info.spec.settings, "{\"shard_number\":1}");
    begin(s, VG_OP_HEALTH);
    assert_int_equal(run(s), VG_OK);
    must_be(s->op.out.health.version, VG_VERSION);
}

static void dropping_says_whether_there_was_something(void **state)
{
    scene *s = *state;

    four_points(s);
    assert_int_equal(create(s, 2, VG_DOT), VG_EXISTS);
    begin(s, VG_OP_DROP_COLLECTION)->in.collection.physical = VG_LIT("c");
    assert_int_equal(run(s), VG_OK);
    assert_true(s->op.out.did);
    assert_int_equal(run(s), VG_OK);
    assert_false(s->op.out.did);
}

static void a_delete_counts_its_operation(void **state)
{
    scene *s = *state;
    vg_point_id ids[] = {{.kind = VG_ID_NUM, .num = 1}, {.kind = VG_ID_NUM, .num = 77}};
    vg_update *update;

    four_points(s);
    begin(s, VG_OP_DELETE);
    update = vg_op_update(&s->op);
    update->ids = ids;
    update->id_count = 2;
    assert_int_equal(run(s), VG_OK);
    assert_int_equal(s->op.out.written.operation_id, 5);
    assert_true(s->op.out.written.completed);
    begin(s, VG_OP_SCROLL)->in.scroll.limit = 10;
    assert_int_equal(run(s), VG_OK);
    assert_int_equal(s->op.out.page.points.count, 3);
}

/* ---- what is refused ---- */

static const struct {
    const char *says;
    vg_op_kind kind;
} of_collections[] = {
    {"get", VG_OP_GET},
    {"delete", VG_OP_DELETE},
    {"search", VG_OP_SEARCH},
    {"scroll", VG_OP_SCROLL},
    {"count", VG_OP_COUNT},
    {"upsert", VG_OP_UPSERT},
    {"facet", VG_OP_FACET},
    {"batch", VG_OP_BATCH},
    {"index", VG_OP_CREATE_INDEX},
    {"unindex", VG_OP_DROP_INDEX},
};

static void a_missing_collection_is_named_as_one(void **state)
{
    scene *s = *state;

    for (size_t i = 0; i < sizeof of_collections / sizeof *of_collections; i++) {
        begin(s, of_collections[i].kind);
        if (vg_op_is_update(of_collections[i].kind))
            vg_op_update(&s->op);
        if (run(s) != VG_NOT_FOUND)
            fail_msg("%s: not NOT_FOUND", of_collections[i].says);
        must_be(s->op.status.where, "collection");
        must_be(s->op.status.what, "Collection `c` doesn't exist!");
    }
}

static void what_does_not_fit_is_explained(void **state)
{
    scene *s = *state;
    vg_slice names[] = {VG_LIT("image")}, paths[] = {VG_LIT("a[")};
    vg_search *query;

    four_points(s);
    assert_int_equal(upsert_one(s, number(1), "[1,2,3]", ""), VG_INVALID);
    must_say(&s->op.status, "Vector dimension error: expected dim: 2, got 3");
    must_be(s->op.status.where, "points[0].vector");
    assert_int_equal(upsert_one(s, number(1), "[1,1e39]", ""), VG_INVALID);
    query = ask(s, 1);
    query->vector = json_vector(s, "[1]");
    assert_int_equal(run(s), VG_INVALID);
    must_say(&s->op.status, "expected dim: 2, got 1");
    query = ask(s, 1);
    query->vector = json_vector(s, "[1,2]");
    query->with_vectors =
        (vg_vector_selector){.want = VG_VECTORS_NAMED, .names = names, .name_count = 1};
    assert_int_equal(run(s), VG_INVALID);
    must_say(&s->op.status, "Not existing vector name error: image");
    query->with_vectors = (vg_vector_selector){.want = VG_VECTORS_NONE};
    query->using_name = VG_LIT("image");
    assert_int_equal(run(s), VG_INVALID);
    query->using_name = (vg_slice){0};
    query->with_payload =
        (vg_payload_selector){.want = VG_PAYLOAD_EXCLUDE, .paths = paths, .path_count = 1};
    assert_int_equal(run(s), VG_INVALID);
    must_say(&s->op.status, "Invalid json path: 'a['");
    begin(s, VG_OP_DROP_COLLECTION)->in.collection.physical = VG_LIT("c");
    run(s);
    assert_int_equal(create(s, 0, VG_DOT), VG_INVALID);
    assert_int_equal(create(s, VG_MAX_DIMENSION + 1, VG_DOT), VG_INVALID);
    assert_int_equal(create(s, 4, VG_DISTANCE_NONE), VG_INVALID);
}

static void a_small_scratch_is_told_and_nothing_breaks(void **state)
{
    scene *s = *state;
    int failures = 0;

    four_points(s);
    for (size_t cap = 64; cap < 16384; cap += 64) {
        vg_arena *small = vg_arena_new(cap);
        vg_search *query = ask(s, 2);

        query[0].vector = query[1].vector = json_vector(s, "[1,2]");
        query[0].with_payload.want = VG_PAYLOAD_ALL;
        query[1].with_vectors.want = VG_VECTORS_ALL;
        if (small && run_steps(&s->backend, &s->op, small, NULL) != VG_OK) {
            assert_int_equal(s->op.status.code, VG_TOO_LARGE);
            failures++;
        }
        vg_arena_free(small);
    }
    assert_true(failures > 0);
}

static void one_process_holds_a_directory(void **state)
{
    scene *s = *state;
    vg_backend second = {.adapter = &vg_embedded, .conf = s->conf};
    vg_status status = {0};

    assert_int_equal(vg_embedded.open(&second, vg_slice_str(s->dir), s->arena, &status),
                     VG_CONFLICT);
    must_say(&status, "is in use by the process with pid ");
    assert_null(second.store);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, up, down)
    const struct CMUnitTest tests[] = {
        WITH_STORE(a_write_is_prepared_on_a_pool_and_committed_by_the_queue),
        WITH_STORE(a_read_is_one_work_on_the_search_pool),
        WITH_STORE(cosine_gives_back_what_it_stores),
        WITH_STORE(each_query_gets_its_own_answer),
        WITH_STORE(a_stored_point_is_left_out_of_its_own_answer),
        WITH_STORE(collections_are_listed_and_described),
        WITH_STORE(dropping_says_whether_there_was_something),
        WITH_STORE(a_delete_counts_its_operation),
        WITH_STORE(a_missing_collection_is_named_as_one),
        WITH_STORE(what_does_not_fit_is_explained),
        WITH_STORE(a_small_scratch_is_told_and_nothing_breaks),
        WITH_STORE(one_process_holds_a_directory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
