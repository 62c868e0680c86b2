/* See pg_pool.h. */
#include "transport/pg_pool.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/log.h"
#include "transport/pg_conn.h"

enum {
    BACKOFF_MS = 50, /* after a failure to connect; doubles */
    MOST_BACKOFF_MS = 1000,
    MOST_LOSSES = 3, /* of names, until nothing is prepared any more */
    LEAST_TICK_MS = 10,
    MOST_TICK_MS = 1000,
};

struct vg_pg_pool {
    vg_pg_pool_parts parts;
    vg_list idle;   /* used last is first */
    vg_list others; /* in any other state */
    vg_list queued; /* jobs, first come first served */
    vg_list carried;
    vg_pg_counts counts;
    uint32_t failures;  /* to connect, in a row */
    uint64_t again_ns;  /* not before then */
    uint64_t waking_ns; /* since when there were only failures for being woken; 0: none */
    uint32_t losses;
    uint64_t chance;
    vg_timer again; /* to connect */
    vg_timer tick;  /* looks at what is idle */
    bool is_pumping;
    bool is_made;
};

static void pump(vg_pg_pool *pool);

static vg_pg_conn *conn_of(vg_list *place)
{
    return vg_container_of(place, vg_pg_conn, place);
}

static vg_pg_job *job_of(vg_list *place)
{
    return vg_container_of(place, vg_pg_job, place);
}

static uint64_t now_ns(const vg_pg_pool *pool)
{
    return vg_loop_now_ns(pool->parts.loop);
}

/* At most `most`, and up to a tenth less, so that not all do a thing at once. (splitmix64) */
static uint64_t about(vg_pg_pool *pool, uint64_t most)
{
    uint64_t x = pool->chance += 0x9e3779b97f4a7c15u;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return most - most / 10 * ((x ^ (x >> 31)) >> 54) / 1024;
}

/* --- jobs ------------------------------------------------------------------------------------ */

static void end_job(vg_pg_pool *pool, vg_pg_job *job, vg_fault fault, const char *detail)
{
    vg_list_remove(&job->place);
    if (job->conn == NULL)
        job->connect_ns += now_ns(pool) - job->queued_ns;
    job->conn = NULL;
    job->fault = fault;
    snprintf(job->detail, sizeof job->detail, "%s", detail != NULL ? detail : "");
    pool->parts.ended(job);
}

static vg_pg_job *shift_queue(vg_pg_pool *pool)
{
    vg_pg_job *job = job_of(vg_list_shift(&pool->queued));

    pool->counts.waiting--;
    return job;
}

/* A refusal is a reply, a fault is none. */
static void end_unconnected(vg_pg_pool *pool, vg_pg_job *job, const vg_pg_failure *failure)
{
    if (failure->fault == VG_FAULT_NONE) {
        vg_pg_incoming_clear(&job->in);
        vg_pg_incoming_error(&job->in, failure->state, failure->detail, job->x->as.pg.count);
        job->in.error.on_connect = true;
    }
    end_job(pool, job, failure->fault, failure->detail);
}

/* --- connections ----------------------------------------------------------------------------- */

static void move_conn(vg_list *to, vg_pg_conn *conn)
{
    vg_list_remove(&conn->place);
    vg_list_push_front(to, &conn->place);
}

/* `state` as it was counted: closing an idle one, a connecting one or any other. */
static void close_conn(vg_pg_pool *pool, vg_pg_conn *conn, vg_pg_conn_state state)
{
    if (state == VG_PG_CONNECTING)
        pool->counts.connecting--;
    else
        pool->counts.open--;
    if (state == VG_PG_IDLE)
        pool->counts.idle--;
    vg_pg_conn_close(conn);
}

static void tick(vg_timer *timer);

static void start_tick(vg_pg_pool *pool)
{
    const vg_pg_bounds *bounds = &pool->parts.bounds;
    uint64_t ms =
        (bounds->idle_ms < bounds->lifetime_ms ? bounds->idle_ms : bounds->lifetime_ms) / 4;

    if (ms < LEAST_TICK_MS)
        ms = LEAST_TICK_MS;
    if (ms > MOST_TICK_MS)
        ms = MOST_TICK_MS;
    vg_timer_start(pool->parts.loop, &pool->tick, now_ns(pool) + ms * 1000000);
}

static void on_rested(vg_pg_conn *conn)
{
    vg_pg_pool *pool = conn->owner;

    if (conn->ends_ns == 0) { /* it has just been opened */
        pool->counts.connecting--;
        pool->counts.open++;
        pool->failures = 0;
        pool->again_ns = 0;
        pool->waking_ns = 0;
        conn->ends_ns = now_ns(pool) + about(pool, pool->parts.bounds.lifetime_ms * 1000000);
    }
    pool->counts.idle++;
    conn->rested_ns = now_ns(pool);
    move_conn(&pool->idle, conn);
    if (now_ns(pool) >= conn->ends_ns)
        close_conn(pool, conn, VG_PG_IDLE);
    pump(pool);
}

static void on_ended(vg_pg_conn *conn)
{
    vg_pg_pool *pool = conn->owner;

    close_conn(pool, conn, conn->state);
    pump(pool);
}

