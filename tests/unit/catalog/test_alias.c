/* A table of aliases by itself: changed, written, read again, damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/alias.h"

enum { BYTES = 8 << 20 };

static int set_up(void **state)
{
    *state = vg_arena_new(BYTES);
    return *state == NULL;
}

static int tear_down(void **state)
{
    vg_arena_free(*state);
    return vg_arena_total_bytes() != 0;
}

static void put(vg_arena *arena, vg_alias_list *list, const char *name, const char *collection)
{
    assert_true(
        vg_alias_put(arena, list, (vg_alias){vg_slice_str(name), vg_slice_str(collection)}));
}

static void assert_text(vg_arena *arena, const vg_alias_list *list, const char *want)
{
    vg_status status = {0};

    assert_true(vg_slice_is_str(vg_alias_write(arena, list, &status), want));
}

static void names_are_kept_once_and_in_order(void **state)
{
    vg_alias_list list = {0};

    put(*state, &list, "m", "1");
    put(*state, &list, "a", "2");
    put(*state, &list, "z", "1");
    put(*state, &list, "m", "3"); /* it moves */
    assert_text(*state, &list,
                "{\"aliases\":[{\"name\":\"a\",\"collection\":\"2\"},{\"name\":\"m\","
                "\"collection\":\"3\"},{\"name\":\"z\",\"collection\":\"1\"}]}");
    assert_true(vg_slice_is_str(vg_alias_find(&list, VG_LIT("m"))->collection, "3"));
    assert_null(vg_alias_find(&list, VG_LIT("b")));
    assert_null(vg_alias_find(&list, VG_LIT("")));
}

static void many_names_are_all_found(void **state)
{
    vg_alias_list list = {0};
    char name[8];

    for (unsigned i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "%03u", (i * 7) % 1000);
        assert_true(
            vg_alias_put(*state, &list,
                         (vg_alias){vg_arena_copy(*state, vg_slice_str(name)), VG_LIT_INIT("c")}));
    }
    assert_int_equal(list.count, 1000);
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "%03u", i);
        assert_non_null(vg_alias_find(&list, vg_slice_str(name)));
    }
}

static void removing_takes_one_or_all_of_a_collection(void **state)
{
    vg_alias_list list = {0};

    put(*state, &list, "a", "1");
    put(*state, &list, "b", "2");
    put(*state, &list, "c", "1");
    put(*state, &list, "d", "2");
    vg_alias_remove(&list, VG_LIT("nope"));
    vg_alias_remove(&list, VG_LIT("d"));
    assert_int_equal(list.count, 3);
    assert_true(vg_alias_has_target(&list, VG_LIT("1")));
    assert_int_equal(vg_alias_remove_target(&list, VG_LIT("1")), 2);
    assert_int_equal(vg_alias_remove_target(&list, VG_LIT("1")), 0);
    assert_false(vg_alias_has_target(&list, VG_LIT("1")));
    assert_int_equal(list.count, 1);
    assert_true(vg_slice_is_str(list.at[0].name, "b"));
}

static void what_is_written_is_read_again(void **state)
{
    vg_alias_list list = {0}, again;
    vg_status status = {0};
    vg_slice text;

    assert_true(vg_alias_read(*state, vg_alias_write(*state, &list, &status), &again, &status));
    assert_int_equal(again.count, 0);
    put(*state, &list, "W\xc3\xb6rter \"x\"\n", "1");
    put(*state, &list, "b", "\x01");
    text = vg_alias_write(*state, &list, &status);
    assert_true(vg_alias_read(*state, text, &again, &status));
    assert_int_equal(again.count, 2);
    for (uint32_t i = 0; i < 2; i++) {
        assert_true(vg_slice_is(again.at[i].name, list.at[i].name));
        assert_true(vg_slice_is(again.at[i].collection, list.at[i].collection));
    }
}

static void more_than_a_row_holds_is_refused(void **state)
{
    static char name[VG_ALIASES_BYTES];
    vg_alias_list list = {0};
    vg_status status = {0};
    const size_t around = sizeof "{\"aliases\":[{\"name\":\"\",\"collection\":\"c\"}]}" - 1;

    memset(name, 'x', sizeof name);
    for (size_t more = 0; more < 2; more++) {
        list.count = 0;
        assert_true(vg_alias_put(
            *state, &list,
            (vg_alias){vg_slice_of(name, VG_ALIASES_BYTES - around + more), VG_LIT_INIT("c")}));
        assert_int_equal(vg_alias_write(*state, &list, &status).len > 0, more == 0);
    }
    assert_int_equal(status.code, VG_TOO_LARGE);
    assert_true(vg_slice_is_str(status.what, "all aliases together may take 256 KiB at most"));
}

static const struct damage {
    const char *says;
    const char *json;
} damaged[] = {
    {"nothing", ""},
    {"no JSON", "{\"aliases\":["},
    {"another document", "{\"vectors\":[]}"},
    {"a list that is an object", "{\"aliases\":{}}"},
    {"aliases that are numbers", "{\"aliases\":[1,2]}"},
    {"an alias that is a text", "{\"aliases\":[\"a\"]}"},
    {"no collection", "{\"aliases\":[{\"name\":\"a\"}]}"},
    {"a name that is a number", "{\"aliases\":[{\"name\":1,\"collection\":\"c\"}]}"},
};

static void a_damaged_table_is_told(void **state)
{
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
        vg_status status = {0};
        vg_alias_list list;

        if (vg_alias_read(*state, vg_slice_str(damaged[i].json), &list, &status))
            fail_msg("taken: %s", damaged[i].says);
        assert_int_equal(status.code, VG_INTERNAL);
    }
}

static void without_memory_it_is_not_called_damaged(void **state)
{
    const vg_slice json = VG_LIT("{\"aliases\":[{\"name\":\"a\",\"collection\":\"c\"}]}");

    (void)state;
    for (size_t bytes = 0; bytes < 1024; bytes += 16) {
        vg_arena *arena = vg_arena_new(bytes);
        vg_status status = {0};
        vg_alias_list list;

        if (!vg_alias_read(arena, json, &list, &status))
            assert_int_equal(status.code, VG_OVERLOADED);
        vg_arena_free(arena);
    }
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(names_are_kept_once_and_in_order),
        WITH_ARENA(many_names_are_all_found),
        WITH_ARENA(removing_takes_one_or_all_of_a_collection),
        WITH_ARENA(what_is_written_is_read_again),
        WITH_ARENA(more_than_a_row_holds_is_refused),
        WITH_ARENA(a_damaged_table_is_told),
        cmocka_unit_test(without_memory_it_is_not_called_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
