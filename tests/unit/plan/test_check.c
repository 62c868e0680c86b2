/* What the plan refuses by itself, word for word, with the place in the request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/plan/check_say.h"

/* ---- dimensions ---- */

static const char *say_upsert(const vg_point *points, uint32_t count, const vg_capabilities *can)
{
    return check_say(&(vg_op){.kind = VG_OP_UPSERT,
                              .collection = &check_a4,
                              .in.update = {.at = &(vg_update){.kind = VG_OP_UPSERT,
                                                               .points = points,
                                                               .point_count = count},
                                            .count = 1}},
                     can);
}

static void the_point_with_another_dimension_is_named(void **state)
{
    const vg_vector right = check_of(4), wrong = check_of(3);
    const vg_point points[] = {
        {.id = {.kind = VG_ID_NUM}, .vectors = &right, .vector_count = 1},
        {.id = {.kind = VG_ID_NUM}},
        {.id = {.kind = VG_ID_NUM}, .vectors = &wrong, .vector_count = 1},
    };

    (void)state;
    assert_string_equal(say_upsert(points, 2, &check_all), "ok");
    assert_string_equal(say_upsert(points, 3, &check_all),
                        "invalid points[2].vector: Vector dimension error: expected dim: 4, got 3");
}

static const char *say_search(const vg_search *queries, uint32_t count, const vg_capabilities *can)
{
    return check_say(
        &(vg_op){.kind = VG_OP_SEARCH,
                 .collection = &check_a4,
                 .in.search = {.queries = queries, .count = count, .is_list = count > 1}},
        can);
}

static void the_query_with_another_dimension_is_named(void **state)
{
    const vg_search queries[] = {{.vector = check_of(4), .limit = 1},
                                 {.vector = check_of(5), .limit = 1}};

    (void)state;
    assert_string_equal(say_search(queries, 1, &check_all), "ok");
    assert_string_equal(say_search(queries + 1, 1, &check_all),
                        "invalid vector: Vector dimension error: expected dim: 4, got 5");
    assert_string_equal(
        say_search(queries, 2, &check_all),
        "invalid searches[1].vector: Vector dimension error: expected dim: 4, got 5");
    assert_string_equal(
        check_say(&(vg_op){.kind = VG_OP_SEARCH,
                           .collection = &check_a4,
                           .in.search = {.queries = queries + 1, .count = 1, .is_list = true}},
                  &check_all),
        "invalid searches[0].vector: Vector dimension error: expected dim: 4, got 5");
}

static const char *say_create(vg_vector_params vector, const vg_capabilities *can)
{
    return check_say(&(vg_op){.kind = VG_OP_CREATE_COLLECTION,
                              .in.create.spec = {.vectors = &vector, .vector_count = 1}},
                     can);
}

static void a_collection_beyond_the_backend_is_refused(void **state)
{
    vg_capabilities can = check_all;

    (void)state;
    can.distances[VG_MANHATTAN] = false;
    assert_string_equal(say_create((vg_vector_params){.size = 100, .distance = VG_DOT}, &can),
                        "ok");
    assert_string_equal(say_create((vg_vector_params){.size = 101, .distance = VG_DOT}, &can),
                        "unsupported dimension: a vector of 101 dimensions: this backend's "
                        "max_vector_dimensions is 100");
    assert_string_equal(say_create((vg_vector_params){.size = 4, .distance = VG_MANHATTAN}, &can),
                        "unsupported metric: Manhattan: this backend does not have that "
                        "capability");
    assert_string_equal(
        say_create((vg_vector_params){.size = 4, .distance = VG_DOT, .name = VG_LIT_INIT("v")},
                   &can),
        "unsupported vectors.v: supports_named_vectors: this backend does not have that "
        "capability");
}

