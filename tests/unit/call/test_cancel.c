/* Early ends: cancelling and the deadline, in every phase, with one ending always. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/chance.h"
#include "tests/support/script_adapter.h"

enum when { IN_START, IN_READ, IN_WRITE, IN_REST, IN_SETTLE, AFTERWARDS };
enum how { BY_CLIENT, BY_SHUTDOWN, BY_DEADLINE, BY_BOTH };

static const vg_code reasons[] = {
    [BY_CLIENT] = VG_CANCELLED,
    [BY_SHUTDOWN] = VG_UNAVAILABLE,
    [BY_DEADLINE] = VG_DEADLINE,
    [BY_BOTH] = VG_CANCELLED, /* the client first, then the deadline */
};

static bool says(const vg_op *op, const char *text)
{
    vg_slice what = vg_status_what(&op->status);

    return memmem(what.at, what.len, text, strlen(text)) != NULL;
}

/* Brings a call into the phase meant. */
static void bring(house *h, guest *g, enum when when)
{
    switch (when) {
    case IN_START:
    case IN_READ:
        house_script(h, (script_move[]){MOVE_READ, MOVE_DONE, MOVE_END});
        fake_expect_hang(h->transport, "read", true);
        break;
    case IN_WRITE:
        house_script(h, (script_move[]){MOVE_WRITE, MOVE_DONE, MOVE_END});
        fake_expect_hang(h->transport, "write", true);
        break;
    case IN_REST:
        house_script(h, (script_move[]){MOVE_REST, MOVE_DONE, MOVE_END});
        break;
    case IN_SETTLE:
    case AFTERWARDS:
        house_script(h, (script_move[]){MOVE_DONE, MOVE_END});
    }
    guest_init(g, h, VG_OP_UPSERT, 0);
    guest_start(g);
    if (when != IN_START && when != IN_SETTLE)
        fake_loop_settle(h->fake);
}

static void stop(guest *g, enum how how)
{
    if (how != BY_DEADLINE)
        vg_call_cancel(g->op, reasons[how]);
    if (how == BY_DEADLINE || how == BY_BOTH)
        fake_loop_advance(g->house->fake, 1000000000);
    vg_call_cancel(g->op, VG_UNAVAILABLE); /* too late to be the reason */
}

static const struct {
    const char *says;
    enum when when;
    enum how how;
    vg_code code;
    int stopped;
} rows[] = {
    {"gone as soon as it came", IN_START, BY_CLIENT, VG_CANCELLED, 1},
    {"gone during a read", IN_READ, BY_CLIENT, VG_CANCELLED, 1},
    {"shut down during a read", IN_READ, BY_SHUTDOWN, VG_UNAVAILABLE, 1},
    {"late during a read", IN_READ, BY_DEADLINE, VG_DEADLINE, 1},
    {"gone, then late: the first reason stands", IN_READ, BY_BOTH, VG_CANCELLED, 1},
    {"late during a write", IN_WRITE, BY_DEADLINE, VG_DEADLINE, 1},
    {"gone during a write that then is late", IN_WRITE, BY_BOTH, VG_CANCELLED, 1},
    {"gone during a wait", IN_REST, BY_CLIENT, VG_CANCELLED, 0},
    {"shut down during a wait", IN_REST, BY_SHUTDOWN, VG_UNAVAILABLE, 0},
    {"late during a wait", IN_REST, BY_DEADLINE, VG_OK, 0}, /* the wait was over before */
    {"gone when all was done", IN_SETTLE, BY_CLIENT, VG_OK, 0},
    {"late when all was done", IN_SETTLE, BY_DEADLINE, VG_OK, 0},
    {"gone when it was over", AFTERWARDS, BY_CLIENT, VG_OK, 0},
};

static void each_phase_can_be_ended_early_once(void **state)
{
    house *h = *state;
    guest g;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int before = fake_stopped(h->transport);

        print_message("%s\n", rows[i].says);
        bring(h, &g, rows[i].when);
        stop(&g, rows[i].how);
        guest_finish(&g);
        assert_int_equal(g.op->status.code, rows[i].code);
        assert_int_equal(fake_stopped(h->transport) - before, rows[i].stopped);
        assert_true(says(&(vg_op){.status = g.op->status}, "not known") ==
                    (rows[i].when == IN_WRITE));
        assert_int_equal(g.op->status.is_unclear, rows[i].when == IN_WRITE);
        guest_free(&g);
    }
}

static void a_write_runs_to_its_end_when_the_client_goes(void **state)
{
    house *h = *state;
    guest g;

    bring(h, &g, IN_WRITE);
    vg_call_cancel(g.op, VG_CANCELLED);
    fake_loop_advance(h->fake, 500000000);
    assert_int_equal(g.endings, 0);
    assert_int_equal(fake_stopped(h->transport), 0);
    fake_answer(h->transport, 200, "written");
    guest_finish(&g);
    assert_int_equal(g.op->status.code, VG_OK); /* its true result */
    guest_free(&g);
}

