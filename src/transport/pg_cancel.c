/* See pg_cancel.h. Who comes last frees it: the thread that has told the server, or the loop. The
 * lock is held while the loop is woken, so that a loop whose last look it is cannot be gone. */
#include "transport/pg_cancel.h"

#include <pthread.h>
#include <stdlib.h>

#include <libpq-fe.h>

#include "base/check.h"
#include "transport/pools.h"

struct vg_pg_cancel {
    vg_work work;
    vg_task task;
    vg_loop *loop;
    PGcancel *pg;
    void (*done)(void *arg); /* NULL: dropped */
    void *arg;
    pthread_mutex_t lock;
    bool is_dropped; /* under the lock */
};

static void free_cancel(vg_pg_cancel *cancel)
{
    PQfreeCancel(cancel->pg);
    pthread_mutex_destroy(&cancel->lock);
    free(cancel);
}

static void on_told(vg_task *task)
{
    vg_pg_cancel *cancel = vg_container_of(task, vg_pg_cancel, task);

    pthread_mutex_lock(&cancel->lock); /* the thread has left it then */
    pthread_mutex_unlock(&cancel->lock);
    if (cancel->done != NULL)
        cancel->done(cancel->arg);
    free_cancel(cancel);
}

/* On a pool's thread. */
static void tell(vg_work *work)
{
    vg_pg_cancel *cancel = vg_container_of(work, vg_pg_cancel, work);
    char says[256];

    PQcancel(cancel->pg, says, sizeof says); /* either way there is nothing more to be done */
}

static void on_finished(vg_work *work)
{
    vg_pg_cancel *cancel = vg_container_of(work, vg_pg_cancel, work);
    bool is_dropped;

    pthread_mutex_lock(&cancel->lock);
    is_dropped = cancel->is_dropped;
    if (!is_dropped)
        vg_loop_wake(cancel->loop, &cancel->task);
    pthread_mutex_unlock(&cancel->lock);
    if (is_dropped)
        free_cancel(cancel);
}

vg_pg_cancel *vg_pg_cancel_start(const vg_pg_link *link, vg_pools *pools, vg_loop *loop,
                                 void (*done)(void *arg), void *arg)
{
    vg_pg_cancel *cancel = calloc(1, sizeof *cancel);

    if (cancel == NULL)
        return NULL;
    pthread_mutex_init(&cancel->lock, NULL);
    cancel->pg = PQgetCancel(vg_pg_link_conn(link));
    cancel->work = (vg_work){.run = tell, .finished = on_finished};
    cancel->task.run = on_told;
    cancel->loop = loop;
    cancel->done = done;
    cancel->arg = arg;
    if (cancel->pg != NULL && vg_pools_post(pools, VG_POOL_MISC, &cancel->work))
        return cancel;
    free_cancel(cancel);
    return NULL;
}

void vg_pg_cancel_drop(vg_pg_cancel *cancel)
{
    cancel->done = NULL; /* the loop's alone; the thread does not look at it */
    pthread_mutex_lock(&cancel->lock);
    cancel->is_dropped = true;
    pthread_mutex_unlock(&cancel->lock);
}
