/* A token as it is sent (RFC 7515, 7.1): three parts in base64url, with dots between them.
 *
 *     header . claims . signature     the signature is of "header.claims", as bytes
 *
 * Bounded: 16 KiB in all, 16 levels of JSON. Names that come twice are refused, and so is `crit`:
 * no extension is known here. Pure functions; any thread. */
#ifndef GATE_JWT_H
#define GATE_JWT_H

#include "vecgate/json.h"

#include "gate/jwt_keys.h"

enum { VG_JWT_BYTES = 16 * 1024, VG_JWT_DEPTH = 16, VG_JWT_KID_BYTES = 256 };

typedef struct vg_jwt {
    vg_jwt_alg alg;     /* as the header says: UNKNOWN for `none` and all that is not served */
    vg_slice kid;       /* empty: none */
    vg_slice text;      /* what is signed: a view of the token */
    vg_slice signature; /* bytes */
    vg_slice claims;    /* still in base64url */
} vg_jwt;

/* Takes the token apart and reads its header; the claims are left alone until the signature was
 * found good. False: it is no token. */
bool vg_jwt_read(vg_arena *arena, vg_slice token, vg_jwt *out);
/* The claims, an object; NULL: they are none. */
const vg_json *vg_jwt_claims(vg_arena *arena, const vg_jwt *jwt);

#endif
