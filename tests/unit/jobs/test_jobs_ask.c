/* What clients ask of jobs: pages of them, one, an end to one, in each of its states. */
#include <stdio.h>

#include "tests/unit/jobs/rig.h"

static const char *put(struct rig *rig, const char *kind, const char *collection,
                       vg_job_state state)
{
    return rig_put_job(rig, (vg_job){.kind = vg_slice_str(kind),
                                     .collection = vg_slice_str(collection),
                                     .state = state,
                                     .next_ms = (uint64_t)1 << 50});
}

/* ---- lists ---- */

static toy_ask *list(struct rig *rig, const vg_op_input *in)
{
    toy_ask *ask = toy_make_ask(rig->gates[0].world, VG_OP_LIST_JOBS, NULL);

    ask->op.in.jobs = in->jobs;
    toy_start(ask);
    toy_settle(rig->gates[0].world);
    assert_int_equal(toy_code(ask), VG_OK);
    return ask;
}

static unsigned count_of(struct rig *rig, const char *kind, const char *state,
                         const char *collection)
{
    toy_ask *ask = list(rig, &(vg_op_input){.jobs = {.kind = vg_slice_str(kind),
                                                     .state = vg_slice_str(state),
                                                     .collection = vg_slice_str(collection),
                                                     .limit = 100}});
    unsigned n = ask->op.out.jobs.count;

    assert_int_equal(ask->op.out.jobs.next.len, 0);
    toy_end(ask);
    return n;
}

static void lists_are_of_what_was_asked_for(void **state)
{
    struct rig *rig = *state;

    rig_start(rig, 0);
    put(rig, "repair", "a", VG_JOB_WAITING);
    put(rig, "repair", "b", VG_JOB_DONE);
    put(rig, "index", "a", VG_JOB_DONE);
    put(rig, "later", "a", VG_JOB_FAILED);
    assert_int_equal(count_of(rig, "", "", ""), 4);
    assert_int_equal(count_of(rig, "repair", "", ""), 2);
    assert_int_equal(count_of(rig, "", "done", ""), 2);
    assert_int_equal(count_of(rig, "", "", "a"), 3);
    assert_int_equal(count_of(rig, "index", "done", "a"), 1);
    assert_int_equal(count_of(rig, "index", "done", "b"), 0);
    assert_int_equal(count_of(rig, "", "running", ""), 0);
}

/* Every job once, in order, whatever the page. */
static unsigned walk(struct rig *rig, uint32_t limit, const char *kind)
{
    char after[VG_JOB_ID_CHARS + 1] = "";
    unsigned seen = 0;
    bool is_last;

    do {
        toy_ask *ask = list(rig, &(vg_op_input){.jobs = {.after = vg_slice_str(after),
                                                         .kind = vg_slice_str(kind),
                                                         .limit = limit}});

        assert_true(ask->op.out.jobs.count <= limit);
        for (uint32_t i = 0; i < ask->op.out.jobs.count; i++, seen++) {
            vg_slice id = ask->op.out.jobs.at[i].id;

            assert_true(vg_slice_cmp(id, vg_slice_str(after)) > 0);
            snprintf(after, sizeof after, VG_FMT, VG_ARG(id));
        }
        is_last = ask->op.out.jobs.next.len == 0;
        assert_true(is_last || vg_slice_is_str(ask->op.out.jobs.next, after));
        toy_end(ask);
    } while (!is_last);
    return seen;
}

static void pages_hold_each_job_once(void **state)
{
    struct rig *rig = *state;

    for (unsigned i = 0; i < 2 * VG_JOBS_PAGE + 3; i++)
        put(rig, i % 2 ? "index" : "repair", "a", VG_JOB_WAITING);
    rig_start(rig, 0);
    assert_int_equal(walk(rig, 100, ""), 2 * VG_JOBS_PAGE + 3);
    assert_int_equal(walk(rig, 2 * VG_JOBS_PAGE + 3, ""), 2 * VG_JOBS_PAGE + 3);
    assert_int_equal(walk(rig, VG_JOBS_PAGE, ""), 2 * VG_JOBS_PAGE + 3);
    assert_int_equal(walk(rig, 7, "index"), VG_JOBS_PAGE + 1);
    assert_int_equal(walk(rig, 1000, ""), 2 * VG_JOBS_PAGE + 3);
}

