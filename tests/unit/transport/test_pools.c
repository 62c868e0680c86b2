/* The named pools: order, bounds, names, and that free() waits. */
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>

#include <cmocka.h>

#include "base/check.h"
#include "transport/pools.h"

struct item {
    vg_work work;
    sem_t *wait_for; /* NULL: for nothing */
    atomic_int *order;
    int place; /* in which it ran */
    char thread[16];
    pthread_t self;
    bool has_sigterm; /* would the thread take it? */
    bool finished_on_same_thread;
    sem_t done;
};

static void run(vg_work *work)
{
    struct item *item = vg_container_of(work, struct item, work);
    sigset_t mask;

    if (item->wait_for != NULL)
        sem_wait(item->wait_for);
    if (item->order != NULL)
        item->place = atomic_fetch_add(item->order, 1) + 1;
    item->self = pthread_self();
    pthread_getname_np(item->self, item->thread, sizeof item->thread);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    item->has_sigterm = !sigismember(&mask, SIGTERM);
}

static void finished(vg_work *work)
{
    struct item *item = vg_container_of(work, struct item, work);

    item->finished_on_same_thread = pthread_equal(item->self, pthread_self());
    sem_post(&item->done);
}

static struct item *init(struct item *item, sem_t *wait_for, atomic_int *order)
{
    *item = (struct item){
        .work = {.run = run, .finished = finished}, .wait_for = wait_for, .order = order};
    sem_init(&item->done, 0, 0);
    return item;
}

static vg_pools *make(uint32_t threads, uint32_t queue)
{
    vg_pool_size sizes[VG_POOLS];

    for (int i = 0; i < VG_POOLS; i++)
        sizes[i] = (vg_pool_size){threads, queue};
    return vg_pools_new(sizes);
}

static void works_run_in_the_order_they_came(void **state)
{
    vg_pools *pools = make(1, 16);
    atomic_int order = 0;
    struct item items[8];
    sem_t gate;

    (void)state;
    sem_init(&gate, 0, 0);
    for (int i = 0; i < 8; i++)
        assert_true(vg_pools_post(pools, VG_POOL_SEARCH,
                                  &init(&items[i], i == 0 ? &gate : NULL, &order)->work));
    sem_post(&gate);
    for (int i = 0; i < 8; i++) {
        sem_wait(&items[i].done);
        assert_int_equal(items[i].place, i + 1);
        assert_true(items[i].finished_on_same_thread);
    }
    vg_pools_free(pools);
}

static void a_full_pool_refuses_and_takes_again_later(void **state)
{
    vg_pools *pools = make(1, 2);
    struct item running, waiting[2], refused;
    sem_t gate;

    (void)state;
    sem_init(&gate, 0, 0);
    assert_true(vg_pools_post(pools, VG_POOL_SEARCH, &init(&running, &gate, NULL)->work));
    while (vg_pools_waiting(pools, VG_POOL_SEARCH) > 0)
        sched_yield(); /* until the thread has taken it */
    assert_true(vg_pools_post(pools, VG_POOL_SEARCH, &init(&waiting[0], NULL, NULL)->work));
    assert_true(vg_pools_post(pools, VG_POOL_SEARCH, &init(&waiting[1], NULL, NULL)->work));
    assert_false(vg_pools_post(pools, VG_POOL_SEARCH, &init(&refused, NULL, NULL)->work));
    assert_int_equal(vg_pools_waiting(pools, VG_POOL_SEARCH), 2);
    sem_post(&gate);
    sem_wait(&waiting[1].done);
    assert_int_equal(vg_pools_waiting(pools, VG_POOL_SEARCH), 0);
    assert_true(vg_pools_post(pools, VG_POOL_SEARCH, &refused.work));
    sem_wait(&refused.done);
    vg_pools_free(pools);
}

static void one_pool_does_not_hold_up_another(void **state)
{
    vg_pools *pools = make(1, 4);
    struct item blocked, free_one;
    sem_t gate;

    (void)state;
    sem_init(&gate, 0, 0);
    assert_true(vg_pools_post(pools, VG_POOL_SEARCH, &init(&blocked, &gate, NULL)->work));
    assert_true(vg_pools_post(pools, VG_POOL_CODEC, &init(&free_one, NULL, NULL)->work));
    sem_wait(&free_one.done);
    assert_string_equal(free_one.thread, "vg-codec-0");
    sem_post(&gate);
    sem_wait(&blocked.done);
    assert_string_equal(blocked.thread, "vg-search-0");
    vg_pools_free(pools);
}

static void free_waits_for_all_that_was_taken(void **state)
{
    static struct item items[200];
    vg_pools *pools = make(2, 200);
    atomic_int order = 0;

    (void)state;
    for (int i = 0; i < 200; i++)
        assert_true(vg_pools_post(pools, VG_POOL_MISC, &init(&items[i], NULL, &order)->work));
    vg_pools_free(pools);
    assert_int_equal(atomic_load(&order), 200);
}

/* Nor is what waits behind it taken away: it runs when the thread is there again. */
static void free_leaves_what_hangs_with_a_server(void **state)
{
    vg_pools *pools = make(1, 4);
    struct item hangs, waits;
    sem_t gate;

    (void)state;
    sem_init(&gate, 0, 0);
    assert_true(vg_pools_post(pools, VG_POOL_CANCEL, &init(&hangs, &gate, NULL)->work));
    assert_true(vg_pools_post(pools, VG_POOL_CANCEL, &init(&waits, NULL, NULL)->work));
    vg_pools_free(pools);
    assert_int_equal(sem_trywait(&hangs.done), -1);
    sem_post(&gate);
    sem_wait(&hangs.done);
    sem_wait(&waits.done);
    assert_string_equal(waits.thread, "vg-cancel-0");
}

static void threads_leave_signals_to_the_main_thread(void **state)
{
    vg_pools *pools = make(1, 1);
    struct item item;
    sigset_t mask;

    (void)state;
    assert_true(vg_pools_post(pools, VG_POOL_MISC, &init(&item, NULL, NULL)->work));
    sem_wait(&item.done);
    assert_false(item.has_sigterm);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    assert_false(sigismember(&mask, SIGTERM)); /* and ours is as it was */
    vg_pools_free(pools);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(works_run_in_the_order_they_came),
        cmocka_unit_test(a_full_pool_refuses_and_takes_again_later),
        cmocka_unit_test(one_pool_does_not_hold_up_another),
        cmocka_unit_test(free_waits_for_all_that_was_taken),
        cmocka_unit_test(free_leaves_what_hangs_with_a_server),
        cmocka_unit_test(threads_leave_signals_to_the_main_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
