/* One connection of the direct carrier: opened by name, address and handshake within the time to
 * connect, then bytes out and bytes in. Reading never stops, so that an idle connection that ends,
 * or says something, is seen at once.
 *
 *     open ─▶ opened() ─▶ send ─▶ read()… ─▶ send ─▶ read()… ─▶ close
 *       └───▶ failed()
 *
 * A request whose writing breaks is not failed by that: the other side may have answered before it
 * went away, and reading tells how it ended. Inside src/transport only; loop's thread only. */
#ifndef TRANSPORT_DIRECT_CONN_H
#define TRANSPORT_DIRECT_CONN_H

#include "transport/direct_dial.h"
#include "transport/direct_names.h"
#include "transport/direct_reply.h"
#include "transport/direct_tls.h"
#include "transport/http_carrier.h"

typedef struct vg_direct_conn vg_direct_conn;

/* What the connections of one endpoint share. Callbacks come from the loop; each is the last that
 * its caller does with the connection, which may be closed in it. */
typedef struct vg_direct_house {
    uv_loop_t *uv;
    vg_loop *loop;
    vg_direct_names *names;
    vg_direct_tls *tls; /* NULL: plain */
    uint64_t connect_ms;
    char *wire;    /* what a read brings */
    vg_buf plain;  /* what it says, with TLS */
    vg_buf sealed; /* what goes out, with TLS */
    void (*opened)(vg_direct_conn *conn);
    /* conn->detail says why it failed. */
    void (*failed)(vg_direct_conn *conn, vg_fault fault);
    /* Bytes, or an end, or both. */
    void (*read)(vg_direct_conn *conn, vg_slice bytes, vg_direct_end end);
} vg_direct_house;

bool vg_direct_house_init(vg_direct_house *house); /* its buffers; the rest is filled before */
void vg_direct_house_fini(vg_direct_house *house);

struct vg_direct_conn {
    vg_list link; /* the carrier's, as all to the blank line */
    void *carrier;
    vg_http_job *job; /* NULL: it is idle */
    vg_direct_reader reader;
    bool is_used;     /* it has brought a reply */
    uint64_t idle_ns; /* since when */

    char detail[VG_DIRECT_REASON];
    bool is_open;
    bool was_sent; /* a byte of the last request may have left */

    vg_direct_house *house; /* private, as all below */
    vg_direct_asker asker;
    vg_direct_dial dial;
    vg_timer timer;
    vg_direct_socket *socket;
    vg_direct_link *tls;
    vg_slice todo; /* of the body, not handed to the system yet */
    vg_buf rest;   /* bytes that the system has not taken, a copy */
    vg_buf late;   /* those that come behind them */
    bool is_writing;
    bool is_broken; /* nothing more can be written */
};

/* NULL: no memory. */
vg_direct_conn *vg_direct_conn_open(vg_direct_house *house);
/* Idle, or in any state. Frees it, though not before the callback that it is closed in is over.
 * What was to be sent is not touched any more. */
void vg_direct_conn_close(vg_direct_conn *conn);
/* It is open, and the last request was written whole. `head` may get longer; it is not needed when
 * this returns; `body` is, until all is written. */
void vg_direct_conn_send(vg_direct_conn *conn, vg_buf *head, vg_slice body);
/* All of the request is with the system. */
bool vg_direct_conn_is_written(const vg_direct_conn *conn);

#endif
