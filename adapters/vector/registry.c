/* The one list of vector backends, in the order in which the docs show them. Each is the table at
 * the end of its folder's adapter.c. */
#include "vecgate/vector_backend.h"

extern const vg_adapter vg_embedded, vg_qdrant, vg_pgvector;

const vg_adapter *const vg_adapters[] = {&vg_embedded, &vg_qdrant, &vg_pgvector, NULL};
