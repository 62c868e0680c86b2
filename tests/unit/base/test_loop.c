/* The loop: order, what waits for the next turn, timers, and tasks from other threads. */
#include <pthread.h>

#include "base/check.h"
#include "base/list.h"
#include "base/loop.h"
#include "tests/support/chance.h"
#include "tests/support/fake_loop.h"
#include "tests/unit/base/unit.h"

static fake_loop *fake;
static vg_loop *loop;
static char trace[64];

static int set_up(void **state)
{
    (void)state;
    fake = fake_loop_new();
    loop = fake_loop_loop(fake);
    trace[0] = '\0';
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_loop_free(fake);
    return 0;
}

/* A thing that leaves its name in the trace, and may do something else then. */
typedef struct actor actor;
struct actor {
    vg_task task;
    vg_timer timer;
    char name;
    void (*act)(actor *self);
    actor *other;
};

static void play(actor *self)
{
    strncat(trace, &self->name, 1);
    if (self->act != NULL)
        self->act(self);
}

static void run_task(vg_task *task)
{
    play(vg_container_of(task, actor, task));
}

static void on_timer(vg_timer *timer)
{
    play(vg_container_of(timer, actor, timer));
}

static actor make(char name, void (*act)(actor *self), actor *other)
{
    return (actor){
        .task.run = run_task, .timer.on_timer = on_timer, .name = name, .act = act, .other = other};
}

static uint64_t in_ms(uint64_t ms)
{
    return vg_loop_now_ns(loop) + ms * 1000000;
}

static void advance_ms(uint64_t ms)
{
    fake_loop_advance(fake, ms * 1000000);
}

static void post_other(actor *self)
{
    vg_loop_post(loop, &self->other->task);
}

static void start_other_for_the_past(actor *self)
{
    vg_timer_start(loop, &self->other->timer, 0);
}

static void stop_other(actor *self)
{
    vg_timer_stop(loop, &self->other->timer);
}

static void tasks_run_later_and_in_order(void **state)
{
    actor a = make('a', NULL, NULL), b = make('b', NULL, NULL), c = make('c', NULL, NULL);

    (void)state;
    vg_loop_post(loop, &b.task);
    vg_loop_post(loop, &a.task);
    vg_loop_post(loop, &c.task);
    assert_string_equal(trace, "");
    assert_int_equal(vg_loop_turn(loop), UINT64_MAX);
    assert_string_equal(trace, "bac");
}

static void what_a_task_posts_waits_for_the_next_turn(void **state)
{
    actor b = make('b', NULL, NULL);
    actor a = make('a', post_other, &b);

    (void)state;
    vg_loop_post(loop, &a.task);
    assert_int_equal(vg_loop_turn(loop), 0);
    assert_string_equal(trace, "a");
    assert_int_equal(vg_loop_turn(loop), UINT64_MAX);
    assert_string_equal(trace, "ab");
}

static void a_task_may_post_itself(void **state)
{
    actor a = make('a', post_other, NULL);

    (void)state;
    a.other = &a;
    vg_loop_post(loop, &a.task);
    assert_int_equal(vg_loop_turn(loop), 0);
    assert_int_equal(vg_loop_turn(loop), 0);
    a.act = NULL;
    assert_int_equal(vg_loop_turn(loop), UINT64_MAX);
    assert_string_equal(trace, "aaa");
}

static void timers_run_by_due_time_and_equals_as_started(void **state)
{
    actor a = make('a', NULL, NULL), b = make('b', NULL, NULL), c = make('c', NULL, NULL),
          d = make('d', NULL, NULL);

    (void)state;
    vg_timer_start(loop, &a.timer, in_ms(20));
    vg_timer_start(loop, &b.timer, in_ms(10));
    vg_timer_start(loop, &c.timer, in_ms(10));
    vg_timer_start(loop, &d.timer, in_ms(5));
    advance_ms(9);
    assert_string_equal(trace, "d");
    advance_ms(1);
    assert_string_equal(trace, "dbc");
    advance_ms(10);
    assert_string_equal(trace, "dbca");
    assert_int_equal(a.timer.slot, 0);
}

