/* See direct_conn.h. Plain bytes go out by one writev of head and body; with TLS they are sealed
 * into one buffer and written from there, PIECE bytes at a time when the body is long. What the
 * system does not take at once waits in `rest`, or, of a plain body, where it is. */
#include "transport/direct_conn.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/check.h"

#define MS_NS ((uint64_t)1000000)

enum {
    READ_BYTES = 64 * 1024,
    RECORD_BYTES = 16 * 1024, /* of content, RFC 8446 5.1 */
    PIECE_BYTES = 64 * 1024,
    PLAIN_BYTES = READ_BYTES + 3 * RECORD_BYTES,   /* of one read, and room for one record more */
    SEALED_BYTES = PIECE_BYTES + 2 * RECORD_BYTES, /* of a head, a piece, and what wraps them */
    CONTROL_BYTES = 16 * 1024, /* what TLS says by itself to a backend that does not read */
};

/* The memory is there from the start: what has come can be read when memory is short. */
bool vg_direct_house_init(vg_direct_house *house)
{
    house->wire = malloc(READ_BYTES);
    vg_buf_init(&house->plain, 0);
    vg_buf_init(&house->sealed, 0);
    return house->wire != NULL &&
           (house->tls == NULL || (vg_buf_reserve(&house->plain, PLAIN_BYTES) != NULL &&
                                   vg_buf_reserve(&house->sealed, SEALED_BYTES) != NULL));
}

void vg_direct_house_fini(vg_direct_house *house)
{
    free(house->wire);
    vg_buf_fini(&house->plain);
    vg_buf_fini(&house->sealed);
}

static uv_stream_t *stream_of(const vg_direct_conn *conn)
{
    return (uv_stream_t *)&conn->socket->tcp;
}

/* --- writing --------------------------------------------------------------------------------- */

static void push(vg_direct_conn *conn);

/* A side that has gone away is met by reading. After any other failure nobody would come to read:
 * then we are the one who goes. */
static void break_writing(vg_direct_conn *conn, int error)
{
    uv_os_fd_t fd;

    conn->is_broken = true;
    conn->todo = (vg_slice){NULL, 0};
    if (conn->detail[0] == '\0')
        snprintf(conn->detail, sizeof conn->detail, "the request could not be written: %s",
                 uv_strerror(error));
    if (error != UV_EPIPE && error != UV_ECONNRESET &&
        uv_fileno((uv_handle_t *)&conn->socket->tcp, &fd) == 0)
        shutdown(fd, SHUT_RDWR);
}

static void wait_for(vg_direct_conn *conn, const uv_buf_t *parts, unsigned count);

static void write_rest(vg_direct_conn *conn)
{
    uv_buf_t part = uv_buf_init(conn->rest.at, (unsigned)conn->rest.len);

    if (vg_buf_is_spent(&conn->rest))
        break_writing(conn, UV_ENOMEM);
    else
        wait_for(conn, &part, 1);
}

static void on_written(uv_write_t *write, int status)
{
    vg_direct_conn *conn = write->handle->data;

    if (conn == NULL) /* closed */
        return;
    conn->is_writing = false;
    vg_buf_clear(&conn->rest);
    if (status < 0) {
        break_writing(conn, status);
    } else if (conn->late.len > 0 || vg_buf_is_spent(&conn->late)) {
        vg_buf rest = conn->rest;

        conn->rest = conn->late;
        conn->late = rest;
        write_rest(conn);
    } else if (conn->tls != NULL) {
        push(conn);
    }
    if (!conn->is_writing) { /* an idle connection holds no buffers */
        vg_buf_fini(&conn->rest);
        vg_buf_init(&conn->rest, 0);
    }
}

static void wait_for(vg_direct_conn *conn, const uv_buf_t *parts, unsigned count)
{
    int error = uv_write(&conn->socket->write, stream_of(conn), parts, count, on_written);

    conn->is_writing = error == 0;
    if (error != 0)
        break_writing(conn, error);
}

/* How many bytes the system took; it may be none. */
static size_t try_write(vg_direct_conn *conn, const uv_buf_t *parts, unsigned count)
{
    int n = uv_try_write(stream_of(conn), parts, count);

    if (n < 0 && n != UV_EAGAIN)
        break_writing(conn, n);
    return n > 0 ? (size_t)n : 0;
}

