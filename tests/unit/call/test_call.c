/* The runner: what becomes of each thing that an adapter and a transport may do. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/script_adapter.h"

static void assert_says(const vg_op *op, const char *text)
{
    vg_slice what = vg_status_what(&op->status);

    if (memmem(what.at, what.len, text, strlen(text)) == NULL)
        fail_msg("\"%.*s\" does not hold \"%s\"", VG_ARG(what), text);
}

static void assert_not_says(const vg_op *op, const char *text)
{
    vg_slice what = vg_status_what(&op->status);

    assert_null(memmem(what.at, what.len, text, strlen(text)));
}

static uint64_t count(const house *h, vg_metric metric, vg_op_kind kind, vg_code code)
{
    return vg_metrics_read(
        h->metrics, metric,
        (vg_cell){.backend = 1, .operation = (uint8_t)kind, .code = (uint8_t)code});
}

/* --- whole ways ------------------------------------------------------------------------------ */

/* Replies are 200 with the body "yes", as many as the moves send. */
static const struct {
    const char *says;
    script_move moves[16];
    int sent;
    vg_code code;
    const char *what;
} ways[] = {
    {"done at once", {MOVE_DONE}, 0, VG_OK, ""},
    {"failed at once", {MOVE_FAIL}, 0, VG_NOT_FOUND, "no such thing"},
    {"one exchange", {MOVE_READ, MOVE_DONE}, 1, VG_OK, ""},
    {"three", {MOVE_READ, MOVE_READ, MOVE_READ, MOVE_DONE}, 3, VG_OK, ""},
    {"an exchange whose reply is a failure",
     {MOVE_READ, MOVE_FAIL},
     1,
     VG_NOT_FOUND,
     "no such thing"},
    {"begun again, then done", {MOVE_READ, MOVE_AGAIN, MOVE_READ, MOVE_DONE}, 2, VG_OK, ""},
    {"begun again three times, then done",
     {MOVE_AGAIN, MOVE_AGAIN, MOVE_AGAIN, MOVE_DONE},
     0,
     VG_OK,
     ""},
    {"begun again once too often",
     {MOVE_AGAIN, MOVE_AGAIN, MOVE_AGAIN, MOVE_AGAIN},
     0,
     VG_CONFLICT,
     "three times"},
    {"begun again once too often, and it is said why",
     {MOVE_LOSE, MOVE_LOSE, MOVE_LOSE, MOVE_LOSE},
     0,
     VG_OVERLOADED,
     "somebody else was there, each time that it was begun"},
    {"begun again, and the reason is forgotten",
     {MOVE_LOSE, MOVE_FAIL},
     0,
     VG_NOT_FOUND,
     "no such thing"},
    {"sends nothing", {MOVE_SEND_NOTHING}, 0, VG_INTERNAL, "gave none"},
    {"sends over another transport", {MOVE_SEND_ELSEWHERE}, 0, VG_INTERNAL, "gave none"},
    {"sends nothing the second time", {MOVE_READ, MOVE_SEND_NOTHING}, 1, VG_INTERNAL, "gave none"},
    {"fails without a word", {MOVE_FAIL_SILENTLY}, 0, VG_INTERNAL, "without saying why"},
    {"says what does not exist", {MOVE_TALK_NONSENSE}, 0, VG_INTERNAL, "does not exist"},
    {"runs out of scratch", {MOVE_FILL}, 0, VG_TOO_LARGE, "larger than is allowed"},
};

static void each_way_ends_as_it_should(void **state)
{
    house *h = *state;
    guest g;

    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        int before = fake_sent(h->transport);

        print_message("%s\n", ways[i].says);
        house_script(h, ways[i].moves);
        for (int k = 0; k < ways[i].sent; k++)
            fake_expect_reply(h->transport, "read", 200, "yes");
        guest_init(&g, h, VG_OP_HEALTH, 0);
        guest_start(&g);
        guest_finish(&g);
        assert_int_equal(g.op->status.code, ways[i].code);
        assert_int_equal(fake_sent(h->transport) - before, ways[i].sent);
        if (ways[i].code == VG_OK && ways[i].sent > 0)
            assert_true(vg_slice_is_str(g.op->out.health.title, "yes"));
        if (ways[i].code != VG_OK)
            assert_says(g.op, ways[i].what);
        guest_free(&g);
    }
}

