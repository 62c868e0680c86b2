/* The life of a connection: bytes in from libuv, the run through its phases, and what follows from
 * where the run stopped: whether to read on, when to become impatient, what memory to give back. */
#include "net/conn.h"

#include <stdlib.h>

#include "base/check.h"

enum { PIPELINE_BYTES = 16 * 1024, PAUSE_MS = 25, LINGER_MS = 10 * 1000 };

static const uint64_t ms = 1000000;

uint64_t vg_conn_now_ns(const vg_conn *conn)
{
    return vg_loop_now_ns(vg_conn_net(conn)->parts.loop);
}

static void count(const vg_conn *conn, vg_metric metric)
{
    vg_metrics_add(vg_conn_net(conn)->parts.metrics, metric, (vg_cell){0}, 1);
}

/* --- memory ---------------------------------------------------------------------------------- */

static void release_head(vg_conn *conn)
{
    vg_net *net = vg_conn_net(conn);

    if (conn->head == NULL)
        return;
    vg_head_clear(conn->head);
    if (net->head_count < sizeof(net->heads) / sizeof(net->heads[0]))
        net->heads[net->head_count++] = conn->head;
    else
        vg_head_free(conn->head);
    conn->head = NULL;
}

static void reap(vg_conn *conn)
{
    if (!conn->handle_closed || conn->stream.is_open || conn->is_ready || conn->is_running)
        return;
    if (conn->tls != NULL && vg_tls_conn_state(conn->tls) == VG_TLS_BUSY)
        return; /* the end of the step comes here again */
    if (!vg_out_drop(&conn->out)) {
        vg_conn_kick(conn);
        return;
    }
    release_head(conn);
    vg_body_fini(&conn->body, &vg_conn_net(conn)->bodies);
    vg_inflate_free(conn->inflate);
    vg_buf_fini(&conn->held);
    vg_buf_fini(&conn->pending);
    vg_tls_conn_free(conn->tls);
    vg_listener_forget(conn->listener, conn);
    free(conn);
}

/* --- input ----------------------------------------------------------------------------------- */

static size_t pending_bytes(const vg_conn *conn)
{
    return conn->pending.len - conn->pending_at;
}

static bool open_input(vg_conn *conn)
{
    if (conn->in.len > 0 || pending_bytes(conn) == 0)
        return false;
    conn->in = vg_slice_skip(vg_buf_bytes(&conn->pending), conn->pending_at);
    return true;
}

/* Bytes that were read go when they are half of what is kept: a client whose pipeline never runs
 * dry would make it grow for ever otherwise, and moving the rest each time would cost. */
static void drop_read(vg_conn *conn)
{
    if (conn->pending_at < conn->pending.len / 2)
        return;
    vg_buf_drop(&conn->pending, conn->pending_at);
    conn->pending_at = 0;
}

static void keep_input(vg_conn *conn, bool is_pending)
{
    if (is_pending)
        conn->pending_at = conn->pending.len - conn->in.len;
    else
        vg_buf_put(&conn->pending, conn->in);
    drop_read(conn);
    conn->in = (vg_slice){NULL, 0};
    if (vg_buf_is_spent(&conn->pending))
        vg_conn_cut(conn);
    if (pending_bytes(conn) == 0) {
        vg_buf_fini(&conn->pending);
        conn->pending_at = 0;
    }
}

/* A body of known length that is not compressed is read to where it will stay. */
static bool reads_in_place(vg_conn *conn)
{
    return conn->phase == VG_READ_BODY && conn->tls == NULL && conn->inflate == NULL &&
           pending_bytes(conn) == 0 && vg_http1_left(&conn->reader) > 0 &&
           vg_body_grow(&conn->body, conn->stream.max_bytes + 1, 0, &vg_conn_net(conn)->bodies);
}

/* Has this pass of the loop done so much that others have to wait? */
static bool must_wait(vg_conn *conn)
{
    vg_net *net = vg_conn_net(conn);
    uint64_t now = vg_conn_now_ns(conn);

    if (net->pass_ns != now)
        net->weight = 0;
    net->pass_ns = now;
    return net->weight >= VG_TURN_WEIGHT && !conn->may_read;
}

