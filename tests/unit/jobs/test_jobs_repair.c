/* What a gateway left half-made or half-deleted is repaired by jobs: at the next start, and while
 * it runs. What a repair does is for tests/unit/catalog/test_catalog_repair.c. */
#include <stdio.h>

#include "tests/unit/jobs/rig.h"

static const uint64_t minute_ms = 60000;

static void leave(struct rig *rig, const char *name, vg_meta_state state, bool with_object)
{
    vg_meta_row row;

    rig_create(rig, name);
    row = *toy_row(rig->toy, name);
    row.state = state;
    toy_set_row(rig->toy, &row);
    if (!with_object)
        toy_set_collection(rig->toy, name, 0);
}

static unsigned collections(const struct rig *rig)
{
    unsigned n = toy_rows(rig->toy);
    const vg_meta_row *last;

    return n - toy_rows_under(rig->toy, "/jobs/", &last);
}

static void what_was_left_is_repaired_at_start(void **state)
{
    struct rig *rig = *state;

    toy_make_local(rig->toy);
    leave(rig, "half", VG_META_CREATING, false);
    leave(rig, "made", VG_META_CREATING, true);
    leave(rig, "gone", VG_META_DELETING, true);
    leave(rig, "whole", VG_META_READY, true);
    rig_start(rig, 0);
    rig_pass(rig, 1000);
    assert_null(toy_row(rig->toy, "half"));
    assert_null(toy_row(rig->toy, "gone"));
    assert_int_equal(toy_row(rig->toy, "made")->state, VG_META_READY);
    assert_int_equal(collections(rig), 2);
    assert_int_equal(rig_jobs(rig), 3);
    assert_int_equal(
        rig_metric(rig, 0, VG_M_jobs, (vg_cell){.job = VG_JOB_REPAIR, .state = VG_JOB_DONE}), 3);
    assert_int_equal(rig_metric(rig, 0, VG_M_job_attempts_total, (vg_cell){.job = VG_JOB_REPAIR}),
                     3);
}

static void nothing_is_written_where_all_is_whole(void **state)
{
    struct rig *rig = *state;

    toy_make_local(rig->toy);
    leave(rig, "whole", VG_META_READY, true);
    toy_log(rig->toy);
    rig_start(rig, 0);
    rig_pass(rig, 1000);
    assert_string_equal(toy_log(rig->toy), "meta_list meta_list");
    assert_int_equal(rig_jobs(rig), 0);
}

static void many_are_repaired_in_several_looks(void **state)
{
    struct rig *rig = *state;
    char name[16];

    toy_make_local(rig->toy);
    for (unsigned i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "c%04u", i);
        leave(rig, name, i % 2 ? VG_META_CREATING : VG_META_DELETING, false);
    }
    rig_start(rig, 0);
    rig_pass(rig, minute_ms - 1000);
    assert_int_equal(collections(rig), 300 - VG_UNFINISHED);
    rig_pass(rig, minute_ms);
    assert_int_equal(collections(rig), 0);
    assert_true(rig_jobs(rig) <= VG_JOBS_KEPT);
}

static void what_another_gateway_may_be_at_is_left_for_later(void **state)
{
    struct rig *rig = *state;

    leave(rig, "a", VG_META_CREATING, false);
    leave(rig, "b", VG_META_DELETING, true);
    rig_start(rig, 0);
    rig_pass(rig, 9 * minute_ms);
    assert_int_equal(collections(rig), 2);
    assert_string_equal(rig_state(rig, rig_last(rig)), "waiting");
    rig_pass(rig, 2 * minute_ms);
    assert_int_equal(collections(rig), 0);
    assert_string_equal(rig_state(rig, rig_last(rig)), "done");
    assert_int_equal(rig_job(rig, rig_last(rig))->attempts, 0);
}

