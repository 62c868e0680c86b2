/* Statuses: the table is complete, and the first story stands. */
#include "vecgate/status.h"

#include "tests/unit/base/unit.h"

static void every_code_has_a_row_of_its_own(void **state)
{
    (void)state;
    for (int code = 0; code < VG_CODES; code++) {
        const vg_code_row *row = vg_code_describe((vg_code)code);

        assert_non_null(row->name);
        assert_in_range(row->native_http, 200, 599);
        assert_in_range(row->qdrant_http, 200, 599);
        assert_in_range(row->grpc, 0, 16);
        expect(row->name, (row->grpc == 0) == (code == VG_OK));
        expect(row->name, (row->text[0] == '\0') == (code == VG_OK));
        for (int other = 0; other < code; other++)
            assert_string_not_equal(row->metric, vg_code_describe((vg_code)other)->metric);
    }
}

static void a_code_outside_the_table_is_our_mistake(void **state)
{
    (void)state;
    assert_string_equal(vg_code_describe(VG_CODES)->name, "INTERNAL");
    assert_string_equal(vg_code_describe((vg_code)-1)->name, "INTERNAL");
}

static void the_first_story_stands(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 16);
    vg_status status = {0};

    (void)state;
    assert_int_equal(vg_status_setf(&status, arena, VG_RANGE, VG_LIT("k"), "k is %d", 0), VG_RANGE);
    assert_int_equal(vg_status_set(&status, VG_INTERNAL, VG_LIT("x"), VG_LIT("y")), VG_INTERNAL);
    assert_int_equal(vg_status_setf(&status, arena, VG_QUERY, VG_LIT("z"), "q"), VG_QUERY);
    assert_int_equal(status.code, VG_RANGE);
    expect_text("what", vg_status_what(&status), "k is 0");
    expect_text("where", status.where, "k");
    assert_int_equal(vg_status_set(NULL, VG_RANGE, VG_LIT("x"), VG_LIT("y")), VG_RANGE);
    assert_int_equal(vg_status_setf(NULL, arena, VG_QUERY, VG_LIT("z"), "q"), VG_QUERY);
    vg_arena_free(arena);
}

static void without_a_story_the_row_speaks(void **state)
{
    vg_status status = {.code = VG_DEADLINE};

    (void)state;
    expect_text("row's text", vg_status_what(&status), "the deadline has passed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_row_of_its_own),
        cmocka_unit_test(a_code_outside_the_table_is_our_mistake),
        cmocka_unit_test(the_first_story_stands),
        cmocka_unit_test(without_a_story_the_row_speaks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