/* Without a buffer libuv reads nothing, and announces what is there again. */
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    vg_conn *conn = handle->data;
    uint64_t left = vg_http1_left(&conn->reader);
    size_t room;

    (void)suggested;
    *buf = uv_buf_init(NULL, 0);
    if (must_wait(conn))
        return;
    *buf = uv_buf_init(vg_conn_net(conn)->read_buffer,
                       conn->tls != NULL ? VG_TLS_READ_BYTES : VG_READ_BYTES);
    if (!reads_in_place(conn))
        return;
    room = conn->body.room - conn->body.len;
    *buf = uv_buf_init(conn->body.at + conn->body.len, (unsigned)(room < left ? room : left));
}

/* The client sends no more. Behind its request it may well read its answer. */
static void take_end(vg_conn *conn)
{
    if (conn->phase == VG_FLUSH)
        conn->has_eof = conn->closes = true;
    else
        conn->is_lost = true;
}

static void take_plain(vg_conn *conn, vg_tls_end end, vg_slice plain)
{
    if (pending_bytes(conn) > 0)
        vg_buf_put(&conn->pending, plain);
    else
        conn->in = plain;
    if (end == VG_TLS_CLOSED) {
        conn->says_end = true;
    } else if (end == VG_TLS_BROKEN) {
        count(conn, VG_M_protocol_errors_total);
        conn->is_lost = true;
    }
}

/* What came through TLS; what comes behind one that failed is dropped, as LINGER does. */
static void take_sealed(vg_conn *conn, const char *at, size_t len)
{
    vg_slice plain;
    vg_tls_end end;

    if (conn->is_unsecured) {
        conn->in = vg_slice_of(at, len);
    } else if (conn->phase == VG_SHAKE) {
        vg_tls_conn_give(conn->tls, vg_slice_of(at, len));
    } else {
        vg_conn_net(conn)->weight += (uint32_t)(len / VG_WEIGHT_BYTES);
        end = vg_tls_conn_read(conn->tls, vg_slice_of(at, len), &plain);
        take_plain(conn, end, plain);
    }
}

static void take_input(vg_conn *conn, const char *at, size_t len)
{
    if (conn->phase == VG_READ_BODY)
        conn->since_ns = vg_conn_now_ns(conn);
    if (conn->tls != NULL)
        take_sealed(conn, at, len);
    else if (at != vg_conn_net(conn)->read_buffer) {
        conn->body.len += len;
        vg_http1_skip(&conn->reader, len);
    } else if (pending_bytes(conn) > 0) {
        vg_buf_put(&conn->pending, vg_slice_of(at, len));
    } else {
        conn->in = vg_slice_of(at, len);
    }
}

static void on_read(uv_stream_t *tcp, ssize_t n, const uv_buf_t *buf)
{
    vg_conn *conn = tcp->data;

    if (n == 0)
        return;
    if (n == UV_ENOBUFS) {
        conn->waits_to_read = true;
        vg_conn_kick(conn);
        return;
    }
    conn->may_read = conn->waits_to_read = false;
    if (n > 0)
        take_input(conn, buf->base, (size_t)n);
    else if (n == UV_EOF)
        take_end(conn);
    else
        conn->is_lost = true;
    vg_conn_run(conn);
}

/* Reading goes on behind a request so that a client that leaves is noticed, up to some bytes. */
static bool wants_input(const vg_conn *conn)
{
    bool has_room = pending_bytes(conn) < PIPELINE_BYTES;

    if (conn->has_eof || conn->is_lost || conn->is_resting)
        return false;
    switch (conn->phase) {
    case VG_SHAKE:
        return vg_tls_conn_state(conn->tls) != VG_TLS_BUSY;
    case VG_READ_HEAD:
    case VG_LINGER:
        return true;
    case VG_ASK:
        return has_room && vg_http1_is_whole(&conn->reader);
    case VG_READ_BODY:
        return !conn->is_paused;
    case VG_ANSWER:
    case VG_FLUSH:
        return has_room;
    default:
        return false;
    }
}

