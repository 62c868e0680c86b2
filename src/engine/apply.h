/* A write as SQL: what it changes on disk, within the transaction of its group. The writer's thread
 * only. */
#ifndef ENGINE_APPLY_H
#define ENGINE_APPLY_H

#include "engine/sql.h"
#include "engine/write.h"

/* VG_OK; or the code and the story in write->status, and nothing of it is to stay (the caller rolls
 * back). CREATE makes write->table. UPSERT and DELETE get write->operation and reserve the memory
 * that publishing needs, so that publishing cannot fail. */
vg_code vg_apply(vg_sql *sql, vg_write *write);

#endif
