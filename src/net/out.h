/* The write side of a connection: what the system takes at once goes at once and costs no memory;
 * the rest is kept until it goes, a piece per turn, so that a large answer holds up nobody. The
 * memory of a large body goes back to the system as its bytes go. */
#ifndef NET_OUT_H
#define NET_OUT_H

#include <uv.h>

#include "base/buf.h"
#include "net/tls_conn.h"

/* Sealing costs time of the loop, so a turn seals less. */
enum { VG_OUT_PIECE_BYTES = 256 * 1024, VG_OUT_SEALED_BYTES = 64 * 1024 };

typedef struct vg_out_job vg_out_job;

typedef struct vg_out {
    uv_stream_t *stream;
    vg_tls_conn *tls;           /* through which all goes; NULL: plain */
    void (*on_sent)(void *arg); /* from the loop: a piece has gone, or never will */
    void *arg;
    uint64_t given;    /* bytes, since the beginning */
    vg_out_job *first; /* what waits, in order */
    vg_out_job *last;
    size_t kept; /* bytes of these jobs; those of a piece count until it has gone whole */
    bool broken; /* the peer takes nothing any more; all that is given now is dropped */
} vg_out;

/* One gathered write: head, then the body (taken over) or bytes that live for ever, then a tail. */
typedef struct vg_parcel {
    vg_slice head; /* copied when it must wait */
    vg_buf *body;  /* NULL: none */
    vg_slice still;
    vg_slice tail; /* lives for ever */
} vg_parcel;

void vg_out_init(vg_out *out, uv_stream_t *stream, void (*on_sent)(void *arg), void *arg);
/* What was sealed has gone, or never will: for the TLS of this connection to call. */
void vg_out_sealed(vg_out *out, bool is_sent);
/* Two pieces at most go to the system; the rest waits for vg_out_next(). */
void vg_out_send(vg_out *out, const vg_parcel *parcel);
/* Gives the next piece to the system, unless it still has one; how many bytes that are. To be
 * called after each on_sent. */
size_t vg_out_next(vg_out *out);
/* Takes over a body for a peer that has gone: for vg_out_drop(). */
void vg_out_discard(vg_out *out, vg_buf *body);
/* Frees some of what will never go; true: nothing is left. Only when the stream is closed. */
bool vg_out_drop(vg_out *out);
/* Bytes that wait, and bytes that went. */
size_t vg_out_waiting(const vg_out *out);
uint64_t vg_out_gone(const vg_out *out);

#endif
