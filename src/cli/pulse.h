/* How the parent of workers knows that all of them serve, have read the configuration again, and
 * turn their loops; and what of it the service manager is told. Workers say a byte each into one
 * pipe (herald.h). Never blocks. */
#ifndef CLI_PULSE_H
#define CLI_PULSE_H

#include <stdbool.h>

#include "cli/notify.h"

enum { VG_PULSE_BEAT = 0x80 }; /* in a byte: a sign of life; else: it serves */

typedef struct vg_pulse {
    const vg_notify *notify;
    uint32_t count; /* workers that are to serve, 64 at most */
    int fds[2];     /* what workers say is read from the first */
    /* A bit for each worker that … */
    uint64_t serving; /* has said so since its birth, */
    uint64_t settled; /* and since the last reload */
    uint64_t beating; /* has shown life since the manager was told of it */
    bool is_ready;    /* the manager was told that all serve */
    bool is_ending;
    uint64_t due_ns; /* when to look at signs of life next */
} vg_pulse;

/* notify and count are set. False: the system has no pipe to give. */
bool vg_pulse_open(vg_pulse *pulse);
void vg_pulse_close(vg_pulse *pulse);

/* Takes what workers said; tells the manager READY once all serve, and of life when all that serve
 * have shown it and it is time. One that hangs keeps that from being told. */
void vg_pulse_look(vg_pulse *pulse, uint64_t now_ns);
/* When to look next though nobody said anything; UINT64_MAX: never. */
uint64_t vg_pulse_due_ns(const vg_pulse *pulse);
/* That worker has died. */
void vg_pulse_bury(vg_pulse *pulse, uint32_t worker);
/* The configuration is read again: before it, and when that is known to have changed anything (all
 * workers are told, and will say when they have done so too) or not. */
void vg_pulse_reloading(vg_pulse *pulse);
void vg_pulse_reloaded(vg_pulse *pulse, bool is_handed_on);
void vg_pulse_ending(vg_pulse *pulse);

#endif
