/* Stored payloads as documents. */
#ifndef ENGINE_DOCUMENT_H
#define ENGINE_DOCUMENT_H

#include "vecgate/json.h"

/* A copy with VG_JSON_PAD readable bytes behind it; {NULL, 0}: the arena is spent. */
vg_slice vg_document_copy(vg_arena *arena, vg_slice text);
/* Reads a payload, copying it first; *out is NULL for an empty one. False with a status:
 * BACKEND_ERROR (no JSON object), TOO_LARGE. */
bool vg_document_read(vg_arena *arena, vg_slice text, const vg_json **out, vg_status *status);

#endif
