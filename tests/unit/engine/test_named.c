/* Several vectors for each point, in answers and in searches. */
#include <stdlib.h>

#include "asking.h"

static const float east[] = {1, 0}, north[] = {0, 1}, tall[] = {0, 0, 5}, wide[] = {3, 0, 4};

/* 1 has both, 2 the image alone, 3 the text alone, 4 none. */
static void four_points(bench *b)
{
    static const vg_vector_params params[] = {
        {.name = VG_LIT_INIT("image"), .size = 2, .distance = VG_DOT, .on_disk = -1},
        {.name = VG_LIT_INIT("text"), .size = 3, .distance = VG_COSINE, .on_disk = -1},
    };
    static const vg_collection_spec spec = {.vectors = params, .vector_count = 2};
    const vg_vector both[] = {floats(VG_LIT("text"), wide, 3), floats(VG_LIT("image"), east, 2)};
    const vg_vector image = floats(VG_LIT("image"), north, 2);
    const vg_vector text = floats(VG_LIT("text"), tall, 3);

    assert_int_equal(make(b, &spec), VG_OK);
    assert_int_equal(put(b, 1, both, 2, "{\"n\":1}"), VG_OK);
    assert_int_equal(put(b, 2, &image, 1, "{\"n\":2}"), VG_OK);
    assert_int_equal(put(b, 3, &text, 1, "{\"n\":3}"), VG_OK);
    assert_int_equal(put(b, 4, NULL, 0, "{\"n\":4}"), VG_OK);
}

static vg_search asking(const char *using_name, const float *at, uint32_t count)
{
    return (vg_search){.vector = floats((vg_slice){0}, at, count),
                       .using_name = vg_slice_str(using_name),
                       .limit = 10};
}

/* ---- answers ---- */

static vg_points get_with(bench *b, vg_vector_selector with)
{
    vg_point_id ids[] = {number(1), number(2), number(4), number(3)};
    vg_op_input in = {.get = {.ids = ids, .count = 4, .with_vectors = with}};
    vg_read read = reading(b, "c");
    vg_op_result out = {0};

    assert_true(vg_read_get(&read, &in, &out));
    assert_int_equal(out.points.count, 4);
    return out.points;
}

static void must_hold(const vg_vector *got, const char *name, const float *floats_of,
                      uint32_t count)
{
    must_be(got->name, name);
    assert_int_equal(got->count, count);
    assert_memory_equal(got->bytes.at, floats_of, count * sizeof(float));
}

static void all_vectors_come_in_the_order_of_the_collection(void **state)
{
    static const float normal[] = {3.0F / 5, 0, 4.0F / 5}, tall_normal[] = {0, 0, 1};
    bench *b = *state;
    vg_points got;

    four_points(b);
    got = get_with(b, (vg_vector_selector){.want = VG_VECTORS_ALL});
    assert_int_equal(got.at[0].vector_count, 2);
    must_hold(&got.at[0].vectors[0], "image", east, 2);
    must_hold(&got.at[0].vectors[1], "text", normal, 3);
    assert_int_equal(got.at[1].vector_count, 1);
    must_hold(&got.at[1].vectors[0], "image", north, 2);
    assert_true(got.at[2].has_vectors);
    assert_int_equal(got.at[2].vector_count, 0);
    assert_int_equal(got.at[3].vector_count, 1);
    must_hold(&got.at[3].vectors[0], "text", tall_normal, 3);
    got = get_with(b, (vg_vector_selector){.want = VG_VECTORS_NONE});
    assert_false(got.at[0].has_vectors);
    assert_int_equal(got.at[0].vector_count, 0);
}

