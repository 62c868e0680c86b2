/* The local transport: one ending for each exchange, from a later turn, whatever the pool or the
 * queue says. */
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/check.h"
#include "observe/metrics.h"
#include "tests/support/fake_loop.h"
#include "transport/local.h"

struct errand {
    vg_work work;
    vg_exchange x;
    sem_t *gate; /* run() waits for it … */
    sem_t begun; /* … and says so before */
    atomic_int runs;
    int endings;
    vg_fault fault;
    bool was_sent;
    bool had_reply;
    bool saw_stop;
};

struct house {
    fake_loop *fake;
    vg_pools *pools;
    vg_transport *local;
    vg_metrics *metrics;
    sem_t gate;
};

static void run(vg_work *work)
{
    struct errand *e = vg_container_of(work, struct errand, work);

    sem_post(&e->begun);
    if (e->gate != NULL)
        sem_wait(e->gate);
    e->saw_stop = atomic_load(work->is_stopped);
    atomic_fetch_add(&e->runs, 1);
}

static void ended(void *arg, const vg_ending *ending)
{
    struct errand *e = arg;

    e->endings++;
    e->fault = ending->fault;
    e->was_sent = ending->was_sent;
    e->had_reply = ending->reply != NULL && ending->reply->via == VG_VIA_LOCAL;
}

static struct errand *init(struct errand *e, sem_t *gate)
{
    *e = (struct errand){.work = {.run = run}, .gate = gate};
    sem_init(&e->begun, 0, 0);
    e->x = (vg_exchange){.name = "test.work",
                         .via = VG_VIA_LOCAL,
                         .as.local = {.pool = VG_POOL_SEARCH, .work = &e->work}};
    return e;
}

static void send(struct house *h, struct errand *e)
{
    h->local->send(h->local, &e->x, ended, e);
}

static void wait_for(struct house *h, const struct errand *e)
{
    while (e->endings == 0) {
        fake_loop_settle(h->fake);
        sched_yield();
    }
}

static int open_house(void **state)
{
    const vg_pool_size sizes[VG_POOLS] = {{1, 2}, {1, 2}, {1, 2}};
    struct house *h = calloc(1, sizeof *h);

    h->fake = fake_loop_new();
    h->pools = vg_pools_new(sizes);
    h->metrics = vg_metrics_new(1);
    h->local = vg_local_new(fake_loop_loop(h->fake), h->pools);
    vg_pools_set_metrics(h->pools, h->metrics);
    sem_init(&h->gate, 0, 0);
    *state = h;
    return 0;
}

static int close_house(void **state)
{
    struct house *h = *state;

    assert_int_equal(h->local->in_flight(h->local), 0);
    h->local->close(h->local);
    vg_pools_free(h->pools);
    vg_metrics_free(h->metrics);
    fake_loop_free(h->fake);
    free(h);
    return 0;
}

/* Its one thread is busy with `e` when this returns. */
static void occupy(struct house *h, struct errand *e)
{
    send(h, init(e, &h->gate));
    sem_wait(&e->begun);
}

static void a_work_runs_once_and_ends_once(void **state)
{
    struct house *h = *state;
    struct errand e;

    send(h, init(&e, NULL));
    assert_int_equal(e.endings, 0);
    wait_for(h, &e);
    assert_int_equal(e.endings, 1);
    assert_int_equal(atomic_load(&e.runs), 1);
    assert_int_equal(e.fault, VG_FAULT_NONE);
    assert_true(e.was_sent && e.had_reply);
}

static void a_full_pool_is_told_from_a_later_turn_and_counted(void **state)
{
    struct house *h = *state;
    struct errand busy, waiting[2], refused;
    vg_cell cell = {.pool = VG_POOL_SEARCH};

    occupy(h, &busy);
    send(h, init(&waiting[0], NULL));
    send(h, init(&waiting[1], NULL));
    assert_int_equal(vg_metrics_read(h->metrics, VG_M_pool_waiting, cell), 2);
    assert_int_equal(vg_metrics_read(h->metrics, VG_M_pool_busy, cell), 1);
    assert_int_equal(vg_metrics_read(h->metrics, VG_M_pool_threads, cell), 1);
    assert_int_equal(vg_metrics_read(h->metrics, VG_M_pool_queue_most, cell), 2);
    send(h, init(&refused, NULL));
    assert_int_equal(refused.endings, 0);
    fake_loop_settle(h->fake);
    assert_int_equal(refused.endings, 1);
    assert_int_equal(refused.fault, VG_FAULT_FULL);
    assert_false(refused.was_sent || refused.had_reply);
    assert_int_equal(vg_metrics_read(h->metrics, VG_M_pool_refused_total, cell), 1);
    sem_post(&h->gate);
    wait_for(h, &waiting[1]);
    wait_for(h, &busy);
    assert_int_equal(vg_metrics_read(h->metrics, VG_M_pool_waiting, cell), 0);
    assert_int_equal(vg_metrics_read(h->metrics, VG_M_pool_busy, cell), 0);
    assert_int_equal(atomic_load(&refused.runs), 0);
}

