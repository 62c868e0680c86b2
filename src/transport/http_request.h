/* What a carrier needs to know of a request before it sends it, whichever way it does. Inside
 * src/transport only. */
#ifndef TRANSPORT_HTTP_REQUEST_H
#define TRANSPORT_HTTP_REQUEST_H

#include "vecgate/vector_backend.h"

#include "base/buf.h"
#include "base/loop.h"

/* A line break in a value would begin a header of somebody else's choice. */
bool vg_http_is_one_line(vg_slice text);

/* A request of this method without these bytes says nothing of a body. */
bool vg_http_is_bodiless(const vg_http_request *http);

/* Appends the target as the exchange has it and, where it wants that, what is left of its deadline
 * on `loop`'s clock. False: the target holds a blank or a byte that is no text. */
bool vg_http_put_target(vg_buf *to, const vg_exchange *x, const vg_endpoint *endpoint,
                        const vg_loop *loop);

#endif
