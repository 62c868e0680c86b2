/* Listening, accepting, and the end: a listener is freed when its handle is closed and its last
 * connection has gone. */
#include "net/listener.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/log.h"
#include "net/conn.h"

enum { BACKLOG = 1024, SCRATCH_BYTES = 64 * 1024, ACCEPTS_A_TURN = 32 };

struct vg_listener {
    vg_net net; /* first */
    uv_tcp_t tcp;
    int port;
    bool handle_closed;
    uint32_t accepted;   /* since the others had their turn */
    vg_task accept_task; /* accepts the next then */
    uint64_t told_ns;    /* that a connection could not be accepted */
    vg_task last_task;   /* says `closed` */
    void (*closed)(void *arg);
    void *closed_arg;
};

vg_net *vg_listener_net(vg_listener *listener)
{
    return &listener->net;
}

static void move_connections(vg_listener *listener, int by)
{
    listener->net.count = (uint32_t)((int)listener->net.count + by);
    vg_metrics_move(listener->net.parts.metrics, VG_M_connections, (vg_cell){0}, by);
}

/* --- the end --------------------------------------------------------------------------------- */

static void free_listener(vg_listener *listener)
{
    vg_net *net = &listener->net;

    while (net->head_count > 0)
        vg_head_free(net->heads[--net->head_count]);
    vg_body_stock_fini(&net->bodies);
    vg_buf_fini(&net->scratch);
    free(net->read_buffer);
    free(listener);
}

static void run_last(vg_task *task)
{
    vg_listener *listener = vg_container_of(task, vg_listener, last_task);
    void (*closed)(void *arg) = listener->closed;
    void *arg = listener->closed_arg;

    free_listener(listener);
    closed(arg);
}

static void end_if_empty(vg_listener *listener)
{
    if (listener->closed != NULL && listener->handle_closed && listener->net.count == 0 &&
        !listener->accept_task.is_posted)
        vg_loop_post(listener->net.parts.loop, &listener->last_task);
}

void vg_listener_forget(vg_listener *listener, vg_conn *conn)
{
    vg_list_remove(&conn->link);
    move_connections(listener, -1);
    end_if_empty(listener);
}

/* --- accepting ------------------------------------------------------------------------------- */

static void count(const vg_listener *listener, vg_metric metric)
{
    vg_metrics_add(listener->net.parts.metrics, metric, (vg_cell){0}, 1);
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

/* Taken from the queue and closed: left there, it would be announced for ever. */
static void refuse_connection(vg_listener *listener)
{
    uv_tcp_t *tcp = malloc(sizeof(*tcp));

    count(listener, VG_M_connections_refused_total);
    if (tcp == NULL)
        return;
    uv_tcp_init(listener->net.parts.uv, tcp);
    uv_accept((uv_stream_t *)&listener->tcp, (uv_stream_t *)tcp);
    uv_close((uv_handle_t *)tcp, free_handle);
}

/* At most once a second: there may be as many as clients. */
static void tell_failure(vg_listener *listener, int status)
{
    const uint64_t second = 1000ull * 1000 * 1000;
    uint64_t now = vg_loop_now_ns(listener->net.parts.loop);

    count(listener, VG_M_connections_refused_total);
    if (listener->told_ns != 0 && now - listener->told_ns < second)
        return;
    listener->told_ns = now;
    vg_log(VG_WARN, "a connection could not be accepted", VG_Z("reason", uv_strerror(status)));
}

/* Over the bound a connection is accepted and closed at once: its client learns it now, and not
 * after a time-out of its own. */
static void take_connection(vg_listener *listener)
{
    vg_conn *conn = NULL;

    if (listener->net.count < listener->net.parts.bounds->max_connections)
        conn = calloc(1, sizeof(*conn));
    if (conn == NULL) {
        refuse_connection(listener);
        return;
    }
    count(listener, VG_M_connections_total);
    move_connections(listener, 1);
    vg_list_push(&listener->net.conns, &conn->link);
    uv_tcp_init(listener->net.parts.uv, &conn->tcp);
    uv_accept((uv_stream_t *)&listener->tcp, (uv_stream_t *)&conn->tcp);
    vg_conn_open(conn, listener);
}

static void on_accept_turn(vg_task *task)
{
    vg_listener *listener = vg_container_of(task, vg_listener, accept_task);

    listener->accepted = 0;
    if (uv_is_closing((uv_handle_t *)&listener->tcp))
        end_if_empty(listener); /* which waited for this task */
    else
        take_connection(listener);
}

/* libuv announces connections until there are no more, unless one is left with it: then it looks
 * for others only when that was accepted. */
static void on_connection(uv_stream_t *server, int status)
{
    vg_listener *listener = server->data;

    if (status < 0)
        tell_failure(listener, status);
    else if (++listener->accepted < ACCEPTS_A_TURN)
        take_connection(listener);
    else if (!listener->accept_task.is_posted)
        vg_loop_post(listener->net.parts.loop, &listener->accept_task);
}

static void on_turn(vg_task *task)
{
    vg_conn_turn(vg_container_of(task, vg_net, turn));
}

/* --- opening --------------------------------------------------------------------------------- */

/* "127.0.0.1:6333", "[::1]:6333", "localhost:6333". */
static bool read_address(vg_slice address, struct sockaddr_storage *out)
{
    size_t colon = address.len;
    vg_slice host;
    uint64_t port;
    char text[64];

    while (colon > 0 && address.at[colon - 1] != ':')
        colon--;
    if (colon == 0 || !vg_slice_u64(vg_slice_skip(address, colon), &port) || port > 65535)
        return false;
    host = vg_slice_of(address.at, colon - 1);
    if (vg_slice_is(host, VG_LIT("localhost")))
        host = VG_LIT("127.0.0.1");
    if (host.len >= 2 && host.at[0] == '[' && host.at[host.len - 1] == ']')
        host = vg_slice_of(host.at + 1, host.len - 2);
    if (host.len >= sizeof(text))
        return false;
    memcpy(text, host.at, host.len);
    text[host.len] = '\0';
    return uv_ip4_addr(text, (int)port, (struct sockaddr_in *)out) == 0 ||
           uv_ip6_addr(text, (int)port, (struct sockaddr_in6 *)out) == 0;
}

static int port_of(const uv_tcp_t *tcp)
{
    struct sockaddr_storage name;
    int len = sizeof(name);

    if (uv_tcp_getsockname(tcp, (struct sockaddr *)&name, &len) != 0)
        return 0;
    if (name.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&name)->sin6_port);
    return ntohs(((struct sockaddr_in *)&name)->sin_port);
}

