/* How wide a search walks that was given no width. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "engine/tuning.h"

typedef struct row {
    uint32_t ef_construct;
    uint64_t vectors;
    uint32_t plain, filtered;
} row;

static void a_filtered_walk_widens_with_what_it_walks_through(void **state)
{
    static const row rows[] = {
        {100, 0, 100, 100},
        {100, 50000, 100, 100},
        {100, 100000, 100, 200},
        {100, 341479, 100, 682},
        {100, 1000000, 100, 2000},
        {100, 4000000000, 100, 2000},
        {16, 4000000000, 16, 2000},
        /* who builds with more does not get less */
        {1999, 50001, 1999, 1999},
        {2000, 1000000, 2000, 2000},
        {65536, UINT64_MAX / 65536, 65536, 65536},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const vg_tuning tuning = {.ef_construct = rows[i].ef_construct};

        assert_int_equal(vg_tuning_ef(&tuning, rows[i].vectors, false), rows[i].plain);
        assert_int_equal(vg_tuning_ef(&tuning, rows[i].vectors, true), rows[i].filtered);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_filtered_walk_widens_with_what_it_walks_through),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
