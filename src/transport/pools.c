/* The named pools: each a queue with a bound and threads that take from its head. A work is in
 * exactly one place: linked into the queue under the lock, or with the thread that took it, which
 * calls run() and finished() without the lock. After finished() the work's memory may be gone.
 *
 * Threads are named after their pool ("vg-search-1"), take no signals (the main thread does), and
 * have a stack that is enough for SQLite and for our own recursion (VG_JSON_DEPTH levels). */
#include "transport/pools.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/check.h"

enum { STACK_BYTES = 512 * 1024, PATIENCE_S = 1 };

struct pool {
    pthread_mutex_t lock;
    sem_t came; /* once for each work, and for each thread when it closes. A condition variable
                   would cost a call of the system more: its waiters leave the lock contended */
    vg_work *first;
    vg_work *last;
    _Atomic uint32_t waiting; /* changed under the lock, read without */
    uint32_t room;
    bool closing;
    pthread_t *threads;
    uint32_t thread_count;
    uint32_t alive;      /* threads that are not at their end; under the lock */
    bool is_left;        /* the last of them frees all pools; under the lock */
    vg_metrics *metrics; /* NULL: not counted; under the lock */
    vg_cell cell;
    vg_pools *all;
};

struct vg_pools {
    struct pool pools[VG_POOLS];
};

/* Under the lock: so no thread sees a work as taken before it was seen as waiting, and none counts
 * when the metrics may be gone. */
static void count(const struct pool *pool, vg_metric metric, int64_t by)
{
    vg_metrics_move(pool->metrics, metric, pool->cell, by);
}

/* The next work, or NULL when the pool closes and nothing is left. */
static vg_work *take(struct pool *pool)
{
    vg_work *work;

    while (sem_wait(&pool->came) != 0)
        VG_CHECK(errno == EINTR);
    pthread_mutex_lock(&pool->lock);
    work = pool->first;
    if (work != NULL) {
        pool->first = work->next;
        pool->waiting--;
        count(pool, VG_M_pool_waiting, -1);
        count(pool, VG_M_pool_busy, 1);
    }
    pthread_mutex_unlock(&pool->lock);
    return work;
}

static void end_pool(struct pool *pool)
{
    free(pool->threads);
    sem_destroy(&pool->came);
    pthread_mutex_destroy(&pool->lock);
}

static void leave(struct pool *pool)
{
    bool is_last;

    pthread_mutex_lock(&pool->lock);
    pool->alive--;
    is_last = pool->is_left && pool->alive == 0;
    pthread_mutex_unlock(&pool->lock);
    if (!is_last)
        return;
    end_pool(pool);
    free(pool->all);
}

static void note_done(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    count(pool, VG_M_pool_busy, -1);
    pthread_mutex_unlock(&pool->lock);
}

static void *live(void *arg)
{
    struct pool *pool = arg;
    vg_work *work;

    while ((work = take(pool)) != NULL) {
        work->run(work);
        note_done(pool); /* first: whoever is told that it is finished may look */
        vg_work_finish(work);
    }
    leave(pool);
    return NULL;
}

bool vg_pools_post(vg_pools *pools, vg_pool_name name, vg_work *work)
{
    struct pool *pool = &pools->pools[name];
    bool taken;

    work->next = NULL;
    pthread_mutex_lock(&pool->lock);
    taken = pool->waiting < pool->room && !pool->closing;
    if (taken) {
        if (pool->first == NULL)
            pool->first = work;
        else
            pool->last->next = work;
        pool->last = work;
        pool->waiting++;
    }
    count(pool, taken ? VG_M_pool_waiting : VG_M_pool_refused_total, 1);
    pthread_mutex_unlock(&pool->lock);
    /* Not under the lock: the thread that wakes would only go to sleep again before it. */
    if (taken)
        sem_post(&pool->came);
    return taken;
}

uint32_t vg_pools_waiting(const vg_pools *pools, vg_pool_name name)
{
    return atomic_load_explicit(&pools->pools[name].waiting, memory_order_relaxed);
}

