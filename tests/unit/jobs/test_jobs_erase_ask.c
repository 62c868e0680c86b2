/* Whoever asks for the erasing of a tenant: which job is the answer, and who may. */
#include "tests/unit/jobs/erase_rig.h"

static void while_it_runs_the_answer_is_the_same_job(void **state)
{
    struct rig *rig = *state;
    char ids[3][VG_JOB_ID_CHARS + 1];
    toy_ask *first, *second;

    furnish(rig, "acme", 4);
    rig_start(rig, 0);
    toy_script(rig->toy, (toy_rule){VG_OP_DROP_COLLECTION, 0, 1, TOY_HOLD_BEFORE, VG_OK});
    first = begin_erase(rig, 0, "acme", true);
    second = begin_erase(rig, 0, "acme", true);
    toy_settle(rig->gates[0].world);
    assert_int_equal(end_erase(first, ids[0]), VG_OK);
    assert_int_equal(end_erase(second, ids[1]), VG_OK);
    rig_pass(rig, 1000);
    assert_int_equal(erase(rig, 0, "acme", ids[2]), VG_OK);
    assert_string_equal(ids[0], ids[1]);
    assert_string_equal(ids[0], ids[2]);
    toy_unscript(rig->toy);
    toy_release(rig->toy);
    rig_pass(rig, 1000);
    assert_receipt(rig, ids[0], RECEIPT("acme", ALL, ""));
    assert_int_equal(erase(rig, 0, "acme", ids[1]), VG_OK);
    assert_string_not_equal(ids[0], ids[1]); /* that one has ended */
    rig_pass(rig, 1000);
    assert_receipt(
        rig, ids[1],
        RECEIPT("acme", "\"collections\":0,\"points\":0,\"aliases\":0,\"jobs\":1,\"rows\":2", ""));
}

static void settle_both(struct rig *rig)
{
    for (int round = 0; round < 20; round++) {
        rig_pass(rig, 100);
        for (int gate = 0; gate < GATES; gate++)
            toy_settle(rig->gates[gate].world);
    }
}

/* Of two workers neither makes one that the other is about to make, however far that one is. */
static void two_workers_make_one_job(void **state)
{
    struct rig *rig = *state;

    rig_group(rig);
    rig_start(rig, 0);
    rig_start(rig, 1);
    for (unsigned at = 0; at < 4; at++) {
        char ids[GATES][VG_JOB_ID_CHARS + 1];
        toy_ask *asks[GATES];

        toy_script(rig->toy, (toy_rule){at < 2 ? VG_OP_META_LIST : VG_OP_META_CREATE, 0, 1,
                                        at % 2 ? TOY_HOLD_AFTER : TOY_HOLD_BEFORE, VG_OK});
        for (int gate = 0; gate < GATES; gate++) {
            asks[gate] = begin_erase(rig, gate, "acme", true);
            toy_settle(rig->gates[gate].world);
        }
        toy_unscript(rig->toy);
        toy_script(rig->toy, (toy_rule){VG_OP_DROP_TENANT, 0, 1, TOY_HOLD_BEFORE, VG_OK});
        toy_release(rig->toy);
        settle_both(rig);
        for (int gate = 0; gate < GATES; gate++)
            assert_int_equal(end_erase(asks[gate], ids[gate]), VG_OK);
        assert_string_equal(ids[0], ids[1]);
        toy_unscript(rig->toy);
        toy_release(rig->toy);
        rig_pass(rig, 20 * 1000);
        assert_string_equal(rig_state(rig, ids[0]), "done");
    }
}

/* Who died while making one holds up nobody. */
static void a_worker_that_died_meanwhile_holds_up_nobody(void **state)
{
    struct rig *rig = *state;
    char id[VG_JOB_ID_CHARS + 1];
    toy_ask *dead, *asked;

    rig_group(rig);
    rig_start(rig, 0);
    rig_start(rig, 1);
    toy_script(rig->toy, (toy_rule){VG_OP_META_CREATE, 0, 1, TOY_HOLD_BEFORE, VG_OK});
    dead = begin_erase(rig, 0, "acme", true);
    toy_settle(rig->gates[0].world);
    toy_unscript(rig->toy);
    asked = begin_erase(rig, 1, "acme", true);
    settle_both(rig);
    assert_int_equal(asked->done, 0);
    vg_holds_bury(rig->holds, 0);
    settle_both(rig);
    assert_int_equal(end_erase(asked, id), VG_OK);
    toy_release(rig->toy);
    settle_both(rig);
    end_erase(dead, id);
}

static void nobody_erases_another(void **state)
{
    static const char *const nonsense[] = {"", "/jobs", "a\nb", "\xff"};
    struct rig *rig = *state;
    char id[VG_JOB_ID_CHARS + 1];
    toy_ask *ask;

    furnish(rig, "acme", 4);
    rig_start(rig, 0);
    toy_as(rig->gates[0].world, "acme2");
    ask = begin_erase(rig, 0, "acme", false);
    toy_settle(rig->gates[0].world);
    assert_int_equal(end_erase(ask, id), VG_FORBIDDEN);
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++)
        assert_int_equal(erase(rig, 0, nonsense[i], id), VG_RANGE_PATH);
    assert_int_equal(rig_jobs(rig), 0);
    toy_as(rig->gates[0].world, "acme");
    ask = begin_erase(rig, 0, "acme", false);
    toy_settle(rig->gates[0].world);
    assert_int_equal(end_erase(ask, id), VG_OK);
}

/* Its tenant and whoever may choose tenants; nobody cancels it. */
static void a_job_is_shown_to_whose_it_is(void **state)
{
    struct rig *rig = *state;
    char id[VG_JOB_ID_CHARS + 1];
    toy_ask *ask;

    rig_start(rig, 0);
    toy_script(rig->toy, (toy_rule){VG_OP_DROP_TENANT, 0, 1, TOY_HOLD_BEFORE, VG_OK});
    assert_int_equal(erase(rig, 0, "acme", id), VG_OK);
    rig_pass(rig, 1000);
    toy_as(rig->gates[0].world, "acme2");
    assert_int_equal(toy_end(rig_ask(rig, 0, VG_OP_GET_JOB, id)), VG_NOT_FOUND);
    assert_int_equal(rig_cancel(rig, 0, id), VG_NOT_FOUND);
    ask = rig_ask(rig, 0, VG_OP_LIST_JOBS, NULL);
    assert_int_equal(ask->op.out.jobs.count, 0);
    toy_end(ask);
    ask = toy_make_ask(rig->gates[0].world, VG_OP_GET_JOB, NULL);
    ask->op.in.jobs.id = vg_slice_str(id);
    ask->op.in.jobs.any_tenant = true;
    toy_start(ask);
    toy_settle(rig->gates[0].world);
    assert_int_equal(toy_end(ask), VG_OK);
    toy_as(rig->gates[0].world, "acme");
    assert_int_equal(toy_end(rig_ask(rig, 0, VG_OP_GET_JOB, id)), VG_OK);
    assert_int_equal(rig_cancel(rig, 0, id), VG_CONFLICT);
    assert_string_equal(rig_state(rig, id), "running");
    ask = rig_ask(rig, 0, VG_OP_LIST_JOBS, NULL);
    assert_int_equal(ask->op.out.jobs.count, 1);
    toy_end(ask);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RIG(while_it_runs_the_answer_is_the_same_job),
        WITH_RIG(two_workers_make_one_job),
        WITH_RIG(a_worker_that_died_meanwhile_holds_up_nobody),
        WITH_RIG(nobody_erases_another),
        WITH_RIG(a_job_is_shown_to_whose_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
