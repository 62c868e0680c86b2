/* What a serving process lets others know of itself: the service manager, when it is the one that
 * was started; its parent (pulse.h), when it is a worker. Loop's thread only. */
#ifndef CLI_HERALD_H
#define CLI_HERALD_H

#include "base/loop.h"
#include "cli/notify.h"

typedef struct vg_herald {
    const vg_notify *notify;
    int fd; /* to the parent; -1: there is none */
    uint32_t number;
    vg_loop *loop;
    vg_timer timer; /* signs of life */
    bool is_ending;
} vg_herald;

/* notify, fd and number are set. It serves from now on, and its loop turns. */
void vg_herald_start(vg_herald *herald, vg_loop *loop);
void vg_herald_reloading(vg_herald *herald);
/* That is over, whether anything changed or not. */
void vg_herald_reloaded(vg_herald *herald);
void vg_herald_ending(vg_herald *herald);
/* Before the loop is freed; one that was not started: no effect. */
void vg_herald_stop(vg_herald *herald);

#endif
