/* What is done every few seconds: asks both stores how they are, which decides whether the gateway
 * is ready, and takes the samples that are too slow for a scrape. Loop's thread only. */
#ifndef CLI_BEAT_H
#define CLI_BEAT_H

#include "cli/parts.h"

typedef struct vg_beat vg_beat;

/* The first round begins at once. NULL: no memory. */
vg_beat *vg_beat_new(vg_parts *parts);
/* No round begins any more, and the gateway stays not ready; one under way is ended early. */
void vg_beat_stop(vg_beat *beat);
bool vg_beat_is_busy(const vg_beat *beat);
void vg_beat_free(vg_beat *beat); /* not busy, or the loop is gone; NULL is fine */

#endif
