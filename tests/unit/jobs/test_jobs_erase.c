/* Erasing a tenant: what of it goes, what of others stays, what the receipt says. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/jobs/erase_rig.h"

#define DAY_MS ((uint64_t)24 * 3600 * 1000)

static void set_row(struct rig *rig, const char *tenant, const char *backend, const char *name,
                    vg_meta_state state)
{
    toy_set_row(rig->toy, &(vg_meta_row){.tenant = vg_slice_str(tenant),
                                         .backend = vg_slice_str(backend),
                                         .name = vg_slice_str(name),
                                         .physical = vg_slice_str(name),
                                         .raw_ids = true,
                                         .state = state,
                                         .version = 1,
                                         .spec = VG_LIT("{}")});
}

/* ---- what goes, what stays ---- */

static void all_of_the_tenant_goes_and_nothing_else(void **state)
{
    struct rig *rig = *state;
    char id[VG_JOB_ID_CHARS + 1];

    furnish(rig, NULL, 4);
    furnish(rig, "acme", 4);
    furnish(rig, "acme2", 4);
    rig_start(rig, 0);
    set_row(rig, "acme", "toy", "half", VG_META_CREATING);
    set_row(rig, "acme", "toy", "going", VG_META_DELETING);
    assert_int_equal(erase(rig, 0, "acme", id), VG_OK);
    rig_pass(rig, 5000);
    assert_receipt(rig, id,
                   RECEIPT("acme",
                           "\"collections\":4,\"points\":6,\"aliases\":2,\"jobs\":0,"
                           "\"rows\":7",
                           "")); /* what was half-made nobody was told of */
    assert_int_equal(toy_rows_of(rig->toy, "acme"), 0);
    assert_int_equal(toy_objects_of(rig->toy, "acme"), 0);
    assert_int_equal(toy_objects_of(rig->toy, "acme2"), 3);
    assert_int_equal(toy_objects_of(rig->toy, "default"), 3);
    assert_string_equal(names_of(rig, "acme2"), "a b c");
    assert_string_equal(names_of(rig, NULL), "a b c");
    assert_string_equal(rig->told, "meta_delete acme;"); /* its aliases; collections are told by the
                                                            catalog */
}

static void what_the_backend_has_without_a_row_goes_too(void **state)
{
    struct rig *rig = *state;
    char id[VG_JOB_ID_CHARS + 1];

    furnish(rig, NULL, 4);
    toy_remove_row(rig->toy, "a");
    toy_set_collection(rig->toy, "unseen", 4);
    rig_start(rig, 0);
    assert_int_equal(erase(rig, 0, "default", id), VG_OK);
    rig_pass(rig, 5000);
    assert_receipt(rig, id,
                   RECEIPT("default",
                           "\"collections\":4,\"points\":6,\"aliases\":2,\"jobs\":0,\"rows\":4",
                           ""));
    assert_int_equal(toy_objects_of(rig->toy, "default"), 0);
    assert_string_equal(names_of(rig, NULL), "");
}

static void a_backend_without_steps_for_tenants_will_do(void **state)
{
    struct rig *rig = *state;
    char id[VG_JOB_ID_CHARS + 1];

    toy_make_without_drop_tenant(rig->toy);
    furnish(rig, "acme", 4);
    rig_start(rig, 0);
    assert_int_equal(erase(rig, 0, "acme", id), VG_OK);
    rig_pass(rig, 5000);
    assert_receipt(rig, id, RECEIPT("acme", ALL, ""));
    assert_int_equal(toy_objects_of(rig->toy, "acme"), 0);
}

/* Its part of an object that others share, too. */
static void where_objects_are_placed_its_own_go(void **state)
{
    struct rig *rig = *state;
    char id[VG_JOB_ID_CHARS + 1];

    toy_make_placed(rig->toy);
    furnish(rig, NULL, 4);
    furnish(rig, "acme", 4);
    furnish(rig, "b", 5);
    furnish(rig, "b2", 5);
    rig_start(rig, 0);
    assert_int_equal(erase(rig, 0, "acme", id), VG_OK);
    rig_pass(rig, 5000);
    assert_receipt(rig, id, RECEIPT("acme", ALL, ""));
    assert_int_equal(toy_objects_of(rig->toy, ""), 3); /* the sole tenant's */
    assert_int_equal(erase(rig, 0, "b", id), VG_OK);
    rig_pass(rig, 5000);
    assert_receipt(rig, id, RECEIPT("b", ALL, ""));
    assert_int_equal(toy_objects_of(rig->toy, "b"), 0);
    assert_int_equal(toy_objects_of(rig->toy, "b2"), 3);
    assert_string_equal(names_of(rig, "b2"), "a b c");
    assert_string_equal(names_of(rig, NULL), "a b c");
}

