/* What OpenSSL complains of. It keeps its complaints in a queue of the thread, and what one call
 * leaves there confuses the next: whoever calls it clears the queue before, and takes the reason
 * after a failure. */
#ifndef BASE_TLS_REASON_H
#define BASE_TLS_REASON_H

#include "vecgate/arena.h"

enum { VG_TLS_REASON_BYTES = 96 };

/* The newest complaint in OpenSSL's words ("wrong version number"); the queue is empty then. */
void vg_tls_reason(char to[VG_TLS_REASON_BYTES]);
vg_slice vg_tls_reason_in(vg_arena *arena);

#endif
