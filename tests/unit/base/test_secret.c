/* Secrets: compared, revealed, wiped. */
#include "base/secret.h"
#include "tests/support/failing_malloc.h"
#include "tests/unit/base/unit.h"

static void only_the_whole_secret_matches(void **state)
{
    static const struct {
        const char *says;
        vg_slice guess;
        bool is;
    } rows[] = {
        {"itself", VG_LIT_INIT("s3cr\0t"), true},
        {"the last byte differs", VG_LIT_INIT("s3cr\0T"), false},
        {"the first byte differs", VG_LIT_INIT("S3cr\0t"), false},
        {"its start", VG_LIT_INIT("s3cr"), false},
        {"one more byte", VG_LIT_INIT("s3cr\0t\0"), false},
        {"nothing", {NULL, 0}, false},
    };
    vg_secret *secret = vg_secret_new(VG_LIT("s3cr\0t"));

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++)
        expect(rows[i].says, vg_secret_is(secret, rows[i].guess) == rows[i].is);
    assert_int_equal(vg_secret_reveal(secret).len, 6);
    assert_int_equal(vg_secret_reveal(secret).at[6], '\0');
    vg_secret_free(secret);
}

static void no_secret_matches_nothing(void **state)
{
    vg_secret *empty = vg_secret_new((vg_slice){0});

    (void)state;
    assert_false(vg_secret_is(NULL, (vg_slice){0}));
    assert_true(vg_secret_is(empty, (vg_slice){0}));
    vg_secret_free(empty);
    vg_secret_free(NULL);
    failing_malloc_set(1);
    assert_null(vg_secret_new(VG_LIT("x")));
    failing_malloc_set(0);
}

static void wiping_leaves_zeros(void **state)
{
    char bytes[] = "password";

    (void)state;
    vg_secret_wipe(bytes + 1, 4);
    assert_memory_equal(bytes, "p\0\0\0\0ord", 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_whole_secret_matches),
        cmocka_unit_test(no_secret_matches_nothing),
        cmocka_unit_test(wiping_leaves_zeros),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
