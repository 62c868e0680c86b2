/* The holder: it lends the newest set, and the pool. */
#include "net/tls.h"

#include <stdlib.h>

#include "net/tls_set.h"

struct vg_tls {
    vg_pools *pools;
    bool (*post)(vg_pools *pools, vg_pool_name pool, vg_work *work);
    vg_tls_set *set;
};

vg_tls *vg_tls_new(vg_pools *pools, bool (*post)(vg_pools *pools, vg_pool_name pool, vg_work *work),
                   vg_tls_set *set)
{
    vg_tls *tls = calloc(1, sizeof *tls);

    if (tls != NULL)
        *tls = (vg_tls){pools, post, set};
    return tls;
}

void vg_tls_change(vg_tls *tls, vg_tls_set *set)
{
    vg_tls_set_drop(tls->set);
    tls->set = set;
}

void vg_tls_free(vg_tls *tls)
{
    if (tls == NULL)
        return;
    vg_tls_set_drop(tls->set);
    free(tls);
}

vg_tls_set *vg_tls_current(vg_tls *tls)
{
    return tls->set;
}

bool vg_tls_post(vg_tls *tls, vg_work *work)
{
    return tls->post(tls->pools, VG_POOL_HANDSHAKE, work);
}
