/* See pg.h. This file knows which pool an exchange goes to, and brings its ending:
 *
 *     send() ─▶ a pool ─▶ on_ended() ─(a turn of the loop)─▶ ended()
 *
 *     primary   everything but
 *     direct    what must not share a connection: ALONE, COPY
 *
 * Jobs are kept for the next exchange. */
#include "transport/pg.h"

#include <stdlib.h>

#include "base/check.h"
#include "transport/pg_pool.h"

enum { DIRECT_CONNECTIONS = 4, DIRECT_IDLE_MS = 10000 };

struct target {
    vg_pg_url url;
    vg_pg_pool *pool;
};

struct pg {
    vg_transport transport; /* first: vg_transport * is a struct pg * */
    vg_loop *loop;
    struct target primary;
    struct target direct;
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
    vg_ending ending = {.fault = job->fault, .was_sent = job->was_sent};
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

static void on_ended(vg_pg_job *job)
{
    struct pg *pg = job->owner;

    job->pool = NULL;
    vg_loop_post(pg->loop, &job->ending);
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

static vg_pg_pool *pool_for(const struct pg *pg, const vg_pg_request *request)
{
    return request->kind == VG_PG_TRANSACTION ? pg->primary.pool : pg->direct.pool;
}

static void send_pg(vg_transport *self, const vg_exchange *x, vg_ended_fn *ended, void *arg)
{
    struct pg *pg = (struct pg *)self;
    vg_pg_job *job = &take_job(pg)->job;

    VG_CHECK(x->as.pg.count > 0);
    job->x = x;
    job->ended = ended;
    job->arg = arg;
    job->pool = pool_for(pg, &x->as.pg);
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
        on_ended(job);
        return;
    }
}

static uint32_t count_pg(const vg_transport *self)
{
    return ((const struct pg *)self)->in_flight;
}

static void close_target(struct target *target)
{
    if (target->pool != NULL)
        vg_pg_pool_close(target->pool);
    vg_pg_url_fini(&target->url);
}

static void close_pg(vg_transport *self)
{
    struct pg *pg = (struct pg *)self;
    vg_list *link;

    VG_CHECK(pg->in_flight == 0);
    while ((link = vg_list_shift(&pg->kept)) != NULL)
        free(job_of(link));
    close_target(&pg->direct);
    close_target(&pg->primary);
    free(pg);
}

/* --- making one ------------------------------------------------------------------------------ */

static uint64_t or_default(uint64_t value, uint64_t otherwise)
{
    return value > 0 ? value : otherwise;
}

static vg_pg_bounds bounds_of(const vg_pg_endpoint *endpoint, const vg_pg_url *url)
{
    uint64_t connect_ms = or_default(url->connect_ms, VG_PG_CONNECT_MS);
    vg_pg_bounds bounds = {
        .min_connections = endpoint->min_connections,
        .max_connections = (uint32_t)or_default(endpoint->max_connections, VG_PG_CONNECTIONS),
        .max_queue = (uint32_t)or_default(endpoint->max_queue, VG_PG_QUEUE),
        .connect_ms = or_default(endpoint->connect_ms, connect_ms),
        .idle_ms = or_default(endpoint->idle_ms, VG_PG_IDLE_MS),
        .lifetime_ms = or_default(endpoint->lifetime_ms, VG_PG_LIFETIME_MS),
        .max_reply_bytes = or_default(endpoint->max_reply_bytes, VG_PG_REPLY_BYTES),
    };

    if (bounds.min_connections > bounds.max_connections)
        bounds.min_connections = bounds.max_connections;
    return bounds;
}

static bool make_pool(struct pg *pg, const vg_pg_parts *parts, struct target *target,
                      const vg_pg_bounds *bounds)
{
    const vg_pg_endpoint *endpoint = parts->endpoint;
    vg_pg_pool_parts pool = {.loop = pg->loop,
                             .uv = parts->uv,
                             .pools = parts->pools,
                             .url = &target->url,
                             .bounds = *bounds,
                             .name = parts->name,
                             .ended = on_ended};

    pool.prepares = endpoint->prepares == VG_PG_PREPARES_ALWAYS ||
                    (endpoint->prepares == VG_PG_PREPARES_KNOWN && !target->url.loses_names);
    target->pool = vg_pg_pool_new(&pool);
    return target->pool != NULL;
}

static bool read_url(const vg_pg_parts *parts, struct target *target, vg_slice url, bool is_direct,
                     vg_status *status)
{
    const vg_pg_endpoint *endpoint = parts->endpoint;
    vg_pg_url_parts url_parts = {.url = url,
                                 .password = endpoint->password,
                                 .ca_file = endpoint->ca_file,
                                 .is_direct = is_direct};
    char why[256];

    if (vg_pg_url_read(&target->url, &url_parts, why, sizeof why))
        return true;
    vg_status_setf(status, parts->arena, VG_INVALID, parts->name, "%s", why);
    return false;
}

static bool make_targets(struct pg *pg, const vg_pg_parts *parts, vg_status *status)
{
    const vg_pg_endpoint *endpoint = parts->endpoint;
    bool has_direct = endpoint->direct_url.len > 0;
    vg_pg_bounds bounds, direct;

    if (!read_url(parts, &pg->primary, endpoint->url, false, status) ||
        !read_url(parts, &pg->direct, has_direct ? endpoint->direct_url : endpoint->url,
                  !has_direct, status))
        return false;
    bounds = bounds_of(endpoint, &pg->primary.url);
    direct = bounds_of(endpoint, &pg->direct.url);
    direct.min_connections = 0;
    direct.max_connections = DIRECT_CONNECTIONS;
    direct.idle_ms = DIRECT_IDLE_MS;
    if (make_pool(pg, parts, &pg->primary, &bounds) && make_pool(pg, parts, &pg->direct, &direct))
        return true;
    vg_status_set(status, VG_OVERLOADED, VG_LIT("there is no memory for connections"), parts->name);
    return false;
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
        (vg_transport){.send = send_pg, .stop = stop_pg, .close = close_pg, .in_flight = count_pg};
    pg->loop = parts->loop;
    vg_list_init(&pg->kept);
    vg_list_init(&pg->jobs);
    if (make_targets(pg, parts, status))
        return &pg->transport;
    close_pg(&pg->transport);
    return NULL;
}
