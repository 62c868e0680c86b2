/* A listening address and its connections. Bounds and times are design 10's. Loop's thread only.
 * The process must ignore SIGPIPE. */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include <uv.h>

#include "net/fair.h"
#include "net/stream.h"
#include "net/tls.h"
#include "observe/metrics.h"

typedef struct vg_bounds {
    uint32_t max_head_bytes;  /* 32 KiB: request line and headers */
    uint32_t max_headers;     /* 100 */
    uint32_t max_connections; /* 16 384 */
    uint64_t head_ms;         /* 10 s for a whole head */
    uint64_t body_ms;       /* 30 s between bytes of a body, or that a client takes of an answer */
    uint64_t keep_alive_ms; /* 75 s idle */
    uint64_t handshake_ms;  /* 10 s for TLS, from the first byte of the connection on */
    uint32_t max_expansion; /* a compressed body may grow to at most this many times its size… */
    uint64_t max_expansion_free; /* … once it is larger than this */
    uint32_t write_high_bytes;   /* answer bytes waiting for one client before write() says false */
} vg_bounds;

void vg_bounds_default(vg_bounds *bounds);
/* How long a body waits when the memory of all requests is gone: from a second to body_ms, the
 * longer the more of it is here, so that half-read bodies do not wait for each other: the least
 * complete one gives up first, and its memory lets the others end. `announced` may be UINT64_MAX:
 * unknown. */
uint64_t vg_bounds_patience_ms(const vg_bounds *bounds, uint64_t have, uint64_t announced);

typedef struct vg_listener vg_listener;

typedef struct vg_listener_parts {
    uv_loop_t *uv;
    vg_loop *loop;
    vg_metrics *metrics;
    const vg_bounds *bounds;    /* outlives the listener */
    const vg_stream_user *user; /* outlives the listener */
    vg_tls *tls;                /* outlives the listener and may be others' too; NULL: plain */
} vg_listener_parts;

/* Binds and listens. NULL with a status that names the address and the system's reason. */
vg_listener *vg_listener_open(const vg_listener_parts *parts, vg_slice address, vg_arena *arena,
                              vg_status *status);
/* A socket that listens (bind.h), from which other processes accept as well. */
typedef struct vg_shared_socket {
    int fd;          /* closed with the listener */
    vg_fair *fair;   /* outlives the listener */
    uint32_t worker; /* which of them this is */
} vg_shared_socket;
vg_listener *vg_listener_open_on(const vg_listener_parts *parts, const vg_shared_socket *socket,
                                 vg_arena *arena, vg_status *status);
/* The port bound (for port 0). */
int vg_listener_port(const vg_listener *listener);
/* Stops accepting; idle connections are closed, busy ones after their answer, which says
 * "connection: close". */
void vg_listener_drain(vg_listener *listener);
uint32_t vg_listener_connections(const vg_listener *listener);
/* Cuts what is still open and frees itself; `closed` comes from the loop. */
void vg_listener_close(vg_listener *listener, void (*closed)(void *arg), void *arg);

#endif
