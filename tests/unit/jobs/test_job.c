/* A job as a row: written, read again, damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "jobs/job.h"
#include "tests/support/chance.h"

enum { BYTES = 8 << 20 };

#define ID "018bcfe5680000112233aabb"

static int set_up(void **state)
{
    *state = vg_arena_new(BYTES);
    return *state == NULL;
}

static int tear_down(void **state)
{
    vg_arena_free(*state);
    return vg_arena_total_bytes() != 0;
}

static const vg_job whole = {
    .id = VG_LIT_INIT(ID),
    .kind = VG_LIT_INIT("index"),
    .tenant = VG_LIT_INIT("\"acme\" / \xc3\xa4"),
    .collection = VG_LIT_INIT("wörds \"quoted\""),
    .state = VG_JOB_RUNNING,
    .is_cancelling = true,
    .holder = VG_LIT_INIT("0123456789abcdef"),
    .until_ms = 1700000030000,
    .next_ms = 1700000000000,
    .attempts = 3,
    .delays = 2,
    .cursor = VG_LIT_INIT("{\"oid\":7}"),
    .done = 10,
    .total = 100,
    .error = VG_LIT_INIT("backend_down: it is down"),
    .receipt = VG_LIT_INIT("{\"points\":7,\"remaining\":[{\"backend\":\"toy\"}]}"),
    .created_ms = 1,
    .updated_ms = 2,
    .version = 9,
};

static void assert_same(const vg_job *a, const vg_job *b)
{
    assert_true(vg_slice_is(a->id, b->id));
    assert_true(vg_slice_is(a->kind, b->kind));
    assert_true(vg_slice_is(a->tenant, b->tenant));
    assert_true(vg_slice_is(a->receipt, b->receipt));
    assert_true(vg_slice_is(a->collection, b->collection));
    assert_true(vg_slice_is(a->holder, b->holder));
    assert_true(vg_slice_is(a->cursor, b->cursor));
    assert_true(vg_slice_is(a->error, b->error));
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->is_cancelling, b->is_cancelling);
    assert_int_equal(a->is_damaged, b->is_damaged);
    assert_int_equal(a->until_ms, b->until_ms);
    assert_int_equal(a->next_ms, b->next_ms);
    assert_int_equal(a->attempts, b->attempts);
    assert_int_equal(a->delays, b->delays);
    assert_int_equal(a->done, b->done);
    assert_int_equal(a->total, b->total);
    assert_int_equal(a->created_ms, b->created_ms);
    assert_int_equal(a->updated_ms, b->updated_ms);
    assert_int_equal(a->version, b->version);
}

static void what_was_written_is_read_again(void **state)
{
    static const vg_job least = {
        .id = VG_LIT_INIT(ID), .kind = VG_LIT_INIT("repair"), .tenant = VG_LIT_INIT("default")};
    const vg_job *const jobs[] = {&whole, &least};

    for (size_t i = 0; i < 2; i++) {
        vg_meta_row row = {.tenant = VG_LIT("default"), .backend = VG_LIT("toy")};
        vg_job again;

        assert_true(vg_job_write(*state, jobs[i], &row));
        assert_true(vg_slice_is_str(row.name, "/jobs/" ID));
        assert_int_equal(row.state, VG_META_READY);
        assert_true(vg_job_is_row(&row));
        assert_true(vg_job_read(*state, &row, &again));
        assert_same(&again, jobs[i]);
        assert_true(vg_slice_is_str(again.backend, "toy"));
    }
}

static void what_is_empty_is_left_out(void **state)
{
    static const vg_job job = {
        .id = VG_LIT_INIT(ID), .kind = VG_LIT_INIT("repair"), .tenant = VG_LIT_INIT("default")};
    vg_meta_row row = {.tenant = VG_LIT("default")}; /* the job's too: not said */

    assert_true(vg_job_write(*state, &job, &row));
    assert_true(vg_slice_is_str(row.spec, "{\"kind\":\"repair\",\"state\":\"waiting\"}"));
}

static void what_is_not_known_is_passed_over(void **state)
{
    vg_meta_row row = {
        .tenant = VG_LIT("default"),
        .name = VG_LIT("/jobs/" ID),
        .spec = VG_LIT("{\"kind\":\"x\",\"state\":\"done\",\"later\":[1,{}],\"next\":null}")};
    vg_job job;

    assert_true(vg_job_read(*state, &row, &job));
    assert_false(job.is_damaged);
    assert_int_equal(job.state, VG_JOB_DONE);
    assert_true(vg_slice_is_str(job.kind, "x"));
    assert_true(vg_slice_is_str(job.tenant, "default"));
}

