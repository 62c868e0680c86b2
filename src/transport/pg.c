/* See pg.h. This file knows which pool an exchange goes to, and brings its ending:
 *
 *     send() ─▶ a pool ─▶ on_ended() ─(a turn of the loop)─▶ ended()
 *
 *     primary   everything but
 *     direct    what must not share a connection: ALONE, COPY
 *     replica   what may lag; what a replica could not take goes to the primary, unseen
 *
 * Each is an endpoint, so that whoever sends may choose among them: 0 the primary, 1 direct, the
 * replicas from 2 on. Jobs are kept for the next exchange. */
#include "transport/pg.h"

#include <assert.h>
#include <stdlib.h>

#include "base/check.h"
#include "transport/pg_replicas.h"

enum endpoint { PRIMARY, DIRECT, FIRST_REPLICA };
static_assert(FIRST_REPLICA + VG_PG_REPLICAS <= VG_ENDPOINTS, "a breaker for each");

struct pg {
    vg_transport transport; /* first: vg_transport * is a struct pg * */
    vg_loop *loop;
    vg_metrics *metrics;
    uint8_t label; /* of the backend, in metrics */
    vg_pg_target primary;
    vg_pg_target direct;
    vg_pg_replicas *replicas; /* NULL: there are none */
    vg_list kept;
    uint32_t in_flight; /* sent, and ended() not called yet */
    vg_list jobs;       /* of these, by `known` */
};

struct job {
    vg_pg_job job;
    vg_list known;
};

static struct job *job_of(vg_list *known)
{
    return vg_container_of(known, struct job, known);
}

/* --- ending ---------------------------------------------------------------------------------- */

static void give_job(struct pg *pg, struct job *job)
{
    vg_pg_incoming_clear(&job->job.in);
    vg_list_remove(&job->known);
    vg_list_push_front(&pg->kept, &job->known);
    pg->in_flight--;
}

/* On the loop, a turn after it was over. */
static void on_ending(vg_task *task)
{
    vg_pg_job *job = vg_container_of(task, vg_pg_job, ending);
    vg_ending ending = {.fault = job->fault,
                        .was_sent = job->was_sent || job->was_lost,
                        .connect_ns = job->connect_ns,
                        .has_moved = job->has_moved};
    vg_reply reply;

    if (job->fault == VG_FAULT_NONE) {
        vg_pg_incoming_reply(&job->in, &reply);
        ending.reply = &reply;
    } else {
        ending.detail = vg_slice_str(job->detail);
    }
    job->ended(job->arg, &ending);
    give_job(job->owner, vg_container_of(job, struct job, job));
}

/* A server that cannot be reached, or cannot serve. */
static bool is_away(const vg_pg_job *job)
{
    if (job->fault != VG_FAULT_NONE)
        return job->fault == VG_FAULT_DNS || job->fault == VG_FAULT_CONNECT ||
               job->fault == VG_FAULT_TLS || job->fault == VG_FAULT_RESET;
    return job->in.has_error &&
           (job->in.error.on_connect || strncmp(job->in.error.state, "57P", 3) == 0);
}

/* What it lacks the primary may have already, as a table; or what it had to replay came in between.
 */
static bool is_behind(const vg_pg_job *job)
{
    static const char *const states[] = {"3F000", "40001", "42703", "42704", "42P01"};

    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (job->fault == VG_FAULT_NONE && job->in.has_error &&
            strcmp(job->in.error.state, states[i]) == 0)
            return true;
    }
    return false;
}

/* What was refused was not done; it is a read in any case. */
static bool may_go_on(const vg_pg_job *job)
{
    return !job->was_sent || job->fault == VG_FAULT_NONE || job->x->repeat == VG_REPEAT_ALWAYS;
}