/* Bytes that are not ours to keep. */
static void write_bytes(vg_direct_conn *conn, vg_slice bytes)
{
    uv_buf_t part = uv_buf_init((char *)bytes.at, (unsigned)bytes.len);
    size_t n;

    if (bytes.len == 0 || conn->is_broken)
        return;
    if (conn->is_writing) {
        vg_buf_put(&conn->late, bytes);
        if (conn->late.len > CONTROL_BYTES)
            break_writing(conn, UV_ENOBUFS);
        return;
    }
    n = try_write(conn, &part, 1);
    if (n == bytes.len || conn->is_broken)
        return;
    vg_buf_clear(&conn->rest);
    vg_buf_put(&conn->rest, vg_slice_skip(bytes, n));
    write_rest(conn);
}

static void send_plain(vg_direct_conn *conn, vg_slice head, vg_slice body)
{
    uv_buf_t parts[2] = {uv_buf_init((char *)head.at, (unsigned)head.len),
                         uv_buf_init((char *)body.at, (unsigned)body.len)};
    size_t n = try_write(conn, parts, body.len > 0 ? 2 : 1);
    unsigned count = 0;

    conn->was_sent = n > 0;
    if (n == head.len + body.len || conn->is_broken)
        return;
    conn->was_sent = true; /* from now on, who knows when */
    vg_buf_clear(&conn->rest);
    if (n < head.len) {
        vg_buf_put(&conn->rest, vg_slice_skip(head, n));
        parts[count++] = uv_buf_init(conn->rest.at, (unsigned)conn->rest.len);
        n = head.len;
    }
    body = vg_slice_skip(body, n - head.len);
    if (body.len > 0)
        parts[count++] = uv_buf_init((char *)body.at, (unsigned)body.len);
    if (vg_buf_is_spent(&conn->rest))
        break_writing(conn, UV_ENOMEM);
    else
        wait_for(conn, parts, count);
}

/* ---- with TLS ---- */

static void seal(vg_direct_conn *conn, vg_slice bytes)
{
    if (!conn->is_broken && !vg_direct_link_write(conn->tls, bytes, &conn->house->sealed))
        break_writing(conn, UV_ECANCELED);
}

static void seal_piece(vg_direct_conn *conn)
{
    size_t len = conn->todo.len < PIECE_BYTES ? conn->todo.len : PIECE_BYTES;
    vg_slice piece = vg_slice_of(conn->todo.at, len);

    conn->todo = vg_slice_skip(conn->todo, len);
    seal(conn, piece);
}

/* As long as the system takes all of it. */
static void push(vg_direct_conn *conn)
{
    while (conn->todo.len > 0 && !conn->is_writing && !conn->is_broken) {
        vg_buf_clear(&conn->house->sealed);
        seal_piece(conn);
        write_bytes(conn, vg_buf_bytes(&conn->house->sealed));
    }
}

/* Head and as much of the body as fits are one record; most requests are no more. */
static void send_sealed(vg_direct_conn *conn, vg_buf *head, vg_slice body)
{
    size_t room = head->len < RECORD_BYTES ? RECORD_BYTES - head->len : 0;
    size_t fits = body.len < room ? body.len : room;

    vg_buf_put(head, vg_slice_of(body.at, fits));
    conn->todo = vg_slice_skip(body, fits);
    if (vg_buf_is_spent(head)) {
        break_writing(conn, UV_ENOMEM);
        return;
    }
    conn->was_sent = true;
    vg_buf_clear(&conn->house->sealed);
    seal(conn, vg_buf_bytes(head));
    seal_piece(conn);
    write_bytes(conn, vg_buf_bytes(&conn->house->sealed));
    push(conn);
}

void vg_direct_conn_send(vg_direct_conn *conn, vg_buf *head, vg_slice body)
{
    conn->was_sent = false;
    conn->detail[0] = '\0';
    if (conn->tls != NULL)
        send_sealed(conn, head, body);
    else
        send_plain(conn, vg_buf_bytes(head), body);
}