static void on_done(vg_pg_conn *conn, vg_pg_job *job, vg_fault fault, const char *detail)
{
    end_job(conn->owner, job, fault, detail);
}

/* What else rests has rested through the same, and must not be met again. */
static void on_missed(vg_pg_conn *conn, vg_pg_job *job)
{
    vg_pg_pool *pool = conn->owner;

    job->conn = NULL;
    job->was_lost = !conn->flight.was_ended;
    job->was_sent = false;
    vg_list_remove(&job->place);
    vg_list_push_front(&pool->queued, &job->place);
    job->queued_ns = now_ns(pool);
    pool->counts.waiting++;
    while (!vg_list_is_empty(&pool->idle))
        close_conn(pool, conn_of(pool->idle.next), VG_PG_IDLE);
}

static void on_lost_names(vg_pg_conn *conn)
{
    vg_pg_pool *pool = conn->owner;

    if (!pool->parts.prepares || ++pool->losses < MOST_LOSSES)
        return;
    pool->parts.prepares = false;
    vg_log(VG_WARN, "prepared statements are lost between here and the server; none are made now",
           VG_S("backend", pool->parts.name));
}

/* --- connecting ------------------------------------------------------------------------------ */

static void back_off(vg_pg_pool *pool)
{
    uint64_t ms = BACKOFF_MS;

    for (uint32_t i = 0; i < pool->failures && ms < MOST_BACKOFF_MS; i++)
        ms *= 2;
    if (ms > MOST_BACKOFF_MS)
        ms = MOST_BACKOFF_MS;
    pool->failures++;
    pool->again_ns = now_ns(pool) + about(pool, ms * 1000000);
}

static bool is_waited_for(vg_pg_pool *pool, const vg_pg_failure *failure)
{
    if (!failure->is_waking)
        pool->waking_ns = 0;
    else if (pool->waking_ns == 0)
        pool->waking_ns = now_ns(pool);
    return failure->is_waking &&
           now_ns(pool) < pool->waking_ns + pool->parts.bounds.connect_ms * 1000000;
}

/* While others are open, who waits will have one of these. */
static void on_failed(vg_pg_conn *conn, const vg_pg_failure *failure)
{
    vg_pg_pool *pool = conn->owner;
    uint32_t waiting = pool->counts.waiting;

    close_conn(pool, conn, VG_PG_CONNECTING);
    back_off(pool);
    if (!is_waited_for(pool, failure) && pool->counts.open == 0 && pool->counts.connecting == 0) {
        while (waiting-- > 0)
            end_unconnected(pool, shift_queue(pool), failure);
    }
    pump(pool);
}

static bool connect_one(vg_pg_pool *pool)
{
    static const vg_pg_conn_user user = {.failed = on_failed,
                                         .rested = on_rested,
                                         .ended = on_ended,
                                         .done = on_done,
                                         .missed = on_missed,
                                         .lost_names = on_lost_names};
    const vg_pg_pool_parts *parts = &pool->parts;
    vg_pg_conn_parts conn_parts = {.link = {.uv = parts->uv,
                                            .loop = parts->loop,
                                            .pools = parts->pools,
                                            .url = parts->url,
                                            .connect_ms = parts->bounds.connect_ms},
                                   .max_reply_bytes = parts->bounds.max_reply_bytes,
                                   .user = &user};
    vg_pg_conn *conn = vg_pg_conn_new(&conn_parts);

    if (conn == NULL)
        return false;
    conn->owner = pool;
    vg_list_push(&pool->others, &conn->place);
    pool->counts.connecting++;
    return true;
}

static void on_again(vg_timer *timer)
{
    pump(vg_container_of(timer, vg_pg_pool, again));
}

static uint32_t missing(const vg_pg_pool *pool)
{
    const vg_pg_counts *counts = &pool->counts;
    const vg_pg_bounds *bounds = &pool->parts.bounds;
    uint32_t all = counts->open + counts->connecting;
    uint32_t wanted =
        counts->waiting > counts->connecting ? counts->waiting - counts->connecting : 0;

    if (wanted > bounds->max_connections - all)
        wanted = bounds->max_connections - all;
    if (all < bounds->min_connections && wanted < bounds->min_connections - all)
        wanted = bounds->min_connections - all;
    return wanted;
}

/* One at a time after a failure, until one is open. */
static void connect_missing(vg_pg_pool *pool)
{
    uint32_t wanted = missing(pool);

    if (wanted == 0)
        return;
    if (now_ns(pool) < pool->again_ns) {
        vg_timer_start(pool->parts.loop, &pool->again, pool->again_ns);
        return;
    }
    if (pool->failures > 0)
        wanted = pool->counts.connecting == 0;
    while (wanted > 0 && connect_one(pool))
        wanted--;
    if (wanted > 0 && pool->counts.connecting == 0) {
        back_off(pool);
        vg_timer_start(pool->parts.loop, &pool->again, pool->again_ns);
    }
}

/* --- the queue ------------------------------------------------------------------------------- */

