/* What tokens are verified with: a secret (HS256) and public keys (RS256, ES256). A key serves one
 * algorithm, and that one is its own, never the token's choice: a token that names another finds no
 * key. Made once from the configuration, then read-only; verifying uses contexts of its own. */
#ifndef GATE_JWT_KEYS_H
#define GATE_JWT_KEYS_H

#include "config/complain.h"

enum {
    VG_JWT_KEYS = 32, /* a token without `kid` is tried with each */
    VG_JWT_RSA_BITS_LEAST = 2048,
    VG_JWT_RSA_BITS_MOST = 8192,
};

typedef enum vg_jwt_alg { VG_JWT_UNKNOWN, VG_JWT_HS256, VG_JWT_RS256, VG_JWT_ES256 } vg_jwt_alg;

typedef struct vg_jwt_keys vg_jwt_keys;

vg_jwt_keys *vg_jwt_keys_new(vg_arena *arena); /* freed with it. NULL: no memory */
uint32_t vg_jwt_keys_count(const vg_jwt_keys *keys);

/* ---- filling: `place` is where it came from; false: told ---- */

bool vg_jwt_keys_add_secret(vg_jwt_keys *keys, vg_slice secret, vg_slice place,
                            vg_complaints *complaints);
/* A file's text: a JWKS (RFC 7517), or PEM with public keys and certificates. Keys of a JWKS that
 * are of another kind or for another use are left out; private and symmetric ones are refused. */
bool vg_jwt_keys_read(vg_jwt_keys *keys, vg_slice text, vg_slice place, vg_complaints *complaints);

/* ---- verifying ---- */

typedef enum vg_jwt_verdict {
    VG_JWT_IS_GOOD,
    VG_JWT_IS_BAD,     /* signed by none of these */
    VG_JWT_HAS_NO_KEY, /* none is for that algorithm */
} vg_jwt_verdict;

/* `kid` empty: none was named, so each key of that algorithm is tried; else those of that name and
 * those that have none (PEM). `signature` as RFC 7518 section 3 has it, raw bytes. */
vg_jwt_verdict vg_jwt_keys_verify(const vg_jwt_keys *keys, vg_jwt_alg alg, vg_slice kid,
                                  vg_slice text, vg_slice signature);

/* ---- for the readers of files ---- */

typedef struct evp_pkey_st EVP_PKEY;
/* Takes the key over in either case. False: it is neither RSA of a good size nor P-256; told. */
bool vg_jwt_keys_add(vg_jwt_keys *keys, EVP_PKEY *key, vg_slice kid, vg_slice place,
                     vg_complaints *complaints);
bool vg_jwks_read(vg_jwt_keys *keys, vg_slice text, vg_slice place, vg_complaints *complaints);
bool vg_pem_read(vg_jwt_keys *keys, vg_slice text, vg_slice place, vg_complaints *complaints);

#endif
