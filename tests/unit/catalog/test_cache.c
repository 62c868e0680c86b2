/* Entries: who holds one keeps it, whatever the cache forgets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/cache.h"

static const vg_collection *put(vg_cache *cache, const char *tenant, vg_slice name,
                                uint64_t version)
{
    vg_status status = {0};
    const vg_collection *made = vg_cache_put(
        cache,
        &(vg_meta_row){
            .tenant = vg_slice_str(tenant),
            .name = name,
            .physical = name,
            .version = version,
            .spec = VG_LIT_INIT("{\"vectors\":[{\"name\":\"\",\"size\":4,\"distance\":\"Dot\"}]}")},
        &status);

    assert_int_equal(status.code, made ? VG_OK : VG_OVERLOADED);
    return made;
}

static void a_tenants_name_is_its_own(void **state)
{
    vg_cache *cache = vg_cache_new();

    (void)state;
    put(cache, "x", VG_LIT("a"), 1);
    put(cache, "y", VG_LIT("a"), 2);
    put(cache, "xa", VG_LIT(""), 3);
    assert_int_equal(vg_cache_find(cache, VG_LIT("x"), VG_LIT("a"))->version, 1);
    assert_int_equal(vg_cache_find(cache, VG_LIT("y"), VG_LIT("a"))->version, 2);
    assert_null(vg_cache_find(cache, VG_LIT("z"), VG_LIT("a")));
    assert_int_equal(vg_cache_count(cache), 3);
    vg_cache_free(cache);
    assert_int_equal(vg_arena_total_bytes(), 0);
}

static void a_held_entry_outlives_its_place_and_the_cache(void **state)
{
    vg_cache *cache = vg_cache_new();
    vg_arena *arena = vg_arena_new(4096);
    const vg_collection *old = put(cache, "x", VG_LIT("a"), 1);

    (void)state;
    assert_true(vg_collection_hold(old, arena));
    put(cache, "x", VG_LIT("a"), 2);
    assert_int_equal(vg_cache_count(cache), 1);
    assert_int_equal(old->version, 1);
    vg_cache_drop(cache, VG_LIT("x"), VG_LIT("a"));
    vg_cache_drop(cache, VG_LIT("x"), VG_LIT("a")); /* there is none: no effect */
    vg_cache_free(cache);
    assert_int_equal(old->spec.vectors[0].size, 4);
    vg_arena_free(arena);
    assert_int_equal(vg_arena_total_bytes(), 0);
}

static void a_row_that_cannot_be_an_entry_is_none(void **state)
{
    vg_cache *cache = vg_cache_new();
    vg_meta_row row = {.tenant = VG_LIT_INIT("x"), .name = VG_LIT_INIT("a")};
    vg_status status = {0};

    (void)state;
    put(cache, "x", VG_LIT("a"), 1);
    assert_null(vg_cache_put(cache, &row, &status)); /* no spec */
    assert_int_equal(status.code, VG_INTERNAL);
    assert_null(vg_cache_find(cache, VG_LIT("x"), VG_LIT("a")));
    vg_cache_free(cache);
}

static void the_longest_name_has_room_and_more_is_refused(void **state)
{
    char text[8192];
    vg_cache *cache = vg_cache_new();
    vg_slice longest = {text, 1020};

    (void)state;
    memset(text, 'n', sizeof text);
    put(cache, "default", longest, 1);
    put(cache, "default", longest, 2);
    assert_int_equal(vg_cache_find(cache, VG_LIT("default"), longest)->version, 2);
    assert_int_equal(vg_cache_count(cache), 1);
    assert_null(put(cache, "default", vg_slice_of(text, sizeof text), 1));
    assert_null(vg_cache_find(cache, VG_LIT("default"), vg_slice_of(text, sizeof text)));
    vg_cache_free(cache);
    assert_int_equal(vg_arena_total_bytes(), 0);
}

static void many_entries_are_found_again(void **state)
{
    vg_cache *cache = vg_cache_new();
    char name[16];

    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "c%u", i);
        put(cache, "x", vg_slice_str(name), i);
    }
    for (unsigned i = 0; i < 3000; i += 7) {
        snprintf(name, sizeof name, "c%u", i);
        assert_int_equal(vg_cache_find(cache, VG_LIT("x"), vg_slice_str(name))->version, i);
    }
    vg_cache_free(cache);
    assert_int_equal(vg_arena_total_bytes(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tenants_name_is_its_own),
        cmocka_unit_test(a_held_entry_outlives_its_place_and_the_cache),
        cmocka_unit_test(a_row_that_cannot_be_an_entry_is_none),
        cmocka_unit_test(the_longest_name_has_room_and_more_is_refused),
        cmocka_unit_test(many_entries_are_found_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
