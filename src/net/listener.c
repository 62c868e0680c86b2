/* Listening, accepting, and the end: a listener is freed when its handle is closed and its last
 * connection has gone. */
#include "net/listener.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/log.h"
#include "net/bind.h"
#include "net/conn.h"
#include "net/share.h"

enum { SCRATCH_BYTES = 64 * 1024, ACCEPTS_A_TURN = 32 };

struct vg_listener {
    vg_net net;      /* first */
    uv_tcp_t tcp;    /* that listens, unless others do so too: */
    vg_share *share; /* NULL: nobody else accepts from the socket */
    int taken;       /* descriptor of a connection that came from there */
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
    if (listener->share != NULL && !vg_share_is_closing(listener->share))
        vg_fair_set(listener->share->fair, listener->share->worker, listener->net.count);
}

/* --- the end --------------------------------------------------------------------------------- */

static void free_listener(vg_listener *listener)
{
    vg_net *net = &listener->net;

    while (net->head_count > 0)
        vg_head_free(net->heads[--net->head_count]);
    vg_body_stock_fini(&net->bodies);
    vg_buf_fini(&net->scratch);
    vg_tls_room_fini(&net->tls_room);
    free(net->read_buffer);
    free(listener->share);
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

static void accept_into(vg_listener *listener, uv_tcp_t *tcp)
{
    uv_tcp_init(listener->net.parts.uv, tcp);
    if (listener->share != NULL)
        uv_tcp_open(tcp, listener->taken);
    else
        uv_accept((uv_stream_t *)&listener->tcp, (uv_stream_t *)tcp);
}

/* Taken from the queue and closed: left there, it would be announced for ever. */
static void refuse_connection(vg_listener *listener)
{
    uv_tcp_t *tcp = malloc(sizeof(*tcp));

    count(listener, VG_M_connections_refused_total);
    if (tcp == NULL)
        return;
    accept_into(listener, tcp);
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
    accept_into(listener, &conn->tcp);
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

static void on_shared_connection(void *arg, int fd)
{
    vg_listener *listener = arg;

    listener->taken = fd;
    if (fd < 0)
        tell_failure(listener, fd);
    else
        take_connection(listener);
}

static void on_turn(vg_task *task)
{
    vg_conn_turn(vg_container_of(task, vg_net, turn));
}

/* --- opening --------------------------------------------------------------------------------- */

static void on_stillborn(uv_handle_t *handle)
{
    free_listener(handle->data);
}

/* Both answer the system's reason, 0 when it listens. */
static int begin_listening(vg_listener *listener)
{
    int error = uv_listen((uv_stream_t *)&listener->tcp, VG_BACKLOG, on_connection);
    uv_os_fd_t fd;

    if (error == 0 && uv_fileno((uv_handle_t *)&listener->tcp, &fd) == 0)
        listener->port = vg_bind_port(fd);
    return error;
}

static int bind_and_listen(vg_listener *listener, const struct sockaddr_storage *at)
{
    int error = uv_tcp_bind(&listener->tcp, (const struct sockaddr *)at, 0);

    return error != 0 ? error : begin_listening(listener);
}

static bool make_buffers(vg_net *net)
{
    net->read_buffer = malloc(VG_READ_BYTES);
    vg_buf_init(&net->scratch, SCRATCH_BYTES);
    return net->read_buffer != NULL && (net->parts.tls == NULL || vg_tls_room_init(&net->tls_room));
}

static vg_listener *new_listener(const vg_listener_parts *parts)
{
    vg_listener *listener = calloc(1, sizeof(*listener));

    if (listener == NULL)
        return NULL;
    listener->net.parts = *parts;
    vg_list_init(&listener->net.conns);
    vg_list_init(&listener->net.ready);
    listener->net.turn.run = on_turn;
    listener->accept_task.run = on_accept_turn;
    listener->last_task.run = run_last;
    if (make_buffers(&listener->net) && uv_tcp_init(parts->uv, &listener->tcp) == 0)
        return listener;
    free_listener(listener);
    return NULL;
}

static vg_listener *make(const vg_listener_parts *parts, vg_slice address, vg_status *status)
{
    vg_listener *listener = new_listener(parts);

    if (listener == NULL)
        vg_status_set(status, VG_OVERLOADED, VG_LIT("there is no memory to listen"), address);
    else
        listener->tcp.data = listener;
    return listener;
}

static vg_listener *give_up(vg_listener *listener)
{
    uv_close((uv_handle_t *)&listener->tcp, on_stillborn);
    return NULL;
}

vg_listener *vg_listener_open(const vg_listener_parts *parts, vg_slice address, vg_arena *arena,
                              vg_status *status)
{
    struct sockaddr_storage at;
    vg_listener *listener;
    int error;

    if (!vg_bind_read(address, &at, arena, status))
        return NULL;
    listener = make(parts, address, status);
    if (listener == NULL)
        return NULL;
    error = bind_and_listen(listener, &at);
    if (error == 0)
        return listener;
    vg_bind_fail(address, uv_strerror(error), arena, status);
    return give_up(listener);
}

static void on_closed(uv_handle_t *handle)
{
    vg_listener *listener = handle->data;

    listener->handle_closed = true;
    end_if_empty(listener);
}

static void on_share_closed(void *arg)
{
    vg_listener *listener = arg;

    uv_close((uv_handle_t *)&listener->tcp, on_closed);
}

static int open_share(vg_listener *listener, const vg_shared_socket *socket)
{
    vg_share *share = malloc(sizeof(*share));
    int error;

    if (share == NULL)
        return UV_ENOMEM;
    *share = (vg_share){.loop = listener->net.parts.loop,
                        .fd = socket->fd,
                        .fair = socket->fair,
                        .worker = socket->worker,
                        .on_connection = on_shared_connection,
                        .on_closed = on_share_closed,
                        .arg = listener};
    error = vg_share_open(share, listener->net.parts.uv);
    if (error == 0)
        listener->share = share;
    else
        free(share);
    return error;
}

vg_listener *vg_listener_open_on(const vg_listener_parts *parts, const vg_shared_socket *socket,
                                 vg_arena *arena, vg_status *status)
{
    vg_listener *listener = make(parts, VG_LIT("listen"), status);
    int error;

    if (listener == NULL)
        return NULL;
    listener->port = vg_bind_port(socket->fd);
    error = open_share(listener, socket);
    if (error == 0)
        return listener;
    vg_bind_fail(VG_LIT("the socket that was given"), uv_strerror(error), arena, status);
    return give_up(listener);
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

/* Draining and closing both come here, in either order. */
static void stop_accepting(vg_listener *listener)
{
    if (listener->share == NULL && !uv_is_closing((uv_handle_t *)&listener->tcp))
        uv_close((uv_handle_t *)&listener->tcp, on_closed);
    if (listener->share != NULL && !vg_share_is_closing(listener->share))
        vg_share_close(listener->share);
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
