/* Spans of the requests that are recorded, and the batches in which they leave: one tracer for a
 * worker. Loop's thread only; what leaves is sent by transport/trace_sender.h.
 *
 *     begin (at the door) ─▶ new ids for spans ─▶ end: encoded into the open batch ─▶ take ─▶
 * settle
 *
 * A span is made on its maker's stack when it has ended, and is encoded there and then, as it will
 * be sent; nothing of it is kept. What has not left takes a place in a bounded queue; with no place
 * left the newest is dropped, and counted.
 *
 * Where a tracer is taken NULL is nobody who traces: all that it does then is nothing.
 *
 * Names and attributes are of the closed sets in docs/observability.md: never a vector, a payload,
 * a filter, a point's id or a key. Facts: opentelemetry-proto, docs/specification.md and
 * trace.proto; OpenTelemetry's semantic conventions. */
#ifndef OBSERVE_TRACE_H
#define OBSERVE_TRACE_H

#include "vecgate/trace.h"

#include "observe/metrics.h"

typedef struct vg_tracer vg_tracer;

/* As OpenTelemetry names them; those that are based on a parent do as the parent did when there is
 * one, and else as the one without. */
typedef enum vg_sampler {
    VG_SAMPLE_ALL,
    VG_SAMPLE_NONE,
    VG_SAMPLE_RATIO,
    VG_SAMPLE_PARENT_ALL,
    VG_SAMPLE_PARENT_NONE,
    VG_SAMPLE_PARENT_RATIO,
} vg_sampler;

typedef struct vg_attribute {
    const char *key;
    vg_slice text; /* `at` NULL: the number */
    int64_t number;
} vg_attribute;

typedef struct vg_tracer_parts {
    vg_metrics *metrics;
    vg_sampler sampler;
    double ratio;                 /* of traces that begin here, 0 to 1 */
    bool is_json;                 /* else protobuf */
    const vg_attribute *resource; /* who we are; copied */
    uint32_t resource_count;
    const char *version; /* of us */
    uint32_t batch;      /* most spans of one, 1 at least */
    uint32_t queue;      /* most spans that have not left; `batch` at least */
    uint64_t seed;       /* of span ids: chance is an input */
} vg_tracer_parts;

/* NULL: memory is gone. */
vg_tracer *vg_tracer_new(const vg_tracer_parts *parts);
void vg_tracer_free(vg_tracer *tracer);

/* ---- spans ---- */

/* A request comes: its trace is as its caller said, or not set. It continues with a span of its
 * own, or begins with `chance`, as the sampler says; what is not recorded is handed on as it came.
 * `parent`: the span that it is a part of, all zero when there is none. */
void vg_tracer_begin(vg_tracer *tracer, const uint8_t chance[VG_TRACE_ID], vg_trace *trace,
                     uint8_t parent[VG_SPAN_ID]);
/* Never zero. */
void vg_tracer_new_id(vg_tracer *tracer, uint8_t id[VG_SPAN_ID]);

typedef enum vg_span_kind { VG_SPAN_INTERNAL = 1, VG_SPAN_SERVER, VG_SPAN_CLIENT } vg_span_kind;

enum {
    VG_SPAN_ATTRIBUTES = 16,
    VG_SPAN_TEXT_BYTES = 256, /* of a name or a value; what is longer is cut between characters */
};

typedef struct vg_span {
    vg_trace trace; /* its span_id is this span's */
    uint8_t parent[VG_SPAN_ID];
    bool parent_is_remote;
    vg_span_kind kind;
    vg_slice name;
    uint64_t began_ns, ended_ns; /* on the monotonic clock */
    const char *error;           /* error.type, with the status Error; NULL: the status is unset */
    vg_attribute attributes[VG_SPAN_ATTRIBUTES];
    uint32_t attribute_count;
} vg_span;

/* Keys are literals, each once in a span. An empty text is not put. */
void vg_span_put_text(vg_span *span, const char *key, vg_slice text);
void vg_span_put_number(vg_span *span, const char *key, int64_t number);

/* It has ended. No effect when its trace is not recorded. */
void vg_tracer_end(vg_tracer *tracer, const vg_span *span);

/* db.system.name of what an adapter of that name speaks to: as OpenTelemetry registered it, else
 * the adapter's own name. */
const char *vg_span_system(const char *adapter);

/* ---- batches ---- */

/* `full` is called, within vg_tracer_end(), when a batch has become full: it begins nothing but a
 * task. */
void vg_tracer_on_full(vg_tracer *tracer, void (*full)(void *arg), void *arg);
/* The oldest batch, full or not, as the body of a request: `body` is initialised and the caller's
 * to end. Answers how many spans; 0: there are none. They keep their places until they are settled.
 */
uint32_t vg_tracer_take(vg_tracer *tracer, vg_buf *body);
/* These have left, or never will. */
void vg_tracer_settle(vg_tracer *tracer, uint32_t spans);
bool vg_tracer_has_full(const vg_tracer *tracer);
uint32_t vg_tracer_waiting(const vg_tracer *tracer); /* spans that were not taken */

#endif
