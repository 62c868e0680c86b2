/* What is made once, before any worker is forked, and is common to all of them: the memory that
 * they share, the socket that they accept from, the lock of the metadata store. A gateway of one
 * process has it too, without what only several need. */
#ifndef CLI_COMMON_H
#define CLI_COMMON_H

#include "adapters/metadata/metadata.h"
#include "call/shared.h"
#include "catalog/generation.h"
#include "catalog/holds.h"
#include "cli/handout.h"
#include "config/config.h"
#include "gate/credential.h"
#include "gate/rate.h"
#include "jobs/crew.h"
#include "net/fair.h"
#include "net/tls.h"
#include "observe/metrics.h"

typedef struct vg_common {
    uint32_t workers;
    vg_metrics *metrics;
    vg_shared *shared; /* what workers decide together, */
    vg_rates *rates;   /* and of tenants */
    /* As they were read last: a worker that is born later begins with these. The files may be
     * broken by then. */
    vg_credentials *credentials;
    vg_tls_set *tls; /* NULL without TLS */
    /* Of several workers only: */
    vg_generations *generations;
    vg_holds *holds;
    vg_crew *crew;
    vg_fair *fair;
    vg_handout *handout;
    int socket; /* that listens; -1: the one process binds its own */
    vg_metadata_conf metadata_conf;
    vg_backend metadata; /* opened as a parent does */
    vg_arena *arena;
} vg_common;

/* False: `status` says why; end them all the same. Blocks while the metadata store is made. */
bool vg_common_make(vg_common *common, const vg_config *config, vg_status *status);
/* The certificates of the door that is to be opened; only who serves needs them. */
bool vg_common_read_certificates(vg_common *common, const vg_config *config, vg_status *status);
void vg_common_free(vg_common *common);
/* No more connections, as far as this process can say. */
void vg_common_stop_listening(vg_common *common);
/* That worker has died, and is not replaced yet: what only it could give back is given back. */
void vg_common_bury(vg_common *common, uint32_t worker);

#endif
