/* Reading a body: into one block as it came, or through the decompressor. What it grows to is
 * bounded by the user's limit; how fast, by the memory of the process (it waits for that); how long
 * it may decompress in one turn, by TURN_BYTES. */
#include <stdio.h>

#include "net/conn.h"

enum { TURN_BYTES = 64 * 1024, WHAT_BYTES = 128 };

static const uint64_t ms = 1000000;

static void refuse(vg_conn *conn, vg_code code, const char *what)
{
    vg_phase_refuse(conn, &(vg_refusal){code, 0, what});
}

/* The words are Qdrant's, whose prefix is the code's. */
static void refuse_size(vg_conn *conn, bool is_announced)
{
    unsigned long long limit = conn->stream.max_bytes;
    unsigned long long length = conn->stream.request.content_length;
    char what[WHAT_BYTES];

    if (is_announced)
        snprintf(what, sizeof(what),
                 "JSON payload (%llu bytes) is larger than allowed (limit: %llu bytes).", length,
                 limit);
    else
        snprintf(what, sizeof(what), "JSON payload has exceeded limit (%llu bytes).", limit);
    refuse(conn, VG_TOO_LARGE, what);
}

/* The rest of this body, if all of it has been read; it then needs one block. One that still comes
 * in grows by doubling: where memory is short, it must not take what its next bytes wait in. */
static size_t bytes_here(const vg_conn *conn)
{
    uint64_t left = vg_http1_left(&conn->reader);

    return conn->reader.coding == VG_CODING_NONE && left <= conn->in.len ? (size_t)left : 0;
}

static bool grow(vg_conn *conn)
{
    return vg_body_grow(&conn->body, conn->stream.max_bytes + 1, bytes_here(conn),
                        &vg_conn_net(conn)->bodies);
}

static bool has_room(const vg_conn *conn)
{
    if (conn->reader.coding == VG_CODING_NONE)
        return conn->body.at != NULL;
    return conn->body.at != NULL && conn->inflate != NULL;
}

void vg_body_read_begin(vg_conn *conn)
{
    const vg_request *request = &conn->stream.request;

    conn->since_ns = vg_conn_now_ns(conn);
    conn->is_paused = conn->is_resting = conn->is_inflating = false;
    conn->wire_bytes = 0;
    if (!request->has_body)
        return;
    if (request->content_length != UINT64_MAX && request->content_length > conn->stream.max_bytes) {
        refuse_size(conn, true);
        return;
    }
    if (conn->reader.coding != VG_CODING_NONE)
        conn->inflate = vg_inflate_new(conn->reader.coding);
    grow(conn);
    if (!has_room(conn))
        refuse(conn, VG_OVERLOADED, "the gateway has no memory for this body now, try again soon");
    else if (conn->reader.expects_continue && conn->in.len == 0)
        vg_out_send(&conn->out, &(vg_parcel){.still = VG_LIT("HTTP/1.1 100 Continue\r\n\r\n")});
}

static uint64_t patience_ns(const vg_conn *conn)
{
    uint64_t have = conn->inflate != NULL ? conn->wire_bytes : conn->body.len;

    return ms * vg_bounds_patience_ms(vg_conn_net(conn)->parts.bounds, have,
                                      conn->stream.request.content_length);
}

/* No memory: true when a refusal was made of it, after some waiting. */
static bool pause_reading(vg_conn *conn)
{
    uint64_t now = vg_conn_now_ns(conn);

    if (!conn->is_paused)
        conn->paused_ns = now;
    conn->is_paused = true;
    conn->since_ns = now;
    if (now - conn->paused_ns < patience_ns(conn))
        return false;
    refuse(conn, VG_OVERLOADED, "the gateway has no memory for this body, try again later");
    return true;
}

static bool is_too_large(const vg_conn *conn)
{
    return conn->body.len > conn->stream.max_bytes;
}

static bool is_bomb(const vg_conn *conn)
{
    const vg_bounds *bounds = vg_conn_net(conn)->parts.bounds;

    return conn->body.len > bounds->max_expansion_free &&
           conn->body.len / bounds->max_expansion > conn->wire_bytes;
}

/* One step of decompressing; true: go on. */
static bool inflate_step(vg_conn *conn)
{
    vg_body *body = &conn->body;
    vg_inflated inflated;
    size_t made;

    inflated = vg_inflate_run(conn->inflate, body->at + body->len, body->room - body->len, &made);
    body->len += made;
    conn->inflated_bytes += made;
    conn->is_inflating = inflated == VG_INFLATE_FULL;
    if (inflated == VG_INFLATE_BAD)
        refuse(conn, VG_INVALID, "the body is not compressed as its content-encoding says");
    else if (is_too_large(conn))
        refuse_size(conn, false);
    else if (is_bomb(conn))
        refuse(conn, VG_TOO_LARGE, "the body grows by more than allowed when decompressed");
    else if (conn->inflated_bytes > TURN_BYTES) {
        conn->is_resting = true;
        return false;
    }
    return true;
}

/* A piece of the body that fits. */
static void take_span(vg_conn *conn, vg_slice span)
{
    vg_body *body = &conn->body;

    if (conn->inflate != NULL) {
        conn->wire_bytes += span.len;
        vg_inflate_give(conn->inflate, span);
        conn->is_inflating = true;
        return;
    }
    memcpy(body->at + body->len, span.at, span.len);
    body->len += span.len;
    if (is_too_large(conn))
        refuse_size(conn, false);
}

static void end_body(vg_conn *conn)
{
    const vg_stream_user *user = vg_conn_net(conn)->parts.user;
    vg_stream *stream = &conn->stream;

    if (conn->inflate != NULL && !vg_inflate_is_whole(conn->inflate)) {
        refuse(conn, VG_INVALID, "the compressed body ends before its end");
        return;
    }
    vg_inflate_free(conn->inflate);
    conn->inflate = NULL;
    stream->request.body = vg_body_end(&conn->body);
    stream->is_read = true;
    conn->phase = VG_ANSWER;
    user->on_body(user->arg, stream);
}

/* The next event of the reader, from as many bytes as there is room for. */
static bool read_some(vg_conn *conn)
{
    size_t room = conn->inflate != NULL ? VG_INFLATE_PIECE : conn->body.room - conn->body.len;
    vg_slice in = vg_slice_of(conn->in.at, conn->in.len < room ? conn->in.len : room);
    vg_http1_event event;

    if (in.len == 0 && !vg_http1_is_whole(&conn->reader))
        return false;
    conn->in = vg_slice_skip(conn->in, vg_http1_read(&conn->reader, in, &event));
    if (event == VG_HTTP1_BODY)
        take_span(conn, conn->reader.span);
    else if (event == VG_HTTP1_END)
        end_body(conn);
    else if (event == VG_HTTP1_REFUSED)
        vg_phase_refuse(conn, &conn->reader.refusal);
    return true;
}

bool vg_body_read(vg_conn *conn)
{
    if (conn->stream.is_begun) { /* an answer that did not wait for the body */
        conn->phase = VG_ANSWER;
        return true;
    }
    if (conn->stream.request.has_body && !grow(conn))
        return pause_reading(conn);
    conn->is_paused = false;
    return conn->is_inflating ? inflate_step(conn) : read_some(conn);
}