static void settle_reading(vg_conn *conn)
{
    bool wants = wants_input(conn);

    if (wants == conn->is_reading)
        return;
    conn->is_reading = wants;
    if (!wants)
        uv_read_stop((uv_stream_t *)&conn->tcp);
    else if (uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read) != 0)
        vg_conn_cut(conn);
}

/* --- time ------------------------------------------------------------------------------------ */

/* When patience ends in this phase; 0: never. */
static uint64_t due_ns(const vg_conn *conn)
{
    const vg_bounds *bounds = vg_conn_net(conn)->parts.bounds;

    switch (conn->phase) {
    case VG_SHAKE:
        return conn->since_ns + bounds->handshake_ms * ms;
    case VG_READ_HEAD:
        return conn->has_begun ? conn->stream.request.began_ns + bounds->head_ms * ms
                               : conn->since_ns + bounds->keep_alive_ms * ms;
    case VG_READ_BODY:
        if (conn->is_paused)
            return conn->since_ns + PAUSE_MS * ms;
        return conn->is_resting ? 0 : conn->since_ns + bounds->body_ms * ms;
    case VG_ANSWER:
    case VG_FLUSH:
        return vg_out_waiting(&conn->out) > 0 ? conn->since_ns + bounds->body_ms * ms : 0;
    case VG_LINGER:
        return conn->since_ns + LINGER_MS * ms;
    default:
        return 0;
    }
}

static void note_progress(vg_conn *conn)
{
    uint64_t sent = vg_out_gone(&conn->out);

    if (conn->phase != VG_ANSWER && conn->phase != VG_FLUSH)
        return;
    if (sent == conn->sent_bytes && vg_out_waiting(&conn->out) > 0)
        return;
    conn->sent_bytes = sent;
    conn->since_ns = vg_conn_now_ns(conn);
}

static void settle_timer(vg_conn *conn)
{
    uint64_t due;

    note_progress(conn);
    due = due_ns(conn);
    if (due != 0 && (conn->timer.slot == 0 || conn->timer.due_ns > due))
        vg_timer_start(vg_conn_net(conn)->parts.loop, &conn->timer, due);
}

static void refuse_late(vg_conn *conn, const char *what)
{
    count(conn, VG_M_timeouts_total);
    vg_phase_refuse(conn, &(vg_refusal){VG_DEADLINE, 408, what});
}

static void lose_patience(vg_conn *conn)
{
    switch (conn->phase) {
    case VG_SHAKE:
        vg_shake_lose_patience(conn);
        break;
    case VG_READ_HEAD:
        if (conn->has_begun)
            refuse_late(conn, "the head of the request did not come in time");
        else
            conn->is_lost = true; /* idle for long enough */
        break;
    case VG_READ_BODY:
        if (!conn->is_paused)
            refuse_late(conn, "the body of the request did not come in time");
        break; /* else the run tries again */
    case VG_ANSWER:
    case VG_FLUSH:
        count(conn, VG_M_timeouts_total);
        conn->is_lost = true;
        break;
    default:
        conn->is_lost = true;
        break;
    }
}

static void on_timer(vg_timer *timer)
{
    vg_conn *conn = vg_container_of(timer, vg_conn, timer);
    uint64_t due;

    note_progress(conn);
    due = due_ns(conn);
    if (due == 0)
        return;
    if (vg_conn_now_ns(conn) < due) {
        vg_timer_start(vg_conn_net(conn)->parts.loop, timer, due);
        return;
    }
    lose_patience(conn);
    vg_conn_kick(conn);
}

/* --- running --------------------------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
    vg_conn *conn = handle->data;

    conn->handle_closed = true;
    reap(conn);
}

/* Has the client all that it was to have? If not it must not be told that this is the end. */
static bool is_orderly(const vg_conn *conn)
{
    bool is_half_way = conn->stream.is_begun && !conn->stream.is_answered;

    return !conn->is_aborted && !is_half_way && vg_out_waiting(&conn->out) == 0;
}

