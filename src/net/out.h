/* The write side of a connection: what the system takes at once goes at once and costs no memory;
 * the rest is kept until it goes. */
#ifndef NET_OUT_H
#define NET_OUT_H

#include <uv.h>

#include "base/buf.h"

typedef struct vg_out {
    uv_stream_t *stream;
    void (*on_sent)(void *arg); /* from the loop: what waited has gone, or never will */
    void *arg;
    uint64_t given; /* bytes, since the beginning */
    bool broken;    /* the peer takes nothing any more; all that is given now is dropped */
} vg_out;

/* One gathered write: head, then the body (taken over) or bytes that live for ever, then a tail. */
typedef struct vg_parcel {
    vg_slice head; /* copied when it must wait */
    vg_buf *body;  /* NULL: none */
    vg_slice still;
    vg_slice tail; /* lives for ever */
} vg_parcel;

void vg_out_init(vg_out *out, uv_stream_t *stream, void (*on_sent)(void *arg), void *arg);
void vg_out_send(vg_out *out, const vg_parcel *parcel);
/* Bytes that wait, and bytes that went. */
size_t vg_out_waiting(const vg_out *out);
uint64_t vg_out_gone(const vg_out *out);

#endif
