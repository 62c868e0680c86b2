/* The front: from a stream to an op and back. front.c is the same for every API; an API is a table
 * of routes whose functions are pure (request to op, op to bytes), so that large bodies are read
 * and large answers written on the codec pool and small ones on the loop.
 *
 *     on_request   host and origin, who it is, route, method, rights; then the body is accepted
 *     on_body      JSON is read, row->read() fills the op          (codec pool when large)
 *     plan         …
 *     done         row->write() makes the answer                   (codec pool when large)
 *
 * Paths under /v1 and /openapi.yaml are the native API's, /healthz /livez /readyz /metrics are
 * admin's, all others Qdrant's. */
#ifndef FRONT_FRONT_H
#define FRONT_FRONT_H

#include "base/buf.h"
#include "gate/gate.h"
#include "gate/rate.h"
#include "gate/rights.h"
#include "net/router.h"
#include "net/stream.h"
#include "observe/metrics.h"
#include "observe/trace.h"
#include "plan/plan.h"

typedef struct vg_front vg_front;

/* What a row's reader gets: any thread, nothing else may be touched. */
typedef struct vg_front_in {
    const vg_request *request;
    vg_slice params[VG_ROUTE_PARAMS]; /* decoded */
    const vg_json *body;              /* read; NULL when there was none */
} vg_front_in;

/* What a row's writer makes. */
typedef struct vg_front_out {
    int status;            /* comes as 200 */
    vg_slice content_type; /* comes as application/json */
    vg_buf *body;
    double seconds;       /* since the request began, for Qdrant's `time` */
    vg_header headers[4]; /* extra ones; in the op's arena or literals */
    uint32_t header_count;
    const vg_front_in *in; /* what is answered; NULL for what never became a request */
} vg_front_out;

/* Fills op->in (kind, arena, who, name and now_ms are set: name is params[0] of rows that have a
 * {collection}). False with a status when the request is wrong. May change op->kind and
 * op->deadline_ns (through vg_front_deadline()). */
typedef bool vg_front_read_fn(const vg_front_in *in, vg_op *op, vg_status *status);
/* The op ended OK: its answer. */
typedef void vg_front_write_fn(const vg_op *op, vg_front_out *out);
/* For rows that need no op (health, metrics, version): answers at once, on the loop. */
typedef void vg_front_tell_fn(vg_front *front, const vg_front_in *in, vg_arena *arena,
                              vg_front_out *out);

typedef struct vg_front_row {
    vg_route route; /* first: the router's */
    vg_op_kind kind;
    vg_front_read_fn *read;
    vg_front_write_fn *write;
    vg_front_write_fn
        *write_missing; /* NOT_FOUND is an answer here, not an error; NULL: it is one */
    vg_front_write_fn
        *write_failed;      /* every failure of the op is an answer here; NULL: they are errors */
    vg_front_tell_fn *tell; /* set: read and write are NULL */
    const char *refuses;    /* set: the route is known but not built; the words of the refusal */
    const char *doc;        /* one line for docs/routes.md */
    vg_right right;         /* who may ask for it; OF_KIND unless it is set */
} vg_front_row;

typedef struct vg_front_api {
    vg_api id; /* label of its metrics */
    const vg_front_row *rows;
    size_t count;
    /* Any failure as this API says it. Sets out->status. Any thread. */
    void (*write_error)(vg_arena *arena, const vg_status *status, vg_front_out *out);
    /* May a body of this content type be read? NULL: every one. */
    bool (*takes)(const vg_request *request);
} vg_front_api;

extern const vg_front_api vg_front_native; /* front/native/routes.c */
extern const vg_front_api vg_front_qdrant; /* front/qdrant_rest/routes.c */
extern const vg_front_api vg_front_admin;  /* front/admin/routes.c */

typedef struct vg_front_parts {
    vg_loop *loop;
    vg_plan *plan;
    vg_pools *pools;
    /* vg_pools_post(): the front knows of pools only that works can be given to them. */
    bool (*post)(vg_pools *pools, vg_pool_name pool, vg_work *work);
    vg_metrics *metrics;
    vg_gate *gate;
    uint64_t deadline_ms;
    uint64_t max_body_bytes;
    size_t request_bytes; /* cap of a request's arena */
    vg_slice listen; /* "127.0.0.1:6333": whether it is loopback decides the host and origin rule */
    /* How much a tenant may ask. The values may change any time; NULL: no bounds. */
    vg_rates *rates;
    const vg_tenant_quota *quota;
    /* What the log is told of requests that have ended; each may change any time. NULL: no. */
    const bool *logs_access;   /* a line for each */
    const bool *logs_audit;    /* a line for each that changes what collections are */
    const uint64_t *logs_slow; /* a line for each that took so many ms here; 0: for none */
    const char *backend;       /* its name, for these lines */
    vg_tracer *tracer;         /* NULL: nobody traces */
    const char *scheme;        /* "http", "https": as clients come */
    vg_slice qdrant_version;
    vg_slice build_version;
} vg_front_parts;

vg_front *vg_front_new(const vg_front_parts *parts);
/* No stream may be alive. */
void vg_front_free(vg_front *front);
const vg_front_parts *vg_front_parts_of(const vg_front *front);
/* What to give to vg_listener_open(). Lives as long as the front. */
const vg_stream_user *vg_front_user(vg_front *front);
/* Readiness as /readyz tells it; false while draining and until the backend answered its first
 * health check. */
void vg_front_set_ready(vg_front *front, bool ready);
bool vg_front_is_ready(const vg_front *front);

/* Seconds the client allows (its `timeout` parameter): the deadline becomes the earlier of it and
 * the default's. */
void vg_front_deadline(vg_op *op, const vg_front_in *in, uint64_t timeout_ms);

#endif
