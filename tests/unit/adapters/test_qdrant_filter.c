/* Filters that were not read from Qdrant's own words, written in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/vector/qdrant/qdrant.h"
#include "base/buf.h"

#define TEXT(literal)                                       \
    {                                                       \
        .kind = VG_MATCH_TEXT, .text = VG_LIT_INIT(literal) \
    }
#define KEY(literal) .key = VG_LIT_INIT(literal)

static const vg_match_value values[] = {TEXT("a\"b"), TEXT("c")};
static const vg_match_value numbers[] = {{.kind = VG_MATCH_INTEGER, .integer = -9}};
static const vg_geo ring[] = {{0, 0}, {1, 0}, {1, 1}, {0, 0}};
static const vg_geo_ring holes[] = {{ring, 4}};
static const vg_point_id ids[] = {
    {.kind = VG_ID_NUM, .num = 18446744073709551615u},
    {.kind = VG_ID_UUID, .uuid = {0x55, 0x0e, 0x84, 0, 0xe2, 0x9b, 0x41, 0xd4, 0xa7, 0x16, 0x44}}};
static const vg_point_id text_ids[] = {{.kind = VG_ID_TEXT, .text = VG_LIT_INIT("x")}};
static const vg_condition inner_condition = {.test = VG_TEST_HAS_VECTOR,
                                             .as.text = VG_LIT_INIT("")};
static const vg_filter inner = {.must = {&inner_condition, 1}};
static const vg_filter raw_inner = {.raw = VG_LIT_INIT("{ \"must\" : [] }")};

#define RING                                                                                       \
    "{\"points\":[{\"lon\":0.0,\"lat\":0.0},{\"lon\":1.0,\"lat\":0.0},{\"lon\":1.0,\"lat\":1.0},{" \
    "\"lon\":0.0,\"lat\":0.0}]}"

static const struct {
    const char *says;
    vg_condition condition;
    const char *json;
} rows[] = {
    {"a text",
     {.test = VG_TEST_MATCH_VALUE, KEY("g"), .as.value = TEXT("x")},
     "{\"key\":\"g\",\"match\":{\"value\":\"x\"}}"},
    {"an integer",
     {.test = VG_TEST_MATCH_VALUE,
      KEY("a.b[]"),
      .as.value = {.kind = VG_MATCH_INTEGER, .integer = INT64_MIN}},
     "{\"key\":\"a.b[]\",\"match\":{\"value\":-9223372036854775808}}"},
    {"a truth",
     {.test = VG_TEST_MATCH_VALUE, KEY("g"), .as.value = {.kind = VG_MATCH_BOOL, .integer = 1}},
     "{\"key\":\"g\",\"match\":{\"value\":true}}"},
    {"any of some",
     {.test = VG_TEST_MATCH_ANY, KEY("g"), .as.list = {values, 2}},
     "{\"key\":\"g\",\"match\":{\"any\":[\"a\\\"b\",\"c\"]}}"},
    {"any of none",
     {.test = VG_TEST_MATCH_ANY, KEY("g"), .as.list = {NULL, 0}},
     "{\"key\":\"g\",\"match\":{\"any\":[]}}"},
    {"other than some",
     {.test = VG_TEST_MATCH_EXCEPT, KEY("g"), .as.list = {numbers, 1}},
     "{\"key\":\"g\",\"match\":{\"except\":[-9]}}"},
    {"words of a text",
     {.test = VG_TEST_MATCH_TEXT, KEY("g"), .as.text = VG_LIT_INIT("big cat")},
     "{\"key\":\"g\",\"match\":{\"text\":\"big cat\"}}"},
    {"a phrase",
     {.test = VG_TEST_MATCH_PHRASE, KEY("g"), .as.text = VG_LIT_INIT("big cat")},
     "{\"key\":\"g\",\"match\":{\"phrase\":\"big cat\"}}"},
    {"a range, only the bounds given",
     {.test = VG_TEST_RANGE,
      KEY("g"),
      .as.range = {.has_gt = true, .gt = 1.5, .has_lte = true, .lte = -2e300}},
     "{\"key\":\"g\",\"range\":{\"gt\":1.5,\"lte\":-2e300}}"},
    {"a range of times",
     {.test = VG_TEST_DATETIME_RANGE,
      KEY("g"),
      .as.range = {.has_lt = true, .lt_us = 951782400000001, .has_gte = true, .gte_us = -1}},
     "{\"key\":\"g\",\"range\":{\"lt\":\"2000-02-29T00:00:00.000001Z\",\"gte\":\"1969-12-31T23:59:"
     "59.999999Z\"}}"},
    {"times long ago and far ahead",
     {.test = VG_TEST_DATETIME_RANGE,
      KEY("g"),
      .as.range = {.has_gt = true,
                   .gt_us = -62135596800000000,
                   .has_lte = true,
                   .lte_us = 253402300799999999}},
     "{\"key\":\"g\",\"range\":{\"gt\":\"0001-01-01T00:00:00.000000Z\",\"lte\":\"9999-12-31T23:59:"
     "59.999999Z\"}}"},
    {"a number of values",
     {.test = VG_TEST_VALUES_COUNT,
      KEY("g"),
      .as.range = {.has_gte = true, .gte = 2, .has_lt = true, .lt = 9}},
     "{\"key\":\"g\",\"values_count\":{\"lt\":9,\"gte\":2}}"},
    {"a box",
     {.test = VG_TEST_GEO_BOX, KEY("g"), .as.box = {{-1, 2}, {3, -4.5}}},
     "{\"key\":\"g\",\"geo_bounding_box\":{\"top_left\":{\"lon\":-1.0,\"lat\":2.0},\"bottom_"
     "right\":{\"lon\":3.0,\"lat\":-4.5}}}"},
    {"a circle",
     {.test = VG_TEST_GEO_RADIUS, KEY("g"), .as.radius = {{1, 2}, 1000}},
     "{\"key\":\"g\",\"geo_radius\":{\"center\":{\"lon\":1.0,\"lat\":2.0},\"radius\":1000.0}}"},
    {"a polygon with a hole",
     {.test = VG_TEST_GEO_POLYGON, KEY("g"), .as.polygon = {{ring, 4}, holes, 1}},
     "{\"key\":\"g\",\"geo_polygon\":{\"exterior\":" RING ",\"interiors\":[" RING "]}}"},
    {"empty",
     {.test = VG_TEST_IS_EMPTY, KEY("g"), .as.is.wanted = true},
     "{\"is_empty\":{\"key\":\"g\"}}"},
    {"not empty",
     {.test = VG_TEST_IS_EMPTY, KEY("g"), .as.is.wanted = false},
     "{\"key\":\"g\",\"is_empty\":false}"},
    {"null, but not inside an array",
     {.test = VG_TEST_IS_NULL, KEY("g"), .as.is.wanted = true},
     "{\"is_null\":{\"key\":\"g\"}}"},
    {"not null, whatever is inside an array",
     {.test = VG_TEST_IS_NULL, KEY("g"), .as.is.wanted = false},
     "{\"must_not\":[{\"is_null\":{\"key\":\"g\"}}]}"},
    {"null, or an array that holds one",
     {.test = VG_TEST_IS_NULL, KEY("g"), .as.is = {.wanted = true, .sees_inside = true}},
     "{\"key\":\"g\",\"is_null\":true}"},
    {"neither null nor an array that holds one",
     {.test = VG_TEST_IS_NULL, KEY("g"), .as.is = {.wanted = false, .sees_inside = true}},
     "{\"key\":\"g\",\"is_null\":false}"},
    {"some ids",
     {.test = VG_TEST_HAS_ID, .as.ids = {ids, 2}},
     "{\"has_id\":[18446744073709551615,\"550e8400-e29b-41d4-a716-440000000000\"]}"},
    {"a vector",
     {.test = VG_TEST_HAS_VECTOR, .as.text = VG_LIT_INIT("img")},
     "{\"has_vector\":\"img\"}"},
    {"elements of an array",
     {.test = VG_TEST_NESTED_OBJECT, KEY("d[]"), .as.filter = &inner},
     "{\"nested\":{\"key\":\"d[]\",\"filter\":{\"must\":[{\"has_vector\":\"\"}]}}}"},
    {"a filter",
     {.test = VG_TEST_NESTED_FILTER, .as.filter = &inner},
     "{\"must\":[{\"has_vector\":\"\"}]}"},
    {"a filter in its own words",
     {.test = VG_TEST_NESTED_FILTER, .as.filter = &raw_inner},
     "{ \"must\" : [] }"},
};

static bool write(vg_buf *buf, const vg_filter *filter)
{
    vg_json_out out = {.buf = buf};

    vg_buf_init(buf, 0);
    return vg_qdrant_write_filter(&out, filter);
}

static void check(const vg_filter *filter, const char *json)
{
    vg_buf buf;

    assert_true(write(&buf, filter));
    if (!vg_slice_is_str(vg_buf_bytes(&buf), json))
        fail_msg("wanted %s\n   got %.*s", json, VG_ARG(vg_buf_bytes(&buf)));
    vg_buf_fini(&buf);
}

static void each_test_is_said_in_qdrants_words(void **state)
{
    bool is_tested[VG_TESTS] = {false};
    vg_arena *arena = vg_arena_new(1 << 16);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        vg_filter filter = {.must_not = {&rows[i].condition, 1}};
        vg_slice json = vg_arena_printf(arena, "{\"must_not\":[%s]}", rows[i].json);

        print_message("%s\n", rows[i].says);
        is_tested[rows[i].condition.test] = true;
        check(&filter, json.at);
    }
    for (int test = 0; test < VG_TESTS; test++)
        assert_true(is_tested[test]); /* the capability row says that all can be said */
    vg_arena_free(arena);
}