bool vg_direct_conn_is_written(const vg_direct_conn *conn)
{
    return !conn->is_writing && !conn->is_broken && conn->todo.len == 0;
}

/* --- reading --------------------------------------------------------------------------------- */

static void read_sealed(vg_direct_conn *conn, vg_slice bytes)
{
    vg_direct_house *house = conn->house;
    vg_direct_end end;

    vg_buf_clear(&house->plain);
    vg_buf_clear(&house->sealed);
    end = vg_direct_link_read(conn->tls, bytes, &house->plain, &house->sealed, conn->detail);
    write_bytes(conn, vg_buf_bytes(&house->sealed)); /* an alert, or an answer to new keys */
    if (house->plain.len > 0 || end != VG_DIRECT_GOES_ON)
        house->read(conn, vg_buf_bytes(&house->plain), end);
}

/* Whoever does not answer as he should may have got the address meanwhile. */
static void fail(vg_direct_conn *conn, vg_fault fault)
{
    vg_timer_stop(conn->house->loop, &conn->timer);
    if (fault != VG_FAULT_DNS)
        vg_direct_names_doubt(conn->house->names);
    conn->house->failed(conn, fault);
}

static void open_now(vg_direct_conn *conn)
{
    vg_timer_stop(conn->house->loop, &conn->timer);
    conn->is_open = true;
    conn->house->opened(conn);
}

/* What comes behind a handshake are sessions for later: they are read first. */
static void shake(vg_direct_conn *conn, vg_slice bytes)
{
    vg_direct_house *house = conn->house;
    vg_slice rest;
    vg_direct_shake state;

    vg_buf_clear(&house->sealed);
    state = vg_direct_link_shake(conn->tls, bytes, &house->sealed, &rest, conn->detail);
    write_bytes(conn, vg_buf_bytes(&house->sealed));
    if (state == VG_DIRECT_FAILED) {
        fail(conn, VG_FAULT_TLS);
        return;
    }
    if (state == VG_DIRECT_WAITS)
        return;
    vg_buf_clear(&house->plain);
    vg_buf_clear(&house->sealed);
    if (vg_direct_link_read(conn->tls, rest, &house->plain, &house->sealed, conn->detail) !=
            VG_DIRECT_GOES_ON ||
        house->plain.len > 0) {
        fail(conn, VG_FAULT_TLS);
        return;
    }
    write_bytes(conn, vg_buf_bytes(&house->sealed));
    open_now(conn);
}

/* The end of a connection is clean when TLS has said so, or where there is none. */
static void read_end(vg_direct_conn *conn, int error)
{
    vg_direct_end end = VG_DIRECT_BROKEN;

    if (error == UV_EOF)
        end = conn->tls == NULL || vg_direct_link_is_ended(conn->tls) ? VG_DIRECT_SAID_SO
                                                                      : VG_DIRECT_JUST_CUT;
    if (conn->detail[0] == '\0')
        snprintf(conn->detail, sizeof conn->detail, "%s",
                 error == UV_EOF ? "the other side closed it" : uv_strerror(error));
    if (conn->is_open)
        conn->house->read(conn, (vg_slice){NULL, 0}, end);
    else
        fail(conn, VG_FAULT_TLS);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    vg_direct_conn *conn = stream->data;

    if (conn == NULL || n == 0)
        return;
    if (n < 0) {
        uv_read_stop(stream);
        read_end(conn, (int)n);
    } else if (conn->tls == NULL) {
        conn->house->read(conn, vg_slice_of(buf->base, (size_t)n), VG_DIRECT_GOES_ON);
    } else if (conn->is_open) {
        read_sealed(conn, vg_slice_of(buf->base, (size_t)n));
    } else {
        shake(conn, vg_slice_of(buf->base, (size_t)n));
    }
}

static void on_alloc(uv_handle_t *handle, size_t wanted, uv_buf_t *buf)
{
    vg_direct_conn *conn = handle->data;

    (void)wanted;
    *buf = uv_buf_init(conn->house->wire, READ_BYTES);
}

/* --- opening --------------------------------------------------------------------------------- */