static void on_stillborn(uv_handle_t *handle)
{
    free_listener(handle->data);
}

/* The system's reason, 0 when it listens. */
static int begin_listening(vg_listener *listener, const struct sockaddr_storage *at)
{
    int error = uv_tcp_bind(&listener->tcp, (const struct sockaddr *)at, 0);

    if (error == 0)
        error = uv_listen((uv_stream_t *)&listener->tcp, BACKLOG, on_connection);
    if (error == 0)
        listener->port = port_of(&listener->tcp);
    return error;
}

static vg_listener *new_listener(const vg_listener_parts *parts)
{
    vg_listener *listener = calloc(1, sizeof(*listener));

    if (listener == NULL)
        return NULL;
    listener->net.parts = *parts;
    listener->net.read_buffer = malloc(VG_READ_BYTES);
    vg_list_init(&listener->net.conns);
    vg_list_init(&listener->net.ready);
    listener->net.turn.run = on_turn;
    listener->accept_task.run = on_accept_turn;
    vg_buf_init(&listener->net.scratch, SCRATCH_BYTES);
    listener->last_task.run = run_last;
    if (listener->net.read_buffer != NULL && uv_tcp_init(parts->uv, &listener->tcp) == 0)
        return listener;
    free_listener(listener);
    return NULL;
}

vg_listener *vg_listener_open(const vg_listener_parts *parts, vg_slice address, vg_arena *arena,
                              vg_status *status)
{
    struct sockaddr_storage at;
    vg_listener *listener;
    int error;

    if (!read_address(address, &at)) {
        vg_status_setf(status, arena, VG_INVALID, address,
                       "the address must be like 127.0.0.1:6333 or [::1]:6333");
        return NULL;
    }
    listener = new_listener(parts);
    if (listener == NULL) {
        vg_status_set(status, VG_OVERLOADED, VG_LIT("there is no memory to listen"), address);
        return NULL;
    }
    listener->tcp.data = listener;
    error = begin_listening(listener, &at);
    if (error == 0)
        return listener;
    vg_status_setf(status, arena, VG_UNAVAILABLE, address, "cannot listen on " VG_FMT ": %s",
                   VG_ARG(address), uv_strerror(error));
    uv_close((uv_handle_t *)&listener->tcp, on_stillborn);
    return NULL;
}

int vg_listener_port(const vg_listener *listener)
{
    return listener->port;
}

uint32_t vg_listener_connections(const vg_listener *listener)
{
    return listener->net.count;
}

/* --- closing --------------------------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
    vg_listener *listener = handle->data;

    listener->handle_closed = true;
    end_if_empty(listener);
}

/* Draining and closing both come here, in either order. */
static void stop_accepting(vg_listener *listener)
{
    if (!uv_is_closing((uv_handle_t *)&listener->tcp))
        uv_close((uv_handle_t *)&listener->tcp, on_closed);
}

static void for_each(vg_listener *listener, void (*call)(vg_conn *conn))
{
    vg_list *head = &listener->net.conns;

    for (vg_list *at = head->next; at != head; at = at->next)
        call(vg_container_of(at, vg_conn, link));
}

void vg_listener_drain(vg_listener *listener)
{
    listener->net.is_draining = true;
    stop_accepting(listener);
    for_each(listener, vg_conn_kick);
}

void vg_listener_close(vg_listener *listener, void (*closed)(void *arg), void *arg)
{
    listener->closed = closed;
    listener->closed_arg = arg;
    stop_accepting(listener);
    for_each(listener, vg_conn_cut);
    end_if_empty(listener);
}
