/* Every opaque name of the project, said once, so that headers need not include each other.
 * The comment says who defines the struct. */
#ifndef VECGATE_TYPES_H
#define VECGATE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct vg_slice vg_slice;               /* slice.h: a view of bytes */
typedef struct vg_arena vg_arena;               /* base/arena.c: the memory of one request */
typedef struct vg_status vg_status;             /* status.h: what went wrong, and where */
typedef struct vg_json vg_json;                 /* json.h: one value of a document that was read */
typedef struct vg_json_out vg_json_out;         /* json.h: a document being written */
typedef struct vg_buf vg_buf;                   /* base/buf.h: bytes that grow up to a cap */
typedef struct vg_point_id vg_point_id;         /* point.h */
typedef struct vg_vector vg_vector;             /* point.h */
typedef struct vg_point vg_point;               /* point.h */
typedef struct vg_filter vg_filter;             /* filter.h: the filter tree */
typedef struct vg_op vg_op;                     /* op.h: one request, all the way down and back */
typedef struct vg_try vg_try;                   /* vector_backend.h: one attempt at an op */
typedef struct vg_exchange vg_exchange;         /* exchange.h: what is sent */
typedef struct vg_reply vg_reply;               /* exchange.h: what came back */
typedef struct vg_work vg_work;                 /* exchange.h: a function on another thread */
typedef struct vg_queue vg_queue;               /* exchange.h: a store's own thread */
typedef struct vg_adapter vg_adapter;           /* vector_backend.h: a table of steps */
typedef struct vg_backend vg_backend;           /* vector_backend.h: an adapter, configured */
typedef struct vg_capabilities vg_capabilities; /* capabilities.h */
typedef struct vg_option vg_option;             /* option.h: a row of configuration */
typedef struct vg_tenant vg_tenant;             /* op.h: who asks */
typedef struct vg_collection vg_collection;     /* op.h: what a collection is */

typedef struct vg_loop vg_loop;           /* base/loop.c: time, timers, posted tasks of a worker */
typedef struct vg_transport vg_transport; /* transport/transport.h */
typedef struct vg_runner vg_runner;       /* call/call.c: one backend's operations on one worker */
typedef struct vg_call vg_call;           /* call/call.c: one op on its way through the runner */
typedef struct vg_catalog vg_catalog;     /* catalog/catalog.c */
typedef struct vg_plan vg_plan;           /* plan/plan.c */
typedef struct vg_jobs vg_jobs;           /* jobs/jobs.c: what takes longer than a request */
typedef struct vg_job vg_job;             /* jobs/job.h: one of these, as its row says */
typedef struct vg_metrics vg_metrics;     /* observe/metrics.c: the shared slab */
typedef struct vg_stream vg_stream;       /* net/stream.h: one request on a connection */
typedef struct vg_pools vg_pools;         /* transport/pools.c: the named thread pools */

#endif
