/* Spans and their frame as OTLP has them, in either form. Inside src/observe only. */
#ifndef OBSERVE_SPAN_WRITE_H
#define OBSERVE_SPAN_WRITE_H

#include "base/buf.h"
#include "observe/trace.h"

typedef struct vg_span_form {
    /* One more span behind others. */
    void (*put_span)(vg_buf *buf, const vg_span *span, uint64_t wall_less_ns);
    /* What stands before the spans, and what behind them. `frame` is the whole of both. */
    void (*put_resource)(vg_buf *buf, const vg_attribute *attributes, uint32_t count);
    void (*put_body)(vg_buf *buf, vg_slice resource, const char *version, vg_slice spans);
} vg_span_form;

extern const vg_span_form vg_span_protobuf; /* span_protobuf.c */
extern const vg_span_form vg_span_json;     /* span_json.c */

/* A text as it may stand in a span: bounded, cut between characters. */
vg_slice vg_span_text(vg_slice text);

#endif
