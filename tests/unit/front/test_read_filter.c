/* Filters of a body: the tree that each form of the grammar becomes, or what is said instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "front/read_filter.h"
#include "tests/unit/front/ask.h"
#include "tests/unit/front/say_filter.h"

#define UUID "550e8400-e29b-41d4-a716-446655440000"

struct row {
    const char *says;
    const char *filter;
    const char *want; /* the tree, or "CODE where: what" */
};

/* Texts are ids of the API that is played here, if they are not empty. */
static bool read_id(vg_arena *arena, const vg_json *v, vg_point_id *out, vg_status *status)
{
    *out = (vg_point_id){.kind = VG_ID_TEXT, .text = v->text};
    if (v->kind == VG_JSON_STRING && (vg_point_id_read_uuid(v->text, out) || v->text.len > 0))
        return true;
    return vg_json_mismatch(arena, v, "an id", status);
}

static const vg_filter *read(vg_arena *arena, vg_status *status, const char *text, bool strict)
{
    const vg_filter_reader r = {arena, status, read_id, strict};
    const vg_filter *filter = NULL;
    const vg_json *json =
        vg_json_read(arena, ask_padded(arena, vg_slice_str(text)), VG_JSON_DEPTH, status);

    if (!json || !vg_filter_read(&r, json, &filter))
        assert_int_not_equal(status->code, VG_OK);
    return status->code == VG_OK ? filter : NULL;
}

static void check(const struct row *rows, size_t count, bool strict)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++) {
        vg_arena *arena = vg_arena_new(1 << 20);
        vg_status status = {0};
        const vg_filter *filter = read(arena, &status, rows[i].filter, strict);
        vg_buf to;

        vg_buf_init(&to, 0);
        if (status.code == VG_OK)
            say_filter(&to, arena, filter);
        else
            vg_buf_printf(&to, "%s " VG_FMT ": " VG_FMT, vg_code_describe(status.code)->name,
                          VG_ARG(status.where), VG_ARG(status.what));
        if (!vg_slice_is_str(vg_buf_bytes(&to), rows[i].want)) {
            print_error("%s:\n  want %s\n  got  " VG_FMT "\n", rows[i].says, rows[i].want,
                        VG_ARG(vg_buf_bytes(&to)));
            wrong++;
        }
        vg_buf_fini(&to);
        vg_arena_free(arena);
    }
    assert_int_equal(wrong, 0);
}

#define CHECK(rows, strict) check(rows, sizeof(rows) / sizeof((rows)[0]), strict)

#define SQUARE \
    "{\"lon\":0,\"lat\":0},{\"lon\":2,\"lat\":0},{\"lon\":2,\"lat\":2},{\"lon\":0,\"lat\":0}"
#define RING "(0 0)(2 0)(2 2)(0 0)"

