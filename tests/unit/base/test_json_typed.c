/* Typed reading: what fits, and what a mismatch says about where and what. */
#include "vecgate/json.h"

#include "tests/unit/base/unit.h"

static char source[4096 + VG_JSON_PAD];
static vg_arena *arena;
static vg_status status;

static int set_up(void **state)
{
    (void)state;
    arena = vg_arena_new(1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    vg_arena_free(arena);
    return 0;
}

static const vg_json *read_text(const char *text)
{
    size_t len = strlen(text);
    const vg_json *v;

    memcpy(source, text, len + 1);
    status = (vg_status){0};
    v = vg_json_read(arena, vg_slice_of(source, len), VG_JSON_DEPTH, &status);
    assert_non_null(v);
    return v;
}

/* The value at the end of the only way down. */
static const vg_json *deepest(const vg_json *v)
{
    while (v->first != NULL) {
        v = v->first;
        while (v->next != NULL)
            v = v->next;
    }
    return v;
}

static void a_mismatch_says_where_and_what(void **state)
{
    static const struct {
        const char *text, *where, *what;
    } rows[] = {
        {"\"x\"", "", "expected a number, got the string \"x\""},
        {"{\"k\":null}", "k", "expected a number, got null"},
        {"{\"k\":true}", "k", "expected a number, got true"},
        {"{\"k\":false}", "k", "expected a number, got false"},
        {"[\"a\",{}]", "[1]", "expected a number, got an object"},
        {"[[],[]]", "[1]", "expected a number, got an empty array"},
        {"[\"a\",[1,2]]", "[1]", "expected a number, got an array of numbers"},
        {"{\"points\":[{},{},{\"vector\":{\"\":[\"\",[[],\"q\"]]}}]}", "points[2].vector.[1][1]",
         "expected a number, got the string \"q\""},
        {"{\"0123456789012345678901234567890123456789x\":"
         "\"01234567890123456789012345678901234567ä9\"}",
         "0123456789012345678901234567890123456789…",
         "expected a number, got the string \"01234567890123456789012345678901234567ä…\""},
        {"{\"k\":\"012345678901234567890123456789012345678ä\"}", "k",
         "expected a number, got the string \"012345678901234567890123456789012345678…\""},
    };

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        const vg_json *v = deepest(read_text(rows[i].text));
        double real = 7;

        assert_false(vg_json_read_f64(arena, v, &real, &status));
        assert_int_equal(status.code, VG_FORMAT);
        expect_text(rows[i].text, status.where, rows[i].where);
        expect_text(rows[i].text, vg_status_what(&status), rows[i].what);
        assert_true(real == 7);
    }
    assert_false(vg_json_mismatch(arena, read_text("[\"a\"]"), "a duck", &status));
    expect_text("an array", status.what, "expected a duck, got an array");
    assert_false(vg_json_mismatch(arena, read_text("1"), "a duck", NULL));
}

static void values_of_their_type_are_read(void **state)
{
    uint64_t u = 0;
    int64_t i = 0;
    double d = 0;
    bool b = false;
    vg_slice text = {0};

    (void)state;
    assert_true(vg_json_read_u64(arena, read_text("18446744073709551615"), &u, &status));
    assert_true(u == UINT64_MAX);
    assert_true(vg_json_read_i64(arena, read_text("-9223372036854775808"), &i, &status));
    assert_true(i == INT64_MIN);
    assert_true(vg_json_read_f64(arena, read_text("18446744073709551616"), &d, &status));
    assert_true(d == 18446744073709551616.0);
    assert_true(vg_json_read_bool(arena, read_text("true"), &b, &status) && b);
    assert_true(vg_json_read_bool(arena, read_text("false"), &b, &status) && !b);
    assert_true(vg_json_read_text(arena, read_text("\"\\t\""), &text, &status));
    expect_text("text", text, "\t");
    assert_true(vg_json_is_null(NULL));
    assert_true(vg_json_is_null(read_text("null")));
    assert_false(vg_json_is_null(read_text("0")));
    assert_true(vg_json_is_array(read_text("[1]")) && vg_json_is_array(read_text("[]")));
    assert_false(vg_json_is_array(NULL));
    assert_int_equal(status.code, VG_OK);
}

static void other_types_are_refused(void **state)
{
    static const struct {
        const char *text, *what;
    } rows[] = {
        {"-1", "expected a whole number from 0 to 18446744073709551615, got the number -1"},
        {"1.0", "expected a whole number from 0 to 18446744073709551615, got the number 1.0"},
        {"18446744073709551616",
         "expected a whole number from 0 to 18446744073709551615, got the number "
         "18446744073709551616"},
        {"\"1\"", "expected a whole number from 0 to 18446744073709551615, got the string \"1\""},
    };
    uint64_t u = 3;
    int64_t i = 3;
    double d = 3;
    bool b = true;
    vg_slice text = {0};

    (void)state;
    for (size_t n = 0; n < ROWS(rows); n++) {
        assert_false(vg_json_read_u64(arena, read_text(rows[n].text), &u, &status));
        expect_text(rows[n].text, status.what, rows[n].what);
    }
    assert_false(vg_json_read_i64(arena, read_text("9223372036854775808"), &i, &status));
    assert_false(vg_json_read_f64(arena, read_text("1e999"), &d, &status));
    expect_text("1e999", status.what,
                "expected a number that a 64-bit float can hold, got the number 1e999");
    assert_false(vg_json_read_bool(arena, read_text("0"), &b, &status));
    assert_false(vg_json_read_text(arena, read_text("0"), &text, &status));
    assert_true(u == 3 && i == 3 && d == 3 && b && text.at == NULL);
}

static void vectors_become_floats(void **state)
{
    const vg_json *v = read_text("[ 0.1 ,-2,3e-2\n,\t12345678.9 , -0.0]");
    static const float wanted[] = {0.1f, -2.0f, 0.03f, 12345678.9f, -0.0f};
    float got[5];
    size_t bad;

    (void)state;
    assert_true(vg_json_read_floats(arena, v, got, &status));
    assert_memory_equal(got, wanted, sizeof(wanted));
    assert_int_equal(vg_json_floats(v->raw, got, 2, &bad), 2);
}

static void a_number_beyond_float32_is_named(void **state)
{
    const vg_json *v = read_text("{\"vector\":[1,2, -1e39 ,3]}")->first;
    float got[4];
    size_t bad = 0;

    (void)state;
    assert_false(vg_json_read_floats(arena, v, got, &status));
    assert_int_equal(status.code, VG_RANGE);
    expect_text("where", status.where, "vector[2]");
    expect_text("what", status.what, "expected a number that a 32-bit float can hold, got -1e39");
    assert_int_equal(vg_json_floats(v->raw, got, 4, &bad), 0);
    assert_int_equal(bad, 2);
    assert_false(vg_json_read_floats(arena, read_text("[\"x\"]"), got, &status));
    expect_text("no vector", status.what, "expected an array of numbers, got an array");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mismatch_says_where_and_what),
        cmocka_unit_test(values_of_their_type_are_read),
        cmocka_unit_test(other_types_are_refused),
        cmocka_unit_test(vectors_become_floats),
        cmocka_unit_test(a_number_beyond_float32_is_named),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
