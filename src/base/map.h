/* A hash map from slices to pointers. Keys are borrowed: their bytes must live as long as the entry
 * (a key that is part of its value does). Values are the caller's; NULL is no value. The hash is
 * seeded by chance, once per process. One thread at a time. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "vecgate/slice.h"

typedef struct vg_map vg_map;

vg_map *vg_map_new(void); /* NULL: no memory */
void vg_map_free(vg_map *map);

/* NULL: there is none. */
void *vg_map_get(const vg_map *map, vg_slice key);
/* Sets or replaces, key and value both. False when memory is gone; then nothing changed. */
bool vg_map_put(vg_map *map, vg_slice key, void *value);
/* Takes it out and answers its value; NULL: there was none. */
void *vg_map_remove(vg_map *map, vg_slice key);
size_t vg_map_count(const vg_map *map);

/* Calls `see` for every entry, in no order. It must not put or remove. */
void vg_map_each(const vg_map *map, void (*see)(vg_slice key, void *value, void *arg), void *arg);

/* The map's hash of some bytes, the same within one process only. */
uint64_t vg_map_hash(vg_slice bytes);

#endif
