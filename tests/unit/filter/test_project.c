/* Payload paths, and payloads cut by them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "vecgate/json.h"

#include "filter/project.h"

/* ---- paths ---- */

static const struct {
    const char *says;
    const char *text;
    const char *steps; /* each as .key, [n] or []; NULL: it is no path */
} paths[] = {
    {"one key", "a", ".a"},
    {"keys", "a.b-c.d_1", ".a.b-c.d_1"},
    {"letters of any script", "ключ.名", ".ключ.名"},
    {"an index and all", "a[0].b[]", ".a[0].b[]"},
    {"two in a row", "a[][12]", ".a[][12]"},
    {"quotes hold anything", "\"a b.c[]\".d", ".a b.c[].d"},
    {"an empty quoted key", "\"\"", "."},
    {"nothing", "", NULL},
    {"a dot first", ".a", NULL},
    {"a dot last", "a.", NULL},
    {"two dots", "a..b", NULL},
    {"brackets first", "[].a", NULL},
    {"an open bracket", "a[", NULL},
    {"an open quote", "\"a", NULL},
    {"no number", "a[x]", NULL},
    {"a negative one", "a[-1]", NULL},
    {"a number too large", "a[18446744073709551616]", NULL},
    {"a blank", "a b", NULL},
    {"something behind brackets", "a[]b", NULL},
    {"something behind a quote", "\"a\"b", NULL},
};

static void show_path(const vg_path *path, char *to, size_t room)
{
    size_t len = 0;

    to[0] = '\0';
    for (uint32_t i = 0; i < path->count; i++) {
        const vg_path_step *step = &path->steps[i];

        if (step->kind == VG_PATH_KEY)
            len += (size_t)snprintf(to + len, room - len, "." VG_FMT, VG_ARG(step->key));
        else if (step->kind == VG_PATH_ALL)
            len += (size_t)snprintf(to + len, room - len, "[]");
        else
            len +=
                (size_t)snprintf(to + len, room - len, "[%llu]", (unsigned long long)step->index);
    }
}

static void paths_are_read_or_refused(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        vg_path path = {0};
        char got[100];
        vg_path_end end = vg_path_read(arena, vg_slice_str(paths[i].text), &path);

        if (end != (paths[i].steps ? VG_PATH_OK : VG_PATH_WRONG))
            fail_msg("%s: %s", paths[i].says, end == VG_PATH_OK ? "read" : "refused");
        if (end != VG_PATH_OK)
            continue;
        show_path(&path, got, sizeof got);
        if (strcmp(got, paths[i].steps) != 0)
            fail_msg("%s: %s", paths[i].says, got);
    }
    vg_arena_free(arena);
}

/* ---- projections ---- */

static const char payload[] = "{\"a\":1.0,\"b\":{\"c\":123,\"e\":{\"f\":[1, "
                              "2,3],\"g\":7,\"h\":\"t\\u0065xt\",\"i\":[{\"j\":1,"
                              "\"k\":2},{\"j\":3,\"k\":4},5]}},\"d\":[],\"n\":null}";

static const struct {
    const char *says;
    bool excludes;
    const char *paths[3];
    const char *wanted;
} rows[] = {
    {"a number keeps its text", false, {"a"}, "{\"a\":1.0}"},
    {"nesting stays", false, {"a", "b.e.f"}, "{\"a\":1.0,\"b\":{\"e\":{\"f\":[1, 2,3]}}}"},
    {"twice is once", false, {"a", "a"}, "{\"a\":1.0}"},
    {"a path below a leaf keeps the leaf", false, {"a.x"}, "{\"a\":1.0}"},
    {"an index meets the array around it only", false, {"b.e.f[0]"}, "{\"b\":{\"e\":{\"f\":[]}}}"},
    {"and of objects too", false, {"b.e.i[0].j"}, "{\"b\":{\"e\":{\"i\":[]}}}"},
    {"all elements of an array",
     false,
     {"b.e.i[].j"},
     "{\"b\":{\"e\":{\"i\":[{\"j\":1},{\"j\":3},5]}}}"},
    {"numbers as elements", false, {"b.e.f[]"}, "{\"b\":{\"e\":{\"f\":[1, 2,3]}}}"},
    {"without [] nothing in an array is met", false, {"b.e.i.j"}, "{\"b\":{\"e\":{\"i\":[]}}}"},
    {"nothing that is there", false, {"x"}, "{}"},
    {"an empty list", false, {0}, "{}"},
    {"text keeps its escapes", false, {"b.e.h"}, "{\"b\":{\"e\":{\"h\":\"t\\u0065xt\"}}}"},
    {"without a part", true, {"b"}, "{\"a\":1.0,\"d\":[],\"n\":null}"},
    {"without two",
     true,
     {"b.e.i", "b.c"},
     "{\"a\":1.0,\"b\":{\"e\":{\"f\":[1, 2,3],\"g\":7,\"h\":\"t\\u0065xt\"}},\"d\":[],\"n\":null}"},
    {"without a name in every element",
     true,
     {"b.e.i[].j", "b.e.f", "n"},
     "{\"a\":1.0,\"b\":{\"c\":123,\"e\":{\"g\":7,\"h\":\"t\\u0065xt\",\"i\":[{\"k\":2},{\"k\":4},5]"
     "}},"
     "\"d\":[]}"},
    {"without the elements", true, {"b", "d[]", "a"}, "{\"d\":[],\"n\":null}"},
    {"an index takes nothing away", true, {"b", "d[0]"}, "{\"a\":1.0,\"d\":[],\"n\":null}"},
    {"without what is not there", true, {"a.b", "x"}, payload},
};

