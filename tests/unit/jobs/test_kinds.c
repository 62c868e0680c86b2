/* The steps of each kind, as timelines of answers: nothing is run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "jobs/kinds.h"
#include "jobs/kinds/erased.h"

enum { BYTES = 1 << 20 };

struct stage {
    vg_arena *arena;
    vg_op op, answer;
    vg_job_order order;
    vg_job job;
};

static int set_up(void **state)
{
    static struct stage stage;

    stage = (struct stage){.arena = vg_arena_new(BYTES)};
    *state = &stage;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *s = *state;

    vg_arena_free(s->arena);
    return vg_arena_total_bytes() != 0;
}

/* The answer to what the step asked for before; NULL: it was just taken. */
static vg_job_next step(struct stage *s, const vg_job_kind *kind, bool is_answered)
{
    if (is_answered) {
        s->answer.kind = s->op.kind;
        s->answer.in = s->op.in;
    }
    s->op = (vg_op){.arena = s->arena, .now_ms = 100000};
    s->order = (vg_job_order){.op = &s->op};
    return kind->step(&s->job, is_answered ? &s->answer : NULL, &s->order);
}

static vg_job_next answer(struct stage *s, const vg_job_kind *kind, vg_code code, const char *where)
{
    s->answer = (vg_op){.status = {.code = code, .where = vg_slice_str(where)}};
    return step(s, kind, true);
}

/* ---- repair ---- */

static vg_job_next repaired(struct stage *s, vg_repair what, uint64_t due_ms)
{
    s->answer = (vg_op){.out.repair = {what, due_ms}};
    return step(s, &vg_job_repair, true);
}

static void a_repair_is_asked_for_and_done(void **state)
{
    struct stage *s = *state;

    assert_int_equal(step(s, &vg_job_repair, false), VG_JOB_RUN);
    assert_int_equal(s->op.kind, VG_OP_REPAIR);
    assert_int_equal(s->op.in.repair.version, 0);
    assert_int_equal(repaired(s, VG_REPAIR_NOTHING, 0), VG_JOB_END);
    assert_int_equal(repaired(s, VG_REPAIR_FINISHED, 0), VG_JOB_END);
    assert_int_equal(repaired(s, VG_REPAIR_UNDONE, 0), VG_JOB_END);
}

static void a_repair_waits_for_what_is_young(void **state)
{
    struct stage *s = *state;

    assert_int_equal(repaired(s, VG_REPAIR_YOUNG, 160000), VG_JOB_WAIT);
    assert_int_equal(s->order.wait_ms, 60000);
    assert_int_equal(repaired(s, VG_REPAIR_YOUNG, 90000), VG_JOB_WAIT); /* a clock that is behind */
    assert_int_equal(s->order.wait_ms, 0);
}

static void a_repair_tries_whatever_is_wrong(void **state)
{
    struct stage *s = *state;

    assert_int_equal(answer(s, &vg_job_repair, VG_BACKEND_AUTH, ""), VG_JOB_AGAIN);
    assert_int_equal(s->order.status.code, VG_BACKEND_AUTH);
    assert_int_equal(vg_job_repair.most_attempts, UINT32_MAX);
}

static void a_repair_knows_how_the_row_was_left(void **state)
{
    struct stage *s = *state;
    const vg_meta_row row = {.version = 3, .updated_ms = 1700000000000};

    s->job.cursor = vg_job_repair_cursor(s->arena, &row);
    assert_int_equal(step(s, &vg_job_repair, false), VG_JOB_RUN);
    assert_int_equal(s->op.in.repair.version, 3);
    assert_int_equal(s->op.in.repair.updated_ms, 1700000000000);
    assert_int_equal(vg_job_repair_cursor(s->arena, &(vg_meta_row){0}).len, 0);
}

static void a_cursor_that_makes_no_sense_is_none(void **state)
{
    static const char *const cursors[] = {"", ".", "3", "3.", ".3", "a.b", "3.-1", "3.4.5"};
    struct stage *s = *state;

    for (size_t i = 0; i < sizeof cursors / sizeof cursors[0]; i++) {
        s->job.cursor = vg_slice_str(cursors[i]);
        assert_int_equal(step(s, &vg_job_repair, false), VG_JOB_RUN);
        assert_int_equal(s->op.in.repair.version, 0);
    }
}

/* ---- index ---- */

static vg_job_next built(struct stage *s, vg_index_build build)
{
    s->answer = (vg_op){.out.build = build};
    return step(s, &vg_job_index, true);
}

