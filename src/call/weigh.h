/* Does an operation take long to write down? Inside src/call only. */
#ifndef CALL_WEIGH_H
#define CALL_WEIGH_H

#include "vecgate/op.h"

/* About as many bytes as the adapter will have to write for its vectors, payloads and ids. Stops
 * counting at `enough`. */
size_t vg_weigh(const vg_op *op, size_t enough);

#endif
