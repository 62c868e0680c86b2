/* See pg_errand.h. Who comes last frees it: the thread that has run it, or the loop. The lock is
 * held while the loop is woken, so that a loop whose last look it is cannot be gone. */
#include "transport/pg_errand.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/check.h"
#include "transport/pools.h"

struct vg_pg_errand {
    vg_work work;
    vg_task task;
    vg_pg_errand_parts parts;
    bool is_left; /* the loop's alone: done() is not wanted */
    pthread_mutex_t lock;
    bool is_dropped; /* under the lock */
};

static void free_errand(vg_pg_errand *errand)
{
    pthread_mutex_destroy(&errand->lock);
    free(errand);
}

static void on_done(vg_task *task)
{
    vg_pg_errand *errand = vg_container_of(task, vg_pg_errand, task);
    vg_pg_errand_parts parts = errand->parts;
    bool is_left = errand->is_left;

    pthread_mutex_lock(&errand->lock); /* the thread has left it then */
    pthread_mutex_unlock(&errand->lock);
    free_errand(errand);
    if (is_left)
        parts.end(parts.what);
    else
        parts.done(parts.arg);
}

/* On a pool's thread, as the next. */
static void run(vg_work *work)
{
    vg_pg_errand *errand = vg_container_of(work, vg_pg_errand, work);

    errand->parts.run(errand->parts.what);
}

static void on_finished(vg_work *work)
{
    vg_pg_errand *errand = vg_container_of(work, vg_pg_errand, work);
    bool is_dropped;

    pthread_mutex_lock(&errand->lock);
    is_dropped = errand->is_dropped;
    if (!is_dropped)
        vg_loop_wake(errand->parts.loop, &errand->task);
    pthread_mutex_unlock(&errand->lock);
    if (!is_dropped)
        return;
    errand->parts.end(errand->parts.what);
    free_errand(errand);
}

vg_pg_errand *vg_pg_errand_start(const vg_pg_errand_parts *parts)
{
    vg_pg_errand *errand = calloc(1, sizeof *errand);

    if (errand == NULL)
        return NULL;
    pthread_mutex_init(&errand->lock, NULL);
    errand->parts = *parts;
    errand->work = (vg_work){.run = run, .finished = on_finished};
    errand->task.run = on_done;
    if (vg_pools_post(parts->pools, parts->pool, &errand->work))
        return errand;
    free_errand(errand);
    return NULL;
}

void vg_pg_errand_drop(vg_pg_errand *errand)
{
    errand->is_left = true; /* it may have woken the loop already */
    pthread_mutex_lock(&errand->lock);
    errand->is_dropped = true;
    pthread_mutex_unlock(&errand->lock);
}
