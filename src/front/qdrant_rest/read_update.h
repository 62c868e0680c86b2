/* What the readers of changes share. Private to qdrant_rest/read_update.c, which reads the
 * selectors and knows the routes, and read_upsert.c, which reads points. Any thread. */
#ifndef FRONT_QDRANT_REST_READ_UPDATE_H
#define FRONT_QDRANT_REST_READ_UPDATE_H

#include "vecgate/op.h"

#include "front/member.h"

/* The body of one kind of change; `out` comes zeroed but for its kind. */
typedef bool vg_read_update_fn(vg_reader r, const vg_json *body, vg_update *out);

vg_read_update_fn vg_read_upsert, vg_read_upsert_vectors;

/* UNSUPPORTED "Empty update request"; answers false. */
bool vg_read_update_empty(vg_reader r);

#endif
