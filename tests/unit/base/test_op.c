/* The tables behind the contracts, and how a step says that it failed. */
#include "vecgate/vector_backend.h"

#include "tests/unit/base/unit.h"

static void every_operation_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < VG_OP_KINDS; i++) {
        assert_true(strlen(vg_op_describe((vg_op_kind)i)->name) > 0);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(vg_op_describe((vg_op_kind)i)->name,
                                    vg_op_describe((vg_op_kind)k)->name);
    }
    assert_string_equal(vg_op_describe(VG_OP_UPSERT)->name, "upsert");
    assert_string_equal(vg_op_describe((vg_op_kind)-1)->name, "unknown");
    assert_string_equal(vg_op_describe(VG_OP_KINDS)->name, "unknown");
}

static void what_reads_may_be_repeated(void **state)
{
    (void)state;
    for (int i = 0; i < VG_OP_KINDS; i++) {
        const vg_op_row *row = vg_op_describe((vg_op_kind)i);

        expect(row->name, row->writes || row->repeats);
    }
    assert_true(vg_op_describe(VG_OP_UPSERT)->writes);
    assert_false(vg_op_describe(VG_OP_META_CREATE)->repeats);
    assert_true(vg_op_describe(VG_OP_BUILD_INDEX)->repeats); /* it is a look when it was done */
}

static void pools_and_faults_have_words(void **state)
{
    (void)state;
    for (int i = 0; i < VG_POOLS; i++)
        assert_string_not_equal(vg_pool_word((vg_pool_name)i), "unknown");
    for (int i = 0; i < VG_FAULTS; i++)
        assert_string_not_equal(vg_fault_word((vg_fault)i), "unknown");
    assert_string_equal(vg_pool_word(VG_POOL_CODEC), "codec");
    assert_string_equal(vg_fault_word(VG_FAULT_RESET), "reset");
    assert_string_equal(vg_pool_word(VG_POOLS), "unknown");
    assert_string_equal(vg_fault_word(VG_FAULTS), "unknown");
}

static void the_first_story_of_a_try_stands(void **state)
{
    vg_try try = {.scratch = vg_arena_new(4096)};

    (void)state;
    assert_int_equal(vg_try_failf(&try, VG_THROTTLED, "%d too many", 3), VG_FAIL);
    assert_int_equal(vg_try_fail(&try, VG_INTERNAL, VG_LIT("later")), VG_FAIL);
    assert_int_equal(try.status.code, VG_THROTTLED);
    expect_text("what", try.status.what, "3 too many");
    vg_arena_free(try.scratch);
}

static void a_story_without_memory_keeps_its_code(void **state)
{
    vg_try try = {.scratch = vg_arena_new(0)};

    (void)state;
    vg_try_failf(&try, VG_NO_SPACE, "%0500d", 1);
    assert_int_equal(try.status.code, VG_NO_SPACE);
    expect_text("what", vg_status_what(&try.status), "the disk is full");
    vg_arena_free(try.scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_has_a_name_of_its_own),
        cmocka_unit_test(what_reads_may_be_repeated),
        cmocka_unit_test(pools_and_faults_have_words),
        cmocka_unit_test(the_first_story_of_a_try_stands),
        cmocka_unit_test(a_story_without_memory_keeps_its_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