static void on_dialed(vg_direct_dial *dial, vg_direct_socket *socket, int error)
{
    vg_direct_conn *conn = vg_container_of(dial, vg_direct_conn, dial);
    vg_direct_house *house = conn->house;

    if (socket == NULL) {
        snprintf(conn->detail, sizeof conn->detail, "%s", uv_strerror(error));
        fail(conn, VG_FAULT_CONNECT);
        return;
    }
    conn->socket = socket;
    socket->tcp.data = conn;
    error = uv_read_start((uv_stream_t *)&socket->tcp, on_alloc, on_read);
    if (error != 0) {
        snprintf(conn->detail, sizeof conn->detail, "%s", uv_strerror(error));
        fail(conn, VG_FAULT_CONNECT);
    } else if (house->tls == NULL) {
        open_now(conn);
    } else {
        conn->tls = vg_direct_link_new(house->tls, conn->detail);
        if (conn->tls != NULL)
            shake(conn, (vg_slice){NULL, 0});
        else
            fail(conn, VG_FAULT_TLS);
    }
}

static void on_named(vg_direct_asker *asker, const vg_direct_addresses *found, const char *detail)
{
    vg_direct_conn *conn = vg_container_of(asker, vg_direct_conn, asker);

    if (found != NULL) {
        vg_direct_dial_start(&conn->dial, found);
        return;
    }
    snprintf(conn->detail, sizeof conn->detail, "%s", detail);
    fail(conn, VG_FAULT_DNS);
}

static void on_late(vg_timer *timer)
{
    vg_direct_conn *conn = vg_container_of(timer, vg_direct_conn, timer);

    snprintf(conn->detail, sizeof conn->detail, "%s took longer than it may",
             conn->socket != NULL                  ? "the handshake"
             : vg_list_is_empty(&conn->asker.link) ? "connecting"
                                                   : "looking up the name");
    fail(conn, VG_FAULT_CONNECT);
}

vg_direct_conn *vg_direct_conn_open(vg_direct_house *house)
{
    vg_direct_conn *conn = calloc(1, sizeof *conn);
    const vg_direct_addresses *known;

    if (conn == NULL)
        return NULL;
    conn->house = house;
    vg_list_init(&conn->link);
    vg_direct_reader_init(&conn->reader);
    vg_buf_init(&conn->rest, 0);
    vg_buf_init(&conn->late, 0);
    vg_list_init(&conn->asker.link);
    conn->asker.named = on_named;
    conn->dial.loop = house->loop;
    conn->dial.uv = house->uv;
    conn->dial.dialed = on_dialed;
    conn->timer.on_timer = on_late;
    vg_timer_start(house->loop, &conn->timer,
                   vg_loop_now_ns(house->loop) + house->connect_ms * MS_NS);
    known = vg_direct_names_get(house->names, &conn->asker);
    if (known != NULL)
        vg_direct_dial_start(&conn->dial, known);
    return conn;
}

/* --- closing --------------------------------------------------------------------------------- */

static void free_conn(void *arg)
{
    vg_direct_conn *conn = arg;

    vg_direct_reader_fini(&conn->reader);
    vg_buf_fini(&conn->rest);
    vg_buf_fini(&conn->late);
    free(conn);
}

static void end_tls(vg_direct_conn *conn)
{
    if (conn->is_open && !conn->is_writing) {
        vg_buf_clear(&conn->house->sealed);
        vg_direct_link_end(conn->tls, &conn->house->sealed);
        write_bytes(conn, vg_buf_bytes(&conn->house->sealed));
    }
    vg_direct_link_free(conn->tls);
    conn->tls = NULL;
}

void vg_direct_conn_close(vg_direct_conn *conn)
{
    vg_direct_socket *socket = conn->socket;

    vg_timer_stop(conn->house->loop, &conn->timer);
    vg_direct_names_drop(&conn->asker);
    vg_direct_dial_drop(&conn->dial);
    vg_list_remove(&conn->link);
    if (conn->tls != NULL)
        end_tls(conn);
    if (socket == NULL) {
        free_conn(conn);
        return;
    }
    socket->attached = conn;
    socket->free_attached = free_conn;
    vg_direct_socket_close(socket);
}
