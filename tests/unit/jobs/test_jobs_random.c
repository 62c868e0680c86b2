/* Two gateways on one pair of stores, at random: collections of two tenants are made, changed and
 * dropped, one of them is erased now and then, jobs are cancelled, exchanges fail, gateways are
 * killed, stand still, end and begin. At every moment a job has at most one gateway that works on
 * it; in the end every job has ended, every collection is whole or gone, and each that is there has
 * its index. */
#include <stdio.h>

#include "tests/support/chance.h"
#include "tests/unit/jobs/rig.h"

enum { ROUNDS = 25, STEPS = 250 };

static const char *const names[] = {"a", "b", "c"};

/* The sole tenant, as far as it knows, and another one. */
static const char *const tenants[] = {NULL, "acme"};

static const char *any_name(void)
{
    return names[chance_below(3)];
}

/* Alive: it can be asked something. -1: none is. */
static int any_gate(const struct rig *rig)
{
    int gate = (int)chance_below(GATES);

    for (int i = 0; i < GATES; i++, gate = (gate + 1) % GATES)
        if (rig->gates[gate].world && !rig->gates[gate].stands_still)
            return gate;
    return -1;
}

static void check_workers(const struct rig *rig)
{
    const char *id;

    for (int i = 0; i < GATES; i++)
        for (unsigned n = 0; rig->gates[i].world && (id = rig_at_work(rig, i, n)) != NULL; n++)
            if (rig_workers(rig, id) > 1)
                fail_msg("%s: two gateways are at work on it", id);
}

static void erase(toy_world *world)
{
    toy_ask *ask = toy_make_ask(world, VG_OP_ERASE_TENANT, NULL);

    ask->op.in.erase.tenant = VG_LIT("acme");
    ask->op.in.erase.any_tenant = true;
    toy_start(ask);
    toy_settle(world);
    if (ask->done)
        toy_end(ask);
    else
        fail_msg("nobody answers");
}

static void ask(struct rig *rig)
{
    int gate = any_gate(rig);
    bool did;

    if (gate < 0)
        return;
    toy_as(rig->gates[gate].world, tenants[chance_below(2)]);
    if (chance_below(30) == 0) {
        erase(rig->gates[gate].world);
        return;
    }
    switch (chance_below(4)) {
    case 0:
        toy_create(rig->gates[gate].world, any_name(), 4);
        break;
    case 1:
        toy_drop(rig->gates[gate].world, any_name(), &did);
        break;
    case 2:
        toy_patch(rig->gates[gate].world, any_name(), "{\"settings\":{\"s\":1}}");
        break;
    default:
        if (rig_last(rig))
            rig_cancel(rig, gate, rig_last(rig));
    }
}

static void trouble(struct rig *rig)
{
    static const toy_fate fates[] = {TOY_FAULT_BEFORE, TOY_FAULT_AFTER, TOY_REFUSE};
    toy_rule rule = {TOY_ANY, (unsigned)chance_below(10), 1 + (unsigned)chance_below(4),
                     fates[chance_below(3)], VG_BACKEND_ERROR};

    toy_unscript(rig->toy);
    toy_script(rig->toy, rule);
}

static void change_gate(struct rig *rig)
{
    int gate = (int)chance_below(GATES);
    const struct gate *g = &rig->gates[gate];

    if (!g->world)
        rig_start(rig, gate);
    else if (g->stands_still)
        rig_thaw(rig, gate);
    else if (chance_below(3) == 0)
        rig_stop(rig, gate);
    else
        rig_kill(rig, gate);
}

static void step(struct rig *rig)
{
    switch (chance_below(10)) {
    case 0:
        change_gate(rig);
        break;
    case 1:
        trouble(rig);
        break;
    case 2:
        toy_make_builder(rig->toy)->state = VG_BUILD_NEEDED;
        break;
    case 3:
    case 4:
        ask(rig);
        break;
    default:
        rig_pass(rig, 100 + chance_below(8000));
    }
    check_workers(rig);
}

/* Everybody lives, nothing fails: then all comes right. */
static void settle(struct rig *rig)
{
    toy_unscript(rig->toy);
    for (int i = 0; i < GATES; i++) {
        if (!rig->gates[i].world)
            rig_start(rig, i);
        else if (rig->gates[i].stands_still)
            rig_thaw(rig, i);
    }
    rig_pass(rig, 1500 * 1000); /* also for what never came */
    rig_stop(rig, 0);
    rig_start(rig, 0); /* finds what nobody was told of */
    rig_pass(rig, 1500 * 1000);
}

static void check_end(struct rig *rig)
{
    toy_ask *list;

    toy_as(rig->gates[0].world, NULL);
    list = toy_make_ask(rig->gates[0].world, VG_OP_LIST_JOBS, NULL);
    list->op.in.jobs.limit = 1000;
    list->op.in.jobs.any_tenant = true;
    toy_start(list);
    toy_settle(rig->gates[0].world);
    for (uint32_t i = 0; i < list->op.out.jobs.count; i++) {
        const vg_job *job = &list->op.out.jobs.at[i];

        if (!vg_job_is_finished(job))
            fail_msg(VG_FMT " of " VG_FMT " is %s: " VG_FMT, VG_ARG(job->kind),
                     VG_ARG(job->collection), vg_job_state_word(job->state), VG_ARG(job->error));
    }
    assert_int_equal(toy_end(list), VG_OK);
    for (int i = 0; i < 6; i++) {
        const vg_meta_row *row = toy_row_of(rig->toy, i < 3 ? "default" : "acme", names[i % 3]);

        if (row)
            assert_int_equal(row->state, VG_META_READY);
    }
    assert_null(toy_row_of(rig->toy, "acme", "/erasing"));
}

static void whatever_happens_jobs_end(void **state)
{
    (void)state;
    chance_begin("whatever_happens_jobs_end");
    for (int round = 0; round < ROUNDS; round++) {
        void *made;
        struct rig *rig;

        rig_set_up(&made);
        rig = made;
        *toy_make_builder(rig->toy) =
            (toy_build){.state = VG_BUILD_NEEDED, .goes_on = chance_below(2) == 0, .total = 5};
        if (chance_below(2) == 0)
            toy_vectors_adapter(rig->toy)->can.supports_adoption = false;
        rig_start(rig, 0);
        rig_start(rig, 1);
        for (int i = 0; i < STEPS; i++)
            step(rig);
        settle(rig);
        check_end(rig);
        rig_tear_down(&made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_happens_jobs_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