static void what_follows_a_write_is_not_begun_when_the_client_went(void **state)
{
    house *h = *state;
    guest g;

    house_script(h, (script_move[]){MOVE_WRITE_ONCE, MOVE_READ, MOVE_END});
    fake_expect_hang(h->transport, "write", true);
    guest_init(&g, h, VG_OP_UPSERT, 0);
    guest_start(&g);
    vg_call_cancel(g.op, VG_CANCELLED);
    fake_answer(h->transport, 200, "");
    guest_finish(&g);
    assert_int_equal(g.op->status.code, VG_CANCELLED);
    assert_true(says(g.op, "not known whether the write was done, look before"));
    assert_int_equal(fake_sent(h->transport), 1);
    guest_free(&g);
}

static void a_reply_that_came_before_the_stop_counts(void **state)
{
    house *h = *state;
    guest g;

    bring(h, &g, IN_READ);
    fake_answer(h->transport, 200, "just in time");
    vg_call_cancel(g.op, VG_CANCELLED);
    guest_finish(&g);
    assert_int_equal(g.op->status.code, VG_OK);
    assert_true(vg_slice_is_str(g.op->out.health.title, "just in time"));
    guest_free(&g);
}

static void what_ended_because_it_was_stopped_ends_with_the_reason(void **state)
{
    house *h = *state;
    guest g;

    house_script(h, (script_move[]){MOVE_READ, MOVE_STOPPED, MOVE_END});
    fake_expect_hang(h->transport, "read", true);
    guest_init(&g, h, VG_OP_HEALTH, 0);
    guest_start(&g);
    fake_loop_settle(h->fake);
    fake_answer(h->transport, 200, "");
    vg_call_cancel(g.op, VG_DEADLINE);
    guest_finish(&g);
    assert_int_equal(g.op->status.code, VG_DEADLINE);
    assert_false(says(g.op, "interrupted"));
    guest_free(&g);
}

static void an_op_that_comes_too_late_is_not_begun(void **state)
{
    house *h = *state;
    guest g;

    house_script(h, (script_move[]){MOVE_READ, MOVE_END});
    guest_init(&g, h, VG_OP_HEALTH, 0);
    g.op->deadline_ns = vg_loop_now_ns(h->loop);
    guest_start(&g);
    guest_finish(&g);
    assert_int_equal(g.op->status.code, VG_DEADLINE);
    assert_int_equal(h->script.steps, 0);
    guest_free(&g);
}

static void a_runner_cancels_all_its_calls(void **state)
{
    house *h = *state;
    guest g[5];

    house_script(h,
                 (script_move[]){MOVE_READ, MOVE_READ, MOVE_REST, MOVE_READ, MOVE_DONE, MOVE_END});
    for (int i = 0; i < 3; i++)
        fake_expect_hang(h->transport, "read", true);
    for (int i = 0; i < 5; i++) {
        guest_init(&g[i], h, VG_OP_HEALTH, 0);
        guest_start(&g[i]);
    }
    assert_int_equal(vg_runner_calls(h->runner), 5);
    vg_runner_cancel_all(h->runner, VG_UNAVAILABLE);
    fake_loop_settle(h->fake);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(g[i].endings, 1);
        assert_int_equal(g[i].op->status.code, i == 4 ? VG_OK : VG_UNAVAILABLE);
        assert_true(i == 4 || says(g[i].op, "shutting down"));
        guest_free(&g[i]);
    }
}

/* --- memory ---------------------------------------------------------------------------------- */

static const script_move long_way[] = {MOVE_READ, MOVE_REST, MOVE_AGAIN, MOVE_WRITE,
                                       MOVE_READ, MOVE_DONE, MOVE_END};

static void expect_long_way(house *h)
{
    house_script(h, long_way);
    fake_expect_reply(h->transport, "read", 200, "first");
    fake_expect_reply(h->transport, "write", 200, "second");
    fake_expect_reply(h->transport, "read", 200, "third");
}

/* One long way with so much memory and no more; answers how it ended. */
static vg_code go_with(house *h, size_t scratch_bytes, size_t op_bytes)
{
    vg_code code;
    guest g;

    h->scratch_bytes = scratch_bytes;
    expect_long_way(h);
    house_open_runner(h);
    guest_init(&g, h, VG_OP_UPSERT, op_bytes);
    guest_start(&g);
    fake_loop_advance(h->fake, 200000000);
    guest_finish(&g);
    code = g.op->status.code;
    if (code == VG_OK)
        assert_true(vg_slice_is_str(g.op->out.health.title, "third"));
    else
        assert_true(vg_status_what(&g.op->status).len > 0);
    guest_free(&g);
    fake_forget(h->transport);
    vg_runner_free(h->runner);
    h->runner = NULL;
    h->transport = fake_transport_new(h->loop);
    return code;
}