static void named_ones_come_alone(void **state)
{
    static const vg_slice names[] = {VG_LIT_INIT("text"), VG_LIT_INIT("text")};
    static const vg_slice wrong[] = {VG_LIT_INIT("text"), VG_LIT_INIT("")};
    bench *b = *state;
    vg_op_input in = {.scroll = {.limit = 1}};
    vg_op_result out = {0};
    vg_points got;
    vg_read read;

    four_points(b);
    got = get_with(b, (vg_vector_selector){VG_VECTORS_NAMED, names, 2});
    assert_int_equal(got.at[0].vector_count, 1); /* once, however often it is named */
    must_be(got.at[0].vectors[0].name, "text");
    assert_true(got.at[1].has_vectors);
    assert_int_equal(got.at[1].vector_count, 0);
    in.scroll.with_vectors = (vg_vector_selector){VG_VECTORS_NAMED, wrong, 2};
    read = reading(b, "c");
    assert_false(vg_read_scroll(&read, &in, &out));
    assert_int_equal(b->status.code, VG_INVALID);
    must_be(vg_status_what(&b->status), "Not existing vector name error: ");
    in.scroll.with_vectors = (vg_vector_selector){VG_VECTORS_NAMED, names, 1};
    read = reading(b, "c");
    assert_true(vg_read_scroll(&read, &in, &out));
    must_be(out.page.points.at[0].vectors[0].name, "text");
}

/* The compared vector comes from memory, others from disk, and a payload in either case. */
static void hits_bring_the_vectors_that_are_asked_for(void **state)
{
    static const vg_slice image[] = {VG_LIT_INIT("image")}, text[] = {VG_LIT_INIT("text")};
    const vg_vector_selector selectors[] = {{.want = VG_VECTORS_NONE},
                                            {VG_VECTORS_NAMED, image, 1},
                                            {VG_VECTORS_NAMED, text, 1},
                                            {.want = VG_VECTORS_ALL}};
    static const uint32_t counts[] = {0, 1, 1, 2};
    bench *b = *state;
    const vg_points *lists;

    four_points(b);
    for (int i = 0; i < 8; i++) {
        vg_search query = asking("image", east, 2);
        const vg_point *hit;

        query.with_vectors = selectors[i / 2];
        query.with_payload.want = i % 2 ? VG_PAYLOAD_ALL : VG_PAYLOAD_NONE;
        assert_int_equal(search(b, &query, 1, &lists), VG_OK);
        assert_int_equal(lists[0].count, 2);
        hit = &lists[0].at[0];
        assert_int_equal(hit->id.num, 1);
        assert_int_equal(hit->version, 1);
        assert_int_equal(hit->vector_count, counts[i / 2]);
        assert_int_equal(hit->has_vectors, i / 2 > 0);
        if (i / 2 == 1)
            must_hold(&hit->vectors[0], "image", east, 2);
        if (i / 2 > 1)
            must_be(hit->vectors[hit->vector_count - 1].name, "text");
        must_be(hit->payload, i % 2 ? "{\"n\":1}" : "");
    }
}

/* ---- searches ---- */

static void each_query_uses_its_own_vector(void **state)
{
    bench *b = *state;
    vg_search queries[4];
    const vg_points *lists;

    four_points(b);
    queries[0] = asking("text", tall, 3);
    queries[1] = asking("image", north, 2);
    queries[2] = asking("text", wide, 3);
    queries[2].limit = 1;
    queries[3] = asking("image", NULL, 0);
    queries[3].by_id = number(1);
    assert_int_equal(search(b, queries, 4, &lists), VG_OK);
    assert_int_equal(lists[0].count, 2);
    assert_int_equal(lists[0].at[0].id.num, 3);
    assert_true(lists[0].at[0].score == 1);
    assert_int_equal(lists[1].count, 2);
    assert_int_equal(lists[1].at[0].id.num, 2);
    assert_int_equal(lists[2].count, 1);
    assert_int_equal(lists[2].at[0].id.num, 1);
    assert_int_equal(lists[3].count, 1); /* not the point itself */
    assert_int_equal(lists[3].at[0].id.num, 2);
}

