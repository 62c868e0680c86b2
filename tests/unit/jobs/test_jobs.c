/* When jobs run: their time, their attempts, what is kept of them, and rows that make no sense. */
#include <stdio.h>

#include "tests/unit/jobs/rig.h"

static const uint64_t wall_ms = 1700000000000;

static toy_build *make_builder(struct rig *rig)
{
    toy_build *build = toy_make_builder(rig->toy);

    rig_create(rig, "a");
    build->state = VG_BUILD_NEEDED;
    return build;
}

/* The backend answers so, so many times. */
static void fail_builds(struct rig *rig, unsigned times, vg_code code)
{
    toy_script(rig->toy, (toy_rule){VG_OP_BUILD_INDEX, 0, times, TOY_REFUSE, code});
}

/* ---- attempts ---- */

static void attempts_are_further_and_further_apart(void **state)
{
    static const uint64_t waits_ms[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
    struct rig *rig = *state;
    const char *id;

    make_builder(rig);
    id = rig_put(rig, &vg_job_index, "a");
    fail_builds(rig, TOY_FOREVER, VG_BACKEND_ERROR);
    rig_start(rig, 0);
    for (unsigned i = 0; i < 8; i++) {
        const vg_job *job = rig_job(rig, id);

        assert_int_equal(job->state, VG_JOB_WAITING);
        assert_int_equal(job->attempts, i + 1);
        assert_int_equal(job->next_ms - job->updated_ms, waits_ms[i]);
        assert_true(vg_slice_starts(job->error, VG_LIT("backend_error: ")));
        rig_pass(rig, job->next_ms - wall_ms - rig->now_ms - 200);
        assert_int_equal(rig_job(rig, id)->attempts, i + 1);
        rig_pass(rig, 400);
    }
}

static void so_many_fail_it(void **state)
{
    struct rig *rig = *state;
    const char *id;

    make_builder(rig);
    id = rig_put(rig, &vg_job_index, "a");
    fail_builds(rig, TOY_FOREVER, VG_BACKEND_ERROR);
    rig_start(rig, 0);
    rig_pass(rig, 600 * 1000);
    assert_string_equal(rig_state(rig, id), "failed");
    assert_int_equal(rig_job(rig, id)->attempts, vg_job_index.most_attempts);
    assert_true(rig_job(rig, id)->error.len > 0);
    assert_int_equal(rig_metric(rig, 0, VG_M_job_failures_total, (vg_cell){.job = VG_JOB_INDEX}),
                     vg_job_index.most_attempts);
    assert_int_equal(
        rig_metric(rig, 0, VG_M_jobs, (vg_cell){.job = VG_JOB_INDEX, .state = VG_JOB_FAILED}), 1);
}

static void a_backend_that_is_down_is_no_attempt(void **state)
{
    static const vg_code codes[] = {VG_UNAVAILABLE, VG_THROTTLED, VG_OVERLOADED, VG_DEADLINE};
    struct rig *rig = *state;
    const char *id;

    make_builder(rig);
    id = rig_put(rig, &vg_job_index, "a");
    for (int i = 0; i < 4; i++)
        fail_builds(rig, 5, codes[i]);
    rig_start(rig, 0);
    rig_pass(rig, 900 * 1000);
    assert_string_equal(rig_state(rig, id), "waiting");
    assert_int_equal(rig_job(rig, id)->attempts, 0);
    rig_pass(rig, 600 * 1000);
    assert_string_equal(rig_state(rig, id), "done");
    assert_int_equal(rig_job(rig, id)->error.len, 0);
}

static void what_can_never_work_fails_at_once(void **state)
{
    struct rig *rig = *state;
    const char *id;

    make_builder(rig);
    id = rig_put(rig, &vg_job_index, "a");
    fail_builds(rig, 1, VG_UNSUPPORTED);
    rig_start(rig, 0);
    rig_pass(rig, 500);
    assert_string_equal(rig_state(rig, id), "failed");
    assert_true(vg_slice_starts(rig_job(rig, id)->error, VG_LIT("unsupported: ")));
}

/* ---- times ---- */

static void nothing_runs_before_its_time(void **state)
{
    struct rig *rig = *state;
    const char *id;

    make_builder(rig);
    id = rig_put_job(
        rig,
        (vg_job){.kind = VG_LIT("index"), .collection = VG_LIT("a"), .next_ms = wall_ms + 60000});
    rig_start(rig, 0);
    rig_pass(rig, 59000);
    assert_string_equal(rig_state(rig, id), "waiting");
    rig_pass(rig, 2000);
    assert_string_equal(rig_state(rig, id), "done");
}

/* What others write into a store that is shared is seen, without anybody being told. */
static void a_shared_store_is_looked_at(void **state)
{
    struct rig *rig = *state;
    const char *id;

    make_builder(rig);
    rig_start(rig, 0);
    rig_pass(rig, 1000);
    id = rig_put(rig, &vg_job_index, "a");
    rig_pass(rig, VG_JOBS_POLL_MS + 500);
    assert_string_equal(rig_state(rig, id), "done");
}

/* On a store of its own it does nothing when there is nothing to do. */
static void an_idle_gateway_is_idle(void **state)
{
    struct rig *rig = *state;

    make_builder(rig);
    toy_make_metadata_local(rig->toy);
    rig_start(rig, 0);
    rig_pass(rig, 1000);
    toy_log(rig->toy);
    rig_pass(rig, 3600 * 1000);
    assert_string_equal(toy_log(rig->toy), "");
}

/* ---- what is kept ---- */

static void put_finished(struct rig *rig, unsigned count, uint64_t updated_ms)
{
    for (unsigned i = 0; i < count; i++)
        rig_put_job(rig, (vg_job){.kind = VG_LIT("index"),
                                  .collection = VG_LIT("a"),
                                  .state = i % 3 == 0   ? VG_JOB_DONE
                                           : i % 3 == 1 ? VG_JOB_FAILED
                                                        : VG_JOB_CANCELLED,
                                  .created_ms = 1,
                                  .updated_ms = updated_ms});
}

static void what_ended_long_ago_goes(void **state)
{
    struct rig *rig = *state;

    put_finished(rig, 3, wall_ms - KEEP_MS + 10000);
    rig_start(rig, 0);
    rig_pass(rig, 9000);
    assert_int_equal(rig_jobs(rig), 3);
    rig_pass(rig, VG_JOBS_POLL_MS + 2000);
    assert_int_equal(rig_jobs(rig), 0);
}

static void only_the_newest_are_kept(void **state)
{
    struct rig *rig = *state;
    char last[VG_JOB_ID_CHARS + 1];

    put_finished(rig, VG_JOBS_KEPT + 100, wall_ms);
    rig_keep_id(last, rig_last(rig));
    rig_start(rig, 0);
    rig_pass(rig, 10000);
    assert_int_equal(rig_jobs(rig), VG_JOBS_KEPT);
    assert_string_equal(rig_last(rig), last);
}

/* However old: what has not ended is not put away. */
static void what_waits_is_kept(void **state)
{
    struct rig *rig = *state;
    const char *id = rig_put_job(rig, (vg_job){.kind = VG_LIT("index"),
                                               .collection = VG_LIT("a"),
                                               .next_ms = wall_ms + (uint64_t)9000 * KEEP_MS,
                                               .created_ms = 1,
                                               .updated_ms = 1});

    rig_start(rig, 0);
    rig_pass(rig, 60000);
    assert_string_equal(rig_state(rig, id), "waiting");
}

/* ---- rows that make no sense ---- */

static void put_raw(struct rig *rig, const char *name, const char *spec)
{
    const vg_meta_row row = {.tenant = VG_LIT("default"),
                             .backend = VG_LIT("toy"),
                             .name = vg_slice_str(name),
                             .state = VG_META_READY,
                             .version = 1,
                             .created_ms = wall_ms,
                             .updated_ms = wall_ms,
                             .spec = vg_slice_str(spec)};

    toy_set_row(rig->toy, &row);
}

static void a_damaged_row_stops_nobody(void **state)
{
    struct rig *rig = *state;
    const char *id;

    make_builder(rig);
    put_raw(rig, "/jobs/000000000000000000000000", "{\"kind\":");
    put_raw(rig, "/jobs/not an id", "");
    put_raw(rig, "/jobs/ffffffffffffffffffffffff", "\xff\xfe");
    id = rig_put(rig, &vg_job_index, "a");
    rig_start(rig, 0);
    rig_pass(rig, 1000);
    assert_string_equal(rig_state(rig, id), "done");
    assert_int_equal(rig_jobs(rig), 4);
    assert_true(rig_job(rig, "ffffffffffffffffffffffff")->is_damaged);
    rig_pass(rig, KEEP_MS + VG_JOBS_POLL_MS);
    assert_int_equal(rig_jobs(rig), 0); /* damaged ones are put away like those that failed */
}

/* A later version may have made it, and may come back. */
static void a_kind_that_is_not_known_is_left_alone(void **state)
{
    struct rig *rig = *state;
    const char *id = rig_put_job(
        rig, (vg_job){.kind = VG_LIT("teleport"), .collection = VG_LIT("a"), .version = 5});

    rig_start(rig, 0);
    rig_pass(rig, 60000);
    assert_string_equal(rig_state(rig, id), "waiting");
    assert_int_equal(rig_job(rig, id)->version, 5);
}

/* ---- the store ---- */

static void a_store_that_is_down_is_asked_again(void **state)
{
    struct rig *rig = *state;
    const char *id;

    make_builder(rig);
    id = rig_put(rig, &vg_job_index, "a");
    for (int i = VG_OP_META_CREATE; i <= VG_OP_META_LIST; i++)
        toy_script(rig->toy, (toy_rule){i, 0, TOY_FOREVER, TOY_FAULT_BEFORE, VG_OK});
    rig_start(rig, 0);
    rig_pass(rig, 300 * 1000);
    assert_string_equal(rig_state(rig, id), "waiting");
    toy_unscript(rig->toy);
    rig_pass(rig, VG_JOBS_REST_MS + 1000);
    assert_string_equal(rig_state(rig, id), "done");
}

/* Between any two exchanges, for a while. */
static void a_store_may_go_away_at_any_moment(void **state)
{
    struct rig *rig = *state;

    for (unsigned at = 0; at < 8; at++) {
        toy_build *build = make_builder(rig);
        const char *id = rig_put(rig, &vg_job_index, "a");

        build->builds = 0;
        for (int i = VG_OP_META_CREATE; i <= VG_OP_META_LIST; i++)
            toy_script(rig->toy, (toy_rule){i, i == VG_OP_META_UPDATE ? at : 0, at == 0 ? 2 : 5,
                                            TOY_FAULT_BEFORE, VG_OK});
        rig_start(rig, 0);
        rig_pass(rig, 300 * 1000);
        assert_string_equal(rig_state(rig, id), "done");
        toy_unscript(rig->toy);
        rig_stop(rig, 0);
    }
}

/* Somebody took the row away while the job was at work. */
static void a_row_that_is_gone_ends_the_work(void **state)
{
    struct rig *rig = *state;
    toy_build *build = make_builder(rig);
    const char *id = rig_put(rig, &vg_job_index, "a");
    char name[64];

    toy_script(rig->toy, (toy_rule){VG_OP_BUILD_INDEX, 1, 1, TOY_HOLD_AFTER, VG_OK});
    rig_start(rig, 0);
    rig_pass(rig, 1000);
    assert_int_equal(build->builds, 1);
    snprintf(name, sizeof name, "/jobs/%s", id);
    toy_remove_row(rig->toy, name);
    rig_pass(rig, LEASE_MS);
    assert_int_equal(rig_workers(rig, id), 0);
    assert_int_equal(rig_jobs(rig), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RIG(attempts_are_further_and_further_apart),
        WITH_RIG(so_many_fail_it),
        WITH_RIG(a_backend_that_is_down_is_no_attempt),
        WITH_RIG(what_can_never_work_fails_at_once),
        WITH_RIG(nothing_runs_before_its_time),
        WITH_RIG(a_shared_store_is_looked_at),
        WITH_RIG(an_idle_gateway_is_idle),
        WITH_RIG(what_ended_long_ago_goes),
        WITH_RIG(only_the_newest_are_kept),
        WITH_RIG(what_waits_is_kept),
        WITH_RIG(a_damaged_row_stops_nobody),
        WITH_RIG(a_kind_that_is_not_known_is_left_alone),
        WITH_RIG(a_store_that_is_down_is_asked_again),
        WITH_RIG(a_store_may_go_away_at_any_moment),
        WITH_RIG(a_row_that_is_gone_ends_the_work),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
