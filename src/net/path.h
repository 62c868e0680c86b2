/* From a request's target to the path that routes see. */
#ifndef NET_PATH_H
#define NET_PATH_H

#include "vecgate/slice.h"

/* What a target means (RFC 9112 3.2). */
typedef struct vg_target {
    vg_slice authority; /* of the absolute form; {NULL, 0} otherwise */
    vg_slice path;      /* as it came, "*" for the asterisk form */
    vg_slice query;     /* behind '?' */
} vg_target;

/* Origin, absolute (http, https) or, when `may_be_asterisk`, asterisk form. NULL: fine; else what
 * is wrong. */
const char *vg_path_read_target(vg_slice target, bool may_be_asterisk, vg_target *out);

/* Writes `path` into `out` (room for path.len bytes, may be the same memory): repeated slashes
 * merged, no slash at the end. False for a segment that is "." or "..", escaped or not. */
bool vg_path_normalise(vg_slice path, char *out, size_t *len);

#endif