static void what_asks_too_much_of_a_vector_is_named(void **state)
{
    const vg_vector_params bfloat16 = {
        .size = 4, .distance = VG_DOT, .quantization_config = VG_LIT_INIT(VG_BFLOAT16_CONFIG)};
    const vg_vector_params wide = {.name = VG_LIT_INIT("v"), .size = 101, .distance = VG_DOT};
    const vg_vector_params many = {
        .name = VG_LIT_INIT("v"), .kind = VG_MULTI, .size = 4, .distance = VG_DOT};
    vg_capabilities can = check_all;

    (void)state;
    can.supports_named_vectors = true;
    assert_string_equal(say_create(wide, &can),
                        "unsupported vectors.v.dimension: a vector of 101 dimensions: this "
                        "backend's max_vector_dimensions is 100");
    assert_string_equal(say_create(many, &can),
                        "unsupported vectors.v.kind: supports_multivectors: this backend does not "
                        "have that capability");
    assert_string_equal(say_create(bfloat16, &can),
                        "unsupported quantization: supports_bfloat16: this backend does not have "
                        "that capability");
    can.supports_bfloat16 = true;
    assert_string_equal(say_create(bfloat16, &can), "ok");
}

static void names_of_a_collection_come_once(void **state)
{
    const vg_vector_params vectors[] = {{.name = VG_LIT_INIT("b"), .size = 4, .distance = VG_DOT},
                                        {.name = VG_LIT_INIT("a"), .size = 4, .distance = VG_DOT},
                                        {.name = VG_LIT_INIT("b"), .size = 5, .distance = VG_DOT}};
    const vg_index fields[] = {{.key = VG_LIT_INIT("k"), .kind = VG_INDEX_BOOL},
                               {.key = VG_LIT_INIT("k"), .kind = VG_INDEX_GEO}};
    vg_capabilities can = check_all;
    vg_op op = {.kind = VG_OP_CREATE_COLLECTION};

    (void)state;
    can.supports_named_vectors = true;
    assert_string_equal(check_say(&op, &can), "ok"); /* no vector at all */
    op.in.create.spec = (vg_collection_spec){
        .vectors = vectors, .vector_count = 2, .indexes = {.at = fields, .count = 1}};
    assert_string_equal(check_say(&op, &can), "ok");
    op.in.create.spec.indexes.count = 2;
    assert_string_equal(check_say(&op, &can),
                        "invalid fields: Field names must be unique - duplicate found with 'k'");
    op.in.create.spec.vector_count = 3;
    assert_string_equal(
        check_say(&op, &can),
        "invalid vectors: Dense and sparse vector names must be unique - duplicate found with 'b'");
}

/* ---- what a backend can do ---- */

static void an_order_is_for_backends_that_know_one(void **state)
{
    vg_capabilities can = check_all;
    vg_op op = {.kind = VG_OP_SCROLL,
                .collection = &check_a4,
                .in.scroll = {.limit = 1, .order = {.key = VG_LIT_INIT("k")}}};

    (void)state;
    assert_string_equal(check_say(&op, &can),
                        "unsupported order_by: supports_order_by: this backend does not have that "
                        "capability");
    can.supports_order_by = true;
    assert_string_equal(check_say(&op, &can), "ok");
}

static void each_capability_is_named_when_it_is_missing(void **state)
{
    const vg_vector v = check_of(4);
    const vg_point point = {.id = {.kind = VG_ID_NUM}, .vectors = &v, .vector_count = 1};
    const vg_point points[] = {point, point};
    const vg_search by_id[] = {{.by_id = {.kind = VG_ID_NUM, .num = 1}, .limit = 1},
                               {.vector = check_of(4), .limit = 1}};
    vg_capabilities none = {0};

    (void)state;
    assert_string_equal(say_upsert(points, 2, &none), "ok"); /* one by one */
    assert_string_equal(say_search(by_id, 1, &none),
                        "unsupported id: supports_search_by_id: this backend does not have that "
                        "capability");
    assert_string_equal(say_search(by_id + 1, 1, &none), "ok");
    assert_string_equal(say_search(by_id, 2, &check_all), "ok");
}

static void only_bounds_that_cutting_does_not_help_are_named(void **state)
{
    const vg_vector v = check_of(4);
    const vg_point point = {.id = {.kind = VG_ID_NUM}, .vectors = &v, .vector_count = 1};
    const vg_point points[] = {point, point, point};
    const vg_search deep[] = {{.vector = check_of(4), .limit = 6, .offset = 5},
                              {.vector = check_of(4), .limit = UINT32_MAX, .offset = UINT32_MAX}};
    vg_capabilities can = check_all;

    (void)state;
    assert_string_equal(say_search(deep, 2, &can), "ok");
    can.max_top_k = 10;
    can.max_points_per_call = 2;
    can.max_queries_per_call = 1;
    assert_string_equal(say_upsert(points, 3, &can), "ok");
    assert_string_equal(say_search(deep, 1, &can),
                        "unsupported limit: offset and limit together ask for 11 points: this "
                        "backend's max_top_k is 10");
    assert_string_equal(say_search(deep + 1, 1, &can),
                        "unsupported limit: offset and limit together ask for 8589934590 points: "
                        "this backend's max_top_k is 10");
}

