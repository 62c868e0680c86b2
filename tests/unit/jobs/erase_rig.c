/* See erase_rig.h. */
#include "tests/unit/jobs/erase_rig.h"

#include <stdio.h>

/* ---- what there is ---- */

static void write_points(toy_world *world, const char *name, unsigned count)
{
    for (uint64_t id = 1; id <= count; id++) {
        const vg_point point = {.id = {.kind = VG_ID_NUM, .num = id}};
        const vg_update update = {.kind = VG_OP_UPSERT, .points = &point, .point_count = 1};
        toy_ask *ask = toy_make_ask(world, VG_OP_UPSERT, name);

        ask->op.in.update.at = &update;
        toy_start(ask);
        toy_settle(world);
        assert_int_equal(toy_end(ask), VG_OK);
    }
}

void furnish(struct rig *rig, const char *who, uint32_t size)
{
    static const char *const names[] = {"a", "b", "c"};
    toy_world *world = toy_world_new(rig->toy);

    toy_as(world, who);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(toy_create(world, names[i], size), VG_OK);
        write_points(world, names[i], 3 - i);
    }
    assert_int_equal(toy_change_aliases(world, "x=a y=b"), VG_OK);
    toy_world_free(world);
}

const char *names_of(struct rig *rig, const char *who)
{
    toy_world *world = toy_world_new(rig->toy);
    const char *names;

    toy_as(world, who);
    names = toy_list(world);
    toy_world_free(world);
    return names;
}

/* ---- asking for it ---- */

toy_ask *begin_erase(struct rig *rig, int gate, const char *tenant, bool any_tenant)
{
    toy_ask *ask = toy_make_ask(rig->gates[gate].world, VG_OP_ERASE_TENANT, NULL);

    ask->op.in.erase.tenant = vg_arena_copy(ask->op.arena, vg_slice_str(tenant));
    ask->op.in.erase.any_tenant = any_tenant;
    toy_start(ask);
    return ask;
}

vg_code end_erase(toy_ask *ask, char id[VG_JOB_ID_CHARS + 1])
{
    if (toy_code(ask) == VG_OK)
        snprintf(id, VG_JOB_ID_CHARS + 1, VG_FMT, VG_ARG(ask->op.out.jobs.at->id));
    return toy_end(ask);
}

vg_code erase(struct rig *rig, int gate, const char *tenant, char id[VG_JOB_ID_CHARS + 1])
{
    toy_ask *ask = begin_erase(rig, gate, tenant, true);

    toy_settle(rig->gates[gate].world);
    return end_erase(ask, id);
}

void assert_receipt(struct rig *rig, const char *id, const char *receipt)
{
    const vg_job *job = rig_job(rig, id);

    assert_non_null(job);
    if (job->state != VG_JOB_DONE || !vg_slice_is_str(job->receipt, receipt))
        fail_msg("%s " VG_FMT " " VG_FMT, vg_job_state_word(job->state), VG_ARG(job->receipt),
                 VG_ARG(job->error));
}
