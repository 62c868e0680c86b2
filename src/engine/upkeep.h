/* What the writer does when nobody waits for it, in steps of a few milliseconds: moving the WAL
 * into the database, emptying the tables of dropped collections and payload indexes, rebuilding
 * vectors that are marked too much. And, also between writes that wait: filling payload indexes
 * (fill.h). And it is the one who frees a dropped collection, however long readers hold it: giving
 * gigabytes back takes time that the loop, where many a request ends, does not have. */
#ifndef ENGINE_UPKEEP_H
#define ENGINE_UPKEEP_H

#include "engine/builder.h"
#include "engine/sql.h"

typedef struct vg_upkeep {
    vg_sql *sql;
    vg_builder *builder;  /* NULL: there is none, and no graph */
    uint64_t wal_bytes;   /* a WAL longer than this is moved at once, and cut when there is time */
    uint32_t wal_pages;   /* of the WAL now; SQLite says so after each commit */
    uint32_t moved_pages; /* of these, in the database already */
    bool has_dropped;     /* tables to empty */
    bool is_held;         /* a reader holds the rest of the WAL: not moved until the next commit */
    bool is_stuck;        /* a step failed: nothing more until the next commit */
    uint32_t looks;       /* while it is stuck and something is to be filled */
    bool is_told;         /* that was logged, and no step has gone well since */
    vg_table *rebuilding; /* held; NULL: none */
    vg_table *filling;    /* with payload indexes to be filled, held */
    vg_table *graves;     /* dropped, held: freed here once no reader holds them any more */
} vg_upkeep;

void vg_upkeep_init(vg_upkeep *upkeep, vg_sql *sql, uint64_t wal_bytes);
void vg_upkeep_fini(vg_upkeep *upkeep);
/* A group was committed and published. */
void vg_upkeep_committed(vg_upkeep *upkeep);
/* This vector of a point has ended, or the point has this version now: a rebuild under way must not
 * miss it. */
void vg_upkeep_ended(vg_table *table, uint32_t place, vg_slice key, uint64_t operation);
void vg_upkeep_touched(vg_table *table, uint32_t place, vg_slice key, uint64_t operation);
/* A collection was changed: are its vectors marked too much? */
void vg_upkeep_changed(vg_upkeep *upkeep, vg_table *table);
/* A collection has gone. Takes over the hold. */
void vg_upkeep_dropped(vg_upkeep *upkeep, vg_table *table);
/* A payload index has gone: its tables are to be emptied. */
void vg_upkeep_dropped_field(vg_upkeep *upkeep);
/* The table has fields to be filled (again: that is fine). */
void vg_upkeep_filling(vg_upkeep *upkeep, vg_table *table);
/* Is a dropped one still held by readers, must filling be tried again, or is a graph being made of
 * rebuilt vectors? Nobody tells when: look again soon. */
bool vg_upkeep_waits(const vg_upkeep *upkeep);
/* One step. `is_idle`: nobody waits. False: there is nothing to do. */
bool vg_upkeep_step(vg_upkeep *upkeep, bool is_idle);

#endif
