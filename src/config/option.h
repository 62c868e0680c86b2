/* One row of configuration: its text to a value, its value to a text. */
#ifndef CONFIG_OPTION_H
#define CONFIG_OPTION_H

#include "vecgate/arena.h"
#include "vecgate/option.h"

/* Reads `text` (not empty) as the row's kind into values + row->at; texts are copied to the arena
 * with a NUL behind. False: `reason` says what was expected, and what was found unless the row is a
 * secret. */
bool vg_option_read(const vg_option *row, vg_slice text, vg_arena *arena, void *values,
                    vg_slice *reason);
/* The value as a configuration would say it; a secret is "********", or empty when there is none.
 */
vg_slice vg_option_write(const vg_option *row, const void *values, vg_arena *arena);
/* The value from one struct into another; texts are copied to the arena. False: no memory. Of KEYS
 * the digest and the count alone. */
bool vg_option_copy(const vg_option *row, const void *from, void *to, vg_arena *arena);
/* Are the two values the same? */
bool vg_option_is_same(const vg_option *row, const void *a, const void *b);

/* "size, 1KiB to 4GiB", "one of debug, info, warn, error": for docs. */
vg_slice vg_option_describe(const vg_option *row, vg_arena *arena);
/* A number of the row's kind with the largest unit that divides it. */
vg_slice vg_option_number(vg_option_kind kind, uint64_t n, vg_arena *arena);
/* May the file write it out as a list? Its text is one in JSON. */
bool vg_option_is_list(const vg_option *row);

#endif
