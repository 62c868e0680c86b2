/* Stored payloads, read. */
#ifndef ENGINE_PAYLOAD_H
#define ENGINE_PAYLOAD_H

#include "vecgate/json.h"

/* A copy with VG_JSON_PAD readable bytes behind it; {NULL, 0}: the arena is spent. */
vg_slice vg_payload_copy(vg_arena *arena, vg_slice text);
/* Reads a payload, copying it first; *out is NULL for an empty one. False with a status:
 * BACKEND_ERROR (no JSON object), TOO_LARGE. */
bool vg_payload_read(vg_arena *arena, vg_slice text, const vg_json **out, vg_status *status);

#endif
