/* Base64url as tokens have it: one text for each bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gate/base64url.h"

/* clang-format off */
static const struct {
    const char *says;
    const char *text;
    const char *bytes; /* NULL: refused */
    size_t len;
} rows[] = {
    {"nothing", "", "", 0},
    {"one byte", "Zg", "f", 1}, /* RFC 4648, 10, without padding */
    {"two", "Zm8", "fo", 2},
    {"three", "Zm9v", "foo", 3},
    {"four", "Zm9vYg", "foob", 4},
    {"six", "Zm9vYmFy", "foobar", 6},
    {"RFC 7515, C", "A-z_4ME", "\x03\xec\xff\xe0\xc1", 5},
    {"all ones", "____", "\xff\xff\xff", 3},
    {"spare bits of one byte", "Zh", NULL, 0},
    {"spare bits of two", "Zm9", NULL, 0},
    {"a letter alone", "Z", NULL, 0},
    {"a letter too many", "Zm9vY", NULL, 0},
    {"a letter alone without bits", "A", NULL, 0},
    {"padding", "Zg==", NULL, 0},
    {"letters of base64", "A+z/4ME", NULL, 0},
    {"a blank", "Zm 8", NULL, 0},
    {"a line end", "Zm8\n", NULL, 0},
    {"a dot", "Zm.8", NULL, 0},
    {"a letter beyond ASCII", "Zm8\xc3", NULL, 0},
};
/* clang-format on */

static void there_is_one_text_for_each_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        vg_arena *arena = vg_arena_new(1 << 16);
        vg_slice bytes = {0};
        bool is_read = vg_base64url_read(arena, vg_slice_str(rows[i].text), 4, &bytes);

        if (is_read != (rows[i].bytes != NULL))
            fail_msg("%s", rows[i].says);
        if (is_read && !vg_slice_is(bytes, vg_slice_of(rows[i].bytes, rows[i].len)))
            fail_msg("%s: other bytes", rows[i].says);
        if (is_read)
            assert_memory_equal(bytes.at + bytes.len, "\0\0\0\0", 4);
        vg_arena_free(arena);
    }
}

static void whatever_is_spent_is_no_text(void **state)
{
    vg_arena *arena = vg_arena_new(4096);
    vg_slice bytes;

    (void)state;
    while (vg_arena_take(arena, 64) != NULL)
        ;
    assert_false(vg_base64url_read(arena,
                                   VG_LIT("Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFy"
                                          "Zm9vYmFyZm9vYmFy"),
                                   64, &bytes));
    vg_arena_free(arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_one_text_for_each_bytes),
        cmocka_unit_test(whatever_is_spent_is_no_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
