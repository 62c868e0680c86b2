/* One connection to a PostgreSQL, from its first name look-up to its end; libpq moved by the loop.
 *
 *     vg_pg_link_new() ─▶ looking up ─▶ connecting ─▶ opened()  ─▶ moved()* ─▶ vg_pg_link_close()
 *                             └─────────────┴───────▶ failed()  ─────────────▶ vg_pg_link_close()
 *
 * An open link is in libpq's pipeline mode and tells each time that its socket moved; what is
 * talked over it is its user's. Inside src/transport only. */
#ifndef TRANSPORT_PG_LINK_H
#define TRANSPORT_PG_LINK_H

#include "vecgate/exchange.h"

#include "base/loop.h"
#include "transport/pg_failure.h"
#include "transport/pg_names.h"

struct uv_loop_s;
struct pg_conn;
typedef struct vg_pg_link vg_pg_link;

/* All come from the loop, never within a call to the link; each may close the link. */
typedef struct vg_pg_link_user {
    void (*opened)(void *arg);
    void (*failed)(void *arg, const vg_pg_failure *failure);
    /* The socket has something to read, or has ended, or took all that was to be sent. */
    void (*moved)(void *arg);
} vg_pg_link_user;

typedef struct vg_pg_link_parts {
    struct uv_loop_s *uv;
    vg_loop *loop;
    vg_pools *pools;      /* for the steps of connecting, off the loop; NULL: they are on it */
    const vg_pg_url *url; /* outlives the link */
    uint64_t connect_ms;  /* for names, sockets, TLS and password together */
    const vg_pg_link_user *user;
    void *arg;
} vg_pg_link_parts;

/* NULL: no memory. */
vg_pg_link *vg_pg_link_new(const vg_pg_link_parts *parts);
/* At any time, at once: nothing is waited for, the server is told if that is possible. */
void vg_pg_link_close(vg_pg_link *link);

/* libpq's connection, of an open link. */
struct pg_conn *vg_pg_link_conn(const vg_pg_link *link);
/* Hands on what libpq holds to send; the rest follows when the socket takes it. True: all is out.
 */
bool vg_pg_link_flush(vg_pg_link *link);
/* moved() comes again with the next turn, if the socket takes more. */
void vg_pg_link_go_on(vg_pg_link *link);
/* Reads what is there, without waiting. False: the connection has ended. */
bool vg_pg_link_read(vg_pg_link *link);
/* Of a connection at rest: is it still there? Takes in what the server said meanwhile. */
bool vg_pg_link_is_alive(vg_pg_link *link);
/* Bytes that came over it so far, TLS included; fewer where the system does not say (sockets that
 * are files). */
uint64_t vg_pg_link_received(const vg_pg_link *link);
bool vg_pg_link_is_counted(const vg_pg_link *link); /* by the system */

#endif
