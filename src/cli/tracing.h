/* Traces as one worker records and sends them, made of the options. */
#ifndef CLI_TRACING_H
#define CLI_TRACING_H

#include "call/call.h"
#include "config/config.h"
#include "transport/trace_sender.h"

struct uv_loop_s;

typedef struct vg_tracing_parts {
    const vg_traces_conf *conf;
    vg_loop *loop;
    struct uv_loop_s *uv;
    vg_metrics *metrics;
    vg_arena *arena; /* lives as long */
} vg_tracing_parts;

typedef struct vg_tracing {
    vg_tracer *tracer; /* NULL: nothing is recorded */
    vg_trace_sender *sender;
    vg_endpoint endpoint;
} vg_tracing;

/* With no endpoint, or switched off: nothing is made. False: `status` says why; free it all the
 * same. */
bool vg_tracing_make(vg_tracing *tracing, const vg_tracing_parts *parts, vg_status *status);
/* At the end of serving, again and again: true when all spans have left, or never will. */
bool vg_tracing_has_ended(vg_tracing *tracing);
/* Where the backend is, for its spans: of the endpoint that is filled in, when it is one server. */
void vg_tracing_set_server(vg_runner_parts *runner, const vg_endpoint *http,
                           const vg_pg_endpoint *pg, vg_arena *arena);
void vg_tracing_free(vg_tracing *tracing);

#endif
