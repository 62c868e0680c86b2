/* Catalog entries in memory: (tenant, name) to what the collection is. An entry is counted: the
 * cache holds it once, each op that uses it once, through its arena. Loop's thread only. */
#ifndef CATALOG_CACHE_H
#define CATALOG_CACHE_H

#include "vecgate/op.h"

typedef struct vg_cache vg_cache;

vg_cache *vg_cache_new(void);
void vg_cache_free(vg_cache *cache); /* entries held elsewhere live on */
size_t vg_cache_count(const vg_cache *cache);

/* The entry, or NULL. Borrowed until the next change of the cache, unless it is held. */
const vg_collection *vg_cache_find(const vg_cache *cache, vg_slice tenant, vg_slice name);
/* Makes an entry of a row, replacing one that is there. NULL with a status, and no entry: spec
 * damaged, memory gone. */
const vg_collection *vg_cache_put(vg_cache *cache, const vg_meta_row *row, vg_status *status);
/* The epoch that the entry belongs to (generation.h): 0 when it is made. */
void vg_cache_set_epoch(const vg_collection *collection, uint64_t epoch);
uint64_t vg_cache_epoch(const vg_collection *collection);
void vg_cache_drop(vg_cache *cache, vg_slice tenant, vg_slice name);
void vg_cache_drop_tenant(vg_cache *cache, vg_slice tenant);
/* Keeps the entry until the arena is freed (on the loop's thread). False when memory is gone. */
bool vg_collection_hold(const vg_collection *collection, vg_arena *arena);

#endif
