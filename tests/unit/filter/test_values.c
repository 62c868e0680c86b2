/* The values of a path in a document, arrays as they are and by their elements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "filter/values.h"

static const char document[] =
    "{\"a\":1,\"s\":[\"x\",\"y\"],\"v\":[1, 2.5 "
    ",\n-3e0],\"n\":null,\"e\":[],\"m\":[[1,2],[],null,[[3]]],"
    "\"o\":[{\"k\":1},{\"k\":[2,\"z\"]},5,{\"k\":{\"k\":3}}],\"x.y\":{\"\":true},"
    "\"twice\":1,\"twice\":2,\"d\":{\"lon\":1,\"lat\":2}}";

static const struct {
    const char *path;
    const char *values, *elements; /* each followed by | */
} rows[] = {
    {"a", "1|", "1|"},
    {"s", "[\"x\",\"y\"]|", "\"x\"|\"y\"|"},
    {"s[]", "\"x\"|\"y\"|", "\"x\"|\"y\"|"},
    {"s[1]", "\"y\"|", "\"y\"|"},
    {"s[2]", "", ""},
    {"v", "[1, 2.5 ,\n-3e0]|", "1|2.5|-3e0|"},
    {"v[]", "1|2.5|-3e0|", "1|2.5|-3e0|"},
    {"v[2]", "-3e0|", "-3e0|"},
    {"v[3]", "", ""},
    {"v[][]", "", ""},
    {"v[].k", "", ""},
    {"n", "null|", "null|"},
    {"e", "[]|", ""},
    {"e[]", "", ""},
    {"gone", "", ""},
    {"a.b", "", ""},
    {"a[]", "", ""},
    {"m", "[[1,2],[],null,[[3]]]|", "[1,2]|[]|null|[[3]]|"},
    {"m[]", "[1,2]|[]|null|[[3]]|", "1|2|null|[3]|"},
    {"m[][]", "1|2|[3]|", "1|2|3|"},
    {"m[0][1]", "2|", "2|"},
    {"o.k", "", ""},
    {"o[].k", "1|[2,\"z\"]|{\"k\":3}|", "1|2|\"z\"|{\"k\":3}|"},
    {"o[1].k", "[2,\"z\"]|", "2|\"z\"|"},
    {"o[].k.k", "3|", "3|"},
    {"\"x.y\".\"\"", "true|", "true|"},
    {"twice", "2|", "2|"},
};

typedef struct listing {
    vg_arena *arena;
    vg_slice text;
    unsigned most; /* values wanted */
} listing;

static bool list(const vg_value *value, void *arg)
{
    listing *l = arg;

    l->text = vg_arena_printf(l->arena, VG_FMT VG_FMT "|", VG_ARG(l->text), VG_ARG(value->raw));
    return --l->most == 0;
}

static const vg_json *read_document(vg_arena *arena, const char *text)
{
    char *at = vg_arena_take_zero(arena, 1, strlen(text) + VG_JSON_PAD);

    return vg_json_read(arena, vg_slice_of(memcpy(at, text, strlen(text)), strlen(text)),
                        VG_JSON_DEPTH, NULL);
}

static void must_list(vg_arena *arena, const char *path_text, vg_reach reach, const char *wanted)
{
    listing l = {arena, VG_LIT(""), 1000};
    vg_path path;

    assert_int_equal(vg_path_read(arena, vg_slice_str(path_text), &path), VG_PATH_OK);
    assert_false(vg_values_each(read_document(arena, document), &path, reach, list, &l));
    if (!vg_slice_is_str(l.text, wanted))
        fail_msg("%s: " VG_FMT, path_text, VG_ARG(l.text));
}

static void paths_lead_to_values(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 22);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        must_list(arena, rows[i].path, VG_REACH_VALUES, rows[i].values);
        must_list(arena, rows[i].path, VG_REACH_ELEMENTS, rows[i].elements);
    }
    vg_arena_free(arena);
}

static void one_that_is_enough_ends_it(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    const char *const paths[] = {"v", "s", "o[].k"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        listing l = {arena, VG_LIT(""), 1};
        vg_path path;

        vg_path_read(arena, vg_slice_str(paths[i]), &path);
        assert_true(
            vg_values_each(read_document(arena, document), &path, VG_REACH_ELEMENTS, list, &l));
        assert_true(vg_slice_is_str(l.text, i == 1 ? "\"x\"|" : "1|"));
        assert_false(vg_values_each(NULL, &path, VG_REACH_ELEMENTS, list, &l));
    }
    vg_arena_free(arena);
}

static vg_value value_of(vg_arena *arena, const char *text)
{
    const vg_json *node = read_document(arena, text);

    assert_non_null(node);
    return (vg_value){node->kind == VG_JSON_VECTOR ? VG_JSON_ARRAY : node->kind, node->raw,
                      node->text, node};
}

static const struct {
    const char *text;
    bool is_number, is_whole;
    double real;
    unsigned count;
    bool is_place;
} kinds[] = {
    {"1", true, true, 1, 1, false},
    {"1.0", true, false, 1, 1, false},
    {"1e2", true, false, 100, 1, false},
    {"-9223372036854775808", true, true, -0x1p63, 1, false},
    {"9223372036854775808", true, false, 0x1p63, 1, false},
    {"\"1\"", false, false, 0, 1, false},
    {"true", false, false, 0, 1, false},
    {"null", false, false, 0, 0, false},
    {"[]", false, false, 0, 0, false},
    {"[1,2,3]", false, false, 0, 3, false},
    {"[null,\"x\"]", false, false, 0, 2, false},
    {"{}", false, false, 0, 1, false},
    {"{\"lon\":180,\"lat\":-90}", false, false, 0, 1, true},
    {"{\"lon\":180.1,\"lat\":0}", false, false, 0, 1, false},
    {"{\"lon\":0,\"lat\":91}", false, false, 0, 1, false},
    {"{\"lon\":\"0\",\"lat\":1}", false, false, 0, 1, false},
    {"{\"lon\":0}", false, false, 0, 1, false},
};

static void values_are_numbers_places_and_counts(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        vg_value value = value_of(arena, kinds[i].text);
        vg_number number = {0};
        vg_geo at;

        if (vg_value_number(&value, &number) != kinds[i].is_number ||
            number.is_whole != kinds[i].is_whole || number.real != kinds[i].real ||
            vg_value_count(&value) != kinds[i].count ||
            vg_value_geo(&value, &at) != kinds[i].is_place)
            fail_msg("%s", kinds[i].text);
    }
    vg_arena_free(arena);
}

static void what_is_next_to_0_degrees_is_there(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_value next = value_of(arena, "{\"lon\":-1e-101,\"lat\":1e-99}");
    vg_geo at = {1, 1};

    (void)state;
    assert_true(vg_value_geo(&next, &at));
    assert_true(at.lon == 0 && at.lat == 1e-99);
    vg_arena_free(arena);
}

static void only_texts_are_date_times(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_value text = value_of(arena, "\"1970-01-01T00:00:01Z\""), number = value_of(arena, "1970");
    int64_t us = 0;

    (void)state;
    assert_true(vg_value_datetime(&text, &us));
    assert_int_equal(us, 1000000);
    assert_false(vg_value_datetime(&number, &us));
    vg_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_lead_to_values),
        cmocka_unit_test(one_that_is_enough_ends_it),
        cmocka_unit_test(values_are_numbers_places_and_counts),
        cmocka_unit_test(what_is_next_to_0_degrees_is_there),
        cmocka_unit_test(only_texts_are_date_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
