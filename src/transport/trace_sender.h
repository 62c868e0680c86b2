/* Brings batches of spans from a tracer to a receiver of OTLP/HTTP, one at a time, on one worker's
 * loop: when one is full, and every `delay_ms` whatever there is. What the receiver may yet take
 * (429, 502, 503, 504, no whole answer) is sent again, a few times, later each time and not before
 * its Retry-After; spans wait meanwhile, or are dropped when they have no place (observe/trace.h).
 * Anything else that it does not take is given up. The requests themselves belong to no trace. */
#ifndef TRANSPORT_TRACE_SENDER_H
#define TRANSPORT_TRACE_SENDER_H

#include "base/loop.h"
#include "observe/trace.h"
#include "transport/transport.h"

typedef struct vg_trace_sender vg_trace_sender;

enum {
    VG_TRACE_TRIES = 5,             /* of one batch */
    VG_TRACE_WAIT_MS = 1000,        /* before the second; then twice as long each time */
    VG_TRACE_WAIT_MOST_MS = 300000, /* as much as a Retry-After may say */
};

typedef struct vg_trace_sender_parts {
    vg_loop *loop;
    vg_tracer *tracer;       /* outlives it */
    vg_transport *transport; /* the sender's: closed with it */
    vg_metrics *metrics;
    vg_slice target;          /* "/v1/traces" */
    const vg_header *headers; /* content-type and the configured ones; they live as long */
    uint32_t header_count;
    bool is_json;
    uint64_t delay_ms, timeout_ms;
    uint64_t chance; /* for jitter */
} vg_trace_sender_parts;

/* NULL: memory is gone; then the transport is the caller's still. */
vg_trace_sender *vg_trace_sender_new(const vg_trace_sender_parts *parts);
/* From now on it sends at once what is there, waits for nothing and gives up at the first failure,
 * or when `timeout_ms` have passed for all of it. More than once: no effect. */
void vg_trace_sender_end(vg_trace_sender *sender);
/* After end: is everything sent, or given up? */
bool vg_trace_sender_has_ended(const vg_trace_sender *sender);
/* Nothing may be under way: before the first turn of the loop, or when it has ended. NULL: no
 * effect. */
void vg_trace_sender_free(vg_trace_sender *sender);

#endif