/* clang-format off */
static const struct row good[] = {
    {"no filter", "null", "-"},
    {"a filter of nothing", "{}", "{}"},
    {"clauses of nothing", "{\"must\":[],\"should\":null,\"must_not\":[],\"min_should\":null}", "{}"},
    {"one condition without a list", "{\"must\":{\"has_vector\":\"\"}}", "{must(has_vector \"\")}"},
    {"a text", "{\"must\":[{\"key\":\"a\",\"match\":{\"value\":\"x\"}}]}", "{must(a value \"x\")}"},
    {"the least integer", "{\"must\":[{\"key\":\"a\",\"match\":{\"value\":-9223372036854775808}}]}", "{must(a value -9223372036854775808)}"},
    {"booleans", "{\"must_not\":[{\"key\":\"a\",\"match\":{\"value\":true}},{\"key\":\"a\",\"match\":{\"value\":false}}]}", "{must_not(a value true; a value false)}"},
    {"any of texts", "{\"should\":[{\"key\":\"a\",\"match\":{\"any\":[\"x\",\"y\"]}}]}", "{should(a any [\"x\",\"y\"])}"},
    {"any of integers", "{\"should\":[{\"key\":\"a\",\"match\":{\"any\":[1, -2 ,3]}}]}", "{should(a any [1,-2,3])}"},
    {"any of nothing", "{\"should\":[{\"key\":\"a\",\"match\":{\"any\":[]}}]}", "{should(a any [])}"},
    {"except", "{\"must\":[{\"key\":\"a\",\"match\":{\"except\":[1]}}]}", "{must(a except [1])}"},
    {"text and phrase", "{\"must\":[{\"key\":\"a\",\"match\":{\"text\":\"x y\"}},{\"key\":\"a\",\"match\":{\"phrase\":\"x y\",\"value\":null}}]}", "{must(a text \"x y\"; a phrase \"x y\")}"},
    {"a range", "{\"must\":[{\"key\":\"a.b[]\",\"range\":{\"lt\":10,\"gt\":-1.5,\"lte\":null,\"gte\":1e3}}]}", "{must(a.b[] range  lt=10 gt=-1.5 gte=1000)}"},
    {"a range of nothing", "{\"must\":[{\"key\":\"a\",\"range\":{}}]}", "{must(a range )}"},
    {"a range of date-times", "{\"must\":[{\"key\":\"a\",\"range\":{\"gte\":\"1970-01-02T00:00:00Z\",\"lt\":\"2000-01-01\"}}]}", "{must(a time  lt=946684800000000 gte=86400000000)}"},
    {"values_count", "{\"must\":[{\"key\":\"a\",\"values_count\":{\"gt\":1,\"lte\":5}}]}", "{must(a count  gt=1 lte=5)}"},
    {"a box", "{\"must\":[{\"key\":\"a\",\"geo_bounding_box\":{\"top_left\":{\"lon\":-180,\"lat\":90},\"bottom_right\":{\"lon\":1.5,\"lat\":-90}}}]}", "{must(a box (-180 90)(1.5 -90))}"},
    {"a radius", "{\"must\":[{\"key\":\"a\",\"geo_radius\":{\"center\":{\"lon\":1,\"lat\":2},\"radius\":1000}}]}", "{must(a radius (1 2) 1000)}"},
    {"a polygon", "{\"must\":[{\"key\":\"a\",\"geo_polygon\":{\"exterior\":{\"points\":[" SQUARE "]}}}]}", "{must(a polygon  <" RING ">)}"},
    {"a polygon with a hole", "{\"must\":[{\"key\":\"a\",\"geo_polygon\":{\"exterior\":{\"points\":[" SQUARE "]},\"interiors\":[{\"points\":[" SQUARE "]}]}}]}", "{must(a polygon  <" RING "> <" RING ">)}"},
    {"is_empty and is_null", "{\"must\":[{\"is_empty\":{\"key\":\"a\"}},{\"is_null\":{\"key\":\"a\"}}]}", "{must(a empty yes; a null yes)}"},
    {"the forms of a field", "{\"must\":[{\"key\":\"a\",\"is_empty\":false},{\"key\":\"a\",\"is_null\":true}]}", "{must(a empty no; a null yes inside)}"},
    {"ids", "{\"must\":[{\"has_id\":[1, 18446744073709551615]},{\"has_id\":[\"" UUID "\"]},{\"has_id\":[]}]}", "{must(has_id  1 18446744073709551615; has_id  " UUID "; has_id )}"},
    {"a nested object", "{\"must\":[{\"nested\":{\"key\":\"a\",\"filter\":{\"must_not\":{\"key\":\"b\",\"match\":{\"value\":1}}}}}]}", "{must(a nested {must_not(b value 1)})}"},
    {"filters in filters", "{\"must\":[{\"should\":[{\"has_id\":[1]},{\"must\":{\"has_id\":[2]}}]},{}]}", "{must({should(has_id  1; {must(has_id  2)})}; {})}"},
    {"min_should", "{\"min_should\":{\"conditions\":[{\"has_id\":[1]},{\"has_id\":[2]}],\"min_count\":2}}", "{min 2 of(has_id  1; has_id  2)}"},
    {"min_should of more than there can be", "{\"min_should\":{\"conditions\":[{\"has_id\":[1]}],\"min_count\":99999999999}}", "{min 4294967295 of(has_id  1)}"},
    {"all clauses", "{\"must\":{\"has_id\":[1]},\"should\":{\"has_id\":[2]},\"must_not\":{\"has_id\":[3]},\"min_should\":{\"conditions\":[{\"has_id\":[4]}],\"min_count\":1}}",
     "{must(has_id  1)should(has_id  2)must_not(has_id  3)min 1 of(has_id  4)}"},
    {"several tests of one field must all hold", "{\"should\":[{\"key\":\"a\",\"match\":{\"value\":1},\"range\":{\"gt\":0},\"is_null\":false}]}", "{should({must(a value 1; a range  gt=0; a null no inside)})}"},
    {"names in quotes", "{\"must\":[{\"key\":\"\\\"a b\\\".c\",\"match\":{\"value\":1}}]}", "{must(\"a b\".c value 1)}"},
};