/* True: it goes on, at the primary. */
static bool leaves_replica(struct pg *pg, vg_pg_job *job)
{
    bool has_left =
        is_away(job) && pg->replicas != NULL && vg_pg_replicas_leave_out(pg->replicas, job->pool);
    bool is_late = job->x->as.pg.may_lag && job->pool != pg->primary.pool && is_behind(job);

    if ((!has_left && !is_late) || job->x->stays || !may_go_on(job))
        return false;
    job->has_moved = has_left;
    vg_pg_incoming_clear(&job->in);
    job->fault = VG_FAULT_NONE;
    job->pool = pg->primary.pool;
    vg_pg_pool_send(job->pool, job);
    return true;
}

static void end_job(struct pg *pg, vg_pg_job *job)
{
    job->pool = NULL;
    vg_loop_post(pg->loop, &job->ending);
}

static void on_ended(vg_pg_job *job)
{
    if (job->ended == NULL)
        vg_pg_replicas_checked(job);
    else if (!leaves_replica(job->owner, job))
        end_job(job->owner, job);
}

/* --- the transport --------------------------------------------------------------------------- */

static struct job *take_job(struct pg *pg)
{
    vg_list *link = vg_list_shift(&pg->kept);
    struct job *job = link != NULL ? job_of(link) : malloc(sizeof *job);

    VG_CHECK(job != NULL); /* an ending is owed, and not even this much is left to bring it */
    *job = (struct job){.job = {.ending = {.run = on_ending}, .owner = pg}};
    vg_list_init(&job->job.place);
    vg_list_init(&job->known);
    vg_list_push(&pg->jobs, &job->known);
    pg->in_flight++;
    return job;
}

static uint32_t choose_pg(vg_transport *self, const vg_exchange *x, uint32_t not_these)
{
    struct pg *pg = (struct pg *)self;
    uint32_t place = VG_PG_REPLICAS, home = PRIMARY;

    if (x->as.pg.kind != VG_PG_TRANSACTION)
        home = DIRECT;
    else if (x->as.pg.may_lag && pg->replicas != NULL)
        place = vg_pg_replicas_pick(pg->replicas, not_these >> FIRST_REPLICA);
    if (place < VG_PG_REPLICAS)
        return FIRST_REPLICA + place;
    return (not_these >> home & 1) == 0 ? home : VG_ENDPOINTS;
}

static vg_pg_pool *pool_at(const struct pg *pg, uint32_t endpoint)
{
    if (endpoint >= FIRST_REPLICA)
        return vg_pg_replicas_pool(pg->replicas, endpoint - FIRST_REPLICA);
    return endpoint == DIRECT ? pg->direct.pool : pg->primary.pool;
}

static void send_pg(vg_transport *self, const vg_exchange *x, vg_ended_fn *ended, void *arg)
{
    struct pg *pg = (struct pg *)self;
    vg_pg_job *job = &take_job(pg)->job;

    VG_CHECK(x->as.pg.count > 0);
    job->x = x;
    job->ended = ended;
    job->arg = arg;
    job->pool = pool_at(pg, x->endpoint > 0 ? x->endpoint - 1u : choose_pg(self, x, 0));
    vg_pg_pool_send(job->pool, job);
}

/* Stopping is rare: the list is walked. What has ended already ends as it did. */
static void stop_pg(vg_transport *self, void *arg)
{
    struct pg *pg = (struct pg *)self;

    for (vg_list *at = pg->jobs.next; at != &pg->jobs; at = at->next) {
        vg_pg_job *job = &job_of(at)->job;

        if (job->arg != arg || job->pool == NULL)
            continue;
        vg_pg_pool_stop(job->pool, job);
        job->fault = VG_FAULT_STOPPED;
        job->detail[0] = '\0';
        end_job(pg, job);
        return;
    }
}

static uint32_t count_pg(const vg_transport *self)
{
    return ((const struct pg *)self)->in_flight;
}

