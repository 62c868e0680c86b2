/* The trace of a request: as its caller said, or begun here; and the span that it is. Private to
 * src/front/. */
#ifndef FRONT_SPAN_H
#define FRONT_SPAN_H

#include "vecgate/trace.h"

struct vg_visit;

/* At the door, before anything else: sets visit->trace. */
void vg_front_span_begin(struct vg_visit *visit);
/* The last byte was handed over, or never will be. */
void vg_front_span_end(const struct vg_visit *visit, uint64_t took_ns);

#endif
