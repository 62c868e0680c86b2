/* UUIDs in their four forms, derived ones, hex, and bytes of chance. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/id.h"
#include "tests/unit/base/unit.h"

static void uuids_are_read_in_four_forms_and_no_other(void **state)
{
    static const struct {
        const char *says, *text;
        bool good;
    } rows[] = {
        {"with hyphens", "550e8400-e29b-41d4-a716-446655440000", true},
        {"upper case", "550E8400-E29B-41D4-A716-446655440000", true},
        {"plain", "550e8400e29b41d4a716446655440000", true},
        {"as a URN", "urn:uuid:550e8400-e29b-41d4-a716-446655440000", true},
        {"in braces", "{550e8400-e29b-41d4-a716-446655440000}", true},
        {"nothing", "", false},
        {"a digit short", "550e8400-e29b-41d4-a716-44665544000", false},
        {"a digit more", "550e8400-e29b-41d4-a716-4466554400000", false},
        {"a letter that is no digit", "550e8400-e29b-41d4-a716-44665544000g", false},
        {"a digit for a hyphen", "550e8400-e29b-41d40a716-446655440000", false},
        {"a hyphen elsewhere", "550e840-0e29b-41d4-a716-446655440000", false},
        {"a hyphen for a digit", "550e8400-e29b-41d4-a716-44665544-000", false},
        {"half a brace", "{550e8400-e29b-41d4-a716-446655440000", false},
        {"the wrong brace", "{550e8400-e29b-41d4-a716-446655440000)", false},
        {"braces around the plain form", "{550e8400e29b41d4a716446655440000}", false},
        {"a URN of the plain form", "urn:uuid:550e8400e29b41d4a716446655440000", false},
        {"another URN", "urn:guid:550e8400-e29b-41d4-a716-446655440000", false},
        {"blanks around", " 550e8400e29b41d4a71644665544000 ", false},
    };
    static const uint8_t bytes[] = {0x55, 0x0e, 0x84, 0x00, 0xe2, 0x9b, 0x41, 0xd4,
                                    0xa7, 0x16, 0x44, 0x66, 0x55, 0x44, 0x00, 0x00};

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        uint8_t uuid[VG_UUID_BYTES] = {0};
        char text[VG_UUID_TEXT];

        expect(rows[i].says, vg_uuid_read(vg_slice_str(rows[i].text), uuid) == rows[i].good);
        expect(rows[i].says, (memcmp(uuid, bytes, sizeof(bytes)) == 0) == rows[i].good);
        if (rows[i].good) {
            vg_uuid_write(uuid, text);
            expect_text(rows[i].says, vg_slice_of(text, sizeof(text)), rows[0].text);
        }
    }
}

static void a_name_has_the_uuid_that_others_derive(void **state)
{
    static const struct {
        const char *name, *uuid;
    } rows[] = {
        {"python.org", "886313e1-3b8a-5372-9b90-0c9aee199e5d"},
        {"www.example.com", "2ed6657d-e927-568b-95e1-2665a8aea6a2"},
        {"", "4ebd0208-8328-5d69-8c44-ec50939c0967"},
    };
    uint8_t dns[VG_UUID_BYTES], uuid[VG_UUID_BYTES];
    char text[VG_UUID_TEXT];

    (void)state;
    assert_true(vg_uuid_read(VG_LIT("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), dns));
    for (size_t i = 0; i < ROWS(rows); i++) {
        assert_true(vg_uuid_of_name(dns, vg_slice_str(rows[i].name), uuid));
        vg_uuid_write(uuid, text);
        expect_text(rows[i].name, vg_slice_of(text, sizeof(text)), rows[i].uuid);
    }
}

static void chance_differs_and_keeps_its_version(void **state)
{
    uint8_t one[VG_UUID_BYTES], other[VG_UUID_BYTES];

    (void)state;
    vg_uuid_random(one);
    vg_uuid_random(other);
    assert_memory_not_equal(one, other, sizeof(one));
    assert_int_equal(one[6] >> 4, 4);
    assert_int_equal(one[8] >> 6, 2);
}

enum { DRAWS = 2000, DRAWN = 16 };

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, DRAWN);
}

/* Past the end of what one system call brings, with odd sizes between. */
static void no_bytes_of_chance_come_twice(void **state)
{
    static uint8_t drawn[DRAWS][DRAWN];
    uint8_t odd[131];

    (void)state;
    for (size_t i = 0; i < DRAWS; i++) {
        vg_random_bytes(drawn[i], DRAWN);
        vg_random_bytes(odd, i % sizeof(odd));
    }
    qsort(drawn, DRAWS, DRAWN, by_bytes);
    for (size_t i = 1; i < DRAWS; i++)
        assert_memory_not_equal(drawn[i - 1], drawn[i], DRAWN);
}

static void a_forked_process_has_bytes_of_its_own(void **state)
{
    uint8_t ours[DRAWN], theirs[DRAWN];
    int ends[2];
    pid_t child;

    (void)state;
    vg_random_bytes(ours, DRAWN); /* there is a stock now */
    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        vg_random_bytes(theirs, DRAWN);
        _exit(write(ends[1], theirs, DRAWN) == DRAWN ? 0 : 1);
    }
    vg_random_bytes(ours, DRAWN);
    assert_int_equal(read(ends[0], theirs, DRAWN), DRAWN);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(ends[0]);
    close(ends[1]);
    assert_memory_not_equal(ours, theirs, DRAWN);
}

static void hex_goes_both_ways(void **state)
{
    uint8_t bytes[4];
    char text[8];

    (void)state;
    assert_true(vg_hex_read(VG_LIT("00fFA09b"), bytes, sizeof(bytes)));
    vg_hex_write(bytes, sizeof(bytes), text);
    expect_text("lower case", vg_slice_of(text, sizeof(text)), "00ffa09b");
    assert_false(vg_hex_read(VG_LIT("00ff"), bytes, sizeof(bytes)));
    assert_false(vg_hex_read(VG_LIT("00ff00f:"), bytes, sizeof(bytes)));
    assert_false(vg_hex_read(VG_LIT("00ff00f`"), bytes, sizeof(bytes)));
    assert_false(vg_hex_read(VG_LIT("00ff00f@"), bytes, sizeof(bytes)));
    assert_false(vg_hex_read(VG_LIT("00ff00f\x11"), bytes, sizeof(bytes)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uuids_are_read_in_four_forms_and_no_other),
        cmocka_unit_test(a_name_has_the_uuid_that_others_derive),
        cmocka_unit_test(chance_differs_and_keeps_its_version),
        cmocka_unit_test(no_bytes_of_chance_come_twice),
        cmocka_unit_test(a_forked_process_has_bytes_of_its_own),
        cmocka_unit_test(hex_goes_both_ways),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
