/* Reads HTTP/1.1 requests: bytes in, events out, no sockets. Each call takes some bytes from the
 * front of what it is given and answers with one event; the events of a connection are the same
 * however its bytes are cut into calls.
 *
 *     begin ─▶ (MORE…) ─▶ HEAD ─▶ (MORE…, BODY…) ─▶ END ─▶ begin
 *                  └──────────────────┴─▶ REFUSED: nothing more is read
 *
 * llhttp knows the grammar. Ours is what it leaves open: lines end in CR LF, no line is folded, of
 * the head and around chunks; version 1.0 or 1.1, one host, one way to tell the body's length;
 * bounds on the head, on the number of fields and on what stands between two bytes of a chunked
 * body. */
#ifndef NET_HTTP1_READ_H
#define NET_HTTP1_READ_H

#include <llhttp.h>

#include "net/head.h"
#include "net/inflate.h"
#include "net/stream.h"

typedef enum vg_http1_event {
    VG_HTTP1_MORE, /* all bytes were used and the message is not whole */
    VG_HTTP1_HEAD, /* the head is whole: `request` is filled, but for its body */
    VG_HTTP1_BODY, /* `span` is the next piece of the body, as it came; it points into the input */
    VG_HTTP1_END,  /* the message is whole; bytes behind it were left */
    VG_HTTP1_REFUSED, /* `refusal` says why */
} vg_http1_event;

typedef struct vg_refusal {
    vg_code code;
    int http_status;  /* the protocol's own number, or 0: by the code */
    const char *what; /* a literal, or as long as the refusal */
} vg_refusal;

typedef struct vg_http1 {
    /* after HEAD */
    vg_coding coding;
    bool is_1_0;
    bool keeps_alive;      /* the client would send another request */
    bool expects_continue; /* and waits for "100 Continue" */
    /* with the event */
    vg_slice span;
    vg_refusal refusal;

    /* private */
    llhttp_t parser;
    vg_head *head;
    vg_request *request;
    uint32_t max_head_bytes;
    uint32_t max_headers;
    enum { VG_HTTP1_IN_HEAD, VG_HTTP1_IN_LENGTH, VG_HTTP1_IN_CHUNKS, VG_HTTP1_AT_END } at;
    uint32_t frame_bytes; /* of the head; of a chunked body: since its last byte */
    uint64_t left;        /* of a body whose length is known */
    struct {
        const char *broken; /* a rule of lines that the next byte breaks */
        size_t bytes;       /* of this line, so far */
        char before;        /* the byte before */
        bool any;           /* the request line has been seen */
        bool ended;         /* the empty line has been seen */
    } line;
    bool is_name_open;
    char first; /* byte of the message: is this HTTP at all? */
} vg_http1;

void vg_http1_init(vg_http1 *self, uint32_t max_head_bytes, uint32_t max_headers);
/* A new message. `head` (cleared) and `request` must stay until the next begin. */
void vg_http1_begin(vg_http1 *self, vg_head *head, vg_request *request);
/* How many bytes of `in` were used. */
size_t vg_http1_read(vg_http1 *self, vg_slice in, vg_http1_event *event);

/* Bytes to come of a body whose length is known; 0 otherwise. They may also be taken past the
 * reader: */
uint64_t vg_http1_left(const vg_http1 *self);
/* …then it is told. n <= left */
void vg_http1_skip(vg_http1 *self, uint64_t n);
bool vg_http1_is_whole(const vg_http1 *self);
/* The path as far as it is known, for a refusal. Points into the head. */
vg_slice vg_http1_path(const vg_http1 *self);

/* Used by http1_read.c: what a whole head means. NULL code: fine. Fills request and facts. */
vg_refusal vg_http1_check(vg_http1 *self);

#endif
