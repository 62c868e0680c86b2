/* Leases: taken, renewed, lost, expired; two gateways on one store, of which each may stand still
 * at any moment. */
#include "tests/unit/jobs/rig.h"

/* A collection whose index is to be built, and the job for it. Answers the job's id. */
static const char *leave_index(struct rig *rig, toy_build **build)
{
    rig_create(rig, "a");
    *build = toy_make_builder(rig->toy);
    (*build)->state = VG_BUILD_NEEDED;
    (*build)->total = 10;
    return rig_put(rig, &vg_job_index, "a");
}

/* Builds are begun, and last until they are released. */
static void hold_builds(struct rig *rig)
{
    toy_script(rig->toy, (toy_rule){VG_OP_BUILD_INDEX, 1, 1, TOY_HOLD_AFTER, VG_OK});
}

static void a_job_is_taken_and_done(void **state)
{
    struct rig *rig = *state;
    toy_build *build;
    const char *id = leave_index(rig, &build);

    rig_start(rig, 0);
    rig_pass(rig, 1000);
    assert_string_equal(rig_state(rig, id), "done");
    assert_int_equal(build->builds, 1);
    assert_int_equal(rig_job(rig, id)->total, 10);
    assert_int_equal(rig_job(rig, id)->holder.len, 0);
}

static void two_gateways_do_it_once(void **state)
{
    struct rig *rig = *state;
    toy_build *build;
    const char *id = leave_index(rig, &build);

    rig_start(rig, 0);
    rig_start(rig, 1);
    rig_pass(rig, 1000);
    assert_string_equal(rig_state(rig, id), "done");
    assert_int_equal(build->builds, 1);
}

static void a_long_one_keeps_its_lease(void **state)
{
    struct rig *rig = *state;
    toy_build *build;
    const char *id = leave_index(rig, &build);

    hold_builds(rig);
    rig_start(rig, 0);
    rig_start(rig, 1);
    for (int i = 0; i < 100; i++) {
        rig_pass(rig, 3000); /* ten leases in all */
        assert_string_equal(rig_state(rig, id), "running");
        assert_int_equal(rig_workers(rig, id), 1);
        assert_true(rig_job(rig, id)->until_ms + VG_JOBS_SKEW_MS > 1700000000000 + rig->now_ms);
    }
    assert_int_equal(build->builds, 1);
    assert_true(build->looks > 20); /* with every beat */
    toy_release(rig->toy);
    rig_pass(rig, 1000);
    assert_string_equal(rig_state(rig, id), "done");
}

/* How far it is, is in the row while it lasts. */
static void progress_is_written_while_it_lasts(void **state)
{
    struct rig *rig = *state;
    toy_build *build;
    const char *id = leave_index(rig, &build);

    hold_builds(rig);
    rig_start(rig, 0);
    rig_pass(rig, 1000);
    build->done = 4;
    rig_pass(rig, 2 * LEASE_MS);
    assert_int_equal(rig_job(rig, id)->done, 4);
    assert_int_equal(rig_job(rig, id)->total, 10);
}

static void a_killed_gateways_lease_passes(void **state)
{
    struct rig *rig = *state;
    toy_build *build;
    const char *id = leave_index(rig, &build);

    hold_builds(rig);
    rig_start(rig, 0);
    rig_pass(rig, 1000);
    rig_kill(rig, 0);
    rig_start(rig, 1);
    rig_pass(rig, LEASE_MS - 2000);
    assert_string_equal(rig_state(rig, id), "running");
    assert_int_equal(rig_workers(rig, id), 0);
    build->state = VG_BUILD_NEEDED; /* its connection broke */
    rig_pass(rig, VG_JOBS_SKEW_MS + VG_JOBS_POLL_MS + 2000);
    assert_string_equal(rig_state(rig, id), "done");
    assert_int_equal(build->builds, 2);
}

/* What comes back after a long sleep must not write, nor go on. */
static void one_that_stood_still_notices(void **state)
{
    struct rig *rig = *state;
    toy_build *build;
    const char *id = leave_index(rig, &build);
    uint64_t version;

    hold_builds(rig);
    rig_start(rig, 0);
    rig_pass(rig, 1000);
    rig_kill(rig, 0);
    rig_start(rig, 1);
    build->state = VG_BUILD_NEEDED;
    rig_pass(rig, 2 * LEASE_MS);
    assert_string_equal(rig_state(rig, id), "done");
    version = rig_job(rig, id)->version;
    rig_thaw(rig, 0);
    rig_pass(rig, 1000);
    assert_int_equal(rig_workers(rig, id), 0);
    assert_int_equal(rig_job(rig, id)->version, version);
    assert_int_equal(toy_held(rig->toy), 0); /* its build was stopped */
}

