/* How a body's block grows: by what has arrived, within its bounds, and counted. */
#include "vecgate/arena.h"

#include "net/body.h"
#include "tests/unit/base/unit.h"

enum { MOST = 100000 };

static vg_body body;
static vg_body_stock stock;
static size_t before;

static int set_up(void **state)
{
    (void)state;
    body = (vg_body){0};
    stock = (vg_body_stock){0};
    before = vg_arena_total_bytes();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    vg_body_fini(&body, &stock);
    vg_body_stock_fini(&stock);
    assert_int_equal(vg_arena_total_bytes(), before);
    return 0;
}

static void fill(void)
{
    memset(body.at, 'x', body.room);
    body.len = body.room;
}

static void it_doubles_when_nothing_is_known(void **state)
{
    (void)state;
    assert_true(vg_body_grow(&body, MOST, 0, &stock));
    assert_int_equal(body.room, VG_BODY_FIRST);
    fill();
    assert_true(vg_body_grow(&body, MOST, 0, &stock));
    assert_int_equal(body.room, 2 * VG_BODY_FIRST);
}

/* And one more, so that nothing grows when they are in. */
static void bytes_that_are_here_have_room_at_once(void **state)
{
    (void)state;
    assert_true(vg_body_grow(&body, MOST, 20000, &stock));
    assert_int_equal(body.room, 20001);
    memset(body.at, 'x', 20000);
    body.len = 20000;
    assert_true(vg_body_grow(&body, MOST, 0, &stock));
    assert_int_equal(body.room, 20001);
    assert_int_equal(vg_body_end(&body).len, 20000);
}

static void a_small_body_takes_what_another_left(void **state)
{
    const char *first;

    (void)state;
    assert_true(vg_body_grow(&body, MOST, 200, &stock));
    first = body.at;
    vg_body_fini(&body, &stock);
    assert_int_equal(stock.count, 1);
    assert_true(vg_body_grow(&body, MOST, 200, &stock));
    assert_ptr_equal(body.at, first);
}

static void it_stays_within_its_bound(void **state)
{
    (void)state;
    assert_true(vg_body_grow(&body, 9000, 20000, &stock));
    assert_int_equal(body.room, 9000);
    vg_body_fini(&body, &stock);
    assert_true(vg_body_grow(&body, 100, 20000, &stock)); /* below the smallest block */
    assert_int_equal(body.room, VG_BODY_FIRST);
}

static void without_memory_it_is_as_it_was(void **state)
{
    size_t cap = vg_arena_total_cap();

    (void)state;
    assert_true(vg_body_grow(&body, MOST, 0, &stock));
    fill();
    vg_arena_set_total_cap(before + VG_BODY_FIRST + VG_JSON_PAD);
    assert_false(vg_body_grow(&body, MOST, 20000, &stock));
    assert_int_equal(body.room, VG_BODY_FIRST);
    vg_arena_set_total_cap(cap);
    assert_true(vg_body_grow(&body, MOST, 20000, &stock));
    assert_int_equal(body.len, VG_BODY_FIRST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_doubles_when_nothing_is_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bytes_that_are_here_have_room_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_small_body_takes_what_another_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_stays_within_its_bound, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_memory_it_is_as_it_was, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