static void clauses_stand_beside_each_other(void **state)
{
    vg_filter filter = {.must = {&inner_condition, 1},
                        .should = {&inner_condition, 1},
                        .must_not = {&inner_condition, 1},
                        .min_should = {&inner_condition, 1},
                        .min_count = 3};

    (void)state;
    check(&filter, "{\"must\":[{\"has_vector\":\"\"}],\"should\":[{\"has_vector\":\"\"}],"
                   "\"must_not\":[{\"has_vector\":\"\"}],"
                   "\"min_should\":{\"conditions\":[{\"has_vector\":\"\"}],\"min_count\":3}}");
    check(&(vg_filter){.must = {NULL, 0}}, "{}");
    check(&raw_inner, "{ \"must\" : [] }");
}

static void an_id_that_cannot_be_said_makes_it_fail(void **state)
{
    const vg_condition condition = {.test = VG_TEST_HAS_ID, .as.ids = {text_ids, 1}};
    const vg_filter deep = {.should = {&condition, 1}};
    const vg_condition nested = {.test = VG_TEST_NESTED_FILTER, .as.filter = &deep};
    const vg_filter filter = {.must = {&nested, 1}};
    vg_buf buf;

    (void)state;
    assert_false(write(&buf, &filter));
    vg_buf_fini(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_test_is_said_in_qdrants_words),
        cmocka_unit_test(clauses_stand_beside_each_other),
        cmocka_unit_test(an_id_that_cannot_be_said_makes_it_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