/* … also while somebody else is at work on it. */
static void what_another_one_has_is_not_taken_back(void **state)
{
    struct rig *rig = *state;
    toy_build *build;
    const char *id = leave_index(rig, &build);

    hold_builds(rig);
    rig_start(rig, 0);
    rig_pass(rig, 1000);
    rig_kill(rig, 0);
    build->state = VG_BUILD_NEEDED;
    hold_builds(rig);
    rig_start(rig, 1);
    rig_pass(rig, 2 * LEASE_MS);
    assert_int_equal(toy_held(rig->toy), 2);
    rig_thaw(rig, 0);
    assert_false(vg_run_is_here(rig->gates[0].jobs, vg_slice_str(id)));
    for (int i = 0; i < 30; i++) {
        rig_pass(rig, 3000);
        assert_int_equal(rig_workers(rig, id), 1);
    }
    assert_true(vg_run_is_here(rig->gates[1].jobs, vg_slice_str(id)));
    assert_int_equal(toy_held(rig->toy), 1);
}

/* The cursor, too: a build that the backend goes on with by itself is not begun again. */
static void the_next_one_goes_on_from_the_row(void **state)
{
    struct rig *rig = *state;
    toy_build *build;
    const char *id = leave_index(rig, &build);

    build->goes_on = true;
    build->total = 1000000;
    rig_start(rig, 0);
    rig_pass(rig, 7000);
    rig_kill(rig, 0);
    rig_start(rig, 1);
    assert_string_equal(rig_state(rig, id), "waiting");
    build->total = build->done + 2;
    rig_pass(rig, 2 * LEASE_MS);
    assert_string_equal(rig_state(rig, id), "done");
    assert_int_equal(build->builds, 1);
    assert_string_equal(build->cursor, "c1");
}

/* Nobody else can have had it: no lease is waited for. */
static void on_a_store_of_ones_own_nobody_waits(void **state)
{
    struct rig *rig = *state;
    toy_build *build;
    const char *id = leave_index(rig, &build);

    toy_make_metadata_local(rig->toy);
    rig_put_job(rig, (vg_job){.id = vg_slice_str(id),
                              .kind = VG_LIT("index"),
                              .collection = VG_LIT("a"),
                              .state = VG_JOB_RUNNING,
                              .holder = VG_LIT("0123456789abcdef"),
                              .until_ms = 1700000000000 + 3600 * 1000});
    rig_start(rig, 0);
    rig_pass(rig, 500);
    assert_string_equal(rig_state(rig, id), "done");
}

/* Somebody else's lease of an hour, on a store of this group's own. */
static void put_held(struct rig *rig, const char *id)
{
    toy_make_metadata_local(rig->toy);
    rig_group(rig);
    rig_put_job(rig, (vg_job){.id = vg_slice_str(id),
                              .kind = VG_LIT("index"),
                              .collection = VG_LIT("a"),
                              .state = VG_JOB_RUNNING,
                              .holder = VG_LIT("0123456789abcdef"),
                              .until_ms = 1700000000000 + 3600 * 1000});
}

static void a_group_takes_what_an_earlier_one_held(void **state)
{
    struct rig *rig = *state;
    toy_build *build;
    const char *id = leave_index(rig, &build);

    put_held(rig, id);
    rig_start(rig, 0);
    rig_pass(rig, 500);
    assert_string_equal(rig_state(rig, id), "done");
}

static void and_leaves_alone_what_one_of_it_holds(void **state)
{
    struct rig *rig = *state;
    toy_build *build;
    const char *id = leave_index(rig, &build);

    put_held(rig, id);
    vg_crew_join(rig->crew, 1, VG_LIT("0123456789abcdef"));
    rig_start(rig, 0);
    rig_pass(rig, 600 * 1000);
    assert_string_equal(rig_state(rig, id), "running");
    vg_crew_bury(rig->crew, 1);
    rig_pass(rig, VG_JOBS_POLL_MS + 500);
    assert_string_equal(rig_state(rig, id), "done");
}

/* The supervisor buries it; the others need not wait until its lease is over. */
static void a_worker_takes_up_what_a_dead_one_was_at(void **state)
{
    struct rig *rig = *state;
    toy_build *build;
    const char *id = leave_index(rig, &build);

    toy_make_metadata_local(rig->toy);
    rig_group(rig);
    hold_builds(rig);
    rig_start(rig, 0);
    rig_start(rig, 1);
    rig_pass(rig, 1000);
    assert_int_equal(rig_workers(rig, id), 1);
    rig_kill(rig, rig_at_work(rig, 0, 0) ? 0 : 1);
    vg_crew_bury(rig->crew, rig->gates[0].stands_still ? 0 : 1);
    toy_unscript(rig->toy);
    rig_pass(rig, VG_JOBS_POLL_MS + 1000);
    assert_string_equal(rig_state(rig, id), "done");
}

