/* Jobs of two tenants whose collections have the same names. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/jobs/rig.h"

static void create(struct rig *rig, const char *who, const char *name)
{
    rig_pass(rig,
             100); /* ids of jobs are made of the time, and of chance, of which there is none */
    toy_as(rig->gates[0].world, who);
    assert_int_equal(toy_create(rig->gates[0].world, name, 4), VG_OK);
}

static int color_of(struct rig *rig, const char *who, const char *name)
{
    toy_ask *ask;
    int color;

    toy_as(rig->gates[0].world, who);
    ask = toy_make_ask(rig->gates[0].world, VG_OP_DESCRIBE, name);
    toy_start(ask);
    toy_settle(rig->gates[0].world);
    color = (int)ask->op.out.info.color;
    assert_int_equal(toy_end(ask), VG_OK);
    return color;
}

static void rig_put_waiting(struct rig *rig, const char *tenant, const char *collection)
{
    rig_put_job(rig, (vg_job){.kind = VG_LIT("index"),
                              .tenant = vg_slice_str(tenant),
                              .collection = vg_slice_str(collection)});
}

static void only_whose_it_is_is_yellow(void **state)
{
    struct rig *rig = *state;

    *toy_make_builder(rig->toy) = (toy_build){.state = VG_BUILD_DONE};
    rig_start(rig, 0);
    create(rig, NULL, "a");
    create(rig, "acme", "a");
    rig_pass(rig, 60000);
    assert_int_equal(color_of(rig, "acme", "a"), VG_GREEN);
    *toy_make_builder(rig->toy) =
        (toy_build){.state = VG_BUILD_NEEDED, .goes_on = true, .total = 4};
    toy_as(rig->gates[0].world, "acme");
    assert_int_equal(toy_patch(rig->gates[0].world, "a", "{\"settings\":{\"s\":1}}"), VG_OK);
    assert_int_equal(color_of(rig, "acme", "a"), VG_YELLOW);
    assert_int_equal(color_of(rig, NULL, "a"), VG_GREEN);
    rig_pass(rig, 1000); /* seen by a pass, too */
    assert_int_equal(color_of(rig, "acme", "a"), VG_YELLOW);
    assert_int_equal(color_of(rig, NULL, "a"), VG_GREEN);
    rig_pass(rig, 60000);
    assert_int_equal(color_of(rig, "acme", "a"), VG_GREEN);
}

/* Of one tenant's the oldest alone; of two tenants both. */
static void each_tenant_has_its_own_turn(void **state)
{
    struct rig *rig = *state;
    char ids[3][VG_JOB_ID_CHARS + 1];

    *toy_make_builder(rig->toy) = (toy_build){.state = VG_BUILD_NEEDED};
    rig_create(rig, "a");
    rig_put_waiting(rig, "default", "a");
    rig_keep_id(ids[0], rig_last(rig));
    rig_put_waiting(rig, "default", "a");
    rig_keep_id(ids[1], rig_last(rig));
    rig_put_waiting(rig, "acme", "a");
    rig_keep_id(ids[2], rig_last(rig));
    toy_script(rig->toy, (toy_rule){VG_OP_BUILD_INDEX, 0, TOY_FOREVER, TOY_HOLD_BEFORE, VG_OK});
    toy_set_row(rig->toy, &(vg_meta_row){.tenant = VG_LIT("acme"),
                                         .backend = VG_LIT("toy"),
                                         .name = VG_LIT("a"),
                                         .physical = VG_LIT("a"),
                                         .raw_ids = true,
                                         .state = VG_META_READY,
                                         .version = 1,
                                         .spec = toy_row(rig->toy, "a")->spec});
    rig_start(rig, 0);
    rig_pass(rig, 2000);
    assert_string_equal(rig_state(rig, ids[0]), "running");
    assert_string_equal(rig_state(rig, ids[1]), "waiting");
    assert_string_equal(rig_state(rig, ids[2]), "running");
}

static void what_two_left_is_repaired_for_both(void **state)
{
    static const char *const tenants[] = {NULL, "acme", "acme2"};
    struct rig *rig = *state;

    for (int i = 0; i < 3; i++) {
        toy_world *world = toy_world_new(rig->toy);
        vg_meta_row row;

        toy_as(world, tenants[i]);
        assert_int_equal(toy_create(world, "a", 4), VG_OK);
        toy_world_free(world);
        if (i == 2)
            continue;
        row = *toy_row_of(rig->toy, tenants[i] ? tenants[i] : "default", "a");
        row.state = VG_META_DELETING;
        row.updated_ms = 1;
        toy_set_row(rig->toy, &row);
    }
    rig_start(rig, 0);
    rig_pass(rig, 5000);
    assert_int_equal(rig_jobs(rig), 2);
    assert_int_equal(toy_objects_of(rig->toy, "default"), 0);
    assert_int_equal(toy_objects_of(rig->toy, "acme"), 0);
    assert_int_equal(toy_objects_of(rig->toy, "acme2"), 1);
}

/* Its gateway gives up on it; the job is its tenant's. */
static void what_is_given_up_becomes_a_job_of_its_tenant(void **state)
{
    struct rig *rig = *state;
    bool did;

    rig_start(rig, 0);
    create(rig, NULL, "a");
    create(rig, "acme", "a");
    toy_script(rig->toy, (toy_rule){VG_OP_META_DELETE, 0, 1, TOY_REFUSE, VG_BACKEND_ERROR});
    assert_int_not_equal(toy_drop(rig->gates[0].world, "a", &did), VG_OK);
    assert_true(vg_slice_is_str(rig_job(rig, rig_last(rig))->tenant, "acme"));
    rig_pass(rig, 700 * 1000); /* nobody knows how it was left */
    assert_null(toy_row_of(rig->toy, "acme", "a"));
    assert_non_null(toy_row(rig->toy, "a"));
}

static void pages_leave_others_out(void **state)
{
    struct rig *rig = *state;
    toy_ask *ask;
    unsigned seen = 0;

    for (int i = 0; i < 600; i++)
        rig_put_job(rig, (vg_job){.kind = VG_LIT("index"),
                                  .tenant = i % 3 ? VG_LIT("acme") : VG_LIT("default"),
                                  .collection = VG_LIT("a"),
                                  .state = VG_JOB_DONE});
    rig_start(rig, 0);
    for (int who = 0; who < 2; who++) {
        toy_as(rig->gates[0].world, who ? "acme" : NULL);
        ask = rig_ask(rig, 0, VG_OP_LIST_JOBS, NULL);
        for (uint32_t i = 0; i < ask->op.out.jobs.count; i++)
            assert_true(vg_slice_is_str(ask->op.out.jobs.at[i].tenant, who ? "acme" : "default"));
        seen += ask->op.out.jobs.count;
        assert_true(ask->op.out.jobs.count > 0 && ask->op.out.jobs.next.len == 0);
        assert_int_equal(toy_end(ask), VG_OK);
    }
    assert_int_equal(seen, rig_jobs(rig));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RIG(only_whose_it_is_is_yellow),
        WITH_RIG(each_tenant_has_its_own_turn),
        WITH_RIG(what_two_left_is_repaired_for_both),
        WITH_RIG(what_is_given_up_becomes_a_job_of_its_tenant),
        WITH_RIG(pages_leave_others_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
