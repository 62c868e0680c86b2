/* Directories of tenants: names that every file system keeps apart, and that can be read back, so
 * that no two tenants have one. The reader here is written apart from the writer. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/tenant_dir.h"
#include "support.h"

enum { ROUNDS = 200000, NAME_MAX_BYTES = 255 };

static const struct {
    const char *says, *tenant, *dir;
} rows[] = {
    {"plain names are themselves", "acme-2_b", "acme-2_b"},
    {"upper case is escaped", "Acme", "%41cme"},
    {"so is a percent sign", "a%41", "a%2541"},
    {"no dots", "..", "%2e%2e"},
    {"no slashes", "a/../b", "a%2f%2e%2e%2fb"},
    {"a letter with its accent", "\xc3\xa9", "%c3%a9"},
    {"the same, in two parts", "e\xcc\x81", "e%cc%81"},
    {"names of the data directory", "LOCK", "%4c%4f%43%4b"},
    {"catalog.db", "catalog.db", "catalog%2edb"},
    {"what is being deleted", ".dropped-1", "%2edropped-1"},
    {"a look-alike of default", "Default", "%44efault"},
};

static void names_are_as_the_table_says(void **state)
{
    char dir[VG_TENANT_DIR_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(vg_tenant_dir(vg_slice_str(rows[i].tenant), dir));
        if (strcmp(dir, rows[i].dir) != 0)
            fail_msg("%s: \"%s\" instead of \"%s\"", rows[i].says, dir, rows[i].dir);
    }
}

static void no_name_and_one_that_is_too_long_have_none(void **state)
{
    char dir[VG_TENANT_DIR_BYTES], name[VG_TENANT_NAME_BYTES + 1] = "";

    (void)state;
    memset(name, 'a', sizeof name);
    assert_false(vg_tenant_dir((vg_slice){0}, dir));
    assert_false(vg_tenant_dir(vg_slice_of(name, sizeof name), dir));
    assert_true(vg_tenant_dir(vg_slice_of(name, sizeof name - 1), dir));
    assert_int_equal(strlen(dir), VG_TENANT_NAME_BYTES);
}

/* ---- the way back ---- */

static size_t read_escaped(const char *dir, char *tenant)
{
    size_t len = 0;

    for (; *dir; dir++) {
        if (*dir == '%') {
            const char digits[3] = {dir[1], dir[2], '\0'};

            tenant[len++] = (char)strtoul(digits, NULL, 16);
            dir += 2;
        } else {
            tenant[len++] = *dir;
        }
    }
    return len;
}

static size_t read_packed(const char *dir, char *tenant)
{
    size_t len = 0, bit = 0;

    memset(tenant, 0, NAME_MAX_BYTES);
    for (; *dir; dir++) {
        int value = *dir >= 'a' ? *dir - 'a' : *dir - '2' + 26;

        for (int i = 4; i >= 0; i--, bit++)
            tenant[bit / 8] = (char)(tenant[bit / 8] | (value >> i & 1) << (7 - bit % 8));
    }
    len = bit / 8;
    return len;
}

static size_t read_dir(const char *dir, char *tenant)
{
    return dir[0] == '%' && dir[1] == '!' ? read_packed(dir + 2, tenant)
                                          : read_escaped(dir, tenant);
}

static void expect_portable(const char *dir)
{
    assert_in_range(strlen(dir), 1, NAME_MAX_BYTES);
    assert_true(dir[0] != '.');
    for (const char *c = dir; *c; c++)
        assert_non_null(strchr("abcdefghijklmnopqrstuvwxyz0123456789_-%!", *c));
}

/* Bytes that need escaping, or hardly any, so that both forms and the edge between them are met. */
static size_t draw(uint64_t *chance, char *tenant)
{
    size_t len = 1 + next_random(chance) % VG_TENANT_NAME_BYTES;
    uint64_t odd = next_random(chance) % 101;

    for (size_t i = 0; i < len; i++)
        tenant[i] = (char)(next_random(chance) % 100 < odd ? next_random(chance)
                                                           : 'a' + next_random(chance) % 26);
    return len;
}

static void every_name_can_be_read_back_from_its_directory(void **state)
{
    char dir[VG_TENANT_DIR_BYTES], tenant[VG_TENANT_NAME_BYTES], back[2 * NAME_MAX_BYTES];
    uint64_t chance = seed_of_test();
    int packed = 0;

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        size_t len = draw(&chance, tenant);

        assert_true(vg_tenant_dir(vg_slice_of(tenant, len), dir));
        expect_portable(dir);
        assert_int_equal(read_dir(dir, back), len);
        assert_memory_equal(back, tenant, len);
        packed += dir[1] == '!';
    }
    assert_in_range(packed, ROUNDS / 100, ROUNDS * 99 / 100);
}

/* Those whose escaped form just fits, and just does not. */
static void the_edge_between_the_forms_is_sharp(void **state)
{
    char dir[VG_TENANT_DIR_BYTES], tenant[VG_TENANT_NAME_BYTES];

    (void)state;
    memset(tenant, 'A', sizeof tenant);
    assert_true(vg_tenant_dir(vg_slice_of(tenant, 85), dir));
    assert_int_equal(strlen(dir), NAME_MAX_BYTES);
    assert_true(dir[1] == '4');
    assert_true(vg_tenant_dir(vg_slice_of(tenant, 86), dir));
    assert_true(dir[1] == '!');
    assert_true(vg_tenant_dir(vg_slice_of(tenant, sizeof tenant), dir));
    assert_int_equal(strlen(dir), 2 + 205);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_as_the_table_says),
        cmocka_unit_test(no_name_and_one_that_is_too_long_have_none),
        cmocka_unit_test(the_edge_between_the_forms_is_sharp),
        cmocka_unit_test(every_name_can_be_read_back_from_its_directory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
