/* Arenas: what they give, what they refuse, and that nothing stays behind. */
#include <pthread.h>

#include "vecgate/arena.h"

#include "tests/support/chance.h"
#include "tests/support/failing_malloc.h"
#include "tests/unit/base/unit.h"

enum { PLENTY = 1 << 24 };

static void takings_are_aligned_and_apart(void **state)
{
    enum { TAKINGS = 2000 };
    static struct {
        unsigned char *at;
        size_t size;
    } taken[TAKINGS];
    vg_arena *arena = vg_arena_new(PLENTY);

    (void)state;
    chance_begin(__func__);
    for (size_t i = 0; i < TAKINGS; i++) {
        taken[i].size = chance_below(i % 100 == 0 ? 20000 : 200);
        taken[i].at = vg_arena_take(arena, taken[i].size);
        assert_non_null(taken[i].at);
        assert_int_equal((uintptr_t)taken[i].at % 16, 0);
        memset(taken[i].at, (int)(i & 0xff), taken[i].size);
    }
    for (size_t i = 0; i < TAKINGS; i++)
        for (size_t j = 0; j < taken[i].size; j++)
            assert_int_equal(taken[i].at[j], i & 0xff);
    vg_arena_free(arena);
}

static void an_arena_ends_at_its_cap_and_says_so_ever_after(void **state)
{
    vg_arena *arena = vg_arena_new(10000);
    size_t taken = 0;

    (void)state;
    while (vg_arena_take(arena, 100) != NULL)
        taken += 100;
    assert_in_range(taken, 8000, 10000);
    assert_true(vg_arena_is_spent(arena));
    assert_false(vg_arena_is_starved(arena));
    assert_true(vg_arena_bytes(arena) <= 10000);
    vg_arena_take(arena, 0);
    assert_true(vg_arena_is_spent(arena));
    vg_arena_free(arena);
}

static void sizes_that_overflow_are_refused(void **state)
{
    vg_arena *arena = vg_arena_new(PLENTY);
    char *at = vg_arena_take(arena, 8);

    (void)state;
    assert_null(vg_arena_take(arena, SIZE_MAX));
    assert_null(vg_arena_take(arena, SIZE_MAX - 15));
    assert_null(vg_arena_take_zero(arena, SIZE_MAX / 2, 4));
    assert_null(vg_arena_resize(arena, at, 8, SIZE_MAX));
    assert_non_null(vg_arena_take(arena, 8));
    vg_arena_free(arena);
}

static void cleared_takings_are_zero_even_where_others_were(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        vg_arena *arena = vg_arena_new(PLENTY);
        unsigned char *at = vg_arena_take_zero(arena, 3, 1000);

        for (int i = 0; i < 3000; i++)
            assert_int_equal(at[i], 0);
        memset(at, 0xff, 3000);
        vg_arena_free(arena);
    }
}

static void the_newest_taking_is_resized_in_place(void **state)
{
    vg_arena *arena = vg_arena_new(PLENTY);
    char *at = vg_arena_take(arena, 100);
    char *behind;

    (void)state;
    assert_ptr_equal(vg_arena_resize(arena, at, 100, 500), at);
    assert_ptr_equal(vg_arena_resize(arena, at, 500, 16), at);
    behind = vg_arena_take(arena, 16);
    assert_ptr_equal(behind, at + 16);
    memcpy(at, "0123456789abcdef", 16);
    assert_ptr_equal(vg_arena_resize(arena, at, 16, 8), at);
    assert_ptr_not_equal(vg_arena_resize(arena, at, 16, 32), at);
    vg_arena_free(arena);
}

static void resizing_keeps_the_bytes(void **state)
{
    vg_arena *arena = vg_arena_new(PLENTY);
    char *at = vg_arena_resize(arena, NULL, 0, 4);
    size_t size = 4;

    (void)state;
    memcpy(at, "abcd", 4);
    for (int i = 0; i < 14; i++) {
        at = vg_arena_resize(arena, at, size, 2 * size);
        size *= 2;
        if (i % 3 == 0)
            vg_arena_take(arena, 1);
        assert_memory_equal(at, "abcd", 4);
    }
    vg_arena_free(arena);
}