static void what_other_backends_keep_is_told(void **state)
{
    struct rig *rig = *state;
    char id[VG_JOB_ID_CHARS + 1];

    furnish(rig, "acme", 4);
    set_row(rig, "acme", "another", "one", VG_META_READY);
    set_row(rig, "acme", "another", "two", VG_META_DELETING);
    set_row(rig, "acme", "third", "x three", VG_META_READY);
    set_row(rig, "acme2", "third", "four", VG_META_READY);
    rig_start(rig, 0);
    assert_int_equal(erase(rig, 0, "acme", id), VG_OK);
    rig_pass(rig, 5000);
    assert_receipt(rig, id,
                   RECEIPT("acme", ALL,
                           "{\"backend\":\"another\",\"collections\":2},"
                           "{\"backend\":\"third\",\"collections\":1}"));
    assert_int_equal(toy_rows_of(rig->toy, "acme"), 3);
}

static void a_tenant_that_nobody_knows_is_erased(void **state)
{
    struct rig *rig = *state;
    char id[VG_JOB_ID_CHARS + 1];

    rig_start(rig, 0);
    assert_int_equal(erase(rig, 0, "nobody \"\xc3\xa4\"", id), VG_OK);
    rig_pass(rig, 5000);
    assert_receipt(rig, id, RECEIPT("nobody \\\"\xc3\xa4\\\"", NOTHING, ""));
}

/* ---- its jobs ---- */

static const char *put_job(struct rig *rig, const char *tenant, vg_job_state job_state)
{
    return rig_put_job(rig, (vg_job){.kind = VG_LIT("index"),
                                     .tenant = vg_slice_str(tenant),
                                     .collection = VG_LIT("a"),
                                     .state = job_state,
                                     .next_ms = 1700000000000 + DAY_MS});
}

static void its_jobs_end_and_are_forgotten(void **state)
{
    struct rig *rig = *state;
    char id[VG_JOB_ID_CHARS + 1], others[3][VG_JOB_ID_CHARS + 1];

    rig_keep_id(others[0], put_job(rig, "acme2", VG_JOB_WAITING));
    put_job(rig, "acme", VG_JOB_WAITING);
    rig_keep_id(others[1], put_job(rig, "default", VG_JOB_WAITING));
    put_job(rig, "acme", VG_JOB_DONE);
    put_job(rig, "acme", VG_JOB_FAILED);
    rig_keep_id(others[2], put_job(rig, "acme2", VG_JOB_DONE));
    rig_start(rig, 0);
    assert_int_equal(erase(rig, 0, "acme", id), VG_OK);
    rig_pass(rig, 5000);
    assert_receipt(
        rig, id,
        RECEIPT("acme", "\"collections\":0,\"points\":0,\"aliases\":0,\"jobs\":3,\"rows\":4", ""));
    assert_int_equal(rig_jobs(rig), 4);
    assert_string_equal(rig_state(rig, others[0]), "waiting");
    assert_string_equal(rig_state(rig, others[1]), "waiting");
    assert_string_equal(rig_state(rig, others[2]), "done");
    assert_string_equal(rig->told, "cancel_job acme;"); /* the one that had not ended */
}

/* The other gateway's hands are off before anything is deleted. */
static void a_job_that_is_worked_on_ends_first(void **state)
{
    struct rig *rig = *state;
    char id[VG_JOB_ID_CHARS + 1], other[VG_JOB_ID_CHARS + 1];

    *toy_make_builder(rig->toy) =
        (toy_build){.state = VG_BUILD_NEEDED, .goes_on = true, .total = 1000};
    furnish(rig, "acme", 4);
    for (int i = 0; i < 70; i++) /* more than one page of them before it */
        put_job(rig, "acme", VG_JOB_DONE);
    rig_start(rig, 0);
    rig_keep_id(other, rig_put_job(rig, (vg_job){.kind = VG_LIT("index"),
                                                 .tenant = VG_LIT("acme"),
                                                 .collection = VG_LIT("a")}));
    toy_script(rig->toy, (toy_rule){VG_OP_BUILD_INDEX, 1, 1, TOY_HOLD_BEFORE, VG_OK});
    vg_jobs_poke(rig->gates[0].jobs);
    rig_pass(rig, 1000);
    assert_string_equal(rig_state(rig, other), "running");
    rig_start(rig, 1);
    assert_int_equal(erase(rig, 1, "acme", id), VG_OK);
    rig_pass(rig, 2000);
    assert_int_equal(toy_objects_of(rig->toy, "acme"), 3);
    rig_pass(rig, 60000);
    assert_string_equal(rig_state(rig, other), "none");
    assert_int_equal(toy_objects_of(rig->toy, "acme"), 0);
    assert_receipt(rig, id,
                   RECEIPT("acme",
                           "\"collections\":3,\"points\":6,\"aliases\":2,\"jobs\":71,\"rows\":76",
                           ""));
}

