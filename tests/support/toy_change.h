/* What clients change in toy worlds besides making and deleting collections: aliases, settings,
 * declared fields. */
#ifndef VG_TESTS_SUPPORT_TOY_CHANGE_H
#define VG_TESTS_SUPPORT_TOY_CHANGE_H

#include "tests/support/toy_world.h"

/* Actions as text, blanks between them: "x=a" makes or moves an alias, "!x" deletes it, "x>y"
 * renames it. By the catalog's own call. NULL: there was no memory for the op. */
toy_ask *toy_begin_aliases(toy_world *world, const char *actions);
/* Through the plan: a patch as vg_spec_merge() takes it; a field, VG_INDEX_NONE to drop it. */
toy_ask *toy_begin_patch(toy_world *world, const char *name, const char *patch);
toy_ask *toy_begin_index(toy_world *world, const char *name, const char *key, vg_index_kind kind);

/* Begun, settled, ended. */
vg_code toy_change_aliases(toy_world *world, const char *actions);
vg_code toy_patch(toy_world *world, const char *name, const char *patch);
vg_code toy_index(toy_world *world, const char *name, const char *key, vg_index_kind kind);

/* "x=a y=b", valid until the next call; NULL when it failed. `name`: of that collection; NULL: all.
 */
const char *toy_aliases(toy_world *world, const char *name);
/* What a client finds under that name: "settings|key:kind,…", valid until the next call; or the
 * code's metric name. */
const char *toy_spec_found(toy_world *world, const char *name);

#endif
