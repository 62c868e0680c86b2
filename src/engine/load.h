/* Collections from disk into memory, when a store opens. */
#ifndef ENGINE_LOAD_H
#define ENGINE_LOAD_H

#include "engine/shelf.h"
#include "engine/sql.h"

vg_code vg_load_all(vg_sql *sql, vg_shelf *shelf, vg_arena *arena, vg_status *status);

#endif
