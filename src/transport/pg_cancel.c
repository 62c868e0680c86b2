/* See pg_cancel.h. */
#include "transport/pg_cancel.h"

#include <stdlib.h>

#include <libpq-fe.h>

#include "transport/pg_errand.h"

struct vg_pg_cancel {
    vg_pg_errand *errand;
    PGcancel *pg;
    void (*done)(void *arg);
    void *arg;
};

/* On a pool's thread. */
static void tell(void *pg)
{
    char says[256];

    PQcancel(pg, says, sizeof says); /* either way there is nothing more to be done */
}

static void end(void *pg)
{
    PQfreeCancel(pg);
}

static void on_told(void *arg)
{
    vg_pg_cancel *cancel = arg;
    void (*done)(void *arg) = cancel->done;
    void *done_arg = cancel->arg;

    PQfreeCancel(cancel->pg);
    free(cancel);
    done(done_arg);
}

static vg_pg_cancel *refuse(vg_pg_cancel *cancel)
{
    if (cancel->pg != NULL)
        PQfreeCancel(cancel->pg);
    free(cancel);
    return NULL;
}

vg_pg_cancel *vg_pg_cancel_start(const vg_pg_link *link, vg_pools *pools, vg_loop *loop,
                                 void (*done)(void *arg), void *arg)
{
    vg_pg_cancel *cancel = calloc(1, sizeof *cancel);
    vg_pg_errand_parts errand = {.pools = pools,
                                 .pool = VG_POOL_CANCEL,
                                 .loop = loop,
                                 .run = tell,
                                 .end = end,
                                 .done = on_told,
                                 .arg = cancel};

    if (cancel == NULL)
        return NULL;
    cancel->pg = PQgetCancel(vg_pg_link_conn(link));
    cancel->done = done;
    cancel->arg = arg;
    if (cancel->pg == NULL)
        return refuse(cancel);
    errand.what = cancel->pg;
    cancel->errand = vg_pg_errand_start(&errand);
    return cancel->errand != NULL ? cancel : refuse(cancel);
}

void vg_pg_cancel_drop(vg_pg_cancel *cancel)
{
    vg_pg_errand_drop(cancel->errand);
    free(cancel);
}