/* Who gave up knows that it was its own. */
static void what_was_given_up_here_is_not(void **state)
{
    struct rig *rig = *state;
    toy_ask *ask;

    rig_start(rig, 0);
    toy_script(rig->toy, (toy_rule){VG_OP_CREATE_COLLECTION, 0, 1, TOY_FAULT_AFTER, VG_OK});
    ask = toy_begin_create(rig->gates[0].world, "a", 4);
    toy_settle(rig->gates[0].world);
    assert_int_not_equal(toy_end(ask), VG_OK);
    rig_pass(rig, 1000);
    assert_int_equal(toy_row(rig->toy, "a")->state, VG_META_READY);
    assert_string_equal(rig_state(rig, rig_last(rig)), "done");
}

static void a_deletion_that_was_given_up_is_finished(void **state)
{
    struct rig *rig = *state;
    toy_ask *ask;

    rig_start(rig, 0);
    assert_int_equal(toy_create(rig->gates[0].world, "a", 4), VG_OK);
    toy_script(rig->toy, (toy_rule){VG_OP_DROP_COLLECTION, 0, 3, TOY_FAULT_BEFORE, VG_OK});
    ask = toy_begin_drop(rig->gates[0].world, "a");
    toy_settle(rig->gates[0].world);
    assert_int_not_equal(toy_end(ask), VG_OK);
    assert_int_equal(toy_row(rig->toy, "a")->state, VG_META_DELETING);
    rig_pass(rig, 10000);
    assert_null(toy_row(rig->toy, "a"));
    assert_int_equal(toy_collections(rig->toy), 0);
    assert_string_equal(rig_state(rig, rig_last(rig)), "done");
}

/* Everything that leaves a row half-done makes a job, whichever exchange it was; what does not,
 * makes none. */
static void all_that_is_given_up_is_repaired(void **state)
{
    struct rig *rig = *state;

    toy_make_local(rig->toy);
    rig_start(rig, 0);
    for (unsigned at = 0; at < 12; at++) {
        toy_fate fate = at % 2 ? TOY_FAULT_AFTER : TOY_FAULT_BEFORE;
        bool did;

        toy_script(rig->toy, (toy_rule){TOY_ANY, at / 2, 1, fate, VG_OK});
        toy_create(rig->gates[0].world, "a", 4);
        toy_unscript(rig->toy);
        rig_pass(rig, 5000);
        assert_true(!toy_row(rig->toy, "a") || toy_row(rig->toy, "a")->state == VG_META_READY);
        toy_script(rig->toy, (toy_rule){TOY_ANY, at / 2, 1, fate, VG_OK});
        toy_drop(rig->gates[0].world, "a", &did);
        toy_unscript(rig->toy);
        rig_pass(rig, 5000);
        assert_true(!toy_row(rig->toy, "a") || toy_row(rig->toy, "a")->state == VG_META_READY);
        toy_drop(rig->gates[0].world, "a", &did);
    }
}

static void what_fails_is_tried_again_and_stops_nobody_else(void **state)
{
    struct rig *rig = *state;

    toy_make_local(rig->toy);
    leave(rig, "a", VG_META_DELETING, true);
    leave(rig, "b", VG_META_DELETING, true);
    toy_script(rig->toy, (toy_rule){VG_OP_DROP_COLLECTION, 0, 1, TOY_REFUSE, VG_BACKEND_AUTH});
    rig_start(rig, 0);
    rig_pass(rig, 500);
    assert_int_equal(collections(rig), 1);
    rig_pass(rig, 1000);
    assert_int_equal(collections(rig), 0);
    assert_int_equal(rig_metric(rig, 0, VG_M_job_failures_total, (vg_cell){.job = VG_JOB_REPAIR}),
                     1);
}

