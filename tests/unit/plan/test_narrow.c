/* Filters that are made of others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "plan/narrow.h"

static const vg_condition is_a = {.test = VG_TEST_MATCH_VALUE, .key = VG_LIT_INIT("a")};
static const vg_filter only_a = {.must = {&is_a, 1}, .raw = VG_LIT_INIT("{}")};
static const vg_point_id one = {.kind = VG_ID_NUM, .num = 1};

static int set_up(void **state)
{
    *state = vg_arena_new(1 << 16);
    return 0;
}

static int tear_down(void **state)
{
    vg_arena_free(*state);
    return 0;
}

static void without_a_condition_a_filter_stays_as_it_is(void **state)
{
    assert_null(vg_narrow_by(*state, NULL, NULL));
    assert_ptr_equal(vg_narrow_by(*state, &only_a, NULL), &only_a);
    assert_ptr_equal(vg_narrow_by(*state, NULL, &only_a), &only_a);
    assert_ptr_equal(vg_narrow_without_ids(*state, &only_a, &one, 0), &only_a);
}

static void a_condition_joins_those_that_are_there(void **state)
{
    const vg_filter *both = vg_narrow_to_ids(*state, &only_a, &one, 1);

    assert_int_equal(both->must.count, 2);
    assert_int_equal(both->must.at[0].test, VG_TEST_MATCH_VALUE);
    assert_int_equal(both->must.at[1].test, VG_TEST_HAS_ID);
    assert_int_equal(both->must.at[1].as.ids.count, 1);
    assert_int_equal(both->raw.len, 0); /* its JSON would say less */
    assert_int_equal(only_a.must.count, 1);
    both = vg_narrow_without_ids(*state, both, &one, 1);
    assert_int_equal(both->must.count, 2);
    assert_int_equal(both->must_not.count, 1);
    both = vg_narrow_by(*state, both, &only_a);
    assert_int_equal(both->must.at[2].test, VG_TEST_NESTED_FILTER);
    assert_ptr_equal(both->must.at[2].as.filter, &only_a);
}

static void values_are_listed_by_kind(void **state)
{
    const vg_match_value values[] = {{.kind = VG_MATCH_TEXT, .text = VG_LIT_INIT("x")},
                                     {.kind = VG_MATCH_INTEGER, .integer = 7},
                                     {.kind = VG_MATCH_TEXT, .text = VG_LIT_INIT("y")}};
    const vg_filter *made = vg_narrow_to_values(*state, &only_a, VG_LIT("k"), values, 3);

    assert_int_equal(made->should.count, 2);
    assert_int_equal(made->should.at[0].as.list.count, 2);
    assert_int_equal(made->should.at[1].as.list.count, 1);
    assert_int_equal(made->should.at[1].as.list.at[0].integer, 7);
    assert_int_equal(made->must.at[0].test, VG_TEST_NESTED_FILTER);
    made = vg_narrow_to_values(*state, NULL, VG_LIT("k"), values + 1, 1);
    assert_int_equal(made->should.count, 1);
    assert_int_equal(made->must.count, 0);
}

static void matches_nothing(const vg_filter *filter)
{
    assert_int_equal(filter->must.count, 1);
    assert_int_equal(filter->must.at[0].test, VG_TEST_HAS_ID);
    assert_int_equal(filter->must.at[0].as.ids.count, 0);
}

static void without_memory_nothing_matches(void **state)
{
    const vg_match_value value = {.kind = VG_MATCH_INTEGER, .integer = 7};
    vg_arena *small = vg_arena_new(16);

    matches_nothing(vg_narrow_to_ids(small, &only_a, &one, 1));
    matches_nothing(vg_narrow_without_ids(small, NULL, &one, 1));
    matches_nothing(vg_narrow_to_holders(small, NULL, VG_LIT("v")));
    matches_nothing(vg_narrow_to_filled(small, NULL, VG_LIT("k")));
    matches_nothing(vg_narrow_to_values(small, NULL, VG_LIT("k"), &value, 1));
    assert_true(vg_arena_is_spent(small));
    vg_arena_free(small);
    matches_nothing(vg_narrow_to_values(*state, NULL, VG_LIT("k"), &value, 0));
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(without_a_condition_a_filter_stays_as_it_is),
        WITH_ARENA(a_condition_joins_those_that_are_there),
        WITH_ARENA(values_are_listed_by_kind),
        WITH_ARENA(without_memory_nothing_matches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