static void assert_asks(const struct stage *s, bool looks, const char *cursor)
{
    assert_int_equal(s->op.kind, VG_OP_BUILD_INDEX);
    assert_int_equal(s->op.in.build.looks, looks);
    assert_true(vg_slice_is_str(s->op.in.build.cursor, cursor));
}

static void an_index_is_looked_at_then_built(void **state)
{
    struct stage *s = *state;

    assert_int_equal(step(s, &vg_job_index, false), VG_JOB_RUN);
    assert_asks(s, true, "");
    assert_int_equal(s->order.within_ms, 0);
    assert_int_equal(
        built(s,
              (vg_index_build){.state = VG_BUILD_NEEDED, .cursor = VG_LIT_INIT("x"), .total = 9}),
        VG_JOB_RUN);
    assert_asks(s, false, "x");
    assert_true(s->order.within_ms > 3600 * 1000);
    assert_int_equal(s->job.total, 9);
    assert_int_equal(built(s, (vg_index_build){.state = VG_BUILD_DONE, .done = 9, .total = 9}),
                     VG_JOB_END);
    assert_int_equal(s->job.done, 9);
}

static void an_index_that_is_there_is_no_work(void **state)
{
    struct stage *s = *state;

    step(s, &vg_job_index, false);
    assert_int_equal(built(s, (vg_index_build){.state = VG_BUILD_DONE}), VG_JOB_END);
}

static void what_goes_on_is_waited_for(void **state)
{
    static const struct {
        uint32_t again_ms;
        uint64_t wait_ms;
    } rows[] = {{0, 5000}, {100, 100}, {1000000, 60000}};
    struct stage *s = *state;

    for (size_t i = 0; i < 3; i++) {
        step(s, &vg_job_index, false);
        assert_int_equal(built(s, (vg_index_build){.state = VG_BUILD_GOING_ON,
                                                   .cursor = VG_LIT_INIT("at 3"),
                                                   .again_ms = rows[i].again_ms}),
                         VG_JOB_WAIT);
        assert_int_equal(s->order.wait_ms, rows[i].wait_ms);
        assert_true(vg_slice_is_str(s->job.cursor, "at 3"));
    }
}

/* A build that left something over is not asked again at once. */
static void a_build_is_followed_by_a_look(void **state)
{
    struct stage *s = *state;

    step(s, &vg_job_index, false);
    built(s, (vg_index_build){.state = VG_BUILD_NEEDED});
    assert_asks(s, false, "");
    assert_int_equal(built(s, (vg_index_build){.state = VG_BUILD_NEEDED}), VG_JOB_WAIT);
}

static void a_collection_that_is_not_there_yet_is_waited_for(void **state)
{
    struct stage *s = *state;

    s->job.created_ms = 100000 - 60000;
    step(s, &vg_job_index, false);
    assert_int_equal(answer(s, &vg_job_index, VG_NOT_FOUND, "collection"), VG_JOB_WAIT);
    s->job.created_ms = 0;
    s->op.now_ms = 0;
    step(s, &vg_job_index, false);
    assert_int_equal(answer(s, &vg_job_index, VG_NOT_FOUND, "collection"), VG_JOB_WAIT);
    assert_int_equal(answer(s, &vg_job_index, VG_NOT_FOUND, "table"), VG_JOB_AGAIN);
}

static void one_that_never_came_is_no_failure(void **state)
{
    struct stage *s = *state;

    step(s, &vg_job_index, false);
    s->answer = (vg_op){.status = {.code = VG_NOT_FOUND, .where = VG_LIT("collection")}};
    s->op = (vg_op){.arena = s->arena, .now_ms = 3600 * 1000};
    s->order = (vg_job_order){.op = &s->op};
    assert_int_equal(vg_job_index.step(&s->job, &s->answer, &s->order), VG_JOB_END);
}

static void an_adapter_without_the_step_fails_it(void **state)
{
    struct stage *s = *state;

    step(s, &vg_job_index, false);
    assert_int_equal(answer(s, &vg_job_index, VG_UNSUPPORTED, ""), VG_JOB_FAIL);
    assert_int_equal(answer(s, &vg_job_index, VG_BACKEND_ERROR, ""), VG_JOB_AGAIN);
}

static void a_cursor_that_is_too_long_fails_it(void **state)
{
    static char text[VG_BUILD_CURSOR_BYTES + 1];
    struct stage *s = *state;

    step(s, &vg_job_index, false);
    assert_int_equal(
        built(s, (vg_index_build){.state = VG_BUILD_GOING_ON, .cursor = {text, sizeof text}}),
        VG_JOB_FAIL);
    assert_int_equal(s->order.status.code, VG_INTERNAL);
}