static void a_store_that_is_down_is_asked_again(void **state)
{
    struct rig *rig = *state;

    toy_make_local(rig->toy);
    leave(rig, "a", VG_META_DELETING, true);
    toy_script(rig->toy, (toy_rule){VG_OP_META_LIST, 0, 5, TOY_FAULT_BEFORE, VG_OK});
    rig_start(rig, 0);
    rig_pass(rig, 1000);
    assert_int_equal(collections(rig), 1);
    rig_pass(rig, 2 * minute_ms);
    assert_int_equal(collections(rig), 0);
}

static void a_row_that_cannot_be_made_is_made_later(void **state)
{
    struct rig *rig = *state;

    toy_make_local(rig->toy);
    leave(rig, "a", VG_META_DELETING, true);
    toy_script(rig->toy, (toy_rule){VG_OP_META_CREATE, 0, 3, TOY_FAULT_BEFORE, VG_OK});
    rig_start(rig, 0);
    rig_pass(rig, 2000);
    assert_int_equal(rig_jobs(rig), 0);
    rig_pass(rig, 10000);
    assert_int_equal(rig_jobs(rig), 1);
    assert_int_equal(collections(rig), 0);
}

/* One look finds what an earlier gateway's job is for: no second job. */
static void a_restart_makes_no_second_job(void **state)
{
    struct rig *rig = *state;

    leave(rig, "a", VG_META_DELETING, true);
    rig_start(rig, 0);
    rig_pass(rig, 1000);
    assert_int_equal(rig_jobs(rig), 1);
    rig_stop(rig, 0);
    rig_start(rig, 0);
    rig_pass(rig, 1000);
    assert_int_equal(rig_jobs(rig), 1);
}

static void an_operation_ends_at_its_time(void **state)
{
    struct rig *rig = *state;

    toy_make_local(rig->toy);
    leave(rig, "a", VG_META_DELETING, true);
    toy_script(rig->toy, (toy_rule){VG_OP_DROP_COLLECTION, 0, TOY_FOREVER, TOY_WAIT, VG_OK});
    rig_start(rig, 0);
    rig_pass(rig, 20000);
    assert_string_equal(rig_state(rig, rig_last(rig)), "running");
    rig_pass(rig, 10500);
    assert_string_equal(rig_state(rig, rig_last(rig)), "waiting");
    assert_int_equal(rig_job(rig, rig_last(rig))->attempts, 0); /* it may be down */
    toy_unscript(rig->toy);
    rig_pass(rig, 2000);
    assert_int_equal(collections(rig), 0);
}

/* Rows of jobs are no collections, for whoever lists these. */
static void jobs_are_no_collections(void **state)
{
    struct rig *rig = *state;
    vg_code code;

    rig_start(rig, 0);
    assert_int_equal(toy_create(rig->gates[0].world, "a", 4), VG_OK);
    rig_put(rig, &vg_job_repair, "a");
    assert_string_equal(toy_list(rig->gates[0].world), "a");
    assert_int_equal(toy_find(rig->gates[0].world, "/jobs/x", &code), 0);
    assert_int_equal(code, VG_NOT_FOUND);
    assert_int_equal(toy_repair_all(rig->gates[0].world), 0);
    rig_pass(rig, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RIG(what_was_left_is_repaired_at_start),
        WITH_RIG(nothing_is_written_where_all_is_whole),
        WITH_RIG(many_are_repaired_in_several_looks),
        WITH_RIG(what_another_gateway_may_be_at_is_left_for_later),
        WITH_RIG(what_was_given_up_here_is_not),
        WITH_RIG(a_deletion_that_was_given_up_is_finished),
        WITH_RIG(all_that_is_given_up_is_repaired),
        WITH_RIG(what_fails_is_tried_again_and_stops_nobody_else),
        WITH_RIG(a_store_that_is_down_is_asked_again),
        WITH_RIG(a_row_that_cannot_be_made_is_made_later),
        WITH_RIG(a_restart_makes_no_second_job),
        WITH_RIG(an_operation_ends_at_its_time),
        WITH_RIG(jobs_are_no_collections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
