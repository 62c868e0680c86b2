/* The text of the configuration file as the parent has read and checked it, handed out to workers
 * in memory that all of them share: so all apply the same, whatever becomes of the file meanwhile.
 * One puts, anybody takes; a text that is replaced while it is taken is taken again. */
#ifndef CLI_HANDOUT_H
#define CLI_HANDOUT_H

#include "base/buf.h"

typedef struct vg_handout vg_handout;

vg_handout *vg_handout_new(void); /* before the fork; NULL: no memory */
void vg_handout_free(vg_handout *handout);
/* VG_CONFIG_BYTES at most. */
void vg_handout_put(vg_handout *handout, vg_slice text);
/* A copy, behind what `to` has. False: none was put, or there is no memory. */
bool vg_handout_take(vg_handout *handout, vg_buf *to);

#endif
