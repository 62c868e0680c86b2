/* A vg_loop on a real uv_loop_t: posted tasks, timers, waking from another thread, and the clock.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/clock.h"
#include "net/loop_uv.h"

enum { MS = 1000 * 1000 };

static uv_loop_t uv;
static vg_metrics *metrics;
static vg_loop_uv *driver;
static vg_loop *loop;

static int open_loop(void **state)
{
    (void)state;
    metrics = vg_metrics_new(1);
    uv_loop_init(&uv);
    driver = vg_loop_uv_open(&uv, metrics);
    loop = vg_loop_uv_loop(driver);
    return loop == NULL;
}

static int close_loop(void **state)
{
    (void)state;
    vg_loop_uv_close(driver);
    uv_run(&uv, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&uv), 0);
    vg_metrics_free(metrics);
    return 0;
}

struct job {
    vg_task task;
    vg_timer timer;
    char name;
    int again;
};

static char seen[64];

static void note(char name)
{
    size_t len = strlen(seen);

    assert_true(len + 1 < sizeof(seen));
    seen[len] = name;
    seen[len + 1] = '\0';
}

static void expect_seen(const char *wanted)
{
    assert_string_equal(seen, wanted);
    seen[0] = '\0';
}

static void run_job(vg_task *task)
{
    struct job *job = vg_container_of(task, struct job, task);

    note(job->name);
    if (job->again-- > 0)
        vg_loop_post(loop, task);
}

static void what_is_posted_runs_in_order_and_keeps_the_loop_alive(void **state)
{
    struct job a = {.task.run = run_job, .name = 'a', .again = 2};
    struct job b = {.task.run = run_job, .name = 'b'};

    (void)state;
    vg_loop_post(loop, &a.task);
    vg_loop_post(loop, &b.task);
    expect_seen("");
    uv_run(&uv, UV_RUN_DEFAULT);
    expect_seen("abaa");
}

static void on_timer(vg_timer *timer)
{
    struct job *job = vg_container_of(timer, struct job, timer);

    assert_true(vg_loop_now_ns(loop) >= timer->due_ns);
    note(job->name);
}

static void run_until_seen(size_t count)
{
    uint64_t until = vg_clock_now_ns() + 5000ull * MS;

    while (strlen(seen) < count && vg_clock_now_ns() < until)
        uv_run(&uv, UV_RUN_NOWAIT);
}

/* Of a handle that keeps uv_run() from ending. */
static void on_keeper(uv_timer_t *timer)
{
    (void)timer;
}

static void timers_run_when_due_and_not_before(void **state)
{
    struct job jobs[4] = {{.name = 'a'}, {.name = 'b'}, {.name = 'c'}, {.name = 'd'}};
    static const uint64_t due_ms[4] = {30, 10, 20, 15};
    uint64_t now = vg_loop_now_ns(loop);
    uv_timer_t keeper;

    (void)state;
    uv_timer_init(&uv, &keeper);
    uv_timer_start(&keeper, on_keeper, 5000, 0);
    for (int i = 0; i < 4; i++) {
        jobs[i].timer.on_timer = on_timer;
        vg_timer_start(loop, &jobs[i].timer, now + due_ms[i] * MS);
    }
    vg_timer_stop(loop, &jobs[3].timer);
    run_until_seen(3);
    expect_seen("bca");
    assert_true(vg_clock_now_ns() >= now + 30ull * MS);
    uv_close((uv_handle_t *)&keeper, NULL);
    uv_run(&uv, UV_RUN_DEFAULT);
}

/* The loop sleeps; only the wake can end that before the keeper does. */
static void *wake_it(void *arg)
{
    struct job *job = arg;

    vg_loop_wake(loop, &job->task);
    return NULL;
}

static void another_thread_wakes_it(void **state)
{
    struct job job = {.task.run = run_job, .name = 'w'};
    uv_timer_t keeper;
    pthread_t thread;

    (void)state;
    uv_timer_init(&uv, &keeper);
    uv_timer_start(&keeper, on_keeper, 20000, 0);
    pthread_create(&thread, NULL, wake_it, &job);
    while (seen[0] == '\0' && uv_is_active((uv_handle_t *)&keeper))
        uv_run(&uv, UV_RUN_ONCE);
    expect_seen("w"); /* and not the keeper */
    pthread_join(thread, NULL);
    uv_close((uv_handle_t *)&keeper, NULL);
    uv_run(&uv, UV_RUN_DEFAULT);
}

static void spin(vg_task *task)
{
    uint64_t before = vg_loop_now_ns(loop);
    uint64_t until = vg_clock_now_ns() + 20 * MS;

    (void)task;
    while (vg_clock_now_ns() < until)
        continue;
    assert_int_equal(vg_loop_now_ns(loop), before); /* within a turn it stands still */
    note('s');
}

static void compute(vg_task *task)
{
    uint64_t until = vg_clock_thread_ns() + 20 * MS;

    (void)task;
    while (vg_clock_thread_ns() < until)
        continue;
    note('c');
}

static void the_most_cpu_time_of_a_turn_is_measured(void **state)
{
    vg_task task = {.run = compute};
    vg_task another = {.run = compute};
    uint64_t most;

    (void)state;
    vg_loop_post(loop, &task);
    uv_run(&uv, UV_RUN_DEFAULT);
    vg_loop_post(loop, &another);
    uv_run(&uv, UV_RUN_DEFAULT);
    expect_seen("cc");
    most = vg_metrics_read(metrics, VG_M_loop_turn_cpu_max_seconds, (vg_cell){0});
    assert_true(most >= 20 * MS);
    assert_true(most <= vg_clock_thread_ns());
}

static void the_longest_turn_is_measured_without_the_waiting(void **state)
{
    vg_task task = {.run = spin};
    uv_timer_t keeper;
    uint64_t longest;

    (void)state;
    uv_timer_init(&uv, &keeper);
    uv_timer_start(&keeper, on_keeper, 1000, 0);
    uv_run(&uv, UV_RUN_DEFAULT);
    assert_true(vg_metrics_read(metrics, VG_M_loop_turn_max_seconds, (vg_cell){0}) < 900 * MS);
    vg_loop_post(loop, &task);
    uv_run(&uv, UV_RUN_DEFAULT);
    vg_loop_post(loop, &task);
    uv_run(&uv, UV_RUN_DEFAULT);
    expect_seen("ss");
    longest = vg_metrics_read(metrics, VG_M_loop_turn_max_seconds, (vg_cell){0});
    assert_true(longest >= 20 * MS);
    uv_close((uv_handle_t *)&keeper, NULL);
    uv_run(&uv, UV_RUN_DEFAULT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_posted_runs_in_order_and_keeps_the_loop_alive),
        cmocka_unit_test(timers_run_when_due_and_not_before),
        cmocka_unit_test(another_thread_wakes_it),
        cmocka_unit_test(the_most_cpu_time_of_a_turn_is_measured),
        cmocka_unit_test(the_longest_turn_is_measured_without_the_waiting),
    };

    return cmocka_run_group_tests_name("net/loop_uv", tests, open_loop, close_loop);
}
