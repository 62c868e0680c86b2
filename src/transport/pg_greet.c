/* See pg_greet.h. */
#include "transport/pg_greet.h"

#include <stdlib.h>

#include <libpq-fe.h>

#include "transport/pg_errand.h"

struct vg_pg_greet {
    vg_pg_greet_parts parts;
    vg_pg_errand *errand;
    PostgresPollingStatusType next;
};

static void run(void *what)
{
    vg_pg_greet *greet = what;

    greet->next = PQconnectPoll(greet->parts.pg);
}

static void end(void *what)
{
    vg_pg_greet *greet = what;

    PQfinish(greet->parts.pg);
    free(greet);
}

static void on_done(void *arg)
{
    vg_pg_greet *greet = arg;
    vg_pg_greet_parts parts = greet->parts;
    int next = (int)greet->next;

    free(greet);
    parts.done(parts.arg, next);
}

vg_pg_greet *vg_pg_greet_start(const vg_pg_greet_parts *parts)
{
    vg_pg_greet *greet = calloc(1, sizeof *greet);
    vg_pg_errand_parts errand = {.pools = parts->pools,
                                 .pool = VG_POOL_CONNECT,
                                 .loop = parts->loop,
                                 .what = greet,
                                 .run = run,
                                 .end = end,
                                 .done = on_done,
                                 .arg = greet};

    if (greet == NULL)
        return NULL;
    greet->parts = *parts;
    greet->errand = vg_pg_errand_start(&errand);
    if (greet->errand != NULL)
        return greet;
    free(greet);
    return NULL;
}

void vg_pg_greet_drop(vg_pg_greet *greet)
{
    vg_pg_errand_drop(greet->errand);
}