static void it_ends_once_however_little_memory_there_is(void **state)
{
    house *h = *state;
    int failures = 0;

    for (size_t bytes = 1; bytes < 20000; bytes += 37) {
        vg_code code = go_with(h, bytes, 0);

        assert_true(code == VG_OK || code == VG_TOO_LARGE || code == VG_OVERLOADED);
        failures += code != VG_OK;
    }
    assert_true(failures > 0);
    assert_int_equal(go_with(h, 1 << 20, 0), VG_OK);
}

static void an_op_without_room_for_its_answer_says_so(void **state)
{
    house *h = *state;
    size_t bytes = sizeof(vg_op);
    guest g;

    house_script(h, (script_move[]){MOVE_DONE, MOVE_END});
    guest_init(&g, h, VG_OP_HEALTH, 1 << 16);
    while (vg_arena_take(g.op->arena, bytes) != NULL || (bytes /= 2) > 0)
        continue;
    guest_start(&g);
    guest_finish(&g);
    assert_int_equal(g.op->status.code, VG_TOO_LARGE);
    guest_free(&g);
}

static void without_any_memory_it_is_overloaded(void **state)
{
    house *h = *state;
    size_t before = vg_arena_total_cap();
    guest g;

    house_script(h, (script_move[]){MOVE_DONE, MOVE_END});
    guest_init(&g, h, VG_OP_HEALTH, 0);
    vg_arena_set_total_cap(vg_arena_total_bytes());
    guest_start(&g);
    guest_finish(&g);
    vg_arena_set_total_cap(before);
    assert_int_equal(g.op->status.code, VG_OVERLOADED);
    assert_int_equal(h->script.steps, 0);
    guest_free(&g);
}

/* --- chance ---------------------------------------------------------------------------------- */

static void expect_by_chance(house *h, script_move move)
{
    const char *name = move == MOVE_READ ? "read" : "write";
    size_t n = chance_below(6);

    if (n < 3)
        fake_expect_reply(h->transport, name, 200, "yes");
    else if (n == 3)
        fake_expect_hang(h->transport, name, chance_below(2) == 0);
    else
        fake_expect_fault(h->transport, name, (vg_fault)(1 + chance_below(VG_FAULTS - 1)),
                          chance_below(2) == 0);
}

static void plan_by_chance(house *h)
{
    static const script_move some[] = {MOVE_READ,  MOVE_WRITE, MOVE_WRITE_ONCE, MOVE_REST,
                                       MOVE_AGAIN, MOVE_DONE,  MOVE_FAIL,       MOVE_SEND_NOTHING,
                                       MOVE_READ,  MOVE_WRITE};
    script_move moves[16] = {MOVE_END};

    for (int i = 0; i < 14; i++) {
        moves[i] = some[chance_below(10)];
        if (moves[i] <= MOVE_WRITE_ONCE)
            expect_by_chance(h, moves[i]);
    }
    moves[14] = MOVE_DONE;
    house_script(h, moves);
}

static void whatever_happens_it_ends_once(void **state)
{
    static const vg_code why[] = {VG_CANCELLED, VG_UNAVAILABLE, VG_DEADLINE};
    house *h = *state;
    guest g;

    chance_begin(__func__);
    for (int i = 0; i < 3000; i++) {
        plan_by_chance(h);
        guest_init(&g, h, VG_OP_UPSERT, 0);
        guest_start(&g);
        for (int k = 0; k < 12 && g.endings == 0; k++) {
            if (chance_below(8) == 0)
                vg_call_cancel(g.op, why[chance_below(3)]);
            fake_loop_advance(h->fake, chance_below(120000000));
        }
        fake_loop_advance(h->fake, 1000000000);
        guest_finish(&g);
        guest_free(&g);
        fake_forget(h->transport);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, house_open, house_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_phase_can_be_ended_early_once),
        TEST(a_write_runs_to_its_end_when_the_client_goes),
        TEST(what_follows_a_write_is_not_begun_when_the_client_went),
        TEST(a_reply_that_came_before_the_stop_counts),
        TEST(what_ended_because_it_was_stopped_ends_with_the_reason),
        TEST(an_op_that_comes_too_late_is_not_begun),
        TEST(a_runner_cancels_all_its_calls),
        TEST(it_ends_once_however_little_memory_there_is),
        TEST(an_op_without_room_for_its_answer_says_so),
        TEST(without_any_memory_it_is_overloaded),
        TEST(whatever_happens_it_ends_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
