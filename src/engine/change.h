/* One point after the other, changed on disk as a vg_change says, and the values of payload indexes
 * with it. Within the transaction of apply.h; the writer's thread. */
#ifndef ENGINE_CHANGE_H
#define ENGINE_CHANGE_H

#include "engine/sql.h"
#include "engine/write.h"

/* A change that is under way. */
typedef struct vg_changing {
    vg_sql *sql;
    vg_write *write; /* its story, its arena, and how many points it has more or less */
    vg_table *table;
    const vg_shape *shape; /* with the fields whose values are kept right */
    vg_change *change;
    vg_arena *scratch; /* for one point; the caller empties it */
    bool *is_spared;   /* for each field: this change of payloads leaves its values as they are */
} vg_changing;

/* Sets is_spared, in the write's arena. */
bool vg_change_begin(vg_changing *c);
/* Finds the row of put->key; 0: it is not there. */
bool vg_change_find(const vg_changing *c, vg_put *put);
/* Changes the point in put->row; an upsert finds or makes the row. */
bool vg_change_one(const vg_changing *c, vg_put *put);

/* All answer false with a story in the write's status. These only tell it: memory's, when that was
 * missing, else SQLite's; and that the write's arena is spent. */
bool vg_change_fail(const vg_changing *c);
bool vg_change_too_many(const vg_changing *c);

#endif