static vg_slice padded(vg_arena *arena, const char *text)
{
    size_t len = strlen(text);
    char *at = vg_arena_take_zero(arena, 1, len + VG_JSON_PAD);

    memcpy(at, text, len);
    return vg_slice_of(at, len);
}

static vg_slice project(vg_arena *arena, size_t row, const char *text, vg_status *status)
{
    vg_slice listed[3];
    vg_payload_selector selector = {
        .want = rows[row].excludes ? VG_PAYLOAD_EXCLUDE : VG_PAYLOAD_INCLUDE, .paths = listed};
    vg_projection projection;

    while (selector.path_count < 3 && rows[row].paths[selector.path_count]) {
        listed[selector.path_count] = vg_slice_str(rows[row].paths[selector.path_count]);
        selector.path_count++;
    }
    assert_true(vg_project_read(arena, &selector, &projection, status));
    return vg_project(arena, &projection, padded(arena, text), status);
}

static void payloads_are_cut_as_the_selector_says(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        vg_status status = {0};
        vg_slice got = project(arena, i, payload, &status);

        if (!vg_slice_is_str(got, rows[i].wanted))
            fail_msg("%s: " VG_FMT, rows[i].says, VG_ARG(got));
    }
    vg_arena_free(arena);
}

static void the_empty_payload_stays_empty(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_status status = {0};
    vg_slice got = project(arena, 0, "", &status);

    (void)state;
    assert_non_null(got.at);
    assert_int_equal(got.len, 0);
    vg_arena_free(arena);
}

static void what_is_no_object_is_told(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_status status = {0};

    (void)state;
    assert_null(project(arena, 0, "[1]", &status).at);
    assert_int_equal(status.code, VG_BACKEND_ERROR);
    status = (vg_status){0};
    assert_null(project(arena, 0, "{\"a\":", &status).at);
    assert_int_equal(status.code, VG_BACKEND_ERROR);
    vg_arena_free(arena);
}

static void a_wrong_path_is_named(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_slice listed[] = {VG_LIT("a"), VG_LIT("b[")};
    vg_payload_selector selector = {.want = VG_PAYLOAD_INCLUDE, .paths = listed, .path_count = 2};
    vg_projection projection;
    vg_status status = {0};

    (void)state;
    assert_false(vg_project_read(arena, &selector, &projection, &status));
    assert_int_equal(status.code, VG_INVALID);
    assert_true(vg_slice_is_str(status.what, "Invalid json path: 'b['"));
    vg_arena_free(arena);
}

static void a_spent_arena_is_told(void **state)
{
    vg_arena *big = vg_arena_new(1 << 20);
    vg_slice text = padded(big, payload), listed[] = {VG_LIT("b.e.i[].j")};
    vg_payload_selector selector = {.want = VG_PAYLOAD_INCLUDE, .paths = listed, .path_count = 1};
    int failures = 0;

    (void)state;
    for (size_t cap = 64; cap < 20000; cap += 128) {
        vg_arena *arena = vg_arena_new(cap);
        vg_projection projection;
        vg_status status = {0};

        if (arena && (!vg_project_read(arena, &selector, &projection, &status) ||
                      !vg_project(arena, &projection, text, &status).at)) {
            assert_int_equal(status.code, VG_TOO_LARGE);
            failures++;
        }
        vg_arena_free(arena);
    }
    assert_true(failures > 0);
    vg_arena_free(big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_read_or_refused),
        cmocka_unit_test(payloads_are_cut_as_the_selector_says),
        cmocka_unit_test(the_empty_payload_stays_empty),
        cmocka_unit_test(what_is_no_object_is_told),
        cmocka_unit_test(a_wrong_path_is_named),
        cmocka_unit_test(a_spent_arena_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