/* With the metadata store away for longer than the lease, nobody knows who has it. */
static void one_that_cannot_renew_stops(void **state)
{
    struct rig *rig = *state;
    toy_build *build;
    const char *id = leave_index(rig, &build);

    hold_builds(rig);
    rig_start(rig, 0);
    rig_pass(rig, 1000);
    assert_int_equal(toy_held(rig->toy), 1);
    toy_script(rig->toy, (toy_rule){VG_OP_META_UPDATE, 0, TOY_FOREVER, TOY_FAULT_BEFORE, VG_OK});
    rig_pass(rig, LEASE_MS / 2);
    assert_int_equal(rig_workers(rig, id), 1);
    rig_pass(rig, LEASE_MS / 2 - 1000);
    assert_int_equal(rig_workers(rig, id), 0);
    assert_int_equal(toy_held(rig->toy), 0);
    toy_unscript(rig->toy);
    build->state = VG_BUILD_NEEDED;
    rig_pass(rig, LEASE_MS);
    assert_string_equal(rig_state(rig, id), "done");
}

/* A store that is away for a moment costs nothing. */
static void a_short_outage_is_survived(void **state)
{
    struct rig *rig = *state;
    toy_build *build;
    const char *id = leave_index(rig, &build);

    hold_builds(rig);
    rig_start(rig, 0);
    rig_pass(rig, 1000);
    toy_script(rig->toy, (toy_rule){VG_OP_META_UPDATE, 0, 1, TOY_FAULT_BEFORE, VG_OK});
    rig_pass(rig, LEASE_MS * 2);
    assert_int_equal(rig_workers(rig, id), 1);
    toy_release(rig->toy);
    rig_pass(rig, 1000);
    assert_string_equal(rig_state(rig, id), "done");
    assert_int_equal(build->builds, 1);
}

/* A renewal whose answer was lost is followed by another one, in time. */
static void a_lost_renewal_is_made_up_for(void **state)
{
    struct rig *rig = *state;
    toy_build *build;
    const char *id = leave_index(rig, &build);

    hold_builds(rig);
    rig_start(rig, 0);
    rig_pass(rig, 1000);
    for (int i = 0; i < 10; i++) {
        toy_script(rig->toy, (toy_rule){VG_OP_META_UPDATE, 0, 1, TOY_FAULT_AFTER, VG_OK});
        for (int k = 0; k < 10; k++) {
            rig_pass(rig, LEASE_MS / 10);
            assert_int_equal(rig_workers(rig, id), 1);
        }
        toy_unscript(rig->toy);
    }
    assert_int_equal(build->builds, 1);
}

/* The store did what it was asked, and the answer was lost: at whichever write. */
static void a_lost_answer_is_no_lost_lease(void **state)
{
    struct rig *rig = *state;

    for (unsigned at = 0; at < 4; at++) {
        toy_build *build;
        const char *id = leave_index(rig, &build);

        toy_script(rig->toy, (toy_rule){VG_OP_META_UPDATE, at, 1, TOY_FAULT_AFTER, VG_OK});
        rig_start(rig, 0);
        rig_pass(rig, 2 * LEASE_MS);
        assert_string_equal(rig_state(rig, id), "done");
        toy_unscript(rig->toy);
        rig_stop(rig, 0);
    }
}

static void at_the_end_it_is_let_go_of(void **state)
{
    struct rig *rig = *state;
    toy_build *build;
    const char *id = leave_index(rig, &build);

    hold_builds(rig);
    rig_start(rig, 0);
    rig_pass(rig, 1000);
    rig_stop(rig, 0);
    assert_string_equal(rig_state(rig, id), "waiting");
    assert_int_equal(rig_job(rig, id)->attempts, 0);
    assert_int_equal(rig_job(rig, id)->holder.len, 0);
    build->state = VG_BUILD_NEEDED;
    rig_start(rig, 1);
    rig_pass(rig, 500);
    assert_string_equal(rig_state(rig, id), "done");
}

/* Wherever it is when the end comes: nothing is under way afterwards, and the job is not lost. */
static void the_end_may_come_at_any_exchange(void **state)
{
    struct rig *rig = *state;

    for (unsigned at = 0; at < 14; at++) {
        toy_build *build;
        const char *id = leave_index(rig, &build);

        toy_script(rig->toy, (toy_rule){TOY_ANY, at, 1, TOY_HOLD_AFTER, VG_OK});
        rig_start(rig, 0);
        rig_pass(rig, 300);
        rig_stop(rig, 0);
        if (build->builds == 0)
            build->state = VG_BUILD_NEEDED;
        rig_start(rig, 1);
        rig_pass(rig, 2 * LEASE_MS);
        assert_string_equal(rig_state(rig, id), "done");
        rig_stop(rig, 1);
    }
}

