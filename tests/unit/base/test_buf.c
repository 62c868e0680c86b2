/* Buffers: growing, the two caps, and what a spent one does. */
#include <stdlib.h>

#include "vecgate/arena.h"

#include "base/buf.h"
#include "tests/support/failing_malloc.h"
#include "tests/unit/base/unit.h"

static void bytes_come_out_as_they_went_in(void **state)
{
    vg_buf buf;

    (void)state;
    vg_buf_init(&buf, 0);
    vg_buf_put(&buf, (vg_slice){0});
    vg_buf_put(&buf, VG_LIT("abc"));
    vg_buf_put_byte(&buf, 'd');
    vg_buf_printf(&buf, "%s%0400d", "e", 0);
    assert_int_equal(vg_buf_bytes(&buf).len, 405);
    vg_buf_drop(&buf, 402);
    expect_text("behind what was dropped", vg_buf_bytes(&buf), "000");
    vg_buf_drop(&buf, 9);
    assert_int_equal(buf.len, 0);
    vg_buf_fini(&buf);
}

static void numbers_are_written_in_decimal(void **state)
{
    vg_buf buf;

    (void)state;
    vg_buf_init(&buf, 22);
    vg_buf_put_u64(&buf, 0);
    vg_buf_put_u64(&buf, 7);
    vg_buf_put_u64(&buf, UINT64_MAX);
    expect_text("one behind the other", vg_buf_bytes(&buf), "0718446744073709551615");
    vg_buf_put_u64(&buf, 1);
    assert_true(vg_buf_is_spent(&buf));
    vg_buf_fini(&buf);
}

static void a_spent_buffer_swallows_and_says_so(void **state)
{
    vg_buf buf;

    (void)state;
    vg_buf_init(&buf, 10);
    vg_buf_put(&buf, VG_LIT("0123456789"));
    assert_false(vg_buf_is_spent(&buf));
    vg_buf_put_byte(&buf, 'x');
    assert_true(vg_buf_is_spent(&buf));
    vg_buf_drop(&buf, 9);
    vg_buf_put_byte(&buf, 'y');
    expect_text("nothing after the end", vg_buf_bytes(&buf), "9");
    assert_null(vg_buf_reserve(&buf, 1));
    vg_buf_clear(&buf);
    vg_buf_put(&buf, VG_LIT("again"));
    expect_text("cleared", vg_buf_bytes(&buf), "again");
    assert_int_equal(buf.room, 10);
    vg_buf_fini(&buf);
}

static void sizes_that_overflow_spend_it(void **state)
{
    vg_buf buf;

    (void)state;
    vg_buf_init(&buf, 0);
    vg_buf_put(&buf, VG_LIT("abc"));
    assert_null(vg_buf_reserve(&buf, SIZE_MAX - 1));
    assert_true(vg_buf_is_spent(&buf));
    vg_buf_fini(&buf);
}

static void its_memory_counts_with_the_arenas(void **state)
{
    size_t before = vg_arena_total_bytes();
    vg_buf buf;

    (void)state;
    vg_arena_set_total_cap(before + 1000);
    vg_buf_init(&buf, 0);
    assert_non_null(vg_buf_reserve(&buf, 600));
    assert_int_equal(vg_arena_total_bytes(), before + buf.room);
    assert_null(vg_buf_reserve(&buf, 1001));
    vg_buf_fini(&buf);
    assert_int_equal(vg_arena_total_bytes(), before);
    vg_arena_set_total_cap((size_t)512 << 20);
}

static void detached_bytes_are_the_callers(void **state)
{
    size_t before = vg_arena_total_bytes();
    size_t len, room;
    vg_buf buf;
    char *at;

    (void)state;
    vg_buf_init(&buf, 0);
    vg_buf_put(&buf, VG_LIT("mine"));
    at = vg_buf_detach(&buf, &len, &room);
    expect_text("the bytes", vg_slice_of(at, len), "mine");
    assert_null(buf.at);
    vg_buf_fini(&buf);
    assert_int_equal(vg_arena_total_bytes(), before + room);
    vg_arena_total_give(room);
    free(at);
    assert_null(vg_buf_detach(&buf, &len, &room));
    assert_int_equal(room, 0);
}

static void without_memory_it_is_spent_and_keeps_what_it_has(void **state)
{
    size_t before = vg_arena_total_bytes();
    vg_buf buf;

    (void)state;
    vg_buf_init(&buf, 0);
    vg_buf_put(&buf, VG_LIT("kept"));
    failing_malloc_set(1);
    assert_null(vg_buf_reserve(&buf, 10000));
    assert_true(failing_malloc_hit());
    failing_malloc_set(0);
    assert_true(vg_buf_is_spent(&buf));
    expect_text("kept", vg_buf_bytes(&buf), "kept");
    vg_buf_fini(&buf);
    assert_int_equal(vg_arena_total_bytes(), before);
}

/* A page that the system has back reads as zeros. */
static void released_pages_are_the_systems_and_no_others(void **state)
{
    const size_t mib = 1024 * 1024, page = 64 * 1024; /* of any system */
    vg_buf buf;

    (void)state;
    vg_buf_init(&buf, 0);
    memset(vg_buf_reserve(&buf, 4 * mib), 'x', 4 * mib);
    buf.len = 4 * mib;
    vg_buf_release(&buf, 0, mib + 5);
    for (size_t i = mib + 5; i < buf.len; i++)
        assert_int_equal(buf.at[i], 'x');
    vg_buf_release(&buf, mib + 5, 3 * mib + 7);
    for (size_t i = page; i < 3 * mib + 7 - page; i++)
        assert_int_equal(buf.at[i], 0);
    for (size_t i = 3 * mib + 7; i < buf.len; i++)
        assert_int_equal(buf.at[i], 'x');
    vg_buf_release(&buf, 3 * mib + 7, buf.len);
    vg_buf_fini(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_out_as_they_went_in),
        cmocka_unit_test(numbers_are_written_in_decimal),
        cmocka_unit_test(a_spent_buffer_swallows_and_says_so),
        cmocka_unit_test(sizes_that_overflow_spend_it),
        cmocka_unit_test(its_memory_counts_with_the_arenas),
        cmocka_unit_test(detached_bytes_are_the_callers),
        cmocka_unit_test(released_pages_are_the_systems_and_no_others),
        cmocka_unit_test(without_memory_it_is_spent_and_keeps_what_it_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
