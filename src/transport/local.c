/* The local transport. Each exchange has a job of ours:
 *
 *     send() ─▶ pool or queue ─▶ on_finished() ─▶ vg_loop_wake() ─▶ end()
 *        │                       its thread                          on the loop
 *        └─ full ─▶ vg_loop_post() ─▶ end()
 *
 * To a pool goes a work of the job's own that runs the adapter's, so that what was stopped while it
 * still waited need not be run; what runs already is told by work->is_stopped. To a queue goes the
 * adapter's work itself: the store knows it by its address. Jobs are kept and used again; there are
 * never more than there were exchanges at once. */
#include "transport/local.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/list.h"
#include "base/loop.h"

struct local;

struct job {
    vg_task ending;
    vg_list link; /* of those under way or of those kept */
    struct local *local;
    vg_work carried; /* what a pool runs */
    vg_work *work;   /* what it is about */
    vg_ended_fn *ended;
    void *arg;
    vg_fault fault;
    bool was_sent;
    atomic_bool is_stopped; /* set on the loop, read by the thread that works */
};

struct local {
    vg_transport transport; /* first: vg_transport * is a struct local * */
    vg_loop *loop;
    vg_pools *pools;
    vg_list jobs; /* under way */
    vg_list kept;
    uint32_t in_flight;
};

static void end(vg_task *task);

static struct job *job_of(vg_list *link)
{
    return vg_container_of(link, struct job, link);
}

static struct job *take_job(struct local *local)
{
    vg_list *link = vg_list_shift(&local->kept);
    struct job *job = link != NULL ? job_of(link) : malloc(sizeof *job);

    VG_CHECK(job != NULL); /* an ending is owed, and not even this much is left to bring it */
    *job = (struct job){.local = local, .ending = {.run = end}};
    vg_list_push(&local->jobs, &job->link);
    local->in_flight++;
    return job;
}

static void give_job(struct job *job)
{
    vg_list_remove(&job->link);
    vg_list_push_front(&job->local->kept, &job->link);
    job->local->in_flight--;
}

/* On the loop: the job is over. The job is given back first: `ended` may send again. */
static void end(vg_task *task)
{
    struct job *job = vg_container_of(task, struct job, ending);
    static const vg_reply finished = {.via = VG_VIA_LOCAL};
    vg_ending ending = {.fault = job->fault, .was_sent = job->was_sent};
    vg_ended_fn *ended = job->ended;
    void *arg = job->arg;

    if (job->fault == VG_FAULT_NONE)
        ending.reply = &finished;
    else if (job->fault == VG_FAULT_FULL)
        ending.detail = VG_LIT("the queue of works is full");
    give_job(job);
    ended(arg, &ending);
}

/* On a pool's or a store's thread, or within post(): the last use of the work. */
static void on_finished(vg_work *work)
{
    struct job *job = work->carrier;

    vg_loop_wake(job->local->loop, &job->ending);
}

/* On a pool's thread. */
static void run_carried(vg_work *carried)
{
    struct job *job = carried->carrier;

    if (atomic_load(&job->is_stopped)) {
        job->fault = VG_FAULT_STOPPED;
        return;
    }
    job->was_sent = true;
    job->work->is_stopped = &job->is_stopped;
    job->work->run(job->work);
}

static void refuse(struct job *job)
{
    job->fault = VG_FAULT_FULL;
    job->was_sent = false;
    vg_loop_post(job->local->loop, &job->ending);
}

static void send_to_pool(struct job *job, vg_pool_name pool)
{
    struct local *local = job->local;

    job->carried = (vg_work){.run = run_carried, .finished = on_finished, .carrier = job};
    if (!vg_pools_post(local->pools, pool, &job->carried))
        refuse(job);
}

static void send_to_queue(struct job *job, vg_queue *queue)
{
    job->was_sent = true; /* before post(): afterwards the job may be another thread's */
    job->work->finished = on_finished;
    job->work->carrier = job;
    job->work->is_stopped = &job->is_stopped;
    if (!queue->post(queue, job->work))
        refuse(job);
}

static void send_local(vg_transport *self, const vg_exchange *x, vg_ended_fn *ended, void *arg)
{
    struct job *job = take_job((struct local *)self);

    job->work = x->as.local.work;
    job->ended = ended;
    job->arg = arg;
    if (x->as.local.queue != NULL)
        send_to_queue(job, x->as.local.queue);
    else
        send_to_pool(job, x->as.local.pool);
}

/* What still waits for a pool's thread is not run; what runs ends when it looks. Stopping is rare:
 * the list is walked. */
static void stop_local(vg_transport *self, void *arg)
{
    struct local *local = (struct local *)self;

    for (vg_list *at = local->jobs.next; at != &local->jobs; at = at->next) {
        if (job_of(at)->arg == arg)
            atomic_store(&job_of(at)->is_stopped, true);
    }
}

static void close_local(vg_transport *self)
{
    struct local *local = (struct local *)self;
    vg_list *link;

    VG_CHECK(local->in_flight == 0);
    while ((link = vg_list_shift(&local->kept)) != NULL)
        free(job_of(link));
    free(local);
}

static uint32_t count_local(const vg_transport *self)
{
    return ((const struct local *)self)->in_flight;
}

vg_transport *vg_local_new(vg_loop *loop, vg_pools *pools)
{
    struct local *local = calloc(1, sizeof *local);

    if (local == NULL)
        return NULL;
    local->transport = (vg_transport){
        .send = send_local, .stop = stop_local, .close = close_local, .in_flight = count_local};
    local->loop = loop;
    local->pools = pools;
    vg_list_init(&local->jobs);
    vg_list_init(&local->kept);
    return &local->transport;
}
