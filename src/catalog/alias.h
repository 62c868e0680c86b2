/* Aliases as data: a tenant's table, in the order of names, and its text in the metadata row. No
 * store, no loop. Names are views of what the caller keeps. */
#ifndef CATALOG_ALIAS_H
#define CATALOG_ALIAS_H

#include "vecgate/op.h"

enum { VG_ALIASES_BYTES = 256 * 1024 }; /* of the text; more is refused */

typedef struct vg_alias_list {
    vg_alias *at; /* each name once, ascending by bytes */
    uint32_t count, room;
} vg_alias_list;

/* The alias of that name, or NULL. */
const vg_alias *vg_alias_find(const vg_alias_list *list, vg_slice name);
/* Does one stand for that collection? */
bool vg_alias_has_target(const vg_alias_list *list, vg_slice collection);
/* Makes an alias, or moves it to another collection. False: there is no memory. */
bool vg_alias_put(vg_arena *arena, vg_alias_list *list, vg_alias alias);
void vg_alias_remove(vg_alias_list *list, vg_slice name); /* no effect when there is none */
/* Removes all that stand for that collection; answers how many. */
uint32_t vg_alias_remove_target(vg_alias_list *list, vg_slice collection);

/* {"aliases":[{"name":"a","collection":"c"},…]}. Empty with a status: TOO_LARGE, OVERLOADED. */
vg_slice vg_alias_write(vg_arena *arena, const vg_alias_list *list, vg_status *status);
/* The list and its names, copied into the arena. False: INTERNAL (damaged), OVERLOADED. */
bool vg_alias_read(vg_arena *arena, vg_slice json, vg_alias_list *out, vg_status *status);

#endif
