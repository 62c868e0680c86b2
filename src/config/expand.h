/* Values that point elsewhere: ${NAME}, ${NAME:-default}, ${file:/path}, $$ for a dollar. */
#ifndef CONFIG_EXPAND_H
#define CONFIG_EXPAND_H

#include "vecgate/arena.h"

enum { VG_EXPAND_FILE_BYTES = 64 * 1024 };

/* The variable's value in "NAME=value" strings; {NULL, 0} when unset. `variables` may be NULL. */
vg_slice vg_expand_variable(const char *const *variables, vg_slice name);
/* A small file's text without its last newline. False: `reason` says why. */
bool vg_expand_file(vg_arena *arena, vg_slice path, vg_slice *out, vg_slice *reason);
/* The text with everything put in, a NUL behind it. False: `reason` names what is unset, unreadable
 * or not closed. What was put in is not looked at again. */
bool vg_expand(vg_arena *arena, vg_slice text, const char *const *variables, vg_slice *out,
               vg_slice *reason);
/* Does anything stand in there to be put in? */
bool vg_expand_is_needed(vg_slice text);

#endif
