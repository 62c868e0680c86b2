/* What is logged of an index that is built: that it begins, that it goes on, that it is done. Short
 * builds are not worth a line. The builder's thread. */
#ifndef ENGINE_BUILD_LOG_H
#define ENGINE_BUILD_LOG_H

#include "engine/table.h"

/* Before slots are inserted into the graph, of which there are `used`. */
void vg_build_log_progress(vg_table *table, uint32_t place, const vg_hnsw *graph, uint32_t used);
/* It has them all. */
void vg_build_log_end(vg_table *table, uint32_t place, const vg_hnsw *graph);

#endif
