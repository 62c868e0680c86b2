/* Writes the heads of answers. */
#ifndef NET_HTTP1_WRITE_H
#define NET_HTTP1_WRITE_H

#include "base/buf.h"
#include "net/stream.h"

/* How the client learns where the body ends. */
typedef enum vg_framing {
    VG_FRAMING_NONE,   /* it has none: 204, 304 */
    VG_FRAMING_LENGTH, /* content-length */
    VG_FRAMING_CHUNKS,
    VG_FRAMING_CLOSE, /* at the end of the connection: HTTP/1.0 */
} vg_framing;

typedef struct vg_answer_head {
    const vg_answer *answer;
    vg_framing framing;
    uint64_t length;
    vg_slice date;
    bool closes;       /* "connection: close" */
    bool says_persist; /* "connection: keep-alive": HTTP/1.0 must be told */
} vg_answer_head;

/* Line breaks within the answer's own header fields become blanks. */
void vg_http1_write_head(vg_buf *to, const vg_answer_head *head);
/* "1a2b\r\n" */
void vg_http1_write_chunk_size(vg_buf *to, uint64_t bytes);

/* The date field's value, made once a second. */
typedef struct vg_date {
    uint64_t second;
    char text[32];
} vg_date;
vg_slice vg_date_of(vg_date *date, uint64_t wall_ms);

#endif
