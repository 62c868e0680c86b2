/* Vectors with names: which a point has after each kind of update, and which specs and vectors are
 * refused. */
#include "named.h"

static const float ones[] = {1, 1}, twos[] = {2, 2}, triple[] = {3, 4, 0}, other[] = {0, 0, 9};

static const float triple_normal[] = {0.6F, 0.8F, 0}, other_normal[] = {0, 0, 1};

static void an_upsert_replaces_all_vectors_with_those_it_has(void **state)
{
    bench *b = *state;
    const vg_vector both[] = {vector_of("b", triple, 3), vector_of("a", ones, 2)};
    const vg_vector one = vector_of("a", twos, 2);

    create_named(b);
    assert_int_equal(put_named(b, 1, both, 2, "{\"n\":1}"), VG_OK);
    expect_vector(b, 1, 0, ones);
    expect_vector(b, 1, 1, triple_normal);
    assert_int_equal(put_named(b, 1, &one, 1, ""), VG_OK);
    expect_vector(b, 1, 0, twos);
    expect_vector(b, 1, 1, NULL);
    expect_payload(b, 1, "", 2);
    assert_int_equal(put_named(b, 1, NULL, 0, "{}"), VG_OK);
    expect_vector(b, 1, 0, NULL);
    reopen(b);
    expect_memory_to_be_the_disk(b, "c");
    expect_payload(b, 1, "{}", 3);
}

static void vectors_are_set_by_name_and_nothing_else_changes(void **state)
{
    bench *b = *state;
    const vg_vector a = vector_of("a", ones, 2), again = vector_of("b", other, 3);
    const vg_point points[] = {{.id = number_id(1), .vectors = &again, .vector_count = 1}};
    const vg_update one = {.kind = VG_OP_UPDATE_VECTORS, .points = points, .point_count = 1};

    create_named(b);
    put_named(b, 1, &a, 1, "{\"n\": 1}");
    assert_int_equal(update(b, "c", &one, 1, NULL), VG_OK);
    expect_vector(b, 1, 0, ones);
    expect_vector(b, 1, 1, other_normal);
    expect_payload(b, 1, "{\"n\": 1}", 2);
    expect_memory_to_be_the_disk(b, "c"); /* the untouched vector has the point's version too */
    reopen(b);
    expect_vector(b, 1, 0, ones);
    expect_vector(b, 1, 1, other_normal);
}

static void vectors_are_deleted_by_name(void **state)
{
    bench *b = *state;
    const vg_vector both[] = {vector_of("a", ones, 2), vector_of("b", triple, 3)};
    const vg_point_id ids[] = {number_id(1), number_id(7)};
    const vg_slice name = VG_LIT("a");
    vg_update one = {.kind = VG_OP_DELETE_VECTORS,
                     .ids = ids,
                     .id_count = 2, /* the one that is not there is passed over */
                     .names = &name,
                     .name_count = 1};

    create_named(b);
    put_named(b, 1, both, 2, "{\"n\":1}");
    put_named(b, 2, both, 2, "{}");
    assert_int_equal(update(b, "c", &one, 1, NULL), VG_OK);
    expect_vector(b, 1, 0, NULL);
    expect_vector(b, 1, 1, triple_normal);
    expect_vector(b, 2, 0, ones);
    expect_payload(b, 1, "{\"n\":1}", 3);
    expect_memory_to_be_the_disk(b, "c");
}

static void a_collection_without_vectors_holds_payloads(void **state)
{
    bench *b = *state;
    const vg_point_id id = number_id(1);
    const vg_update deletion = {.kind = VG_OP_DELETE, .ids = &id, .id_count = 1};

    assert_int_equal(create_spec(b, "c", &(vg_collection_spec){0}), VG_OK);
    assert_int_equal(put_named(b, 1, NULL, 0, "{\"n\":1}"), VG_OK);
    assert_int_equal(put_named(b, 2, NULL, 0, "{\"n\":2}"), VG_OK);
    reopen(b);
    expect_payload(b, 1, "{\"n\":1}", 1);
    assert_int_equal(update(b, "c", &deletion, 1, NULL), VG_OK);
    assert_int_equal(count_points(b, "c"), 1);
}

static const struct {
    const char *says, *name;
    uint32_t count;
    const char *what, *where;
} wrong_vectors[] = {
    {"an unknown name", "foo", 2, "Not existing vector name error: foo", "points[0].vector.foo"},
    {"no name, where all have one", "", 2, "Not existing vector name error: ", "points[0].vector"},
    {"too short", "b", 2, "Vector dimension error: expected dim: 3, got 2", "points[0].vector.b"},
    {"too long", "a", 3, "Vector dimension error: expected dim: 2, got 3", "points[0].vector.a"},
};

