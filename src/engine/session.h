/* One look at one collection on disk: a reading connection inside a transaction, so that all that
 * is read through it is one state, and the numbers of the operation that made this state and of the
 * collection's shape. A pool's thread. */
#ifndef ENGINE_SESSION_H
#define ENGINE_SESSION_H

#include "engine/store.h"

typedef struct vg_session {
    vg_store *store;
    vg_table *table;               /* held by whoever opened the session */
    const atomic_bool *is_stopped; /* for what is read through it: vg_sql_bound() */
    vg_sql *sql;                   /* NULL: closed */
    uint64_t operation;
    uint64_t shape; /* shape.h */
} vg_session;

/* False with a status: NOT_FOUND, "collection" in where, when it is gone by now. */
bool vg_session_open(vg_session *session, vg_arena *arena, vg_status *status);
/* A closed one is fine. */
void vg_session_close(vg_session *session);

#endif
