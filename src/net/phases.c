/* The phases of a connection, in the order in which they run. Each answers whether to go on. */
#include <stdlib.h>

#include "net/conn.h"

enum { REFUSAL_BYTES = 64 * 1024, ANSWERS_A_TURN = 16 };

static const uint64_t linger_bytes = 64 << 20;

static const vg_stream_user *user_of(const vg_conn *conn)
{
    return vg_conn_net(conn)->parts.user;
}

static bool go_to(vg_conn *conn, vg_phase phase)
{
    conn->phase = phase;
    return true;
}

static void end_stream(vg_conn *conn)
{
    const vg_stream_user *user = user_of(conn);

    if (conn->stream.is_open)
        user->on_end(user->arg, &conn->stream);
    conn->stream.is_open = false;
    vg_body_fini(&conn->body, &vg_conn_net(conn)->bodies);
    vg_inflate_free(conn->inflate);
    conn->inflate = NULL;
    vg_buf_fini(&conn->held);
}

/* --- refusals -------------------------------------------------------------------------------- */

/* Numbers of the protocol's own are for bytes that are not the HTTP they should be. */
static void count_refusal(const vg_conn *conn, const vg_refusal *refusal)
{
    if (refusal->http_status != 0 && refusal->code != VG_DEADLINE)
        vg_metrics_add(vg_conn_net(conn)->parts.metrics, VG_M_protocol_errors_total, (vg_cell){0},
                       1);
}

static void write_refusal(vg_conn *conn, const vg_refusal *refusal, vg_arena *arena)
{
    const vg_stream_user *user = user_of(conn);
    vg_status status = {.code = refusal->code, .what = vg_slice_str(refusal->what)};
    vg_refused refused = {.stream = conn->stream.is_open ? &conn->stream : NULL,
                          .path = vg_http1_path(&conn->reader),
                          .status = &status};
    vg_answer answer = {.status = refusal->http_status};
    vg_slice text = {NULL, 0};
    vg_buf body;

    if (arena != NULL)
        text = user->on_refusal(user->arg, arena, &refused, &answer);
    if (refusal->http_status != 0)
        answer.status = refusal->http_status;
    else if (answer.status == 0)
        answer.status = vg_code_describe(refusal->code)->native_http;
    vg_buf_init(&body, 0);
    vg_buf_put(&body, text);
    if (vg_buf_is_spent(&body))
        vg_buf_clear(&body);
    conn->closes = true;
    vg_stream_send(conn, &answer, &body, (vg_slice){NULL, 0});
}

void vg_phase_refuse(vg_conn *conn, const vg_refusal *refusal)
{
    vg_arena *arena;

    count_refusal(conn, refusal);
    if (conn->stream.is_begun) { /* the user was quicker; what it sent cannot be taken back */
        conn->is_lost = conn->is_aborted = true;
        return;
    }
    arena = vg_arena_new(REFUSAL_BYTES);
    write_refusal(conn, refusal, arena);
    vg_arena_free(arena);
    conn->stream.is_answered = true;
    conn->phase = VG_FLUSH;
}

/* --- the phases ------------------------------------------------------------------------------ */

static bool begin_request(vg_conn *conn)
{
    vg_net *net = vg_conn_net(conn);

    if (conn->head == NULL)
        conn->head = net->head_count > 0 ? net->heads[--net->head_count] : vg_head_new();
    else
        vg_head_clear(conn->head);
    if (conn->head == NULL)
        return false;
    conn->stream = (vg_stream){0};
    vg_http1_begin(&conn->reader, conn->head, &conn->stream.request);
    conn->stream.request.began_ns = vg_conn_now_ns(conn);
    if (conn->tls != NULL)
        conn->stream.request.certificate = vg_tls_conn_peer(conn->tls);
    conn->has_begun = true;
    conn->closes = false;
    return true;
}

static bool read_head(vg_conn *conn)
{
    const vg_stream_user *user = user_of(conn);
    vg_http1_event event;
    size_t used;

    if (conn->in.len == 0) {
        conn->is_lost = !conn->has_begun && vg_conn_net(conn)->is_draining;
        return conn->is_lost;
    }
    if (!conn->has_begun && !begin_request(conn)) {
        conn->is_lost = true;
        return true;
    }
    used = vg_http1_read(&conn->reader, conn->in, &event);
    conn->in = vg_slice_skip(conn->in, used);
    if (event == VG_HTTP1_REFUSED)
        vg_phase_refuse(conn, &conn->reader.refusal);
    if (event != VG_HTTP1_HEAD)
        return event == VG_HTTP1_REFUSED;
    conn->stream.is_open = true;
    conn->since_ns = vg_conn_now_ns(conn);
    conn->phase = VG_ASK;
    user->on_request(user->arg, &conn->stream);
    return true;
}

