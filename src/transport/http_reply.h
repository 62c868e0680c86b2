/* One reply while it arrives: status, header fields and body, bounded. Inside src/transport only.
 * All memory counts under the process-wide cap; a reply that is used again keeps a small part of
 * it. */
#ifndef TRANSPORT_HTTP_REPLY_H
#define TRANSPORT_HTTP_REPLY_H

#include "vecgate/exchange.h"

#include "base/buf.h"

enum { VG_HTTP_HEAD_MAX = 32 * 1024, VG_HTTP_FIELDS_MAX = 100 };

typedef struct vg_http_incoming {
    int status;     /* 0: no status line yet */
    bool head_done; /* what comes now under the name of a header is a trailer: ignored */
    vg_buf text;    /* names in lower case and values, one after the other */
    vg_buf fields;  /* vg_header[]; `at` holds offsets into text until finish() */
    uint32_t field_count;
    vg_buf body;
    uint64_t max_body;
    vg_fault fault; /* NONE, or why no more is taken; the first stands */
} vg_http_incoming;

void vg_http_reply_init(vg_http_incoming *in, uint64_t max_body);
void vg_http_reply_fini(vg_http_incoming *in);
/* Ready for another reply; large buffers are given back. */
void vg_http_reply_clear(vg_http_incoming *in);

/* Each answers false when the reply is refused; `in->fault` says why. */
bool vg_http_reply_begin(vg_http_incoming *in, int status); /* forgets an interim head (1xx) */
bool vg_http_reply_line(vg_http_incoming *in,
                        vg_slice line); /* status line, field or the empty line */
bool vg_http_reply_body(vg_http_incoming *in, vg_slice bytes);
/* The whole reply, as views of `in`. */
bool vg_http_reply_finish(vg_http_incoming *in, vg_reply *out);
/* Why a reply was refused, for people; NULL when this fault is no refusal of a reply. */
const char *vg_http_reply_refusal(vg_fault fault);

#endif
