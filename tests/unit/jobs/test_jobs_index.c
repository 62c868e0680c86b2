/* Indexes that are built by jobs: who makes the job, what descriptions say meanwhile. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/jobs/rig.h"

static toy_build *make_builder(struct rig *rig)
{
    toy_build *build = toy_make_builder(rig->toy);

    *build = (toy_build){.state = VG_BUILD_NEEDED, .goes_on = true, .total = 4};
    return build;
}

/* "green", "yellow its index …" */
static const char *describe(struct rig *rig, int gate)
{
    static const char *const colors[] = {"green", "yellow", "grey", "red"};
    static char text[256];
    toy_ask *ask = toy_make_ask(rig->gates[gate].world, VG_OP_DESCRIBE, "a");
    const vg_collection_info *info = &ask->op.out.info;

    toy_start(ask);
    toy_settle(rig->gates[gate].world);
    assert_int_equal(toy_code(ask), VG_OK);
    snprintf(text, sizeof text, "%s%s" VG_FMT, colors[info->color],
             info->trouble.len > 0 ? " " : "", VG_ARG(info->trouble));
    toy_end(ask);
    return text;
}

static void a_new_collection_is_yellow_until_it_is_built(void **state)
{
    struct rig *rig = *state;
    toy_build *build = make_builder(rig);

    rig_start(rig, 0);
    assert_int_equal(toy_create(rig->gates[0].world, "a", 4), VG_OK);
    assert_int_equal(rig_jobs(rig), 1);
    rig_pass(rig, 1000);
    assert_int_equal(build->builds, 1);
    assert_string_equal(describe(rig, 0), "yellow its index is being built: 0 of 4");
    rig_pass(rig, 10000);
    assert_string_equal(describe(rig, 0), "yellow its index is being built: 2 of 4");
    rig_pass(rig, 60000);
    assert_string_equal(describe(rig, 0), "green");
    assert_string_equal(rig_state(rig, rig_last(rig)), "done");
}

/* The create was answered: whoever asks next is told, before any look. */
static void it_is_yellow_from_the_first_moment(void **state)
{
    struct rig *rig = *state;

    make_builder(rig);
    rig_start(rig, 0);
    toy_script(rig->toy, (toy_rule){VG_OP_META_LIST, 0, TOY_FOREVER, TOY_FAULT_BEFORE, VG_OK});
    assert_int_equal(toy_create(rig->gates[0].world, "a", 4), VG_OK);
    assert_string_equal(describe(rig, 0), "yellow its index is being built");
}

/* A look that had begun before does not have it. */
static void it_stays_so_when_a_look_ends(void **state)
{
    struct rig *rig = *state;

    make_builder(rig);
    rig_start(rig, 0);
    rig_pass(rig, 1000);
    toy_script(rig->toy, (toy_rule){VG_OP_META_LIST, 0, 1, TOY_HOLD_AFTER, VG_OK});
    rig_pass(rig, VG_JOBS_POLL_MS);
    assert_int_equal(toy_held(rig->toy), 1);
    assert_int_equal(toy_create(rig->gates[0].world, "a", 4), VG_OK);
    toy_script(rig->toy, (toy_rule){VG_OP_META_LIST, 0, TOY_FOREVER, TOY_FAULT_BEFORE, VG_OK});
    toy_release(rig->toy);
    rig_pass(rig, 500);
    assert_string_equal(describe(rig, 0), "yellow its index is being built");
}

static void another_gateway_says_so_too(void **state)
{
    struct rig *rig = *state;

    make_builder(rig)->total = 100;
    rig_start(rig, 0);
    rig_start(rig, 1);
    assert_int_equal(toy_create(rig->gates[0].world, "a", 4), VG_OK);
    rig_pass(rig, VG_JOBS_POLL_MS + 1000);
    assert_true(strncmp(describe(rig, 1), "yellow its index", 16) == 0);
}

static void a_change_of_settings_is_built(void **state)
{
    struct rig *rig = *state;
    toy_build *build = make_builder(rig);

    rig_start(rig, 0);
    assert_int_equal(toy_create(rig->gates[0].world, "a", 4), VG_OK);
    rig_pass(rig, 60000);
    build->state = VG_BUILD_NEEDED;
    assert_int_equal(toy_patch(rig->gates[0].world, "a", "{\"settings\":{\"s\":1}}"), VG_OK);
    assert_int_equal(rig_jobs(rig), 2);
    rig_pass(rig, 60000);
    assert_int_equal(build->builds, 2);
    assert_string_equal(rig_state(rig, rig_last(rig)), "done");
}