static void close_pg(vg_transport *self)
{
    struct pg *pg = (struct pg *)self;
    vg_list *link;

    VG_CHECK(pg->in_flight == 0);
    while ((link = vg_list_shift(&pg->kept)) != NULL)
        free(job_of(link));
    if (pg->replicas != NULL)
        vg_pg_replicas_close(pg->replicas);
    vg_pg_target_close(&pg->direct);
    vg_pg_target_close(&pg->primary);
    free(pg);
}

/* --- making one ------------------------------------------------------------------------------ */

/* Each by itself: one that is full is not to hide behind others at rest. Answers what waits. */
static uint32_t show_pool(const struct pg *pg, uint32_t endpoint, const vg_pg_pool *pool)
{
    vg_cell cell = {.backend = pg->label, .endpoint = (uint8_t)endpoint};
    vg_pg_counts counts = {0};

    vg_pg_counts_add(&counts, pool);
    vg_metrics_set(pg->metrics, VG_M_backend_connections, cell, counts.open);
    vg_metrics_set(pg->metrics, VG_M_backend_connections_idle, cell, counts.idle);
    vg_metrics_set(pg->metrics, VG_M_backend_connections_busy, cell, counts.open - counts.idle);
    vg_metrics_set(pg->metrics, VG_M_backend_connections_most, cell, counts.most);
    return counts.waiting;
}

static void on_counted(void *arg)
{
    const struct pg *pg = arg;
    uint32_t waiting = show_pool(pg, PRIMARY, pg->primary.pool);

    waiting += show_pool(pg, DIRECT, pg->direct.pool);
    for (uint32_t i = 0; pg->replicas != NULL && i < vg_pg_replicas_count(pg->replicas); i++)
        waiting += show_pool(pg, FIRST_REPLICA + i, vg_pg_replicas_pool(pg->replicas, i));
    vg_metrics_set(pg->metrics, VG_M_exchanges_waiting, (vg_cell){.backend = pg->label}, waiting);
}

static bool make_targets(struct pg *pg, const vg_pg_parts *parts, vg_status *status)
{
    const vg_pg_endpoint *endpoint = parts->endpoint;
    bool has_direct = endpoint->direct_url.len > 0;
    vg_pg_target_parts target = {.pg = parts,
                                 .url = endpoint->url,
                                 .role = VG_PG_PRIMARY,
                                 .ended = on_ended,
                                 .counted = on_counted,
                                 .arg = pg};

    if (!vg_pg_target_open(&pg->primary, &target, status))
        return false;
    target.role = VG_PG_DIRECT;
    target.url = has_direct ? endpoint->direct_url : endpoint->url;
    target.is_past_pooler = !has_direct;
    if (!vg_pg_target_open(&pg->direct, &target, status))
        return false;
    target.is_past_pooler = false;
    if (endpoint->replica_count > 0)
        pg->replicas = vg_pg_replicas_new(&target, status);
    return endpoint->replica_count == 0 || pg->replicas != NULL;
}

vg_transport *vg_pg_new(const vg_pg_parts *parts, vg_status *status)
{
    struct pg *pg = calloc(1, sizeof *pg);

    if (pg == NULL) {
        vg_status_set(status, VG_OVERLOADED, VG_LIT("there is no memory for connections"),
                      parts->name);
        return NULL;
    }
    pg->transport =
        (vg_transport){.send = send_pg, .stop = stop_pg, .close = close_pg, .choose = choose_pg};
    pg->transport.in_flight = count_pg;
    pg->transport.readers = ((UINT32_C(1) << parts->endpoint->replica_count) - 1) << FIRST_REPLICA;
    pg->loop = parts->loop;
    pg->metrics = parts->metrics;
    if (parts->metrics != NULL)
        pg->label = vg_metrics_backend(parts->metrics, parts->name);
    vg_list_init(&pg->kept);
    vg_list_init(&pg->jobs);
    if (make_targets(pg, parts, status)) {
        on_counted(pg);
        return &pg->transport;
    }
    close_pg(&pg->transport);
    return NULL;
}
