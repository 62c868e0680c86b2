/* Decompresses a body bit by bit: gzip (also several members in a row) and deflate (RFC 1950).
 * Input is given in small pieces that are copied, so that the work can rest at any point. */
#ifndef NET_INFLATE_H
#define NET_INFLATE_H

#include "vecgate/slice.h"

typedef enum vg_coding { VG_CODING_NONE, VG_CODING_GZIP, VG_CODING_DEFLATE } vg_coding;

enum { VG_INFLATE_PIECE = 2048 };

typedef enum vg_inflated {
    VG_INFLATE_HUNGRY, /* all input was used */
    VG_INFLATE_FULL,   /* there is more to write: give room */
    VG_INFLATE_BAD,    /* not what it claims to be */
} vg_inflated;

typedef struct vg_inflate vg_inflate;

/* NULL when memory or the process-wide cap is gone; what it takes is counted. */
vg_inflate *vg_inflate_new(vg_coding coding);
void vg_inflate_free(vg_inflate *self);
/* At most VG_INFLATE_PIECE bytes, and only when the last answer was HUNGRY (or none was). */
void vg_inflate_give(vg_inflate *self, vg_slice piece);
/* Writes up to `room` bytes to `out`; `made` says how many. */
vg_inflated vg_inflate_run(vg_inflate *self, char *out, size_t room, size_t *made);
/* May the body end here? */
bool vg_inflate_is_whole(const vg_inflate *self);

#endif