static void an_operation_that_the_adapter_lacks_is_unsupported(void **state)
{
    house *h = *state;
    guest g;

    guest_init(&g, h, VG_OP_COUNT, 0);
    guest_start(&g);
    guest_finish(&g);
    assert_int_equal(g.op->status.code, VG_UNSUPPORTED);
    guest_free(&g);
}

static void the_answer_lives_as_long_as_the_op(void **state)
{
    house *h = *state;
    guest g;

    house_script(h, (script_move[]){MOVE_READ, MOVE_DONE, MOVE_END});
    fake_expect_reply(h->transport, "read", 200, "a body that is copied to scratch");
    guest_init(&g, h, VG_OP_HEALTH, 0);
    guest_start(&g);
    guest_finish(&g);
    vg_runner_free(h->runner);
    h->transport = fake_transport_new(h->loop);
    house_open_runner(h); /* nothing of the old one is needed: */
    assert_true(vg_slice_is_str(g.op->out.health.title, "a body that is copied to scratch"));
    guest_free(&g);
}

/* --- waits ----------------------------------------------------------------------------------- */

static void a_wait_is_as_long_as_was_asked(void **state)
{
    house *h = *state;
    guest g;

    house_script(h, (script_move[]){MOVE_REST, MOVE_REST, MOVE_DONE, MOVE_END});
    guest_init(&g, h, VG_OP_HEALTH, 0);
    guest_start(&g);
    fake_loop_advance(h->fake, 99999999);
    assert_int_equal(h->script.steps, 1);
    fake_loop_advance(h->fake, 1);
    assert_int_equal(h->script.steps, 2);
    fake_loop_advance(h->fake, 100000000);
    guest_finish(&g);
    assert_int_equal(g.op->status.code, VG_OK);
    assert_int_equal(h->script.steps_with_reply, 0);
    guest_free(&g);
}

static void a_wait_ends_at_the_deadline(void **state)
{
    house *h = *state;
    guest g;

    house_script(h, (script_move[]){MOVE_REST, MOVE_DONE, MOVE_END});
    guest_init(&g, h, VG_OP_HEALTH, 0);
    g.op->deadline_ns = vg_loop_now_ns(h->loop) + 30000000;
    guest_start(&g);
    fake_loop_advance(h->fake, 30000000);
    guest_finish(&g);
    assert_int_equal(g.op->status.code, VG_DEADLINE);
    assert_int_equal(h->script.steps, 1);
    guest_free(&g);
}

/* --- faults ---------------------------------------------------------------------------------- */

static const struct {
    const char *says;
    vg_fault fault;
    script_move move;
    bool was_sent;
    vg_code code;
    const char *what;
} falls[] = {
    {"no address", VG_FAULT_DNS, MOVE_READ, false, VG_UNAVAILABLE, "looked up: so says the test"},
    {"refused", VG_FAULT_CONNECT, MOVE_READ, false, VG_UNAVAILABLE, "connected to"},
    {"no TLS", VG_FAULT_TLS, MOVE_READ, false, VG_UNAVAILABLE, "secure connection"},
    {"reset", VG_FAULT_RESET, MOVE_READ, true, VG_UNAVAILABLE, "ended before"},
    {"not HTTP", VG_FAULT_PROTOCOL, MOVE_READ, true, VG_BACKEND_REPLY, "not a reply"},
    {"too large", VG_FAULT_TOO_LARGE, MOVE_READ, true, VG_BACKEND_REPLY, "max_reply_bytes"},
    {"full", VG_FAULT_FULL, MOVE_READ, false, VG_OVERLOADED, "try again"},
    {"no memory", VG_FAULT_MEMORY, MOVE_READ, false, VG_OVERLOADED, "memory"},
    {"stopped by nobody", VG_FAULT_STOPPED, MOVE_READ, true, VG_UNAVAILABLE, "stopped"},
    {"a write that never left", VG_FAULT_CONNECT, MOVE_WRITE, false, VG_UNAVAILABLE, "connected"},
    {"a write that left", VG_FAULT_RESET, MOVE_WRITE, true, VG_UNAVAILABLE,
     "not known whether the write was done, repeating it is safe"},
    {"one that may not be repeated", VG_FAULT_RESET, MOVE_WRITE_ONCE, true, VG_UNAVAILABLE,
     "not known whether the write was done, look before repeating it"},
};

