/* Payloads changed as text: each row is a payload, what is done, and what it is then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "filter/edit.h"

enum { ARENA_BYTES = 4 << 20 };

static vg_slice padded(vg_arena *arena, vg_slice text)
{
    char *at = vg_arena_take_zero(arena, 1, text.len + VG_JSON_PAD);

    assert_non_null(at);
    if (text.len > 0)
        memcpy(at, text.at, text.len);
    return vg_slice_of(at, text.len);
}

static vg_slice merge(vg_arena *arena, vg_slice payload, const char *at, const char *patch,
                      vg_status *status)
{
    vg_patch what;
    vg_path path;

    payload = padded(arena, payload);
    if (!vg_patch_read(arena, padded(arena, vg_slice_str(patch)), &what, status))
        return (vg_slice){0};
    if (!at)
        return vg_edit_merge(arena, payload, &what, status);
    if (!vg_edit_path(arena, vg_slice_str(at), VG_LIT("key"), &path, status))
        return (vg_slice){0};
    return vg_edit_merge_at(arena, payload, &path, &what, status);
}

/* ---- merging ---- */

/* clang-format off */
static const struct {
    const char *says, *payload, *at, *patch, *wanted;
} merges[] = {
    {"a new member comes last", "{\"b\":1,\"a\":2}", NULL, "{\"c\":3}", "{\"b\":1,\"a\":2,\"c\":3}"},
    {"new members in the patch's order", "{\"b\":1}", NULL, "{\"z\":1,\"a\":2}", "{\"b\":1,\"z\":1,\"a\":2}"},
    {"an old one stays in its place", "{\"a\":1,\"b\":2}", NULL, "{\"c\":3,\"a\":9}", "{\"a\":9,\"b\":2,\"c\":3}"},
    {"an object is replaced whole", "{\"a\":{\"x\":1}}", NULL, "{\"a\":{\"y\":2}}", "{\"a\":{\"y\":2}}"},
    {"null takes away", "{\"a\":1,\"b\":2}", NULL, "{\"a\":null}", "{\"b\":2}"},
    {"null of nothing does nothing", "{\"b\":2}", NULL, "{\"a\":null}", "{\"b\":2}"},
    {"null inside a value stays", "{}", NULL, "{\"a\":{\"b\":null}}", "{\"a\":{\"b\":null}}"},
    {"nothing merged is nothing changed", "{\"a\":1}", NULL, "{}", "{\"a\":1}"},
    {"no text is the empty object", "", NULL, "{\"a\":1}", "{\"a\":1}"},
    {"and it may stay so", "", NULL, "{}", "{}"},
    {"numbers keep their text", "{\"a\":1.0,\"b\":1e2}", NULL, "{\"c\":18446744073709551615,\"d\":-0.0}", "{\"a\":1.0,\"b\":1e2,\"c\":18446744073709551615,\"d\":-0.0}"},
    {"what is beside keeps its text", "{ \"a\" : [1, 2.50,\"\\u0041\"] }", NULL, "{\"b\":{ }}", "{\"a\":[1, 2.50,\"\\u0041\"],\"b\":{ }}"},
    {"names are alike however written", "{\"\\u0061\":1}", NULL, "{\"a\":2}", "{\"a\":2}"},
    {"of a repeated name the last counts, in the first's place", "{\"a\":1,\"b\":2,\"a\":3}", NULL, "{}", "{\"a\":3,\"b\":2}"},
    {"and can be replaced", "{\"a\":1,\"b\":2,\"a\":3}", NULL, "{\"a\":4}", "{\"a\":4,\"b\":2}"},
    {"and taken away wholly", "{\"a\":1,\"b\":2,\"a\":3}", NULL, "{\"a\":null}", "{\"b\":2}"},
    {"in a patch too", "{}", NULL, "{\"a\":null,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}"},
    {"and its null", "{\"a\":1}", NULL, "{\"a\":2,\"a\":null}", "{}"},
    {"the empty name is a name", "{\"\":1}", NULL, "{\"\":2}", "{\"\":2}"},

    {"at an object", "{\"a\":{\"x\":1},\"b\":2}", "a", "{\"y\":2}", "{\"a\":{\"x\":1,\"y\":2},\"b\":2}"},
    {"null there takes away", "{\"a\":{\"x\":1,\"y\":2}}", "a", "{\"x\":null}", "{\"a\":{\"y\":2}}"},
    {"deeper", "{\"a\":{\"b\":{\"x\":1}}}", "a.b", "{\"x\":2}", "{\"a\":{\"b\":{\"x\":2}}}"},
    {"objects are made on the way", "{\"z\":1}", "a.b.c", "{\"x\":1}", "{\"z\":1,\"a\":{\"b\":{\"c\":{\"x\":1}}}}"},
    {"even for nothing", "{}", "a.b", "{}", "{\"a\":{\"b\":{}}}"},
    {"and for a null", "{}", "a", "{\"x\":null}", "{\"a\":{}}"},
    {"a scalar gives way at the end", "{\"a\":5}", "a", "{\"x\":1}", "{\"a\":{\"x\":1}}"},
    {"and on the way", "{\"a\":\"s\"}", "a.b", "{\"x\":1}", "{\"a\":{\"b\":{\"x\":1}}}"},
    {"so does null", "{\"a\":null}", "a", "{\"x\":1}", "{\"a\":{\"x\":1}}"},
    {"and an array", "{\"a\":[{\"b\":{}}]}", "a.b", "{\"x\":1}", "{\"a\":{\"b\":{\"x\":1}}}"},
    {"a quoted key", "{\"a b\":{\"x\":1}}", "\"a b\".\"c.d\"", "{\"x\":1}", "{\"a b\":{\"x\":1,\"c.d\":{\"x\":1}}}"},
    {"a repeated name on the way is its last", "{\"a\":{\"p\":1},\"b\":0,\"a\":{\"q\":2}}", "a", "{\"x\":1}", "{\"a\":{\"q\":2,\"x\":1},\"b\":0}"},

    {"in one element", "{\"a\":[{\"x\":1}, {\"x\":2}, 3]}", "a[1]", "{\"y\":1}", "{\"a\":[{\"x\":1}, {\"x\":2,\"y\":1}, 3]}"},
    {"in the first", "{\"a\":[ {\"x\":1},2]}", "a[0]", "{\"y\":1}", "{\"a\":[ {\"x\":1,\"y\":1},2]}"},
    {"below one element", "{\"a\":[{},{\"b\":1}]}", "a[1].b", "{\"y\":1}", "{\"a\":[{},{\"b\":{\"y\":1}}]}"},
    {"a scalar element gives way", "{\"a\":[\"s\",true]}", "a[1].b", "{\"y\":1}", "{\"a\":[\"s\",{\"b\":{\"y\":1}}]}"},
    {"a number among numbers too", "{\"a\":[1.0, 2e0 ,3]}", "a[1]", "{\"y\":1}", "{\"a\":[1.0, {\"y\":1} ,3]}"},
    {"the last of them", "{\"a\":[1, 2]}", "a[1].b", "{\"y\":1}", "{\"a\":[1, {\"b\":{\"y\":1}}]}"},
    {"beyond the end is nothing", "{\"a\":[{\"x\":1}]}", "a[1]", "{\"y\":1}", "{\"a\":[{\"x\":1}]}"},
    {"beyond the numbers too", "{\"a\":[1, 2]}", "a[2]", "{\"y\":1}", "{\"a\":[1, 2]}"},
    {"far beyond", "{\"a\":[1, 2]}", "a[18446744073709551615].b", "{\"y\":1}", "{\"a\":[1, 2]}"},
    {"an array never grows", "{\"a\":[]}", "a[0].b", "{\"y\":1}", "{\"a\":[]}"},
    {"an array is made, empty", "{}", "a.b[0].c", "{\"y\":1}", "{\"a\":{\"b\":[]}}"},
    {"in place of a scalar", "{\"a\":5}", "a[]", "{\"y\":1}", "{\"a\":[]}"},
    {"and of an object", "{\"a\":{\"x\":1}}", "a[0]", "{\"y\":1}", "{\"a\":[]}"},
    {"a number that should be an array", "{\"a\":[1,2]}", "a[0][1]", "{\"y\":1}", "{\"a\":[[],2]}"},
    {"in every element", "{\"a\":[{\"x\":1},{},7]}", "a[]", "{\"y\":1}", "{\"a\":[{\"x\":1,\"y\":1},{\"y\":1},{\"y\":1}]}"},
    {"below every element", "{\"a\":[{\"b\":{\"x\":1}},null]}", "a[].b", "{\"y\":1}", "{\"a\":[{\"b\":{\"x\":1,\"y\":1}},{\"b\":{\"y\":1}}]}"},
    {"every number", "{\"a\":[1,2]}", "a[].b", "{\"y\":1}", "{\"a\":[{\"b\":{\"y\":1}},{\"b\":{\"y\":1}}]}"},
    {"arrays in arrays", "{\"a\":[[{}],[],[1]]}", "a[][0]", "{\"y\":1}", "{\"a\":[[{\"y\":1}],[],[{\"y\":1}]]}"},
    {"all of none", "{\"a\":[]}", "a[]", "{\"y\":1}", "{\"a\":[]}"},
};

