/* Payload paths: what is one, and its steps. */
#include "vecgate/payload_path.h"

#include "tests/unit/base/unit.h"

static const struct {
    const char *text;
    const char *steps; /* keys as they are, [n], [] ; NULL: it is no path */
} rows[] = {
    {"a", "a"},
    {"a.b", "a b"},
    {"a[].b", "a [] b"},
    {"a[3]", "a [3]"},
    {"a[][0]", "a [] [0]"},
    {"\"a b\".c", "a b c"},
    {"\"\"", ""},
    {"é.ü", "é ü"},
    {"a-b_1", "a-b_1"},
    {"", NULL},
    {".a", NULL},
    {"a.", NULL},
    {"a..b", NULL},
    {"[0]", NULL},
    {"a[", NULL},
    {"a[x]", NULL},
    {"a[-1]", NULL},
    {"a b", NULL},
    {"a[0]b", NULL},
    {"\"a", NULL},
    {"a\"b\"", NULL},
    {"a[99999999999999999999]", NULL},
};

static vg_slice say(vg_arena *arena, const vg_path *path)
{
    vg_slice said = VG_LIT("");

    for (uint32_t i = 0; i < path->count; i++) {
        const vg_path_step *step = &path->steps[i];
        const char *gap = i > 0 ? " " : "";

        if (step->kind == VG_PATH_KEY)
            said = vg_arena_printf(arena, VG_FMT "%s" VG_FMT, VG_ARG(said), gap, VG_ARG(step->key));
        else if (step->kind == VG_PATH_ALL)
            said = vg_arena_printf(arena, VG_FMT "%s[]", VG_ARG(said), gap);
        else
            said =
                vg_arena_printf(arena, VG_FMT "%s[%u]", VG_ARG(said), gap, (unsigned)step->index);
    }
    return said;
}

static void a_path_is_read_step_by_step_or_not_at_all(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        vg_slice text = vg_slice_str(rows[i].text);
        vg_path path;
        vg_path_end end = vg_path_read(arena, text, &path);

        if ((end == VG_PATH_OK) != (rows[i].steps != NULL))
            fail_msg("%s: read as %d", rows[i].text, end);
        if (vg_path_is(text) != (end == VG_PATH_OK))
            fail_msg("%s: reading and looking differ", rows[i].text);
        if (rows[i].steps)
            expect_text(rows[i].text, say(arena, &path), rows[i].steps);
    }
    vg_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_is_read_step_by_step_or_not_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