static const char *say_ids(vg_op_kind kind, const vg_point_id *ids, uint32_t count,
                           const vg_capabilities *can)
{
    vg_update update = {.kind = kind, .ids = ids, .id_count = count};
    vg_op op = {.kind = kind, .collection = &check_a4};

    if (kind == VG_OP_DELETE) {
        op.in.update.at = &update;
        op.in.update.count = 1;
    } else {
        op.in.get.ids = ids;
        op.in.get.count = count;
    }
    return check_say(&op, can);
}

static void text_ids_are_for_backends_that_know_them(void **state)
{
    const vg_point_id ids[] = {{.kind = VG_ID_NUM},
                               {.kind = VG_ID_UUID},
                               {.kind = VG_ID_TEXT, .text = VG_LIT_INIT("seven")}};
    vg_capabilities can = check_all;
    vg_op scroll = {.kind = VG_OP_SCROLL, .collection = &check_a4, .in.scroll = {.from = ids[2]}};

    (void)state;
    assert_string_equal(say_ids(VG_OP_GET, ids, 3, &can), "ok");
    can.supports_text_ids = false;
    assert_string_equal(say_ids(VG_OP_GET, ids, 2, &can), "ok");
    assert_string_equal(say_ids(VG_OP_DELETE, ids, 3, &can),
                        "unsupported ids[2]: supports_text_ids: this backend takes unsigned "
                        "integers and UUIDs as ids, not \"seven\"");
    assert_string_equal(check_say(&scroll, &can),
                        "unsupported from: supports_text_ids: this backend takes unsigned "
                        "integers and UUIDs as ids, not \"seven\"");
}

/* ---- examples ---- */

static const vg_point_id text_id = {.kind = VG_ID_TEXT, .text = VG_LIT_INIT("seven")};

static void each_example_is_checked_in_its_place(void **state)
{
    const vg_example good = {.vector = check_of(4)}, stored = {.id = {.kind = VG_ID_NUM}};
    const vg_example two[] = {good, {.vector = check_of(3)}}, named[] = {stored, {.id = text_id}};
    const struct {
        const char *says, *said;
        vg_search search;
    } rows[] = {
        {"all fit",
         "ok",
         {.scoring = VG_BY_SUM_SCORES,
          .positive = &good,
          .positive_count = 1,
          .negative = &stored,
          .negative_count = 1}},
        {"a positive one",
         "invalid recommend.positive[1]: Vector dimension error: expected dim: 4, got 3",
         {.scoring = VG_BY_AVERAGE, .positive = two, .positive_count = 2}},
        {"a negative one",
         "invalid recommend.negative[1]: Vector dimension error: expected dim: 4, got 3",
         {.scoring = VG_BY_BEST_SCORE, .negative = two, .negative_count = 2}},
        {"one of a pair",
         "invalid context[1].negative: Vector dimension error: expected dim: 4, got 3",
         {.scoring = VG_BY_CONTEXT,
          .positive = named,
          .positive_count = 2,
          .negative = two,
          .negative_count = 2}},
        {"a target",
         "invalid discover.target: Vector dimension error: expected dim: 4, got 3",
         {.scoring = VG_BY_DISCOVERY, .vector = check_of(3)}},
        {"the average of nothing",
         "invalid recommend: Positive vectors should not be empty with `average` strategy",
         {.scoring = VG_BY_AVERAGE, .negative = &good, .negative_count = 1}},
        {"no example",
         "invalid recommend: At least one positive or negative vector ID required with this "
         "strategy",
         {.scoring = VG_BY_BEST_SCORE}},
        {"half a pair",
         "invalid context: each pair of a context needs a positive and a negative example",
         {.scoring = VG_BY_CONTEXT, .positive = &good, .positive_count = 1}},
        {"no pair", "ok", {.scoring = VG_BY_CONTEXT}},
    };
    vg_capabilities can = check_all;

    (void)state;
    can.supports_examples = true;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const vg_search search = rows[i].search;

        print_message("%s\n", rows[i].says);
        assert_string_equal(say_search(&search, 1, &can), rows[i].said);
    }
}