static void kinds_are_known_by_name(void **state)
{
    (void)state;
    assert_ptr_equal(vg_job_kind_of(VG_LIT("repair")), &vg_job_repair);
    assert_ptr_equal(vg_job_kind_of(VG_LIT("index")), &vg_job_index);
    assert_null(vg_job_kind_of(VG_LIT("")));
    assert_null(vg_job_kind_of(VG_LIT("indexes")));
    assert_string_equal(vg_job_kind_name(&vg_job_index), "index");
}

#define WITH_STAGE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* ---- erase: what it remembers (what it does: test_jobs_erase.c) ---- */

static void progress_is_read_as_it_was_written(void **state)
{
    struct stage *s = *state;
    const vg_erased most = {ERASE_PHASES - 1, UINT64_MAX, 1, 2, 3, 4, 5, UINT64_MAX, 7, 1, 9, 1};
    vg_erased again = vg_erased_read(vg_erased_write(s->arena, &most));

    assert_memory_equal(&again, &most, sizeof most);
}

static void progress_that_makes_no_sense_is_the_beginning(void **state)
{
    static const char *const cursors[] = {"",
                                          "3",
                                          "1 2 3 4 5 6 7 8 9 10 11",
                                          "9 0 0 0 0 0 0 0 0 0 0 0", /* ERASE_PHASES */
                                          "1 0 0 0 0 0 0 x 0 0 0 0",
                                          "1  0 0 0 0 0 0 0 0 0 0",
                                          "1 0 0 18446744073709551616 0 0 0 0 0 0 0 0"};
    const vg_erased beginning = {0};

    (void)state;
    for (size_t i = 0; i < sizeof cursors / sizeof *cursors; i++) {
        vg_erased read = vg_erased_read(vg_slice_str(cursors[i]));

        if (memcmp(&read, &beginning, sizeof read) != 0)
            fail_msg("%s", cursors[i]);
    }
}

static void a_receipt_grows(void **state)
{
    struct stage *s = *state;
    vg_erased erased = {
        .collections = 1, .points = 2, .aliases = 3, .jobs = 4, .rows = 5, .rest = 6};
    vg_slice text =
        vg_erased_add_rest(s->arena, &erased, VG_LIT("a\"b"), (vg_slice){0}, VG_LIT("x"));

    erased.rest = 7;
    erased.rows = 8;
    text = vg_erased_add_rest(s->arena, &erased, VG_LIT("a\"b"), text, VG_LIT("y"));
    text = vg_erased_receipt(s->arena, &erased, VG_LIT("a\"b"), text);
    assert_true(vg_slice_is_str(
        text, "{\"tenant\":\"a\\\"b\",\"collections\":1,\"points\":2,\"aliases\":3,\"jobs\":4,"
              "\"rows\":8,\"remaining\":[{\"backend\":\"x\",\"collections\":6},"
              "{\"backend\":\"y\",\"collections\":7}]}"));
}

/* More than fits into the row: what was told stays. */
static void a_receipt_is_bounded(void **state)
{
    struct stage *s = *state;
    const vg_erased erased = {.rest = 1};
    char name[100];
    vg_slice text = {0}, more;
    int told = 0;

    memset(name, 'b', sizeof name);
    while ((more = vg_erased_add_rest(s->arena, &erased, VG_LIT("a"), text,
                                      vg_slice_of(name, sizeof name)))
               .len > 0) {
        text = more;
        told++;
    }
    assert_in_range(told, 10, 40);
    assert_in_range(text.len, VG_JOB_RECEIPT_BYTES / 2, VG_JOB_RECEIPT_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STAGE(a_repair_is_asked_for_and_done),
        WITH_STAGE(a_repair_waits_for_what_is_young),
        WITH_STAGE(a_repair_tries_whatever_is_wrong),
        WITH_STAGE(a_repair_knows_how_the_row_was_left),
        WITH_STAGE(a_cursor_that_makes_no_sense_is_none),
        WITH_STAGE(an_index_is_looked_at_then_built),
        WITH_STAGE(an_index_that_is_there_is_no_work),
        WITH_STAGE(what_goes_on_is_waited_for),
        WITH_STAGE(a_build_is_followed_by_a_look),
        WITH_STAGE(a_collection_that_is_not_there_yet_is_waited_for),
        WITH_STAGE(one_that_never_came_is_no_failure),
        WITH_STAGE(an_adapter_without_the_step_fails_it),
        WITH_STAGE(a_cursor_that_is_too_long_fails_it),
        cmocka_unit_test(kinds_are_known_by_name),
        cmocka_unit_test_setup_teardown(progress_is_read_as_it_was_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(progress_that_makes_no_sense_is_the_beginning, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_receipt_grows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_receipt_is_bounded, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
