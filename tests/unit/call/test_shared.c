/* What workers share, between processes: real ones, some of which are killed. */
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "call/retry.h"
#include "call/shared.h"
#include "tests/support/chance.h"

#define MS ((uint64_t)1000000)
#define T0 ((uint64_t)1000000) /* ms */

enum { WORKERS = 4, MOST = 8 };

static const vg_breaker_conf breaker_conf = {.is_on = true,
                                             .window_ms = 10000,
                                             .least = 20,
                                             .percent = 50,
                                             .connects = 5,
                                             .open_ms = 1000,
                                             .open_most_ms = 60000,
                                             .probes = 3};
static const vg_retry_conf retry_conf = {
    .most = 2, .wait_ms = 25, .percent = 20, .least = 10, .window_ms = 10000};

/* What a worker does; its answer, 0 to 200, is how its process ends. */
typedef int work_fn(vg_shared_backend *at, uint32_t worker);

static pid_t begin(work_fn *work, vg_shared_backend *at, uint32_t worker)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(work(at, worker));
    assert_true(pid > 0);
    return pid;
}

static int answer_of(pid_t pid)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* All at once; the sum of what they answer. */
static int run_all(work_fn *work, vg_shared_backend *at)
{
    pid_t pids[WORKERS];
    int sum = 0;

    for (uint32_t i = 0; i < WORKERS; i++)
        pids[i] = begin(work, at, i);
    for (int i = 0; i < WORKERS; i++)
        sum += answer_of(pids[i]);
    return sum;
}

