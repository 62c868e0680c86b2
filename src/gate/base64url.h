/* Base64url without padding, as RFC 7515 section 2 has it: the letters of RFC 4648 section 5. One
 * text for each bytes: spare bits must be zero, and nothing else may stand in it. */
#ifndef GATE_BASE64URL_H
#define GATE_BASE64URL_H

#include "vecgate/arena.h"

/* The bytes, in the arena, with `pad` readable bytes behind. False: it is none, or the arena is
 * spent. An empty text is no bytes. */
bool vg_base64url_read(vg_arena *arena, vg_slice text, size_t pad, vg_slice *out);

#endif
