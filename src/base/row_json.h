/* What the readers and writers of a stored `spec` share: spec.c, and the catalog's alias.c and
 * merge.c. */
#ifndef BASE_ROW_JSON_H
#define BASE_ROW_JSON_H

#include "vecgate/json.h"

/* An arena for the nodes of such a text; NULL with a status. To be freed. */
vg_arena *vg_row_json_nodes(vg_slice text, vg_status *status);
/* The document; NULL: it is no JSON (no status), or OVERLOADED. */
const vg_json *vg_row_json_read(vg_arena *nodes, vg_slice text, vg_status *status);
static inline bool vg_row_json_is_text(const vg_json *v)
{
    return v && v->kind == VG_JSON_STRING;
}
/* Absent, or an object. */
static inline bool vg_row_json_is_settings(const vg_json *v)
{
    return !v || v->kind == VG_JSON_OBJECT;
}
/* Its text, copied; empty when it is absent. */
vg_slice vg_row_json_copy(vg_arena *arena, const vg_json *v);
/* What was written, copied; empty with OVERLOADED. */
vg_slice vg_row_json_take(vg_arena *arena, const vg_buf *buf, vg_status *status);

/* Both answer false. */
bool vg_row_json_damaged(vg_status *status, const char *what);
bool vg_row_json_no_memory(vg_status *status);

#endif