static void kill_it(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static int open_shared(void **state)
{
    *state = vg_shared_new(2);
    return *state == NULL;
}

static int close_shared(void **state)
{
    vg_shared_free(*state);
    return 0;
}

/* --- decided together ------------------------------------------------------------------------ */

static int fail_to_connect(vg_shared_backend *at, uint32_t worker)
{
    (void)worker;
    vg_breaker_learn(
        &at->breakers[0], &breaker_conf,
        &(vg_breaker_ending){.verdict = VG_VERDICT_NO_CONNECT, .cause = 7, .now_ms = T0});
    return 0;
}

static void what_all_see_of_a_backend_opens_the_breaker_for_all(void **state)
{
    vg_shared_backend *at = vg_shared_at(*state, 1);

    run_all(fail_to_connect, at);
    assert_true(vg_breaker_admit(&at->breakers[0], &breaker_conf, T0).may_pass);
    answer_of(begin(fail_to_connect, at, 0));
    assert_int_equal(vg_breaker_look(&at->breakers[0]), VG_BREAKER_OPEN);
    assert_int_equal(vg_breaker_cause(&at->breakers[0]), 7);
    assert_int_equal(vg_breaker_look(&vg_shared_at(*state, 0)->breakers[0]), VG_BREAKER_CLOSED);
}

static int take_tokens(vg_shared_backend *at, uint32_t worker)
{
    int taken = 0;

    (void)worker;
    for (int i = 0; i < 20000; i++)
        taken += vg_bucket_take(&at->quota.all, 1000, 200, T0 * MS) == 0;
    return taken;
}

static void no_token_is_given_to_two(void **state)
{
    assert_int_equal(run_all(take_tokens, vg_shared_at(*state, 1)), 200);
}

static int ask_again(vg_shared_backend *at, uint32_t worker)
{
    const vg_retry_case failed = {.code = VG_UNAVAILABLE,
                                  .repeat = VG_REPEAT_ALWAYS,
                                  .now_ms = T0,
                                  .deadline_ms = T0 + 30000};
    int again = 0;

    (void)worker;
    for (int i = 0; i < 200; i++)
        again += vg_retry_decide(&retry_conf, &at->retries, &failed).verdict == VG_RETRY_AGAIN;
    return again;
}

static void all_spend_one_budget(void **state)
{
    assert_in_range(run_all(ask_again, vg_shared_at(*state, 1)), 10, 10 + WORKERS - 1);
}

static int take_long(vg_shared_backend *at, uint32_t worker)
{
    (void)worker;
    for (int i = 0; i < VG_HEDGE_LEAST / WORKERS; i++)
        vg_latencies_add(&at->hedges.kinds[VG_OP_SEARCH], 10 * MS, T0);
    return 0;
}

static void what_reads_took_anywhere_tells_when_one_is_late(void **state)
{
    vg_shared_backend *at = vg_shared_at(*state, 1);

    run_all(take_long, at);
    assert_in_range(vg_latencies_p95_ns(&at->hedges.kinds[VG_OP_SEARCH], T0), 10 * MS, 13 * MS);
}

/* --- places ---------------------------------------------------------------------------------- */

static _Atomic int *in_flight; /* of all workers, as they know it */

/* Each keeps one all the time, so that none is given to one that has none. */
static int come_and_go(vg_shared_backend *at, uint32_t worker)
{
    int held = vg_places_take(&at->places, worker, MOST), most = 0;

    atomic_fetch_add(in_flight, 1);
    while (atomic_load(in_flight) < WORKERS)
        sched_yield();
    for (uint32_t i = 0; i < 300000; i++) {
        if (i % 3 > 0 && vg_places_take(&at->places, worker, MOST)) {
            int now = atomic_fetch_add(in_flight, 1) + 1;

            most = now > most ? now : most;
            held++;
        } else if (held > 1) {
            atomic_fetch_sub(in_flight, 1);
            vg_places_give(&at->places, worker);
            held--;
        }
    }
    for (; held > 0; held--) {
        atomic_fetch_sub(in_flight, 1);
        vg_places_give(&at->places, worker);
    }
    return most > MOST;
}

static void places_are_bounded_for_all_together(void **state)
{
    vg_shared_backend *at = vg_shared_at(*state, 1);

    in_flight =
        mmap(NULL, sizeof *in_flight, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(in_flight, MAP_FAILED);
    assert_int_equal(run_all(come_and_go, at), 0);
    assert_int_equal(vg_places_sum(&at->places), 0);
    munmap(in_flight, sizeof *in_flight);
}

static int take_all_there_are(vg_shared_backend *at, uint32_t worker)
{
    int taken = 0;

    for (int i = 0; i < 2 * MOST; i++)
        taken += vg_places_take(&at->places, worker, MOST);
    return taken;
}

static void who_has_none_is_given_one_when_all_are_taken(void **state)
{
    vg_shared_backend *at = vg_shared_at(*state, 1);

    assert_int_equal(answer_of(begin(take_all_there_are, at, 0)), MOST);
    for (uint32_t worker = 1; worker < WORKERS; worker++)
        assert_int_equal(answer_of(begin(take_all_there_are, at, worker)), 1);
    assert_int_equal(vg_places_sum(&at->places), MOST + WORKERS - 1);
}

static int take_and_hang(vg_shared_backend *at, uint32_t worker)
{
    take_all_there_are(at, worker);
    vg_breaker_admit(&at->breakers[0], &breaker_conf, T0 + 1000);
    while (pause() < 0)
        continue;
    return 0;
}

static void the_places_of_one_that_was_killed_are_free_once_it_is_buried(void **state)
{
    vg_shared_backend *at = vg_shared_at(*state, 1);
    pid_t pid = begin(take_and_hang, at, 2);

    while (vg_places_sum(&at->places) < MOST)
        usleep(1000);
    kill_it(pid);
    assert_int_equal(answer_of(begin(take_all_there_are, at, 1)), 1);
    vg_shared_bury(*state, 2);
    assert_int_equal(vg_places_sum(&at->places), 1);
    assert_int_equal(answer_of(begin(take_all_there_are, at, 2)), MOST - 1);
    vg_shared_bury(*state, 1); /* and of nobody else */
    assert_int_equal(vg_places_sum(&at->places), MOST - 1);
}

static void the_probe_of_one_that_was_killed_is_given_up_by_time(void **state)
{
    vg_shared_backend *at = vg_shared_at(*state, 1);
    pid_t pid;

    for (int i = 0; i < 5; i++)
        fail_to_connect(at, 0);
    pid = begin(take_and_hang, at, 0);
    while (vg_breaker_look(&at->breakers[0]) != VG_BREAKER_HALF_OPEN)
        usleep(1000);
    kill_it(pid);
    vg_shared_bury(*state, 0);
    assert_false(vg_breaker_admit(&at->breakers[0], &breaker_conf, T0 + 60999).may_pass);
    assert_true(vg_breaker_admit(&at->breakers[0], &breaker_conf, T0 + 61000).may_pass);
}

/* --- killed anywhere ------------------------------------------------------------------------- */

static int do_all_of_it(vg_shared_backend *at, uint32_t worker)
{
    for (uint64_t i = 0; i < UINT64_MAX; i++) {
        uint64_t now_ms = T0 + i / 64;
        vg_breaker_answer answer = vg_breaker_admit(&at->breakers[0], &breaker_conf, now_ms);

        if (answer.may_pass)
            vg_breaker_learn(
                &at->breakers[0], &breaker_conf,
                &(vg_breaker_ending){.ticket = answer.ticket,
                                     .verdict = i % 3 == 0 ? VG_VERDICT_WELL : VG_VERDICT_SICK,
                                     .now_ms = now_ms});
        vg_bucket_take(&at->quota.all, 1000, 10, now_ms * MS);
        vg_latencies_add(&at->hedges.kinds[VG_OP_GET], i, now_ms);
        vg_retry_note_sent(&retry_conf, &at->retries, now_ms);
        if (vg_places_take(&at->places, worker, MOST) && i % 5 > 0)
            vg_places_give(&at->places, worker);
    }
    return 0;
}

static void whenever_they_are_killed_those_who_come_after_are_served(void **state)
{
    vg_shared_backend *at = vg_shared_at(*state, 1);

    chance_begin(__func__);
    for (int round = 0; round < 20; round++) {
        pid_t pids[WORKERS];
        uint64_t later_ms = T0 + 1000000000 * (uint64_t)(round + 1);

        for (uint32_t i = 0; i < WORKERS; i++)
            pids[i] = begin(do_all_of_it, at, i);
        usleep((useconds_t)chance_below(5000));
        for (uint32_t i = 0; i < WORKERS; i++) {
            kill_it(pids[i]);
            vg_shared_bury(*state, i);
        }
        assert_int_equal(vg_places_sum(&at->places), 0);
        assert_true(vg_breaker_admit(&at->breakers[0], &breaker_conf, later_ms).may_pass);
        assert_int_equal(vg_bucket_take(&at->quota.all, 1000, 10, later_ms * MS), 0);
        assert_int_equal(vg_latencies_p95_ns(&at->hedges.kinds[VG_OP_GET], later_ms), 0);
        *at = (vg_shared_backend){.retries = {{0}}};
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_shared, close_shared)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_all_see_of_a_backend_opens_the_breaker_for_all),
        TEST(no_token_is_given_to_two),
        TEST(all_spend_one_budget),
        TEST(what_reads_took_anywhere_tells_when_one_is_late),
        TEST(places_are_bounded_for_all_together),
        TEST(who_has_none_is_given_one_when_all_are_taken),
        TEST(the_places_of_one_that_was_killed_are_free_once_it_is_buried),
        TEST(the_probe_of_one_that_was_killed_is_given_up_by_time),
        TEST(whenever_they_are_killed_those_who_come_after_are_served),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
