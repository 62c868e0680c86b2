/* What is put into values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "config/expand.h"
#include "fakes.h"

static const char *const variables[] = {"NAME=value", "EMPTY=", "NAME_2=two", "DOLLAR=${NAME}",
                                        NULL};

static const struct {
    const char *from;
    const char *to; /* NULL: refused */
    const char *reason;
} rows[] = {
    {"plain", "plain", NULL},
    {"", "", NULL},
    {"${NAME}", "value", NULL},
    {"a ${NAME} b ${NAME_2}", "a value b two", NULL},
    {"${EMPTY}", "", NULL},
    {"${EMPTY:-d}", "d", NULL},
    {"${NONE:-}", "", NULL},
    {"${NONE:-a:-b}", "a:-b", NULL},
    {"${NAME:-d}", "value", NULL},
    {"$$", "$", NULL},
    {"$${NAME}", "${NAME}", NULL},
    {"$$$$", "$$", NULL},
    {"100$", "100$", NULL},
    {"$NAME", "$NAME", NULL},
    {"a$b", "a$b", NULL},
    {"${DOLLAR}", "${NAME}", NULL},
    {"${file:key}", "from a file", NULL},
    {"<${file:empty}>", "<>", NULL},
    {"${NAM}", NULL, "the variable NAM is not set: set it, or write ${NAM:-default}"},
    {"${NONE}", NULL, "the variable NONE is not set: set it, or write ${NONE:-default}"},
    {"${NAME", NULL, "\"${\" is not closed by \"}\" (a dollar itself is \"$$\")"},
    {"${", NULL, "\"${\" is not closed by \"}\" (a dollar itself is \"$$\")"},
    {"${}", NULL, "${} is none of ${NAME}, ${NAME:-default}, ${file:/path}"},
    {"${2}", NULL, "${2} is none of ${NAME}, ${NAME:-default}, ${file:/path}"},
    {"${NAME:x}", NULL, "${NAME:x} is none of ${NAME}, ${NAME:-default}, ${file:/path}"},
    {"${NA ME}", NULL, "${NA ME} is none of ${NAME}, ${NAME:-default}, ${file:/path}"},
    {"${file:none}", NULL, "none cannot be read: No such file or directory"},
    {"${file:large}", NULL, "large is larger than 64 KiB"},
};

static int write_files(void **state)
{
    static char large[VG_EXPAND_FILE_BYTES + 2];

    if (fakes_enter(state) != 0)
        return -1;
    memset(large, 'x', sizeof large - 1);
    fakes_write("key", "from a file\r\n");
    fakes_write("empty", "");
    fakes_write("large", large);
    return 0;
}

static void values_are_put_in_or_the_reason_told(void **state)
{
    vg_arena *arena = vg_arena_new(4 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        vg_slice out = {0}, reason = {0};
        bool is_done = vg_expand(arena, vg_slice_str(rows[i].from), variables, &out, &reason);

        if (is_done != (rows[i].to != NULL) || !vg_slice_is_str(out, rows[i].to) ||
            !vg_slice_is_str(reason, rows[i].reason))
            fail_msg("\"%s\": \"" VG_FMT "\", " VG_FMT, rows[i].from, VG_ARG(out), VG_ARG(reason));
    }
    vg_arena_free(arena);
}

static void a_value_may_not_grow_without_bound(void **state)
{
    vg_arena *arena = vg_arena_new(4 << 20);
    vg_slice out, reason = {0};

    (void)state;
    fakes_write("key", "");
    {
        static char full[VG_EXPAND_FILE_BYTES + 1];

        memset(full, 'y', VG_EXPAND_FILE_BYTES);
        fakes_write("key", full);
    }
    assert_true(vg_expand(arena, VG_LIT("${file:key}"), variables, &out, &reason));
    assert_int_equal(out.len, VG_EXPAND_FILE_BYTES);
    assert_false(
        vg_expand(arena, VG_LIT("${file:key}${file:key}${file:key}"), variables, &out, &reason));
    assert_true(vg_slice_is_str(reason, "the value is larger than 128 KiB"));
    vg_arena_free(arena);
}

static void only_dollars_that_mean_something_need_it(void **state)
{
    (void)state;
    assert_true(vg_expand_is_needed(VG_LIT("${A}")));
    assert_true(vg_expand_is_needed(VG_LIT("a$$")));
    assert_false(vg_expand_is_needed(VG_LIT("a$b$")));
    assert_false(vg_expand_is_needed(VG_LIT("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_put_in_or_the_reason_told),
        cmocka_unit_test(a_value_may_not_grow_without_bound),
        cmocka_unit_test(only_dollars_that_mean_something_need_it),
    };

    return cmocka_run_group_tests(tests, write_files, fakes_leave);
}