static void texts_are_made_whole(void **state)
{
    vg_arena *arena = vg_arena_new(PLENTY);
    vg_slice copy = vg_arena_copy(arena, vg_slice_of("abc", 2));
    vg_slice longer = vg_arena_printf(arena, "%0300d|%s", 7, "end");

    (void)state;
    expect_text("a copy", copy, "ab");
    assert_int_equal(copy.at[2], '\0');
    expect_text("short", vg_arena_printf(arena, "%d-%s", 1, "x"), "1-x");
    expect_text("empty", vg_arena_printf(arena, "%s", ""), "");
    assert_int_equal(longer.len, 304);
    assert_true(vg_slice_ends(longer, VG_LIT("7|end")));
    assert_int_equal(longer.at[304], '\0');
    expect_text("empty copy", vg_arena_copy(arena, (vg_slice){0}), "");
    vg_arena_free(arena);
}

static char order[8];

static void note(void *arg)
{
    strncat(order, arg, 1);
}

static void what_was_deferred_runs_last_first(void **state)
{
    vg_arena *arena = vg_arena_new(PLENTY);

    (void)state;
    order[0] = '\0';
    assert_true(vg_arena_defer(arena, note, "a"));
    assert_true(vg_arena_defer(arena, note, "b"));
    assert_true(vg_arena_defer(arena, note, "c"));
    vg_arena_free(arena);
    assert_string_equal(order, "cba");
}

static void all_arenas_together_have_a_cap(void **state)
{
    size_t before = vg_arena_total_bytes();
    vg_arena *one, *other;

    (void)state;
    vg_arena_set_total_cap(before + 6000);
    one = vg_arena_new(PLENTY);
    assert_non_null(one);
    assert_null(vg_arena_new(PLENTY)); /* 4 KiB each */
    assert_null(vg_arena_take(one, 5000));
    assert_true(vg_arena_is_spent(one));
    assert_true(vg_arena_is_starved(one));
    assert_int_equal(vg_arena_total_bytes(), before + vg_arena_bytes(one));
    assert_false(vg_arena_total_take(2000));
    assert_false(vg_arena_total_take(SIZE_MAX));
    assert_true(vg_arena_total_take(1000));
    vg_arena_total_give(1000);
    vg_arena_free(one);
    other = vg_arena_new(PLENTY);
    assert_non_null(other);
    vg_arena_free(other);
    assert_int_equal(vg_arena_total_bytes(), before);
    vg_arena_set_total_cap((size_t)512 << 20);
}

static void a_refused_block_is_counted_back(void **state)
{
    size_t before = vg_arena_total_bytes();
    vg_arena *arena = vg_arena_new(PLENTY);

    (void)state;
    failing_malloc_set(1);
    assert_null(vg_arena_take(arena, 100000));
    assert_true(failing_malloc_hit());
    failing_malloc_set(0);
    assert_true(vg_arena_is_spent(arena));
    assert_non_null(vg_arena_take(arena, 100000));
    vg_arena_free(arena);
    assert_int_equal(vg_arena_total_bytes(), before);
}

static void *use_arenas(void *arg)
{
    vg_arena *mine = vg_arena_new(PLENTY);

    vg_arena_take(mine, 30000);
    vg_arena_free(mine);
    vg_arena_free(arg);
    return NULL;
}

static void an_arena_may_end_on_another_thread(void **state)
{
    size_t before = vg_arena_total_bytes();
    pthread_t threads[8];

    (void)state;
    for (size_t i = 0; i < ROWS(threads); i++) {
        vg_arena *arena = vg_arena_new(PLENTY);

        vg_arena_take(arena, 30000);
        assert_int_equal(pthread_create(&threads[i], NULL, use_arenas, arena), 0);
    }
    for (size_t i = 0; i < ROWS(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(vg_arena_total_bytes(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takings_are_aligned_and_apart),
        cmocka_unit_test(an_arena_ends_at_its_cap_and_says_so_ever_after),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(cleared_takings_are_zero_even_where_others_were),
        cmocka_unit_test(the_newest_taking_is_resized_in_place),
        cmocka_unit_test(resizing_keeps_the_bytes),
        cmocka_unit_test(texts_are_made_whole),
        cmocka_unit_test(what_was_deferred_runs_last_first),
        cmocka_unit_test(all_arenas_together_have_a_cap),
        cmocka_unit_test(a_refused_block_is_counted_back),
        cmocka_unit_test(an_arena_may_end_on_another_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
