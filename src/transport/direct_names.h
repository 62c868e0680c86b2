/* The addresses of one endpoint's host. A name is looked up on a thread of its own, once for all
 * who wait, and remembered for a minute; a number needs no looking up. Nobody ever waits for that
 * thread: one that is still at it when the end has come is left to itself.
 *
 * Inside src/transport only; loop's thread only. */
#ifndef TRANSPORT_DIRECT_NAMES_H
#define TRANSPORT_DIRECT_NAMES_H

#include <sys/socket.h>

#include "base/list.h"
#include "base/loop.h"

struct uv_loop_s;
typedef struct vg_direct_names vg_direct_names;

enum { VG_DIRECT_ADDRESSES = 16, VG_DIRECT_NAMES_MS = 60 * 1000 };

/* In the order to try them in: as the system sorts them, but families in turn (RFC 8305 4). */
typedef struct vg_direct_addresses {
    uint32_t count;
    struct sockaddr_storage at[VG_DIRECT_ADDRESSES];
} vg_direct_addresses;

/* Embedded in who waits. */
typedef struct vg_direct_asker vg_direct_asker;
struct vg_direct_asker {
    vg_list link; /* in no list: nothing is awaited; initialised by its owner */
    /* Once. `found` is NULL when there is no address, then `detail` says why; both are valid only
     * during the call. */
    void (*named)(vg_direct_asker *asker, const vg_direct_addresses *found, const char *detail);
};

/* `host` and `port` must outlive it. NULL: no memory. */
vg_direct_names *vg_direct_names_new(struct uv_loop_s *uv, vg_loop *loop, const char *host,
                                     const char *port);
/* Nobody waits. What is left of it frees itself. NULL is fine. */
void vg_direct_names_close(vg_direct_names *names);

/* The addresses, if they are known; valid until the loop turns. NULL: `asker` is told later. */
const vg_direct_addresses *vg_direct_names_get(vg_direct_names *names, vg_direct_asker *asker);
/* Nothing is to be told any more. */
void vg_direct_names_drop(vg_direct_asker *asker);
/* None of the addresses answered, or not as it should: they may be another's by now and are looked
 * up again, though at most once a second. */
void vg_direct_names_doubt(vg_direct_names *names);

#endif
