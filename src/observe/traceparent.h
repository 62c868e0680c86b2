/* W3C trace context, level 2, in and out of headers: https://www.w3.org/TR/trace-context-2/ */
#ifndef OBSERVE_TRACEPARENT_H
#define OBSERVE_TRACEPARENT_H

#include "vecgate/exchange.h"
#include "vecgate/trace.h"

enum { VG_TRACEPARENT = 55 }; /* 00-<trace id>-<span id>-<flags>, no NUL */

/* The context that a request came with: names of `headers` are in lower case. False: it came with
 * none, or with one that is to be ignored, and `trace` is all zero. A tracestate that is not well
 * formed is left out; a long one is cut, as the standard says, where members end. trace->state is
 * in the arena, or empty when that is spent. */
bool vg_trace_read(vg_arena *arena, const vg_header *headers, uint32_t count, vg_trace *trace);

/* As version 00, of a trace that is set. */
void vg_trace_write(const vg_trace *trace, char to[VG_TRACEPARENT]);

#endif
