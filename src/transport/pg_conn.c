/* See pg_conn.h. */
#include "transport/pg_conn.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"

enum { DRAIN_MS = 10000 }; /* for what was stopped to come to its end, and for tidying */

static void tidy(vg_pg_conn *conn);

static uint64_t now_ns(const vg_pg_conn *conn)
{
    return vg_loop_now_ns(conn->parts.link.loop);
}

/* --- its ways back to rest ------------------------------------------------------------------- */

static void end(vg_pg_conn *conn)
{
    conn->parts.user->ended(conn);
}

static void rest(vg_pg_conn *conn)
{
    vg_timer_stop(conn->parts.link.loop, &conn->drain);
    conn->state = VG_PG_IDLE;
    conn->has_rested = true;
    conn->parts.user->rested(conn);
}

static void on_drain_late(vg_timer *timer)
{
    end(vg_container_of(timer, vg_pg_conn, drain));
}

static void start_drain_timer(vg_pg_conn *conn)
{
    vg_timer_start(conn->parts.link.loop, &conn->drain,
                   now_ns(conn) + (uint64_t)DRAIN_MS * 1000000);
}

static void tidy_when_quiet(vg_pg_conn *conn)
{
    if (conn->has_landed && conn->cancel == NULL)
        tidy(conn);
}

static void tidy(vg_pg_conn *conn)
{
    conn->state = VG_PG_TIDYING;
    conn->is_copying = false;
    conn->has_landed = false;
    vg_pg_flight_fini(&conn->flight);
    start_drain_timer(conn);
    if (!vg_pg_flight_tidy(&conn->flight, conn->link))
        end(conn);
}

static void on_cancelled(void *arg)
{
    vg_pg_conn *conn = arg;

    conn->cancel = NULL;
    tidy_when_quiet(conn);
}

/* --- what became of a job -------------------------------------------------------------------- */

static vg_pg_job *take_job(vg_pg_conn *conn)
{
    vg_pg_job *job = conn->job;

    conn->job = NULL;
    return job;
}

static vg_pg_flight_parts flight_parts(const vg_pg_conn *conn, vg_pg_job *job, bool prepares)
{
    const vg_exchange *x = job->x;
    uint64_t now = now_ns(conn);
    vg_pg_flight_parts parts = {.link = conn->link,
                                .named = prepares ? conn->named : NULL,
                                .request = &x->as.pg,
                                .max_reply_bytes = conn->parts.max_reply_bytes,
                                .in = &job->in};

    if (x->deadline_ns > 0 && x->as.pg.kind == VG_PG_TRANSACTION)
        parts.timeout_ms = vg_pg_flight_timeout_ms(x->deadline_ns > now ? x->deadline_ns - now : 0);
    return parts;
}

/* False: it could not be sent, as flight.fault says, or only be refused. */
static bool fly(vg_pg_conn *conn, vg_pg_job *job, bool prepares)
{
    vg_pg_flight_parts parts = flight_parts(conn, job, prepares);

    vg_pg_flight_fini(&conn->flight);
    if (!vg_pg_incoming_begin(&job->in, job->x->as.pg.count)) {
        conn->flight.fault = VG_FAULT_MEMORY;
        conn->flight.detail = "there is no memory for the reply";
        return false;
    }
    conn->is_copying = job->x->as.pg.kind == VG_PG_COPY;
    return conn->is_copying ? vg_pg_copy_start(&conn->flight, &parts, &job->was_sent)
                            : vg_pg_flight_start(&conn->flight, &parts, &job->was_sent);
}

/* Nothing was committed: the sync failed as a whole. */
static bool fly_again_unnamed(vg_pg_conn *conn)
{
    vg_pg_job *job = conn->job;

    if (!conn->flight.lost_names || job->was_resent)
        return false;
    if (!conn->flight.is_outdated)
        conn->parts.user->lost_names(conn);
    job->was_resent = true;
    if (!fly(conn, job, false)) {
        conn->parts.user->done(conn, take_job(conn), conn->flight.fault, conn->flight.detail);
        end(conn);
    }
    return true;
}

static void land_busy(vg_pg_conn *conn)
{
    bool is_clean = !vg_pg_flight_leaves_open(&conn->flight);

    if (is_clean && fly_again_unnamed(conn))
        return;
    conn->parts.user->done(conn, take_job(conn), VG_FAULT_NONE, "");
    if (is_clean)
        rest(conn);
    else
        tidy(conn);
}

static void land(vg_pg_conn *conn)
{
    switch (conn->state) {
    case VG_PG_BUSY:
        land_busy(conn);
        break;
    case VG_PG_DRAINING:
        conn->has_landed = true;
        tidy_when_quiet(conn);
        break;
    default:
        if (vg_pg_flight_leaves_open(&conn->flight) || conn->flight.was_refused)
            end(conn);
        else
            rest(conn);
    }
}

/* Last words that may have been on their way before anything of the job was: that the connection
 * had rested for too long (57P05), or that it was ended (57P01), as Neon's are when it goes to
 * sleep. As that may have been said to a statement of the job, too, it has to be one that may be
 * repeated. */
