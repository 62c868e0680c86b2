/* The direct carrier: HTTP/1.1 on sockets of our own, for what curl does not need to be asked.
 *
 *     start ─▶ an idle connection, the one used last ─────────▶ request ─▶ reply ─▶ idle
 *        └───▶ a new one (direct_conn.c) ─▶ name, address, TLS ───┘  ▲
 *                              └── once more, if the used one was dead ┘
 *
 * 1. A job has one connection, a connection one job or none. Busy and idle ones together are never
 *    more than max_connections: the one that was idle longest makes room.
 * 2. Only what may be sent twice travels on a connection that was used before. When that one ends
 *    before the first byte of a reply, it is sent once more, on a new one.
 * 3. A connection is used again only when the request was written whole, the reply ended where it
 *    said, nothing stood behind it, and the backend keeps it open. An idle one that says anything
 *    is closed. */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/log.h"
#include "base/secret.h"
#include "transport/direct_conn.h"
#include "transport/direct_target.h"
#include "transport/http_carrier.h"

#define MS_NS ((uint64_t)1000000)

enum { MOST_IDLE_MS = 118 * 1000 }; /* as curl: servers and firewalls forget after two minutes */

struct carrier {
    vg_http_carrier table; /* first */
    vg_direct_house house;
    vg_direct_target target;
    vg_list idle;   /* the one used last is the first */
    uint32_t count; /* of connections */
    vg_buf head;    /* of the request that is being sent */
};

static struct carrier *carrier_of(const vg_direct_conn *conn)
{
    return vg_container_of(conn->house, struct carrier, house);
}

static vg_direct_conn *conn_of(vg_list *link)
{
    return vg_container_of(link, vg_direct_conn, link);
}

/* --- connections ----------------------------------------------------------------------------- */

static void close_conn(vg_direct_conn *conn)
{
    carrier_of(conn)->count--;
    vg_direct_conn_close(conn);
}

static void close_oldest(struct carrier *carrier)
{
    if (!vg_list_is_empty(&carrier->idle))
        close_conn(conn_of(carrier->idle.prev));
}

/* Those behind an old one are older. */
static void close_old(struct carrier *carrier)
{
    uint64_t now_ns = vg_loop_now_ns(carrier->house.loop);

    while (!vg_list_is_empty(&carrier->idle) &&
           now_ns - conn_of(carrier->idle.prev)->idle_ns > MOST_IDLE_MS * MS_NS)
        close_oldest(carrier);
}

static vg_direct_conn *take_idle(struct carrier *carrier)
{
    vg_list *link;

    close_old(carrier);
    link = vg_list_shift(&carrier->idle);
    return link != NULL ? conn_of(link) : NULL;
}

static void give_idle(vg_direct_conn *conn)
{
    struct carrier *carrier = carrier_of(conn);

    conn->job = NULL;
    conn->is_used = true;
    conn->idle_ns = vg_loop_now_ns(carrier->house.loop);
    vg_list_push_front(&carrier->idle, &conn->link);
}

/* --- how a job ends -------------------------------------------------------------------------- */

/* The connection is closed first: ending a job may begin another. */
static void end_job(vg_direct_conn *conn, vg_fault fault, const char *words)
{
    vg_http_job *job = conn->job;

    job->was_sent = job->was_sent || conn->was_sent;
    snprintf(job->detail, sizeof job->detail, "%s", words);
    close_conn(conn);
    vg_http_job_end(job, fault);
}

static void end_refused(vg_direct_conn *conn)
{
    vg_fault fault = conn->job->in.fault;

    end_job(conn, fault, vg_http_reply_refusal(fault));
}

static void end_whole(vg_direct_conn *conn, bool can_stay)
{
    vg_http_job *job = conn->job;

    job->was_sent = true;
    if (can_stay && conn->reader.keeps_alive && vg_direct_conn_is_written(conn))
        give_idle(conn);
    else
        close_conn(conn);
    vg_http_job_end(job, VG_FAULT_NONE);
}

static void dial(struct carrier *carrier, vg_http_job *job);

/* The connection ended before the reply did. */
static void end_cut(vg_direct_conn *conn)
{
    vg_http_job *job = conn->job;
    struct carrier *carrier = carrier_of(conn);
    char words[VG_HTTP_DETAIL];

    if (conn->is_used && !conn->reader.has_begun && job->x->repeat == VG_REPEAT_ALWAYS) {
        job->was_sent = job->was_sent || conn->was_sent;
        close_conn(conn);
        dial(carrier, job);
        return;
    }
    snprintf(words, sizeof words, "%s: %s",
             conn->reader.has_begun ? "the reply is cut off" : "there was no reply", conn->detail);
    end_job(conn, VG_FAULT_RESET, words);
}

/* --- the way of a job ------------------------------------------------------------------------ */

static void send_request(vg_direct_conn *conn)
{
    struct carrier *carrier = carrier_of(conn);
    const vg_exchange *x = conn->job->x;

    conn->was_sent = false;
    vg_buf_clear(&carrier->head);
    if (!vg_direct_put_head(&carrier->target, carrier->house.loop, x, &carrier->head)) {
        end_job(conn, VG_FAULT_MEMORY, "the request could not be made");
        return;
    }
    vg_direct_reader_begin(&conn->reader, &conn->job->in, x->as.http.method);
    vg_direct_conn_send(conn, &carrier->head, x->as.http.body);
}

