/* Maps: against an array that is searched from end to end. */
#include "base/map.h"
#include "tests/support/chance.h"
#include "tests/support/failing_malloc.h"
#include "tests/unit/base/unit.h"

enum { KEYS = 500, STEPS = 200000 };

static char keys[KEYS][8];
static void *known[KEYS];
static size_t known_count;

static vg_slice key_of(size_t i)
{
    return vg_slice_of(keys[i], strlen(keys[i]));
}

static void make_keys(void)
{
    known_count = 0;
    for (size_t i = 0; i < KEYS; i++) {
        snprintf(keys[i], sizeof(keys[i]), "%zu", i * 7919);
        known[i] = NULL;
    }
}

static void step(vg_map *map)
{
    size_t i = chance_below(KEYS);
    void *value = &keys[chance_below(KEYS)];

    switch (chance_below(3)) {
    case 0:
        assert_true(vg_map_put(map, key_of(i), value));
        known_count += known[i] == NULL;
        known[i] = value;
        break;
    case 1:
        assert_ptr_equal(vg_map_remove(map, key_of(i)), known[i]);
        known_count -= known[i] != NULL;
        known[i] = NULL;
        break;
    default:
        assert_ptr_equal(vg_map_get(map, key_of(i)), known[i]);
    }
    assert_int_equal(vg_map_count(map), known_count);
}

static void it_does_what_an_array_would(void **state)
{
    vg_map *map = vg_map_new();

    (void)state;
    chance_begin(__func__);
    make_keys();
    for (size_t n = 0; n < STEPS; n++)
        step(map);
    for (size_t i = 0; i < KEYS; i++)
        assert_ptr_equal(vg_map_get(map, key_of(i)), known[i]);
    vg_map_free(map);
}

static void count_seen(vg_slice key, void *value, void *arg)
{
    uint64_t place = 0;

    assert_true(vg_slice_u64(key, &place));
    assert_ptr_equal(value, known[place / 7919]);
    ++*(size_t *)arg;
}

static void each_entry_is_seen_once(void **state)
{
    vg_map *map = vg_map_new();
    size_t seen = 0;

    (void)state;
    make_keys();
    vg_map_each(map, count_seen, &seen);
    assert_int_equal(seen, 0);
    for (size_t i = 0; i < KEYS; i++) {
        known[i] = &keys[i];
        assert_true(vg_map_put(map, key_of(i), known[i]));
    }
    vg_map_each(map, count_seen, &seen);
    assert_int_equal(seen, KEYS);
    vg_map_free(map);
}

static void replacing_takes_the_new_key_too(void **state)
{
    char first[] = "key", second[] = "key";
    int value, other;
    vg_map *map = vg_map_new();

    (void)state;
    vg_map_put(map, vg_slice_str(first), &value);
    vg_map_put(map, vg_slice_str(second), &other);
    memcpy(first, "xxx", 3); /* its bytes may go now */
    assert_ptr_equal(vg_map_get(map, VG_LIT("key")), &other);
    assert_int_equal(vg_map_count(map), 1);
    assert_null(vg_map_get(map, VG_LIT("")));
    vg_map_free(map);
}

static void without_memory_nothing_changes(void **state)
{
    vg_map *map;
    size_t i = 0;

    (void)state;
    make_keys();
    for (size_t n = 1; n <= 2; n++) {
        failing_malloc_set(n);
        assert_null(vg_map_new());
    }
    failing_malloc_set(0);
    map = vg_map_new();
    failing_malloc_set(1);
    while (vg_map_put(map, key_of(i), &keys[i]))
        i++;
    failing_malloc_set(0);
    assert_true(i > 0 && vg_map_count(map) == i);
    assert_null(vg_map_get(map, key_of(i)));
    for (size_t j = 0; j < i; j++)
        assert_ptr_equal(vg_map_get(map, key_of(j)), &keys[j]);
    assert_true(vg_map_put(map, key_of(i), &keys[i]));
    vg_map_free(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_does_what_an_array_would),
        cmocka_unit_test(each_entry_is_seen_once),
        cmocka_unit_test(replacing_takes_the_new_key_too),
        cmocka_unit_test(without_memory_nothing_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
