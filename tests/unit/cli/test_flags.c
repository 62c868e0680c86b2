/* What stands behind a command. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/flags.h"

enum { ALL = VG_TAKES_CONFIG | VG_TAKES_SETS };

/* clang-format off */
static const struct {
    const char *says;
    unsigned takes;
    char *words[6];
    const char *config, *sets[3], *word;
    bool help;
    const char *complaint; /* NULL: taken */
} rows[] = {
    {"nothing", ALL, {0}, .config = NULL},
    {"a file", ALL, {"--config", "a"}, .config = "a"},
    {"a file in one word", ALL, {"--config=a=b"}, .config = "a=b"},
    {"the last file", ALL, {"--config=a", "--config", "b"}, .config = "b"},
    {"an option", ALL, {"--set", "a=b"}, .sets = {"a=b"}},
    {"an option in one word", ALL, {"--set=a=b"}, .sets = {"a=b"}},
    {"the short ways", ALL, {"--data", "d", "--listen=l"}, .sets = {"data=d", "listen=l"}},
    {"a value that looks like a flag", ALL, {"--data", "--help"}, .sets = {"data=--help"}},
    {"an empty value", ALL, {"--data="}, .sets = {"data="}},
    {"help", 0, {"--help"}, .help = true},
    {"help beside others", ALL, {"--data", "d", "-h"}, .sets = {"data=d"}, .help = true},
    {"help in place of a word", VG_TAKES_WORD, {"--help"}, .help = true},
    {"a word", VG_TAKES_WORD, {"w"}, .word = "w"},
    {"no word", VG_TAKES_WORD, {0}, .complaint = "a word is missing: the directory to write to"},
    {"two words", VG_TAKES_WORD, {"v", "w"}, .complaint = "\"w\" is one word too many"},
    {"a word nobody wants", ALL, {"w"}, .complaint = "\"w\" is one word too many"},
    {"no value", ALL, {"--set"}, .complaint = "--set needs NAME=VALUE behind it"},
    {"a value nobody wants", ALL, {"--help=x"}, .complaint = "--help takes no value"},
    {"a slip", ALL, {"--confg", "a"}, .complaint = "there is no flag --confg; did you mean --config?"},
    {"a slip in one word", ALL, {"--sett=a=b"}, .complaint = "there is no flag --sett; did you mean --set?"},
    {"a flag of other commands", VG_TAKES_WORD, {"--set", "a=b"}, .complaint = "there is no flag --set"},
    {"a dash", ALL, {"-"}, .complaint = "there is no flag -; did you mean -h?"},
};
/* clang-format on */

static bool same(const char *a, const char *b)
{
    return vg_slice_is(vg_slice_str(a), vg_slice_str(b)) && (a == NULL) == (b == NULL);
}

static void words_become_flags_or_a_complaint(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        vg_flags flags;
        vg_slice complaint = {0};
        bool is_read = vg_flags_read(rows[i].words, rows[i].takes, arena, &flags, &complaint);

        if (is_read != (rows[i].complaint == NULL) ||
            !vg_slice_is_str(complaint, rows[i].complaint))
            fail_msg("%s: " VG_FMT, rows[i].says, VG_ARG(complaint));
        if (is_read && (!same(flags.config, rows[i].config) || !same(flags.word, rows[i].word) ||
                        flags.help != rows[i].help || !same(flags.sets[0], rows[i].sets[0]) ||
                        !same(flags.sets[1], rows[i].sets[1]) || flags.sets[2] != NULL))
            fail_msg("%s: taken for something else", rows[i].says);
    }
    vg_arena_free(arena);
}

static void flags_are_bounded(void **state)
{
    char *words[VG_FLAGS_SETS + 2] = {0};
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_slice complaint = {0};
    vg_flags flags;

    (void)state;
    for (int i = 0; i < VG_FLAGS_SETS; i++)
        words[i] = "--set=a=b";
    assert_true(vg_flags_read(words, ALL, arena, &flags, &complaint));
    assert_string_equal(flags.sets[VG_FLAGS_SETS - 1], "a=b");
    assert_null(flags.sets[VG_FLAGS_SETS]);
    words[VG_FLAGS_SETS] = "--data=d";
    assert_false(vg_flags_read(words, ALL, arena, &flags, &complaint));
    assert_true(vg_slice_starts(complaint, VG_LIT("too many flags")));
    vg_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_become_flags_or_a_complaint),
        cmocka_unit_test(flags_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
