/* A listener with a user who does what the path says, and clients on real loopback sockets; both on
 * one thread: waiting for a client turns the loop. Linked with wire_plain.c or with wire_tls.c: the
 * same tests over plain sockets and over TLS.
 *
 *     /echo     the body comes back, also when there is none
 *     /late     kept until door_answer()
 *     /ask      accepted only by door_accept()
 *     /early    403 before the body is read
 *     /stream   begun; pieces as door.pieces and door.piece_bytes say, each when there is room
 *     /abort    begun, one piece, cut
 *     /empty    204
 *     /who      the name in the client's certificate
 *     /split    a header field of the answer is x-agent's value and "\r\nx: y"
 *     /kept     as /late, but the body is taken over
 *     others    404 */
#ifndef VG_TESTS_UNIT_NET_DOOR_H
#define VG_TESTS_UNIT_NET_DOOR_H

#include "base/buf.h"
#include "net/listener.h"
#include "net/loop_uv.h"
#include "transport/pools.h"

typedef struct door {
    uv_loop_t uv;
    vg_loop_uv *driver;
    vg_metrics *metrics;
    vg_bounds bounds;
    vg_listener *listener;
    vg_tls *tls; /* NULL: plain */
    vg_pools *pools;
    vg_stream *held; /* by /late, /ask, /kept */
    vg_buf kept;     /* the body of /kept */
    vg_buf log;      /* "request body end " and so on: what the user was told */
    uint64_t max_body;
    uint64_t pieces, piece_bytes;
    uint64_t began, ended; /* streams */
    bool closed;
} door;

/* Bounds that no test reaches by chance; a test may change them before or after. */
void door_open(door *self);
/* Everything must be gone after it: connections, streams, counted memory. */
void door_close(door *self);
void door_turn(door *self);
void door_accept(door *self);
void door_answer(door *self);
/* Turns until the condition holds; fails the test after some seconds. */
void door_wait(door *self, bool (*holds)(const door *self));
void door_expect_log(door *self, const char *wanted);
uint64_t door_count(const door *self, vg_metric metric);

typedef struct client {
    door *door;
    const char *says; /* told when it fails */
    int fd;
    void *session; /* of TLS */
    vg_buf got;    /* answers, without their date fields */
    bool has_ended;
    bool was_reset;
} client;

void client_open(client *self, door *of);
void client_connect(client *self, door *of); /* only the socket */
void client_close(client *self);
/* All of it, turning the loop while the system takes no more. */
void client_send(client *self, vg_slice bytes);
/* As much of it as the system takes; the loop is not turned. */
void client_push(client *self, vg_slice bytes);
/* Says that no more comes. */
void client_shut(client *self);
/* Waits until exactly this has come since the last call; '#' is the length of its last body. */
void client_expect(client *self, const char *wanted);
/* Waits until the connection has ended; nothing more came before. */
void client_expect_end(client *self);
/* Takes what is there now. */
void client_receive(client *self);

/* ---- what the two ways differ in ---- */
void wire_serve(door *self); /* sets `tls` */
void wire_unserve(door *self);
void wire_open(client *self); /* connected; turns the loop while it greets */
void wire_close(client *self);
ssize_t wire_send(client *self, vg_slice bytes); /* as send() without waiting */
ssize_t wire_receive(client *self, char *to, size_t room);
void wire_shut(client *self);

#endif
