/* SIGHUP: the configuration is read again, off the loop, and the files that it names. What may
 * change while serving does; what needs a restart is told; when anything is wrong the old one
 * stays. Loop's thread only. */
#ifndef CLI_RELOAD_H
#define CLI_RELOAD_H

#include "base/loop.h"
#include "cli/flags.h"
#include "cli/handout.h"
#include "gate/gate.h"
#include "transport/pools.h"

typedef struct vg_reload vg_reload;

typedef struct vg_reload_parts {
    const vg_flags *flags;
    vg_config *config; /* the one in effect */
    vg_gate *gate;     /* gets the credentials that were read */
    vg_loop *loop;
    vg_pools *pools;
    vg_handout
        *handout; /* of a worker: what its parent read, and told of; NULL: nobody else does */
    /* On a pool's thread: reads what `next` names. False: it told what is wrong, and nothing
     * changes. Else `applied` may follow. */
    bool (*prepare)(void *arg, const vg_config *next);
    void (*applied)(void *arg); /* `config` has changed */
    void (*ended)(void *arg);   /* nothing is to be read any more, whatever came of it */
    void *arg;
} vg_reload_parts;

vg_reload *vg_reload_new(const vg_reload_parts *parts); /* NULL: no memory */
/* Asked for while one is under way: it is done again behind it. */
void vg_reload_begin(vg_reload *reload);
bool vg_reload_is_busy(const vg_reload *reload);
void vg_reload_free(vg_reload *reload); /* not busy; NULL is fine */

/* The end of it, for a process without a loop: logs what differs, and takes over what may change
 * while serving. False: the old configuration stays, as the log says why; `credentials` is NULL
 * when what was read is wrong, which was told. */
bool vg_reload_take_over(vg_config *config, bool is_keyless, const vg_config *next,
                         const vg_credentials *credentials);

#endif
