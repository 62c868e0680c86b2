/* Targets, paths, segments and queries, as tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/path.h"
#include "net/router.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static vg_arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = vg_arena_new(1 << 20);
    return arena == NULL;
}

static int close_arena(void **state)
{
    (void)state;
    vg_arena_free(arena);
    return 0;
}

static void expect_text(const char *says, vg_slice got, const char *wanted)
{
    if (!vg_slice_is_str(got, wanted))
        fail_msg("%s: got \"" VG_FMT "\", wanted \"%s\"", says, VG_ARG(got), wanted);
}

/* --- targets --------------------------------------------------------------------------------- */

static const struct {
    const char *says, *target, *authority, *path, *query;
} targets[] = {
    {"a path", "/a/b", "", "/a/b", ""},
    {"a path and a query", "/a?b=c", "", "/a", "b=c"},
    {"a question mark in the query", "/a?b?c", "", "/a", "b?c"},
    {"an empty query", "/a?", "", "/a", ""},
    {"two slashes are a path, not a host", "//a/b", "", "//a/b", ""},
    {"the absolute form", "http://h:80/a?q", "h:80", "/a", "q"},
    {"the absolute form in capitals", "HTTPS://H/a", "H", "/a", ""},
    {"the absolute form without a path", "http://h", "h", "/", ""},
    {"the absolute form with a query only", "http://h?q=1", "h", "/", "q=1"},
    {"the asterisk", "*", "", "*", ""},
};

static void targets_are_taken_apart(void **state)
{
    vg_target target;

    (void)state;
    for (size_t i = 0; i < COUNT(targets); i++) {
        const char *wrong = vg_path_read_target(vg_slice_str(targets[i].target), true, &target);

        if (wrong != NULL)
            fail_msg("%s: refused: %s", targets[i].says, wrong);
        expect_text(targets[i].says, target.authority, targets[i].authority);
        expect_text(targets[i].says, target.path, targets[i].path);
        expect_text(targets[i].says, target.query, targets[i].query);
    }
}

static void targets_that_mean_nothing_are_refused(void **state)
{
    static const char *const bad[] = {"",         "a/b",        "ftp://h/a",      "http:///a",
                                      "http://",  "/a#b",       "http://u@h/a",   "?a=b",
                                      "h:80",     "http:/h/a",  "http://u:p@h/a", "*/a",
                                      "http://?", "https://#a", "httpx://h/"};
    vg_target target;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (vg_path_read_target(vg_slice_str(bad[i]), true, &target) == NULL)
            fail_msg("\"%s\" should be refused", bad[i]);
    assert_non_null(vg_path_read_target(VG_LIT("*"), false, &target));
}

/* --- paths ----------------------------------------------------------------------------------- */

static const struct {
    const char *says, *raw, *wanted; /* wanted NULL: refused */
} paths[] = {
    {"the root", "/", "/"},
    {"nothing to do", "/collections/a", "/collections/a"},
    {"a slash at the end", "/collections/", "/collections"},
    {"many slashes at the end", "/collections///", "/collections"},
    {"slashes in a row", "//a///b", "/a/b"},
    {"slashes only", "///", "/"},
    {"escapes stay", "/a%2Fb/%20", "/a%2Fb/%20"},
    {"points within a name", "/a.b/..c/d../...", "/a.b/..c/d../..."},
    {"an escaped point within a name", "/%2ea", "/%2ea"},
    {"here", "/a/./b", NULL},
    {"up", "/a/../b", NULL},
    {"up at the end", "/a/..", NULL},
    {"up, escaped", "/a/%2e%2e/b", NULL},
    {"up, half escaped in capitals", "/a/.%2E/b", NULL},
    {"here, escaped", "/%2e", NULL},
};

static void paths_become_what_routes_see(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++) {
        char out[64];
        size_t len = 0;
        bool is_fine = vg_path_normalise(vg_slice_str(paths[i].raw), out, &len);

        if (is_fine != (paths[i].wanted != NULL))
            fail_msg("%s: \"%s\" was %s", paths[i].says, paths[i].raw,
                     is_fine ? "taken" : "refused");
        if (is_fine)
            expect_text(paths[i].says, vg_slice_of(out, len), paths[i].wanted);
    }
}