static void starting_a_started_timer_moves_it(void **state)
{
    actor a = make('a', NULL, NULL), b = make('b', NULL, NULL);

    (void)state;
    vg_timer_start(loop, &a.timer, in_ms(10));
    vg_timer_start(loop, &b.timer, in_ms(20));
    vg_timer_start(loop, &a.timer, in_ms(30));
    advance_ms(29);
    assert_string_equal(trace, "b");
    vg_timer_start(loop, &a.timer, in_ms(0));
    advance_ms(0);
    assert_string_equal(trace, "ba");
    advance_ms(100);
    assert_string_equal(trace, "ba");
}

static void a_timer_for_the_past_waits_for_the_next_turn_behind_those_due(void **state)
{
    actor c = make('c', NULL, NULL);
    actor a = make('a', start_other_for_the_past, &c);
    actor b = make('b', NULL, NULL);

    (void)state;
    vg_timer_start(loop, &a.timer, in_ms(0));
    vg_timer_start(loop, &b.timer, in_ms(0));
    vg_loop_turn(loop);
    assert_string_equal(trace, "ab");
    vg_loop_turn(loop);
    assert_string_equal(trace, "abc");
}

static void a_timer_that_restarts_itself_starves_nobody(void **state)
{
    actor a = make('a', start_other_for_the_past, NULL);
    actor b = make('b', NULL, NULL);

    (void)state;
    a.other = &a;
    vg_timer_start(loop, &a.timer, in_ms(0));
    vg_timer_start(loop, &b.timer, in_ms(0));
    assert_true(vg_loop_turn(loop) <= vg_loop_now_ns(loop));
    assert_true(vg_loop_turn(loop) <= vg_loop_now_ns(loop));
    assert_string_equal(trace, "aba");
    vg_timer_stop(loop, &a.timer);
}

static void a_due_timer_can_still_be_stopped(void **state)
{
    actor b = make('b', NULL, NULL);
    actor a = make('a', stop_other, &b);

    (void)state;
    vg_timer_start(loop, &a.timer, in_ms(1));
    vg_timer_start(loop, &b.timer, in_ms(1));
    advance_ms(5);
    assert_string_equal(trace, "a");
    vg_timer_stop(loop, &b.timer); /* not started: no effect */
}

static uint64_t time_seen[3];
static size_t times_seen;

static void note_time(actor *self)
{
    (void)self;
    time_seen[times_seen++] = vg_loop_now_ns(loop);
    time_seen[times_seen++] = vg_loop_wall_ms(loop);
}

static void the_clock_stands_on_the_timer(void **state)
{
    actor a = make('a', note_time, NULL);
    uint64_t began = vg_loop_now_ns(loop);
    uint64_t began_ms = vg_loop_wall_ms(loop);

    (void)state;
    times_seen = 0;
    vg_timer_start(loop, &a.timer, in_ms(7));
    advance_ms(100);
    assert_int_equal(time_seen[0], began + 7000000);
    assert_int_equal(time_seen[1], began_ms + 7);
    assert_int_equal(vg_loop_now_ns(loop), began + 100000000);
}

static void the_driver_is_asked_once_and_only_from_outside(void **state)
{
    actor b = make('b', NULL, NULL), c = make('c', NULL, NULL);
    actor a = make('a', post_other, &b);

    (void)state;
    vg_loop_post(loop, &a.task);
    assert_int_equal(fake_loop_turns_wanted(fake), 1);
    assert_int_equal(fake_loop_last_due(fake), 0);
    vg_loop_post(loop, &c.task);
    assert_int_equal(fake_loop_turns_wanted(fake), 1);
    vg_loop_turn(loop);
    assert_int_equal(fake_loop_turns_wanted(fake), 1);
    fake_loop_settle(fake);
    vg_timer_start(loop, &a.timer, 5000000000);
    assert_int_equal(fake_loop_last_due(fake), 5000000000);
    vg_timer_start(loop, &b.timer, 6000000000);
    assert_int_equal(fake_loop_turns_wanted(fake), 2);
    vg_timer_start(loop, &b.timer, 4000000000);
    assert_int_equal(fake_loop_turns_wanted(fake), 3);
    assert_int_equal(vg_loop_turn(loop), 4000000000);
    vg_timer_stop(loop, &a.timer);
    vg_timer_stop(loop, &b.timer);
}

