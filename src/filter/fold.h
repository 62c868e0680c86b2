/* Conditions of which one is enough, made fewer: what matches one field with several values, each a
 * condition of its own, becomes one condition with a list. Clients write thousands of them so. */
#ifndef FILTER_FOLD_H
#define FILTER_FOLD_H

#include "vecgate/filter.h"

/* `*out`: a clause of which any condition holds just when any of `clause` does; their order is
 * another. It shares the values' texts and lives in the arena. False: the arena is spent. */
bool vg_fold_any(vg_arena *arena, const vg_clause *clause, vg_clause *out);

#endif
