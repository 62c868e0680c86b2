/* The one list of metadata stores, in the order in which the docs show them. */
#include "adapters/metadata/metadata.h"

const vg_adapter *const vg_metadata_adapters[] = {&vg_metadata_sqlite, &vg_metadata_memory, NULL};
