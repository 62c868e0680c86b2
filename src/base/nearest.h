/* The word that was probably meant. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include "vecgate/slice.h"

/* The nearest of `words` by edits (insert, delete, change, swap of neighbours), if it is near
 * enough to be a slip: at most a third of the word, and two edits at least allowed. NULL: none is.
 */
const char *vg_nearest(vg_slice word, const char *const *words, size_t count);

#endif
