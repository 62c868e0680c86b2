/* What a service manager is told: the datagrams of sd_notify(3), sent to the socket that
 * NOTIFY_SOCKET names, be it a path or (a leading @) an abstract one. Written by hand: it is one
 * sendto(), and libsystemd would be one more library in every process for it.
 *
 * Only the process that the manager started may speak: a gateway of one process, or the parent of
 * workers. Where nobody asked, nothing is sent. */
#ifndef CLI_NOTIFY_H
#define CLI_NOTIFY_H

#include <stdint.h>

typedef struct vg_notify vg_notify;

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID; what cannot be used is a warning of the log,
 * and nobody is told. NULL: no memory. */
vg_notify *vg_notify_new(void);
void vg_notify_free(vg_notify *notify); /* NULL is fine */

/* It serves: after the start, and after each reload. */
void vg_notify_ready(const vg_notify *notify);
void vg_notify_reloading(const vg_notify *notify);
void vg_notify_stopping(const vg_notify *notify);
/* It makes progress. */
void vg_notify_alive(const vg_notify *notify);
/* How often progress is to be looked at, so that the manager hears of it in time: a quarter of what
 * it waits for. 0: it does not. */
uint64_t vg_notify_look_ms(const vg_notify *notify);

#endif
