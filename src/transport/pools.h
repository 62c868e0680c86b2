/* The named thread pools of a worker (design 3): bounded, a full one refuses, nothing else of ours
 * uses libuv's own threads but name look-ups and files. Made after the fork. */
#ifndef TRANSPORT_POOLS_H
#define TRANSPORT_POOLS_H

#include "vecgate/exchange.h"

#include "observe/metrics.h"

typedef struct vg_pool_size {
    uint32_t threads; /* >= 1 */
    uint32_t queue;   /* works that may wait */
} vg_pool_size;

/* NULL when threads cannot be made. */
vg_pools *vg_pools_new(const vg_pool_size sizes[VG_POOLS]);
/* What happens from now on is counted: threads, those at work, works that wait, works refused. Only
 * once, before the first post. The metrics outlive the pools. */
void vg_pools_set_metrics(vg_pools *pools, vg_metrics *metrics);
/* Waits until all that was taken is finished, but for VG_POOL_CANCEL a second at most: what is with
 * a server that says nothing is left to itself, and the last of it frees what it needs. */
void vg_pools_free(vg_pools *pools);
/* Takes the work; false when that pool is full. work->finished is called on the pool's thread. Any
 * thread. */
bool vg_pools_post(vg_pools *pools, vg_pool_name pool, vg_work *work);
uint32_t vg_pools_waiting(const vg_pools *pools, vg_pool_name name);

#endif