/* ---- deleting ---- */

static const struct {
    const char *says, *payload, *keys[4], *wanted;
} deletes[] = {
    {"a member", "{\"a\":1,\"b\":2.0}", {"a"}, "{\"b\":2.0}"},
    {"two members", "{\"a\":1,\"b\":2,\"c\":3}", {"c", "a"}, "{\"b\":2}"},
    {"the only one", "{\"a\":1}", {"a"}, "{}"},
    {"one that is not there", "{\"a\":1}", {"b"}, "{\"a\":1}"},
    {"nothing at all", "{\"a\": [1, 2]}", {0}, "{\"a\": [1, 2]}"},
    {"of nothing", "", {"a"}, "{}"},
    {"a nested one", "{\"a\":{\"b\":1,\"c\":[1, 2]}}", {"a.b"}, "{\"a\":{\"c\":[1, 2]}}"},
    {"what it was in stays, empty", "{\"a\":{\"b\":{\"c\":1}}}", {"a.b.c"}, "{\"a\":{\"b\":{}}}"},
    {"below what is deleted", "{\"a\":{\"b\":1},\"c\":2}", {"a.b", "a"}, "{\"c\":2}"},
    {"in the other order too", "{\"a\":{\"b\":1},\"c\":2}", {"a", "a.b"}, "{\"c\":2}"},
    {"the same twice", "{\"a\":{\"b\":1},\"c\":2}", {"a.b", "a.b"}, "{\"a\":{},\"c\":2}"},
    {"two below one", "{\"a\":{\"b\":1,\"c\":2,\"d\":3}}", {"a.d", "a.b"}, "{\"a\":{\"c\":2}}"},
    {"below a scalar is nothing", "{\"a\":5}", {"a.b", "a[]", "a[0].c"}, "{\"a\":5}"},
    {"an array is not looked into", "{\"a\":[{\"b\":1}]}", {"a.b"}, "{\"a\":[{\"b\":1}]}"},
    {"nor an object for an index", "{\"a\":{\"b\":{\"c\":1}}}", {"a[].b", "a[0].b"}, "{\"a\":{\"b\":{\"c\":1}}}"},
    {"a quoted one", "{\"a b\":1,\"a\":{\"b\":2}}", {"\"a b\""}, "{\"a\":{\"b\":2}}"},
    {"in every element", "{\"a\":[{\"b\":1,\"c\":2},{\"b\":3},4]}", {"a[].b"}, "{\"a\":[{\"c\":2},{},4]}"},
    {"in one element", "{\"a\":[{\"b\":1},{\"b\":3}]}", {"a[1].b"}, "{\"a\":[{\"b\":1},{}]}"},
    {"in one and in all", "{\"a\":[{\"b\":1,\"c\":2},{\"b\":3,\"c\":4}]}", {"a[].b", "a[1].c"}, "{\"a\":[{\"c\":2},{}]}"},
    {"beyond the end", "{\"a\":[{\"b\":1}]}", {"a[1].b"}, "{\"a\":[{\"b\":1}]}"},
    {"an element is not deleted by its index", "{\"a\":[1, 2]}", {"a[0]"}, "{\"a\":[1, 2]}"},
    {"nor one that is no number", "{\"a\":[\"s\",2]}", {"a[0]"}, "{\"a\":[\"s\",2]}"},
    {"all of an array", "{\"a\":[\"s\",{\"b\":1}],\"c\":1}", {"a[]"}, "{\"a\":[],\"c\":1}"},
    {"all numbers of one", "{\"a\":[1,2]}", {"a[]"}, "{\"a\":[]}"},
    {"all, and a part of each", "{\"a\":[{\"b\":1}]}", {"a[].b", "a[]"}, "{\"a\":[]}"},
    {"all of none", "{\"a\":[]}", {"a[]", "a[].b"}, "{\"a\":[]}"},
    {"all of one in one", "{\"a\":[[1,2],[3]]}", {"a[0][]"}, "{\"a\":[[],[3]]}"},
    {"all of each", "{\"a\":[[1,2],{\"b\":[3]},4]}", {"a[][]"}, "{\"a\":[[],{\"b\":[3]},4]}"},
    {"below numbers is nothing", "{\"a\":[1, 2]}", {"a[].b", "a[0].c"}, "{\"a\":[1, 2]}"},
    {"a repeated name goes wholly", "{\"a\":1,\"b\":2,\"a\":3}", {"a"}, "{\"b\":2}"},
    {"or is its last", "{\"a\":{\"b\":1},\"c\":2,\"a\":{\"b\":3,\"d\":4}}", {"a.b"}, "{\"a\":{\"d\":4},\"c\":2}"},
};
/* clang-format on */