/* Of several for one collection the oldest goes first, alone, also on two gateways. */
static void jobs_of_one_collection_run_one_by_one(void **state)
{
    struct rig *rig = *state;
    char ids[3][VG_JOB_ID_CHARS + 1];
    toy_build *build;

    rig_keep_id(ids[0], leave_index(rig, &build));
    rig_keep_id(ids[1], rig_put(rig, &vg_job_index, "a"));
    rig_keep_id(ids[2], rig_put(rig, &vg_job_index, "a"));
    hold_builds(rig);
    rig_start(rig, 0);
    rig_start(rig, 1);
    for (int i = 0; i < 60; i++) {
        rig_pass(rig, 1000);
        assert_string_equal(rig_state(rig, ids[0]), "running");
        assert_string_equal(rig_state(rig, ids[1]), "waiting");
        assert_string_equal(rig_state(rig, ids[2]), "waiting");
    }
    toy_release(rig->toy);
    rig_pass(rig, VG_JOBS_POLL_MS + 1000);
    for (int i = 0; i < 3; i++)
        assert_string_equal(rig_state(rig, ids[i]), "done");
    assert_int_equal(build->builds, 1);
}

/* By a gateway whose clock is behind: the younger one is at work already. */
static void an_older_one_that_comes_late_waits(void **state)
{
    static const char late[] = "000000000000000000000001";
    struct rig *rig = *state;
    toy_build *build;
    const char *id = leave_index(rig, &build);

    hold_builds(rig);
    rig_start(rig, 0);
    rig_pass(rig, 1000);
    rig_put_job(rig, (vg_job){.id = VG_LIT("000000000000000000000001"),
                              .kind = VG_LIT("index"),
                              .collection = VG_LIT("a")});
    rig_start(rig, 1);
    rig_pass(rig, LEASE_MS);
    assert_string_equal(rig_state(rig, late), "waiting");
    toy_release(rig->toy);
    rig_pass(rig, VG_JOBS_POLL_MS + 1000);
    assert_string_equal(rig_state(rig, id), "done");
    assert_string_equal(rig_state(rig, late), "done");
}

static void so_many_at_once_and_no_more(void **state)
{
    struct rig *rig = *state;
    char ids[5][VG_JOB_ID_CHARS + 1];
    const char *const names[] = {"a", "b", "c", "d", "e"};
    unsigned running = 0;

    toy_make_builder(rig->toy)->state = VG_BUILD_NEEDED;
    for (int i = 0; i < 5; i++) {
        rig_create(rig, names[i]);
        rig_keep_id(ids[i], rig_put(rig, &vg_job_index, names[i]));
    }
    toy_script(rig->toy, (toy_rule){VG_OP_BUILD_INDEX, 0, 5, TOY_HOLD_BEFORE, VG_OK});
    rig_start(rig, 0);
    rig_pass(rig, 5000);
    for (int i = 0; i < 5; i++)
        running += rig_job(rig, ids[i])->state == VG_JOB_RUNNING;
    assert_int_equal(running, RIG_MOST);
    toy_unscript(rig->toy);
    toy_release(rig->toy);
    rig_pass(rig, 5000);
    for (int i = 0; i < 5; i++)
        assert_string_equal(rig_state(rig, ids[i]), "done");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RIG(a_job_is_taken_and_done),
        WITH_RIG(two_gateways_do_it_once),
        WITH_RIG(a_long_one_keeps_its_lease),
        WITH_RIG(progress_is_written_while_it_lasts),
        WITH_RIG(a_killed_gateways_lease_passes),
        WITH_RIG(one_that_stood_still_notices),
        WITH_RIG(what_another_one_has_is_not_taken_back),
        WITH_RIG(the_next_one_goes_on_from_the_row),
        WITH_RIG(on_a_store_of_ones_own_nobody_waits),
        WITH_RIG(a_group_takes_what_an_earlier_one_held),
        WITH_RIG(and_leaves_alone_what_one_of_it_holds),
        WITH_RIG(a_worker_takes_up_what_a_dead_one_was_at),
        WITH_RIG(one_that_cannot_renew_stops),
        WITH_RIG(a_short_outage_is_survived),
        WITH_RIG(a_lost_renewal_is_made_up_for),
        WITH_RIG(a_lost_answer_is_no_lost_lease),
        WITH_RIG(at_the_end_it_is_let_go_of),
        WITH_RIG(the_end_may_come_at_any_exchange),
        WITH_RIG(jobs_of_one_collection_run_one_by_one),
        WITH_RIG(an_older_one_that_comes_late_waits),
        WITH_RIG(so_many_at_once_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
