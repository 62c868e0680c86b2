/* What is recorded of a call, and what a backend is told of the trace. A call is a span, by
 * OpenTelemetry's conventions for clients of databases: both of its tries and all that is sent
 * again are inside; each sending of an exchange is a span in it. Inside src/call only.
 *
 *     the request's span ┬ upsert items ┬ qdrant.upsert   (failed)
 *                        │              └ qdrant.upsert   http.request.resend_count 1
 *                        └ search items ┬ qdrant.search   (stopped)
 *                                       └ qdrant.search   vecgate.try hedge                    */
#ifndef CALL_SPANS_H
#define CALL_SPANS_H

#include "vecgate/exchange.h"
#include "vecgate/trace.h"

typedef struct vg_call_spans {
    vg_trace trace;               /* its span_id is the call's; of both tries */
    uint8_t exchange[VG_SPAN_ID]; /* the one under way */
    int http_status;              /* of the newest reply; 0: none */
    bool is_hedged;
    bool is_left_alone;   /* by the breaker */
    vg_exchange outgoing; /* what is sent in the place of an exchange that tells its trace */
} vg_call_spans;

void vg_spans_begin(vg_call *call);
/* A second try begins: it is part of the same call. */
void vg_spans_join(vg_call *hedge, vg_call *lead);
/* What is to be sent for call->exchange: that itself, or a copy that tells a backend of the trace;
 * it lives as long as the call. */
const vg_exchange *vg_spans_send(vg_call *call);
void vg_spans_end_exchange(const vg_call *call, vg_code code);
void vg_spans_end(const vg_call *call);

#endif
