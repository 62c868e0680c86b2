/* The collections by name. Any thread; the writer adds and removes when it publishes. */
#ifndef ENGINE_SHELF_H
#define ENGINE_SHELF_H

#include "engine/table.h"

typedef struct vg_shelf vg_shelf;

vg_shelf *vg_shelf_new(void); /* NULL: no memory */
void vg_shelf_free(vg_shelf *shelf);

/* Held for the caller; NULL: there is none. */
vg_table *vg_shelf_find(vg_shelf *shelf, vg_slice name);
/* Room for `more` tables, so that adding cannot fail. False: no memory. */
bool vg_shelf_reserve(vg_shelf *shelf, uint32_t more);
/* Takes over one hold. The name must be free. */
void vg_shelf_add(vg_shelf *shelf, vg_table *table);
/* Takes it out, if it is there, and lets it go. */
void vg_shelf_drop(vg_shelf *shelf, vg_slice name);
/* Calls it for each table; it must not use the shelf. */
void vg_shelf_each(vg_shelf *shelf, void (*call)(vg_table *table, void *arg), void *arg);
/* Names in ascending order, copies. False: the arena is spent. */
bool vg_shelf_names(vg_shelf *shelf, vg_arena *arena, const vg_slice **names, uint32_t *count);

#endif