void vg_pools_set_metrics(vg_pools *pools, vg_metrics *metrics)
{
    for (int i = 0; i < VG_POOLS; i++) {
        struct pool *pool = &pools->pools[i];

        pthread_mutex_lock(&pool->lock);
        pool->metrics = metrics;
        pool->cell.pool = (uint8_t)i;
        vg_metrics_set(metrics, VG_M_pool_threads, pool->cell, pool->thread_count);
        vg_metrics_set(metrics, VG_M_pool_queue_most, pool->cell, pool->room);
        pthread_mutex_unlock(&pool->lock);
    }
}

static void name_thread(pthread_t thread, vg_pool_name name, uint32_t number)
{
    char text[16]; /* the system's bound */

    snprintf(text, sizeof text, "vg-%s-%u", vg_pool_word(name), (unsigned)number);
    pthread_setname_np(thread, text);
}

static bool start_thread(struct pool *pool, const pthread_attr_t *attr)
{
    bool is_there;

    pthread_mutex_lock(&pool->lock);
    is_there = pthread_create(&pool->threads[pool->thread_count], attr, live, pool) == 0;
    pool->alive += is_there;
    pthread_mutex_unlock(&pool->lock);
    return is_there;
}

static bool start_threads(struct pool *pool, vg_pool_name name, uint32_t count)
{
    pthread_attr_t attr;

    pool->threads = calloc(count, sizeof *pool->threads);
    if (pool->threads == NULL || pthread_attr_init(&attr) != 0)
        return false;
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    while (pool->thread_count < count) {
        if (!start_thread(pool, &attr))
            break;
        name_thread(pool->threads[pool->thread_count], name, pool->thread_count);
        pool->thread_count++;
    }
    pthread_attr_destroy(&attr);
    return pool->thread_count == count;
}

static bool open_pool(vg_pools *pools, struct pool *pool, vg_pool_name name,
                      const vg_pool_size *size)
{
    pool->all = pools;
    pool->room = size->queue;
    pthread_mutex_init(&pool->lock, NULL);
    sem_init(&pool->came, 0, 0);
    return start_threads(pool, name, size->threads > 0 ? size->threads : 1);
}

vg_pools *vg_pools_new(const vg_pool_size sizes[VG_POOLS])
{
    vg_pools *pools = calloc(1, sizeof *pools);
    bool all_open = pools != NULL;
    sigset_t all;
    sigset_t before;

    if (pools == NULL)
        return NULL;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* threads inherit it */
    for (int i = 0; i < VG_POOLS; i++)
        all_open = open_pool(pools, &pools->pools[i], (vg_pool_name)i, &sizes[i]) && all_open;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (all_open)
        return pools;
    vg_pools_free(pools);
    return NULL;
}

static void say_closing(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    pthread_mutex_unlock(&pool->lock);
    for (uint32_t i = 0; i < pool->thread_count; i++)
        sem_post(&pool->came);
}

static void close_pool(struct pool *pool)
{
    say_closing(pool);
    for (uint32_t i = 0; i < pool->thread_count; i++)
        pthread_join(pool->threads[i], NULL);
    end_pool(pool);
}

/* False: some are at work yet, and what they need is theirs. */
static bool close_impatiently(struct pool *pool)
{
    struct timespec until;
    bool is_left;

    say_closing(pool);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    for (uint32_t i = 0; i < pool->thread_count; i++)
        if (pthread_timedjoin_np(pool->threads[i], NULL, &until) != 0)
            pthread_detach(pool->threads[i]);
    pthread_mutex_lock(&pool->lock);
    is_left = pool->is_left = pool->alive > 0;
    pool->metrics = NULL;
    pthread_mutex_unlock(&pool->lock);
    if (!is_left)
        end_pool(pool);
    return !is_left;
}

void vg_pools_free(vg_pools *pools)
{
    if (pools == NULL)
        return;
    for (int i = 0; i < VG_POOLS; i++)
        if (i != VG_POOL_CANCEL)
            close_pool(&pools->pools[i]);
    if (close_impatiently(&pools->pools[VG_POOL_CANCEL]))
        free(pools);
}
