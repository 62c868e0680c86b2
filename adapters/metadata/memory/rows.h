/* Metadata rows in memory: copies, in the order of (tenant, name, backend), under a lock. Any
 * thread. */
#ifndef ADAPTERS_METADATA_MEMORY_ROWS_H
#define ADAPTERS_METADATA_MEMORY_ROWS_H

#include "vecgate/op.h"

typedef struct memory_rows memory_rows;

typedef struct memory_call {
    memory_rows *rows;
    const vg_op_input *in;
    vg_op_result *out;
    vg_arena *arena; /* results are copied into it */
    vg_status *status;
} memory_call;

memory_rows *memory_rows_new(void); /* NULL: no memory */
void memory_rows_free(memory_rows *rows);

/* As metadata_store.h says; VG_OK or the code that is in the status. */
vg_code memory_rows_create(const memory_call *call);
vg_code memory_rows_get(const memory_call *call);
vg_code memory_rows_update(const memory_call *call);
vg_code memory_rows_delete(const memory_call *call);
vg_code memory_rows_list(const memory_call *call);

#endif