static void one_is_told_whole(void **state)
{
    struct rig *rig = *state;
    const char *id = put(rig, "index", "a", VG_JOB_WAITING);
    toy_ask *ask;

    rig_start(rig, 0);
    ask = rig_ask(rig, 0, VG_OP_GET_JOB, id);
    assert_int_equal(ask->op.out.jobs.count, 1);
    assert_true(vg_slice_is_str(ask->op.out.jobs.at->id, id));
    assert_true(vg_slice_is_str(ask->op.out.jobs.at->collection, "a"));
    assert_int_equal(toy_end(ask), VG_OK);
}

static void what_is_not_there_is_not_found(void **state)
{
    static const char *const ids[] = {"", "x", "../aliases", "000000000000000000000000",
                                      "00000000000000000000000g"};
    static const vg_op_kind kinds[] = {VG_OP_GET_JOB, VG_OP_CANCEL_JOB};
    struct rig *rig = *state;

    rig_start(rig, 0);
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        for (int k = 0; k < 2; k++) {
            toy_ask *ask = rig_ask(rig, 0, kinds[k], ids[i]);

            assert_true(vg_slice_is_str(ask->op.status.where, "id"));
            assert_int_equal(toy_end(ask), VG_NOT_FOUND);
        }
}

static void a_store_that_is_down_is_told(void **state)
{
    static const vg_op_kind kinds[] = {VG_OP_LIST_JOBS, VG_OP_GET_JOB, VG_OP_CANCEL_JOB};
    struct rig *rig = *state;
    const char *id = put(rig, "index", "a", VG_JOB_WAITING);

    rig_start(rig, 0);
    toy_script(rig->toy, (toy_rule){TOY_ANY, 0, 3, TOY_FAULT_BEFORE, VG_OK});
    for (int i = 0; i < 3; i++)
        assert_int_equal(toy_end(rig_ask(rig, 0, kinds[i], id)), VG_UNAVAILABLE);
    toy_unscript(rig->toy);
    toy_script(rig->toy, (toy_rule){VG_OP_META_UPDATE, 0, 1, TOY_FAULT_BEFORE, VG_OK});
    assert_int_equal(rig_cancel(rig, 0, id), VG_UNAVAILABLE);
    assert_string_equal(rig_state(rig, id), "waiting");
}

static void a_damaged_row_is_listed_as_failed(void **state)
{
    struct rig *rig = *state;
    vg_meta_row row = {.tenant = VG_LIT("default"),
                       .backend = VG_LIT("toy"),
                       .name = VG_LIT("/jobs/000000000000000000000001"),
                       .state = VG_META_READY,
                       .version = 1,
                       .updated_ms = 1700000000000,
                       .spec = VG_LIT("}")};

    rig_start(rig, 0);
    toy_set_row(rig->toy, &row);
    assert_int_equal(count_of(rig, "", "failed", ""), 1);
    assert_int_equal(rig_cancel(rig, 0, "000000000000000000000001"), VG_CONFLICT);
}

/* ---- cancelling ---- */

static void what_waits_is_cancelled_at_once(void **state)
{
    struct rig *rig = *state;
    const char *id;

    rig_start(rig, 0);
    id = put(rig, "index", "a", VG_JOB_WAITING);
    assert_int_equal(rig_cancel(rig, 0, id), VG_OK);
    assert_string_equal(rig_state(rig, id), "cancelled");
    rig_pass(rig, 60000);
    assert_string_equal(rig_state(rig, id), "cancelled");
}

static void what_has_ended_is_not_cancelled(void **state)
{
    static const vg_job_state states[] = {VG_JOB_DONE, VG_JOB_FAILED, VG_JOB_CANCELLED};
    struct rig *rig = *state;

    rig_start(rig, 0);
    for (int i = 0; i < 3; i++) {
        const char *id = put(rig, "index", "a", states[i]);
        toy_ask *ask = rig_ask(rig, 0, VG_OP_CANCEL_JOB, id);

        assert_int_equal(toy_end(ask), VG_CONFLICT);
        assert_int_equal(rig_job(rig, id)->version, 1);
    }
}

