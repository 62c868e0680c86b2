/* The rows of a metadata store (vecgate/metadata_store.h) in a SQLite file of their own: WAL, FULL,
 * mode 0600, with a format version like points.db. Several processes may use one file. Any thread;
 * each call is one transaction and blocks for as long as that takes. */
#ifndef ENGINE_CATALOG_ROWS_H
#define ENGINE_CATALOG_ROWS_H

#include "vecgate/op.h"

typedef struct vg_catalog_rows vg_catalog_rows;

/* Makes the file, and its directory with mode 0700, when they are missing. NULL with a status:
 * CONFLICT (another program's file, a newer format), READ_ONLY, NO_SPACE, BACKEND_ERROR. */
vg_catalog_rows *vg_catalog_rows_open(vg_slice path, vg_arena *arena, vg_status *status);
/* The directory alone. */
vg_code vg_catalog_rows_make_directory(vg_slice path, vg_arena *arena, vg_status *status);
void vg_catalog_rows_close(vg_catalog_rows *rows); /* NULL is fine */

/* What one call is given. Results go into the arena. */
typedef struct vg_catalog_call {
    vg_catalog_rows *rows;
    const vg_op_input *in;
    vg_op_result *out;
    vg_arena *arena;
    vg_status *status;
} vg_catalog_call;

/* As metadata_store.h says; VG_OK or the code that is in the status. */
vg_code vg_catalog_rows_create(const vg_catalog_call *call);
vg_code vg_catalog_rows_get(const vg_catalog_call *call);
vg_code vg_catalog_rows_update(const vg_catalog_call *call);
vg_code vg_catalog_rows_delete(const vg_catalog_call *call);
vg_code vg_catalog_rows_list(const vg_catalog_call *call);
/* Can the file be read? */
vg_code vg_catalog_rows_check(const vg_catalog_call *call);

#endif
