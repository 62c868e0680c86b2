/* Reads one HTTP/1.1 reply of a backend into a vg_http_incoming, strictly: what two readers could
 * understand differently is refused, and what stands behind the reply is left and told. The same
 * bytes mean the same however they are cut.
 *
 *     begin ─▶ MORE… ─▶ WHOLE      nothing more is read
 *                 ├───▶ REFUSED    in->fault says why
 *                 └───▶ CUT        the connection ended before the reply did
 *
 * llhttp knows the grammar. Ours is what it leaves open: lines end in CR LF, no line is folded,
 * those of chunks and of a trailer neither;
 * version 1.0 or 1.1, one way to tell the body's length; bounds on the head, on the number of
 * interim replies and on what stands between two bytes of a chunked body.
 *
 * Inside src/transport only. */
#ifndef TRANSPORT_DIRECT_REPLY_H
#define TRANSPORT_DIRECT_REPLY_H

#include <llhttp.h>

#include "transport/http_reply.h"

enum { VG_DIRECT_INTERIM_MAX = 8 }; /* replies of 1xx before the one */

typedef enum vg_direct_state {
    VG_DIRECT_MORE, /* all bytes were used and the reply is not whole */
    VG_DIRECT_WHOLE,
    VG_DIRECT_REFUSED,
    VG_DIRECT_CUT,
} vg_direct_state;

typedef struct vg_direct_reader {
    bool has_begun;   /* a byte of the reply is here */
    bool keeps_alive; /* after WHOLE: the backend would take another request */

    /* private */
    llhttp_t parser;
    vg_http_incoming *in;
    enum { VG_DIRECT_HEAD, VG_DIRECT_LENGTH, VG_DIRECT_CHUNKS, VG_DIRECT_TO_END } at;
    bool is_head;         /* the request was a HEAD: no body, whatever is said */
    bool is_ended;        /* chunks: the last has been seen */
    bool has_coding;      /* a Transfer-Encoding field … */
    bool is_chunked;      /* … that is "chunked" and nothing else */
    bool is_head_ended;   /* by llhttp */
    uint32_t interim;     /* replies of 1xx so far */
    uint32_t frame_bytes; /* of the head; of a chunked body: since its last byte */
    char frame_last;      /* the last of these; NUL: there is none yet */
    const char *frame_at; /* chunks: from here on it is no body, in this call */
    uint64_t left;        /* of a body whose length is known */
    vg_buf line;          /* the beginning of a line that came in parts */
} vg_direct_reader;

void vg_direct_reader_init(vg_direct_reader *reader);
void vg_direct_reader_fini(vg_direct_reader *reader);

/* A reply to a request of that method, into `in`, which is cleared and must stay until the next. */
void vg_direct_reader_begin(vg_direct_reader *reader, vg_http_incoming *in, const char *method);
/* `used`: how many bytes; fewer than all only when it is WHOLE. */
vg_direct_state vg_direct_read(vg_direct_reader *reader, vg_slice bytes, size_t *used);
/* The connection has ended: WHOLE or CUT. `is_clean`: and said so, as far as it can. */
vg_direct_state vg_direct_read_end(vg_direct_reader *reader, bool is_clean);

#endif