/* ---- meanwhile ---- */

static void nothing_is_made_meanwhile(void **state)
{
    struct rig *rig = *state;
    char id[VG_JOB_ID_CHARS + 1];
    toy_world *world;
    vg_code code;

    furnish(rig, "acme", 4);
    rig_start(rig, 0);
    rig_start(rig, 1);
    toy_script(rig->toy, (toy_rule){VG_OP_DROP_COLLECTION, 2, 1, TOY_HOLD_BEFORE, VG_OK});
    assert_int_equal(erase(rig, 0, "acme", id), VG_OK);
    rig_pass(rig, 1000);
    for (int gate = 0; gate < GATES; gate++) {
        world = rig->gates[gate].world;
        toy_as(world, "acme");
        assert_int_equal(toy_create(world, "new", 4), VG_CONFLICT);
        assert_int_equal(toy_change_aliases(world, "z=a"), VG_CONFLICT);
        assert_int_equal(toy_change_aliases(world, "!x"), VG_OK);
        toy_as(world, "acme2");
        assert_int_equal(toy_create(world, gate ? "new" : "new2", 4), VG_OK);
    }
    assert_null(toy_row_of(rig->toy, "acme", "new"));
    toy_unscript(rig->toy);
    toy_release(rig->toy);
    rig_pass(rig, 1000);
    assert_receipt(rig, id, RECEIPT("acme", ALL, ""));
    for (int gate = 0; gate < GATES; gate++) {
        world = rig->gates[gate].world;
        toy_as(world, "acme");
        assert_int_equal(toy_find(world, "a", &code), 0);
        assert_string_equal(toy_aliases(world, NULL), "");
    }
    assert_int_equal(toy_create(world, "new", 4), VG_OK);
    assert_int_equal(toy_change_aliases(world, "x=new"), VG_OK);
    assert_string_equal(toy_aliases(world, NULL), "x=new");
}

/* What is to be adopted is served while it is there, and not kept. */
static void what_is_adopted_meanwhile_is_not_kept(void **state)
{
    struct rig *rig = *state;
    char id[VG_JOB_ID_CHARS + 1];
    vg_code code;

    toy_set_collection(rig->toy, "old", 6);
    toy_set_collection(rig->toy, "other", 6);
    rig_start(rig, 0);
    toy_script(rig->toy, (toy_rule){VG_OP_DROP_COLLECTION, 0, 1, TOY_HOLD_BEFORE, VG_OK});
    assert_int_equal(erase(rig, 0, "default", id), VG_OK);
    rig_pass(rig, 1000);
    assert_int_equal(toy_find(rig->gates[0].world, "other", &code), 6);
    assert_null(toy_row(rig->toy, "other"));
    assert_int_equal(toy_patch(rig->gates[0].world, "other", "{\"settings\":{\"s\":1}}"),
                     VG_CONFLICT);
    toy_unscript(rig->toy);
    toy_release(rig->toy);
    rig_pass(rig, 1000);
    assert_int_equal(toy_objects_of(rig->toy, "default"), 0);
    assert_string_equal(rig_state(rig, id), "done");
}

/* At its next look at jobs, so that nothing is written any more where nothing is to be. */
static void what_another_gateway_knew_is_forgotten(void **state)
{
    struct rig *rig = *state;
    char id[VG_JOB_ID_CHARS + 1];
    vg_code code;

    furnish(rig, "acme", 4);
    furnish(rig, "acme2", 4);
    rig_start(rig, 0);
    rig_start(rig, 1);
    toy_as(rig->gates[1].world, "acme");
    assert_int_equal(toy_find(rig->gates[1].world, "a", &code), 4);
    assert_int_equal(erase(rig, 0, "acme", id), VG_OK);
    rig_pass(rig, 12 * 1000);
    assert_string_equal(rig_state(rig, id), "done");
    assert_int_equal(toy_find(rig->gates[1].world, "a", &code), 0);
    toy_as(rig->gates[1].world, "acme2");
    assert_int_equal(toy_find(rig->gates[1].world, "a", &code), 4);
}

