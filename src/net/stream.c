/* What the user of a stream may do. Whatever it asks for is noted or written at once; what follows
 * from it comes from a later turn (see conn.h). */
#include "net/stream.h"

#include "base/check.h"
#include "net/conn.h"

static vg_conn *conn_of(const vg_stream *stream)
{
    return vg_container_of(stream, vg_conn, stream);
}

vg_slice vg_request_header(const vg_request *request, vg_slice name)
{
    for (uint32_t i = 0; i < request->header_count; i++)
        if (vg_slice_is(request->headers[i].name, name))
            return request->headers[i].value;
    return (vg_slice){NULL, 0};
}

const vg_request *vg_stream_request(const vg_stream *stream)
{
    return &stream->request;
}

void vg_stream_set_data(vg_stream *stream, void *data)
{
    stream->data = data;
}

void *vg_stream_data(const vg_stream *stream)
{
    return stream->data;
}

void vg_stream_accept(vg_stream *stream, uint64_t max_bytes)
{
    VG_CHECK(!stream->is_accepted);
    stream->is_accepted = true;
    stream->max_bytes = max_bytes < SIZE_MAX / 4 ? max_bytes : SIZE_MAX / 4;
    vg_conn_kick(conn_of(stream));
}

void vg_stream_take_body(vg_stream *stream, vg_buf *to)
{
    VG_CHECK(stream->is_read);
    vg_body_move(&conn_of(stream)->body, to);
}

/* --- answers --------------------------------------------------------------------------------- */

/* RFC 9110 6.4.1: such an answer ends with its head, whatever it says. */
static bool has_no_body(int status)
{
    return status == 204 || status == 304 || status < 200;
}

/* The head of an answer, behind whatever `to` holds. */
static void write_head(vg_conn *conn, vg_buf *to, const vg_answer *answer, uint64_t length)
{
    vg_net *net = vg_conn_net(conn);

    /* A request that is not read to its end cannot be followed by another. */
    conn->closes = conn->closes || !conn->reader.keeps_alive || net->is_draining ||
                   !vg_http1_is_whole(&conn->reader) || conn->stream.framing == VG_FRAMING_CLOSE;
    vg_http1_write_head(to, &(vg_answer_head){
                                .answer = answer,
                                .framing = conn->stream.framing,
                                .length = length,
                                .date = vg_date_of(&net->date, vg_loop_wall_ms(net->parts.loop)),
                                .closes = conn->closes,
                                .says_persist = conn->reader.is_1_0,
                            });
}

void vg_stream_send(vg_conn *conn, const vg_answer *answer, vg_buf *body, vg_slice still)
{
    vg_buf *scratch = &vg_conn_net(conn)->scratch;
    vg_stream *stream = &conn->stream;
    bool is_bare = stream->request.is_head || has_no_body(answer->status);
    size_t length = body != NULL ? body->len : still.len;

    stream->framing = has_no_body(answer->status) ? VG_FRAMING_NONE : VG_FRAMING_LENGTH;
    vg_buf_clear(scratch);
    write_head(conn, scratch, answer, length);
    if (vg_buf_is_spent(scratch))
        conn->is_lost = conn->is_aborted = true;
    else
        vg_out_send(&conn->out, &(vg_parcel){.head = vg_buf_bytes(scratch),
                                             .body = is_bare ? NULL : body,
                                             .still = is_bare ? (vg_slice){NULL, 0} : still});
    if (body != NULL)
        vg_buf_fini(body);
}

/* May anything be written? The user answers once; to a client that is gone, in vain. */
static bool begin_answer(vg_stream *stream)
{
    VG_CHECK(stream->is_open && !stream->is_begun && !stream->is_answered);
    stream->is_begun = true;
    return !stream->is_gone;
}

static void end_answer(vg_stream *stream)
{
    stream->is_answered = true;
    vg_conn_kick(conn_of(stream));
}

void vg_stream_answer(vg_stream *stream, const vg_answer *answer, vg_buf *body)
{
    if (vg_buf_is_spent(body)) {
        vg_buf_fini(body);
        vg_stream_abort(stream);
        return;
    }
    if (begin_answer(stream))
        vg_stream_send(conn_of(stream), answer, body, (vg_slice){NULL, 0});
    else
        vg_out_discard(&conn_of(stream)->out, body);
    end_answer(stream);
}

void vg_stream_answer_static(vg_stream *stream, const vg_answer *answer, vg_slice body)
{
    if (begin_answer(stream))
        vg_stream_send(conn_of(stream), answer, NULL, body);
    end_answer(stream);
}

void vg_stream_begin(vg_stream *stream, const vg_answer *answer)
{
    vg_conn *conn = conn_of(stream);

    if (!begin_answer(stream))
        return;
    if (has_no_body(answer->status))
        stream->framing = VG_FRAMING_NONE;
    else
        stream->framing = conn->reader.is_1_0 ? VG_FRAMING_CLOSE : VG_FRAMING_CHUNKS;
    write_head(conn, &conn->held, answer, 0);
    if (vg_buf_is_spent(&conn->held))
        conn->is_lost = conn->is_aborted = true;
    vg_conn_kick(conn); /* sends the head, when no piece comes in this turn */
}

bool vg_stream_write(vg_stream *stream, vg_buf *piece)
{
    vg_conn *conn = conn_of(stream);
    vg_parcel parcel = {.body = piece};

    VG_CHECK(stream->is_begun);
    if (vg_buf_is_spent(piece))
        vg_stream_abort(stream);
    if (stream->is_gone || conn->is_lost || piece->len == 0 || stream->request.is_head ||
        stream->framing == VG_FRAMING_NONE) {
        vg_buf_fini(piece);
        return true;
    }
    if (stream->framing == VG_FRAMING_CHUNKS) {
        vg_http1_write_chunk_size(&conn->held, piece->len);
        parcel.tail = VG_LIT("\r\n");
    }
    parcel.head = vg_buf_bytes(&conn->held);
    vg_out_send(&conn->out, &parcel);
    vg_buf_fini(&conn->held);
    stream->is_choked =
        vg_out_waiting(&conn->out) > vg_conn_net(conn)->parts.bounds->write_high_bytes;
    return !stream->is_choked;
}

void vg_stream_end(vg_stream *stream)
{
    vg_conn *conn = conn_of(stream);
    vg_parcel parcel = {.head = vg_buf_bytes(&conn->held)};

    VG_CHECK(stream->is_begun);
    if (stream->framing == VG_FRAMING_CHUNKS && !stream->request.is_head)
        parcel.tail = VG_LIT("0\r\n\r\n");
    if (!stream->is_gone && !conn->is_lost)
        vg_out_send(&conn->out, &parcel);
    vg_buf_fini(&conn->held);
    end_answer(stream);
}

void vg_stream_abort(vg_stream *stream)
{
    vg_conn *conn = conn_of(stream);

    stream->is_gone = true; /* the user knows: no on_gone */
    stream->is_answered = true;
    conn->is_lost = conn->is_aborted = true;
    vg_conn_kick(conn);
}
