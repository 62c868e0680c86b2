/* Kinds of option: text to value, value to text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/option.h"

static const char *const colors[] = {"red", "green", "blue", NULL};

union value {
    bool is;
    uint64_t n;
    int word;
    vg_slice text;
};

/* clang-format off */
static const vg_option is    = {.name = "is", .kind = VG_OPT_BOOL};
static const vg_option count = {.name = "count", .kind = VG_OPT_COUNT, .min = 1, .max = 1024};
static const vg_option many  = {.name = "many", .kind = VG_OPT_COUNT};
static const vg_option bytes = {.name = "bytes", .kind = VG_OPT_BYTES, .min = 512};
static const vg_option wait  = {.name = "wait", .kind = VG_OPT_DURATION, .max = 3600000};
static const vg_option text  = {.name = "text", .kind = VG_OPT_TEXT};
static const vg_option key   = {.name = "key", .kind = VG_OPT_SECRET};
static const vg_option color = {.name = "color", .kind = VG_OPT_WORD, .words = colors};
static const vg_option place = {.name = "place", .kind = VG_OPT_ADDRESS};
static const vg_option url   = {.name = "url", .kind = VG_OPT_URL};

/* What a text is read as, shown again; or the reason why not. */
static const struct {
    const vg_option *row;
    const char *from;
    const char *to;     /* NULL: refused */
    const char *reason;
} rows[] = {
    {&is, "true", "true", NULL},
    {&is, "Yes", "true", NULL},
    {&is, "on", "true", NULL},
    {&is, "off", "false", NULL},
    {&is, "no", "false", NULL},
    {&is, "FALSE", "false", NULL},
    {&is, "1", NULL, "expected true or false, got \"1\""},
    {&count, "1", "1", NULL},
    {&count, "1024", "1024", NULL},
    {&count, "0", NULL, "must be 1 to 1024, got \"0\""},
    {&count, "1025", NULL, "must be 1 to 1024, got \"1025\""},
    {&count, "7.5", NULL, "expected a whole number, got \"7.5\""},
    {&count, "-1", NULL, "expected a whole number, got \"-1\""},
    {&count, " 7", NULL, "expected a whole number, got \" 7\""},
    {&count, "seven", NULL, "expected a whole number, got \"seven\""},
    {&many, "18446744073709551615", "18446744073709551615", NULL},
    {&many, "18446744073709551616", NULL, "expected a whole number, got \"18446744073709551616\""},
    {&bytes, "512", "512", NULL},
    {&bytes, "1024", "1KiB", NULL},
    {&bytes, "1536KiB", "1536KiB", NULL},
    {&bytes, "32MiB", "32MiB", NULL},
    {&bytes, "2048MiB", "2GiB", NULL},
    {&bytes, "511", NULL, "must be at least 512, got \"511\""},
    {&bytes, "32MB", NULL, "expected a size such as 512, 64KiB, 32MiB or 1GiB, got \"32MB\""},
    {&bytes, "17179869184GiB", NULL, "expected a size such as 512, 64KiB, 32MiB or 1GiB, got \"17179869184GiB\""},
    {&bytes, "MiB", NULL, "expected a size such as 512, 64KiB, 32MiB or 1GiB, got \"MiB\""},
    {&wait, "250ms", "250ms", NULL},
    {&wait, "90s", "90s", NULL},
    {&wait, "120s", "2m", NULL},
    {&wait, "60m", "1h", NULL},
    {&wait, "0s", "0s", NULL},
    {&wait, "2h", NULL, "must be 0s to 1h, got \"2h\""},
    {&wait, "30", NULL, "expected a time with its unit, such as 250ms, 30s, 5m or 2h, got \"30\""},
    {&text, "any text: #&", "any text: #&", NULL},
    {&text, "two\nlines", NULL, "holds control bytes (a line end?)"},
    {&key, "s3cr3t", "********", NULL},
    {&key, "s3cr3t\r\nhost: evil", NULL, "holds control bytes (a line end?)"},
    {&color, "green", "green", NULL},
    {&color, "gren", NULL, "must be one of red, green, blue, got \"gren\"; did you mean green?"},
    {&color, "violet", NULL, "must be one of red, green, blue, got \"violet\""},
    {&place, "127.0.0.1:6333", "127.0.0.1:6333", NULL},
    {&place, "127.0.0.1", NULL, "expected HOST:PORT or [IPV6]:PORT, got \"127.0.0.1\""},
    {&url, "https://host:1/x", "https://host:1/x", NULL},
    {&url, "ftp://host", NULL, "expected http://HOST[:PORT][/PATH] or https://…, got \"ftp://host\""},
    {&url, "http://me:pass/word@host/", NULL, "holds a user name or password: they have options of their own"},
};
/* clang-format on */

static void texts_become_values_or_a_reason(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        union value value = {0};
        vg_slice reason = {0}, shown = {0};
        bool is_read =
            vg_option_read(rows[i].row, vg_slice_str(rows[i].from), arena, &value, &reason);

        if (is_read)
            shown = vg_option_write(rows[i].row, &value, arena);
        if (is_read != (rows[i].to != NULL) || !vg_slice_is_str(shown, rows[i].to) ||
            !vg_slice_is_str(reason, rows[i].reason))
            fail_msg("%s \"%s\": \"" VG_FMT "\", " VG_FMT, rows[i].row->name, rows[i].from,
                     VG_ARG(shown), VG_ARG(reason));
    }
    vg_arena_free(arena);
}

static void a_text_has_a_nul_behind_it(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    union value value;
    vg_slice reason;

    (void)state;
    assert_true(vg_option_read(&text, vg_slice_of("abcdef", 3), arena, &value, &reason));
    assert_string_equal(value.text.at, "abc");
    vg_arena_free(arena);
}

static void what_is_long_is_cut_between_characters(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    char long_text[200];
    union value value;
    vg_slice reason;

    (void)state;
    for (size_t i = 0; i + 1 < sizeof long_text; i += 2)
        memcpy(long_text + i, "é", 2);
    memcpy(long_text, "x", 1);
    assert_false(
        vg_option_read(&count, vg_slice_of(long_text, sizeof long_text), arena, &value, &reason));
    assert_true(vg_slice_ends(reason, VG_LIT("é…\"")));
    assert_true(reason.len < 100);
    vg_arena_free(arena);
}

static void kinds_describe_themselves(void **state)
{
    const struct {
        const vg_option *row;
        const char *says;
    } kinds[] = {{&is, "true or false"},    {&count, "number, 1 to 1024"},
                 {&many, "number"},         {&bytes, "size, at least 512"},
                 {&wait, "time, 0s to 1h"}, {&color, "one of red, green, blue"},
                 {&place, "HOST:PORT"},     {&url, "URL"},
                 {&key, "secret"},          {&text, "text"}};
    vg_arena *arena = vg_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        assert_string_equal(vg_arena_copy(arena, vg_option_describe(kinds[i].row, arena)).at,
                            kinds[i].says);
    vg_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_become_values_or_a_reason),
        cmocka_unit_test(a_text_has_a_nul_behind_it),
        cmocka_unit_test(what_is_long_is_cut_between_characters),
        cmocka_unit_test(kinds_describe_themselves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
