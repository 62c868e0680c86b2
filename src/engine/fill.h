/* Payload indexes that are being filled: of collections that had points when they were declared.
 * Rows are taken in ascending order, some in each step, a step in one transaction; other writes go
 * on in between, and put the values of the rows that are in already. How far it is stands on disk,
 * so filling goes on when the store opens again. The writer's thread. */
#ifndef ENGINE_FILL_H
#define ENGINE_FILL_H

#include "engine/sql.h"
#include "engine/write.h"

typedef struct vg_fill {
    struct vg_fill *next; /* of the table's */
    uint64_t field;       /* its number */
    uint64_t row;         /* the values of rows up to this one are in */
    vg_work *waiting;     /* of the writes that are finished when it is filled */
} vg_fill;

vg_fill *vg_fill_new(uint64_t field, uint64_t row); /* NULL: no memory */
void vg_fill_free(vg_fill *fill);                   /* nobody waits; NULL is fine */
/* Takes it over: it is the table's last. */
void vg_fill_add(vg_table *table, vg_fill *fill);

/* Are the values of this row in, or to be put in by whoever changes it? */
bool vg_fill_has(const vg_table *table, const vg_field *field, uint64_t row);
/* Finishes the write when the field is filled. False: it is not being filled. */
bool vg_fill_wait(vg_table *table, uint64_t field, vg_write *write);
/* Finishes those who have waited for longer than VG_FILL_WAIT_MS, which is more than most clients
 * do: DEADLINE, and filling goes on. So a server that ends does not wait for a long one. */
enum { VG_FILL_WAIT_MS = 60000 };
void vg_fill_tire(vg_table *table, uint64_t now_ns);
/* No more of this field (0: of all). Who waits is finished, with `why`, or well when that is NULL.
 */
void vg_fill_end(vg_table *table, uint64_t field, const vg_status *why);

/* One step for the table's first: its own transaction. False: it failed, with the story, nothing is
 * changed, and nobody waits any more; a later step tries again. */
bool vg_fill_step(vg_sql *sql, vg_table *table, vg_arena *arena, vg_status *status);

#endif