/* ---- many timers, by chance ---- */

enum { TIMERS = 300, STEPS = 20000 };

struct ringing {
    vg_timer timer;
    uint64_t due_ns; /* 0: not started */
};

static struct ringing ringing[TIMERS];
static uint64_t last_due_ns;

static void ring(vg_timer *timer)
{
    struct ringing *r = vg_container_of(timer, struct ringing, timer);

    assert_true(r->due_ns != 0 && r->due_ns <= vg_loop_now_ns(loop));
    assert_true(r->due_ns >= last_due_ns);
    last_due_ns = r->due_ns;
    r->due_ns = 0;
}

static void change(struct ringing *r)
{
    if (chance_below(3) == 0) {
        vg_timer_stop(loop, &r->timer);
        r->due_ns = 0;
        return;
    }
    r->due_ns = vg_loop_now_ns(loop) + 1 + chance_below(1000);
    vg_timer_start(loop, &r->timer, r->due_ns);
}

static void any_number_of_timers_rings_in_order(void **state)
{
    (void)state;
    chance_begin(__func__);
    last_due_ns = 0;
    for (size_t i = 0; i < TIMERS; i++)
        ringing[i] = (struct ringing){.timer.on_timer = ring};
    for (size_t step = 0; step < STEPS; step++) {
        change(&ringing[chance_below(TIMERS)]);
        if (chance_below(10) == 0)
            fake_loop_advance(fake, chance_below(200));
    }
    fake_loop_advance(fake, 2000);
    for (size_t i = 0; i < TIMERS; i++)
        assert_int_equal(ringing[i].due_ns, 0);
}

/* ---- other threads ---- */

enum { THREADS = 4, WAKES = 2000 };

struct waker {
    pthread_t thread;
    struct woken {
        vg_task task;
        struct waker *from;
        size_t number;
    } tasks[WAKES];
    size_t next; /* what must come next from this thread */
};

static struct waker wakers[THREADS];
static size_t woken_count;

static void on_woken(vg_task *task)
{
    struct woken *w = vg_container_of(task, struct woken, task);

    assert_int_equal(w->number, w->from->next++);
    woken_count++;
}

static void *wake_often(void *arg)
{
    struct waker *self = arg;

    for (size_t i = 0; i < WAKES; i++) {
        self->tasks[i] = (struct woken){.task.run = on_woken, .from = self, .number = i};
        vg_loop_wake(loop, &self->tasks[i].task);
    }
    return NULL;
}

static void no_waking_is_lost_and_each_thread_keeps_its_order(void **state)
{
    (void)state;
    woken_count = 0;
    for (size_t i = 0; i < THREADS; i++) {
        wakers[i].next = 0;
        assert_int_equal(pthread_create(&wakers[i].thread, NULL, wake_often, &wakers[i]), 0);
    }
    while (woken_count < (size_t)THREADS * WAKES)
        vg_loop_turn(loop);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(wakers[i].thread, NULL);
    assert_int_equal(fake_loop_wakes(fake), THREADS * WAKES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tasks_run_later_and_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_task_posts_waits_for_the_next_turn, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_task_may_post_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(timers_run_by_due_time_and_equals_as_started, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(starting_a_started_timer_moves_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_timer_for_the_past_waits_for_the_next_turn_behind_those_due, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_timer_that_restarts_itself_starves_nobody, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_due_timer_can_still_be_stopped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_clock_stands_on_the_timer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_driver_is_asked_once_and_only_from_outside, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(any_number_of_timers_rings_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_waking_is_lost_and_each_thread_keeps_its_order, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