static void merging_does_what_the_rows_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof merges / sizeof *merges; i++) {
        vg_arena *arena = vg_arena_new(ARENA_BYTES);
        vg_status status = {0};
        vg_slice got = vg_slice_str(merges[i].payload);

        for (int times = 1; times <= 2; times++) {
            got = merge(arena, got, merges[i].at, merges[i].patch, &status);
            if (!vg_slice_is_str(got, merges[i].wanted))
                fail_msg("%s (%d): " VG_FMT, merges[i].says, times, VG_ARG(got));
        }
        vg_arena_free(arena);
    }
}

static vg_slice delete_keys(vg_arena *arena, vg_slice payload, const char *const *keys,
                            vg_status *status)
{
    vg_slice texts[4];
    uint32_t count = 0;
    vg_removal removal;

    while (count < 4 && keys[count]) {
        texts[count] = vg_slice_str(keys[count]);
        count++;
    }
    payload = padded(arena, payload);
    if (!vg_removal_read(arena, texts, count, &removal, status))
        return (vg_slice){0};
    return vg_edit_delete(arena, payload, &removal, status);
}

static void deleting_does_what_the_rows_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof deletes / sizeof *deletes; i++) {
        vg_arena *arena = vg_arena_new(ARENA_BYTES);
        vg_status status = {0};
        vg_slice got = vg_slice_str(deletes[i].payload);

        for (int times = 1; times <= 2; times++) {
            got = delete_keys(arena, got, deletes[i].keys, &status);
            if (!vg_slice_is_str(got, deletes[i].wanted))
                fail_msg("%s (%d): " VG_FMT, deletes[i].says, times, VG_ARG(got));
        }
        vg_arena_free(arena);
    }
}

