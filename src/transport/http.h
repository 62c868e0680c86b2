/* The HTTP transport of one endpoint on one worker: an exchange is one HTTP/1.1 request, its reply
 * is whole and bounded.
 *
 *     send() ─▶ queue (max_queue) ─▶ carrier (max_connections at once) ─▶ ended()
 *
 * http.c owns the queue, the bounds and the choice of carrier; a carrier (http_carrier.h) owns
 * connections. Names are looked up off the loop, TLS is always verified, redirects are not
 * followed, nothing is decompressed. There is no deadline here: whoever sends stops what takes too
 * long.
 *
 * An exchange whose `repeat` is VG_REPEAT_ALWAYS may travel on a connection that was used before;
 * when that turns out to be dead before the first byte of a reply, it is sent once more on a new
 * one. Others always travel on a new connection, so that they are never sent twice.
 *
 * The process must ignore SIGPIPE. */
#ifndef TRANSPORT_HTTP_H
#define TRANSPORT_HTTP_H

#include "vecgate/vector_backend.h"

#include "observe/metrics.h"
#include "transport/transport.h"

struct uv_loop_s;

typedef struct vg_http_parts {
    vg_loop *loop;
    struct uv_loop_s *uv; /* drives `loop`; must run on after close() until nothing is left */
    const vg_endpoint *endpoint; /* outlives the transport; a bound that is 0 becomes its default */
    vg_slice name;               /* of the backend, for logs and metrics */
    vg_metrics *metrics;         /* NULL: not counted */
} vg_http_parts;

/* Defaults for bounds that an endpoint leaves at 0. */
enum {
    VG_HTTP_CONNECTIONS = 64,
    VG_HTTP_QUEUE = 1024,
    VG_HTTP_CONNECT_MS = 5000,
    VG_HTTP_REPLY_BYTES = 64 * 1024 * 1024,
};

/* NULL when memory is gone or the endpoint's URL or auth header cannot be used (logged). A CA file
 * that cannot be read is a VG_FAULT_TLS of each exchange. */
vg_transport *vg_http_new(const vg_http_parts *parts);

#endif
