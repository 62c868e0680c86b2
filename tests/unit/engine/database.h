/* The database of a store without the store: a connection that writes, in a directory of its own.
 */
#ifndef VG_TESTS_UNIT_ENGINE_DATABASE_H
#define VG_TESTS_UNIT_ENGINE_DATABASE_H

#include "vecgate/arena.h"

#include "engine/sql.h"

typedef struct database {
    char dir[64];
    vg_arena *arena;
    vg_sql *sql;
    vg_status status;
} database;

database *database_new(void);
void database_free(database *d);

#endif