/* The user has the head, and says whether it wants the body. */
static bool ask(vg_conn *conn)
{
    if (conn->stream.is_begun)
        return go_to(conn, VG_ANSWER);
    if (!conn->stream.is_accepted)
        return false;
    conn->phase = VG_READ_BODY;
    vg_body_read_begin(conn);
    return true;
}

/* The user has all, and answers. */
static bool answer(vg_conn *conn)
{
    const vg_stream_user *user = user_of(conn);
    const vg_bounds *bounds = vg_conn_net(conn)->parts.bounds;
    vg_stream *stream = &conn->stream;

    if (conn->held.len > 0) {
        vg_out_send(&conn->out, &(vg_parcel){.head = vg_buf_bytes(&conn->held)});
        vg_buf_fini(&conn->held);
    }
    if (stream->is_answered)
        return go_to(conn, VG_FLUSH);
    if (!stream->is_choked || vg_out_waiting(&conn->out) > bounds->write_high_bytes / 2)
        return false;
    stream->is_choked = false;
    user->on_drain(user->arg, stream);
    return true;
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
    vg_conn *conn = request->handle->data;

    (void)status;
    conn->is_shutting = false;
}

/* Closing with bytes unread makes the system tell the client so in a way that destroys the answer
 * on its way: the client is told that no more comes, and may finish. */
bool vg_phase_linger(vg_conn *conn)
{
    if (conn->tls != NULL)
        vg_tls_conn_end(conn->tls);
    conn->is_shutting = uv_shutdown(&conn->shutdown, (uv_stream_t *)&conn->tcp, on_shutdown) == 0;
    conn->since_ns = vg_conn_now_ns(conn);
    return go_to(conn, VG_LINGER);
}

static bool flush(vg_conn *conn)
{
    bool has_more;

    if (conn->closes) {
        conn->lingered_bytes += conn->in.len;
        conn->in = (vg_slice){NULL, 0};
    }
    if (vg_out_waiting(&conn->out) > 0)
        return false;
    end_stream(conn);
    has_more = conn->lingered_bytes > 0 || !vg_http1_is_whole(&conn->reader);
    if (conn->closes && has_more && !conn->has_eof)
        return vg_phase_linger(conn);
    if (conn->closes)
        return go_to(conn, VG_CLOSED);
    conn->has_begun = false;
    conn->since_ns = vg_conn_now_ns(conn);
    conn->phase = VG_READ_HEAD;
    conn->is_resting = ++conn->answered >= ANSWERS_A_TURN && conn->in.len > 0;
    return !conn->is_resting;
}

static bool linger(vg_conn *conn)
{
    conn->lingered_bytes += conn->in.len;
    conn->in = (vg_slice){NULL, 0};
    if (conn->lingered_bytes > linger_bytes)
        return go_to(conn, VG_CLOSED);
    return false;
}

static bool owes_answer(const vg_stream *stream)
{
    bool is_asked = !stream->is_accepted || stream->is_read || stream->is_begun;

    return stream->is_open && !stream->is_answered && is_asked;
}

static bool gone(vg_conn *conn)
{
    if (owes_answer(&conn->stream))
        return false;
    end_stream(conn);
    return go_to(conn, VG_CLOSED);
}

static bool closed(vg_conn *conn)
{
    conn->in = (vg_slice){NULL, 0};
    return false;
}

static bool (*const phases[])(vg_conn *conn) = {
    [VG_SHAKE] = vg_shake_run,     /* until the client and we trust each other              */
    [VG_READ_HEAD] = read_head,    /* until it is whole: on_request                      */
    [VG_ASK] = ask,                /* until the user accepts the body, or answers        */
    [VG_READ_BODY] = vg_body_read, /* until it is whole: on_body                         */
    [VG_ANSWER] = answer,          /* until the user has answered                        */
    [VG_FLUSH] = flush,            /* until the system has taken it: on_end              */
    [VG_LINGER] = linger,          /* until the client has read it, or for so long       */
    [VG_GONE] = gone,              /* until the user needs the request no more: on_end   */
    [VG_CLOSED] = closed,
};

static bool lose(vg_conn *conn)
{
    const vg_stream_user *user = user_of(conn);
    vg_stream *stream = &conn->stream;

    if (conn->phase == VG_SHAKE)
        vg_shake_note_gone(conn);
    conn->phase = VG_GONE;
    conn->in = (vg_slice){NULL, 0};
    if (!stream->is_open || stream->is_gone)
        return true;
    stream->is_gone = true;
    user->on_gone(user->arg, stream);
    return true;
}

bool vg_phase_run(vg_conn *conn)
{
    if ((conn->is_lost || conn->out.broken) && conn->phase < VG_GONE)
        return lose(conn);
    return phases[conn->phase](conn);
}
