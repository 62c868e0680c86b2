/* `workers` above 1: a parent that forks so many processes, each of which serves, and does nothing
 * itself but look after them.
 *
 *     parent ─┬─ worker 0 ─ loop, pools, stores …
 *             ├─ worker 1
 *             └─ …
 *
 * A worker that dies is replaced: at once, or with growing pauses when it dies again and again.
 * SIGTERM, SIGINT: all finish what they have begun. SIGHUP: the parent checks the configuration,
 * and tells them.
 *
 * All accept from one socket, which the parent keeps open: connections wait in its queue whoever is
 * alive, and none is refused. Workers end when the parent does, however it ends. */
#ifndef CLI_SUPERVISOR_H
#define CLI_SUPERVISOR_H

#include "cli/common.h"
#include "cli/flags.h"
#include "cli/notify.h"

/* What a worker does, in a process of its own; answers how that ends. It writes one byte to
 * `told_fd` when it serves (-1: nobody wants to know) and closes it; all that it says later goes to
 * `pulse_fd` (-1: there is no parent). */
typedef struct vg_worker {
    uint32_t number;
    int told_fd;
    int pulse_fd;
} vg_worker;
typedef int vg_worker_fn(void *arg, const vg_worker *worker);

typedef struct vg_supervisor_parts {
    const vg_flags *flags;
    vg_config *config; /* the one in effect, which new workers get */
    vg_common *common;
    const vg_notify *notify; /* who is told that all serve */
    vg_worker_fn *work;
    void *arg;
} vg_supervisor_parts;

/* Returns when all have ended: 0, all were asked to and did; 1, the first could not start (it said
 * why) or one did not end well. Asked to end a second time it does not return. */
int vg_supervise(const vg_supervisor_parts *parts);

#endif
