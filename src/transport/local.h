/* The local transport: an exchange is a vg_work, run by a named pool or given to a store's queue;
 * its ending comes back to the loop through vg_loop_wake(). */
#ifndef TRANSPORT_LOCAL_H
#define TRANSPORT_LOCAL_H

#include "transport/pools.h"
#include "transport/transport.h"

/* `loop` and `pools` must outlive it. NULL when memory is gone. */
vg_transport *vg_local_new(vg_loop *loop, vg_pools *pools);

#endif