static void a_pair_beside_a_target_has_its_place_there(void **state)
{
    const vg_example better[] = {{.id = text_id}, {.vector = check_of(3)}};
    const vg_example worse[] = {{.vector = check_of(4)}, {.vector = check_of(4)}};
    const vg_search search = {.scoring = VG_BY_DISCOVERY,
                              .vector = check_of(4),
                              .positive = better,
                              .positive_count = 2,
                              .negative = worse,
                              .negative_count = 2};
    vg_capabilities can = check_all;

    (void)state;
    can.supports_examples = true;
    assert_string_equal(
        say_search(&search, 1, &can),
        "invalid discover.context[1].positive: Vector dimension error: expected dim: 4, got 3");
}

static void examples_are_for_backends_that_know_them(void **state)
{
    const vg_example stored = {.id = {.kind = VG_ID_NUM}}, text = {.id = text_id};
    vg_search search = {.scoring = VG_BY_AVERAGE, .positive = &stored, .positive_count = 1};
    const vg_search several[] = {{.vector = check_of(4)}, search};
    vg_capabilities can = check_all;

    (void)state;
    assert_string_equal(
        say_search(several, 2, &can),
        "unsupported searches[1].recommend: supports_examples: this backend does not "
        "have that capability");
    can.supports_examples = true;
    assert_string_equal(say_search(several, 2, &can), "ok");
    can.supports_search_by_id = false;
    assert_string_equal(
        say_search(several, 2, &can),
        "unsupported searches[1].recommend.positive[0]: supports_search_by_id: this "
        "backend does not have that capability");
    can.supports_search_by_id = true;
    can.supports_text_ids = false;
    search.positive = &text;
    assert_string_equal(say_search(&search, 1, &can),
                        "unsupported recommend.positive[0]: supports_text_ids: this backend takes "
                        "unsigned integers and UUIDs as ids, not \"seven\"");
    search = (vg_search){.vector = check_of(4), .except = &text_id, .except_count = 1};
    assert_string_equal(say_search(&search, 1, &can),
                        "unsupported except[0].id: supports_text_ids: this backend takes unsigned "
                        "integers and UUIDs as ids, not \"seven\"");
}

static void a_sample_is_for_backends_that_have_one(void **state)
{
    vg_capabilities can = check_all;
    vg_op op = {.kind = VG_OP_SCROLL,
                .collection = &check_a4,
                .in.scroll = {.limit = 1, .is_random = true}};

    (void)state;
    assert_string_equal(check_say(&op, &can),
                        "unsupported sample: supports_sampling: this backend does not have that "
                        "capability");
    can.supports_sampling = true;
    assert_string_equal(check_say(&op, &can), "ok");
}

/* ---- filters ---- */

static const char *say_filter(const vg_filter *filter, const vg_capabilities *can)
{
    return check_say(
        &(vg_op){.kind = VG_OP_COUNT, .collection = &check_a4, .in.count = {.filter = filter}},
        can);
}

static void a_test_that_the_backend_lacks_is_refused_wherever_it_is(void **state)
{
    const vg_condition match = {.test = VG_TEST_MATCH_VALUE, .key = VG_LIT_INIT("k")};
    const vg_condition geo = {.test = VG_TEST_GEO_RADIUS, .key = VG_LIT_INIT("k")};
    const vg_filter inner = {.must_not = {.at = &geo, .count = 1}};
    const vg_condition nested = {.test = VG_TEST_NESTED_OBJECT, .as.filter = &inner};
    const vg_filter filters[] = {
        {.must = {.at = &geo, .count = 1}},
        {.should = {.at = &geo, .count = 1}},
        {.must_not = {.at = &geo, .count = 1}},
        {.min_should = {.at = &geo, .count = 1}},
        {.must = {.at = &match, .count = 1}, .should = {.at = &nested, .count = 1}},
    };
    vg_capabilities can = check_all;

    (void)state;
    can.filter_tests &= ~(1u << VG_TEST_GEO_RADIUS);
    assert_string_equal(say_filter(&(vg_filter){.must = {.at = &match, .count = 1}}, &can), "ok");
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        assert_string_equal(say_filter(&filters[i], &check_all), "ok");
        assert_string_equal(
            say_filter(&filters[i], &can),
            "unsupported filter: geo_radius: this backend's filters do not have that test");
    }
    can.supports_metadata_filter = false;
    assert_string_equal(say_filter(&filters[0], &can),
                        "unsupported filter: supports_metadata_filter: this backend does not have "
                        "that capability");
    assert_string_equal(say_filter(NULL, &can), "ok");
}