static void each_fault_has_its_code_and_story(void **state)
{
    house *h = *state;
    guest g;

    for (size_t i = 0; i < sizeof falls / sizeof falls[0]; i++) {
        vg_cell cell = {.backend = 1, .fault = (uint8_t)falls[i].fault};
        uint64_t before = vg_metrics_read(h->metrics, VG_M_transport_faults_total, cell);

        print_message("%s\n", falls[i].says);
        house_script(h, (script_move[]){falls[i].move, MOVE_END});
        fake_expect_fault(h->transport, falls[i].move == MOVE_READ ? "read" : "write",
                          falls[i].fault, falls[i].was_sent);
        guest_init(&g, h, VG_OP_UPSERT, 0);
        guest_start(&g);
        guest_finish(&g);
        assert_int_equal(g.op->status.code, falls[i].code);
        assert_says(g.op, falls[i].what);
        assert_true(vg_slice_is_str(g.op->status.where, "script"));
        if (!falls[i].was_sent || falls[i].move == MOVE_READ)
            assert_not_says(g.op, "not known");
        assert_int_equal(g.op->status.is_unclear, falls[i].was_sent && falls[i].move != MOVE_READ);
        assert_int_equal(vg_metrics_read(h->metrics, VG_M_transport_faults_total, cell),
                         before + 1);
        guest_free(&g);
    }
}

static void a_fault_after_a_whole_write_tells_of_the_write(void **state)
{
    house *h = *state;
    guest g;

    house_script(h, (script_move[]){MOVE_WRITE, MOVE_READ, MOVE_END});
    fake_expect_reply(h->transport, "write", 200, "");
    fake_expect_fault(h->transport, "read", VG_FAULT_CONNECT, false);
    guest_init(&g, h, VG_OP_UPSERT, 0);
    guest_start(&g);
    guest_finish(&g);
    assert_says(g.op, "not known whether the write was done, repeating it is safe");
    guest_free(&g);
}

/* What a reply leaves open is told of writes alone, and what it says clearly is not doubted. */
static void a_failure_that_leaves_a_write_open_says_so(void **state)
{
    static const struct {
        script_move sent, failed;
        const char *says, *not_says;
    } rows[] = {
        {MOVE_WRITE, MOVE_FAIL_UNSURE,
         "half dead; it is not known whether the write was done, repeating it is safe", "look"},
        {MOVE_WRITE_ONCE, MOVE_FAIL_UNSURE,
         "half dead; it is not known whether the write was done, look before repeating it", "safe"},
        {MOVE_WRITE, MOVE_FAIL, "no such thing", "not known"},
        {MOVE_READ, MOVE_FAIL_UNSURE, "half dead", "not known"},
    };
    house *h = *state;
    guest g;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        house_script(h, (script_move[]){rows[i].sent, rows[i].failed, MOVE_END});
        fake_expect_reply(h->transport, rows[i].sent == MOVE_READ ? "read" : "write", 200, "");
        guest_init(&g, h, VG_OP_UPSERT, 0);
        guest_start(&g);
        guest_finish(&g);
        assert_says(g.op, rows[i].says);
        assert_not_says(g.op, rows[i].not_says);
        guest_free(&g);
    }
}