static vg_pg_conn *take_idle(vg_pg_pool *pool)
{
    while (!vg_list_is_empty(&pool->idle)) {
        vg_pg_conn *conn = conn_of(pool->idle.next);

        if (vg_pg_conn_is_alive(conn))
            return conn;
        close_conn(pool, conn, VG_PG_IDLE);
    }
    return NULL;
}

static void carry(vg_pg_pool *pool, vg_pg_job *job, vg_pg_conn *conn)
{
    bool prepares = pool->parts.prepares && job->x->as.pg.kind == VG_PG_TRANSACTION;

    if (vg_pg_conn_start(conn, job, prepares)) {
        job->connect_ns += now_ns(pool) - job->queued_ns;
        job->conn = conn;
        vg_list_push(&pool->carried, &job->place);
        move_conn(&pool->others, conn);
        pool->counts.idle--;
        return;
    }
    if (conn->state != VG_PG_IDLE)
        close_conn(pool, conn, VG_PG_IDLE); /* as it was counted */
    end_job(pool, job, job->fault, job->detail);
}

static void pump(vg_pg_pool *pool)
{
    vg_pg_conn *conn;

    if (pool->is_pumping)
        return;
    pool->is_pumping = true;
    while (pool->counts.waiting > 0 && (conn = take_idle(pool)) != NULL)
        carry(pool, shift_queue(pool), conn);
    connect_missing(pool);
    pool->is_pumping = false;
    if (pool->is_made)
        pool->parts.counted(pool->parts.arg);
}

void vg_pg_pool_send(vg_pg_pool *pool, vg_pg_job *job)
{
    const vg_pg_counts *counts = &pool->counts;

    job->conn = NULL;
    job->queued_ns = now_ns(pool);
    job->was_resent = false;
    job->was_lost = false;
    if (counts->idle == 0 && counts->waiting >= pool->parts.bounds.max_queue) {
        end_job(pool, job, VG_FAULT_FULL, "the queue in front of the backend is full");
        return;
    }
    vg_list_push(&pool->queued, &job->place);
    pool->counts.waiting++;
    pump(pool);
}

void vg_pg_pool_stop(vg_pg_pool *pool, vg_pg_job *job)
{
    vg_pg_conn *conn = job->conn;

    vg_list_remove(&job->place);
    job->conn = NULL;
    if (conn == NULL)
        pool->counts.waiting--;
    else if (!vg_pg_conn_stop(conn))
        close_conn(pool, conn, VG_PG_DRAINING);
    pump(pool);
}

/* --- what is idle ---------------------------------------------------------------------------- */

static bool is_over(const vg_pg_pool *pool, const vg_pg_conn *conn)
{
    const vg_pg_bounds *bounds = &pool->parts.bounds;

    if (now_ns(pool) >= conn->ends_ns)
        return true;
    return pool->counts.open > bounds->min_connections &&
           now_ns(pool) >= conn->rested_ns + bounds->idle_ms * 1000000;
}

/* From the one that rests for longest. */
static void tick(vg_timer *timer)
{
    vg_pg_pool *pool = vg_container_of(timer, vg_pg_pool, tick);
    vg_list *at = pool->idle.prev;

    while (at != &pool->idle) {
        vg_pg_conn *conn = conn_of(at);

        at = at->prev;
        if (is_over(pool, conn))
            close_conn(pool, conn, VG_PG_IDLE);
    }
    pump(pool);
    start_tick(pool);
}

/* --- its life -------------------------------------------------------------------------------- */

vg_pg_pool *vg_pg_pool_new(const vg_pg_pool_parts *parts)
{
    vg_pg_pool *pool = calloc(1, sizeof *pool);

    if (pool == NULL)
        return NULL;
    pool->parts = *parts;
    pool->chance = vg_loop_now_ns(parts->loop) ^ (uint64_t)(uintptr_t)pool;
    vg_list_init(&pool->idle);
    vg_list_init(&pool->others);
    vg_list_init(&pool->queued);
    vg_list_init(&pool->carried);
    pool->tick.on_timer = tick;
    pool->again.on_timer = on_again;
    pump(pool);
    start_tick(pool);
    pool->is_made = true;
    return pool;
}

void vg_pg_pool_close(vg_pg_pool *pool)
{
    VG_CHECK(vg_list_is_empty(&pool->queued) && vg_list_is_empty(&pool->carried));
    vg_timer_stop(pool->parts.loop, &pool->tick);
    vg_timer_stop(pool->parts.loop, &pool->again);
    while (!vg_list_is_empty(&pool->idle))
        vg_pg_conn_close(conn_of(pool->idle.next));
    while (!vg_list_is_empty(&pool->others))
        vg_pg_conn_close(conn_of(pool->others.next));
    free(pool);
}

void vg_pg_counts_add(vg_pg_counts *counts, const vg_pg_pool *pool)
{
    if (pool == NULL)
        return;
    counts->open += pool->counts.open;
    counts->idle += pool->counts.idle;
    counts->connecting += pool->counts.connecting;
    counts->waiting += pool->counts.waiting;
    counts->most += pool->parts.bounds.max_connections;
}