static void a_vector_that_does_not_fit_is_refused_with_its_name(void **state)
{
    bench *b = *state;

    create_named(b);
    for (size_t i = 0; i < sizeof wrong_vectors / sizeof *wrong_vectors; i++) {
        vg_vector vector = vector_of(wrong_vectors[i].name, triple, wrong_vectors[i].count);
        vg_point point = {.id = number_id(1), .vectors = &vector, .vector_count = 1};
        vg_update updates[] = {
            {.kind = VG_OP_UPSERT, .points = &point, .point_count = 1},
            {.kind = VG_OP_UPDATE_VECTORS, .points = &point, .point_count = 1},
        };

        for (int k = 0; k < 2; k++) {
            if (update(b, "c", &updates[k], 1, NULL) != VG_INVALID)
                fail_msg("%s is taken", wrong_vectors[i].says);
            must_be(b->status.what, wrong_vectors[i].what);
            must_be(b->status.where, wrong_vectors[i].where);
        }
    }
    assert_int_equal(count_points(b, "c"), 0);
}

static void a_spec_that_no_collection_can_have_is_refused(void **state)
{
    bench *b = *state;
    const vg_index indexes[] = {{.key = VG_LIT("a..b"), .kind = VG_INDEX_KEYWORD},
                                {.key = VG_LIT("n"), .kind = VG_INDEX_KINDS},
                                {.key = VG_LIT("m"), .kind = VG_INDEX_FLOAT},
                                {.key = VG_LIT("m"), .kind = VG_INDEX_INTEGER}};
    const struct {
        const char *says;
        vg_vector_params vectors[2];
        uint32_t count;
        const char *what;
    } wrong_specs[] = {
        {"no size", {{.distance = VG_DOT}}, 1, "value 0 invalid, must be from 1 to 65536"},
        {"a name twice",
         {{.name = VG_LIT("a"), .size = 1, .distance = VG_DOT},
          {.name = VG_LIT("a"), .size = 1, .distance = VG_DOT}},
         2,
         "two vectors have the name `a`"},
        {"no distance in the second",
         {{.name = VG_LIT("a"), .size = 1, .distance = VG_DOT}, {.name = VG_LIT("b"), .size = 1}},
         2,
         "a distance is needed"},
        {"more than there is room for",
         {{.size = 1}},
         VG_MAX_VECTORS + 1,
         "257 vectors are too many"},
    };

    for (size_t i = 0; i < sizeof wrong_specs / sizeof *wrong_specs; i++) {
        vg_collection_spec spec = {wrong_specs[i].vectors, wrong_specs[i].count, {0}, {0}};

        b->status = (vg_status){0};
        if (vg_write_check_spec(&spec, b->arena, &b->status))
            fail_msg("%s is taken", wrong_specs[i].says);
        must_say(b, wrong_specs[i].what);
    }
    for (int i = 0; i < 2; i++) {
        b->status = (vg_status){0};
        assert_false(vg_write_check_spec(&(vg_collection_spec){.indexes = {&indexes[i], 1}},
                                         b->arena, &b->status));
        must_say(b, i == 0 ? "Invalid json path: 'a..b'" : "of a kind that is not known");
    }
    b->status = (vg_status){0};
    assert_false(vg_write_check_spec(&(vg_collection_spec){.indexes = {&indexes[2], 2}}, b->arena,
                                     &b->status));
    must_say(b, "two indexes have the key `m`");
}

static void as_many_vectors_as_there_may_be_work(void **state)
{
    bench *b = *state;
    vg_vector_params *params = VG_TAKE_N(b->arena, vg_vector_params, VG_MAX_VECTORS);
    vg_vector *vectors = VG_TAKE_N(b->arena, vg_vector, VG_MAX_VECTORS);
    const vg_collection_spec spec = {.vectors = params, .vector_count = VG_MAX_VECTORS};
    const vg_point_id id = number_id(1);
    const vg_slice last = VG_LIT("v255");
    const vg_update cut = {
        .kind = VG_OP_DELETE_VECTORS, .ids = &id, .id_count = 1, .names = &last, .name_count = 1};

    for (int i = 0; i < VG_MAX_VECTORS; i++) {
        params[i] = (vg_vector_params){
            .name = vg_arena_printf(b->arena, "v%d", i), .size = 2, .distance = VG_DOT};
        vectors[i] = vector_of(params[i].name.at, i % 2 ? ones : twos, 2);
    }
    assert_int_equal(create_spec(b, "c", &spec), VG_OK);
    assert_int_equal(put_named(b, 1, vectors, VG_MAX_VECTORS, "{}"), VG_OK);
    assert_int_equal(update(b, "c", &cut, 1, NULL), VG_OK);
    reopen(b);
    assert_memory_equal(look_at_vector(b, "c", &id, 254), twos, sizeof twos);
    assert_null(look_at_vector(b, "c", &id, 255));
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, bench_up, bench_down)
    const struct CMUnitTest tests[] = {
        WITH_STORE(an_upsert_replaces_all_vectors_with_those_it_has),
        WITH_STORE(vectors_are_set_by_name_and_nothing_else_changes),
        WITH_STORE(vectors_are_deleted_by_name),
        WITH_STORE(a_collection_without_vectors_holds_payloads),
        WITH_STORE(a_vector_that_does_not_fit_is_refused_with_its_name),
        WITH_STORE(a_spec_that_no_collection_can_have_is_refused),
        WITH_STORE(as_many_vectors_as_there_may_be_work),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