/* --- what is counted and told ---------------------------------------------------------------- */

static void operations_and_exchanges_are_counted(void **state)
{
    house *h = *state;
    vg_cell backend = {.backend = 1};
    guest g;

    house_script(h, (script_move[]){MOVE_READ, MOVE_REST, MOVE_READ, MOVE_FAIL, MOVE_END});
    fake_expect_reply(h->transport, "read", 200, "");
    fake_expect_hang(h->transport, "read", true);
    guest_init(&g, h, VG_OP_SEARCH, 0);
    guest_start(&g);
    fake_loop_advance(h->fake, 100000000);
    assert_int_equal(vg_metrics_read(h->metrics, VG_M_exchanges_in_flight, backend), 1);
    fake_answer(h->transport, 404, "");
    guest_finish(&g);
    assert_int_equal(vg_metrics_read(h->metrics, VG_M_exchanges_in_flight, backend), 0);
    assert_int_equal(count(h, VG_M_operations_total, VG_OP_SEARCH, VG_NOT_FOUND), 1);
    assert_int_equal(count(h, VG_M_operations_total, VG_OP_SEARCH, VG_OK), 0);
    assert_int_equal(count(h, VG_M_exchanges_total, VG_OP_SEARCH, VG_OK), 1);
    assert_int_equal(count(h, VG_M_exchanges_total, VG_OP_SEARCH, VG_NOT_FOUND), 1);
    assert_int_equal(count(h, VG_M_exchange_duration_seconds, VG_OP_SEARCH, VG_OK), 2);
    assert_int_equal(count(h, VG_M_operation_duration_seconds, VG_OP_SEARCH, VG_OK), 1);
    guest_free(&g);
}

struct diary {
    char text[512];
};

static void write_down(void *arg, const vg_call_event *event)
{
    static const char *const words[] = {"started", "sent", "ended", "over"};
    struct diary *diary = arg;
    size_t len = strlen(diary->text);

    snprintf(diary->text + len, sizeof diary->text - len, "%s %s %s %" PRIu64 "; ",
             words[event->what], event->exchange != NULL ? event->exchange->name : "-",
             vg_code_describe(event->code)->name, event->at_ns / 1000000);
}

static void the_hook_sees_what_happens_in_order(void **state)
{
    house *h = *state;
    struct diary diary = {""};
    guest g;

    house_script(h, (script_move[]){MOVE_REST, MOVE_WRITE, MOVE_READ, MOVE_END});
    fake_expect_reply(h->transport, "write", 200, "");
    fake_expect_fault(h->transport, "read", VG_FAULT_RESET, true);
    guest_init(&g, h, VG_OP_HEALTH, 0);
    house_open_runner(h);
    vg_runner_set_hook(h->runner, write_down, &diary);
    guest_start(&g);
    fake_loop_advance(h->fake, 100000000);
    guest_finish(&g);
    assert_string_equal(diary.text, "started - OK 1000; sent write OK 1100; ended write OK 1100; "
                                    "sent read OK 1100; ended read UNAVAILABLE 1100; "
                                    "over - UNAVAILABLE 1100; ");
    guest_free(&g);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, house_open, house_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_way_ends_as_it_should),
        TEST(an_operation_that_the_adapter_lacks_is_unsupported),
        TEST(the_answer_lives_as_long_as_the_op),
        TEST(a_wait_is_as_long_as_was_asked),
        TEST(a_wait_ends_at_the_deadline),
        TEST(each_fault_has_its_code_and_story),
        TEST(a_fault_after_a_whole_write_tells_of_the_write),
        TEST(a_failure_that_leaves_a_write_open_says_so),
        TEST(operations_and_exchanges_are_counted),
        TEST(the_hook_sees_what_happens_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