static void a_stopped_work_that_waits_is_not_run(void **state)
{
    struct house *h = *state;
    struct errand busy, waiting;

    occupy(h, &busy);
    send(h, init(&waiting, NULL));
    h->local->stop(h->local, &waiting);
    fake_loop_settle(h->fake);
    assert_int_equal(waiting.endings, 0);
    sem_post(&h->gate);
    wait_for(h, &waiting);
    wait_for(h, &busy);
    assert_int_equal(waiting.fault, VG_FAULT_STOPPED);
    assert_false(waiting.was_sent);
    assert_int_equal(atomic_load(&waiting.runs), 0);
}

static void a_work_that_runs_sees_the_stop_and_ends_as_it_likes(void **state)
{
    struct house *h = *state;
    struct errand busy, other;

    occupy(h, &busy);
    h->local->stop(h->local, &busy);
    h->local->stop(h->local, &h); /* nobody's */
    sem_post(&h->gate);
    wait_for(h, &busy);
    assert_int_equal(busy.fault, VG_FAULT_NONE);
    assert_int_equal(atomic_load(&busy.runs), 1);
    assert_true(busy.saw_stop);
    send(h, init(&other, NULL)); /* in the same job */
    wait_for(h, &other);
    assert_false(other.saw_stop);
}

/* --- a store's queue ------------------------------------------------------------------------- */

struct desk {
    vg_queue queue;
    vg_work *taken;
    bool is_full;
};

static bool post(vg_queue *queue, vg_work *work)
{
    struct desk *desk = vg_container_of(queue, struct desk, queue);

    if (!desk->is_full)
        desk->taken = work;
    return !desk->is_full;
}

static void a_queue_gets_the_work_itself_and_finishes_it(void **state)
{
    struct house *h = *state;
    struct desk desk = {.queue = {post}};
    struct errand e;

    init(&e, NULL)->x.as.local.queue = &desk.queue;
    send(h, &e);
    assert_ptr_equal(desk.taken, &e.work);
    assert_false(atomic_load(desk.taken->is_stopped));
    h->local->stop(h->local, &e); /* the store decides, and it goes on */
    assert_true(atomic_load(desk.taken->is_stopped));
    fake_loop_settle(h->fake);
    assert_int_equal(e.endings, 0);
    vg_work_finish(desk.taken);
    fake_loop_settle(h->fake);
    assert_int_equal(e.endings, 1);
    assert_int_equal(e.fault, VG_FAULT_NONE);
    assert_int_equal(atomic_load(&e.runs), 0); /* what is done is the store's to say */
}

static void a_queue_that_refuses_ends_as_full(void **state)
{
    struct house *h = *state;
    struct desk desk = {.queue = {post}, .is_full = true};
    struct errand e;

    init(&e, NULL)->x.as.local.queue = &desk.queue;
    send(h, &e);
    assert_int_equal(e.endings, 0);
    fake_loop_settle(h->fake);
    assert_int_equal(e.endings, 1);
    assert_int_equal(e.fault, VG_FAULT_FULL);
    assert_false(e.was_sent);
}

/* --- many ------------------------------------------------------------------------------------ */

static void every_exchange_ends_once_in_any_order_of_events(void **state)
{
    static struct errand errands[500];
    struct house *h = *state;
    unsigned seed = (unsigned)time(NULL);
    unsigned chance = seed;

    print_message("seed %u\n", seed);
    for (int i = 0; i < 500; i++) {
        send(h, init(&errands[i], NULL));
        if (rand_r(&chance) % 3 == 0)
            h->local->stop(h->local, &errands[rand_r(&chance) % (unsigned)(i + 1)]);
        if (rand_r(&chance) % 4 == 0)
            fake_loop_settle(h->fake);
    }
    for (int i = 0; i < 500; i++)
        wait_for(h, &errands[i]);
    for (int i = 0; i < 500; i++) {
        bool ran = atomic_load(&errands[i].runs) == 1;

        assert_int_equal(errands[i].endings, 1);
        assert_true(ran == (errands[i].fault == VG_FAULT_NONE));
        assert_true(ran == errands[i].was_sent);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_house, close_house)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_work_runs_once_and_ends_once),
        TEST(a_full_pool_is_told_from_a_later_turn_and_counted),
        TEST(a_stopped_work_that_waits_is_not_run),
        TEST(a_work_that_runs_sees_the_stop_and_ends_as_it_likes),
        TEST(a_queue_gets_the_work_itself_and_finishes_it),
        TEST(a_queue_that_refuses_ends_as_full),
        TEST(every_exchange_ends_once_in_any_order_of_events),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
