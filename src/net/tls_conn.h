/* TLS of one connection, between its socket and its HTTP. OpenSSL sees no socket: bytes that came
 * are lent to it for a call, and what it wants to send is gathered here and goes out in one write.
 *
 *     read ─▶ give ─▶ handshake (a pool's thread) ─▶ open ─▶ read ─▶ bytes of HTTP
 *     write ◀─ sealed ◀─────────┴──────────────────── send ◀─ bytes of HTTP
 *
 * 1. While a step of the handshake is with the pool nobody else touches the session or `in`, and
 *    the connection is not freed.
 * 2. An idle connection holds the session and no buffers.
 * 3. What is sealed goes out in the order of sealing; nothing is sealed while sealed bytes wait,
 *    but for the few that the protocol itself wants to say.
 *
 * Inside src/net; loop's thread only. */
#ifndef NET_TLS_CONN_H
#define NET_TLS_CONN_H

#include <uv.h>

#include "base/loop.h"
#include "net/tls.h"

typedef struct vg_tls_conn vg_tls_conn;

/* Buffers that connections of one listener share, each for the length of a call. */
enum { VG_TLS_READ_BYTES = 32 * 1024, VG_TLS_PLAIN_BYTES = VG_TLS_READ_BYTES + 17 * 1024 };
typedef struct vg_tls_room {
    char *plain;   /* VG_TLS_PLAIN_BYTES: what a read decrypts to */
    char *stage;   /* a record: small parts are put together here */
    vg_buf sealed; /* what goes out; its memory is there from the start, so that an answer can be
                      sealed when memory is short */
} vg_tls_room;

bool vg_tls_room_init(vg_tls_room *room);
void vg_tls_room_fini(vg_tls_room *room);

typedef struct vg_tls_conn_parts {
    vg_tls *tls;
    vg_loop *loop;
    uv_stream_t *stream;
    vg_tls_room *room;
    const vg_slice *protocol;   /* what the port speaks; as long as the connection */
    void (*on_step)(void *arg); /* from the loop: a step of the handshake is over */
    void (*on_sealed)(void *arg, bool is_sent); /* from the loop: what waited has gone, or never
                                                   will */
    void *arg;
} vg_tls_conn_parts;

/* NULL: no memory. */
vg_tls_conn *vg_tls_conn_new(const vg_tls_conn_parts *parts);
/* Not busy, and the stream is closed. NULL is fine. */
void vg_tls_conn_free(vg_tls_conn *self);

/* ---- the handshake ---- */
typedef enum vg_tls_state {
    VG_TLS_WAITS, /* for bytes of the client */
    VG_TLS_BUSY,  /* with the pool */
    VG_TLS_OPEN,
    VG_TLS_FAILED,  /* what the client is told of it is on its way */
    VG_TLS_NO_ROOM, /* the pool is full, or memory is gone */
    VG_TLS_NOT_TLS, /* what came is something else, */
    VG_TLS_IS_HTTP, /* plain HTTP perhaps */
} vg_tls_state;

/* Keeps bytes of the client for the next step; not while busy. */
void vg_tls_conn_give(vg_tls_conn *self, vg_slice bytes);
/* Goes on with what is there. */
vg_tls_state vg_tls_conn_shake(vg_tls_conn *self);
vg_tls_state vg_tls_conn_state(const vg_tls_conn *self);
bool vg_tls_conn_has_begun(const vg_tls_conn *self); /* a byte of the client is here */

/* After OPEN. Why it failed, after FAILED. */
bool vg_tls_conn_is_resumed(const vg_tls_conn *self);
const char *vg_tls_conn_version(const vg_tls_conn *self); /* "TLSv1.3" */
const char *vg_tls_conn_reason(const vg_tls_conn *self);
/* What the client's verified certificate says it is (tls_client.h); empty: it showed none. */
vg_slice vg_tls_conn_peer(const vg_tls_conn *self);

/* ---- after it ---- */
typedef enum vg_tls_end {
    VG_TLS_GOES_ON,
    VG_TLS_CLOSED, /* the client says that it sends no more */
    VG_TLS_BROKEN, /* the bytes are not what the client's session would send */
} vg_tls_end;

/* Bytes from the socket, at most VG_TLS_READ_BYTES, to bytes of HTTP in the room's `plain`, as far
 * as records are whole. */
vg_tls_end vg_tls_conn_read(vg_tls_conn *self, vg_slice bytes, vg_slice *plain);
/* The same for what came behind the handshake. */
vg_tls_end vg_tls_conn_read_rest(vg_tls_conn *self, vg_slice *plain);

/* Seals all parts and writes them. `later`: even if the system would take it all at once, on_sealed
 * comes. How many bytes that is, or UV_EAGAIN while others wait, or another error: nothing can be
 * sent any more. */
ssize_t vg_tls_conn_send(vg_tls_conn *self, const uv_buf_t *parts, unsigned count, bool later);
/* Sealed bytes that the system does not have yet, about; 0: it has all. */
size_t vg_tls_conn_waiting(const vg_tls_conn *self);
/* How many bytes more were sealed than given, since the beginning. */
uint64_t vg_tls_conn_extra(const vg_tls_conn *self);
/* Says that no more comes, as far as it can be said now. */
void vg_tls_conn_end(vg_tls_conn *self);

#endif
