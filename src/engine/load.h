/* Collections from disk into memory, when a store opens; and graphs from snapshots (snapshot.h) as
 * far as they still fit. */
#ifndef ENGINE_LOAD_H
#define ENGINE_LOAD_H

#include "engine/shelf.h"
#include "engine/sql.h"

/* `snapshots` is the directory that they are in. */
vg_code vg_load_all(vg_sql *sql, vg_shelf *shelf, const char *snapshots, vg_arena *arena,
                    vg_status *status);

#endif