static const struct row lax[] = {
    {"what a condition does not know is passed over", "{\"must\":[{\"key\":\"a\",\"match\":{\"value\":1,\"boost\":2},\"boost\":2}]}", "{must(a value 1)}"},
    {"but not what a filter does not know", "{\"musst\":[]}", "FORMAT musst: unknown field `musst`, expected one of `must`, `should`, `must_not`, `min_should`; did you mean `must`?"},
    {"not even when it is null", "{\"filter\":null}", "FORMAT filter: unknown field `filter`, expected one of `must`, `should`, `must_not`, `min_should`"},
};

static const struct row strict[] = {
    {"a condition's name", "{\"must\":[{\"key\":\"a\",\"match\":{\"value\":1},\"rnage\":{}}]}",
     "FORMAT must[0].rnage: unknown field `rnage`, expected one of `key`, `match`, `range`, `geo_bounding_box`, `geo_radius`, `geo_polygon`, `values_count`, `is_empty`, `is_null`; did you mean `range`?"},
    {"a test's name", "{\"must\":[{\"key\":\"a\",\"range\":{\"less\":1}}]}", "FORMAT must[0].range.less: unknown field `less`, expected one of `lt`, `gt`, `lte`, `gte`"},
    {"beside has_id", "{\"must\":[{\"has_id\":[1],\"a\":1}]}", "FORMAT must[0].a: unknown field `a`, expected one of `has_id`"},
    {"beside is_null", "{\"must\":[{\"is_null\":{\"key\":\"a\",\"b\":1}}]}", "FORMAT must[0].is_null.b: unknown field `b`, expected one of `key`"},
    {"in min_should", "{\"min_should\":{\"conditions\":[],\"min_count\":1,\"max\":1}}", "FORMAT min_should.max: unknown field `max`, expected one of `conditions`, `min_count`"},
    {"a newer match is known all the same", "{\"must\":[{\"key\":\"a\",\"match\":{\"prefix\":\"x\"}}]}", "UNSUPPORTED must[0].match.prefix: `must[0].match.prefix`: matches of a prefix are not supported yet"},
};