static const struct damage {
    const char *says;
    const char *name, *spec;
} damages[] = {
    {"nothing", "/jobs/" ID, ""},
    {"no JSON", "/jobs/" ID, "{\"kind\":\"index\",\"state\":\"waiting\""},
    {"no object", "/jobs/" ID, "[1,2]"},
    {"no kind", "/jobs/" ID, "{\"state\":\"waiting\"}"},
    {"no state", "/jobs/" ID, "{\"kind\":\"index\"}"},
    {"an unknown state", "/jobs/" ID, "{\"kind\":\"index\",\"state\":\"asleep\"}"},
    {"a kind that is a number", "/jobs/" ID, "{\"kind\":7,\"state\":\"waiting\"}"},
    {"a time that is a text", "/jobs/" ID,
     "{\"kind\":\"index\",\"state\":\"waiting\",\"next\":\"soon\"}"},
    {"a time beyond all", "/jobs/" ID,
     "{\"kind\":\"index\",\"state\":\"waiting\",\"next\":18446744073709551615}"},
    {"too many attempts", "/jobs/" ID,
     "{\"kind\":\"index\",\"state\":\"waiting\",\"attempts\":4294967296}"},
    {"deeper than any job", "/jobs/" ID,
     "{\"kind\":\"index\",\"state\":\"waiting\",\"x\":[[[[[[1]]]]]]}"},
    {"a tenant that is a number", "/jobs/" ID,
     "{\"kind\":\"index\",\"state\":\"waiting\",\"tenant\":7}"},
    {"a tenant that cannot be one", "/jobs/" ID,
     "{\"kind\":\"index\",\"state\":\"waiting\",\"tenant\":\"/jobs\"}"},
    {"no tenant", "/jobs/" ID, "{\"kind\":\"index\",\"state\":\"waiting\",\"tenant\":\"\"}"},
    {"a receipt that is a list", "/jobs/" ID,
     "{\"kind\":\"index\",\"state\":\"waiting\",\"receipt\":[]}"},
    {"a name that is no id", "/jobs/../a", "{\"kind\":\"index\",\"state\":\"waiting\"}"},
};

static void a_damaged_row_is_a_job_that_failed(void **state)
{
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        const struct damage *d = &damages[i];
        vg_meta_row row = {.tenant = VG_LIT("default"),
                           .name = vg_slice_str(d->name),
                           .spec = vg_slice_str(d->spec),
                           .version = 4};
        vg_job job;

        assert_true(vg_job_read(*state, &row, &job));
        if (!job.is_damaged || job.state != VG_JOB_FAILED || job.error.len == 0 || job.version != 4)
            fail_msg("%s: it is not damaged", d->says);
        if (job.kind.len + job.cursor.len + job.holder.len + job.receipt.len > 0 ||
            !vg_slice_is(job.tenant, row.tenant))
            fail_msg("%s: something was taken over", d->says);
    }
}

static void a_cursor_is_bounded(void **state)
{
    char text[VG_BUILD_CURSOR_BYTES + 1];
    vg_job job = whole, again;
    vg_meta_row row = {0};

    memset(text, '"', sizeof text);
    job.cursor = vg_slice_of(text, VG_BUILD_CURSOR_BYTES);
    assert_true(vg_job_write(*state, &job, &row));
    assert_true(vg_job_read(*state, &row, &again));
    assert_false(again.is_damaged);
    job.cursor = vg_slice_of(text, sizeof text);
    assert_true(vg_job_write(*state, &job, &row));
    assert_true(vg_job_read(*state, &row, &again));
    assert_true(again.is_damaged);
}

/* Of whatever bytes: a job, and no crash. */
static void any_bytes_are_read(void **state)
{
    vg_meta_row row = {0};
    char *bytes;

    chance_begin("any_bytes_are_read");
    assert_true(vg_job_write(*state, &whole, &row));
    for (int i = 0; i < 2000; i++) {
        vg_arena *arena = vg_arena_new(BYTES);
        vg_meta_row hurt = row;
        vg_job job;

        bytes = vg_arena_take(arena, row.spec.len);
        memcpy(bytes, row.spec.at, row.spec.len);
        for (size_t k = chance_below(4) + 1; k > 0; k--)
            bytes[chance_below(row.spec.len)] = (char)chance_next();
        hurt.spec = vg_slice_of(bytes, chance_below(row.spec.len + 1));
        assert_true(vg_job_read(arena, &hurt, &job));
        assert_true((unsigned)job.state < VG_JOB_STATES);
        vg_arena_free(arena);
    }
}

static void ids_are_hex(void **state)
{
    (void)state;
    assert_true(vg_job_is_id(VG_LIT(ID)));
    assert_false(vg_job_is_id(VG_LIT("")));
    assert_false(vg_job_is_id(VG_LIT(ID "0")));
    assert_false(vg_job_is_id(VG_LIT("018BCFE5680000112233AABB")));
    assert_false(vg_job_is_id(VG_LIT("018bcfe5680000112233aab/")));
}

static void states_have_words(void **state)
{
    (void)state;
    for (int i = 0; i < VG_JOB_STATES; i++)
        assert_int_equal(vg_job_state_of(vg_slice_str(vg_job_state_word((vg_job_state)i))), i);
    assert_int_equal(vg_job_state_of(VG_LIT("asleep")), VG_JOB_STATES);
    assert_string_equal(vg_job_state_word(VG_JOB_STATES), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_written_is_read_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_empty_is_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_known_is_passed_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_row_is_a_job_that_failed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cursor_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_bytes_are_read, set_up, tear_down),
        cmocka_unit_test(ids_are_hex),
        cmocka_unit_test(states_have_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
