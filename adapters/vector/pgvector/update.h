/* One change of points as a statement, while it is written: what update.c, write.c and payload.c
 * share. */
#ifndef ADAPTERS_VECTOR_PGVECTOR_UPDATE_H
#define ADAPTERS_VECTOR_PGVECTOR_UPDATE_H

#include "adapters/vector/pgvector/pgvector.h"

typedef struct vg_pgvector_change {
    vg_pgvector_job *job;
    const vg_update *update;
    bool may_be_stopped; /* a change before it tells of missing points */
    uint32_t ids;        /* the parameter that holds the ids it is about */
} vg_pgvector_change;

/* What a change begins with; an UPDATE up to the assignment of its version; the end. */
void vg_pgvector_open_change(vg_pgvector_change *c);
void vg_pgvector_open_update(vg_pgvector_change *c);
/* WHERE, its ids or its filter. False: the try has failed. */
bool vg_pgvector_put_selection(vg_pgvector_change *c);
/* AND, when it may be stopped. */
void vg_pgvector_put_go_on(vg_pgvector_change *c);
bool vg_pgvector_close_change(vg_pgvector_change *c);

/* Each a whole statement. False: the try has failed. */
bool vg_pgvector_add_upsert(vg_pgvector_change *c);
bool vg_pgvector_add_vectors(vg_pgvector_change *c);
bool vg_pgvector_add_delete(vg_pgvector_change *c);
bool vg_pgvector_add_delete_vectors(vg_pgvector_change *c);
bool vg_pgvector_add_payload(vg_pgvector_change *c);

#endif