static const struct row bad[] = {
    {"a list", "[]", "FORMAT : expected an object, got an empty array"},
    {"a clause that is a text", "{\"must\":\"x\"}", "FORMAT must: expected a condition or a list of conditions, got the string \"x\""},
    {"a clause of numbers", "{\"should\":[1]}", "FORMAT should: expected a condition or a list of conditions, got an array of numbers"},
    {"a condition that is null", "{\"must\":[null]}", "FORMAT must[0]: expected an object, got null"},
    {"a clause that comes twice", "{\"must\":[],\"must\":[{\"has_id\":[1]}]}", "FORMAT must: duplicate field `must`"},
    {"a test that comes twice", "{\"must\":[{\"key\":\"a\",\"range\":{\"gt\":1},\"range\":{\"lt\":1}}]}", "FORMAT must[0].range: duplicate field `range`"},
    {"a bound that comes twice", "{\"must\":[{\"key\":\"a\",\"range\":{\"gt\":1,\"gt\":2}}]}", "FORMAT must[0].range.gt: duplicate field `gt`"},
    {"a condition that is no kind of any", "{\"must\":[{\"has_ids\":[1]}]}",
     "FORMAT must[0].has_ids: unknown field `has_ids`, expected one of `key`, `has_id`, `has_vector`, `nested`, `is_empty`, `is_null`, `must`, `should`, `must_not`, `min_should`; did you mean `has_id`?"},
    {"a key that is null is no filter of all", "{\"must\":[{\"key\":null}]}",
     "FORMAT must[0].key: unknown field `key`, expected one of `key`, `has_id`, `has_vector`, `nested`, `is_empty`, `is_null`, `must`, `should`, `must_not`, `min_should`; did you mean `key`?"},
    {"two kinds", "{\"must\":[{\"key\":\"a\",\"match\":{\"value\":1},\"has_id\":[1]}]}", "FORMAT must[0]: `key` and `has_id` exclude each other in one condition"},
    {"a field and a filter", "{\"must\":[{\"key\":\"a\",\"match\":{\"value\":1},\"must\":[]}]}", "FORMAT must[0]: `key` and `must` exclude each other in one condition"},
    {"is_empty and is_null without a key", "{\"must\":[{\"is_empty\":{\"key\":\"a\"},\"is_null\":{\"key\":\"a\"}}]}", "FORMAT must[0]: `is_empty` and `is_null` exclude each other in one condition"},
    {"a key alone", "{\"must\":[{\"key\":\"a\"}]}", "RANGE must[0]: At least one field condition must be specified"},
    {"a key and a null test", "{\"must\":[{\"key\":\"a\",\"match\":null}]}", "RANGE must[0]: At least one field condition must be specified"},
    {"a key that is a number", "{\"must\":[{\"key\":1,\"match\":{\"value\":1}}]}", "FORMAT must[0].key: expected a string, got the number 1"},
    {"a bad path", "{\"must\":[{\"key\":\"a..b\",\"match\":{\"value\":1}}]}", "FORMAT must[0].key: Invalid json path: 'a..b'"},
    {"an empty path", "{\"must\":[{\"is_empty\":{\"key\":\"\"}}]}", "FORMAT must[0].is_empty.key: Invalid json path: ''"},
    {"a bad nested path", "{\"must\":[{\"nested\":{\"key\":\"a[\",\"filter\":{}}}]}", "FORMAT must[0].nested.key: Invalid json path: 'a['"},
    {"is_empty without a key", "{\"must\":[{\"is_empty\":{}}]}", "FORMAT must[0].is_empty: missing field `key`"},
    {"is_empty true without a key", "{\"must\":[{\"is_empty\":true}]}", "FORMAT must[0].is_empty: expected an object, got true"},
    {"is_empty of a field, a text", "{\"must\":[{\"key\":\"a\",\"is_empty\":\"x\"}]}", "FORMAT must[0].is_empty: expected true or false, got the string \"x\""},
    {"nested without a filter", "{\"must\":[{\"nested\":{\"key\":\"a\"}}]}", "FORMAT must[0].nested: missing field `filter`"},
    {"nested without a key", "{\"must\":[{\"nested\":{\"filter\":{}}}]}", "FORMAT must[0].nested: missing field `key`"},
    {"match of nothing", "{\"must\":[{\"key\":\"a\",\"match\":{}}]}", "FORMAT must[0].match: data did not match any variant of untagged enum MatchInterface: expected one of `value`, `any`, `except`, `text`, `phrase`"},
    {"match a text", "{\"must\":[{\"key\":\"a\",\"match\":\"x\"}]}", "FORMAT must[0].match: expected an object, got the string \"x\""},
    {"two forms of match", "{\"must\":[{\"key\":\"a\",\"match\":{\"value\":1,\"any\":[1]}}]}", "FORMAT must[0].match: `value` and `any` exclude each other"},
    {"match a real number", "{\"must\":[{\"key\":\"a\",\"match\":{\"value\":1.0}}]}", "FORMAT must[0].match.value: expected a string, a whole number of 64 bits, true or false, got the number 1.0"},
    {"match an integer beyond 64 bits", "{\"must\":[{\"key\":\"a\",\"match\":{\"value\":9223372036854775808}}]}", "FORMAT must[0].match.value: expected a string, a whole number of 64 bits, true or false, got the number 9223372036854775808"},
    {"match a list", "{\"must\":[{\"key\":\"a\",\"match\":{\"value\":[1]}}]}", "FORMAT must[0].match.value: expected a string, a whole number of 64 bits, true or false, got an array of numbers"},
    {"any of both", "{\"must\":[{\"key\":\"a\",\"match\":{\"any\":[\"x\",1]}}]}", "FORMAT must[0].match.any[1]: expected a string, got the number 1"},
    {"any of real numbers", "{\"must\":[{\"key\":\"a\",\"match\":{\"any\":[1,2.5]}}]}", "FORMAT must[0].match.any: expected whole numbers of 64 bits, got 2.5"},
    {"any a text", "{\"must\":[{\"key\":\"a\",\"match\":{\"any\":\"x\"}}]}", "FORMAT must[0].match.any: expected a list of strings or of whole numbers, got the string \"x\""},
    {"a text that is a number", "{\"must\":[{\"key\":\"a\",\"match\":{\"text\":1}}]}", "FORMAT must[0].match.text: expected a string, got the number 1"},
    {"a range of both", "{\"must\":[{\"key\":\"a\",\"range\":{\"lt\":1,\"gt\":\"2000-01-01\"}}]}", "FORMAT must[0].range: expected numbers only, or date-times only"},
    {"a range of what is no time", "{\"must\":[{\"key\":\"a\",\"range\":{\"lt\":\"soon\"}}]}", "FORMAT must[0].range.lt: `soon` is not a date-time of RFC 3339"},
    {"a bound that is true", "{\"must\":[{\"key\":\"a\",\"range\":{\"lt\":true}}]}", "FORMAT must[0].range.lt: expected a number, got true"},
    {"a count below zero", "{\"must\":[{\"key\":\"a\",\"values_count\":{\"lt\":-1}}]}", "FORMAT must[0].values_count.lt: expected a whole number from 0 to 18446744073709551615, got the number -1"},
    {"a latitude too high", "{\"must\":[{\"key\":\"a\",\"geo_radius\":{\"center\":{\"lon\":1,\"lat\":90.5},\"radius\":1}}]}", "FORMAT must[0].geo_radius.center: Wrong format of GeoPoint payload: expected `lat` = 90.5 within [-90;90] and `lon` = 1 within [-180;180]"},
    {"a longitude too low", "{\"must\":[{\"key\":\"a\",\"geo_bounding_box\":{\"top_left\":{\"lon\":-181,\"lat\":0},\"bottom_right\":{\"lon\":0,\"lat\":0}}}]}", "FORMAT must[0].geo_bounding_box.top_left: Wrong format of GeoPoint payload: expected `lat` = 0 within [-90;90] and `lon` = -181 within [-180;180]"},
    {"a place without latitude", "{\"must\":[{\"key\":\"a\",\"geo_radius\":{\"center\":{\"lon\":1},\"radius\":1}}]}", "FORMAT must[0].geo_radius.center: missing field `lat`"},
    {"a circle without radius", "{\"must\":[{\"key\":\"a\",\"geo_radius\":{\"center\":{\"lon\":1,\"lat\":1}}}]}", "FORMAT must[0].geo_radius: missing field `radius`"},
    {"a box of one corner", "{\"must\":[{\"key\":\"a\",\"geo_bounding_box\":{\"top_left\":{\"lon\":1,\"lat\":1}}}]}", "FORMAT must[0].geo_bounding_box: missing field `bottom_right`"},
    {"a polygon of three", "{\"must\":[{\"key\":\"a\",\"geo_polygon\":{\"exterior\":{\"points\":[{\"lon\":0,\"lat\":0},{\"lon\":1,\"lat\":0},{\"lon\":0,\"lat\":0}]}}}]}", "RANGE must[0].geo_polygon.exterior.points: polygon invalid, the size must be at least 4, got 3"},
    {"a polygon that is open", "{\"must\":[{\"key\":\"a\",\"geo_polygon\":{\"exterior\":{\"points\":[" SQUARE ",{\"lon\":1,\"lat\":0}]}}}]}", "RANGE must[0].geo_polygon.exterior.points: polygon invalid, the first and the last points should be the same to form a closed line"},
    {"a hole that is open", "{\"must\":[{\"key\":\"a\",\"geo_polygon\":{\"exterior\":{\"points\":[" SQUARE "]},\"interiors\":[{\"points\":[]}]}}]}", "RANGE must[0].geo_polygon.interiors[0].points: polygon invalid, the size must be at least 4, got 0"},
    {"a polygon without exterior", "{\"must\":[{\"key\":\"a\",\"geo_polygon\":{}}]}", "FORMAT must[0].geo_polygon: missing field `exterior`"},
    {"an id below zero", "{\"must\":[{\"has_id\":[1,-1]}]}", "FORMAT must[0].has_id: value -1 is not a valid point ID, valid values are either an unsigned integer or a UUID"},
    {"an id that the API does not know", "{\"must\":[{\"has_id\":[\"\"]}]}", "FORMAT must[0].has_id[0]: expected an id, got the string \"\""},
    {"has_id of one id", "{\"must\":[{\"has_id\":1}]}", "FORMAT must[0].has_id: expected an array, got the number 1"},
    {"has_vector a list", "{\"must\":[{\"has_vector\":[\"a\"]}]}", "FORMAT must[0].has_vector: expected a string, got an array"},
    {"min_should without a count", "{\"min_should\":{\"conditions\":[]}}", "FORMAT min_should: missing field `min_count`"},
    {"min_should without conditions", "{\"min_should\":{\"min_count\":1}}", "FORMAT min_should: missing field `conditions`"},
    {"min_should, one without a list", "{\"min_should\":{\"conditions\":{\"has_id\":[1]},\"min_count\":1}}", "FORMAT min_should.conditions: expected a list of conditions, got an object"},
    {"any word of a text, which is newer", "{\"must\":[{\"key\":\"a\",\"match\":{\"text_any\":\"x\"}}]}", "UNSUPPORTED must[0].match.text_any: `must[0].match.text_any`: matches of any of several words are not supported yet"},
    {"a slice, which is newer", "{\"must\":[{\"slice\":{\"total\":2,\"index\":0}}]}", "UNSUPPORTED must[0].slice: `must[0].slice`: slices are not supported yet"},
};
/* clang-format on */