static void so_is_a_field_that_is_declared_or_dropped(void **state)
{
    static const vg_index_kind kinds[] = {VG_INDEX_KEYWORD, VG_INDEX_NONE};
    struct rig *rig = *state;
    toy_build *build = make_builder(rig);

    rig_start(rig, 0);
    assert_int_equal(toy_create(rig->gates[0].world, "a", 4), VG_OK);
    rig_pass(rig, 60000);
    for (unsigned i = 0; i < 2; i++) {
        build->state = VG_BUILD_NEEDED;
        assert_int_equal(toy_index(rig->gates[0].world, "a", "k", kinds[i]), VG_OK);
        assert_int_equal(rig_jobs(rig), 2 + i);
        rig_pass(rig, 60000);
        assert_int_equal(build->builds, 2 + i);
        assert_string_equal(rig_state(rig, rig_last(rig)), "done");
    }
}

static void what_was_not_declared_needs_no_job(void **state)
{
    struct rig *rig = *state;

    make_builder(rig);
    rig_start(rig, 0);
    assert_int_equal(toy_create(rig->gates[0].world, "a", 4), VG_OK);
    assert_int_equal(toy_index(rig->gates[0].world, "a", "k", VG_INDEX_NONE), VG_OK);
    assert_int_equal(rig_jobs(rig), 1);
}

/* A backend that tells itself how far it is. */
static void what_the_backend_tells_counts(void **state)
{
    struct rig *rig = *state;

    make_builder(rig)->is_told = true;
    rig_start(rig, 0);
    assert_int_equal(toy_create(rig->gates[0].world, "a", 4), VG_OK);
    assert_string_equal(describe(rig, 0), "green");
}

static void other_backends_get_no_such_jobs(void **state)
{
    struct rig *rig = *state;

    rig_start(rig, 0);
    assert_int_equal(toy_create(rig->gates[0].world, "a", 4), VG_OK);
    rig_pass(rig, 1000);
    assert_int_equal(rig_jobs(rig), 0);
    assert_string_equal(describe(rig, 0), "green");
}

/* A crash anywhere in a creation: a collection that is there has been built, or will be. */
static void no_collection_is_forgotten(void **state)
{
    struct rig *rig = *state;

    for (unsigned at = 0; at < 9; at++) {
        toy_build *build = make_builder(rig);
        bool did;

        rig_start(rig, 0);
        toy_script(rig->toy, (toy_rule){TOY_ANY, at, TOY_FOREVER, TOY_FAULT_BEFORE, VG_OK});
        toy_create(rig->gates[0].world, "a", 4);
        rig_stop(rig, 0);
        rig_start(rig, 0);
        rig_pass(rig, 700 * 1000); /* what may be another gateway's work is left for so long */
        if (toy_row(rig->toy, "a")) {
            assert_int_equal(toy_row(rig->toy, "a")->state, VG_META_READY);
            assert_int_equal(build->state, VG_BUILD_DONE);
            assert_string_equal(describe(rig, 0), "green");
        }
        toy_drop(rig->gates[0].world, "a", &did);
        rig_stop(rig, 0);
    }
}

/* The creation was undone, or it was deleted at once. */
static void what_is_gone_needs_no_index(void **state)
{
    struct rig *rig = *state;
    toy_build *build = make_builder(rig);
    bool did;

    rig_start(rig, 0);
    toy_script(rig->toy, (toy_rule){VG_OP_BUILD_INDEX, 0, 1, TOY_FAULT_BEFORE, VG_OK});
    assert_int_equal(toy_create(rig->gates[0].world, "a", 4), VG_OK);
    assert_int_equal(toy_drop(rig->gates[0].world, "a", &did), VG_OK);
    rig_pass(rig, 1800 * 1000);
    assert_string_equal(rig_state(rig, rig_last(rig)), "done");
    assert_int_equal(build->builds, 0);
}

static void a_job_that_cannot_be_written_is_no_creation(void **state)
{
    struct rig *rig = *state;

    make_builder(rig);
    rig_start(rig, 0);
    toy_script(rig->toy, (toy_rule){VG_OP_META_CREATE, 1, 1, TOY_FAULT_BEFORE, VG_OK});
    assert_int_equal(toy_create(rig->gates[0].world, "a", 4), VG_UNAVAILABLE);
    rig_pass(rig, 60000);
    assert_int_equal(toy_row(rig->toy, "a")->state, VG_META_READY); /* repaired */
    assert_string_equal(describe(rig, 0), "green");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RIG(a_new_collection_is_yellow_until_it_is_built),
        WITH_RIG(it_is_yellow_from_the_first_moment),
        WITH_RIG(it_stays_so_when_a_look_ends),
        WITH_RIG(another_gateway_says_so_too),
        WITH_RIG(a_change_of_settings_is_built),
        WITH_RIG(so_is_a_field_that_is_declared_or_dropped),
        WITH_RIG(what_was_not_declared_needs_no_job),
        WITH_RIG(what_the_backend_tells_counts),
        WITH_RIG(other_backends_get_no_such_jobs),
        WITH_RIG(no_collection_is_forgotten),
        WITH_RIG(what_is_gone_needs_no_index),
        WITH_RIG(a_job_that_cannot_be_written_is_no_creation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