static void refused(bench *b, vg_search query, vg_code code, const char *what)
{
    const vg_points *lists;

    assert_int_equal(search(b, &query, 1, &lists), code);
    must_be(vg_status_what(&b->status), what);
}

static void a_wrong_name_is_told_as_the_collection_is(void **state)
{
    bench *b = *state;
    vg_search by_id = asking("text", NULL, 0);

    four_points(b);
    refused(b, asking("", east, 2), VG_INVALID,
            "Collection requires specified vector name in the request, available names: image, "
            "text");
    refused(b, asking("x", east, 2), VG_INVALID,
            "Vector with name `x` is not configured in this collection, available names: image, "
            "text");
    refused(b, asking("text", east, 2), VG_INVALID,
            "Vector dimension error: expected dim: 3, got 2");
    by_id.by_id = number(2);
    refused(b, by_id, VG_NOT_FOUND, "Vector with name \"text\" for point not found");
    by_id.by_id = number(5);
    refused(b, by_id, VG_NOT_FOUND, "No point with id 5 found");
    drop(b, "c", NULL);
    make_plain(b, 2, VG_DOT);
    refused(b, asking("x", east, 2), VG_INVALID,
            "Vector with name x is not configured in this collection");
}

/* ---- versions ---- */

/* What changes a point's payload leaves its vectors alone, but not its version. */
static void a_change_of_the_payload_is_the_hits_version(void **state)
{
    bench *b = *state;
    vg_point_id two = number(2);
    vg_update set = {.kind = VG_OP_OVERWRITE_PAYLOAD, .ids = &two, .id_count = 1};
    vg_search query = asking("image", north, 2);
    const vg_points *lists;

    four_points(b);
    set.payload = padded(b, "{\"n\":\"new\"}");
    assert_int_equal(update(b, "c", &set, 1, NULL), VG_OK);
    query.limit = 1;
    for (int i = 0; i < 2; i++) {
        query.with_payload.want = i ? VG_PAYLOAD_ALL : VG_PAYLOAD_NONE;
        assert_int_equal(search(b, &query, 1, &lists), VG_OK);
        assert_int_equal(lists[0].at[0].id.num, 2);
        assert_int_equal(lists[0].at[0].version, 5);
        must_be(lists[0].at[0].payload, i ? "{\"n\":\"new\"}" : "");
    }
}

/* ---- descriptions ---- */

static void a_description_tells_vectors_and_indexes(void **state)
{
    bench *b = *state;
    vg_collection_info info;

    four_points(b);
    put(b, 5, NULL, 0, "{\"n\":\"x\",\"k\":[\"x\",\"y\"]}");
    declare(b, "n", VG_INDEX_INTEGER);
    declare(b, "k", VG_INDEX_KEYWORD);
    info = describe(b);
    assert_true(info.exists);
    assert_int_equal(info.points_count, 5);
    assert_int_equal(info.color, VG_GREEN);
    assert_int_equal(info.spec.vector_count, 2);
    must_be(info.spec.vectors[1].name, "text");
    assert_int_equal(info.spec.indexes.count, 2);
    must_be(info.spec.indexes.at[0].key, "n");
    assert_int_equal(info.spec.indexes.at[1].kind, VG_INDEX_KEYWORD);
    assert_int_equal(info.index_points[0], 4);
    assert_int_equal(info.index_points[1], 1);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, bench_up, bench_down)
    const struct CMUnitTest tests[] = {
        WITH_STORE(all_vectors_come_in_the_order_of_the_collection),
        WITH_STORE(named_ones_come_alone),
        WITH_STORE(hits_bring_the_vectors_that_are_asked_for),
        WITH_STORE(each_query_uses_its_own_vector),
        WITH_STORE(a_wrong_name_is_told_as_the_collection_is),
        WITH_STORE(a_change_of_the_payload_is_the_hits_version),
        WITH_STORE(a_description_tells_vectors_and_indexes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