static void close_handle(vg_conn *conn)
{
    uv_handle_t *handle = (uv_handle_t *)&conn->tcp;

    if (uv_is_closing(handle))
        return;
    conn->is_reading = false;
    vg_timer_stop(vg_conn_net(conn)->parts.loop, &conn->timer);
    if (conn->tls != NULL && is_orderly(conn))
        vg_tls_conn_end(conn->tls);
    if (!conn->is_aborted || conn->is_shutting || uv_tcp_close_reset(&conn->tcp, on_closed) != 0)
        uv_close(handle, on_closed);
}

/* Nothing of a request is here: what one needs is somebody else's meanwhile. */
static void settle_idle(vg_conn *conn)
{
    if (conn->phase == VG_READ_HEAD && !conn->has_begun)
        release_head(conn);
}

/* The end comes behind all that came before it, as that of a plain connection does. */
static void settle_end(vg_conn *conn)
{
    if (!conn->says_end || pending_bytes(conn) > 0 || conn->is_resting)
        return;
    conn->says_end = false;
    take_end(conn);
    vg_conn_kick(conn);
}

void vg_conn_run(vg_conn *conn)
{
    bool is_pending;

    VG_CHECK(!conn->is_running);
    conn->is_running = true;
    conn->is_resting = false;
    conn->inflated_bytes = conn->answered = 0;
    vg_conn_net(conn)->weight += 1 + (uint32_t)(vg_out_next(&conn->out) / VG_WEIGHT_BYTES);
    is_pending = open_input(conn);
    while (vg_phase_run(conn))
        continue;
    conn->is_running = false;
    vg_conn_net(conn)->weight += conn->answered;
    keep_input(conn, is_pending);
    if (conn->is_resting)
        vg_conn_kick(conn);
    if (conn->phase == VG_GONE || conn->phase == VG_CLOSED) {
        close_handle(conn);
        reap(conn);
        return;
    }
    settle_end(conn);
    settle_idle(conn);
    settle_reading(conn);
    settle_timer(conn);
}

/* Only those that are ready now: what a run makes ready is the next turn's. */
void vg_conn_turn(vg_net *net)
{
    const vg_list *last = net->ready.prev;
    bool is_last = false;

    net->weight = 0;
    while (!is_last && net->weight < VG_TURN_WEIGHT) {
        vg_list *link = vg_list_shift(&net->ready);
        vg_conn *conn = vg_container_of(link, vg_conn, ready);

        is_last = link == last;
        conn->is_ready = false;
        conn->may_read = conn->waits_to_read;
        vg_conn_run(conn);
    }
    if (!vg_list_is_empty(&net->ready) && !net->turn.is_posted)
        vg_loop_post(net->parts.loop, &net->turn);
}

void vg_conn_kick(vg_conn *conn)
{
    vg_net *net = vg_conn_net(conn);

    if (conn->is_running || conn->is_ready)
        return;
    conn->is_ready = true;
    vg_list_push(&net->ready, &conn->ready);
    if (!net->turn.is_posted)
        vg_loop_post(net->parts.loop, &net->turn);
}

void vg_conn_cut(vg_conn *conn)
{
    conn->is_lost = true;
    vg_conn_kick(conn);
}

static void on_sent(void *arg)
{
    vg_conn_kick(arg);
}

void vg_conn_open(vg_conn *conn, vg_listener *listener)
{
    vg_net *net = vg_listener_net(listener);

    conn->listener = listener;
    conn->tcp.data = conn;
    conn->timer.on_timer = on_timer;
    conn->since_ns = vg_conn_now_ns(conn);
    vg_out_init(&conn->out, (uv_stream_t *)&conn->tcp, on_sent, conn);
    vg_http1_init(&conn->reader, net->parts.bounds->max_head_bytes, net->parts.bounds->max_headers);
    uv_tcp_nodelay(&conn->tcp, 1);
    conn->phase = VG_READ_HEAD;
    if (net->parts.tls != NULL)
        conn->is_lost = !vg_shake_begin(conn);
    vg_conn_run(conn);
}