/* A build that lasts, at the first gateway. */
static const char *run_long(struct rig *rig)
{
    toy_build *build = toy_make_builder(rig->toy);
    const char *id;

    rig_create(rig, "a");
    *build = (toy_build){.state = VG_BUILD_NEEDED, .goes_on = true, .total = 1000};
    id = rig_put(rig, &vg_job_index, "a");
    toy_script(rig->toy, (toy_rule){VG_OP_BUILD_INDEX, 1, 1, TOY_HOLD_AFTER, VG_OK});
    rig_start(rig, 0);
    rig_pass(rig, 500);
    assert_int_equal(toy_held(rig->toy), 1);
    return id;
}

static void what_runs_here_is_stopped_at_once(void **state)
{
    struct rig *rig = *state;
    const char *id = run_long(rig);
    toy_ask *ask = rig_ask(rig, 0, VG_OP_CANCEL_JOB, id);

    assert_true(ask->op.out.jobs.at->is_cancelling);
    assert_int_equal(toy_end(ask), VG_OK);
    assert_string_equal(rig_state(rig, id), "cancelled");
    assert_int_equal(toy_held(rig->toy), 0);
    assert_int_equal(rig_workers(rig, id), 0);
    assert_false(rig_job(rig, id)->is_cancelling);
}

static void what_runs_elsewhere_is_stopped_at_its_next_beat(void **state)
{
    struct rig *rig = *state;
    const char *id = run_long(rig);

    rig_start(rig, 1);
    assert_int_equal(rig_cancel(rig, 1, id), VG_OK);
    assert_string_equal(rig_state(rig, id), "running");
    assert_int_equal(rig_cancel(rig, 1, id), VG_OK); /* twice is no harm */
    rig_pass(rig, LEASE_MS / 3 + 500);
    assert_string_equal(rig_state(rig, id), "cancelled");
    assert_int_equal(toy_held(rig->toy), 0);
}

/* Its holder died before it saw that. */
static void what_was_cancelled_is_not_taken_up_again(void **state)
{
    struct rig *rig = *state;
    const char *id = run_long(rig);

    rig_start(rig, 1);
    rig_kill(rig, 0);
    assert_int_equal(rig_cancel(rig, 1, id), VG_OK);
    rig_pass(rig, LEASE_MS + VG_JOBS_SKEW_MS + VG_JOBS_POLL_MS + 1000);
    assert_string_equal(rig_state(rig, id), "cancelled");
}

/* The holder writes just then: nobody's write is lost. */
static void a_holder_that_writes_meanwhile_is_no_obstacle(void **state)
{
    struct rig *rig = *state;
    const char *id = run_long(rig);
    toy_ask *ask;

    rig_start(rig, 1);
    ask = toy_make_ask(rig->gates[1].world, VG_OP_CANCEL_JOB, NULL);
    ask->op.in.jobs.id = vg_arena_copy(ask->op.arena, vg_slice_str(id));
    toy_script(rig->toy, (toy_rule){VG_OP_META_UPDATE, 0, 1, TOY_HOLD_BEFORE, VG_OK});
    toy_start(ask);
    toy_settle(rig->gates[1].world);
    assert_int_equal(ask->done, 0);
    rig_kill(rig, 1);
    rig_pass(rig, LEASE_MS / 2); /* a beat */
    assert_string_equal(rig_state(rig, id), "running");
    toy_unscript(rig->toy);
    rig_thaw(rig, 1);
    toy_release(rig->toy);
    rig_pass(rig, LEASE_MS);
    assert_int_equal(toy_end(ask), VG_OK);
    assert_string_equal(rig_state(rig, id), "cancelled");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RIG(lists_are_of_what_was_asked_for),
        WITH_RIG(pages_hold_each_job_once),
        WITH_RIG(one_is_told_whole),
        WITH_RIG(what_is_not_there_is_not_found),
        WITH_RIG(a_store_that_is_down_is_told),
        WITH_RIG(a_damaged_row_is_listed_as_failed),
        WITH_RIG(what_waits_is_cancelled_at_once),
        WITH_RIG(what_has_ended_is_not_cancelled),
        WITH_RIG(what_runs_here_is_stopped_at_once),
        WITH_RIG(what_runs_elsewhere_is_stopped_at_its_next_beat),
        WITH_RIG(what_was_cancelled_is_not_taken_up_again),
        WITH_RIG(a_holder_that_writes_meanwhile_is_no_obstacle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
