/* One PostgreSQL that a transport speaks to: its URL and the pool of connections to it. Inside
 * src/transport only. */
#ifndef TRANSPORT_PG_TARGET_H
#define TRANSPORT_PG_TARGET_H

#include "transport/pg.h"
#include "transport/pg_pool.h"

typedef enum vg_pg_role {
    VG_PG_PRIMARY,
    VG_PG_DIRECT, /* past a pooler; few connections, none kept */
    VG_PG_REPLICA,
} vg_pg_role;

typedef struct vg_pg_target {
    vg_pg_url url;
    vg_pg_pool *pool;
} vg_pg_target;

typedef struct vg_pg_target_parts {
    const vg_pg_parts *pg;
    vg_slice url;
    vg_pg_role role;
    bool is_past_pooler; /* DIRECT: the URL is the primary's, and its pooler is to be gone past */
    void (*ended)(vg_pg_job *job);
    void (*counted)(void *arg);
    void *arg;
} vg_pg_target_parts;

/* False: `status` says why; a close is owed either way. */
bool vg_pg_target_open(vg_pg_target *target, const vg_pg_target_parts *parts, vg_status *status);
void vg_pg_target_close(vg_pg_target *target);

#endif