/* ---- what is refused ---- */

static void expect(vg_slice got, vg_status *status, vg_code code, const char *where)
{
    assert_null(got.at);
    assert_int_equal(status->code, code);
    if (!vg_slice_is_str(status->where, where))
        fail_msg("where: " VG_FMT, VG_ARG(status->where));
    *status = (vg_status){0};
}

static void what_is_not_well_formed_is_named(void **state)
{
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    const char *keys[] = {"a", "b.c", "d[", NULL};
    vg_status status = {0};

    (void)state;
    assert_null(merge(arena, VG_LIT("{}"), "a[", "{}", &status).at);
    assert_true(vg_slice_is_str(status.what, "Invalid json path: 'a['"));
    expect((vg_slice){0}, &status, VG_INVALID, "key");
    assert_null(delete_keys(arena, VG_LIT("{}"), keys, &status).at);
    assert_true(vg_slice_is_str(status.what, "Invalid json path: 'd['"));
    expect((vg_slice){0}, &status, VG_INVALID, "keys[2]");
    expect(merge(arena, VG_LIT("{}"), NULL, "[1]", &status), &status, VG_INVALID, "payload");
    expect(merge(arena, VG_LIT("{}"), NULL, "{\"a\":", &status), &status, VG_INVALID, "payload");
    vg_arena_free(arena);
}

