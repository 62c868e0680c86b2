/* The SQL function that counting by UUIDs needs (facet.c):
 *
 *     vg_uuid(text)    the UUID that a text holds, in its canonical form; NULL: it holds none */
#ifndef ENGINE_FACET_H
#define ENGINE_FACET_H

#include <stdbool.h>

struct sqlite3;

/* For every connection of sql.h. False: no memory. */
bool vg_facet_functions(struct sqlite3 *db);

#endif
