/* Where arenas get their memory from: blocks by malloc, counted under the cap of the process, with
 * a few freed ones kept by each thread, so that a request costs neither malloc nor fresh pages. Any
 * thread may free a block. */
#ifndef BASE_BLOCKS_H
#define BASE_BLOCKS_H

#include "vecgate/types.h"

enum { VG_BLOCK_LEAST = 4096, VG_BLOCK_MOST = 256 * 1024 };

/* NULL: the cap of the process is reached, or there is no memory. Blocks that are VG_BLOCK_LEAST
 * times a power of two, and at most VG_BLOCK_MOST, are the ones that are kept. */
void *vg_block_new(size_t size);
void vg_block_free(void *block, size_t size);

#endif