static void a_stored_payload_that_is_no_object_is_told(void **state)
{
    static const char *const stored[] = {"[1]", "5", "{\"a\":", "{\"a\":1}x"};
    const char *keys[] = {"a", NULL};
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_status status = {0};

    (void)state;
    for (size_t i = 0; i < sizeof stored / sizeof *stored; i++) {
        vg_slice text = vg_slice_str(stored[i]);

        expect(merge(arena, text, NULL, "{}", &status), &status, VG_BACKEND_ERROR, "payload");
        expect(merge(arena, text, "a", "{}", &status), &status, VG_BACKEND_ERROR, "payload");
        expect(delete_keys(arena, text, keys, &status), &status, VG_BACKEND_ERROR, "payload");
    }
    vg_arena_free(arena);
}

/* "{"a":" so many times, then what is inside, then as many "}". */
static vg_slice nested(vg_arena *arena, int levels, const char *inside)
{
    size_t len = strlen(inside);
    char *text = vg_arena_take_zero(arena, 1, (size_t)levels * 6 + len + VG_JSON_PAD);
    char *at = text;

    assert_non_null(text);
    for (int i = 0; i < levels; i++, at += 5)
        memcpy(at, "{\"a\":", 5);
    memcpy(at, inside, len);
    at += len;
    memset(at, '}', (size_t)levels);
    return vg_slice_of(text, (size_t)(at - text) + (size_t)levels);
}

static const char *steps(vg_arena *arena, int count, const char *last)
{
    vg_slice text = VG_LIT("a");

    for (int i = 1; i < count; i++)
        text = vg_arena_printf(arena, VG_FMT ".a", VG_ARG(text));
    return vg_arena_printf(arena, VG_FMT "%s", VG_ARG(text), last).at;
}

static void an_answer_is_never_too_deep_to_be_read_again(void **state)
{
    const int most = VG_JSON_DEPTH;
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_status status = {0};
    vg_slice got;

    (void)state;
    for (int levels = 0; levels < most; levels += 9) {
        vg_slice text = nested(arena, levels, "{}");

        got = merge(arena, text, steps(arena, most - 1, ""), "{\"x\":1}", &status);
        assert_non_null(got.at);
        assert_non_null(vg_json_read(arena, padded(arena, got), most, NULL));
        got = merge(arena, text, steps(arena, most - 2, ""), "{\"x\":[1]}", &status);
        assert_non_null(got.at);
        got = merge(arena, text, steps(arena, most - 1, ""), "{\"x\":[1]}", &status);
        expect(got, &status, VG_INVALID, "payload");
        got = merge(arena, text, steps(arena, most, ""), "{}", &status);
        expect(got, &status, VG_INVALID, "payload");
        got = merge(arena, text, steps(arena, most, "[0]"), "{}", &status);
        expect(got, &status, VG_INVALID, "payload");
        assert_non_null(merge(arena, text, steps(arena, most - 1, "[]"), "{}", &status).at);
    }
    vg_arena_free(arena);
}

static void a_long_way_that_ends_early_is_no_depth(void **state)
{
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    const char *tail = steps(arena, 300, "");
    vg_slice path = vg_arena_printf(arena, "b[0].%s", tail);
    vg_status status = {0};

    (void)state;
    assert_true(vg_slice_is_str(merge(arena, VG_LIT(""), path.at, "{}", &status), "{\"b\":[]}"));
    vg_arena_free(arena);
}

static void an_answer_that_multiplies_is_bounded(void **state)
{
    enum { ELEMENTS = 40000, PATCH = 20000 };
    vg_arena *arena = vg_arena_new((size_t)1 << 28);
    char *array = vg_arena_take(arena, 2 * ELEMENTS + 1), *name = vg_arena_take(arena, PATCH + 1);
    vg_status status = {0};
    vg_slice payload, patch, path;

    (void)state;
    for (int i = 0; i < ELEMENTS; i++)
        memcpy(array + 2 * (size_t)i, "7,", 2);
    array[2 * ELEMENTS - 1] = '\0';
    memset(name, 'x', PATCH);
    name[PATCH] = '\0';
    payload = vg_arena_printf(arena, "{\"a\":[%s]}", array);
    patch = vg_arena_printf(arena, "{\"%s\":1}", name);
    path = vg_arena_printf(arena, "a[].%s[]", name);
    expect(merge(arena, payload, "a[]", patch.at, &status), &status, VG_TOO_LARGE, "payload");
    expect(merge(arena, payload, path.at, "{}", &status), &status, VG_TOO_LARGE, "payload");
    assert_non_null(merge(arena, payload, "a[7]", patch.at, &status).at);
    vg_arena_free(arena);
}

