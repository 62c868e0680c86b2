/* Where an endpoint is and what every request to it says, made once of its URL, by curl's own
 * reader of URLs, so that both carriers understand the same by one. Inside src/transport only. */
#ifndef TRANSPORT_DIRECT_TARGET_H
#define TRANSPORT_DIRECT_TARGET_H

#include "vecgate/vector_backend.h"

#include "base/buf.h"
#include "base/loop.h"

typedef struct vg_direct_target {
    const vg_endpoint *endpoint;
    bool is_tls;
    char *host; /* a name or an address, without brackets */
    char *port;
    vg_buf prefix; /* what goes before an exchange's target */
    vg_buf lines;  /* "Host: …\r\n" to the auth header: the same each time. Holds secrets */
} vg_direct_target;

/* `endpoint` must outlive it. False when the URL or the auth header cannot be used, or memory is
 * gone; fini is due all the same. */
bool vg_direct_target_init(vg_direct_target *target, const vg_endpoint *endpoint);
void vg_direct_target_fini(vg_direct_target *target);

/* Appends the head of a request. False: it cannot be made. */
bool vg_direct_put_head(const vg_direct_target *target, const vg_loop *loop, const vg_exchange *x,
                        vg_buf *to);

#endif
