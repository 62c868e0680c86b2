/* The format of a file of ours: which program's it is, which version, and the steps from one
 * version to the next. An older file is brought up in one transaction; a newer one, and one that
 * another program made, is refused and left as it is. */
#ifndef ENGINE_SCHEMA_H
#define ENGINE_SCHEMA_H

#include "engine/sql.h"

typedef struct vg_schema {
    const char *file;         /* for messages: "points.db" */
    uint32_t application;     /* SQLite's application_id */
    const char *const *steps; /* steps[i]: statements that bring version i to i + 1 */
    uint32_t version;         /* the number of steps */
} vg_schema;

/* The version stands in user_version and in the row `format` of the table `meta (key, value)`,
 * which the first step makes. CONFLICT: newer, or not ours. */
vg_code vg_schema_apply(vg_sql *sql, const vg_schema *schema, vg_arena *arena, vg_status *status);

#endif