static void dial(struct carrier *carrier, vg_http_job *job)
{
    vg_direct_conn *conn;

    if (carrier->count >= carrier->target.endpoint->max_connections)
        close_oldest(carrier);
    conn = vg_direct_conn_open(&carrier->house);
    if (conn == NULL) {
        snprintf(job->detail, sizeof job->detail, "no memory for a connection");
        vg_http_job_end(job, VG_FAULT_MEMORY);
        return;
    }
    carrier->count++;
    conn->job = job;
    job->carried = conn;
}

/* There is a connection for it now, or will be none. */
static void note_connect(vg_direct_conn *conn)
{
    vg_http_job *job = conn->job;
    uint64_t now_ns = vg_loop_now_ns(carrier_of(conn)->house.loop);

    job->connect_ns = now_ns - job->since_ns - job->queued_ns;
}

static void on_opened(vg_direct_conn *conn)
{
    note_connect(conn);
    send_request(conn);
}

static void on_failed(vg_direct_conn *conn, vg_fault fault)
{
    char words[VG_HTTP_DETAIL];

    if (!conn->was_sent)
        note_connect(conn);
    snprintf(words, sizeof words, "%s", conn->detail);
    end_job(conn, fault, words);
}

/* Whoever speaks unasked is not listened to: what it says could be taken for the next answer. */
static void on_read(vg_direct_conn *conn, vg_slice bytes, vg_direct_end end)
{
    vg_direct_state state;
    size_t used;

    if (conn->job == NULL) {
        close_conn(conn);
        return;
    }
    state = vg_direct_read(&conn->reader, bytes, &used);
    if (state == VG_DIRECT_MORE && end != VG_DIRECT_GOES_ON)
        state = vg_direct_read_end(&conn->reader, end == VG_DIRECT_SAID_SO);
    if (state == VG_DIRECT_WHOLE)
        end_whole(conn, used == bytes.len && end == VG_DIRECT_GOES_ON);
    else if (state == VG_DIRECT_REFUSED)
        end_refused(conn);
    else if (state == VG_DIRECT_CUT)
        end_cut(conn);
}

/* --- the carrier ----------------------------------------------------------------------------- */

static void start(vg_http_carrier *self, vg_http_job *job)
{
    struct carrier *carrier = (struct carrier *)self;
    vg_direct_conn *conn = NULL;

    if (job->x->repeat == VG_REPEAT_ALWAYS)
        conn = take_idle(carrier);
    if (conn == NULL) {
        dial(carrier, job);
        return;
    }
    conn->job = job;
    job->carried = conn;
    send_request(conn);
}

static void stop(vg_http_carrier *self, vg_http_job *job)
{
    vg_direct_conn *conn = job->carried;

    (void)self;
    job->was_sent = job->was_sent || conn->was_sent;
    close_conn(conn);
}

static void close_carrier(vg_http_carrier *self)
{
    struct carrier *carrier = (struct carrier *)self;

    while (!vg_list_is_empty(&carrier->idle))
        close_oldest(carrier);
    vg_direct_names_close(carrier->house.names);
    vg_direct_tls_free(carrier->house.tls);
    vg_direct_house_fini(&carrier->house);
    vg_direct_target_fini(&carrier->target);
    if (carrier->head.len > 0)
        vg_secret_wipe(carrier->head.at, carrier->head.len);
    vg_buf_fini(&carrier->head);
    free(carrier);
}

static bool make_house(struct carrier *carrier, const vg_http_parts *parts)
{
    vg_direct_house *house = &carrier->house;
    const vg_direct_target *target = &carrier->target;

    house->uv = parts->uv;
    house->loop = parts->loop;
    house->connect_ms = target->endpoint->connect_ms;
    house->opened = on_opened;
    house->failed = on_failed;
    house->read = on_read;
    house->names = vg_direct_names_new(parts->uv, parts->loop, target->host, target->port);
    if (target->is_tls)
        house->tls = vg_direct_tls_new(target->endpoint, target->host);
    return vg_direct_house_init(house) && house->names != NULL &&
           (!target->is_tls || house->tls != NULL);
}

vg_http_carrier *vg_http_direct_new(const vg_http_parts *parts, const vg_endpoint *endpoint)
{
    struct carrier *carrier = calloc(1, sizeof *carrier);

    if (carrier == NULL)
        return NULL;
    carrier->table = (vg_http_carrier){.start = start, .stop = stop, .close = close_carrier};
    vg_list_init(&carrier->idle);
    vg_buf_init(&carrier->head, 0);
    if (!vg_direct_target_init(&carrier->target, endpoint))
        vg_log(VG_ERROR, "the URL or the auth header of a backend cannot be used",
               VG_S("backend", parts->name));
    else if (make_house(carrier, parts))
        return &carrier->table;
    close_carrier(&carrier->table);
    return NULL;
}