/* --- segments -------------------------------------------------------------------------------- */

static const struct {
    const char *says, *raw, *wanted;
} segments[] = {
    {"plain", "abc", "abc"},
    {"a blank", "a%20b", "a b"},
    {"a plus is a plus", "a+b", "a+b"},
    {"a slash", "a%2fb", "a/b"},
    {"capitals", "%C3%A9", "\xc3\xa9"},
    {"a percent sign", "100%25", "100%"},
    {"decoded once", "%2525", "%25"},
    {"cut short", "a%2", NULL},
    {"cut shorter", "a%", NULL},
    {"not hexadecimal", "%zz", NULL},
    {"half hexadecimal", "%2g", NULL},
    {"signs are no digits", "%+1", NULL},
    {"a NUL", "a%00", NULL},
};

static void segments_are_decoded_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(segments); i++) {
        vg_slice out = {NULL, 0};
        bool is_fine = vg_path_segment(arena, vg_slice_str(segments[i].raw), &out);

        if (is_fine != (segments[i].wanted != NULL))
            fail_msg("%s: \"%s\" was %s", segments[i].says, segments[i].raw,
                     is_fine ? "taken" : "refused");
        if (is_fine)
            expect_text(segments[i].says, out, segments[i].wanted);
    }
}

static void escaping_then_decoding_gives_every_byte_back(void **state)
{
    char bytes[255] = "";
    vg_slice text = vg_slice_of(bytes, sizeof(bytes));
    vg_slice escaped, back;

    (void)state;
    for (int i = 0; i < 255; i++)
        bytes[i] = (char)(i + 1);
    escaped = vg_path_escape(arena, text);
    for (size_t i = 0; i < escaped.len; i++)
        assert_null(strchr("/?# &=+", escaped.at[i]));
    assert_true(vg_path_segment(arena, escaped, &back));
    assert_true(vg_slice_is(back, text));
    expect_text("letters stay", vg_path_escape(arena, VG_LIT("aZ09-._~ /\xc3")),
                "aZ09-._~%20%2F%C3");
}

/* --- queries --------------------------------------------------------------------------------- */

static const struct {
    const char *says, *raw, *wanted; /* "name=value;" for each; ends in "!" when an escape is bad */
} queries[] = {
    {"nothing", "", ""},
    {"one", "a=1", "a=1;"},
    {"two", "a=1&b=2", "a=1;b=2;"},
    {"no value", "a&b=", "a=;b=;"},
    {"ampersands in a row", "&&a=1&&b=2&", "a=1;b=2;"},
    {"an equals sign in the value", "a=b=c", "a=b=c;"},
    {"escapes and pluses", "a%20b=%26+c", "a b=& c;"},
    {"no name", "=1", "=1;"},
    {"a bad escape in the value", "a=1&b=%q&c=3", "a=1;!"},
    {"a bad escape in the name", "%=1", "!"},
};

static void queries_are_walked(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(queries); i++) {
        vg_slice rest = vg_slice_str(queries[i].raw);
        vg_slice got = VG_LIT(""), name, value;
        bool bad = false;

        while (vg_query_next(arena, &rest, &name, &value, &bad))
            got = vg_arena_printf(arena, VG_FMT VG_FMT "=" VG_FMT ";", VG_ARG(got), VG_ARG(name),
                                  VG_ARG(value));
        if (bad)
            got = vg_arena_printf(arena, VG_FMT "!", VG_ARG(got));
        expect_text(queries[i].says, got, queries[i].wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_are_taken_apart),
        cmocka_unit_test(targets_that_mean_nothing_are_refused),
        cmocka_unit_test(paths_become_what_routes_see),
        cmocka_unit_test(segments_are_decoded_once),
        cmocka_unit_test(escaping_then_decoding_gives_every_byte_back),
        cmocka_unit_test(queries_are_walked),
    };

    return cmocka_run_group_tests_name("net/path", tests, open_arena, close_arena);
}
