/* The phase in which a connection becomes a secure one, and what is said to those that do not. Each
 * handshake is counted once, by how it ended. */
#include <stdio.h>

#include "base/log.h"
#include "net/conn.h"

static const char not_http[] = "HTTP/1.1 400 Bad Request\r\n"
                               "content-type: text/plain\r\n"
                               "content-length: 62\r\n"
                               "connection: close\r\n"
                               "\r\n"
                               "this port speaks HTTPS: the request came as plain HTTP instead";

static void note(vg_conn *conn, vg_handshake outcome)
{
    vg_metrics *metrics = vg_conn_net(conn)->parts.metrics;

    vg_metrics_add(metrics, VG_M_tls_handshakes_total, (vg_cell){.outcome = (uint8_t)outcome}, 1);
    if (outcome == VG_HANDSHAKE_NOT_TLS)
        vg_metrics_add(metrics, VG_M_protocol_errors_total, (vg_cell){0}, 1);
}

/* --- over, one way or the other -------------------------------------------------------------- */

static bool go_on(vg_conn *conn)
{
    bool is_resumed = vg_tls_conn_is_resumed(conn->tls);
    vg_slice plain;
    vg_tls_end end;

    note(conn, is_resumed ? VG_HANDSHAKE_RESUMED : VG_HANDSHAKE_NEW);
    conn->since_ns = vg_conn_now_ns(conn);
    conn->phase = VG_READ_HEAD;
    end = vg_tls_conn_read_rest(conn->tls, &plain);
    conn->in = plain;
    conn->says_end = end == VG_TLS_CLOSED;
    conn->is_lost = conn->is_lost || end == VG_TLS_BROKEN;
    return true;
}

/* The reason why reaches the client only if nothing that it sent stays unread. */
static bool turn_away(vg_conn *conn, vg_handshake outcome)
{
    note(conn, outcome);
    conn->is_unsecured = true;
    conn->closes = true;
    return vg_phase_linger(conn);
}

static bool fail(vg_conn *conn)
{
    vg_log(VG_DEBUG, "a TLS handshake failed", VG_Z("reason", vg_tls_conn_reason(conn->tls)));
    return turn_away(conn, VG_HANDSHAKE_FAILED);
}

static bool refuse_http(vg_conn *conn)
{
    uv_buf_t text = uv_buf_init((char *)not_http, sizeof not_http - 1);

    uv_try_write((uv_stream_t *)&conn->tcp, &text, 1);
    return turn_away(conn, VG_HANDSHAKE_NOT_TLS);
}

static bool cut(vg_conn *conn, vg_handshake outcome)
{
    note(conn, outcome);
    conn->is_unsecured = true;
    conn->is_lost = true;
    return true;
}

/* --- under way ------------------------------------------------------------------------------- */

/* While draining, only those go on whose client has begun. */
static bool wait(vg_conn *conn)
{
    conn->is_lost = vg_conn_net(conn)->is_draining && !vg_tls_conn_has_begun(conn->tls);
    return conn->is_lost;
}

bool vg_shake_run(vg_conn *conn)
{
    switch (vg_tls_conn_shake(conn->tls)) {
    case VG_TLS_WAITS:
        return wait(conn);
    case VG_TLS_BUSY:
        return false;
    case VG_TLS_OPEN:
        return go_on(conn);
    case VG_TLS_FAILED:
        return fail(conn);
    case VG_TLS_IS_HTTP:
        return refuse_http(conn);
    case VG_TLS_NOT_TLS:
        return cut(conn, VG_HANDSHAKE_NOT_TLS);
    default:
        return cut(conn, VG_HANDSHAKE_REFUSED);
    }
}

void vg_shake_lose_patience(vg_conn *conn)
{
    vg_metrics_add(vg_conn_net(conn)->parts.metrics, VG_M_timeouts_total, (vg_cell){0}, 1);
    cut(conn, VG_HANDSHAKE_LATE);
}

void vg_shake_note_gone(vg_conn *conn)
{
    if (!conn->is_unsecured)
        note(conn, VG_HANDSHAKE_GONE);
}

/* --- its beginning --------------------------------------------------------------------------- */

static void on_step(void *arg)
{
    vg_conn_kick(arg);
}

static void on_sealed(void *arg, bool is_sent)
{
    vg_conn *conn = arg;

    vg_out_sealed(&conn->out, is_sent);
}

bool vg_shake_begin(vg_conn *conn)
{
    static const vg_slice protocol = VG_LIT_INIT("http/1.1");
    vg_net *net = vg_conn_net(conn);
    vg_tls_conn_parts parts = {.tls = net->parts.tls,
                               .loop = net->parts.loop,
                               .stream = (uv_stream_t *)&conn->tcp,
                               .room = &net->tls_room,
                               .protocol = &protocol,
                               .on_step = on_step,
                               .on_sealed = on_sealed,
                               .arg = conn};

    conn->phase = VG_SHAKE;
    conn->tls = vg_tls_conn_new(&parts);
    conn->out.tls = conn->tls;
    return conn->tls != NULL;
}
