/* A stream is one request and its answer, whatever protocol carried it: HTTP/1.1 now, HTTP/2 beside
 * it later. Loop's thread only. Nothing here calls back into its caller: every on_x comes from a
 * turn of the loop that the stream's user did not start.
 *
 *     on_request ─▶ (reject, or accept the body) ─▶ on_body ─▶ answer ─▶ on_end
 *          └── on_gone at any time: the client has gone; on_end still comes, last
 *
 * The request and all its slices stay as they are until on_end. */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "vecgate/exchange.h"

typedef struct vg_request {
    vg_slice method; /* "GET" */
    vg_slice target; /* as it came */
    vg_slice path;   /* decoded where that is safe: repeated slashes merged, no trailing slash, "."
                        and ".." refused; percent-escapes are still there, vg_path_segment() decodes
                        one segment */
    vg_slice query;  /* behind '?', raw; vg_query_next() walks it */
    vg_slice host;   /* of the one Host header, port included */
    const vg_header *headers; /* names in lower case, values trimmed */
    uint32_t header_count;
    uint64_t content_length; /* UINT64_MAX when chunked */
    bool has_body;
    bool is_head;  /* HEAD: routed as GET, answered without a body */
    vg_slice body; /* from on_body on: whole, decompressed, VG_JSON_PAD readable bytes behind it */
    uint64_t began_ns;
    vg_slice certificate; /* the name in the client's verified certificate (net/tls_client.h);
                             empty: it showed none */
} vg_request;

/* The header's value, {NULL, 0} when absent; the first when repeated. `name` in lower case. */
vg_slice vg_request_header(const vg_request *request, vg_slice name);

typedef struct vg_answer {
    int status;
    vg_slice content_type;    /* empty: none */
    const vg_header *headers; /* beside content-type, content-length, date, connection */
    uint32_t header_count;
} vg_answer;

/* What the stream itself turns away: bad syntax, too large, too slow. */
typedef struct vg_refused {
    vg_stream *stream; /* whose body it was; NULL: it never became a request */
    vg_slice path;     /* as far as it is known */
    const vg_status *status;
} vg_refused;

/* Who uses streams. Set once for a listener. */
typedef struct vg_stream_user {
    /* The head is whole and well formed. Calls exactly one of vg_stream_accept() or an answer, now
     * or later; until accept, no byte of the body is read beyond what came with the head ("100
     * Continue" goes out with it). */
    void (*on_request)(void *arg, vg_stream *stream);
    /* The body is whole (also when there is none). The user answers, now or later. */
    void (*on_body)(void *arg, vg_stream *stream);
    /* The client has gone before the answer was written: stop what can be stopped. A user that
     * still owes an answer says when nothing reads the request any more, now or later: by
     * vg_stream_abort() (or an answer, which is dropped). Only then on_end comes: an operation that
     * runs on keeps its body. */
    void (*on_gone)(void *arg, vg_stream *stream);
    /* There is room again after vg_stream_write() answered false. */
    void (*on_drain)(void *arg, vg_stream *stream);
    /* The stream is over and is freed when this returns: forget it. Exactly once, always last. */
    void (*on_end)(void *arg, vg_stream *stream);
    /* The body of the answer to what is refused, in `arena`, as its headers are. `answer->status`
     * comes as the protocol's own number (408, 414, 417, 431, 501, 505), which stands whatever is
     * written there, or as 0: the API's by the code. A stream whose body was refused gets no
     * on_body, only on_end. */
    vg_slice (*on_refusal)(void *arg, vg_arena *arena, const vg_refused *refused,
                           vg_answer *answer);
    void *arg;
} vg_stream_user;

const vg_request *vg_stream_request(const vg_stream *stream);
/* The user's own word on a stream. */
void vg_stream_set_data(vg_stream *stream, void *data);
void *vg_stream_data(const vg_stream *stream);

/* Reads the body, up to max_bytes after decompression (more: refused by the stream itself,
 * TOO_LARGE). */
void vg_stream_accept(vg_stream *stream, uint64_t max_bytes);
/* From on_body on, once: the body's memory is the user's, who ends it with vg_buf_fini(). So what
 * points into it outlives a stream whose client has gone; until then request->body is readable. */
void vg_stream_take_body(vg_stream *stream, vg_buf *to);

/* The whole answer in one go. `body` is taken over: the buffer is as after init. A spent one cuts
 * the connection, as vg_stream_abort() does. Answering before the body was read ends the
 * connection. */
void vg_stream_answer(vg_stream *stream, const vg_answer *answer, vg_buf *body);
/* The same with bytes that live for ever. */
void vg_stream_answer_static(vg_stream *stream, const vg_answer *answer, vg_slice body);
/* In pieces (chunked; close-delimited to HTTP/1.0). write takes the buffer over; false: wait for
 * on_drain. */
void vg_stream_begin(vg_stream *stream, const vg_answer *answer);
bool vg_stream_write(vg_stream *stream, vg_buf *piece);
void vg_stream_end(vg_stream *stream);
/* Something broke half-way: the connection is cut so that the client cannot take it for whole. */
void vg_stream_abort(vg_stream *stream);

#endif