static bool is_about_rest(const vg_pg_job *job)
{
    const char *state = job->in.error.state;

    return strcmp(state, "57P05") == 0 ||
           (strcmp(state, "57P01") == 0 && job->x->repeat == VG_REPEAT_ALWAYS);
}

/* The connection may have been dead before anything of the job reached the server: when it rested
 * before, and no answer came. Then it is sent once more. Any other last words are a reply. */
static bool is_missed(const vg_pg_conn *conn, const vg_pg_job *job)
{
    const vg_pg_flight *flight = &conn->flight;

    if (!conn->has_rested || flight->has_answered || job->was_resent)
        return false;
    if (flight->was_ended)
        return is_about_rest(job);
    return flight->fault == VG_FAULT_RESET && job->x->repeat == VG_REPEAT_ALWAYS;
}

static void crash(vg_pg_conn *conn)
{
    vg_pg_job *job = take_job(conn);

    if (job != NULL && is_missed(conn, job)) {
        job->was_resent = true;
        conn->parts.user->missed(conn, job);
    } else if (job != NULL) {
        conn->parts.user->done(conn, job,
                               conn->flight.was_ended ? VG_FAULT_NONE : conn->flight.fault,
                               conn->flight.detail);
    }
    end(conn);
}

/* --- what the link tells --------------------------------------------------------------------- */

static void on_opened(void *arg)
{
    vg_pg_conn *conn = arg;

    conn->state = VG_PG_IDLE;
    conn->parts.user->rested(conn);
}

static void on_failed(void *arg, const vg_pg_failure *failure)
{
    vg_pg_conn *conn = arg;

    if (conn->state == VG_PG_CONNECTING)
        conn->parts.user->failed(conn, failure);
    else
        end(conn);
}

static void on_moved(void *arg)
{
    vg_pg_conn *conn = arg;

    if (conn->state == VG_PG_IDLE || conn->has_landed) {
        if (!vg_pg_link_is_alive(conn->link))
            end(conn);
        return;
    }
    switch (conn->is_copying ? vg_pg_copy_move(&conn->flight) : vg_pg_flight_read(&conn->flight)) {
    case VG_PG_FLYING:
        break;
    case VG_PG_LANDED:
        land(conn);
        break;
    case VG_PG_CRASHED:
        crash(conn);
        break;
    }
}

/* --- its user's calls ------------------------------------------------------------------------ */

vg_pg_conn *vg_pg_conn_new(const vg_pg_conn_parts *parts)
{
    static const vg_pg_link_user user = {on_opened, on_failed, on_moved};
    vg_pg_conn *conn = calloc(1, sizeof *conn);

    if (conn == NULL)
        return NULL;
    conn->parts = *parts;
    conn->parts.link.user = &user;
    conn->parts.link.arg = conn;
    vg_list_init(&conn->place);
    conn->drain.on_timer = on_drain_late;
    conn->named = vg_pg_named_new(VG_PG_NAMED); /* NULL: it goes without */
    conn->link = vg_pg_link_new(&conn->parts.link);
    if (conn->link != NULL)
        return conn;
    vg_pg_named_free(conn->named);
    free(conn);
    return NULL;
}

void vg_pg_conn_close(vg_pg_conn *conn)
{
    VG_CHECK(conn->job == NULL);
    vg_list_remove(&conn->place);
    vg_timer_stop(conn->parts.link.loop, &conn->drain);
    if (conn->cancel != NULL)
        vg_pg_cancel_drop(conn->cancel);
    vg_pg_flight_fini(&conn->flight);
    vg_pg_named_free(conn->named);
    vg_pg_link_close(conn->link);
    free(conn);
}

bool vg_pg_conn_is_alive(vg_pg_conn *conn)
{
    return vg_pg_link_is_alive(conn->link);
}

bool vg_pg_conn_start(vg_pg_conn *conn, vg_pg_job *job, bool prepares)
{
    VG_CHECK(conn->state == VG_PG_IDLE && conn->job == NULL);
    conn->has_rested = conn->has_rested || now_ns(conn) > conn->rested_ns;
    if (fly(conn, job, prepares)) {
        conn->state = VG_PG_BUSY;
        conn->job = job;
        return true;
    }
    job->fault = conn->flight.fault;
    snprintf(job->detail, sizeof job->detail, "%s",
             conn->flight.detail != NULL ? conn->flight.detail : "");
    if (job->was_sent)
        conn->state = VG_PG_DRAINING;
    return false;
}

bool vg_pg_conn_stop(vg_pg_conn *conn)
{
    conn->job = NULL;
    conn->flight.in = NULL;
    conn->state = VG_PG_DRAINING;
    conn->has_landed = false;
    if (conn->parts.link.pools != NULL && !conn->is_copying)
        conn->cancel = vg_pg_cancel_start(conn->link, conn->parts.link.pools, conn->parts.link.loop,
                                          on_cancelled, conn);
    if (conn->cancel == NULL)
        return false;
    start_drain_timer(conn);
    return true;
}