static void a_spent_arena_is_told(void **state)
{
    vg_slice payload = VG_LIT("{\"a\":{\"b\":[{\"c\":1},{\"c\":[1,2]}]},\"d\":1}");
    int failures = 0;

    (void)state;
    for (size_t cap = 1024; cap < 20000; cap += 64) {
        vg_arena *arena = vg_arena_new(cap);
        vg_status status = {0};
        vg_patch patch;
        vg_path path;
        vg_slice texts[] = {VG_LIT("a.b[].c"), VG_LIT("d")}, text;
        vg_removal removal;
        char room[200] = {0};

        memcpy(room, payload.at, payload.len);
        text = vg_slice_of(room, payload.len);
        if (vg_patch_read(arena, text, &patch, &status) &&
            vg_edit_path(arena, texts[0], VG_LIT("key"), &path, &status) &&
            vg_removal_read(arena, texts, 2, &removal, &status) &&
            vg_edit_merge_at(arena, text, &path, &patch, &status).at &&
            vg_edit_merge(arena, text, &patch, &status).at)
            vg_edit_delete(arena, text, &removal, &status);
        failures += status.code != VG_OK;
        assert_true(status.code == VG_OK || status.code == VG_TOO_LARGE);
        vg_arena_free(arena);
    }
    assert_true(failures > 0);
}

static void a_full_process_is_told(void **state)
{
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_slice payload = padded(arena, VG_LIT("{\"a\":1}"));
    size_t cap = vg_arena_total_cap();
    vg_status status = {0};
    vg_patch patch;

    (void)state;
    assert_true(vg_patch_read(arena, payload, &patch, &status));
    vg_arena_set_total_cap(vg_arena_total_bytes());
    expect(vg_edit_merge(arena, payload, &patch, &status), &status, VG_OVERLOADED, "payload");
    vg_arena_set_total_cap(cap);
    vg_arena_free(arena);
}

/* ---- many of everything ---- */

static void a_large_object_costs_no_square(void **state)
{
    enum { MEMBERS = 20000 };
    vg_arena *arena = vg_arena_new((size_t)1 << 28);
    char *text = vg_arena_take(arena, MEMBERS * 16 + VG_JSON_PAD);
    vg_slice *keys = VG_TAKE_N(arena, vg_slice, MEMBERS);
    size_t len = 0;
    vg_status status = {0};
    vg_patch patch;
    vg_removal removal;
    vg_slice payload, got;

    (void)state;
    for (int i = 0; i < MEMBERS; i++) {
        len += (size_t)snprintf(text + len, 16, "%c\"k%d\":%d", i == 0 ? '{' : ',', i, i % 10);
        keys[i] = vg_arena_printf(arena, "k%d", MEMBERS - 1 - i);
    }
    text[len++] = '}';
    payload = vg_slice_of(text, len);
    assert_true(vg_patch_read(arena, payload, &patch, &status));
    assert_true(vg_removal_read(arena, keys, MEMBERS, &removal, &status));
    got = vg_edit_merge(arena, payload, &patch, &status);
    assert_true(vg_slice_is(got, payload));
    assert_true(vg_slice_is_str(vg_edit_delete(arena, got, &removal, &status), "{}"));
    vg_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merging_does_what_the_rows_say),
        cmocka_unit_test(deleting_does_what_the_rows_say),
        cmocka_unit_test(what_is_not_well_formed_is_named),
        cmocka_unit_test(a_stored_payload_that_is_no_object_is_told),
        cmocka_unit_test(an_answer_is_never_too_deep_to_be_read_again),
        cmocka_unit_test(a_long_way_that_ends_early_is_no_depth),
        cmocka_unit_test(an_answer_that_multiplies_is_bounded),
        cmocka_unit_test(a_spent_arena_is_told),
        cmocka_unit_test(a_full_process_is_told),
        cmocka_unit_test(a_large_object_costs_no_square),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