static void every_op_that_takes_a_filter_has_it_checked(void **state)
{
    const vg_filter filter = {0};
    const vg_search search = {.vector = check_of(4), .limit = 1, .filter = &filter};
    const vg_update update = {.kind = VG_OP_DELETE, .filter = &filter};
    const vg_capabilities none = {0};
    vg_op ops[] = {
        {.kind = VG_OP_SEARCH, .in.search = {.queries = &search, .count = 1}},
        {.kind = VG_OP_SCROLL, .in.scroll = {.filter = &filter}},
        {.kind = VG_OP_COUNT, .in.count = {.filter = &filter}},
        {.kind = VG_OP_FACET, .in.facet = {.filter = &filter}},
        {.kind = VG_OP_DELETE, .in.update = {.at = &update, .count = 1}},
        {.kind = VG_OP_SET_PAYLOAD, .in.update = {.at = &update, .count = 1}},
        {.kind = VG_OP_OVERWRITE_PAYLOAD, .in.update = {.at = &update, .count = 1}},
        {.kind = VG_OP_DELETE_PAYLOAD, .in.update = {.at = &update, .count = 1}},
        {.kind = VG_OP_CLEAR_PAYLOAD, .in.update = {.at = &update, .count = 1}},
        {.kind = VG_OP_DELETE_VECTORS, .in.update = {.at = &update, .count = 1}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        ops[i].collection = &check_a4;
        assert_string_equal(check_say(&ops[i], &none),
                            "unsupported filter: supports_metadata_filter: this backend does not "
                            "have that capability");
    }
}

/* ---- collections that somebody else made ---- */

static void named_vectors_are_for_backends_that_know_them(void **state)
{
    const vg_vector_params two[] = {{.size = 4, .distance = VG_DOT},
                                    {.name = VG_LIT_INIT("v"), .size = 4, .distance = VG_DOT}};
    const vg_collection with = {.spec = {.vectors = two, .vector_count = 2}};
    const vg_collection without = {.spec = {.vector_count = 0}};
    vg_op op = {.kind = VG_OP_COUNT, .collection = &with, .name = VG_LIT_INIT("a")};
    vg_capabilities named = check_all;

    (void)state;
    named.supports_named_vectors = true;
    assert_string_equal(check_say(&op, &named), "ok");
    assert_string_equal(check_say(&op, &check_all),
                        "unsupported collection: supports_named_vectors: this backend does not "
                        "have that capability");
    op.kind = VG_OP_DESCRIBE;
    assert_string_equal(check_say(&op, &check_all), "ok");
    op = (vg_op){.kind = VG_OP_COUNT, .collection = &without};
    assert_string_equal(check_say(&op, &check_all), "ok");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_point_with_another_dimension_is_named),
        cmocka_unit_test(the_query_with_another_dimension_is_named),
        cmocka_unit_test(a_collection_beyond_the_backend_is_refused),
        cmocka_unit_test(what_asks_too_much_of_a_vector_is_named),
        cmocka_unit_test(names_of_a_collection_come_once),
        cmocka_unit_test(an_order_is_for_backends_that_know_one),
        cmocka_unit_test(each_capability_is_named_when_it_is_missing),
        cmocka_unit_test(only_bounds_that_cutting_does_not_help_are_named),
        cmocka_unit_test(text_ids_are_for_backends_that_know_them),
        cmocka_unit_test(each_example_is_checked_in_its_place),
        cmocka_unit_test(a_pair_beside_a_target_has_its_place_there),
        cmocka_unit_test(examples_are_for_backends_that_know_them),
        cmocka_unit_test(a_sample_is_for_backends_that_have_one),
        cmocka_unit_test(a_test_that_the_backend_lacks_is_refused_wherever_it_is),
        cmocka_unit_test(every_op_that_takes_a_filter_has_it_checked),
        cmocka_unit_test(named_vectors_are_for_backends_that_know_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
