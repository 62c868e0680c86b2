/* SIGHUP: the configuration is read again, off the loop. What may change while serving does; what
 * needs a restart is told; when anything is wrong the old one stays. Loop's thread only. */
#ifndef CLI_RELOAD_H
#define CLI_RELOAD_H

#include "base/loop.h"
#include "cli/flags.h"
#include "transport/pools.h"

typedef struct vg_reload vg_reload;

typedef struct vg_reload_parts {
    const vg_flags *flags;
    vg_config *config; /* the one in effect */
    vg_loop *loop;
    vg_pools *pools;
    void (*applied)(void *arg); /* `config` has changed */
    void *arg;
} vg_reload_parts;

vg_reload *vg_reload_new(const vg_reload_parts *parts); /* NULL: no memory */
/* Asked for while one is under way: it is done again behind it. */
void vg_reload_begin(vg_reload *reload);
bool vg_reload_is_busy(const vg_reload *reload);
void vg_reload_free(vg_reload *reload); /* not busy; NULL is fine */

#endif
