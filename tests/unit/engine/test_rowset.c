/* Sets of rows beside a plain array of answers. */
#include <stdlib.h>

#include "engine/rowset.h"
#include "support.h"

enum { ROWS = 300000 };

static void a_set_has_what_was_added_and_nothing_else(void **state)
{
    uint64_t seed = seed_of_test();
    vg_rowset set = {.arena = vg_arena_new(64 << 20)};
    bool *has = calloc(ROWS, sizeof *has);
    uint64_t count = 0;

    (void)state;
    assert_false(vg_rowset_has(&set, 0));
    for (int i = 0; i < 20000; i++) { /* some come twice, and the first are far apart */
        uint64_t row = next_random(&seed) % (i < 10000 ? ROWS : 5000);

        assert_true(vg_rowset_add(&set, row));
        count += !has[row];
        has[row] = true;
    }
    for (uint64_t row = 0; row < ROWS; row++)
        assert_true(vg_rowset_has(&set, row) == has[row]);
    assert_int_equal(set.count, count);
    for (uint64_t row = 0; vg_rowset_next(&set, &row); row++, count--)
        assert_true(has[row]);
    assert_int_equal(count, 0); /* it went through all of them */
    assert_false(vg_rowset_has(&set, (uint64_t)1 << 40));
    assert_false(vg_rowset_has(&set, UINT64_MAX));
    free(has);
    vg_arena_free(set.arena);
}

static void rows_side_by_side_take_a_bit_each(void **state)
{
    vg_rowset set = {.arena = vg_arena_new(64 << 20)};

    (void)state;
    for (uint64_t row = 1; row <= 1000000; row++)
        assert_true(vg_rowset_add(&set, row));
    assert_int_equal(set.count, 1000000);
    assert_true(vg_arena_bytes(set.arena) < 512 << 10);
    vg_arena_free(set.arena);
}

static void a_spent_arena_is_told(void **state)
{
    vg_rowset set = {.arena = vg_arena_new(64 << 10)};
    uint64_t row = 1;

    (void)state;
    assert_false(vg_rowset_add(&set, UINT64_MAX)); /* no table has such a row */
    while (row < (uint64_t)1 << 40 && vg_rowset_add(&set, row))
        row += VG_ROWSET_LEAF;
    assert_true(row < (uint64_t)1 << 40);
    assert_true(vg_rowset_has(&set, 1)); /* what is in stays */
    vg_arena_free(set.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_has_what_was_added_and_nothing_else),
        cmocka_unit_test(rows_side_by_side_take_a_bit_each),
        cmocka_unit_test(a_spent_arena_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
