/* Accepting from a socket that other processes accept from, too (fair.h). All are woken by a
 * connection; who has more than another waits a millisecond, and takes what is left then, so that
 * no connection waits for a worker that does not come. libuv's own listener takes all that it
 * finds, which is why this one asks for itself. Loop's thread only. Private to net. */
#ifndef NET_SHARE_H
#define NET_SHARE_H

#include <uv.h>

#include "base/loop.h"
#include "net/fair.h"

typedef struct vg_share {
    uv_poll_t poll;
    vg_timer timer;
    vg_loop *loop;
    int fd;
    vg_fair *fair;
    uint32_t worker;
    /* A connection, the callee's; or the system's reason (negative) why there is none. */
    void (*on_connection)(void *arg, int fd);
    void (*on_closed)(void *arg);
    void *arg;
} vg_share;

/* All but `poll` and `timer` is set. Answers the system's reason, 0 when it accepts. `fd` is the
 * share's from then on. */
int vg_share_open(vg_share *share, uv_loop_t *uv);
/* on_closed follows. Once. */
void vg_share_close(vg_share *share);
bool vg_share_is_closing(const vg_share *share);

#endif