/* As long as something is found, it is looked once more. */
static void what_appears_in_between_goes_too(void **state)
{
    struct rig *rig = *state;
    char id[VG_JOB_ID_CHARS + 1];

    furnish(rig, "acme", 4);
    rig_start(rig, 0);
    toy_script(rig->toy, (toy_rule){VG_OP_DROP_TENANT, 0, 1, TOY_HOLD_AFTER, VG_OK});
    assert_int_equal(erase(rig, 0, "acme", id), VG_OK);
    rig_pass(rig, 1000);
    set_row(rig, "acme", "toy", "late", VG_META_READY);
    toy_unscript(rig->toy);
    toy_release(rig->toy);
    rig_pass(rig, 1000);
    assert_string_equal(rig_state(rig, id), "done");
    assert_int_equal(toy_rows_of(rig->toy, "acme"), 0);
}

/* Another gateway may be making it still; this one waits for that. */
static void a_creation_under_way_elsewhere_is_waited_for(void **state)
{
    struct rig *rig = *state;
    char id[VG_JOB_ID_CHARS + 1];
    toy_ask *ask;

    rig_start(rig, 0);
    rig_start(rig, 1);
    toy_as(rig->gates[1].world, "acme");
    toy_script(rig->toy, (toy_rule){VG_OP_CREATE_COLLECTION, 0, 1, TOY_HOLD_BEFORE, VG_OK});
    ask = toy_begin_create(rig->gates[1].world, "late", 4);
    toy_settle(rig->gates[1].world);
    assert_int_equal(erase(rig, 0, "acme", id), VG_OK);
    rig_pass(rig, 3000);
    assert_non_null(toy_row_of(rig->toy, "acme", "late"));
    toy_unscript(rig->toy);
    toy_release(rig->toy);
    toy_settle(rig->gates[1].world);
    assert_int_equal(toy_end(ask), VG_OK);
    rig_pass(rig, 5000);
    assert_receipt(
        rig, id,
        RECEIPT("acme", "\"collections\":1,\"points\":0,\"aliases\":0,\"jobs\":0,\"rows\":2", ""));
    assert_int_equal(toy_objects_of(rig->toy, "acme"), 0);
}

/* One that another worker began when all was marked already, and is about to take back. */
static void a_creation_that_is_taken_back_is_no_failure(void **state)
{
    struct rig *rig = *state;
    char id[VG_JOB_ID_CHARS + 1];

    furnish(rig, NULL, 4);
    rig_start(rig, 0);
    toy_script(rig->toy, (toy_rule){VG_OP_META_DELETE, 1, 1, TOY_HOLD_AFTER, VG_OK});
    assert_int_equal(erase(rig, 0, "default", id), VG_OK);
    rig_pass(rig, 1000);
    assert_null(toy_row(rig->toy, "a"));
    set_row(rig, "default", "toy", "a", VG_META_CREATING);
    toy_unscript(rig->toy);
    toy_release(rig->toy);
    rig_pass(rig, 100);
    toy_remove_row(rig->toy, "a");
    rig_pass(rig, 5000);
    assert_receipt(rig, id, RECEIPT("default", ALL, ""));
    assert_int_equal(rig_job(rig, id)->attempts, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RIG(all_of_the_tenant_goes_and_nothing_else),
        WITH_RIG(what_the_backend_has_without_a_row_goes_too),
        WITH_RIG(a_backend_without_steps_for_tenants_will_do),
        WITH_RIG(where_objects_are_placed_its_own_go),
        WITH_RIG(what_other_backends_keep_is_told),
        WITH_RIG(a_tenant_that_nobody_knows_is_erased),
        WITH_RIG(its_jobs_end_and_are_forgotten),
        WITH_RIG(a_job_that_is_worked_on_ends_first),
        WITH_RIG(nothing_is_made_meanwhile),
        WITH_RIG(what_is_adopted_meanwhile_is_not_kept),
        WITH_RIG(what_another_gateway_knew_is_forgotten),
        WITH_RIG(what_appears_in_between_goes_too),
        WITH_RIG(a_creation_under_way_elsewhere_is_waited_for),
        WITH_RIG(a_creation_that_is_taken_back_is_no_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
