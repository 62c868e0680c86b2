/* Points at random: so many different ones of those that a filter admits, each of these as likely
 * as any other. */
#ifndef ENGINE_SAMPLE_H
#define ENGINE_SAMPLE_H

#include "engine/look.h"

typedef struct vg_sample {
    const uint64_t *rows; /* of points_<number>, in no order; in the arena */
    uint32_t count;       /* fewer than were wanted: there are no more */
} vg_sample;

enum { VG_SAMPLE_FIRST = 2 }; /* the number of the condition's first parameter */

/* Depends on read->chance and on the state that was opened. `where` as vg_look_where() makes it
 * with VG_SAMPLE_FIRST. False, with a status. */
bool vg_sample_take(vg_look *look, const vg_where *where, uint32_t limit, vg_sample *out);

#endif