static void every_form_becomes_its_condition(void **state)
{
    (void)state;
    CHECK(good, false);
    CHECK(good, true);
}

static void unknown_names_are_refused_in_filters_and_on_request_in_conditions(void **state)
{
    (void)state;
    CHECK(lax, false);
    CHECK(strict, true);
}

static void what_is_no_filter_is_refused(void **state)
{
    (void)state;
    CHECK(bad, false);
    CHECK(bad, true);
}

static void the_json_is_kept_when_it_means_the_same_to_qdrant(void **state)
{
    static const char *const texts[] = {
        "{\"must\":[{\"key\":\"a\",\"match\":{\"value\":1}}]}",
        "{\"must\":[{\"key\":\"a\",\"match\":{\"value\":1},\"range\":{\"gt\":0}}]}",
        "{\"must\":[{\"should\":{\"has_id\":[\"no uuid\"]}}]}",
    };

    (void)state;
    for (int i = 0; i < 3; i++) {
        vg_arena *arena = vg_arena_new(1 << 20);
        vg_status status = {0};
        const vg_filter *filter = read(arena, &status, texts[i], false);

        assert_non_null(filter);
        assert_true(vg_slice_is_str(filter->raw, i == 0 ? texts[i] : ""));
        vg_arena_free(arena);
    }
}

/* `count` conditions in two levels: {"must": [{"should": [{"has_id": []}, …]}, …]} */
static vg_status read_many(int outer, int inner)
{
    vg_arena *arena = vg_arena_new(16 << 20);
    vg_status status = {0};
    vg_buf to;

    vg_buf_init(&to, 0);
    vg_buf_put(&to, VG_LIT("{\"must\":["));
    for (int i = 0; i < outer; i++) {
        vg_buf_printf(&to, "%s{\"should\":[", i > 0 ? "," : "");
        for (int j = 0; j < inner; j++)
            vg_buf_printf(&to, "%s{\"has_id\":[]}", j > 0 ? "," : "");
        vg_buf_put(&to, VG_LIT("]}"));
    }
    vg_buf_put(&to, VG_LIT("]}"));
    vg_buf_put_byte(&to, '\0');
    read(arena, &status, to.at, false);
    status.what = status.where = (vg_slice){0};
    vg_buf_fini(&to);
    vg_arena_free(arena);
    return status;
}

static void conditions_of_all_levels_are_bounded_together(void **state)
{
    (void)state;
    assert_int_equal(read_many(100, 99).code, VG_OK);
    assert_int_equal(read_many(100, 100).code, VG_UNSUPPORTED);
    assert_int_equal(read_many(VG_FILTER_CONDITIONS + 1, 0).code, VG_UNSUPPORTED);
}

static void a_filter_ends_when_memory_does(void **state)
{
    const size_t deep = sizeof good / sizeof good[0];

    (void)state;
    for (size_t i = 0; i < deep; i++) {
        vg_arena *arena = vg_arena_new(1 << 20);
        vg_slice text = ask_padded(arena, vg_slice_str(good[i].filter));
        vg_status status = {0};
        const vg_json *json = vg_json_read(arena, text, VG_JSON_DEPTH, &status);
        vg_arena *spent = vg_arena_new(1);
        const vg_filter_reader r = {spent, &status, read_id, false};
        const vg_filter *filter;

        if (json->kind == VG_JSON_OBJECT) {
            assert_false(vg_filter_read(&r, json, &filter));
            assert_int_equal(status.code, VG_TOO_LARGE);
        }
        vg_arena_free(spent);
        vg_arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_becomes_its_condition),
        cmocka_unit_test(unknown_names_are_refused_in_filters_and_on_request_in_conditions),
        cmocka_unit_test(what_is_no_filter_is_refused),
        cmocka_unit_test(the_json_is_kept_when_it_means_the_same_to_qdrant),
        cmocka_unit_test(conditions_of_all_levels_are_bounded_together),
        cmocka_unit_test(a_filter_ends_when_memory_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
